"""One new process that runs a server's function, by names that others import.

Supervisors start their workers by supervisors/process.py; both need the standard input.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from socket import socket

from .config import Config

__all__ = ["get_subprocess", "spawn", "subprocess_started"]

# get_subprocess() makes its processes with this.
spawn = multiprocessing.get_context("spawn")


def get_subprocess(
    config: Config, target: Callable[..., None], sockets: list[socket]
) -> SpawnProcess:
    """A process, not started yet, that will call `target(sockets=sockets)`."""
    facts: dict[str, object] = {"config": config, "target": target, "sockets": sockets}
    facts["stdin_fileno"] = stdin_number()
    return spawn.Process(target=subprocess_started, kwargs=facts)


def subprocess_started(
    config: Config, target: Callable[..., object], sockets: list[socket], stdin_fileno: int | None
) -> None:
    """What such a process runs: with the log set up, and with a terminal for a debugger."""
    use_stdin(stdin_fileno)
    config.configure_logging()
    with contextlib.suppress(KeyboardInterrupt):
        target(sockets=sockets)


def stdin_number() -> int | None:
    """The descriptor of our standard input, for a debugger in the new process; None if it is not 0.

    In the new process any other number is not open, or is something else.
    """
    if sys.platform == "win32":
        return None
    try:
        number = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return None
    return number if number == 0 else None


def use_stdin(number: int | None) -> None:
    """In the new process: multiprocessing has closed it."""
    if number is not None:
        with contextlib.suppress(OSError):
            sys.stdin = os.fdopen(number, closefd=False)
