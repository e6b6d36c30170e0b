"""Process: one worker process as its supervisor sees it; a copy of it lives in the worker.

    start > STARTING   Ready > SERVING   stop() > STOPPING   exit > ended
            limit: timeout_worker_startup
                       limits: timeout_worker_healthcheck for the time that it does not answer,
                               timeout_worker_blocked for the time that its loop does not turn
                                         limit: the graceful time and a little more

A process that is over its limit is asked for the stacks of its threads, and killed a moment later.
Patience says which time counts.

In the supervisor a subclass may override every public method. In the worker its target(),
always_pong() and pong() are called, and its `server` serves.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from functools import cached_property
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from socket import socket

from .._subprocess import stdin_number
from ..config import Config
from ..server import Server
from . import signals
from .control import Alive, Blocked, Ready, Retiring, Stop, linked
from .patience import Patience
from .worker import (
    DUMP_SIGNAL,
    Answering,
    Closable,
    Target,
    silence,
    work,
    work_in_fork,
)

STARTING, SERVING, STOPPING = "starting", "serving", "stopping"

# Seconds that a worker has beyond the graceful time, and seconds that it has to write its stacks.
STOP_GRACE = 1.4
DUMP_SECONDS = 0.25

LONGEST_DUMP = 65536

# Seconds after which wait_until_ready() checks `should_exit` again.
STEP = 0.1

# What stays in the supervisor when a process is copied to its worker.
OURS = ("process", "link", "not_its", "patience", "_stacks", "_server")

logger = logging.getLogger("uvicorn.error")


class Process:
    """One worker, as `Process(config, sockets)` or `Process(config, target, sockets)`.

    `sockets` belong to the caller; `target`, if it is given, is called with them. With `preload` it
    is forked, so that it has what is loaded here; it closes what is in `not_its`.
    """

    def __init__(
        self,
        config: Config,
        target: Target | Sequence[socket] | None = None,
        sockets: Sequence[socket] | None = None,
    ) -> None:
        if target is not None and not callable(target):
            target, sockets = None, target
        self.config = config
        self.sockets = list(sockets or ())
        self.index = 0
        self.not_its: Sequence[Closable] = ()
        self.stdin = stdin_number()
        self.phase = STARTING
        self.retires_for = ""
        self.has_successor = False
        # A supervisor calls ping() again and again, so that need not wait for an answer.
        self.is_supervised = False
        self.started_at = self.stopped_at = 0.0
        self.kill_at: float | None = None
        self.was_killed = False
        self.patience = Patience(2 * silence(config))
        self._target = target
        self._server: Server | None = None
        self._answered = False
        self._end_was_seen = False
        self.link, self._their_link = linked()
        self._stacks, self._their_stacks = multiprocessing.Pipe(duplex=False)
        self.process: BaseProcess = self._new_process()

    def _new_process(self) -> BaseProcess:
        if self.config.preload:
            return multiprocessing.get_context("fork").Process(target=self._work_in_fork)
        return multiprocessing.get_context("spawn").Process(target=work, args=[self])

    def _work_in_fork(self) -> None:
        work_in_fork(self, [*self.not_its, *self.ends])

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name not in OURS}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state, _server=None)

    # Its life

    def start(self) -> None:
        # A fork has started Python already.
        is_fork = self.config.preload
        with contextlib.nullcontext() if is_fork else signals.without_interrupts():
            self.process.start()
        self.link.never_block()
        self.started_at = time.monotonic()
        self.patience.begin_anew()
        # The worker has them now; open here, they would keep the pipes open after its end.
        self._their_link.close()
        self._their_stacks.close()

    def stop(self, has_successor: bool = False) -> None:
        """Make it end in good order."""
        if self.phase != STOPPING:
            self.phase = STOPPING
            self.has_successor = has_successor
            self.stopped_at = time.monotonic()
            self._tell_to_stop(has_successor)
        elif self.has_successor and not has_successor:
            # Its successor ends too: its clients cannot move there any more.
            self.has_successor = False
            self.stopped_at = time.monotonic()
            self._tell_to_stop(has_successor)

    def _tell_to_stop(self, has_successor: bool) -> None:
        if not self.link.send(Stop(has_successor)):
            # It has not read for long, but it will see the end of the pipe after the messages.
            self.link.writer.close()

    def terminate(self) -> None:
        self.stop()

    def kill(self) -> None:
        """End it now. The stacks that it has written go into the log."""
        if self.kill_at is not None and not self.was_killed:
            self._log_stacks(logging.ERROR)
        self.was_killed = True
        self.process.kill()

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, then close what belongs to it here."""
        self.process.join(timeout)
        if self.process.exitcode is not None:
            self.link.close()
            self._stacks.close()

    def let_go(self) -> None:
        """Stop supervising it: it ends when it sees that its pipes are closed."""
        for end in self.ends:
            end.close()

    # What is known of it

    @property
    def ends(self) -> list[Closable]:
        """Our ends of its pipes: while a process holds them open, the worker thinks we live."""
        return [self.link, self._stacks]

    @property
    def sources(self) -> list[int | Connection[object, object]]:
        """For multiprocessing.connection.wait(): its end, and its messages."""
        if self._end_was_seen:
            return []
        reader = self.link.reader
        return [self.process.sentinel] + ([] if reader.closed else [reader])

    def look_for_end(self) -> None:
        """Call it after a wait. If the process has ended, it need not wake the loop again."""
        self._end_was_seen = self.process.exitcode is not None

    @property
    def pid(self) -> int | None:
        return self.process.pid

    @property
    def exitcode(self) -> int | None:
        return self.process.exitcode

    def hear(self) -> None:
        """Handle the messages that have come from the worker."""
        for message in self.link.received():
            if isinstance(message, Alive):
                self._answered = True
                self.patience.heard(message.blocked, message.cpu)
            elif isinstance(message, Ready) and self.phase == STARTING:
                self.phase = SERVING
            elif isinstance(message, Retiring):
                self.retires_for = message.reason
            elif isinstance(message, Blocked):
                logger.warning(
                    "Child process [%s] has blocked its event loop for %.0f s",
                    self.pid,
                    message.seconds,
                )
                self._log_stacks(logging.WARNING)

    def is_alive(self, timeout: float = 5) -> bool:
        """Whether it runs, and answers."""
        return self.process.is_alive() and self.ping(timeout)

    def ping(self, timeout: float = 5) -> bool:
        """Whether it has answered within the last `timeout` seconds that count.

        Without a supervisor that calls it again and again, it waits so long for an answer.
        """
        deadline = time.monotonic() + timeout
        self.hear()
        while not (self.is_supervised or self._answered):
            left = deadline - time.monotonic()
            if left <= 0 or self.link.reader.closed or not wait([self.link.reader], left):
                return False
            self.hear()
        if self.pid is not None:
            self.patience.look(self.pid)
        return self.patience.silent < timeout

    def is_ready(self, timeout: float = 5) -> bool:
        """Whether it answers, and its server has started."""
        return self.ping(timeout) and self.phase == SERVING

    def wait_until_ready(self, timeout: float, should_exit: threading.Event | None = None) -> bool:
        """Whether its server starts within `timeout` seconds, before it ends or `should_exit`."""
        deadline = time.monotonic() + timeout
        while self.phase == STARTING and self.process.is_alive():
            left = deadline - time.monotonic()
            if left <= 0 or (should_exit is not None and should_exit.is_set()):
                return False
            wait(self.sources, min(left, STEP))
            self.hear()
        return self.phase == SERVING and self.process.is_alive()

    # Its limits

    def overdue(self) -> str:
        """Why it should be killed, or ""."""
        config, now = self.config, time.monotonic()
        if config.should_reload and self.phase != STOPPING:
            # Somebody may be looking at it in a debugger.
            return ""
        if self.phase == STARTING:
            limit = config.timeout_worker_startup
            if limit is not None and now - self.started_at >= limit:
                return f"has not started within {limit:g} s"
            return ""
        if self.phase == STOPPING:
            limit = self.time_to_stop()
            if limit is not None and now - self.stopped_at >= limit:
                return "has not ended in time"
            if not self._answered:
                return ""
        return self._unwell()

    def _unwell(self) -> str:
        # By its method and by keyword: programs patch it, for example with functools.partialmethod.
        answering = self.config.timeout_worker_healthcheck
        if not self.is_alive(timeout=answering):
            # A process that has ended is not alive either.
            is_gone = self.exitcode is not None
            return "" if is_gone else f"has not answered for {answering:g} s"
        turning = self.config.timeout_worker_blocked
        if turning is not None and self.patience.blocked >= turning:
            return f"has blocked its event loop for {turning:g} s"
        return ""

    def deadline(self) -> float | None:
        """When to check it again, if it is about to be killed or must end by then."""
        if self.kill_at is not None:
            return None if self.was_killed else self.kill_at
        limit = self.time_to_stop() if self.phase == STOPPING else None
        return None if limit is None else self.stopped_at + limit

    def time_to_stop(self) -> float | None:
        """Seconds that it has after stop(); None means as long as its event loop turns."""
        grace = self.config.timeout_graceful_shutdown
        if grace is None:
            return None
        if self.has_successor:
            return grace + min(self.config.timeout_keep_alive, grace) + STOP_GRACE
        return grace + self.config.timeout_drain + STOP_GRACE

    def ask_for_stacks(self) -> None:
        """Make it write its stacks; a moment later it is killed."""
        self.kill_at = time.monotonic() + DUMP_SECONDS
        if DUMP_SIGNAL is not None and self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, DUMP_SIGNAL)

    def _log_stacks(self, level: int) -> None:
        with contextlib.suppress(OSError):
            if self._stacks.poll():
                stacks = os.read(self._stacks.fileno(), LONGEST_DUMP)
                text = stacks.decode("utf-8", "replace").rstrip()
                logger.log(level, "Stacks of child process [%s]:\n%s", self.pid, text)
                return
        logger.log(level, "Child process [%s] could not show its stacks.", self.pid)

    def how_it_ended(self) -> str:
        code = self.exitcode
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                return f"by {signal.Signals(-code).name}"
        return f"with exit status {code}"

    # In the worker

    @property
    def has_server(self) -> bool:
        """Whether a server runs there; else it is a function that we know nothing about."""
        return self._target is None or isinstance(getattr(self._target, "__self__", None), Server)

    @property
    def server(self) -> Server:
        """The server there: the one whose run() was given, or one with our config."""
        if self._server is None:
            owner = getattr(self._target, "__self__", None)
            self._server = owner if isinstance(owner, Server) else Server(self.config)
        return self._server

    def target(self, sockets: list[socket] | None = None) -> None:
        """The work of the worker. When it returns or raises, the worker ends."""
        run = self._target if callable(self._target) else self.server.run
        run(sockets=sockets)

    def always_pong(self) -> None:
        """Show that the process answers, for as long as it lives; in a thread of its own."""
        while True:
            self.pong()

    def pong(self) -> None:
        """Do what the supervisor asks for, for a while; then show that the process answers."""
        self.answering.answer()

    @cached_property
    def answering(self) -> Answering:
        return Answering(self._their_link, self._their_stacks, self.config)
