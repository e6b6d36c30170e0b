"""Changes of files, found by looking at them again and again.

Only `Snapshot` decides what a change is; WatchFilesWatcher differs from StatWatcher only in when it
looks.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ..system.watched import WatchedFiles

# If more than one file has changed, others may follow. The seconds without a change that end such
# a burst, and the longest time that its first change waits.
QUIET = 0.05
LONGEST_BURST = 2.0
# A look takes at most this part of the time.
SHARE = 0.1

Identity = tuple[int, int]
State = tuple[int, int, int]


class Snapshot:
    """The watched files as they were at the last look.

    1. A file has changed if its time of modification (in ns), its size or its inode has, if it
       is new, or if it is gone.
    2. Links to directories are followed, but never to one that holds a reload directory; each
       directory is visited once, by its real path if that is among the watched ones.
    3. What cannot be read counts as missing. A reload directory may be missing, and come later.
    4. With `listed`, the watched files are exactly those that it yields, whatever their names.
    """

    def __init__(self, files: WatchedFiles) -> None:
        self.files = files
        self.listed: Callable[[], Iterable[Path]] | None = None
        self.states: dict[str, State] = {}
        # Device and inode of each directory that was visited.
        self.directories: dict[str, Identity] = {}
        self._links: list[str] = []

    def look(self) -> list[Path]:
        """Look at all files; returns the paths that have changed since the last time, sorted."""
        before = self.states
        self.states, self.directories = {}, {}
        if self.listed is None:
            self._visit_all()
        else:
            self._visit_listed(self.listed())
        changed = {path for path, state in self.states.items() if before.get(path) != state}
        return [Path(path) for path in sorted(changed | (before.keys() - self.states.keys()))]

    def _visit_listed(self, paths: Iterable[Path]) -> None:
        for path in paths:
            try:
                self.states[os.fspath(path)] = _state(os.stat(path))
            except OSError:
                continue

    def _visit_all(self) -> None:
        seen = self._above()
        pending = [path for path in self.files.directories if self.files.enters(path)]
        while pending or self._links:
            path = pending.pop() if pending else self._links.pop()
            try:
                identity = _identity(path)
                if identity not in seen:
                    seen.add(identity)
                    pending += self._visit(path)
                    self.directories[path] = identity
            except OSError:
                continue

    def _above(self) -> set[Identity]:
        """The directories that hold a reload directory, except those that are one."""
        roots = self.files.directories
        above = {str(parent) for path in roots for parent in Path(path).parents}.difference(roots)
        found = set()
        for path in above:
            try:
                found.add(_identity(path))
            except OSError:
                continue
        return found

    def _visit(self, path: str) -> list[str]:
        """Look at the files in a directory; returns the directories in it to visit."""
        found: list[str] = []
        with os.scandir(path) as entries:
            for entry in entries:
                try:
                    if entry.is_dir():
                        if self.files.enters(entry.path):
                            (self._links if entry.is_symlink() else found).append(entry.path)
                    elif self.files.counts(entry.path):
                        self.states[entry.path] = _state(entry.stat())
                except OSError:  # it is gone, or a broken link
                    continue
        return found


def _state(stat: os.stat_result) -> State:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _identity(path: str) -> Identity:
    stat = os.stat(path)
    return stat.st_dev, stat.st_ino


class StatWatcher:
    """Looks for changes every `delay` seconds, in a thread, and calls `woken` there after each.

    Call start() before anything reads the files: it finds the changes from then on. changes() may
    be called at any time, in any thread. stop() ends it for good. Files that change together, or in
    quick succession, are one change.
    """

    name = "StatReload"

    def __init__(
        self, files: WatchedFiles, delay: float, woken: Callable[[], None] = lambda: None
    ) -> None:
        self.files = files
        self.delay = delay
        self.woken = woken
        self.snapshot = Snapshot(files)
        self.thread = threading.Thread(target=self._run, name=f"uvicorn {self.name}", daemon=True)
        # Seconds that the last look took.
        self._cost = 0.0
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._changes: set[Path] = set()

    def start(self) -> None:
        self._look()
        self.thread.start()

    def changes(self) -> list[Path] | None:
        """The files that have changed since the last call, sorted; None if none have."""
        with self._lock:
            changes, self._changes = self._changes, set()
        return sorted(changes) or None

    def stop(self) -> None:
        self._stopped.set()
        if self.thread.is_alive() and self.thread is not threading.current_thread():
            self.thread.join()

    # In the thread

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wait()
            self._find()

    def _wait(self) -> None:
        """Wait until it is time to look, or to stop."""
        self._stopped.wait(max(self.delay, self._cost / SHARE))

    def _find(self) -> None:
        changes = set(self._look())
        deadline = time.monotonic() + LONGEST_BURST
        while len(changes) > 1 and not self._stopped.wait(QUIET):
            more = self._look()
            changes.update(more)
            if not more or time.monotonic() >= deadline:
                break
        if changes and not self._stopped.is_set():
            with self._lock:
                self._changes |= changes
            self.woken()

    def _look(self) -> list[Path]:
        began = time.perf_counter()
        changes = self.snapshot.look()
        self._cost = time.perf_counter() - began
        return changes
