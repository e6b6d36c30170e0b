"""Process: one worker process as its supervisor sees it.

    start > STARTING   Ready > SERVING   stop() > STOPPING   exit > ended
            limit: timeout_worker_startup
                       limit: the age of its last Beat, timeout_worker_healthcheck
                                         limit: the graceful time and a little more

A process that is over its limit is asked for the stacks of its threads, and a moment later
killed. Whether its app is busy does not matter, as long as its event loop turns.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from socket import socket
from typing import Any, Protocol

from ..config import Config
from . import signals
from .control import Ready, Retiring, Stop, linked
from .worker import DUMP_SIGNAL, Assignment, Target, stdin_number, work, work_in_fork

STARTING, SERVING, STOPPING = "starting", "serving", "stopping"

# Seconds beyond the graceful time that a worker has, and that it has to write its stacks down.
STOP_GRACE = 1.4
DUMP_SECONDS = 0.25

LONGEST_DUMP = 65536

logger = logging.getLogger("uvicorn.error")


class Closable(Protocol):
    def close(self) -> None: ...


class Process:
    """One worker. `sockets` stay the caller's; `target`, if it is given, is called with them.

    With `preload` it is forked, so that it has what is loaded here; but nothing of `not_its`.
    """

    def __init__(
        self,
        config: Config,
        target: Target | None = None,
        sockets: Sequence[socket] = (),
        index: int = 0,
        not_its: Sequence[Closable] = (),
    ) -> None:
        self.config = config
        self.index = index
        self.phase = STARTING
        self.beats = False
        self.retires_for = ""
        self.has_successor = False
        self.started_at = self.last_beat = self.stopped_at = 0.0
        self.kill_at: float | None = None
        self.was_killed = False
        self.link, self._their_link = linked()
        self._stacks, self._their_stacks = multiprocessing.Pipe(duplex=False)
        assignment = Assignment(
            config=config,
            target=target,
            sockets=list(sockets),
            place=index,
            link=self._their_link,
            stacks=self._their_stacks,
            stdin=stdin_number(),
        )
        self.process: BaseProcess
        if config.preload:
            fork = multiprocessing.get_context("fork")
            self.process = fork.Process(
                target=work_in_fork, args=[assignment, [*not_its, *self.ends]]
            )
        else:
            spawn = multiprocessing.get_context("spawn")
            self.process = spawn.Process(target=work, args=[assignment])

    # Its life

    def start(self) -> None:
        # A fork has started Python already.
        is_fork = self.config.preload
        with contextlib.nullcontext() if is_fork else signals.without_interrupts():
            self.process.start()
        self.link.never_block()
        self.started_at = self.last_beat = time.monotonic()
        # The worker has them now; here they would keep the pipes open after its end.
        self._their_link.close()
        self._their_stacks.close()

    def stop(self, has_successor: bool = False) -> None:
        """Have it end in good order."""
        if self.phase != STOPPING:
            self.phase = STOPPING
            self.has_successor = has_successor
            self.stopped_at = time.monotonic()
            if not self.link.send(Stop(has_successor)):
                # It has not read for long. The end of the pipe comes after all that is in it.
                self.link.writer.close()

    def terminate(self) -> None:
        self.stop()

    def kill(self) -> None:
        """End it now. What it has written of its stacks comes into the log."""
        self.was_killed = True
        self._log_stacks()
        self.process.kill()

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, and forget what was kept for it."""
        self.process.join(timeout)
        if self.process.exitcode is not None:
            self.link.close()
            self._stacks.close()

    # What is known of it

    @property
    def ends(self) -> list[Closable]:
        """Our ends of its pipes: as long as somebody holds them, the worker believes in us."""
        return [self.link, self._stacks]

    @property
    def pid(self) -> int | None:
        return self.process.pid

    @property
    def exitcode(self) -> int | None:
        return self.process.exitcode

    @property
    def sentinel(self) -> int:
        return self.process.sentinel

    def hear(self) -> None:
        """Take in what the worker has said."""
        for message in self.link.received():
            self.last_beat = time.monotonic()
            if isinstance(message, Ready) and self.phase == STARTING:
                self.phase = SERVING
                self.beats = True
            elif isinstance(message, Retiring):
                self.retires_for = message.reason

    def is_alive(self, timeout: float = 30) -> bool:
        """Whether it runs, and has shown so within `timeout` seconds."""
        return self.process.is_alive() and time.monotonic() - self.last_beat < timeout

    # Its limits

    def overdue(self) -> str:
        """Why it should be killed, or nothing."""
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
            if not self.beats:
                return ""
        # By its method, which others patch. What has ended by now is not alive either.
        limit = config.timeout_worker_healthcheck
        if not self.is_alive(limit) and self.exitcode is None:
            return f"has blocked its event loop for {limit:g} s, or was stopped"
        return ""

    def deadline(self) -> float | None:
        """When to look at it again: what is about to be killed, or to end, at the latest."""
        if self.kill_at is not None:
            return None if self.was_killed else self.kill_at
        limit = self.time_to_stop() if self.phase == STOPPING else None
        return None if limit is None else self.stopped_at + limit

    def time_to_stop(self) -> float | None:
        """Seconds that it has after stop(); None for as long as its event loop turns."""
        grace = self.config.timeout_graceful_shutdown
        if grace is None:
            return None
        if self.has_successor:
            return grace + min(self.config.timeout_keep_alive, grace) + STOP_GRACE
        return grace + self.config.timeout_drain + STOP_GRACE

    def ask_for_stacks(self) -> None:
        """Have them written down, and be killed a moment later."""
        self.kill_at = time.monotonic() + DUMP_SECONDS
        if DUMP_SIGNAL is not None and self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, DUMP_SIGNAL)

    def _log_stacks(self) -> None:
        with contextlib.suppress(OSError):
            if self._stacks.poll():
                stacks = os.read(self._stacks.fileno(), LONGEST_DUMP)
                text = stacks.decode("utf-8", "replace").rstrip()
                logger.error("Stacks of child process [%s]:\n%s", self.pid, text)
                return
        logger.error("Child process [%s] could not show its stacks.", self.pid)

    def how_it_ended(self) -> str:
        code = self.exitcode
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                return f"by {signal.Signals(-code).name}"
        return f"with exit status {code}"


def sentinels(processes: Sequence[Process]) -> list[Any]:
    """What multiprocessing.connection.wait() looks at."""
    return [each.sentinel for each in processes] + [each.link.reader for each in processes]
