"""BaseReload: a Multiprocess that starts its workers anew when files change.

1.  All workers end before the first new one starts: two versions of a program under development
    may not bear each other. The sockets stay open meanwhile, and clients wait.
2.  A worker that cannot start, for an error in the files, is not started again before they
    change. One that has served comes back at once.
3.  A worker may stand still for as long as it likes, in a debugger for instance.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any

from ..config import Config
from ..watched import WatchedFiles
from .multiprocess import Multiprocess, Place, log_coloured
from .process import SERVING, Process

if TYPE_CHECKING:
    from .statreload import StatWatcher

logger = logging.getLogger("uvicorn.error")


class BaseReload(Multiprocess):
    """A supervisor that asks `watcher` for changes; subclasses say what that is."""

    watcher_class: type[StatWatcher]

    def __init__(
        self,
        config: Config,
        target: Callable[..., Any] | Sequence[socket] | None = None,
        sockets: Sequence[socket] | None = None,
    ) -> None:
        super().__init__(config, target, sockets)
        files = WatchedFiles.of(config)
        self.watcher = self.watcher_class(files, config.reload_delay, self._inbox.wake)
        self.is_restarting = False

    @property
    def reloader_name(self) -> str:
        return self.watcher.name

    def run(self) -> None:
        # Before anything is imported, so that no change is missed.
        self.watcher.start()
        try:
            super().run()
        finally:
            self.watcher.stop()

    def should_restart(self) -> list[Path] | None:
        """The files that have changed since the last call; None if none have."""
        return self.watcher.changes()

    def restart(self) -> None:
        """End all workers; their successors start when the last one is gone."""
        self.is_restarting = True
        self._rolling.clear()
        for place in self._places:
            place.empty()
        for process in self.processes:
            process.stop()

    # Parts of the loop

    def _turn(self) -> None:
        super()._turn()
        if self.stopping:
            return
        changes = self.should_restart()
        if changes:
            shown = ", ".join(f"'{_from_here(path)}'" for path in changes)
            logger.warning("%s detected changes in %s. Reloading...", self.reloader_name, shown)
            self.restart()
        if self.is_restarting and not self.processes:
            self.is_restarting = False
            for place in self._places:
                place.start_at = time.monotonic()

    def _replace(self, place: Place, process: Process) -> None:
        if process.phase == SERVING or process is not place.successor or place.worker is not None:
            super()._replace(place, process)
            return
        place.successor = None
        logger.error(
            "Child process [%s] did not start. Waiting for the files to change.", process.pid
        )

    def restart_all(self) -> None:
        self.restart()

    def _log_parent(self, what: str) -> None:
        text = f"{what} reloader process [%s]"
        if what == "Started":
            log_coloured(f"{text} using %s", os.getpid(), self.reloader_name)
        else:
            log_coloured(text, os.getpid())


def _from_here(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
