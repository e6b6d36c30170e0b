"""HTTPS and WSS from real sockets: on each loop, with each kind of protocol class, in workers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

import uvicorn
from tests.apps.serving import in_thread, port_of
from tests.certificates import certificates
from tests.server.apps import hello, quiet
from tests.server.conftest import Drive, Log
from tests.server.serving_loop import REQUEST, Client, serving, until
from tests.server.serving_loop import port_of as port_in_loop

ENGINES = ["auto", "h11", "uvicorn.protocols.http.h11_impl:H11Protocol"]
LARGE = bytes(range(256)) * 8192

# What goes wrong, as the client's bytes, and the line about it; its address stands at the end.
BROKEN = [
    (REQUEST, "WARNING TLS handshake failed. Plain HTTP was sent to a port that speaks HTTPS"),
    (b"SSH-2.0-OpenSSH_9.6\r\n", "WARNING TLS handshake failed. What came is not TLS"),
    (b"\x16\x03\x01\x02\x00\x01", "INFO TLS handshake failed. Not complete in time"),
]


def secured(app: Any, **options: Any) -> uvicorn.Config:
    return quiet(app, **certificates().options, **options)


async def connected(server: uvicorn.Server, context: ssl.SSLContext | None = None) -> Client:
    streams = await asyncio.open_connection(
        "127.0.0.1",
        port_in_loop(server),
        ssl=context or certificates().client_context(),
        server_hostname="localhost",
    )
    return Client(*streams)


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
def test_requests_are_answered_on_one_connection(http: str, drive: Drive, log: Log) -> None:
    server = uvicorn.Server(secured(echo, http=http, lifespan="off"))

    async def main() -> None:
        async with serving(server):
            assert log.has(f"https://127.0.0.1:{port_in_loop(server)} ")
            client = await connected(server)
            client.send()
            assert await client.response() == (200, b"https")
            client.send(post(LARGE))
            assert await client.response() == (200, LARGE)
            client.send(REQUEST + post(b"two") + REQUEST)
            answers = [await client.response() for _ in range(3)]
            assert [data for _, data in answers] == [b"https", b"two", b"https"]
            await client.close()

    drive(main())
    assert not log.has("TLS")


@pytest.mark.parametrize(("sent", "line"), BROKEN, ids=["plain", "garbage", "half"])
def test_what_is_no_handshake_is_one_line_and_leaves_nothing(
    sent: bytes, line: str, drive: Drive, log: Log
) -> None:
    server = uvicorn.Server(secured(hello, timeout_tls_handshake=0.2, lifespan="off"))
    problems: list[Any] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: problems.append(what))
        async with serving(server):
            client = await Client.connect(server)
            host, port = client.writer.get_extra_info("sockname")
            client.send(sent)
            answer = await client.rest()
            assert answer.startswith(b"HTTP/1.1 400 ") == (sent == REQUEST)
            await client.close()
            await until(lambda: not server.server_state.connections)
            assert [each for each in log.lines if "TLS" in each] == [f"{line} ({host}:{port})."]

    drive(main())
    assert problems == []


def test_a_client_that_leaves_within_the_handshake_is_one_line(drive: Drive, log: Log) -> None:
    server = uvicorn.Server(secured(hello, lifespan="off"))

    async def main() -> None:
        async with serving(server):
            client = await Client.connect(server)
            client.send(b"\x16\x03\x01\x02\x00\x01")
            await until(lambda: server.server_state.connections)
            client.writer.transport.abort()
            await until(lambda: log.has("INFO TLS handshake failed. Client left"))
            assert not server.server_state.connections

    drive(main())


def test_a_certificate_is_required_of_the_client(drive: Drive, log: Log) -> None:
    made = certificates()
    server = uvicorn.Server(secured(hello, ssl_cert_reqs=2, ssl_ca_certs=made.ca, lifespan="off"))

    async def main() -> None:
        async with serving(server):
            client = await connected(server, made.client_context(made.client))
            client.send()
            assert await client.response() == (200, b"hello")
            await client.close()
            # TLS 1.3 lets a client believe that all is well until it reads.
            refused = await connected(server)
            with pytest.raises(ssl.SSLError):
                await refused.rest()
            await refused.close()
            await until(lambda: log.has("WARNING TLS handshake failed. Client sent no certificate"))

    drive(main())


def test_an_application_protocol_is_agreed_on(drive: Drive) -> None:
    context = certificates().client_context()
    context.set_alpn_protocols(["h3", "http/1.1"])
    server = uvicorn.Server(secured(hello, lifespan="off"))

    async def main() -> None:
        async with serving(server):
            client = await connected(server, context)
            found = client.writer.get_extra_info("ssl_object").selected_alpn_protocol()
            assert found == "http/1.1"
            await client.close()

    drive(main())


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


def test_a_class_of_ones_own_offers_what_it_says(drive: Drive) -> None:
    context = certificates().client_context()
    context.set_alpn_protocols(["http/1.1", "greeting/1"])
    server = uvicorn.Server(secured(hello, http=Greeter, lifespan="off"))

    async def main() -> None:
        async with serving(server):
            client = await connected(server, context)
            assert await client.rest() == b"hello greeting/1"
            await client.close()

    drive(main())


def test_a_shutdown_ends_open_connections_properly(drive: Drive, log: Log) -> None:
    """A client that demands close_notify gets it, and one that never answers holds up nothing."""
    server = uvicorn.Server(secured(hello, lifespan="off", timeout_graceful_shutdown=30))

    async def main() -> None:
        loop = asyncio.get_running_loop()
        raw = socket.create_connection(("127.0.0.1", port_in_loop(server)))
        context = certificates().client_context()
        stream = await loop.run_in_executor(
            None, lambda: context.wrap_socket(raw, server_hostname="localhost", **strict)
        )
        with stream:
            await loop.run_in_executor(None, stream.sendall, REQUEST)
            data = b""
            while not data.endswith(b"hello"):
                data += await loop.run_in_executor(None, stream.recv, 4096)
            server.should_exit = True
            assert await loop.run_in_executor(None, stream.recv, 4096) == b""
            # Not closed, and nothing said: the server does not wait for it.
            await asyncio.wait_for(task[0], 20)

    # Else a missing close_notify looks like an end.
    strict = {"suppress_ragged_eofs": False}
    task: list[Any] = []

    async def whole() -> None:
        async with serving(server) as served:
            task.append(asyncio.shield(served))
            await main()

    drive(whole())
    assert not log.has("exceeded")


def test_a_shutdown_does_not_wait_for_half_a_handshake(drive: Drive, log: Log) -> None:
    server = uvicorn.Server(secured(hello, lifespan="off"))

    async def main() -> None:
        async with serving(server) as served:
            client = await Client.connect(server)
            client.send(b"\x16\x03\x01\x02\x00\x01")
            await until(lambda: server.server_state.connections)
            server.should_exit = True
            await asyncio.wait_for(asyncio.shield(served), 20)
            assert await client.rest() == b""
            await client.close()

    drive(main())
    assert log.has("INFO TLS handshake failed. Not complete in time")


def test_more_requests_than_allowed_are_refused(drive: Drive) -> None:
    server = uvicorn.Server(secured(hello, lifespan="off", limit_concurrency=1))

    async def main() -> None:
        async with serving(server):
            client = await connected(server)
            client.send()
            assert await client.response() == (503, b"Service Unavailable")
            await client.close()

    drive(main())


def test_a_unix_socket_speaks_tls_too(drive: Drive, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    server = uvicorn.Server(secured(echo, lifespan="off", uds=path))

    async def main() -> None:
        async with serving(server):
            client = Client(
                *await asyncio.open_unix_connection(
                    path, ssl=certificates().client_context(), server_hostname="localhost"
                )
            )
            client.send()
            assert await client.response() == (200, b"https")
            await client.close()

    drive(main())


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
        in_thread(talk, **certificates().options) as server,
        httpx.Client(verify=certificates().client_context()) as client,
    ):
        url = f"https://localhost:{port_of(server)}/"
        assert client.get(url).text == "https"
        assert client.post(url, content=LARGE).content == LARGE


@pytest.mark.parametrize("http", ENGINES)
def test_websockets_speaks_with_it(http: str) -> None:
    async def main(port: int) -> None:
        url = f"wss://localhost:{port}/"
        async with connect(url, ssl=certificates().client_context(), max_size=None) as client:
            assert await client.recv() == "wss"
            for message in ("hi", LARGE, "and again"):
                await client.send(message)
                assert await client.recv() == message
            await (await client.ping())

    options: dict[str, Any] = {"http": http, "ws_max_size": 1 << 24}
    with in_thread(talk, **certificates().options, **options) as server:
        asyncio.run(main(port_of(server)))


def test_a_websocket_that_is_cut_off_is_in_the_log(log: Log) -> None:
    with in_thread(talk, **certificates().options) as server:
        raw = socket.create_connection(("127.0.0.1", port_of(server)), 10)
        with certificates().client_context().wrap_socket(raw, server_hostname="localhost") as tls:
            lines = [
                *("GET / HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade"),
                *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
            ]
            tls.sendall("\r\n".join([*lines, "", ""]).encode())
            data = b""
            while b"\x81\x03wss" not in data:
                data += tls.recv(4096)
            host, port = tls.getsockname()
            # As Python's own clients end: by a FIN alone.
            with contextlib.suppress(OSError):
                tls.shutdown(socket.SHUT_RDWR)
    assert f"INFO TLS client left without close_notify ({host}:{port})." in log.lines
