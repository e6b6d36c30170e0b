"""The workers under the real gunicorn: what its settings and signals do, and how a worker ends."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.apps.serving import HOST, Process, Wire, get, process, until
from tests.server.test_notify import Manager
from uvicorn import workers
from uvicorn.config import STARTUP_FAILURE

APPS = "tests.process.gunicorn_apps"
UVICORN = "uvicorn.workers.UvicornWorker"
H11 = "uvicorn.workers.UvicornH11Worker"
# gunicorn leaves it to the garbage collector to close what it gets as fd://.
WARNINGS = ["-W", "error", "-W", "ignore::ResourceWarning"]
STARTED = "Application startup complete."

# Worker, build, and the engines that it then has.
SERVING = [(UVICORN, "", "auto", "auto"), (H11, "skip", "h11", "asyncio")]

Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts gunicorn on a TCP port, or where `bind` says, and waits until all workers serve."""
    with ExitStack() as stack:

        def begin(
            *arguments: str,
            worker: str = UVICORN,
            app: str = f"{APPS}:app",
            bind: str | None = None,
            workers: int = 1,
            waits: bool = True,
            **environment: str,
        ) -> Process:
            command = [sys.executable, *WARNINGS, "-m", "gunicorn", app]
            command += ["--config", f"python:{APPS}", "--worker-class", worker]
            command += ["--workers", str(workers), *arguments]
            with socket.socket() as sock:
                sock.bind((HOST, 0))
                fd = sock.fileno()
                command += ["--bind", f"fd://{fd}" if bind is None else bind]
                server = stack.enter_context(process(command, environment, pass_fds=[fd]))
                server.port = sock.getsockname()[1]
                if waits:
                    wait_for(server, STARTED, workers)
            return server

        yield begin


def wait_for(server: Process, text: str, times: int = 1) -> None:
    until(lambda: server.log.count(text) >= times, 20, f"{text} in {server.log}")


def pids(server: Process) -> list[int]:
    """The workers that were started so far."""
    return [int(pid) for pid in re.findall(r"Booting worker with pid: (\d+)", server.log)]


def lives(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def ask(server: Process) -> int:
    """The process that answers a connection of its own."""
    with Wire(server.port) as client:
        client.send(get("/"))
        status, body = client.read_response()
    assert status == 200
    return int(body)


def begin_request(server: Process, path: str = "/slow") -> tuple[Wire, int]:
    """A connection whose request the app has got, and the process that it is in.

    /slow answers when the byte of its body comes.
    """
    client = Wire(server.port)
    client.send(get("/"))
    status, body = client.read_response()
    assert status == 200
    client.send(get(path, "Expect: 100-continue", "Content-Length: 1"))
    client.read_until(b"100 Continue\r\n\r\n")
    return client, int(body)


def options_of(server: Process) -> dict[str, Any]:
    match = re.search(r"Options: (\{.*\})", server.log)
    assert match is not None
    options: dict[str, Any] = json.loads(match[1])
    return options


def assert_ended_well(server: Process) -> None:
    """gunicorn has seen nothing wrong about any worker."""
    assert server.wait() == 0
    assert server.log.count("Worker exiting") == len(pids(server))
    for trouble in ("exited with code", "was sent", "Traceback", "WORKER TIMEOUT", "Error:"):
        assert trouble not in server.log


@pytest.fixture(params=SERVING, ids=["compiled", "pure"])
def serving(request: pytest.FixtureRequest, start: Start) -> Process:
    """gunicorn with one worker: of each class, and of each build where there are two."""
    worker, extensions, http, loop = request.param
    server = start("--access-logfile", "-", worker=worker, UVICORN_EXTENSIONS=extensions)
    options = options_of(server)
    assert (options["http"], options["loop"]) == (http, loop)
    return server


# To serve and to end


@pytest.mark.quick
def test_a_worker_serves_logs_and_ends(serving: Process) -> None:
    assert ask(serving) == pids(serving)[0] != serving.pid
    serving.signal(signal.SIGTERM)
    assert_ended_well(serving)
    assert serving.log.count("GET /") == 1
    assert re.search(r'^127\.0\.0\.1:\d+ - "GET / HTTP/1\.1" 200$', serving.log, re.MULTILINE)
    assert re.search(r"\[INFO\] Application shutdown complete\.$", serving.log, re.MULTILINE)
    # gunicorn 23 sends SIGTERM until it has seen the end: that must not look like a crash.
    assert "Hook: worker_exit, <Handlers.SIG_IGN: 1>" in serving.log


def test_sigterm_lets_a_slow_request_finish(serving: Process) -> None:
    client, worker = begin_request(serving)
    with client:
        serving.signal(signal.SIGTERM)
        wait_for(serving, "Waiting for connections to close.")
        client.send(b"x")
        assert client.read_response() == (200, b"%d" % worker)
    assert_ended_well(serving)


def test_the_app_is_shut_down_before_gunicorn_loses_patience(start: Start) -> None:
    server = start("--graceful-timeout", "3")
    client, _ = begin_request(server, "/stuck")
    with client:
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
    assert "Cancel 1 running task(s)" in server.log
    assert "Application shutdown complete." in server.log
    assert "Hook: worker_exit" in server.log


@pytest.mark.parametrize(
    ("sig", "serving"),
    list(zip([signal.SIGQUIT, signal.SIGINT], SERVING, strict=True)),
    indirect=["serving"],
    ids=["SIGQUIT", "SIGINT"],
)
def test_sigquit_and_sigint_wait_for_no_request_but_let_the_app_end(
    sig: signal.Signals, serving: Process
) -> None:
    client, worker = begin_request(serving, "/stuck")
    with client:
        # As Ctrl+C in a terminal: to the worker too, which then hears it again from gunicorn.
        os.kill(worker, sig)
        wait_for(serving, "Hook: worker_int")
        serving.signal(sig)
        assert serving.wait() == 0
    assert "Cancel 1 running task(s)" in serving.log
    assert "Application shutdown complete." in serving.log
    assert serving.log.count("Hook: worker_int") == 1
    assert "exited with code" not in serving.log


def test_sigquit_ends_a_worker_that_waits_already(start: Start) -> None:
    server = start("--graceful-timeout", "1000")
    client, worker = begin_request(server, "/stuck")
    with client:
        os.kill(worker, signal.SIGTERM)
        wait_for(server, "Waiting for connections to close.")
        os.kill(worker, signal.SIGQUIT)
        until(lambda: not lives(worker), what=server.log)
    # gunicorn loses a signal to a worker that it has just forked.
    wait_for(server, STARTED, 2)
    assert "exited with code" not in server.log


def test_a_worker_that_is_told_to_end_while_it_starts_has_not_failed(start: Start) -> None:
    server = start("--graceful-timeout", "1", app=f"{APPS}:never_starts", waits=False)
    wait_for(server, "Waiting for application startup.")
    os.kill(pids(server)[0], signal.SIGTERM)
    wait_for(server, "Waiting for application startup.", 2)
    assert "exited with code" not in server.log
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def test_a_worker_ends_when_gunicorn_has_been_killed(start: Start) -> None:
    server = start()
    server.signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    wait_for(server, "gunicorn is gone, shutting down.")
    until(lambda: not lives(pids(server)[0]), what=server.log)
    assert "Application shutdown complete." in server.log


# Replacing workers


def test_sighup_replaces_a_worker_and_each_request_is_answered(start: Start) -> None:
    server = start()
    client, before = begin_request(server)
    with client:
        server.signal(signal.SIGHUP)
        until(lambda: ask(server) != before, 20, server.log)
        client.send(b"x")
        assert client.read_response() == (200, b"%d" % before)
    until(lambda: not lives(before), what=server.log)
    assert ask(server) == pids(server)[1]
    server.signal(signal.SIGTERM)
    assert_ended_well(server)


def test_a_worker_is_replaced_after_its_last_request_and_no_request_is_lost(start: Start) -> None:
    # The end may meet a worker that is just being forked, to which gunicorn loses its signal.
    patience = ("--graceful-timeout", "3")
    server = start("--max-requests", "3", "--max-requests-jitter", "2", *patience, workers=2)
    answered_by = {ask(server)}
    until(lambda: answered_by.add(ask(server)) or len(answered_by) == 4, 20, server.log)
    limits = re.findall(r"Maximum request limit of (\d+) exceeded", server.log)
    assert {3, 4, 5} >= {int(limit) for limit in limits}
    assert len(limits) >= 2
    assert "exited with code" not in server.log


def begin_and_idle(server: Process) -> Wire:
    """A connection that was served, and is kept."""
    client = Wire(server.port)
    client.send(get("/"))
    assert client.read_response()[0] == 200
    return client


def assert_answered_for_the_last_time(client: Wire) -> None:
    client.send(get("/"))
    head = client.read_until(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in head
    client.read_to_end()


def test_sighup_closes_no_idle_connection_under_its_client(start: Start) -> None:
    server = start("--keep-alive", "3600", "--graceful-timeout", "3600", workers=2)
    clients = [begin_and_idle(server) for _ in range(4)]
    server.signal(signal.SIGHUP)
    wait_for(server, "Shutting down", 2)
    for client in clients:
        with client:
            assert_answered_for_the_last_time(client)
    until(lambda: not any(map(lives, pids(server)[:2])), what=server.log)
    server.signal(signal.SIGTERM)
    assert_ended_well(server)


def test_the_last_request_closes_no_idle_connection_under_its_client(start: Start) -> None:
    server = start("--keep-alive", "3600", "--max-requests", "3")
    clients = [begin_and_idle(server) for _ in range(3)]
    wait_for(server, "Maximum request limit")
    for client in clients:
        with client:
            assert_answered_for_the_last_time(client)
    until(lambda: not lives(pids(server)[0]), what=server.log)
    wait_for(server, STARTED, 2)
    server.signal(signal.SIGTERM)
    assert_ended_well(server)


def test_the_end_of_all_waits_for_no_idle_connection(start: Start) -> None:
    server = start("--keep-alive", "3600", "--graceful-timeout", "3600", workers=2)
    clients = [begin_and_idle(server) for _ in range(4)]
    server.signal(signal.SIGTERM)
    for client in clients:
        with client:
            assert client.read_to_end() == b""
    assert_ended_well(server)


def test_a_changed_file_is_served_though_a_request_is_stuck(start: Start, tmp_path: Path) -> None:
    source = tmp_path / "changing.py"
    source.write_text(f"from {APPS} import app\n")
    server = start(
        *("--reload", "--reload-engine", "poll", "--pythonpath", str(tmp_path)),
        app="changing:app",
        PYTHONDONTWRITEBYTECODE="1",
    )
    client, before = begin_request(server, "/stuck")
    with client:
        source.write_text("async def\n")
        # A file that changes before gunicorn has looked at it once is not seen to change.
        times = itertools.count(int(time.time()) + 1)
        until(
            lambda: os.utime(source, (now := next(times), now)) or "Worker reloading" in server.log,
            what=server.log,
        )
        wait_for(server, STARTED, 2)
    with Wire(server.port) as client:
        client.send(get("/"))
        assert client.read_until(b"\r\n").startswith(b"HTTP/1.1 500")
    assert not lives(before)
    assert "SyntaxError" in server.log
    assert "exited with code" not in server.log


# A loop that stands still


def test_a_blocked_worker_leaves_its_stacks_and_is_replaced(start: Start) -> None:
    # Whoever has the stacks written already gets them here too.
    server = start("--timeout", "1", PYTHONFAULTHANDLER="1")
    # Whatever else it has to do does not keep its successor waiting for long.
    other, blocked = begin_request(server, "/stuck")
    with other, Wire(server.port) as client:
        client.send(get("/block"))
        wait_for(server, STARTED, 2)
        until(lambda: not lives(blocked), what=server.log)
        assert ask(server) != blocked
    assert f"WORKER TIMEOUT (pid:{blocked})" in server.log
    stacks = server.log.partition("Fatal Python error: Aborted")[2]
    assert re.search(r'gunicorn_apps\.py", line \d+ in app$', stacks, re.MULTILINE)
    assert "Hook: worker_abort" in server.log
    assert "Hook: worker_exit" in server.log
    until(lambda: re.search(rf"Worker \(pid:{blocked}\) exited with code 1\b", server.log))


def test_a_worker_that_finishes_requests_is_not_taken_for_a_blocked_one(start: Start) -> None:
    server = start("--timeout", "1", "--graceful-timeout", "9", workers=2)
    client, finishing = begin_request(server)
    (other,) = {*pids(server)} - {finishing}
    with client:
        os.kill(finishing, signal.SIGTERM)
        wait_for(server, "Waiting for connections to close.")
        with Wire(server.port) as blocking:
            # gunicorn's patience with this one begins later, and ends first.
            blocking.send(get("/block"))
            wait_for(server, f"WORKER TIMEOUT (pid:{other})")
        client.send(b"x")
        assert client.read_response() == (200, b"%d" % finishing)
    assert f"WORKER TIMEOUT (pid:{finishing})" not in server.log


# What cannot start


FAILURES: dict[str, tuple[dict[str, str], str]] = {
    "the app says so": (
        {"app": f"{APPS}:fails_to_start"},
        "no database",
    ),
    "missing loop": (
        {"worker": f"{APPS}.WithUnknownLoop"},
        'Error loading custom loop setup function. Could not import module "nowhere".',
    ),
    "wrong option": (
        {"worker": f"{APPS}.WithWrongOption"},
        "The header 'a b': 'c' is not one that HTTP can carry.",
    ),
    "unknown option": (
        {"worker": f"{APPS}.WithUnknownOption"},
        "Reason: WithUnknownOption cannot be configured: CONFIG_KWARGS has what is no option:"
        " colour.",
    ),
}


@pytest.mark.parametrize(("given", "line"), FAILURES.values(), ids=list(FAILURES))
def test_what_cannot_start_ends_gunicorn_with_status_3_and_says_why(
    given: dict[str, str], line: str, start: Start
) -> None:
    server = start(waits=False, **given)
    assert server.wait() == STARTUP_FAILURE
    assert f"[ERROR] {line}" in server.log
    assert "Traceback" not in server.log


def test_an_app_that_cannot_be_imported_ends_gunicorn_with_status_3(start: Start) -> None:
    server = start(app="nowhere:app", waits=False)
    assert server.wait() == STARTUP_FAILURE
    assert "ModuleNotFoundError: No module named 'nowhere'" in server.log


# Logs


def test_sigusr1_opens_the_log_files_anew(start: Start, tmp_path: Path) -> None:
    errors, accesses = tmp_path / "errors.log", tmp_path / "accesses.log"
    server = start(
        *("--error-logfile", str(errors), "--access-logfile", str(accesses)), waits=False
    )
    until(lambda: errors.exists() and STARTED in errors.read_text(), 20)
    ask(server)
    for file in (errors, accesses):
        file.rename(file.with_suffix(".old"))
    server.signal(signal.SIGUSR1)
    until(lambda: accesses.exists() and ask(server) and "GET /" in accesses.read_text())
    assert "GET /" in accesses.with_suffix(".old").read_text()


def test_a_service_manager_hears_of_gunicorn_alone(start: Start, tmp_path: Path) -> None:
    manager = Manager(str(tmp_path / "notify"))
    with manager.socket:
        server = start(NOTIFY_SOCKET=manager.address)
        server.signal(signal.SIGTERM)
        assert_ended_well(server)
        assert manager.has("READY=1")
        assert not any("MAINPID" in line for message in manager.listen() for line in message)


# Settings


def test_options_are_what_the_settings_say(start: Start) -> None:
    server = start(
        *("--keep-alive", "7", "--backlog", "99", "--timeout", "2", "--graceful-timeout", "20"),
        *("--max-requests", "50", "--access-logfile", "/dev/null"),
        WEB_CONCURRENCY="3",
    )
    assert options_of(server) == {
        "access_log": True,
        "backlog": 99,
        "http": "auto",
        "limit_max_requests": 50,
        "loop": "auto",
        "timeout_graceful_shutdown": 18.0,
        "timeout_keep_alive": 7,
        "timeout_notify": 0.5,
        "workers": 1,
    }


def test_options_are_what_the_settings_are_by_default(start: Start) -> None:
    server = start("--timeout", "0")
    ask(server)
    assert options_of(server) == {
        "access_log": False,
        "backlog": 2048,
        "http": "auto",
        "limit_max_requests": None,
        "loop": "auto",
        "timeout_graceful_shutdown": 28.0,
        "timeout_keep_alive": 2,
        "timeout_notify": 1.0,
        "workers": 1,
    }
    server.signal(signal.SIGTERM)
    assert_ended_well(server)
    assert "GET /" not in server.log


def test_a_subclass_has_options_and_methods_of_its_own(start: Start) -> None:
    server = start(worker=f"{APPS}.Overriding")
    with Wire(server.port) as client:
        client.send(get("/"))
        assert b"x-worker: of our own\r\n" in client.read_until(b"\r\n\r\n")
    for name in ("init_signals", "_install_sigquit_handler", "_serve", "callback_notify"):
        wait_for(server, f"Overridden: {name}")
    server.signal(signal.SIGTERM)
    assert_ended_well(server)


def test_a_subclass_may_serve_by_itself(start: Start) -> None:
    server = start("--timeout", "1", worker=f"{APPS}.ServesByItself")
    assert ask(server) == pids(server)[0]
    server.signal(signal.SIGTERM)
    assert_ended_well(server)


def test_several_sockets_of_different_kinds_are_served(start: Start, tmp_path: Path) -> None:
    # gunicorn takes ports and Unix sockets together, or descriptors alone.
    paths = [tmp_path / "one.sock", tmp_path / "two.sock"]
    server = start("--bind", f"unix:{paths[0]}", bind=f"unix:{paths[1]}")
    for path in paths:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(get("/"))
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
    server.signal(signal.SIGHUP)
    wait_for(server, STARTED, 2)
    until(lambda: not lives(pids(server)[0]), what=server.log)
    assert all(path.exists() for path in paths)
    server.signal(signal.SIGTERM)
    assert_ended_well(server)
    assert not any(path.exists() for path in paths)


def test_an_app_that_is_imported_before_the_fork_is_served(start: Start) -> None:
    server = start("--preload", workers=2)
    assert ask(server) in pids(server)
    server.signal(signal.SIGTERM)
    assert_ended_well(server)


def test_workers_with_sockets_of_their_own_share_a_port(start: Start) -> None:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((HOST, 0))
        port = sock.getsockname()[1]
        server = start("--reuse-port", bind=f"{HOST}:{port}", workers=2)
        server.port = port
        answered_by: set[int] = set()
        until(lambda: answered_by.add(ask(server)) or len(answered_by) == 2)
    server.signal(signal.SIGTERM)
    assert_ended_well(server)


def test_a_setting_that_workers_do_not_heed_is_a_warning(start: Start) -> None:
    server = start("--worker-connections", "50", "--threads", "1")
    assert "The setting worker_connections has no effect with UvicornWorker." in server.log
    assert server.log.count("has no effect") == 1


if "ssl_certfile" in workers.OPTIONS:

    def test_tls_is_served_as_gunicorn_says(start: Start, tmp_path: Path) -> None:
        import trustme

        authority = trustme.CA()
        pem = tmp_path / "server.pem"
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(pem)
        server = start("--certfile", str(pem), "--keyfile", str(pem))
        context = ssl.create_default_context()
        authority.configure_trust(context)
        with (
            socket.create_connection((HOST, server.port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as client,
        ):
            client.sendall(get("/"))
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
        server.signal(signal.SIGTERM)
        assert_ended_well(server)


# The import


def imported(*before: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", "\n".join([*before, "import uvicorn.workers"])]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def test_the_import_warns_of_nothing() -> None:
    assert (imported().returncode, imported().stderr) == (0, "")


def test_without_gunicorn_the_import_says_what_to_install() -> None:
    tried = imported("import sys", "sys.modules['gunicorn'] = None")
    assert tried.stderr.splitlines()[-1] == (
        "ImportError: uvicorn.workers needs gunicorn, which is not for Windows:"
        " pip install 'gunicorn>=23'."
    )
