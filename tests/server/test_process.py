"""The command in a process of its own: how it starts, what ends it, and its exit status."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.apps.serving import Process, Wire, get, process, until
from uvicorn.config import STARTUP_FAILURE

APPS = "tests.server.process_apps"
LOOPS = ["asyncio", "uvloop"]
COMMAND = [sys.executable, "-W", "error", "-m", "uvicorn"]


class Start:
    """Starts the command; what was started ends with the test."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack

    def __call__(self, app: str, *arguments: str, **environment: str) -> Process:
        """A server that listens."""
        started = self.only(f"{APPS}:{app}", "--port", "0", *arguments, **environment)
        started.wait_for_port()
        return started

    def only(self, *arguments: str, **environment: str) -> Process:
        return self.stack.enter_context(process([*COMMAND, *arguments], environment))


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:
        yield Start(stack)


def wait_for(server: Process, text: str) -> None:
    until(lambda: text in server.log, what=text)


def busy(server: Process) -> Wire:
    """A connection whose request the app has got; it does not answer."""
    client = Wire(server.port)
    client.send(get("/", "Expect: 100-continue", "Content-Length: 1"))
    return client


@pytest.mark.parametrize("app", ["hello:app", "chat:app", "hello", "chat"])
def test_the_examples_of_the_readme_end_in_a_clean_log(app: str, start: Start) -> None:
    server = start.only("--app-dir", "examples", app, "--port", "0", "--no-use-colors")
    server.wait_for_port()
    with Wire(server.port) as client:
        client.send(get("/"))
        assert client.read_response()[0] == 200
    server.signal(signal.SIGTERM)
    assert server.wait() == -signal.SIGTERM
    lines = server.log.splitlines()
    assert [line for line in lines if not line.startswith("INFO:     ")] == []
    assert "INFO:     Application startup complete." in lines
    assert "INFO:     Application shutdown complete." in lines


# Signals


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(("sig", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_ends_the_process_in_good_order(
    sig: signal.Signals, status: int, loop: str, start: Start
) -> None:
    server = start("with_lifespan", "--loop", loop)
    with Wire(server.port) as client:
        client.send(get("/"))
        assert client.read_response() == (200, b"hello")
        server.signal(sig)
        assert client.read_to_end() == b""
    assert server.wait() == status
    assert server.log.splitlines()[-4:] == [
        "INFO:     Shutting down",
        "INFO:     Waiting for application shutdown.",
        "INFO:     Application shutdown complete.",
        f"INFO:     Finished server process [{server.pid}]",
    ]
    assert "Traceback" not in server.log


@pytest.mark.parametrize("loop", LOOPS)
def test_the_second_interrupt_ends_a_process_that_waits(loop: str, start: Start) -> None:
    server = start("stuck", "--loop", loop, "--lifespan", "off")
    with Wire(server.port) as client:
        client.send(get("/"))
        until(lambda: server.open_files() and is_connected(server), what="a connection")
        server.signal(signal.SIGINT)
        wait_for(server, "Waiting for connections to close. (CTRL+C to force quit)")
        server.signal(signal.SIGINT)
        assert server.wait() == 0
    assert "timeout graceful shutdown exceeded" not in server.log


def is_connected(server: Process) -> bool:
    """Whether the process has a TCP connection that is not its listener."""
    sockets = Path(f"/proc/{server.pid}/net/tcp").read_text().splitlines()[1:]
    port = f":{server.port:04X}"
    return any(line.split()[1].endswith(port) and line.split()[3] == "01" for line in sockets)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("app", ["stuck", "ignores_cancellation"])
def test_a_process_ends_when_its_time_is_over_whatever_the_app_does(
    app: str, loop: str, start: Start
) -> None:
    server = start(app, "--loop", loop, "--lifespan", "off", "--timeout-graceful-shutdown", "0.1")
    with Wire(server.port) as client:
        client.send(get("/"))
        until(lambda: is_connected(server), what="a connection")
        server.signal(signal.SIGTERM)
        assert server.wait() == -signal.SIGTERM
    assert "Cancel 1 running task(s), timeout graceful shutdown exceeded" in server.log


@pytest.mark.parametrize("loop", LOOPS)
def test_a_process_ends_though_a_task_ignores_its_cancellation(loop: str, start: Start) -> None:
    server = start("ignores_cancellation", "--loop", loop, "--timeout-graceful-shutdown", "0.1")
    server.signal(signal.SIGINT)
    assert server.wait() == 0
    assert "Application shutdown was interrupted. Exiting." in server.log
    assert "Task 'lifespan' ignored its cancellation and is left behind." in server.log


def test_a_process_ends_though_threads_of_the_app_do_not(start: Start) -> None:
    server = start("leaves_threads", "--lifespan", "off", "--timeout-graceful-shutdown", "0.1")
    with Wire(server.port) as client:
        client.send(get("/"))
        assert client.read_response() == (200, b"hello")
    server.signal(signal.SIGINT)
    assert server.wait() == 1
    assert "A thread of the application does not end; leaving it behind." in server.log


def test_a_process_ends_while_the_app_is_still_starting(start: Start) -> None:
    server = start.only(f"{APPS}:never_starts", "--port", "0", "--timeout-graceful-shutdown", "0.1")
    wait_for(server, "Waiting for application startup.")
    server.signal(signal.SIGTERM)
    assert server.wait() == -signal.SIGTERM
    assert "Application startup was interrupted. Exiting." in server.log


def test_an_app_that_calls_exit_does_not_stop_the_server(start: Start) -> None:
    server = start("exits", "--lifespan", "off")
    for _ in range(2):
        with Wire(server.port) as client:
            client.send(get("/"))
            assert client.read_until(b"\r\n").startswith(b"HTTP/1.1 500")


def test_what_the_app_has_printed_is_not_lost(start: Start) -> None:
    # Nothing else is written to standard output, which would take it along.
    server = start("prints", "--lifespan", "off", "--no-access-log", PYTHONUNBUFFERED="")
    with Wire(server.port) as client:
        client.send(get("/"))
        client.read_response()
    server.signal(signal.SIGTERM)
    assert server.wait() == -signal.SIGTERM
    assert "env: nothing" in server.log


# Other ends


def test_a_process_ends_after_its_last_request(start: Start) -> None:
    server = start("with_lifespan", "--limit-max-requests", "1")
    with Wire(server.port) as client:
        client.send(get("/"))
        assert client.read_response() == (200, b"hello")
    assert server.wait() == 0
    assert "Maximum request limit of 1 exceeded. Terminating process." in server.log


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock.getsockname()[1]


def test_a_port_that_is_taken_is_a_startup_failure(start: Start, taken: int) -> None:
    server = start.only(f"{APPS}:with_lifespan", "--port", str(taken))
    assert server.wait() == STARTUP_FAILURE
    assert "address already in use" in server.log
    assert "Traceback" not in server.log


FAILURES: dict[str, tuple[list[str], str]] = {
    "missing module": (
        ["nowhere:app"],
        'ERROR:    Error loading ASGI app. Could not import module "nowhere".',
    ),
    "missing attribute": (
        [f"{APPS}:nope"],
        f'ERROR:    Error loading ASGI app. Attribute "nope" not found in module "{APPS}".',
    ),
    "missing module, workers": (
        ["nowhere:app", "--workers", "2"],
        'ERROR:    Error loading ASGI app. Could not import module "nowhere".',
    ),
    "missing module, reload": (
        ["nowhere:app", "--reload"],
        'ERROR:    Error loading ASGI app. Could not import module "nowhere".',
    ),
    "module alone": (
        ["json"],
        'ERROR:    Error loading ASGI app. Module "json" has no ASGI application: name it, as in'
        ' "json:app".',
    ),
    "no attribute": (
        ["app:"],
        'ERROR:    Error loading ASGI app. Import string "app:" must be in format'
        ' "<module>:<attribute>". Did you mean "app:app"?',
    ),
    "host in brackets": (
        [f"{APPS}:hello", "--host", "[::1]"],
        "ERROR:    host '[::1]' has brackets: write ::1.",
    ),
    "no app": (
        [f"{APPS}:__name__"],
        f'ERROR:    "{APPS}:__name__" is no application but of type str: give what can be called'
        " with scope, receive and send.",
    ),
    "lifespan": (
        [f"{APPS}:exits", "--lifespan", "on"],
        "ERROR:    Application startup failed. Exiting.",
    ),
    "loop": (
        [f"{APPS}:hello", "--loop", "nowhere:loop"],
        'ERROR:    Error loading custom loop setup function. Could not import module "nowhere".',
    ),
    "protocol": (
        [f"{APPS}:hello", "--http", "nowhere:Protocol"],
        "ERROR:    http must be one of auto, native, httptools, h11, or module:Class. Could not"
        ' import module "nowhere".',
    ),
    "header": (
        [f"{APPS}:hello", "--header", "a b: c"],
        "ERROR:    The header 'a b': ' c' is not one that HTTP can carry.",
    ),
    "descriptor": (
        [f"{APPS}:hello", "--fd", "9999"],
        "ERROR:    [Errno 9] Bad file descriptor: descriptor 9999 is not open here. Start the"
        " server from what opens it, and let it be inherited.",
    ),
}


@pytest.mark.parametrize(("arguments", "line"), FAILURES.values(), ids=list(FAILURES))
def test_what_cannot_start_says_why_and_exits_3(
    arguments: list[str], line: str, start: Start
) -> None:
    server = start.only(*arguments, "--port", "0")
    assert server.wait() == STARTUP_FAILURE
    assert line in server.log.splitlines()


def test_an_app_that_fails_at_import_shows_its_own_lines_alone(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text("import json\n1 / 0\n")
    server = start.only("broken:app", "--app-dir", str(tmp_path))
    assert server.wait() == STARTUP_FAILURE
    lines = server.log.splitlines()
    assert lines[:3] == [
        "ERROR:    The server could not start.",
        "Traceback (most recent call last):",
        f'  File "{tmp_path / "broken.py"}", line 2, in <module>',
    ]
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_a_usage_error_exits_2(start: Start) -> None:
    server = start.only("main:app", "--port", "http")
    assert server.wait() == 2
    assert server.log.startswith("Error: Invalid value for '--port': 'http' is not a whole number")


# Options that only a process can show


def test_the_environment_file_is_for_the_app(start: Start, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("FROM_THE_ENV_FILE=something\nUVICORN_LOG_LEVEL=critical\n")
    server = start("prints", "--env-file", str(file), "--lifespan", "off")
    assert f"Loading environment from '{file}'" in server.log
    with Wire(server.port) as client:
        client.send(get("/"))
        client.read_response()
    wait_for(server, "env: something")


def test_options_come_from_the_environment_too(start: Start) -> None:
    server = start("with_lifespan", UVICORN_HEADERS="x-a:1 x-b:2", UVICORN_ACCESS_LOG="false")
    with Wire(server.port) as client:
        client.send(get("/"))
        head = client.read_until(b"\r\n\r\n")
    assert b"x-a: 1\r\nx-b: 2\r\n" in head
    server.signal(signal.SIGINT)
    server.wait()
    assert "GET /" not in server.log


def test_a_unix_socket_is_served_and_removed(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "server.sock"
    server = start.only(f"{APPS}:with_lifespan", "--uds", str(path))
    wait_for(server, f"Uvicorn running on unix socket {path} (Press CTRL+C to quit)")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(get("/"))
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
    server.signal(signal.SIGTERM)
    server.wait()
    assert not path.exists()


def test_an_app_is_found_in_app_dir(start: Start, tmp_path: Path) -> None:
    (tmp_path / "only_there.py").write_text("from tests.server.apps import hello")
    server = start.only("only_there:hello", "--app-dir", str(tmp_path), "--port", "0")
    server.wait_for_port()
    server.signal(signal.SIGINT)
    assert server.wait() == 0


def test_lines_are_plain_where_nobody_sees_colours(start: Start) -> None:
    server = start("with_lifespan")
    assert "\x1b" not in server.log
    coloured = start.only(f"{APPS}:with_lifespan", "--port", "0", "--use-colors")
    wait_for(coloured, "\x1b[32mINFO\x1b[0m:     Application startup complete.")
