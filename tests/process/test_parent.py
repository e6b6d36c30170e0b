"""What the supervisor's own process does for its workers: a hook, and the app imported once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import uvicorn
from tests.apps.serving import Variant, Wire, get, process, until
from tests.process.supervised import (
    Start,
    ask,
    children,
    lives,
    loads,
    wait_for,
    wait_for_workers,
)
from uvicorn.config import STARTUP_FAILURE
from uvicorn.errors import ConfigError

HOOKS = "tests.process.hooks"
PRELOADED = "tests.process.preloaded:app"


# The hook


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [1, 2])
def test_the_hook_runs_once_before_all_workers_and_once_after_them(
    workers: int, number: int, start: Start, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    server = start(
        *("--parent-hook", f"{HOOKS}:hook"),
        workers=workers,
        waits=workers > 1,
        WITNESS=str(witness),
    )
    assert witness.read_text() == f"before {workers} in {server.pid}\n"
    assert ask(server)
    pids = children(server)
    server.signal(number)
    server.wait()
    assert witness.read_text().splitlines()[1:] == [f"after in {server.pid}"]
    assert not any(map(lives, pids))


@pytest.mark.parametrize(
    ("name", "reason"),
    {
        "failing_hook": "no migration",
        "no_manager": "must return a context manager",
        "nothing": "parent_hook must name a function",
    }.items(),
)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_hook_that_fails_stops_the_start(workers: str, name: str, reason: str) -> None:
    command = [sys.executable, "-m", "uvicorn", "tests.process.worker_apps:app", "--port", "0"]
    command += ["--workers", workers, "--parent-hook", f"{HOOKS}:{name}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == STARTUP_FAILURE
    assert reason in done.stderr
    assert "Started server process" not in done.stderr


# Preloading


def test_a_preloaded_app_is_imported_once_and_served_by_all(start: Start) -> None:
    server = start("--preload", app=PRELOADED)
    answers = {ask(server) for _ in range(40)}
    importers = {answer.split()[0] for answer in answers}
    assert importers == {str(server.pid)}
    assert len(children(server, b"uvicorn")) == 2
    assert {answer.split()[1] for answer in answers} <= set(map(str, children(server, b"uvicorn")))


def test_preloaded_workers_come_back_and_roll_without_a_gap(start: Start) -> None:
    server = start("--preload", "--timeout-keep-alive", "2")
    with loads(server) as running:
        for restarts in range(1, 4):
            server.signal(signal.SIGHUP)
            wait_for_workers(server, 2 + 2 * restarts)
    assert [load.failures for load in running] == [[]] * 4
    # The last of those that were replaced may not be gone yet.
    until(lambda: len(children(server, b"uvicorn")) == 2, 20)
    os.kill(children(server, b"uvicorn")[0], signal.SIGKILL)
    wait_for(server, "died, by SIGKILL")
    wait_for_workers(server, 9)
    assert ask(server)


def test_preloaded_workers_end_when_their_supervisor_is_killed(start: Start) -> None:
    server = start("--preload", "--timeout-graceful-shutdown", "1", workers=3)
    workers = children(server, b"uvicorn")
    assert len(workers) == 3
    with Wire(server.port) as client:
        client.send(get("/stubborn"))
        server.popen.kill()
        server.wait()
        until(lambda: not any(map(lives, workers)), 20)


def test_a_preloaded_app_may_be_an_object(variant: Variant, tmp_path: Path) -> None:
    script = tmp_path / "serve.py"
    script.write_text(
        "import uvicorn\n"
        "from tests.process.worker_apps import app\n"
        "uvicorn.run(app, port=0, workers=2, preload=True, access_log=False)\n"
    )
    command = [sys.executable, "-W", "error", str(script)]
    with process(command, {**variant.environment, "PYTHONPATH": os.pathsep.join(sys.path)}) as it:
        it.wait_for_port()
        wait_for_workers(it, 2)
        assert ask(it)


def test_an_app_that_cannot_be_preloaded_stops_the_start() -> None:
    command = [sys.executable, "-m", "uvicorn", "tests.process.hooks:missing", "--port", "0"]
    command += ["--workers", "2", "--preload"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == STARTUP_FAILURE
    assert 'Attribute "missing" not found' in done.stderr


def test_preload_and_reload_do_not_go_together() -> None:
    config = uvicorn.Config("main:app", preload=True, reload=True)
    with pytest.raises(ConfigError, match="leave one of them out"):
        config.check()


# A socket for each place


def test_each_worker_may_have_a_listening_socket_of_its_own(start: Start) -> None:
    server = start("--reuse-port", workers=3)
    assert len(listening(server.port)) == 3
    with loads(server) as running:
        server.signal(signal.SIGHUP)
        wait_for_workers(server, 6)
        wait_for(server, "Terminated child process", 3)
        assert len(listening(server.port)) == 3
        server.signal(signal.SIGTTIN)
        wait_for_workers(server, 7)
        assert len(listening(server.port)) == 4
    assert [load.failures for load in running] == [[]] * 4
    server.signal(signal.SIGTTOU)
    until(lambda: len(listening(server.port)) == 3, 20, "the fourth socket is closed")


def listening(port: int) -> list[str]:
    """The inodes of the sockets that listen on this port (proc(5), net/tcp)."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[9] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
