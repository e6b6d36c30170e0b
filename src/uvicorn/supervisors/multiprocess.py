"""Multiprocess: keeps a number of worker processes serving, and ends them all.

    run > init_processes
          until should_exit:  wait, for whatever comes first: a worker's message, its end, a signal,
                              a deadline; never for one of them alone, so that nothing that a
                              worker does holds it up
                              handle_signals > handle_int handle_term handle_hup ...
                              keep_subprocess_alive
          terminate_all, join_all

Subclasses override any of these; some have a loop of their own in run(), and call the others.
Processes that a subclass puts into `processes` get a place each.

1.  Each place has one worker that serves. A successor starts beside it, and only when that
    one serves is the old one told to end: at SIGHUP, place by place, and when a worker retires.
2.  A worker that dies is followed by another: at once if it has served for a while, else
    after a pause that doubles, up to LONGEST_PAUSE.
3.  A worker that fails to start, with STARTUP_FAILURE, ends everything with that status, until
    all places have been filled once. From then on it does so only if none serves in any place;
    as long as one does, it is tried again, by rule 2.
4.  Whoever is over a limit (see Process) is killed, its stacks in the log.
5.  If the supervisor itself was stopped for a while, all workers get their time anew.
6.  With `reuse_port` each place has TCP sockets of its own, and a successor takes them over: the
    system spreads connections over the places. What waits in them when a worker dies, its
    successor answers.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait
from socket import socket
from types import FrameType
from typing import Any

from .. import bind
from .._ansi import style
from .._subprocess import get_subprocess
from ..config import STARTUP_FAILURE, Config
from ..logging import reopen_log_files
from ..notify import Notifier
from .control import ReopenLogs
from .descriptors import open_standard_ones
from .process import SERVING, STARTING, STOPPING, Closable, Process
from .signals import SIGNALS, Inbox

# get_subprocess() is for programs that look for it here.
__all__ = ["SIGNALS", "Multiprocess", "Process", "get_subprocess"]

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0

# Seconds after which a worker that dies has not failed, but served.
SERVED = 10.0

# How often limits are looked at, in seconds, and what is too late for that by far.
STEP = 0.5
MISSED = 5.0

# While processes end, only these count.
ENDING = ("INT", "TERM", "BREAK")

logger = logging.getLogger("uvicorn.error")


class Place:
    """Where one worker serves: the one with this index, on these sockets."""

    def __init__(self, index: int, sockets: list[socket]) -> None:
        self.index = index
        self.sockets = sockets
        self.worker: Process | None = None
        self.successor: Process | None = None
        self.pause = 0.0
        self.start_at: float | None = 0.0
        self.is_retiring = False
        self.rolls = False

    def empty(self) -> None:
        """Nobody serves here, and nobody is about to."""
        self.worker = self.successor = self.start_at = None
        self.is_retiring = self.rolls = False

    def forget(self, processes: Sequence[Process]) -> None:
        """Those that are not among these are no longer ours."""
        if self.worker not in processes:
            self.worker = None
        if self.successor not in processes:
            self.successor = None

    @property
    def workers(self) -> list[Process]:
        return [each for each in (self.worker, self.successor) if each is not None]


class Switch(threading.Event):
    """An event that wakes somebody when it is set."""

    def __init__(self, wake: Callable[[], None]) -> None:
        super().__init__()
        self._wake = wake

    def set(self) -> None:
        super().set()
        self._wake()


class Multiprocess:
    """`Multiprocess(config, sockets).run()`; also as `Multiprocess(config, target, sockets)`.

    Without a target each worker serves `config`. The sockets stay the caller's. run() returns
    when all workers have ended; it leaves by SystemExit if they could not start. Set
    `should_exit`, from any thread, and it ends them.
    """

    def __init__(
        self,
        config: Config,
        target: Callable[..., Any] | Sequence[socket] | None = None,
        sockets: Sequence[socket] | None = None,
    ) -> None:
        if target is not None and not callable(target):
            target, sockets = None, target
        open_standard_ones()
        self.config = config
        self.target = target
        self.sockets = list(sockets or ())
        self.processes_num = config.workers
        self.processes: list[Process] = []
        self.signal_queue: list[int] = []
        self.notifier = Notifier.from_environment()
        self.exit_status = 0
        self._places: list[Place] = []
        self._rolling: list[Place] = []
        self._inbox = Inbox()
        self.should_exit: threading.Event = Switch(self._inbox.wake)
        self._next_beat = 0.0
        # All places were filled, once.
        self._is_up = False
        self._is_joining = False
        # run() is ours, not a subclass's own.
        self._is_run = False
        # The thread whose loop this is, and what is to be undone when it ends.
        self._thread: int | None = None
        self._undo = contextlib.ExitStack()
        # Where we were started: the directory may go, and come back as another one.
        self._directory = _current_directory()

    def run(self) -> None:
        with self._opened():
            self._log_parent("Started")
            self.init_processes()
            while not self.should_exit.is_set():
                self._wait()
                self.handle_signals()
                self.keep_subprocess_alive()
            self.terminate_all()
            self.join_all()
        self._log_parent("Stopping")
        self._leave()

    def _leave(self) -> None:
        if self.exit_status:
            sys.exit(self.exit_status)

    # Open and closed

    @contextlib.contextmanager
    def _opened(self) -> Iterator[None]:
        """For run(). Whatever goes wrong in it, no worker outlives it for long."""
        self._is_run = True
        self._open()
        try:
            yield
        except BaseException:
            for process in self.processes:
                process.let_go()
            raise
        finally:
            self._close()

    def _open(self) -> None:
        """Take signals from here on; a loop of a subclass's own begins with init_processes()."""
        if self._thread is None:
            self._thread = threading.get_ident()
            self._undo.callback(self._inbox.close)
            self._undo.enter_context(self._inbox.open(self._signals(), self._on_signal))

    def _close(self) -> None:
        self._undo.close()
        for place in self._places:
            self._close_sockets(place)

    def _signals(self) -> list[int]:
        """Those that somebody handles here, in a subclass for instance."""
        return [number for number, name in SIGNALS.items() if self._handler(name) is not None]

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signal_queue.append(number)

    # The loop

    def _wait(self) -> None:
        before = time.monotonic()
        sources = [each for process in self.processes for each in process.sources]
        waited = wait([*self._inbox.sources, *sources], self._time_left(before))
        self._inbox.drain()
        for process in self.processes:
            process.look_for_end()
        if not waited and time.monotonic() - before > MISSED:
            for process in self.processes:
                process.patience.begin_anew()

    def _time_left(self, now: float) -> float:
        due = [place.start_at for place in self._places if place.start_at is not None]
        due += [each for each in (process.deadline() for process in self.processes) if each]
        return max(0.0, min([STEP, *(each - now for each in due)]))

    def keep_subprocess_alive(self) -> None:
        """Follow what has ended, kill what is over a limit, start what is due."""
        if self.should_exit.is_set():
            return
        self._adopt()
        self._watch()
        if self.should_exit.is_set():
            return
        self._promote()
        self._start_due()
        if not self._is_up and self._all_serve():
            self._is_up = True
            self.notifier.tell(READY=1, MAINPID=os.getpid())

    def _watch(self) -> None:
        for process in self.processes:
            process.hear()
        self._bury()
        self._check_limits()
        self._beat()

    def _beat(self) -> None:
        watchdog = self.notifier.watchdog
        if watchdog is not None and time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + watchdog / 2
            self.notifier.beat()

    def _all_serve(self) -> bool:
        return all(place.worker is not None for place in self._places)

    def _adopt(self) -> None:
        """A subclass may have put processes into `processes`, or taken some from there."""
        for place in self._places:
            place.forget(self.processes)
        known = [each for place in self._places for each in place.workers]
        for process in self.processes:
            process.is_supervised = True
            if process not in known and process.phase != STOPPING:
                self._free_place().successor = process
        for place in self._places[self.processes_num :]:
            if not place.workers and place.start_at is None:
                self._places.remove(place)
                self._close_sockets(place)

    def _free_place(self) -> Place:
        for place in self._places:
            if not place.workers:
                place.start_at = None
                return place
        place = Place(len(self._places), self.sockets)
        place.start_at = None
        self._places.append(place)
        return place

    # Starting

    def init_processes(self) -> None:
        """Start a worker in each place that has none."""
        self._open()
        self._add_places()
        for place in self._places:
            if not place.workers:
                place.start_at = time.monotonic()
        self._start_due()

    def _add_places(self) -> None:
        while len(self._places) < self.processes_num:
            index = len(self._places)
            try:
                sockets = self._sockets_of(index)
            except OSError as exc:
                logger.error("Cannot listen for one more child process: %s", exc)
                self.processes_num = index
                break
            self._places.append(Place(index, sockets))

    def _start_due(self) -> None:
        now = time.monotonic()
        for place in self._places:
            if place.start_at is not None and now >= place.start_at:
                place.start_at = None
                place.successor = self._start(place)

    def _sockets_of(self, index: int) -> list[socket]:
        if index == 0 or not self.config.reuse_port:
            return self.sockets
        return [bind.beside(each, self.config.backlog) for each in self.sockets]

    def _close_sockets(self, place: Place) -> None:
        """Those that this place alone had: its workers have them now, or none has."""
        bind.close_all(each for each in place.sockets if each not in self.sockets)

    def _start(self, place: Place) -> Process | None:
        """None if the system has no room for a process now; then it is tried again."""
        try:
            self._go_back()
            process = self._new_process(place)
            process.start()
        except OSError as exc:
            self._try_later(place)
            logger.error(
                "Cannot start a child process: %s. Trying again in %g s.", exc, place.pause
            )
            return None
        self.processes.append(process)
        return process

    def _new_process(self, place: Place) -> Process:
        # A subclass in its place may take no target: today's reference knows none.
        if self.target is None:
            process = Process(self.config, place.sockets)
        else:
            process = Process(self.config, self.target, place.sockets)
        process.index = place.index
        process.is_supervised = True
        process.not_its = self._not_for(place)
        return process

    def _go_back(self) -> None:
        """To where we were started, if that directory went and one of this name is there again."""
        if _current_directory() is None and self._directory is not None:
            with contextlib.suppress(OSError):
                os.chdir(self._directory)

    def _not_for(self, place: Place) -> list[Closable]:
        """What a worker that is forked has to close: else it would outlive us there."""
        ends: list[Closable] = [end for process in self.processes for end in process.ends]
        others = (each for other in self._places for each in other.sockets)
        ends += [each for each in others if each not in place.sockets]
        return [*ends, self._inbox]

    def _promote(self) -> None:
        """Successors that serve now take their places."""
        for place in self._places:
            successor = place.successor
            if successor is not None and successor.phase == SERVING:
                before, place.worker, place.successor = place.worker, successor, None
                place.is_retiring = False
                logger.info("Child process [%s] is ready", successor.pid)
                if before is not None:
                    before.stop(has_successor=True)
                self._roll_on(place)
            worker = place.worker
            if worker is not None and worker.retires_for and not place.is_retiring:
                logger.info("Child process [%s] retires: %s", worker.pid, worker.retires_for)
                place.is_retiring = True
                if place.successor is None:
                    self._start_later(place, worker)

    # Ends

    def _bury(self) -> None:
        for process in [each for each in self.processes if each.exitcode is not None]:
            process.join()
            self.processes.remove(process)
            if process.phase == STOPPING:
                logger.info("Terminated child process [%s]", process.pid)
                continue
            place = next((p for p in self._places if process in (p.worker, p.successor)), None)
            if place is not None:
                self._replace(place, process)

    def _replace(self, place: Place, process: Process) -> None:
        """It has ended without being told to."""
        logger.info("Child process [%s] died, %s", process.pid, process.how_it_ended())
        if process is place.worker:
            place.worker = None
            if place.successor is not None:
                return
        else:
            place.successor = None
            if place.worker is not None:
                self._successor_failed(place, place.worker)
                return
            serves = self._is_up and any(each.worker for each in self._places)
            if process.exitcode == STARTUP_FAILURE and not serves:
                self._startup_failed(process)
                return
        self._start_later(place, process)

    def _start_later(self, place: Place, process: Process) -> None:
        """Follow `process`: at once if it has served, else after a pause."""
        now = time.monotonic()
        has_served = process.phase == SERVING and now - process.started_at >= SERVED
        place.start_at = now if has_served or not place.pause else now + place.pause
        place.pause = 0.0 if has_served else min(max(FIRST_PAUSE, place.pause * 2), LONGEST_PAUSE)

    def _successor_failed(self, place: Place, worker: Process) -> None:
        logger.error("Its successor did not start: child process [%s] serves on", worker.pid)
        self._rolling.clear()
        place.rolls = False
        if place.is_retiring:
            self._try_later(place)

    def _try_later(self, place: Place) -> None:
        place.pause = max(FIRST_PAUSE, min(place.pause * 2, LONGEST_PAUSE))
        place.start_at = time.monotonic() + place.pause

    def _startup_failed(self, process: Process) -> None:
        logger.error(
            "Child process [%s] failed to start, stopping the parent process.", process.pid
        )
        self.exit_status = STARTUP_FAILURE
        self.should_exit.set()

    def _check_limits(self) -> None:
        now = time.monotonic()
        for process in self.processes:
            if process.kill_at is not None:
                if now >= process.kill_at and not process.was_killed:
                    process.kill()
                continue
            reason = process.overdue()
            if reason:
                logger.error("Child process [%s] %s, killing it", process.pid, reason)
                process.ask_for_stacks()

    def terminate_all(self) -> None:
        """Tell all to end; nothing takes their places."""
        if self.should_exit.is_set():
            self.notifier.stopping()
        self._rolling.clear()
        for place in self._places:
            place.empty()
        for process in self.processes:
            process.stop()

    def join_all(self) -> None:
        """Wait until all have ended, each in its time."""
        if threading.get_ident() != self._thread:
            # The loop of another thread sees to it.
            while self.processes:
                time.sleep(STEP / 10)
            return
        self._is_joining = True
        while self.processes:
            self._wait()
            self.handle_signals()
            self._watch()
        self._is_joining = False
        if self.should_exit.is_set() and not self._is_run:
            self._close()

    # Signals

    def handle_signals(self) -> None:
        for number in tuple(self.signal_queue):
            name = SIGNALS[number]
            if self._is_joining and name not in ENDING:
                continue
            self.signal_queue.remove(number)
            handler = self._handler(name)
            if handler is not None:
                handler()

    def _handler(self, name: str) -> Callable[[], None] | None:
        return getattr(self, f"handle_{name.lower()}", None)

    def handle_int(self) -> None:
        if self.should_exit.is_set():
            logger.info("Received SIGINT again, killing all processes.")
            for process in self.processes:
                process.process.kill()
        else:
            self._exit_for("SIGINT")

    def handle_term(self) -> None:
        self._exit_for("SIGTERM")

    def handle_break(self) -> None:
        self._exit_for("SIGBREAK")

    def _exit_for(self, name: str) -> None:
        if not self.should_exit.is_set():
            logger.info("Received %s, exiting.", name)
            self.should_exit.set()

    def handle_hup(self) -> None:
        logger.info("Received SIGHUP, restarting processes.")
        self.restart_all()

    def handle_ttin(self) -> None:
        logger.info("Received SIGTTIN, increasing the number of processes.")
        self.processes_num += 1
        self._add_places()

    def handle_ttou(self) -> None:
        logger.info("Received SIGTTOU, decreasing number of processes.")
        if self.processes_num <= 1:
            logger.info("Already reached one process, cannot decrease the number of processes.")
            return
        self.processes_num -= 1
        place = self._places.pop()
        for process in place.workers:
            if place.sockets is not self.sockets and process.phase == STARTING:
                # It holds sockets open on which nobody accepts.
                process.process.kill()
            process.stop(has_successor=True)
        self._close_sockets(place)
        under_way = self._rolling[:1]
        self._rolling = [each for each in self._rolling if each is not place]
        if under_way == [place]:
            self._roll_next()

    def handle_usr1(self) -> None:
        reopen_log_files()
        for process in self.processes:
            process.link.send(ReopenLogs())

    def restart_all(self) -> None:
        """Give each worker a successor, one place after the other."""
        self.notifier.tell(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)
        under_way = self._rolling[:1]
        # Who is being replaced now may get a successor that is old already.
        self._rolling = under_way + self._places
        if not under_way:
            self._roll_next()

    def _roll_on(self, place: Place) -> None:
        """The place has a new worker; one that was on its way before does not count."""
        if self._rolling and self._rolling[0] is place:
            if place.rolls:
                place.rolls = False
                del self._rolling[0]
            self._roll_next()

    def _roll_next(self) -> None:
        if not self._rolling:
            self.notifier.tell(READY=1)
            return
        place = self._rolling[0]
        if place.successor is None and place.start_at is None:
            place.rolls = True
            place.start_at = time.monotonic()

    # The log

    def _log_parent(self, what: str) -> None:
        log_coloured(f"{what} parent process [%s]", os.getpid())


def log_coloured(text: str, *facts: Any) -> None:
    """A line whose facts stand out on a terminal."""
    coloured = text.replace("%s", style("%s", colour="cyan", bold=True))
    logger.info(text, *facts, extra={"color_message": coloured})


def _current_directory() -> str | None:
    """None if it has been deleted."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None
