"""Changes of files, looked for as soon as the system reports that there may be some.

watchfiles says when to look; what has changed is found as StatWatcher finds it. So both agree, and
changes that the system does not report (on a mount of a network or a container, of a link's target,
of a directory moved away) are found a little later. Importing this module needs watchfiles.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from watchfiles._rust_notify import RustNotify

from ..system.watched import ReloadOptions, WatchedFiles
from .basereload import BaseReload
from .stat_watcher import Identity, StatWatcher

# How often watchfiles checks for a report of the system, and how long it collects reports.
STEP_MS = 20
COLLECT_MS = 60
# Also look when nothing has been reported for so many seconds; more rarely if a look takes long.
UNTOLD = 3.0
UNTOLD_SHARE = 0.02

logger = logging.getLogger("uvicorn.error")


def has_to_poll() -> bool:
    """Whether the user has told watchfiles so, or this is WSL, whose mounts report nothing."""
    said = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower()
    if said:
        return said not in ("false", "disable", "disabled")
    return sys.platform == "linux" and "microsoft-standard" in platform.release().lower()


class FileFilter:
    """Whether a file's change counts for a server with these options."""

    def __init__(self, config: ReloadOptions) -> None:
        self.files = WatchedFiles.of(config)

    def __call__(self, path: Path) -> bool:
        return self.files.counts(os.path.abspath(path))


class WatchFilesWatcher(StatWatcher):
    """A StatWatcher that the system tells when to look; if it cannot, a plain StatWatcher.

    1. With inotify each visited directory has its own watch, so that no watch is wasted on what is
       excluded; elsewhere the system watches whole trees.
    2. When a directory comes, goes or is replaced, the watches are made anew. Another look
       afterwards finds what has changed meanwhile.
    """

    name = "WatchFiles"
    watches_trees = sys.platform != "linux"

    def __init__(
        self, files: WatchedFiles, delay: float, woken: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(files, delay, woken)
        self._polls = False
        self._notify: RustNotify | None = None
        self._watched: dict[str, Identity] = {}

    def _run(self) -> None:
        try:
            super()._run()
        finally:
            self._close()

    def _wait(self) -> None:
        if self._polls:
            super()._wait()
            return
        try:
            if self._notify is None or self._watched != self._places():
                self._watch()
            else:
                self._listen(self._notify)
        except FileNotFoundError:
            # A directory went before it was watched; the next look will see that.
            self._stopped.wait(STEP_MS / 1000)
        except (OSError, RuntimeError) as exc:
            self._close()
            self._polls = True
            logger.warning(
                "Cannot watch for changes with watchfiles: %s. Looking for them every %s seconds.",
                " ".join(str(exc).split()),
                self.delay,
            )

    def _places(self) -> dict[str, Identity]:
        there = self.snapshot.directories
        if not self.watches_trees:
            return there
        return {path: there[path] for path in self.files.directories if path in there}

    def _watch(self) -> None:
        self._close()
        places = self._places()
        self._notify = RustNotify(list(places), False, False, 0, self.watches_trees, True)
        self._watched = places

    def _listen(self, notify: RustNotify) -> None:
        """Wait until the system reports what may be a change, or nothing for long."""
        untold = int(1000 * self._longest_wait())
        while not self._stopped.is_set():
            told = notify.watch(COLLECT_MS, STEP_MS, untold, self._stopped)
            if isinstance(told, str):
                return
            paths = {path for _, path in told}
            if any(self._is_directory(path) for path in paths):
                self._close()
                return
            if any(self.files.counts(path) for path in paths):
                return

    def _longest_wait(self) -> float:
        """Seconds until we look without a report."""
        there = self.snapshot.directories
        if not all(path in there for path in self.files.directories):
            # Nothing is reported when it comes back.
            return self.delay
        return max(UNTOLD, self._cost / UNTOLD_SHARE)

    def _is_directory(self, path: str) -> bool:
        if path in self.snapshot.directories:
            return True
        return self.files.enters(path) and os.path.isdir(path)

    def _close(self) -> None:
        if self._notify is not None:
            with contextlib.suppress(RuntimeError):
                self._notify.close()
            self._notify = None


class WatchFilesReload(BaseReload):
    """Reloads when the system reports changes, by watchfiles."""

    watcher_class = WatchFilesWatcher

    def prepare(self) -> None:
        self.reload_dirs = list(self.config.reload_dirs)
        # Programs assign a filter of their own here.
        self.watch_filter: Callable[[Path], bool] = FileFilter(self.config)

    def should_restart(self) -> list[Path] | None:
        changes = super().should_restart()
        return [path for path in changes or () if self.watch_filter(path)] or None
