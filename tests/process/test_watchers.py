"""Watchers hear of every change, whichever way it comes, and of nothing else."""

from __future__ import annotations

import logging
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from tests.apps.serving import until
from tests.process.watched import touch, write
from tests.server.conftest import Log
from uvicorn import supervisors
from uvicorn.supervisors import stat_watcher, watchfilesreload
from uvicorn.supervisors.stat_watcher import Snapshot, StatWatcher
from uvicorn.supervisors.watchfilesreload import WatchFilesWatcher, has_to_poll
from uvicorn.system.watched import WatchedFiles

NEVER = 3600.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The directory that is watched; beside it is room for what is not."""
    path = tmp_path / "project"
    path.mkdir()
    return path


class TreeWatcher(WatchFilesWatcher):
    """As it is on systems without inotify."""

    watches_trees = True


class SingleWatcher(WatchFilesWatcher):
    watches_trees = False


TOLD = [SingleWatcher, TreeWatcher] if sys.platform == "linux" else [TreeWatcher]


class Watch:
    """Starts watchers, counts how often they wake someone, and ends them."""

    def __init__(self, kind: type[StatWatcher]) -> None:
        self.kind = kind
        self.watchers: list[StatWatcher] = []
        self.woken = threading.Semaphore(0)

    def __call__(
        self, *directories: Path, delay: float | None = None, **options: Any
    ) -> StatWatcher:
        if delay is None:
            delay = 0.01 if self.kind is StatWatcher else NEVER
        watcher = self.kind(WatchedFiles(directories, **options), delay, self.woken.release)
        watcher.start()
        self.watchers.append(watcher)
        return watcher

    def close(self) -> None:
        for watcher in self.watchers:
            watcher.stop()
            assert not watcher.thread.is_alive()


@pytest.fixture(params=[StatWatcher, *TOLD])
def watch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    monkeypatch.setattr(watchfilesreload, "UNTOLD", NEVER)
    started = Watch(request.param)
    yield started
    started.close()


@pytest.fixture
def log() -> Iterator[Log]:
    logger, handler = logging.getLogger("uvicorn.error"), Log()
    level, disabled = logger.level, logger.disabled
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.disabled = False
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)
    logger.disabled = disabled


def changes_up_to(watcher: StatWatcher, *last: Path) -> list[Path]:
    """All that has changed by the time that `last` have."""
    found: set[Path] = set()

    def all_found() -> bool:
        found.update(watcher.changes() or ())
        return found.issuperset(last)

    until(all_found, what=f"changes of {last}")
    return sorted(found)


def test_changed_added_and_removed_files_are_found(watch: Watch, root: Path) -> None:
    path = write(root / "s" / "a.py")
    watcher = watch(root)
    assert watcher.changes() is None
    with path.open("a") as file:
        file.write("longer")
    assert changes_up_to(watcher, path) == [path]
    touch(path)
    assert changes_up_to(watcher, path) == [path]
    added = write(root / "b.py")
    assert changes_up_to(watcher, added) == [added]
    path.unlink()
    assert changes_up_to(watcher, path) == [path]
    assert watcher.changes() is None


def test_what_does_not_count_wakes_nobody(watch: Watch, root: Path) -> None:
    path = write(root / "a.py")
    watcher = watch(root, reload_excludes=["data"])
    path.chmod(0o600)
    path.read_text()
    for name in ("a.html", ".venv/a.py", "data/a.py", "__pycache__/a.cpython-313.pyc", ".a.py.swp"):
        touch(write(root / name, "new"))
    last = write(root / "last.py")
    assert changes_up_to(watcher, last) == [last]


def test_included_files_are_found(watch: Watch, root: Path) -> None:
    names = (".env", "a.html", ".github/a.yml")
    paths = [write(root / name) for name in names]
    watcher = watch(root, reload_includes=[".env", "*.html", ".github/*"])
    for path in paths:
        touch(path)
        assert changes_up_to(watcher, path) == [path]


def replaced(path: Path) -> None:
    write(path.with_name("tmp1234"), "new").replace(path)


def with_backup(path: Path) -> None:
    """As Vim does, after a look whether files can be made here."""
    write(path.with_name("4913")).unlink()
    backup = path.with_name(f"{path.name}~")
    path.rename(backup)
    path.write_text("new")
    backup.unlink()


def truncated(path: Path) -> None:
    path.write_text("new")


@pytest.mark.parametrize("save", [replaced, with_backup, truncated])
def test_however_an_editor_saves_it_is_the_file_that_changes(
    watch: Watch, root: Path, save: Callable[[Path], None]
) -> None:
    path = write(root / "a.py", "old")
    watcher = watch(root)
    for _ in range(2):
        save(path)
        assert changes_up_to(watcher, path) == [path]


def test_new_directories_are_watched(watch: Watch, root: Path) -> None:
    watcher = watch(root)
    path = write(root / "new" / "sub" / "a.py")
    assert changes_up_to(watcher, path) == [path]
    for _ in range(2):
        touch(path)
        assert changes_up_to(watcher, path) == [path]


def test_a_directory_that_is_made_anew_is_watched(watch: Watch, root: Path) -> None:
    path = write(root / "pkg" / "a.py")
    watcher = watch(root)
    for _ in range(2):
        shutil.rmtree(path.parent)
        write(path)
        assert changes_up_to(watcher, path) == [path]
        touch(path)
        assert changes_up_to(watcher, path) == [path]


def test_directories_that_move_are_changes_of_their_files(watch: Watch, root: Path) -> None:
    old = [write(root / "pkg" / name) for name in ("a.py", "s/b.py", "c.txt")][:2]
    watcher = watch(root)
    (root / "pkg").rename(root / "lib")
    new = [root / "lib" / "a.py", root / "lib" / "s" / "b.py"]
    assert changes_up_to(watcher, *old, *new) == sorted([*old, *new])
    (root / "lib").rename(root.parent / "away")
    assert changes_up_to(watcher, *new) == new
    (root.parent / "away").rename(root / "pkg")
    assert changes_up_to(watcher, *old) == old


def test_a_watched_directory_may_go_and_come_back(watch: Watch, root: Path) -> None:
    path = write(root / "app" / "a.py")
    watcher = watch(root / "app", delay=0.01)
    shutil.rmtree(root / "app")
    assert changes_up_to(watcher, path) == [path]
    write(path)
    assert changes_up_to(watcher, path) == [path]
    touch(path)
    assert changes_up_to(watcher, path) == [path]


def test_changes_behind_a_linked_directory_are_found(watch: Watch, root: Path) -> None:
    path = write(root.parent / "lib" / "a.py")
    (root / "lib").symlink_to("../lib")
    (root / "loop").symlink_to(".")
    watcher = watch(root)
    touch(path)
    assert changes_up_to(watcher, root / "lib" / "a.py") == [root / "lib" / "a.py"]


def test_many_files_at_once_are_one_change(watch: Watch, root: Path) -> None:
    ready = root.parent / "ready"
    for number in range(200):
        write(ready / f"s{number % 7}" / f"{number}.py")
    watcher = watch(root)
    ready.rename(root / "pkg")
    assert watch.woken.acquire(timeout=10)
    found = watcher.changes()
    assert found is not None and len(found) == 200
    last = write(root / "last.py")
    assert watch.woken.acquire(timeout=10)
    assert watcher.changes() == [last]


def test_several_directories_are_watched(watch: Watch, root: Path) -> None:
    paths = [write(root / "app" / "a.py"), write(root / "lib" / "a.py")]
    other = write(root / "other" / "a.py")
    watcher = watch(*(path.parent for path in paths))
    touch(other)
    for path in paths:
        touch(path)
        assert changes_up_to(watcher, path) == [path]


def test_a_change_is_ready_when_it_wakes_someone(watch: Watch, root: Path) -> None:
    path = write(root / "a.py")
    heard: list[Any] = []
    watcher = watch(root)
    watcher.woken = lambda: heard.append((watcher.changes(), threading.current_thread()))
    touch(path)
    until(lambda: heard)
    assert heard == [([path], watcher.thread)]


def test_a_watcher_ends(watch: Watch, root: Path) -> None:
    watcher = watch(root)
    assert watcher.thread.is_alive() and watcher.thread.daemon
    watcher.stop()
    assert not watcher.thread.is_alive()
    write(root / "a.py")
    assert watcher.changes() is None
    watcher.stop()


def test_a_watcher_can_be_stopped_by_the_one_it_wakes(watch: Watch, root: Path) -> None:
    watcher = watch(root)
    watcher.woken = watcher.stop
    write(root / "a.py")
    until(lambda: not watcher.thread.is_alive())


def test_a_watcher_that_never_started_can_be_stopped(watch: Watch, root: Path) -> None:
    watcher = watch.kind(WatchedFiles([root]), NEVER)
    watcher.stop()
    assert not watcher.thread.is_alive()


# When it looks


class Scripted(Snapshot):
    """Finds at each look what is on its list."""

    def __init__(self, *looks: list[str]) -> None:
        super().__init__(WatchedFiles([]))
        self.looks = list(looks)

    def look(self) -> list[Path]:
        return [Path(name) for name in self.looks.pop(0)]


# What each look finds; how many looks it takes.
BURSTS: list[tuple[list[list[str]], int]] = [
    ([[], ["a"]], 1),
    ([["a"], ["b"]], 1),
    ([["a", "b"], []], 2),
    ([["b", "a"], ["c"], ["a", "d"], [], ["e"]], 4),
]


@pytest.mark.parametrize(("looks", "taken"), BURSTS)
def test_a_burst_lasts_until_nothing_more_changes(
    monkeypatch: pytest.MonkeyPatch, looks: list[list[str]], taken: int
) -> None:
    monkeypatch.setattr(stat_watcher, "QUIET", 0.001)
    watcher = StatWatcher(WatchedFiles([]), NEVER)
    watcher.snapshot = snapshot = Scripted(*looks)
    watcher._find()
    assert snapshot.looks == looks[taken:]
    expected = sorted({Path(name) for found in looks[:taken] for name in found})
    assert (watcher.changes() or []) == expected
    assert watcher.changes() is None


def test_a_burst_without_end_is_told_in_the_meantime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stat_watcher, "QUIET", 0.001)
    monkeypatch.setattr(stat_watcher, "LONGEST_BURST", 0.0)
    watcher = StatWatcher(WatchedFiles([]), NEVER)
    watcher.snapshot = snapshot = Scripted(["a", "b"], ["c"], ["d"])
    watcher._find()
    assert snapshot.looks == [["d"]]


class Waits(threading.Event):
    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return False


def test_a_look_that_takes_long_is_taken_rarely() -> None:
    watcher = StatWatcher(WatchedFiles([]), 0.25)
    watcher._stopped = waits = Waits()
    for watcher._cost in (0.0, 0.02, 0.5):
        watcher._wait()
    assert waits.seconds == [0.25, 0.25, 5.0]


class Deaf:
    """Is told nothing by the system."""

    def __init__(self, *arguments: Any) -> None:
        pass

    def watch(self, collect: int, step: int, longest: int, stopped: threading.Event) -> Any:
        stopped.wait(longest / 1000)
        return "timeout"

    def close(self) -> None:
        pass


def test_what_the_system_does_not_tell_is_found_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchfilesreload, "RustNotify", Deaf)
    monkeypatch.setattr(watchfilesreload, "UNTOLD", 0.01)
    path = write(root / "a.py")
    watch = Watch(SingleWatcher)
    watcher = watch(root)
    try:
        for _ in range(2):
            touch(path)
            assert changes_up_to(watcher, path) == [path]
    finally:
        watch.close()


def test_a_directory_that_comes_untold_is_watched_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def notify(places: list[str], *arguments: Any) -> Deaf:
        asked.append(places)
        return Deaf()

    monkeypatch.setattr(watchfilesreload, "RustNotify", notify)
    monkeypatch.setattr(watchfilesreload, "UNTOLD", 0.01)
    watch = Watch(SingleWatcher)
    watch(root)
    try:
        until(lambda: asked)
        (root / "new").mkdir()
        until(lambda: len(asked) > 1)
    finally:
        watch.close()
    assert asked == [[str(root)], [str(root), str(root / "new")]]


class Limited:
    def __init__(self, *arguments: Any) -> None:
        raise OSError(28, "OS file watch\nlimit reached")


class Failing(Deaf):
    def watch(self, *arguments: Any) -> Any:
        raise WatchfilesRustInternalError("it broke")


FAILURES = [(Limited, "[Errno 28] OS file watch limit reached"), (Failing, "it broke")]


@pytest.mark.parametrize(("kind", "reason"), FAILURES)
def test_where_watching_fails_it_looks_by_itself_and_says_so(
    root: Path, monkeypatch: pytest.MonkeyPatch, log: Log, kind: type[Any], reason: str
) -> None:
    monkeypatch.setattr(watchfilesreload, "RustNotify", kind)
    path = write(root / "a.py")
    watch = Watch(SingleWatcher)
    watcher = watch(root, delay=0.01)
    try:
        for _ in range(2):
            touch(path)
            assert changes_up_to(watcher, path) == [path]
    finally:
        watch.close()
    assert log.lines == [
        f"WARNING Cannot watch for changes with watchfiles: {reason}."
        " Looking for them every 0.01 seconds."
    ]


def test_a_directory_that_goes_before_it_is_watched_is_no_failure(
    root: Path, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    write(root / "pkg" / "b.py")
    tries: list[list[str]] = []

    def notify(places: list[str], *arguments: Any) -> RustNotify:
        tries.append(places)
        shutil.rmtree(root / "pkg", ignore_errors=True)
        return RustNotify(places, *arguments)

    monkeypatch.setattr(watchfilesreload, "RustNotify", notify)
    monkeypatch.setattr(watchfilesreload, "UNTOLD", NEVER)
    watch = Watch(SingleWatcher)
    watcher = watch(root)
    try:
        assert changes_up_to(watcher, root / "pkg" / "b.py") == [root / "pkg" / "b.py"]
        last = write(root / "last.py")
        assert changes_up_to(watcher, last) == [last]
    finally:
        watch.close()
    assert tries == [[str(root), str(root / "pkg")], [str(root)]]
    assert log.lines == []


def test_nothing_excluded_is_watched(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/b.py", ".git/c.py", "node_modules/d/e.py"):
        write(root / name)
    asked: list[list[str]] = []

    def notify(places: list[str], *arguments: Any) -> RustNotify:
        asked.append(places)
        return RustNotify(places, *arguments)

    monkeypatch.setattr(watchfilesreload, "RustNotify", notify)
    watch = Watch(SingleWatcher)
    watch(root, reload_excludes=["node_modules"])
    until(lambda: asked)
    watch.close()
    assert asked == [[str(root), str(root / "a")]]


# Which watcher


@pytest.fixture
def plain_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHFILES_FORCE_POLLING", raising=False)
    monkeypatch.setattr("platform.release", lambda: "6.1.0-generic")


# (WATCHFILES_FORCE_POLLING, release of the kernel, whether to poll).
POLLING = [
    (None, "6.1.0-generic", False),
    ("", "6.1.0-generic", False),
    ("1", "6.1.0-generic", True),
    ("true", "6.1.0-generic", True),
    ("False", "6.1.0-generic", False),
    ("disable", "5.15.0-microsoft-standard-WSL2", False),
    (None, "5.15.0-Microsoft-Standard-WSL2", sys.platform == "linux"),
]


@pytest.mark.parametrize(("said", "release", "expected"), POLLING)
def test_who_wants_to_poll_does(
    plain_system: None,
    monkeypatch: pytest.MonkeyPatch,
    said: str | None,
    release: str,
    expected: bool,
) -> None:
    if said is not None:
        monkeypatch.setenv("WATCHFILES_FORCE_POLLING", said)
    monkeypatch.setattr("platform.release", lambda: release)
    assert has_to_poll() is expected
    kind = StatWatcher if expected else WatchFilesWatcher
    assert supervisors.ChangeReload.watcher_class is kind


def test_without_watchfiles_a_watcher_looks_by_itself(
    plain_system: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles._rust_notify", None)
    monkeypatch.delitem(sys.modules, watchfilesreload.__name__)
    assert supervisors.ChangeReload.watcher_class is StatWatcher


def test_watchers_say_who_they_are() -> None:
    assert (StatWatcher.name, WatchFilesWatcher.name) == ("StatReload", "WatchFiles")
