"""Which files a reloader watches, and what counts as a change of them."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import uvicorn
from tests.process.watched import touch, write
from uvicorn.supervisors.stat_watcher import Snapshot
from uvicorn.supervisors.watchfilesreload import FileFilter
from uvicorn.system.watched import WatchedFiles, is_dir, resolve_reload_patterns


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The directory that is watched; beside it is room for what is not."""
    path = tmp_path / "project"
    path.mkdir()
    return path


@pytest.fixture
def in_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(root)
    return root


# Options


def test_what_cannot_be_a_directory_is_none(tmp_path: Path) -> None:
    assert is_dir(tmp_path) and is_dir(str(tmp_path))
    for path in ("", "nul\0l", "a" * 5000, str(write(tmp_path / "file"))):
        assert is_dir(path) is (path == "")  # Path("") is the current one
    (tmp_path / "loop").symlink_to("loop")
    assert not is_dir(tmp_path / "loop")


# (patterns, directories) that are given, directories that come of it.
RESOLVED: list[tuple[list[str], list[str], list[str]]] = [
    ([], [], []),
    ([], ["app"], ["app"]),
    ([], ["app", ".", "app/sub"], ["."]),
    ([], ["app/sub", "lib", "app"], ["lib", "app"]),
    ([], ["lib", "app", "lib", "./lib"], ["lib", "app"]),
    ([], ["app", "app_two"], ["app", "app_two"]),
    ([], ["nothing", "app"], ["app"]),
    ([], ["file.py"], []),
    ([], [".", ".venv/src"], [".", ".venv/src"]),
    ([], [".venv", ".venv/src"], [".venv"]),
    ([], ["link"], ["lib"]),
    (["lib", "*.js"], ["app"], ["app", "lib"]),
    (["*/sub"], [], ["app/sub"]),
    (["app*"], ["lib"], ["lib", "app", "app_two"]),
    (["*.py", ".env", "*", ".*", "**/sub", "**"], [], []),
    (["nul\0l*", "", "[", "[a]"], [], []),
    (["[x]"], [], ["[x]"]),
]


@pytest.mark.parametrize(("patterns", "directories", "expected"), RESOLVED)
def test_directories_are_found_among_the_patterns(
    in_root: Path, patterns: list[str], directories: list[str], expected: list[str]
) -> None:
    for name in ("app/sub", "app_two", "lib", ".venv/src", ".hidden/sub", "[x]"):
        (in_root / name).mkdir(parents=True)
    write(in_root / "file.py")
    (in_root / "link").symlink_to("lib")
    found = resolve_reload_patterns(patterns, directories)
    assert found == (patterns, [in_root / name for name in expected])


def test_absolute_globs_name_directories_too(in_root: Path) -> None:
    (in_root / "app").mkdir()
    assert resolve_reload_patterns([f"{in_root}/a*"], [])[1] == [in_root / "app"]


def test_a_pattern_given_twice_stays_once() -> None:
    assert resolve_reload_patterns(["*.js", "*.py", "*.js"], [])[0] == ["*.js", "*.py"]


# Files. (includes, excludes, those that count, those that do not), below /srv/app.

PATTERNS: list[tuple[list[str], list[str], str, str]] = [
    ([], [], "a.py sub/a.py sub/sub/a.py", "a.pyc a.html py .py sub/a.txt a.py.txt a.py/x"),
    ([], [], "venv/a.py", ".venv/a.py .git/a.py sub/.tox/lib/a.py __pycache__/a.py"),
    ([], [], "", ".a.py .#a.py ~a.py sub/~lib/a.py #a.py# a.py~ .a.py.swp a.py.swp"),
    (["*.html"], [], "a.py a.html sub/a.html", ".a.html .venv/a.html a.htm ~a.html"),
    ([".env"], [], ".env sub/.env", ".envrc .venv/.env env"),
    ([".env*"], [], ".env .env.local", ".git .venv/.env"),
    ([".*"], [], ".env a.py .dotted/a.py .venv/.x", ".dotted/a.txt ~a.py __pycache__/a.py"),
    ([".*", "*.txt"], ["*.py"], ".dotted .dir/file.txt", "main.py"),
    (["*"], [], "a sub/a.css LICENSE", ".a .git/a a.pyc a.py~ #a# a.swp __pycache__/a"),
    (["*"], ["*.js"], "a.css a.py", "a.js sub/a.js"),
    (["*.pyc"], [], "a.pyc", "__pycache__/a.pyc a.pyo"),
    (["__pycache__/*.pyc"], [], "__pycache__/a.pyc sub/__pycache__/a.pyc", "a.pyc"),
    (["~notes"], [], "~notes", "~note"),
    (
        ["templates/*"],
        [],
        "templates/a sub/templates/a.b",
        "templates/s/a templates/.a xtemplates/a",
    ),
    (["templates/**"], [], "templates/a templates/s/t/a", "templates templates/.s/a a"),
    (["templates/**/*.html"], [], "templates/a.html templates/s/t/a.html", "a.html templates/a.js"),
    (["**/*.js"], [], "a.js s/t/a.js", ".s/a.js"),
    ([".github/*.yml"], [], ".github/a.yml sub/.github/a.yml", ".github/s/a.yml .github/a.py"),
    ([".github/**/*.yml"], [], ".github/a.yml .github/s/a.yml", ".github/.s/a.yml"),
    (["./a.txt", "b//c.txt"], [], "a.txt s/a.txt b/c.txt", "c.txt"),
    (["/srv/app/*.txt"], [], "a.txt", "s/a.txt .a.txt"),
    (["/srv/app/.conf/a.txt"], [], ".conf/a.txt", ".conf/b.txt s/.conf/a.txt"),
    (["/srv/other/*"], [], "a.py", "a.txt ../other/a.txt"),
    (["a?.txt", "[xy].txt", "[!z]z.txt"], [], "ab.txt x.txt yz.txt", "a.txt abc.txt z.txt zz.txt"),
    (["[0-9].txt", "[a-].txt", "[]].txt"], [], "5.txt a.txt -.txt ].txt", "0-9.txt b.txt"),
    (
        ["[z-a].txt", "[.txt", "a+b.txt", "[\\d&&x].txt"],
        [],
        "[z-a].txt [.txt a+b.txt d.txt",
        "7.txt",
    ),
    (["a[!x]b.txt"], [], "ayb.txt", "a/b.txt axb.txt"),
    (["sub/"], [], "a.py", "sub/a.txt"),
    ([], ["*.py"], "", "a.py sub/a.py"),
    ([], ["*_pb2.py", "test_*"], "a.py", "a_pb2.py sub/b_pb2.py test_a.py test_dir/a.py"),
    ([], ["node_modules"], "a.py node_modules.py", "node_modules/a.py s/node_modules/t/a.py"),
    ([], ["sub/data"], "data/a.py sub/a.py", "sub/data/a.py x/sub/data/y/a.py"),
    ([], ["sub/*"], "sub.py", "sub/a.py sub/t/a.py"),
    ([], ["sub/**/x"], "sub/a.py", "sub/x/a.py sub/s/t/x/a.py"),
    ([], ["/srv/app/data", "/srv"], "", "data/a.py a.py"),
    ([], ["/srv/app/data"], "a.py s/data/a.py datas/a.py", "data/a.py data/s/a.py"),
    ([".env"], [".env"], "a.py", ".env"),
    (["conf/a.txt"], ["conf"], "a.py", "conf/a.txt"),
    ([""], [""], "a.py", "a.txt"),
]


def below(names: str) -> list[str]:
    return [os.path.normpath(f"/srv/app/{name}") for name in names.split()]


@pytest.mark.parametrize(("includes", "excludes", "counting", "others"), PATTERNS)
def test_patterns_say_which_files_count(
    includes: list[str], excludes: list[str], counting: str, others: str
) -> None:
    files = WatchedFiles([Path("/srv/app")], includes, excludes)
    assert [path for path in below(counting) if not files.counts(path)] == []
    assert [path for path in below(others) if files.counts(path)] == []


@pytest.mark.parametrize(("includes", "excludes", "counting", "others"), PATTERNS)
def test_a_file_counts_only_where_the_walk_comes_by(
    includes: list[str], excludes: list[str], counting: str, others: str
) -> None:
    files = WatchedFiles([Path("/srv/app")], includes, excludes)
    for path in map(Path, below(counting)):
        way = [parent for parent in path.parents if parent.is_relative_to("/srv/app")]
        assert [parent for parent in way if not files.enters(parent)] == []


# (includes, excludes, directories that are visited, those that are not).
VISITED: list[tuple[list[str], list[str], str, str]] = [
    ([], [], ". sub sub/sub venv", ".. .git sub/.git .git/sub __pycache__ ~ip ../app2"),
    (["*"], [], "sub", ".git __pycache__"),
    ([".github/*.yml"], [], ".github sub/.github", ".git .github/sub"),
    ([".env", ".a/.b/**/c"], [], ".a .a/.b .a/.b/s/t", ".b .a/s .env"),
    (["/srv/app/.conf/a.txt"], [], ".conf", "sub/.conf .conf/sub"),
    ([], ["sub", "node_*/x"], "s node_a", "sub sub/s s/sub node_a/x node_a/x/y"),
]


@pytest.mark.parametrize(("includes", "excludes", "visited", "others"), VISITED)
def test_patterns_say_which_directories_are_visited(
    includes: list[str], excludes: list[str], visited: str, others: str
) -> None:
    files = WatchedFiles([Path("/srv/app")], includes, excludes)
    assert [path for path in below(visited) if not files.enters(path)] == []
    assert [path for path in below(others) if files.enters(path)] == []


def test_a_reload_directory_may_be_hidden_and_in_another() -> None:
    files = WatchedFiles([Path("/srv"), Path("/srv/.venv/lib")])
    assert files.counts("/srv/.venv/lib/a/b.py")
    assert files.counts("/srv/a.py")
    assert not files.counts("/srv/.venv/a.py")
    assert not files.counts("/srv/.venv/lib/.git/a.py")


def test_directories_that_look_like_patterns_are_taken_as_they_are() -> None:
    files = WatchedFiles([Path("/srv/[ab]+")], reload_dirs_excludes=[Path("/srv/[ab]+/*")])
    assert files.counts("/srv/[ab]+/x.py")
    assert not files.counts("/srv/a/x.py")
    assert not files.counts("/srv/[ab]+/*/x.py")
    assert files.counts("/srv/[ab]+/x/x.py")


def test_nothing_counts_where_nothing_is_watched() -> None:
    files = WatchedFiles([])
    assert not files.counts("/srv/app/a.py")
    assert not files.enters("/srv/app")


def test_an_excluded_directory_wins_over_a_reload_directory_in_it() -> None:
    without = [Path("/srv/data")]
    files = WatchedFiles([Path("/srv/data/live")], ["a.txt"], reload_dirs_excludes=without)
    assert not files.enters("/srv/data/live")
    assert not files.counts("/srv/data/live/a.py")
    assert not files.counts("/srv/data/live/a.txt")


def test_a_pattern_that_names_an_excluded_directory_means_that_one_alone(in_root: Path) -> None:
    (in_root / "data" / "sub").mkdir(parents=True)
    patterns, directories = resolve_reload_patterns(["data", "data/sub", "nodes"], [])
    files = WatchedFiles([in_root], [], patterns, directories)
    assert not files.counts(in_root / "data" / "a.py")
    assert files.counts(in_root / "app" / "data" / "a.py")
    assert not files.counts(in_root / "app" / "nodes" / "a.py")


def test_a_pattern_may_lead_upwards(in_root: Path) -> None:
    lib = in_root.parent / "lib"
    files = WatchedFiles([in_root, lib], ["../lib/*.txt"], ["../lib/x"])
    assert files.counts(lib / "a.txt")
    assert not files.counts(in_root / "a.txt")
    assert not files.counts(lib / "x" / "a.py")


def test_a_filter_answers_for_the_options_of_a_server(in_root: Path) -> None:
    config = SimpleNamespace(
        reload_dirs=[in_root],
        reload_includes=["*.html"],
        reload_excludes=["b.py"],
        reload_dirs_excludes=[in_root / "data"],
    )
    counts = FileFilter(config)
    assert counts(in_root / "a.py") and counts(Path("a.py")) and counts(Path("a.html"))
    assert not counts(Path("b.py"))
    assert not counts(Path("data/a.py"))
    assert not counts(in_root.parent / "a.py")


def test_excluded_directories_are_not_among_those_that_are_watched(
    in_root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "uvicorn.error")
    for name in ("app", "lib/inside"):
        (in_root / name).mkdir(parents=True)
    config = uvicorn.Config(
        "main:app",
        reload=True,
        reload_dirs=["app", "lib/inside", "lib"],
        reload_excludes=["lib"],
        log_config=None,
    )
    assert config.reload_dirs == [in_root / "app"]
    line = f"Will watch for changes in these directories: {[str(in_root / 'app')]}"
    assert line in caplog.messages


def test_where_all_given_directories_are_excluded_the_current_one_is_watched(
    in_root: Path,
) -> None:
    (in_root / "app").mkdir()
    config = uvicorn.Config(
        "main:app", reload=True, reload_dirs=["app"], reload_excludes=["app"], log_config=None
    )
    assert config.reload_dirs == [in_root]
    assert not WatchedFiles.of(config).counts(in_root / "app" / "a.py")


# Snapshots


def snapshot_of(*directories: Path, **options: Any) -> Snapshot:
    snapshot = Snapshot(WatchedFiles(directories, **options))
    snapshot.look()
    return snapshot


def test_a_second_look_finds_what_is_different(root: Path) -> None:
    touched, larger, gone = (write(root / name) for name in ("a.py", "b.py", "s/c.py"))
    write(root / "same.py")
    snapshot = snapshot_of(root)
    assert snapshot.look() == []
    was = larger.stat()
    larger.write_text("more")
    os.utime(larger, ns=(was.st_atime_ns, was.st_mtime_ns))
    touch(touched)
    gone.unlink()
    new = write(root / "new" / "d.py")
    assert snapshot.look() == [touched, larger, new, gone]
    assert snapshot.look() == []


def test_a_file_of_the_same_size_and_time_in_its_place_is_a_change(root: Path) -> None:
    path, other = write(root / "a.py", "1"), write(root / "other", "2")
    was = path.stat()
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    snapshot = snapshot_of(root)
    other.replace(path)
    assert snapshot.look() == [path]


def test_a_nanosecond_is_a_change(root: Path) -> None:
    path = write(root / "a.py")
    os.utime(path, ns=(0, 1_700_000_000_000_000_000))
    snapshot = snapshot_of(root)
    os.utime(path, ns=(0, 1_700_000_000_000_000_001))
    assert snapshot.look() == [path]


def test_excluded_directories_are_not_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (".git/a.py", "data/a.py", "s/node_modules/a.py", "s/a.py"):
        write(root / name)
    opened = []
    scandir = os.scandir

    def noted(path: str) -> Any:
        opened.append(os.path.relpath(path, root))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noted)
    options = {"reload_excludes": ["node_modules"], "reload_dirs_excludes": [root / "data"]}
    snapshot = snapshot_of(root, **options)
    assert opened == [".", "s"]
    assert [*snapshot.states] == [str(root / "s" / "a.py")]


def test_what_cannot_be_read_is_not_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = write(root / "a.py"), write(root / "locked" / "b.py")
    (root / "nowhere.py").symlink_to("nothing")
    (root / "itself.py").symlink_to("itself.py")
    scandir = os.scandir

    def refused(path: str) -> Any:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    snapshot = Snapshot(WatchedFiles([root, root.parent / "missing"]))
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refused)
        assert snapshot.look() == [here]
        assert [*snapshot.directories] == [str(root)]
    assert snapshot.look() == [there]


def test_a_file_that_goes_while_we_look_is_not_there(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, stays = write(root / "a.py"), write(root / "b.py")
    files = WatchedFiles([root])
    counts = files.counts

    def removing(path: Any) -> bool:
        gone.unlink(missing_ok=True)
        return counts(path)

    monkeypatch.setattr(files, "counts", removing)
    assert Snapshot(files).look() == [stays]


def test_links_are_followed_to_each_directory_once(root: Path) -> None:
    inside = write(root / "z" / "a.py")
    write(root.parent / "lib" / "b.py")
    (root / "a").symlink_to("z")
    (root / "lib").symlink_to("../lib")
    (root / "lib_again").symlink_to("../lib")
    (root / "z" / "loop").symlink_to("..")
    (root.parent / "lib" / "loop").symlink_to(root)
    found = Snapshot(WatchedFiles([root])).look()
    assert len(found) == 2
    assert inside in found
    assert {path.name for path in found} == {"a.py", "b.py"}


def test_no_link_leads_to_what_is_above(root: Path) -> None:
    write(root.parent / "sibling" / "a.py")
    (root / "up").symlink_to("..")
    (root / "top").symlink_to("/")
    inside = write(root / "b.py")
    assert Snapshot(WatchedFiles([root])).look() == [inside]


def test_a_reload_directory_in_another_is_visited_though_it_is_below(root: Path) -> None:
    hidden, plain = write(root / ".venv" / "src" / "a.py"), write(root / "b.py")
    assert Snapshot(WatchedFiles([root, root / ".venv" / "src"])).look() == [hidden, plain]
