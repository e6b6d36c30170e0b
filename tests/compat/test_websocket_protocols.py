"""WebSocket protocol classes, as they are named, chosen and given."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Any, ClassVar

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

import uvicorn
from tests.apps.serving import in_thread, port_of
from uvicorn.config import WS_PROTOCOLS
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol
from uvicorn.protocols.websockets.websockets_impl import WebSocketProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

CLASSES = [WebSocketProtocol, WebSocketsSansIOProtocol, WSProtocol, AutoWebSocketsProtocol]
MODULE = __name__
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept", "subprotocol": None})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": f"{scope['path']} {message['text']}"})


def open_socket(
    server: uvicorn.Server, path: str = "/path", patience: float = 10
) -> ClientConnection:
    """A client that waits so long for the server to end what it has closed."""
    url = f"ws://127.0.0.1:{port_of(server)}{path}"
    return connect(url, proxy=None, close_timeout=patience)


def talk(server: uvicorn.Server) -> None:
    with open_socket(server) as socket:
        for word in ("one", "two", "x" * 70_000):
            socket.send(word)
            assert socket.recv(timeout=20) == f"/path {word}"
        socket.close(4000)
        assert socket.close_code == 4000


@pytest.mark.parametrize("given", CLASSES)
def test_a_class_given_as_ws_serves_websockets(given: Any) -> None:
    with in_thread(echo, ws=given) as server:
        assert server.config.ws_protocol_class is given
        talk(server)


@pytest.mark.parametrize("http", [H11Protocol, HttpToolsProtocol])
@pytest.mark.parametrize("ws", ["auto", "wsproto", WSProtocol])
def test_a_class_given_as_http_serves_them_too(http: Any, ws: Any) -> None:
    with in_thread(echo, http=http, ws=ws) as server:
        talk(server)


class Watched(WSProtocol):
    """Keeps what a subclass of the wild looks at."""

    made: ClassVar[list[Watched]] = []

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.made.append(self)


def test_a_subclass_sees_its_scope_and_is_counted_while_it_lives() -> None:
    Watched.made.clear()
    with in_thread(echo, ws=f"{MODULE}:Watched") as server:
        with open_socket(server, "/seen") as socket:
            socket.send("word")
            socket.recv(timeout=20)
            (watched,) = Watched.made
            assert watched.scope is not None
            assert watched.scope["path"] == "/seen"
            assert watched in server.server_state.connections
            assert len(server.server_state.tasks) == 1
        talk(server)


def test_a_subclass_is_shut_down_with_the_server() -> None:
    with in_thread(echo, ws=Watched) as server, open_socket(server) as socket:
        socket.send("word")
        socket.recv(timeout=20)
        server.should_exit = True
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=20)
        assert socket.close_code == 1012


class Foreign(asyncio.Protocol):
    """A protocol class of someone else's: reads the handshake by itself, and says one word."""

    # How many connections there were with each new one.
    made: ClassVar[list[int]] = []

    def __init__(self, config: Any, server_state: Any, app_state: dict[str, Any]) -> None:
        self.config = config
        self.server_state = server_state
        self.received = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.server_state.connections.add(self)
        self.made.append(len(self.server_state.connections))

    def connection_lost(self, exc: Exception | None) -> None:
        self.server_state.connections.discard(self)

    def shutdown(self) -> None:
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, rest = self.received.partition(b"\r\n\r\n")
        assert end
        if rest:
            return
        assert head.startswith(b"GET /path?a=b HTTP/1.1\r\n"), head
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        proof = base64.b64encode(hashlib.sha1(fields[b"sec-websocket-key"] + GUID).digest())
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            b"sec-websocket-accept: " + proof + b"\r\n\r\n\x81\x04word\x88\x02\x03\xe8"
        )


def test_a_class_of_someone_else_s_gets_the_request_once_more() -> None:
    with in_thread(echo, ws=Foreign) as server, open_socket(server, "/path?a=b", 0) as socket:
        assert socket.recv(timeout=20) == "word"
        assert Foreign.made == [1]


@pytest.mark.parametrize("name", [name for name in WS_PROTOCOLS if name != "none"])
def test_a_name_stands_for_a_class_that_can_be_subclassed(name: str) -> None:
    named = uvicorn.Config(echo, ws=name).ws_protocol_class
    assert named is not None
    assert type(named.__name__, (named,), {})


def test_none_stands_for_no_class_and_serves_no_websockets() -> None:
    with in_thread(plain, ws="none") as server:
        assert server.config.ws_protocol_class is None
        with pytest.raises(InvalidStatus) as raised:
            open_socket(server)
        assert raised.value.response.status_code == 200


async def plain(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"plain"})
