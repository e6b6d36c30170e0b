"""The units of examples/deploy, started as systemd would start them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.apps.serving import FEW, ROOT, Process, Variant, get, process, until
from tests.server.test_activation import FIRST, MANAGER
from tests.server.test_notify import Manager

UNITS = ROOT / "examples" / "deploy"
APP = "tests.server.process_apps:with_lifespan"


def unit(name: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((UNITS / name).read_text(encoding="utf-8"))
    return parser


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(str(tmp_path / "notify"))
    with manager.socket:
        yield manager


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """The socket of app.socket, at another place."""
    said = unit("app.socket")["Socket"]
    assert said["ListenStream"] == "/run/app/uvicorn.sock"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
        os.chmod(path, int(said["SocketMode"], 8))
        sock.listen(int(said["Backlog"]))
        yield sock


@contextmanager
def started(sock: socket.socket, manager: Manager, variant: Variant) -> Iterator[Process]:
    """What app.service starts, with an app of ours in place of main:app."""
    said = unit("app.service")["Service"]
    program, app, *arguments = shlex.split(said["ExecStart"])
    assert (Path(program).name, app) == ("uvicorn", "main:app")
    assert said["Type"] == "notify"
    environment = {"NOTIFY_SOCKET": manager.address, **variant.environment}
    # Ten seconds are as many milliseconds here.
    environment["WATCHDOG_USEC"] = str(int(said["WatchdogSec"]) * 1000)
    fd = os.dup2(sock.fileno(), FIRST)
    command = [sys.executable, "-c", MANAGER, json.dumps([fd]), sys.executable, "-W", "error"]
    command += ["-m", "uvicorn", APP, *arguments, *variant.arguments]
    try:
        with process(command, environment, pass_fds=[fd]) as server:
            until(lambda: manager.has("READY=1"), what=server.log)
            yield server
    finally:
        os.close(fd)


def ask(path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(get("/", "Connection: close"))
        answer = b""
        while data := client.recv(65536):
            answer += data
    return answer


@pytest.mark.parametrize("variant", FEW, ids=str)
def test_the_units_serve_beat_and_stop(variant: Variant, manager: Manager, tmp_path: Path) -> None:
    path = tmp_path / "uvicorn.sock"
    with listening(path) as sock, started(sock, manager, variant) as server:
        assert ask(path).startswith(b"HTTP/1.1 200")
        assert f"STATUS=Running on unix socket {path}, passed as web" in manager.heard[0]
        assert manager.heard[0][2] == f"MAINPID={server.pid}"
        until(lambda: manager.listen().count(["WATCHDOG=1"]) > 2)
        server.signal(signal.SIGTERM)
        assert server.wait() == -signal.SIGTERM
        assert manager.has("STOPPING=1")
        assert path.exists()


def test_a_connection_that_comes_between_two_processes_is_answered_by_the_second(
    manager: Manager, tmp_path: Path
) -> None:
    path = tmp_path / "uvicorn.sock"
    with listening(path) as sock, socket.socket(socket.AF_UNIX) as client:
        with started(sock, manager, FEW[0]):
            pass
        client.connect(str(path))
        client.sendall(get("/"))
        manager.heard.clear()
        with started(sock, manager, FEW[0]):
            assert client.recv(65536).startswith(b"HTTP/1.1 200")


def test_the_units_give_the_shutdown_more_time_than_it_may_take() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "uvicorn", "--help"], capture_output=True, text=True, check=True
    ).stdout.split("--timeout-graceful-shutdown")[1]
    default = int(shown.split("[default:")[1].split("]")[0])
    assert int(unit("app.service")["Service"]["TimeoutStopSec"]) > default
    assert unit("app.service")["Service"]["RestartPreventExitStatus"] == "3"
