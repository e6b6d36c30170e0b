"""Names that others import: one new process that runs a server's function.

Supervisors do not need them: they start their workers by supervisors/process.py.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from socket import socket
from typing import Any

from .config import Config
from .supervisors.worker import stdin_number, use_stdin

__all__ = ["get_subprocess", "spawn", "subprocess_started"]

# What get_subprocess() makes its processes with.
spawn = multiprocessing.get_context("spawn")


def get_subprocess(
    config: Config, target: Callable[..., None], sockets: list[socket]
) -> SpawnProcess:
    """A process, not started yet, that will call `target(sockets=sockets)`."""
    facts: dict[str, Any] = {"config": config, "target": target, "sockets": sockets}
    facts["stdin_fileno"] = stdin_number()
    return spawn.Process(target=subprocess_started, kwargs=facts)


def subprocess_started(
    config: Config, target: Callable[..., Any], sockets: list[socket], stdin_fileno: int | None
) -> None:
    """What such a process runs: with the log set up, and with a terminal for a debugger."""
    use_stdin(stdin_fileno)
    config.configure_logging()
    with contextlib.suppress(KeyboardInterrupt):
        target(sockets=sockets)
