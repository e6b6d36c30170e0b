"""The file with the process id, and the title of the process."""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import threading
from pathlib import Path

import pytest

import uvicorn
from tests.apps.serving import FEW, Variant, process, until
from tests.server.apps import WithLifespan, quiet
from tests.server.conftest import Drive, Log
from tests.server.serving_loop import serving
from uvicorn.config import STARTUP_FAILURE
from uvicorn.system import process_title
from uvicorn.system.pidfile import pid_file

APP = "tests.server.process_apps:with_lifespan"
COMMAND = [sys.executable, "-W", "error", "-m", "uvicorn", APP, "--port", "0"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "server.pid"


def dead_pid() -> int:
    """Of a process that was here a moment ago."""
    pid = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-c", ""])
    os.waitpid(pid, 0)
    return pid


# While a server runs


def test_a_server_keeps_its_process_id_in_a_file(drive: Drive, path: Path) -> None:
    async def main() -> None:
        async with serving(uvicorn.Server(quiet(WithLifespan(), pid_file=path))):
            assert path.read_text() == f"{os.getpid()}\n"
            assert stat.S_IMODE(path.stat().st_mode) == 0o644
            assert os.listdir(path.parent) == [path.name]

    drive(main())
    assert os.listdir(path.parent) == []


def test_the_file_goes_when_the_server_cannot_start(drive: Drive, path: Path) -> None:
    config = quiet(WithLifespan(), pid_file=path, uds="/nowhere/server.sock")
    with pytest.raises(SystemExit):
        drive(uvicorn.Server(config).serve())
    assert not path.exists()


def test_a_process_that_lives_is_refused_before_the_app_starts(
    drive: Drive, log: Log, path: Path
) -> None:
    path.write_text(f"{os.getppid()}\n")
    app = WithLifespan()
    with pytest.raises(SystemExit) as caught:
        drive(uvicorn.Server(quiet(app, pid_file=path)).serve())
    assert caught.value.code == STARTUP_FAILURE
    assert app.heard == []
    assert path.read_text() == f"{os.getppid()}\n"
    (line,) = [line for line in log.lines if line.startswith("ERROR")]
    assert f"The pid file {str(path)!r} names process {os.getppid()}, which runs." in line
    assert "Stop it, or choose another pid file; remove this one if" in line


def test_a_file_of_somebody_else_is_not_removed(path: Path) -> None:
    with pid_file(path):
        path.write_text("1\n")
    assert path.read_text() == "1\n"


def test_a_file_that_is_gone_does_no_harm(path: Path) -> None:
    with pid_file(path):
        path.unlink()


def test_the_file_is_removed_though_the_app_went_to_another_folder(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    with pid_file(path.name):
        monkeypatch.chdir("/")
    assert not path.exists()


# What was there before

REPLACED = {"dead": "{dead}\n", "ours": "{ours}\n", "empty": "", "too large": "9" * 40, "zero": "0"}


@pytest.mark.parametrize("content", REPLACED.values(), ids=list(REPLACED))
def test_what_names_nobody_else_is_replaced(content: str, path: Path) -> None:
    path.write_text(content.format(dead=dead_pid(), ours=os.getpid()))
    with pid_file(path):
        assert path.read_text() == f"{os.getpid()}\n"


@pytest.mark.parametrize("content", ["precious\n", "12 13", "\u00e9"])
def test_a_file_that_holds_no_process_id_is_left_alone(content: str, path: Path) -> None:
    path.write_text(content)
    with pytest.raises(OSError, match="Remove it, or choose another pid file"), pid_file(path):
        pass
    assert path.read_text() == content


def test_a_process_of_another_user_lives(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, number: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    path.write_text("77")
    monkeypatch.setattr(os, "kill", refuse)
    with pytest.raises(OSError, match="names process 77, which runs"), pid_file(path):
        pass


@pytest.mark.parametrize("name", ["nowhere/server.pid", ""])
def test_a_place_that_cannot_be_written_is_refused_in_words(name: str, path: Path) -> None:
    with pytest.raises(OSError, match=r"pid file .*Choose"), pid_file(path.parent / name):
        pass


# A process of its own


@pytest.mark.parametrize("variant", FEW, ids=str)
def test_a_process_is_in_its_file_until_it_ends(variant: Variant, path: Path) -> None:
    command = [*COMMAND, *variant.arguments, "--pid-file", str(path)]
    with process(command, variant.environment) as server:
        server.wait_for_port()
        assert path.read_text() == f"{server.pid}\n"
        with process(command, variant.environment) as second:
            assert second.wait() == STARTUP_FAILURE
            assert f"names process {server.pid}, which runs." in second.log
        server.signal(signal.SIGTERM)
        assert server.wait() == -signal.SIGTERM
    assert not path.exists()


def test_a_process_that_was_killed_is_followed_by_another(path: Path) -> None:
    command = [*COMMAND, "--pid-file", str(path)]
    with process(command) as server:
        server.wait_for_port()
        server.signal(signal.SIGKILL)
        server.wait()
    with process(command) as second:
        second.wait_for_port()
        assert path.read_text() == f"{second.pid}\n"


# The title

STAND_IN = """
def setproctitle(title):
    print("Title:", title)
"""


def test_a_process_is_listed_by_its_app_where_setproctitle_is_installed(tmp_path: Path) -> None:
    (tmp_path / "setproctitle.py").write_text(STAND_IN)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    with process(COMMAND, {"PYTHONPATH": path}) as server:
        server.wait_for_port()
        assert f"Title: uvicorn {APP}\n" in server.log


def test_the_title_is_left_alone_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "setproctitle.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "setproctitle", raising=False)
    thread = threading.Thread(target=process_title.show, args=["other"])
    thread.start()
    until(lambda: not thread.is_alive())
    assert capsys.readouterr().out == ""
    process_title.show("mine")
    assert capsys.readouterr().out == "Title: mine\n"
    monkeypatch.delitem(sys.modules, "setproctitle")


def test_the_title_is_left_alone_without_setproctitle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "setproctitle", None)
    process_title.show("mine")
