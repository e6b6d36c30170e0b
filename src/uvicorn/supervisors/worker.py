"""What runs in a worker process: one server, and a thread that answers the supervisor.

The thread turns Stop, and the supervisor's own end, into the signal SIGTERM, so that a server ends
here as it does anywhere. It is a thread because an app may block the event loop; it tells the
supervisor that the process answers, and for how long the loop has stood still.
"""

from __future__ import annotations

import asyncio
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
from typing import Protocol

from .._subprocess import use_stdin
from ..config import Config
from ..logging import add_worker_to_records, reopen_log_files, reopen_on_signal
from ..server import Server
from ..system import process_title
from ..system.notify import Notifier
from ..system.startup import run_to_its_end
from . import signals
from .control import Alive, Blocked, Link, Ready, ReopenLogs, Retiring, Stop
from .pulse import Pulse

# A worker's index, from 0, for the app in it.
INDEX_VARIABLE = "UVICORN_WORKER_INDEX"

# The supervisor sends it to make the worker write all stacks; not on Windows.
DUMP_SIGNAL: int | None = getattr(signal, "SIGUSR2", None)

# Seconds beyond its graceful time that a worker may live without its supervisor.
ORPHAN_GRACE = 1.5

# The longest time between two messages of a worker, in seconds.
LONGEST_SILENCE = 1.25

# Seconds that the event loop stands still before the log says so.
BLOCKED_WARNING = 5.0

logger = logging.getLogger("uvicorn.error")

Target = Callable[..., object]


def silence(config: Config) -> float:
    """Seconds between two messages of a worker: four of them within the shorter limit."""
    limits = (config.timeout_worker_healthcheck, config.timeout_worker_blocked)
    shortest = min(limit for limit in limits if limit is not None)
    return min(shortest / 4, LONGEST_SILENCE)


class Closable(Protocol):
    def close(self) -> None: ...


class Answering:
    """Does what the supervisor asks for, and shows it that the process answers."""

    def __init__(self, link: Link, stacks: Connection[object, object], config: Config) -> None:
        self.link = link
        self.stacks = stacks
        self.pulse = Pulse()
        self.interval = silence(config)
        self.grace = config.timeout_graceful_shutdown
        # Somebody may be looking at it in a debugger.
        self.warns = not config.should_reload
        self.server: Server | None = None
        self._has_warned = False

    def answer(self) -> None:
        """Listen for a while, then show that the process lives."""
        self._listen(self.interval)
        blocked = self.pulse.blocked()
        if blocked < BLOCKED_WARNING:
            self._has_warned = False
        elif self.warns and not self._has_warned:
            self._has_warned = True
            with contextlib.suppress(OSError):
                faulthandler.dump_traceback(self.stacks.fileno(), all_threads=True)
            self.link.send(Blocked(blocked))
        self.link.send(Alive(blocked, time.process_time()))

    def _listen(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._has_word(deadline - time.monotonic()):
            message = self.link.receive()
            if message is None:
                self._end_as_an_orphan()
            elif isinstance(message, Stop):
                if self.server is not None:
                    self.server.has_successor = message.has_successor
                signal.raise_signal(signal.SIGTERM)
            elif isinstance(message, ReopenLogs):
                reopen_log_files()

    def _has_word(self, seconds: float) -> bool:
        try:
            return self.link.reader.poll(max(0.0, seconds))
        except (EOFError, OSError):
            return True

    def _end_as_an_orphan(self) -> None:
        """The supervisor is gone, so this process must end itself."""
        signal.raise_signal(signal.SIGTERM)
        if self.grace is not None:
            time.sleep(self.grace + ORPHAN_GRACE)
            os._exit(1)
        # Ends only this thread.
        sys.exit()


class SupervisedNotifier(Notifier):
    """A server in a worker tells its supervisor, not the service manager."""

    def __init__(self, answering: Answering) -> None:
        # A beat comes at half of it.
        super().__init__(watchdog=2 * answering.interval)
        self.link = answering.link
        self.pulse = answering.pulse

    def ready(self, where: str) -> None:
        self.link.send(Ready())
        self.pulse.start(asyncio.get_running_loop())
        self.start_beating()

    def beat(self) -> None:
        self.pulse.beat()

    def retire(self, reason: str) -> bool:
        self.link.send(Retiring(reason))
        return True


class Work(Protocol):
    """A Process, as its worker uses it."""

    config: Config
    sockets: list[socket]
    index: int
    stdin: int | None

    @property
    def answering(self) -> Answering: ...

    @property
    def has_server(self) -> bool: ...

    @property
    def server(self) -> Server: ...

    def target(self, sockets: list[socket] | None = None) -> None: ...

    def always_pong(self) -> None: ...


def work_in_fork(process: Work, not_ours: Sequence[Closable]) -> None:
    """The life of a forked worker: first it closes what belongs to its supervisor."""
    signals.forget()
    for each in not_ours:
        each.close()
    work(process)


def work(process: Work) -> None:
    """The whole life of a worker process."""
    config = process.config
    use_stdin(process.stdin)
    os.environ[INDEX_VARIABLE] = str(process.index)
    config.configure_logging()
    add_worker_to_records(process.index)
    reopen_on_signal()
    answering = process.answering
    # Nobody reads there before the end; a signal from somebody else must not block us.
    if sys.platform != "win32":
        os.set_blocking(answering.stacks.fileno(), False)
    if DUMP_SIGNAL is not None:
        faulthandler.register(DUMP_SIGNAL, answering.stacks.fileno(), all_threads=True)
    answering.link.never_block()
    process_title.show(f"uvicorn worker {process.index}")
    # For any server that is made here, for example by a subclass.
    Notifier.of_process = SupervisedNotifier(answering)
    server = _prepared(process)
    threading.Thread(target=process.always_pong, name="supervisor", daemon=True).start()

    def run() -> None:
        signals.hear_interrupts()
        process.target(sockets=process.sockets)

    if server is not None:
        run_to_its_end(server, run)
        return
    # Another program's function: we only know that it runs.
    answering.link.send(Ready())
    with contextlib.suppress(KeyboardInterrupt):
        run()


def _prepared(process: Work) -> Server | None:
    """The server that will run, if it is ours or the one whose run() is the target."""
    if not process.has_server:
        return None
    server = process.server
    server.config.pid_file = None
    server.notifier = Notifier.from_environment()
    server.worker_index = process.index
    process.answering.server = server
    return server
