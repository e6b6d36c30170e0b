"""How a process ends: its exit status, what it has said, and that nothing can hold it up.

Every timeout that could end a connection is an hour here: what ends in a test ends for its signal.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.apps.serving import FEW, HOST, Process, Variant, Wire, get, process, until
from tests.certificates import certificates
from tests.core.ws_peer import close as close_frame
from tests.core.ws_peer import handshake
from uvicorn.config import STARTUP_FAILURE

HOOK = ["--parent-hook", "tests.process.hooks:hook"]
HOUR = ["--timeout-keep-alive", "3600", "--timeout-request-head", "3600"]
HOUR += ["--timeout-tls-handshake", "3600", "--ws-close-timeout", "3600"]
HOUR += ["--timeout-graceful-shutdown", "3600"]
LOOPS = ["asyncio", "uvloop", *["rloop:new_event_loop"] * bool(find_spec("rloop"))]
# What the process ends with.
STATUS = {signal.SIGTERM: -signal.SIGTERM, signal.SIGINT: 0}
SIGNALS = list(STATUS)

GOOD_END = [
    "INFO:     Shutting down",
    "INFO:     Waiting for application shutdown.",
    "INFO:     Application shutdown complete.",
]

Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the command, and waits for some text of it."""
    with ExitStack() as stack:

        def begin(
            app: str, *arguments: str, says: str = "Press CTRL+C", **environment: str
        ) -> Process:
            command = [sys.executable, "-m", "uvicorn", f"tests.server.{app}", "--no-use-colors"]
            where = [] if {"--uds", "--fd"} & {*arguments} else ["--port", "0"]
            server = stack.enter_context(process([*command, *where, *arguments], environment))
            server.wait_for(says)
            if where and says == "Press CTRL+C":
                server.wait_for_port()
            return server

        yield begin


def assert_clean(server: Process) -> None:
    for trouble in ("Traceback", "Error:", "ERROR", "exceeded", "panicked"):
        assert trouble not in server.log, server.log


# In good order


@pytest.mark.parametrize("sig", SIGNALS)
@pytest.mark.parametrize("loop", LOOPS)
def test_a_server_on_any_loop_ends_in_good_order(
    loop: str, sig: signal.Signals, start: Start
) -> None:
    server = start("process_apps:with_lifespan", "--loop", loop)
    with Wire(server.port) as client:
        client.send(get("/"))
        assert client.read_response() == (200, b"hello")
        server.signal(sig)
        assert server.wait() == STATUS[sig]
    assert [line for line in server.log.splitlines() if line in GOOD_END] == GOOD_END
    assert_clean(server)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_what_the_kernel_has_queued_at_the_signal_is_answered(loop: str, start: Start) -> None:
    server = start("process_apps:with_lifespan", "--loop", loop)
    with ExitStack() as stack:
        server.signal(signal.SIGSTOP)
        clients = [stack.enter_context(Wire(server.port)) for _ in range(5)]
        for client in clients:
            client.send(get("/"))
        server.signal(signal.SIGTERM)
        server.signal(signal.SIGCONT)
        for client in clients:
            assert client.read_response() == (200, b"hello")
    assert server.wait() == -signal.SIGTERM
    assert_clean(server)


@pytest.mark.parametrize("build", ["skip", ""])
@pytest.mark.parametrize("sig", SIGNALS)
def test_a_server_with_a_hook_ends_as_one_without(
    sig: signal.Signals, build: str, start: Start, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    environment = {"WITNESS": str(witness), "UVICORN_EXTENSIONS": build}
    server = start("process_apps:with_lifespan", *HOOK, **environment)
    server.signal(sig)
    assert server.wait() == STATUS[sig]
    assert server.log.splitlines()[-4:-1] == GOOD_END
    assert_clean(server)
    assert witness.read_text().splitlines()[1:] == [f"after in {server.pid}"]


# While the app starts


@pytest.mark.parametrize("sig", SIGNALS)
@pytest.mark.parametrize("app", ["waits", "blocks", "blocks_and_ignores", "waits_for_a_thread"])
def test_the_second_signal_ends_an_app_that_starts_at_once(
    app: str, sig: signal.Signals, start: Start
) -> None:
    server = start(f"ending_apps:{app}", says="The startup begins.")
    server.signal(sig)
    # Python may take two that come at once for one.
    server.wait_for("A signal was taken.")
    server.signal(sig)
    status = server.wait()
    if sig == signal.SIGTERM:
        assert status == -signal.SIGTERM
    elif app == "waits_for_a_thread":
        assert status == 1
    else:
        assert status == STARTUP_FAILURE
    assert "Application startup was interrupted. Exiting." in server.log
    assert "startup complete" not in server.log
    assert "Traceback" not in server.log


@pytest.mark.parametrize("hook", [[], HOOK], ids=["", "hook"])
@pytest.mark.parametrize(
    ("sig", "status"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, STARTUP_FAILURE)]
)
def test_a_signal_ends_a_long_import_at_once(
    sig: signal.Signals, status: int, hook: list[str], start: Start, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    server = start("slow_import:app", *hook, says="The import begins.", WITNESS=str(witness))
    server.signal(sig)
    assert server.wait() == status
    assert "Traceback" not in server.log
    if hook:
        assert witness.read_text().splitlines()[1:] == [f"after in {server.pid}"]


# Clients that say nothing


def silent_clients(connect: Callable[[], socket.socket]) -> Iterator[tuple[socket.socket, bytes]]:
    """Connections that hold up an end where it waits for them, and how the answer must begin."""
    for sent, answer in {
        b"": b"",
        b"G": b"HTTP/1.1 408 ",
        get("/")[:-2]: b"HTTP/1.1 408 ",
        get("/") + b"POST": b"HTTP/1.1 200 ",
        get("/"): b"HTTP/1.1 200 ",
        handshake(): b"HTTP/1.1 101 ",
    }.items():
        client = connect()
        client.sendall(sent)
        yield client, answer


def assert_silence_is_no_obstacle(
    server: Process, connect: Callable[[], socket.socket], end: Callable[[], None]
) -> None:
    with ExitStack() as stack:
        clients = list(silent_clients(connect))
        for client, _ in clients:
            stack.enter_context(client)
        for client, answer in clients:
            if answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 1")):
                assert client.recv(12).startswith(answer[:12])
        end()
        for client, answer in clients:
            if answer.startswith(b"HTTP/1.1 4"):
                assert client.recv(12).startswith(answer[:12])
            while client.recv(65536):
                pass
    assert_clean(server)


def tcp(server: Process) -> socket.socket:
    return socket.create_connection((HOST, server.port), 20)


@pytest.mark.parametrize("variant", FEW, ids=str)
def test_silent_clients_do_not_hold_up_the_end(variant: Variant, start: Start) -> None:
    server = start("ending_apps:echo", *HOUR, *variant.arguments, **variant.environment)
    assert_silence_is_no_obstacle(
        server, lambda: tcp(server), lambda: server.signal(signal.SIGTERM)
    )
    assert server.wait() == -signal.SIGTERM


@pytest.mark.parametrize("variant", FEW, ids=str)
def test_silent_clients_of_a_unix_socket_do_not_either(
    variant: Variant, start: Start, tmp_path: Path
) -> None:
    path = str(tmp_path / "server.sock")
    server = start(
        "ending_apps:echo", "--uds", path, *HOUR, *variant.arguments, **variant.environment
    )

    def connect() -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(20)
        client.connect(path)
        return client

    assert_silence_is_no_obstacle(server, connect, lambda: server.signal(signal.SIGTERM))
    assert server.wait() == -signal.SIGTERM


@pytest.mark.parametrize("variant", FEW, ids=str)
def test_silent_clients_over_tls_do_not_either(variant: Variant, start: Start) -> None:
    files = certificates()
    server = start(
        "ending_apps:echo",
        *("--ssl-certfile", files.server, "--ssl-keyfile", files.key, *HOUR),
        *variant.arguments,
        **variant.environment,
    )

    def connect() -> socket.socket:
        return files.client_context().wrap_socket(tcp(server), server_hostname="localhost")

    with tcp(server) as silent, tcp(server) as halfway:
        halfway.sendall(b"\x16\x03\x01\x02\x00")
        assert_silence_is_no_obstacle(server, connect, lambda: server.signal(signal.SIGTERM))
        assert (silent.recv(1), halfway.recv(1)) == (b"", b"")
    assert server.wait() == -signal.SIGTERM


def test_silent_clients_of_workers_do_not_either(start: Start) -> None:
    server = start("ending_apps:echo", "--workers", "2", *HOUR)
    server.wait_for("is ready")
    assert_silence_is_no_obstacle(
        server, lambda: tcp(server), lambda: server.signal(signal.SIGTERM)
    )
    assert server.wait() == 0


def test_silent_clients_do_not_hold_up_a_reload(start: Start, tmp_path: Path) -> None:
    server = start("ending_apps:echo", "--reload", "--reload-dir", str(tmp_path), *HOUR)
    server.wait_for("is ready")

    def save() -> None:
        (tmp_path / "saved.py").write_text("new = True\n")

    assert_silence_is_no_obstacle(server, lambda: tcp(server), save)
    until(lambda: server.log.count("is ready") == 2, 20, "the next worker is ready")
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


@pytest.mark.parametrize("variant", FEW, ids=str)
def test_half_a_body_has_the_graceful_time(variant: Variant, start: Start) -> None:
    server = start("ending_apps:echo", *HOUR, *variant.arguments, **variant.environment)
    with Wire(server.port) as client, Wire(server.port) as silent:
        client.send(get("/", "Content-Length: 4", "Expect: 100-continue"))
        client.read_until(b"100 Continue\r\n\r\n")
        client.send(b"ab")
        server.signal(signal.SIGTERM)
        # Whoever says nothing is ended meanwhile.
        assert silent.read_to_end() == b""
        client.send(b"cd")
        assert client.read_response() == (200, b"abcd")
    assert server.wait() == -signal.SIGTERM
    assert_clean(server)


@pytest.mark.parametrize("variant", FEW, ids=str)
def test_a_websocket_that_answers_the_close_ends_well(variant: Variant, start: Start) -> None:
    server = start("ending_apps:echo", *HOUR, *variant.arguments, **variant.environment)
    with Wire(server.port) as client:
        client.send(handshake())
        client.read_until(b"\r\n\r\n")
        server.signal(signal.SIGTERM)
        assert client.read_exactly(4) == b"\x88\x02\x03\xf4"
        client.send(close_frame(1012))
        assert client.read_to_end() == b""
    assert server.wait() == -signal.SIGTERM
    assert_clean(server)
