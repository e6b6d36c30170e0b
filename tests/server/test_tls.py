"""HTTPS and WSS from real sockets: on each loop, with each kind of protocol class."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

import uvicorn
from tests.apps.serving import Wire, get, in_thread, port_of, until
from tests.certificates import certificates
from tests.server.apps import hello
from tests.server.conftest import LOOPS, Log

ENGINES = ["auto", "h11", "uvicorn.protocols.http.h11_impl:H11Protocol"]
LARGE = bytes(range(256)) * 8192
HALF = b"\x16\x03\x01\x02\x00\x01"

# What goes wrong, as the client's bytes, and the line about it; its address stands at the end.
BROKEN = [
    (get("/"), "WARNING TLS handshake failed. Plain HTTP was sent to a port that speaks HTTPS"),
    (b"SSH-2.0-OpenSSH_9.6\r\n", "WARNING TLS handshake failed. What came is not TLS"),
    (HALF, "INFO TLS handshake failed. Not complete in time"),
]


class Watched(uvicorn.Server):
    """Notes what its loop complains of."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.problems: list[Any] = []

    async def startup(self, sockets: Any = None) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: self.problems.append(context))
        await super().startup(sockets)


Serve = Callable[..., contextlib.AbstractContextManager[Any]]


@pytest.fixture(params=sorted(LOOPS))
def serve(request: pytest.FixtureRequest) -> Serve:
    """serve(app, **options) is a server over TLS, on a loop of each kind."""

    @contextlib.contextmanager
    def begin(app: Any, **options: Any) -> Iterator[Any]:
        options = {"loop": request.param, **certificates().options, **options}
        with in_thread(app, Watched, **options) as server:
            yield server
        assert server.problems == []  # type: ignore[attr-defined]
        assert not server.server_state.connections

    return begin


class TlsWire(Wire):
    """A connection that insists on close_notify, as few clients do."""

    def __init__(self, server: uvicorn.Server, context: ssl.SSLContext | None = None) -> None:
        super().__init__(port_of(server))
        self.socket = (context or certificates().client_context()).wrap_socket(
            self.socket, server_hostname="localhost", suppress_ragged_eofs=False
        )

    def __enter__(self) -> TlsWire:
        return self

    @property
    def alpn(self) -> str | None:
        return self.socket.selected_alpn_protocol()  # type: ignore[attr-defined]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message["body"])
        more = message["more_body"]
    data = b"".join(parts) or scope["scheme"].encode()
    headers = [(b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": data})


def post(data: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(data) + data


@pytest.mark.parametrize("http", ENGINES)
def test_requests_are_answered_on_one_connection(http: str, serve: Serve, log: Log) -> None:
    with serve(echo, http=http) as server, TlsWire(server) as client:
        assert log.has(f"https://127.0.0.1:{port_of(server)} ")
        client.send(get("/"))
        assert client.read_response() == (200, b"https")
        client.send(post(LARGE))
        assert client.read_response() == (200, LARGE)
        client.send(get("/") + post(b"two") + get("/"))
        answers = [client.read_response() for _ in range(3)]
        assert [data for _, data in answers] == [b"https", b"two", b"https"]
    assert not log.has("TLS")


@pytest.mark.parametrize(("sent", "line"), BROKEN, ids=["plain", "garbage", "half"])
def test_what_is_no_handshake_is_one_line_and_leaves_nothing(
    sent: bytes, line: str, serve: Serve, log: Log
) -> None:
    with serve(hello, timeout_tls_handshake=0.2) as server, Wire(port_of(server)) as client:
        host, port = client.socket.getsockname()
        client.send(sent)
        answer = client.read_to_end()
        assert answer.startswith(b"HTTP/1.1 400 ") == (sent == get("/"))
        until(lambda: not server.server_state.connections)
        assert [each for each in log.lines if "TLS" in each] == [f"{line} ({host}:{port})."]


def test_a_client_that_leaves_within_the_handshake_is_one_line(serve: Serve, log: Log) -> None:
    with serve(hello) as server, Wire(port_of(server)) as client:
        client.send(HALF)
        client.vanish()
        until(lambda: log.has("INFO TLS handshake failed. Client left"))


def test_a_certificate_is_required_of_the_client(serve: Serve, log: Log) -> None:
    made = certificates()
    with serve(hello, ssl_cert_reqs=2, ssl_ca_certs=made.ca) as server:
        with TlsWire(server, made.client_context(made.client)) as client:
            client.send(get("/"))
            assert client.read_response() == (200, b"hello")
        # TLS 1.3 lets a client believe that all is well until it reads.
        with TlsWire(server) as client, pytest.raises(ssl.SSLError):
            client.read_to_end()
        until(lambda: log.has("WARNING TLS handshake failed. Client sent no certificate"))


def test_an_application_protocol_is_agreed_on(serve: Serve) -> None:
    context = certificates().client_context()
    context.set_alpn_protocols(["h3", "http/1.1"])
    with serve(hello) as server, TlsWire(server, context) as client:
        assert client.alpn == "http/1.1"


class Greeter(asyncio.Protocol):
    """A protocol class of somebody's own, that says what it offers."""

    alpn_protocols = ("greeting/1",)

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any) -> None:
        self.config = config

    def connection_made(self, transport: Any) -> None:
        agreed = transport.get_extra_info("ssl_object").selected_alpn_protocol()
        known = [transport.get_extra_info(name) for name in ("cipher", "sslcontext", "peername")]
        assert all(known) and transport.get_extra_info("peercert") is None
        assert transport.get_extra_info("compression") is None
        assert transport.get_protocol() is self and not transport.is_closing()
        transport.writelines([b"hello ", agreed.encode()])
        transport.close()


def test_a_class_of_ones_own_offers_what_it_says(serve: Serve) -> None:
    context = certificates().client_context()
    context.set_alpn_protocols(["http/1.1", "greeting/1"])
    with serve(hello, http=Greeter) as server, TlsWire(server, context) as client:
        assert client.alpn == "greeting/1"
        assert client.read_to_end() == b"hello greeting/1"


def test_a_shutdown_says_goodbye_and_waits_for_no_answer(serve: Serve, log: Log) -> None:
    """The client is open all the while, and says nothing: in_thread() sees that the server ends."""
    with contextlib.ExitStack() as stack:
        with serve(hello, timeout_graceful_shutdown=60) as server:
            client = stack.enter_context(TlsWire(server))
            client.send(get("/"))
            assert client.read_response() == (200, b"hello")
        assert client.read_to_end() == b""
    assert not log.has("exceeded")


def test_a_shutdown_does_not_wait_for_half_a_handshake(serve: Serve, log: Log) -> None:
    with contextlib.ExitStack() as stack:
        with serve(hello) as server:
            client = stack.enter_context(Wire(port_of(server)))
            client.send(HALF)
            until(lambda: server.server_state.connections)
        assert client.read_to_end() == b""
    assert log.has("INFO TLS handshake failed. Not complete in time")


def test_more_requests_than_allowed_are_refused(serve: Serve) -> None:
    with serve(hello, limit_concurrency=1) as server, TlsWire(server) as client:
        client.send(get("/"))
        assert client.read_response() == (503, b"Service Unavailable")


def test_a_unix_socket_speaks_tls_too(serve: Serve, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with serve(echo, uds=path), socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(10)
        raw.connect(path)
        context = certificates().client_context()
        with context.wrap_socket(raw, server_hostname="localhost") as client:
            client.sendall(get("/", "Connection: close"))
            answer = b""
            while data := client.recv(4096):
                answer += data
    assert answer.endswith(b"\r\n\r\nhttps")


# Clients that people use


async def talk(scope: Any, receive: Any, send: Any) -> None:
    """Tells a WebSocket its scheme, then echoes."""
    if scope["type"] == "http":
        await echo(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": scope["scheme"]})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


def test_httpx_speaks_with_it() -> None:
    with (
        in_thread(talk, uvicorn.Server, **certificates().options) as server,
        httpx.Client(verify=certificates().client_context()) as client,
    ):
        url = f"https://localhost:{port_of(server)}/"
        assert client.get(url).text == "https"
        assert client.post(url, content=LARGE).content == LARGE


@pytest.mark.parametrize("http", ENGINES)
def test_websockets_speaks_with_it(http: str) -> None:
    options: dict[str, Any] = {"http": http, "ws_max_size": 1 << 24}
    with in_thread(talk, uvicorn.Server, **certificates().options, **options) as server:
        url, context = f"wss://localhost:{port_of(server)}/", certificates().client_context()
        # This client reads and writes in two threads, which Python before 3.13.1 does not bear when
        # TLS 1.3's tickets come with the handshake (CPython issue 124984).
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with connect(url, ssl=context, max_size=None) as client:
            assert client.recv(10) == "wss"
            for message in ("hi", LARGE, "and again"):
                client.send(message)
                assert client.recv(10) == message
            assert client.ping().wait(10)


def test_a_websocket_that_is_cut_off_is_in_the_log(log: Log) -> None:
    with in_thread(talk, uvicorn.Server, **certificates().options) as server:
        raw = socket.create_connection(("127.0.0.1", port_of(server)), 10)
        with certificates().client_context().wrap_socket(raw, server_hostname="localhost") as tls:
            lines = [
                *("GET / HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade"),
                *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
            ]
            tls.sendall("\r\n".join([*lines, "", ""]).encode())
            data = b""
            while b"\x81\x03wss" not in data:
                received = tls.recv(4096)
                assert received, data
                data += received
            host, port = tls.getsockname()
            # As Python's own clients end: by a FIN alone.
            with contextlib.suppress(OSError):
                tls.shutdown(socket.SHUT_RDWR)
    assert f"INFO TLS client left without close_notify ({host}:{port})." in log.lines
