"""Worker processes: kept serving, replaced without a gap, ended in time. Real processes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.apps.serving import VARIANTS, Variant, Wire, get, process, until
from tests.core.ws_peer import handshake
from tests.process.supervised import (
    APPS,
    HELLO,
    Start,
    ask,
    children,
    lives,
    loads,
    wait_for,
    wait_for_workers,
)
from tests.server.test_notify import Manager
from uvicorn.config import STARTUP_FAILURE

# .ci/run makes a minute of it.
BUSY_SECONDS = float(os.environ.get("UVICORN_TEST_BUSY_SECONDS", "3"))


# They serve


def test_each_worker_has_a_place_of_its_own(start: Start) -> None:
    server = start(workers=2)
    places = {ask(server, get("/index", "Connection: close")) for _ in range(100)}
    assert places <= {"0", "1"}
    assert len(children(server)) == 2


def test_workers_come_from_the_environment(start: Start, variant: Variant) -> None:
    command = [sys.executable, "-m", "uvicorn", f"{APPS}:app", "--port", "0", "--no-access-log"]
    with process(command, {**variant.environment, "WEB_CONCURRENCY": "2"}) as server:
        server.wait_for_port()
        wait_for_workers(server, 2)
        assert len(children(server)) == 2


def test_an_app_that_is_no_import_string_cannot_have_workers() -> None:
    code = "import uvicorn; uvicorn.run(print, workers=2)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == STARTUP_FAILURE
    assert "You must pass the application as an import string" in done.stderr


# They come back


def test_a_worker_that_dies_is_followed_by_another(start: Start) -> None:
    server = start()
    before = set(children(server))
    with Wire(server.port) as client:
        client.send(get("/crash"))
        assert client.read_to_end() == b""
    wait_for(server, "died, with exit status 9")
    until(lambda: len(set(children(server)) - before) == 1, 20)
    wait_for_workers(server, 3)
    assert ask(server)


def test_workers_killed_at_random_cost_only_what_was_in_flight_there(start: Start) -> None:
    server = start()
    with loads(server) as running:
        for killed in range(3):
            os.kill(children(server)[0], signal.SIGKILL)
            wait_for(server, "died, by SIGKILL", killed + 1)
            wait_for_workers(server, 3 + killed)
    # At most the one request of each load that the killed worker had.
    assert all(len(load.failures) <= 3 for load in running), running[0].failures
    assert all(load.answers > 20 for load in running)


def test_a_worker_that_blocks_its_loop_is_replaced_and_its_stacks_are_in_the_log(
    start: Start,
) -> None:
    server = start("--timeout-worker-blocked", "1")
    with Wire(server.port) as client:
        client.send(get("/block"))
        wait_for(server, "has blocked its event loop for 1 s")
        wait_for(server, "died, by SIGKILL")
    wait_for_workers(server, 3)
    assert re.search(r"Stacks of child process \[\d+\]:\n", server.log)
    assert "worker_apps.py" in server.log
    assert ask(server)


def test_a_worker_that_blocks_its_loop_for_a_while_is_left_alone(
    start: Start, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    server = start("--timeout-worker-healthcheck", "2", app="tests.process.impatient:app")
    before = children(server)
    with Wire(server.port) as client:
        client.send(get(f"/wait?{pipe}"))
        wait_for(server, "has blocked its event loop for")
        pipe.write_text("now")
        assert client.read_response()[0] == 200
    assert children(server) == before
    assert server.log.count("has blocked its event loop for") == 1
    stacks = server.log.partition("Stacks of child process")[2]
    assert "worker_apps.py" in stacks
    assert "killing it" not in server.log


def test_a_worker_whose_gil_is_held_is_replaced(start: Start) -> None:
    server = start("--timeout-worker-healthcheck", "1")
    with Wire(server.port) as client:
        client.send(get("/gil"))
        wait_for(server, "has not answered for 1 s, killing it")
        wait_for(server, "died, by SIGKILL")
    assert "worker_apps.py" in server.log
    wait_for_workers(server, 3)


@pytest.mark.parametrize("variant", VARIANTS, ids=str, indirect=True)
def test_a_thread_sees_which_task_the_loop_is_at(start: Start) -> None:
    assert ask(start(), get("/task", "Connection: close")) == "True"


def test_a_stopped_worker_is_replaced(start: Start) -> None:
    server = start("--timeout-worker-healthcheck", "1")
    os.kill(children(server)[0], signal.SIGSTOP)
    wait_for(server, "has not answered for 1 s, killing it")
    wait_for(server, "died, by SIGKILL")
    assert "could not show its stacks" in server.log
    wait_for_workers(server, 3)


def test_a_busy_worker_is_left_alone(start: Start) -> None:
    server = start("--timeout-worker-healthcheck", "2", workers=2)
    before = children(server)
    with Wire(server.port, timeout=30 + BUSY_SECONDS) as client:
        client.send(get(f"/busy?{BUSY_SECONDS}"))
        assert client.read_response()[0] == 200
    assert children(server) == before
    assert "killing it" not in server.log


def test_a_worker_that_fails_to_start_ends_everything_with_3(start: Start) -> None:
    server = start(app="fails_to_start", waits=False)
    assert server.wait() == STARTUP_FAILURE
    assert "no database" in server.log
    assert "failed to start, stopping the parent process." in server.log


def test_one_of_them_that_fails_at_first_ends_the_others_too(start: Start, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    server = start(app="second_fails", waits=False, FAIL=str(pipe))
    wait_for_workers(server, 1)
    pipe.write_text("now")
    assert server.wait() == STARTUP_FAILURE
    assert "failed to start, stopping the parent process." in server.log


def test_a_worker_that_never_starts_is_given_up(start: Start) -> None:
    # A worker that is told to end while it starts has the graceful time for that.
    times = ("--timeout-worker-startup", "1", "--timeout-graceful-shutdown", "2")
    server = start(*times, app="never_starts", waits=False)
    wait_for(server, "has not started within 1 s", 3)
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


# Replaced without a gap


def test_no_request_fails_while_workers_are_restarted_ten_times(start: Start) -> None:
    server = start("--timeout-keep-alive", "2")
    with loads(server) as running:
        for restarts in range(1, 11):
            server.signal(signal.SIGHUP)
            wait_for_workers(server, 2 + 2 * restarts)
            wait_for(server, "Terminated child process", 2 * restarts - 1)
    assert [load.failures for load in running] == [[]] * 4
    assert all(load.answers > 20 for load in running)


def test_no_request_fails_while_workers_reach_their_limit(start: Start) -> None:
    server = start("--limit-max-requests", "200", "--timeout-keep-alive", "2")
    with loads(server) as running:
        wait_for(server, "Maximum request limit of 200 exceeded.", 6)
        wait_for(server, "Terminated child process", 4)
    assert [load.failures for load in running] == [[]] * 4


def test_no_request_fails_while_workers_reach_the_end_of_their_lives(start: Start) -> None:
    server = start("--limit-max-lifetime", "1", "--limit-max-lifetime-jitter", "1")
    with loads(server) as running:
        wait_for(server, "retires: Maximum lifetime of", 3)
        wait_for(server, "Terminated child process", 2)
    assert [load.failures for load in running] == [[]] * 4


def test_a_worker_that_uses_too_much_memory_is_replaced(start: Start) -> None:
    server = start("--limit-max-memory", "120")
    before = children(server)
    with Wire(server.port) as client:
        client.send(get("/fill?150"))
        filled = int(client.read_response()[1])
    wait_for(server, f"Child process [{filled}] retires: Maximum memory of 120 MiB exceeded")
    wait_for(server, f"Terminated child process [{filled}]")
    assert set(before) - set(children(server)) == {filled}


def test_a_manager_hears_of_a_restart_until_all_workers_are_new(
    start: Start, tmp_path: Path
) -> None:
    manager = Manager(str(tmp_path / "notify"))
    with manager.socket:
        server = start(NOTIFY_SOCKET=manager.address)
        until(lambda: manager.has("READY=1"))
        manager.listen().clear()
        server.signal(signal.SIGHUP)
        until(lambda: manager.has("READY=1"), 60)
        reloading, *_, ready = manager.listen()
        assert reloading[0] == "RELOADING=1"
        assert reloading[1].startswith("MONOTONIC_USEC=")
        assert ready[0] == "READY=1"
        assert server.log.count("is ready") == 4
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert manager.has("STOPPING=1")


def test_what_cannot_start_does_not_replace_what_serves(start: Start, tmp_path: Path) -> None:
    fail = tmp_path / "fail"
    server = start(app="starts_once", FAIL=str(fail))
    before = children(server)
    fail.touch()
    server.signal(signal.SIGHUP)
    wait_for(server, "Its successor did not start")
    assert children(server) == before
    fail.unlink()
    server.signal(signal.SIGHUP)
    wait_for(server, "Terminated child process", 2)
    assert not set(children(server)) & set(before)


def test_the_number_of_workers_follows_its_signals(start: Start) -> None:
    server = start(workers=2)
    server.signal(signal.SIGTTIN)
    wait_for_workers(server, 3)
    assert len(children(server)) == 3
    for left in (2, 1):
        server.signal(signal.SIGTTOU)
        until(lambda: len(children(server)) == left, 20)  # noqa: B023  (asked at once)
    server.signal(signal.SIGTTOU)
    wait_for(server, "Already reached one process")
    assert len(children(server)) == 1
    assert ask(server)


def test_log_files_are_opened_anew_after_they_were_renamed(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    config = {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {
            "file": {"class": "logging.FileHandler", "filename": str(log)},
            "stream": {"class": "logging.StreamHandler"},
        },
        "loggers": {
            "uvicorn": {"handlers": ["stream"], "level": "INFO"},
            "uvicorn.access": {"handlers": ["file"], "level": "INFO"},
        },
    }
    (tmp_path / "log.json").write_text(json.dumps(config))
    server = start("--access-log", "--log-config", str(tmp_path / "log.json"))
    ask(server)
    until(lambda: "GET / HTTP/1.1" in log.read_text())
    log.rename(tmp_path / "old")
    server.signal(signal.SIGUSR1)
    until(lambda: ask(server) and log.exists(), 20)
    until(lambda: "GET / HTTP/1.1" in log.read_text())


# The end

ENDS = {
    "idle": b"",
    "keep-alive": get("/"),
    "slow": get("/slow", "Content-Length: 1"),
    "stream": get("/stream"),
    "websocket": handshake(),
    "stubborn": get("/stubborn"),
    "blocked": get("/block"),
}


@pytest.mark.parametrize("kind", [*ENDS, "stopped"])
def test_the_whole_tree_ends_in_time_whatever_its_workers_do(kind: str, start: Start) -> None:
    grace = 1
    server = start("--timeout-graceful-shutdown", str(grace), "--ws-close-timeout", "60")
    workers = children(server)
    with ExitStack() as stack:
        for _ in range(4):
            client = stack.enter_context(Wire(server.port))
            client.send(ENDS.get(kind, b""))
            if kind in ("keep-alive", "stream", "websocket"):
                client.read_until(b"\r\n\r\n")
        if kind == "stopped":
            os.kill(workers[0], signal.SIGSTOP)
        server.signal(signal.SIGTERM)
        # It is killed at 2.7 s; the rest is for a machine that is busy.
        assert server.wait(grace + 4) == 0
    assert not any(map(lives, workers))


def test_the_second_interrupt_ends_everything_now(start: Start) -> None:
    server = start("--timeout-graceful-shutdown", "none")
    with Wire(server.port) as client:
        client.send(get("/stubborn"))
        server.signal(signal.SIGINT)
        wait_for(server, "Received SIGINT, exiting.")
        server.signal(signal.SIGINT)
        assert server.wait() == 0


def test_workers_end_when_their_supervisor_is_killed(start: Start) -> None:
    server = start("--timeout-graceful-shutdown", "1")
    workers = children(server)
    with Wire(server.port) as client:
        client.send(get("/stubborn"))
        server.popen.kill()
        server.wait()
        until(lambda: not any(map(lives, workers)), 20)


def test_an_accepted_connection_that_has_not_been_read_is_answered(start: Start) -> None:
    server = start()
    clients: list[Any] = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    server.signal(signal.SIGTERM)
    for client in clients:
        client.sendall(HELLO)
    for client in clients:
        client.settimeout(10)
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        client.close()
    assert server.wait() == 0
