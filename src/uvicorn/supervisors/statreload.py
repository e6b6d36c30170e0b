"""The reloader that needs no library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..system.watched import WatchedFiles
from .basereload import BaseReload
from .stat_watcher import Snapshot, StatWatcher


class StatReload(BaseReload):
    """Reloads by looking at the files again and again; it works everywhere.

    Programs replace iter_py_files() to watch other files too.
    """

    watcher_class = StatWatcher
    watcher: StatWatcher

    def prepare(self) -> None:
        if getattr(self.iter_py_files, "__func__", None) is not _ITER_PY_FILES:
            self.watcher.snapshot.listed = self.iter_py_files

    def iter_py_files(self) -> Iterator[Path]:
        """The files to watch."""
        config = self.config
        # Programs also call it with an object that has only directories, in place of a Config.
        names = ("reload_includes", "reload_excludes", "reload_dirs_excludes")
        rest = (getattr(config, name, ()) for name in names)
        snapshot = Snapshot(WatchedFiles(config.reload_dirs, *rest))
        snapshot.look()
        yield from map(Path, snapshot.states)

    @property
    def mtimes(self) -> dict[Path, float]:
        """When each watched file was changed. Assign {} to forget the changes found so far."""
        states = dict(self.watcher.snapshot.states)
        return {Path(path): state[0] / 1e9 for path, state in states.items()}

    @mtimes.setter
    def mtimes(self, mtimes: dict[Path, float]) -> None:
        self.watcher.changes()


# Our own method: if another one is found in its place, that one lists the files.
_ITER_PY_FILES = StatReload.iter_py_files
