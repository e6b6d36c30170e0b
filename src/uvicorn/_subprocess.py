"""Names that others import: one new process that runs a server's function.

Supervisors do not need them: they start their workers by supervisors/process.py.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from socket import socket
from typing import Any

from .config import Config

__all__ = ["get_subprocess", "subprocess_started"]


def get_subprocess(
    config: Config, target: Callable[..., None], sockets: list[socket]
) -> SpawnProcess:
    """A process, not started yet, that will call `target(sockets=sockets)`."""
    stdin: int | None = None
    with contextlib.suppress(AttributeError, OSError, ValueError):
        stdin = sys.stdin.fileno()
    facts = {"config": config, "target": target, "sockets": sockets, "stdin_fileno": stdin}
    return multiprocessing.get_context("spawn").Process(target=subprocess_started, kwargs=facts)


def subprocess_started(
    config: Config, target: Callable[..., Any], sockets: list[socket], stdin_fileno: int | None
) -> None:
    """What such a process runs: with the log set up, and with a terminal for a debugger."""
    if stdin_fileno is not None:
        with contextlib.suppress(OSError):
            sys.stdin = os.fdopen(stdin_fileno)
    config.configure_logging()
    with contextlib.suppress(KeyboardInterrupt):
        target(sockets=sockets)
