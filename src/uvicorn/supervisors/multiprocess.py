"""Multiprocess: keeps a number of worker processes serving, and ends them all.

    run > init_processes
          until should_exit:  wait, for whatever comes first: a worker's message, its end, a signal,
                              a deadline; never for only one of them, so that no worker can delay
                              the supervisor
                              handle_signals > handle_int handle_term handle_hup ...
                              keep_subprocess_alive
          terminate_all, join_all

Subclasses override any of these; some have their own loop in run(), and call the others.
Processes that a subclass puts into `processes` get a slot each.

1.  Each slot has one worker that serves. A successor starts beside it, and the old one is told to
    end only when the successor serves: at SIGHUP, slot by slot, and when a worker retires.
2.  A worker that dies gets a successor: at once if it has served for a while, else after a pause
    that doubles, up to LONGEST_PAUSE.
3.  A worker that fails to start, with STARTUP_FAILURE, ends everything with that status, until
    all slots have been filled once. From then on it does so only if no slot has a worker that
    serves; otherwise its start is tried again, by rule 2.
4.  A worker that is over a limit (see Process) is killed, and its stacks are logged.
5.  If the supervisor itself was stopped for a while, the time of all workers starts again.
6.  With `reuse_port` each slot has its own TCP sockets, and a successor takes them over: the
    system spreads connections over the slots. When a worker dies, its successor answers the
    connections that wait in them.
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

from .._ansi import style
from .._subprocess import get_subprocess
from ..config import STARTUP_FAILURE, Config
from ..listen import bind
from ..logging import reopen_log_files
from ..system.descriptors import open_standard_ones
from ..system.notify import Notifier
from .control import ReopenLogs
from .process import SERVING, STARTING, STOPPING, Process
from .signals import SIGNALS, Inbox
from .worker import Closable

# get_subprocess() is for programs that import it from here.
__all__ = ["SIGNALS", "Multiprocess", "Process", "get_subprocess"]

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0

# A worker that dies after so many seconds counts as one that has served.
SERVED = 10.0

# Seconds between two checks of the limits, and how late one is if we were stopped meanwhile.
STEP = 0.5
MISSED = 5.0

# While processes end, only these signals are handled.
ENDING = ("INT", "TERM", "BREAK")

logger = logging.getLogger("uvicorn.error")


class Slot:
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
        """From now on no worker serves or starts here."""
        self.worker = self.successor = self.start_at = None
        self.is_retiring = self.rolls = False

    def forget(self, processes: Sequence[Process]) -> None:
        """Forget the workers that are not in `processes`."""
        if self.worker not in processes:
            self.worker = None
        if self.successor not in processes:
            self.successor = None

    @property
    def workers(self) -> list[Process]:
        return [each for each in (self.worker, self.successor) if each is not None]


class Switch(threading.Event):
    """An event that calls `wake` when it is set."""

    def __init__(self, wake: Callable[[], None]) -> None:
        super().__init__()
        self._wake = wake

    def set(self) -> None:
        super().set()
        self._wake()


class Multiprocess:
    """`Multiprocess(config, sockets).run()`; also as `Multiprocess(config, target, sockets)`.

    Without a target each worker serves `config`. The sockets belong to the caller. run() returns
    when all workers have ended; it raises SystemExit if they could not start. To end them, set
    `should_exit`, from any thread.
    """

    def __init__(
        self,
        config: Config,
        target: Callable[..., object] | Sequence[socket] | None = None,
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
        self._slots: list[Slot] = []
        self._rolling: list[Slot] = []
        self._inbox = Inbox()
        self.should_exit: threading.Event = Switch(self._inbox.wake)
        self._next_beat = 0.0
        # All slots have been filled once.
        self._is_up = False
        self._is_joining = False
        # run() is ours, not a subclass's own.
        self._is_run = False
        # The thread that runs the loop, and what to undo when it ends.
        self._thread: int | None = None
        self._undo = contextlib.ExitStack()
        # Where we were started: a deployment may delete the directory and make a new one.
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
        self._exit_with_status()

    def _exit_with_status(self) -> None:
        if self.exit_status:
            sys.exit(self.exit_status)

    # Open and closed

    @contextlib.contextmanager
    def _opened(self) -> Iterator[None]:
        """For run(). If run() fails, the workers end soon."""
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
        """Handle signals from here on; init_processes() calls it for a subclass's own loop."""
        if self._thread is None:
            self._thread = threading.get_ident()
            self._undo.callback(self._inbox.close)
            self._undo.enter_context(self._inbox.open(self._signals(), self._on_signal))

    def _close(self) -> None:
        self._undo.close()
        for slot in self._slots:
            self._close_sockets(slot)

    def _signals(self) -> list[int]:
        """The signals that have a method here, or in a subclass."""
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
        due = [slot.start_at for slot in self._slots if slot.start_at is not None]
        due += [each for each in (process.deadline() for process in self.processes) if each]
        return max(0.0, min([STEP, *(each - now for each in due)]))

    def keep_subprocess_alive(self) -> None:
        """Replace workers that have ended, kill those over a limit, start those that are due."""
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
        self._reap()
        self._check_limits()
        self._beat()

    def _beat(self) -> None:
        watchdog = self.notifier.watchdog
        if watchdog is not None and time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + watchdog / 2
            self.notifier.beat()

    def _all_serve(self) -> bool:
        return all(slot.worker is not None for slot in self._slots)

    def _adopt(self) -> None:
        """A subclass may have added processes to `processes`, or removed some."""
        for slot in self._slots:
            slot.forget(self.processes)
        known = [each for slot in self._slots for each in slot.workers]
        for process in self.processes:
            process.is_supervised = True
            if process not in known and process.phase != STOPPING:
                self._free_slot().successor = process
        for slot in self._slots[self.processes_num :]:
            if not slot.workers and slot.start_at is None:
                self._slots.remove(slot)
                self._close_sockets(slot)

    def _free_slot(self) -> Slot:
        for slot in self._slots:
            if not slot.workers:
                slot.start_at = None
                return slot
        slot = Slot(len(self._slots), self.sockets)
        slot.start_at = None
        self._slots.append(slot)
        return slot

    # Starting

    def init_processes(self) -> None:
        """Start a worker in each slot that has none."""
        self._open()
        self._add_slots()
        for slot in self._slots:
            if not slot.workers:
                slot.start_at = time.monotonic()
        self._start_due()

    def _add_slots(self) -> None:
        while len(self._slots) < self.processes_num:
            index = len(self._slots)
            try:
                sockets = self._sockets_of(index)
            except OSError as exc:
                logger.error("Cannot listen for one more child process: %s", exc)
                self.processes_num = index
                break
            self._slots.append(Slot(index, sockets))

    def _start_due(self) -> None:
        now = time.monotonic()
        for slot in self._slots:
            if slot.start_at is not None and now >= slot.start_at:
                slot.start_at = None
                slot.successor = self._start(slot)

    def _sockets_of(self, index: int) -> list[socket]:
        if index == 0 or not self.config.reuse_port:
            return self.sockets
        return [bind.beside(each, self.config.backlog) for each in self.sockets]

    def _close_sockets(self, slot: Slot) -> None:
        """Close the sockets of this slot alone; its workers have their own copies."""
        bind.close_all(each for each in slot.sockets if each not in self.sockets)

    def _start(self, slot: Slot) -> Process | None:
        """Start a worker; None if the system has no room for one, then it is tried again."""
        try:
            self._go_back()
            process = self._new_process(slot)
            process.start()
        except OSError as exc:
            self._try_later(slot)
            logger.error("Cannot start a child process: %s. Trying again in %g s.", exc, slot.pause)
            return None
        self.processes.append(process)
        return process

    def _new_process(self, slot: Slot) -> Process:
        # A subclass of Process may accept no target: the reference has none today.
        if self.target is None:
            process = Process(self.config, slot.sockets)
        else:
            process = Process(self.config, self.target, slot.sockets)
        process.index = slot.index
        process.is_supervised = True
        process.not_its = self._not_for(slot)
        return process

    def _go_back(self) -> None:
        """Change to the directory of our start, if it was deleted and exists again."""
        if _current_directory() is None and self._directory is not None:
            with contextlib.suppress(OSError):
                os.chdir(self._directory)

    def _not_for(self, slot: Slot) -> list[Closable]:
        """What a forked worker has to close, so that it does not stay open after our end."""
        ends: list[Closable] = [end for process in self.processes for end in process.ends]
        others = (each for other in self._slots for each in other.sockets)
        ends += [each for each in others if each not in slot.sockets]
        return [*ends, self._inbox]

    def _promote(self) -> None:
        """A successor that serves becomes the worker of its slot."""
        for slot in self._slots:
            successor = slot.successor
            if successor is not None and successor.phase == SERVING:
                before, slot.worker, slot.successor = slot.worker, successor, None
                slot.is_retiring = False
                logger.info("Child process [%s] is ready", successor.pid)
                if before is not None:
                    before.stop(has_successor=True)
                self._roll_on(slot)
            worker = slot.worker
            if worker is not None and worker.retires_for and not slot.is_retiring:
                logger.info("Child process [%s] retires: %s", worker.pid, worker.retires_for)
                slot.is_retiring = True
                if slot.successor is None:
                    self._start_later(slot, worker)

    # Ends

    def _reap(self) -> None:
        for process in [each for each in self.processes if each.exitcode is not None]:
            process.join()
            self.processes.remove(process)
            if process.phase == STOPPING:
                logger.info("Terminated child process [%s]", process.pid)
                continue
            slot = next((s for s in self._slots if process in (s.worker, s.successor)), None)
            if slot is not None:
                self._replace(slot, process)

    def _replace(self, slot: Slot, process: Process) -> None:
        """A process has ended without being told to: start another one, or end everything."""
        logger.info("Child process [%s] died, %s", process.pid, process.how_it_ended())
        if process is slot.worker:
            slot.worker = None
            if slot.successor is not None:
                return
        else:
            slot.successor = None
            if slot.worker is not None:
                self._successor_failed(slot, slot.worker)
                return
            serves = self._is_up and any(each.worker for each in self._slots)
            if process.exitcode == STARTUP_FAILURE and not serves:
                self._startup_failed(process)
                return
        self._start_later(slot, process)

    def _start_later(self, slot: Slot, process: Process) -> None:
        """Start a successor of `process`: at once if it has served, else after a pause."""
        now = time.monotonic()
        has_served = process.phase == SERVING and now - process.started_at >= SERVED
        slot.start_at = now if has_served or not slot.pause else now + slot.pause
        slot.pause = 0.0 if has_served else min(max(FIRST_PAUSE, slot.pause * 2), LONGEST_PAUSE)

    def _successor_failed(self, slot: Slot, worker: Process) -> None:
        logger.error("Its successor did not start: child process [%s] serves on", worker.pid)
        self._rolling.clear()
        slot.rolls = False
        if slot.is_retiring:
            self._try_later(slot)

    def _try_later(self, slot: Slot) -> None:
        slot.pause = max(FIRST_PAUSE, min(slot.pause * 2, LONGEST_PAUSE))
        slot.start_at = time.monotonic() + slot.pause

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
        """Tell all workers to end; no successor starts."""
        if self.should_exit.is_set():
            self.notifier.stopping()
        self._rolling.clear()
        for slot in self._slots:
            slot.empty()
        for process in self.processes:
            process.stop()

    def join_all(self) -> None:
        """Wait until all workers have ended, each within its limit."""
        if threading.get_ident() != self._thread:
            # The loop runs in another thread, and does it.
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
        self._add_slots()

    def handle_ttou(self) -> None:
        logger.info("Received SIGTTOU, decreasing number of processes.")
        if self.processes_num <= 1:
            logger.info("Already reached one process, cannot decrease the number of processes.")
            return
        self.processes_num -= 1
        slot = self._slots.pop()
        for process in slot.workers:
            if slot.sockets is not self.sockets and process.phase == STARTING:
                # It holds sockets open, but does not accept yet.
                process.process.kill()
            process.stop(has_successor=True)
        self._close_sockets(slot)
        under_way = self._rolling[:1]
        self._rolling = [each for each in self._rolling if each is not slot]
        if under_way == [slot]:
            self._roll_next()

    def handle_usr1(self) -> None:
        reopen_log_files()
        for process in self.processes:
            process.link.send(ReopenLogs())

    def restart_all(self) -> None:
        """Give each worker a successor, one slot after the other."""
        self.notifier.tell(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)
        under_way = self._rolling[:1]
        # The slot under way comes again: its successor may have started with the old code.
        self._rolling = under_way + self._slots
        if not under_way:
            self._roll_next()

    def _roll_on(self, slot: Slot) -> None:
        """The slot has a new worker. One that started before its turn does not count."""
        if self._rolling and self._rolling[0] is slot:
            if slot.rolls:
                slot.rolls = False
                del self._rolling[0]
            self._roll_next()

    def _roll_next(self) -> None:
        if not self._rolling:
            self.notifier.tell(READY=1)
            return
        slot = self._rolling[0]
        if slot.successor is None and slot.start_at is None:
            slot.rolls = True
            slot.start_at = time.monotonic()

    # The log

    def _log_parent(self, what: str) -> None:
        log_coloured(f"{what} parent process [%s]", os.getpid())


def log_coloured(text: str, *facts: object) -> None:
    """A line whose facts stand out on a terminal."""
    coloured = text.replace("%s", style("%s", colour="cyan", bold=True))
    logger.info(text, *facts, extra={"color_message": coloured})


def _current_directory() -> str | None:
    """None if it has been deleted."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None
