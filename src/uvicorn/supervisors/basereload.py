"""BaseReload: a Multiprocess that restarts its workers when files change.

    run > startup
          for changes in self:   keep the workers alive, should_restart > pause
                                 restart, if there are changes
          shutdown

1.  All workers end before the first new one starts: two versions of a program under development
    may not work side by side. The sockets stay open meanwhile, and clients wait.
2.  A worker that cannot start because of an error in the files is not started again before they
    change. One that has served is replaced at once.
3.  A worker may stand still for as long as it likes, in a debugger for instance.

Subclasses override public methods. Some start their process themselves and assign `process`.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from socket import socket
from types import FrameType

from .._subprocess import get_subprocess
from ..config import Config
from ..system.watched import WatchedFiles
from .adopted import Adopted
from .multiprocess import Multiprocess, Slot, log_coloured
from .process import SERVING, Process
from .stat_watcher import StatWatcher

# get_subprocess() is for subclasses that start their process themselves.
__all__ = ["HANDLED_SIGNALS", "BaseReload", "get_subprocess"]

# The signals that signal_handler() gets.
HANDLED_SIGNALS = (signal.SIGINT, signal.SIGTERM)

logger = logging.getLogger("uvicorn.error")


class BaseReload(Multiprocess):
    """A supervisor that asks `watcher` for changes. A subclass sets `watcher_class`, or overrides
    should_restart()."""

    watcher_class: type[StatWatcher] | None = None

    def __init__(
        self,
        config: Config,
        target: Callable[..., object] | Sequence[socket] | None = None,
        sockets: Sequence[socket] | None = None,
    ) -> None:
        super().__init__(config, target, sockets)
        self.pid = os.getpid()
        self.is_restarting = False
        self.watcher: StatWatcher | None = None
        if self.watcher_class is not None:
            files = WatchedFiles.of(config)
            self.watcher = self.watcher_class(files, config.reload_delay, self._inbox.wake)
        self.reloader_name: str | None = self.watcher.name if self.watcher else None
        self._process: Process | None = None
        self._has_paused = False
        self.prepare()

    def prepare(self) -> None:
        """For what else a subclass sets up, from `config` and `watcher`."""

    def run(self) -> None:
        with self._opened():
            self.startup()
            for changes in self:
                if changes:
                    self._log_changes(changes)
                    self.restart()
            self.shutdown()
        self._exit_with_status()

    def _log_changes(self, changes: list[Path]) -> None:
        shown = ", ".join(_shown(path) for path in changes)
        logger.warning("%s detected changes in %s. Reloading...", self.reloader_name, shown)

    def _open(self) -> None:
        if self._thread is None and self.watcher is not None:
            # Before anything is imported, so that no change is missed.
            self.watcher.start()
            self._undo.callback(self.watcher.stop)
        super()._open()

    def startup(self) -> None:
        """Start the workers."""
        self._open()
        text = "Started reloader process [%s] using %s"
        log_coloured(text, self.pid, self.reloader_name)
        self.init_processes()

    def shutdown(self) -> None:
        """End the workers."""
        self.terminate_all()
        self.join_all()
        log_coloured("Stopping reloader process [%s]", self.pid)

    def __iter__(self) -> Iterator[list[Path] | None]:
        return self

    def __next__(self) -> list[Path] | None:
        self.handle_signals()
        self.keep_subprocess_alive()
        if self.should_exit.is_set():
            raise StopIteration
        self._has_paused = False
        changes = self.should_restart()
        if not (changes or self._has_paused):
            self.pause()
        return changes

    def pause(self) -> None:
        """Wait until something happens, a change for instance; raises StopIteration at the end."""
        self._has_paused = True
        self._wait()
        if self.should_exit.is_set():
            raise StopIteration

    def should_restart(self) -> list[Path] | None:
        """The files that have changed since the last call; None if none have."""
        if self.watcher is None:
            raise NotImplementedError("A reloader needs a watcher, or its own should_restart().")
        self.pause()
        return self.watcher.changes()

    def restart(self) -> None:
        """End all workers; when the last one is gone, start their successors."""
        self.is_restarting = True
        self.terminate_all()
        self.join_all()
        self.is_restarting = False
        if not self.should_exit.is_set():
            self.init_processes()

    def restart_all(self) -> None:
        self.restart()

    # The process, where there is one

    @property
    def process(self) -> Process | None:
        """The first worker, or the one that has just ended."""
        if self.processes:
            self._process = self.processes[0]
        return self._process

    @process.setter
    def process(self, process: BaseProcess | Process | None) -> None:
        """A subclass has started another one, and has ended the one before."""
        if isinstance(process, BaseProcess):
            process = Adopted(self.config, process)
        self._process = process
        self.processes = [] if process is None else [process]

    # Signals

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number in (signal.SIGINT, signal.SIGTERM):
            self.signal_handler(number, frame)
        else:
            super()._on_signal(number, frame)

    def _signals(self) -> list[int]:
        left_out = {signal.SIGINT, signal.SIGTERM}.difference(HANDLED_SIGNALS)
        return [number for number in super()._signals() if number not in left_out]

    def signal_handler(self, sig: int, frame: FrameType | None) -> None:
        """Ctrl+C or SIGTERM came: note it for the loop; if none runs, set `should_exit`."""
        if self._thread is None:
            self.should_exit.set()
        else:
            self.signal_queue.append(sig)

    # Workers

    def _replace(self, slot: Slot, process: Process) -> None:
        if process.phase == SERVING or process is not slot.successor or slot.worker is not None:
            super()._replace(slot, process)
            return
        slot.successor = None
        logger.error(
            "Child process [%s] did not start. Waiting for the files to change.", process.pid
        )


def _shown(path: Path) -> str:
    try:
        return f"'{path.relative_to(Path.cwd())}'"
    except (ValueError, FileNotFoundError):
        # It is elsewhere; or the current directory has been deleted.
        return f"'{path}'"
