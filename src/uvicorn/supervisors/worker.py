"""What runs in a worker process: one server, a thread that listens to the supervisor, its name.

The thread makes of Stop, and of the supervisor's own end, the signal SIGTERM, so that a server
ends here as it does anywhere. It is a thread because an app may block the event loop.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from socket import socket
from typing import Any, NamedTuple

from .. import process_title
from ..config import Config
from ..logging import add_worker_to_records, reopen_log_files, reopen_on_signal
from ..notify import Notifier
from ..server import Server
from ..startup import run_to_its_end
from . import signals
from .control import Beat, Link, Ready, ReopenLogs, Retiring, Stop

# A worker's place among the others, from 0, for what runs in it.
INDEX_VARIABLE = "UVICORN_WORKER_INDEX"

# What the supervisor sends to have all stacks written down; not on Windows.
DUMP_SIGNAL: int | None = getattr(signal, "SIGUSR2", None)

# Seconds beyond its graceful time that a worker may live without its supervisor.
ORPHAN_GRACE = 1.5

logger = logging.getLogger("uvicorn.error")

Target = Callable[..., Any]


def stdin_number() -> int | None:
    """The supervisor's standard input, for a debugger in the worker."""
    if sys.platform == "win32":
        return None
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return None


def use_stdin(number: int | None) -> None:
    """In the worker: multiprocessing has closed it."""
    if number is not None:
        with contextlib.suppress(OSError):
            sys.stdin = os.fdopen(number)


class Assignment(NamedTuple):
    """All that a new worker is told. Without a target it serves `config` on `sockets`."""

    config: Config
    target: Target | None
    sockets: list[socket]
    place: int
    link: Link
    stacks: Connection[Any, Any]
    stdin: int | None


class SupervisedNotifier(Notifier):
    """A server in a worker tells its supervisor, not the service manager."""

    def __init__(self, link: Link, limit: float) -> None:
        # Two signs of life within it, so four within the limit.
        super().__init__(watchdog=limit / 2)
        self.link = link

    def ready(self, where: str) -> None:
        self.link.send(Ready())
        self.start_beating()

    def beat(self) -> None:
        self.link.send(Beat())

    def retire(self, reason: str) -> bool:
        self.link.send(Retiring(reason))
        return True


class Listener:
    """Acts on what the supervisor says."""

    def __init__(self, link: Link, grace: float | None, server: Server | None) -> None:
        self.link = link
        self.grace = grace
        self.server = server

    def start(self) -> None:
        threading.Thread(target=self.listen, name="supervisor", daemon=True).start()

    def listen(self) -> None:
        while (message := self.link.receive()) is not None:
            if isinstance(message, Stop):
                if self.server is not None:
                    self.server.has_successor = message.has_successor
                signal.raise_signal(signal.SIGTERM)
            elif isinstance(message, ReopenLogs):
                reopen_log_files()
        # The supervisor is gone, and nobody else will see to it that this process ends.
        signal.raise_signal(signal.SIGTERM)
        if self.grace is not None:
            time.sleep(self.grace + ORPHAN_GRACE)
            os._exit(1)


def work_in_fork(assignment: Assignment, not_ours: Sequence[Any]) -> None:
    """A worker's life where it is a copy of its supervisor: first it lets go of what it is not."""
    signals.forget()
    for each in not_ours:
        each.close()
    work(assignment)


def work(assignment: Assignment) -> None:
    """The whole life of a worker process."""
    config = assignment.config
    use_stdin(assignment.stdin)
    os.environ[INDEX_VARIABLE] = str(assignment.place)
    config.configure_logging()
    add_worker_to_records(assignment.place)
    reopen_on_signal()
    if DUMP_SIGNAL is not None:
        # Nobody reads there before the end; whoever else sends the signal must not block us.
        os.set_blocking(assignment.stacks.fileno(), False)
        faulthandler.register(DUMP_SIGNAL, assignment.stacks.fileno(), all_threads=True)
    assignment.link.never_block()
    process_title.show(f"uvicorn worker {assignment.place}")
    server = _server_of(assignment)
    Listener(assignment.link, config.timeout_graceful_shutdown, server).start()
    target = assignment.target if server is None else assignment.target or server.run
    assert target is not None

    def run() -> None:
        signals.hear_interrupts()
        target(sockets=assignment.sockets)

    if server is not None:
        run_to_its_end(server, run)
        return
    # Somebody's own function: all that can be said is that it runs.
    assignment.link.send(Ready())
    with contextlib.suppress(KeyboardInterrupt):
        run()


def _server_of(assignment: Assignment) -> Server | None:
    """The server that will run: ours, or the one whose run() is the target."""
    target = assignment.target
    server = Server(assignment.config) if target is None else getattr(target, "__self__", None)
    if not isinstance(server, Server):
        return None
    server.config.pid_file = None
    server.notifier = SupervisedNotifier(
        assignment.link, assignment.config.timeout_worker_healthcheck
    )
    server.worker_index = assignment.place
    return server
