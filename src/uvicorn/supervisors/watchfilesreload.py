"""Changes of files, looked for as soon as the system says that there may be some.

watchfiles rings the bell; what has changed is found as StatWatcher finds it. So both agree, and
what the system does not tell (a network's or a container's mount, a link's target, a directory
moved away) is found a little later. Importing this module needs watchfiles.
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

# How often watchfiles looks whether the system has told something, and how long it collects.
STEP_MS = 20
COLLECT_MS = 60
# Look also when nobody has told anything for so many seconds; rarer if a look takes long.
UNTOLD = 3.0
UNTOLD_SHARE = 0.02

logger = logging.getLogger("uvicorn.error")


def has_to_poll() -> bool:
    """Whether the user of watchfiles has said so, or this is WSL, whose mounts tell nothing."""
    said = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower()
    if said:
        return said not in ("false", "disable", "disabled")
    return sys.platform == "linux" and "microsoft-standard" in platform.release().lower()


class FileFilter:
    """Whether the change of a file is one for a server with these options."""

    def __init__(self, config: ReloadOptions) -> None:
        self.files = WatchedFiles.of(config)

    def __call__(self, path: Path) -> bool:
        return self.files.counts(os.path.abspath(path))


class WatchFilesWatcher(StatWatcher):
    """A StatWatcher that is told when to look; where nobody can tell it, a plain one.

    1. With inotify each visited directory is watched alone, so that none is wasted on what is
       excluded; elsewhere the system watches whole trees.
    2. A directory that comes, goes or is another one now has to be watched anew. What happens
       meanwhile is found by another look afterwards.
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
            # A directory went before it was watched; the next look will miss it.
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
        """Until something is told that may be a change, or nothing for long."""
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
        """Seconds until we look without being told."""
        there = self.snapshot.directories
        if not all(path in there for path in self.files.directories):
            # Nobody tells when it comes back.
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
    """Reloads when the system tells of changes, by watchfiles."""

    watcher_class = WatchFilesWatcher

    def prepare(self) -> None:
        self.reload_dirs = list(self.config.reload_dirs)
        # Programs put another one here, which lets less through.
        self.watch_filter: Callable[[Path], bool] = FileFilter(self.config)

    def should_restart(self) -> list[Path] | None:
        changes = super().should_restart()
        return [path for path in changes or () if self.watch_filter(path)] or None
