"""Protocol classes behind a proxy: ours read its headers, for others the app is wrapped."""

from __future__ import annotations

import http.client
import json
import logging
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.apps.serving import HOST, in_thread, port_of
from tests.compat.protocols import both
from uvicorn.core.scope import ScopeTemplate
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.websockets import auto as ws_auto
from uvicorn.protocols.websockets.websockets_impl import WebSocketProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

HEADERS = {"X-Forwarded-For": "203.0.113.7:99", "X-Forwarded-Proto": "https"}
CLIENT = ["203.0.113.7", 99]


async def seen(scope: Any, receive: Any, send: Any) -> None:
    """Tells its client and scheme, over HTTP and WebSocket."""
    text = json.dumps([scope["client"], scope["scheme"]])
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": text})
        await send({"type": "websocket.close"})
        return
    assert scope["type"] == "http", "lifespan is not for this app"
    headers = [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


def ask(server: Any) -> Any:
    connection = http.client.HTTPConnection(HOST, port_of(server), timeout=10)
    try:
        connection.request("GET", "/", headers=HEADERS)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def knock(server: Any) -> Any:
    url = f"ws://{HOST}:{port_of(server)}/"
    with connect(url, proxy=None, additional_headers=HEADERS) as websocket:
        return json.loads(websocket.recv(timeout=10))


@both
def test_a_protocol_class_of_ours_reads_them(base: type[Any]) -> None:
    with in_thread(seen, http=base) as server:
        assert ask(server) == [CLIENT, "https"]
        assert knock(server) == [CLIENT, "wss"]
        assert server.config.loaded_app.app is seen


@both
@pytest.mark.parametrize("options", [{"proxy_headers": False}, {"forwarded_allow_ips": "10.0.0.1"}])
def test_a_protocol_class_of_ours_leaves_them(base: type[Any], options: dict[str, Any]) -> None:
    with in_thread(seen, http=base, **options) as server:
        (host, port), scheme = ask(server)
    assert (host, scheme) == (HOST, "http")
    assert port != 99


@both
def test_a_subclass_reads_them_once(base: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    class Mine(base):  # type: ignore[misc]
        pass

    monkeypatch.delattr(ProxyHeadersMiddleware, "__call__")
    with in_thread(seen, http=Mine) as server:
        assert ask(server) == [CLIENT, "https"]


@pytest.mark.parametrize(
    "protocol", [WebSocketProtocol, WSProtocol, ws_auto.AutoWebSocketsProtocol]
)
def test_a_websocket_class_of_ours_reads_them(
    protocol: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(ProxyHeadersMiddleware, "__call__")
    with in_thread(seen, ws=protocol) as server:
        assert knock(server) == [CLIENT, "wss"]
        assert ask(server) == [CLIENT, "https"]


class SomeoneElses:
    """A protocol that makes its scope itself, and knows nothing of proxies."""

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self.app = config.loaded_app
        self.connections = server_state.connections
        self.loop = _loop

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.connections.add(self)

    def data_received(self, data: bytes) -> None:
        lines = [line.split(b": ", 1) for line in data.split(b"\r\n")[1:-2]]
        template = ScopeTemplate(self.transport, "", "3.0", {}, None)
        headers = [(name.lower(), value) for name, value in lines]
        scope = {**template.common, "headers": headers}
        self.loop.create_task(self.app(scope, None, self.send))

    async def send(self, message: Any) -> None:
        body = message.get("body")
        if body is not None:
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body))
            self.transport.write(body)
            self.transport.close()

    def eof_received(self) -> None: ...

    def pause_writing(self) -> None: ...

    def resume_writing(self) -> None: ...

    def connection_lost(self, exc: Exception | None) -> None:
        self.connections.discard(self)

    def shutdown(self) -> None:
        self.transport.close()


def test_for_a_protocol_class_of_someone_elses_the_app_is_wrapped() -> None:
    with in_thread(seen, http=SomeoneElses) as server:
        assert ask(server) == [CLIENT, "https"]
        assert server.config.loaded_app.app is seen


def test_it_is_not_where_nobody_wants_it() -> None:
    with in_thread(seen, http=SomeoneElses, proxy_headers=False) as server:
        (host, _), scheme = ask(server)
    assert (host, scheme) == (HOST, "http")


def test_for_a_websocket_class_of_someone_elses_it_is_wrapped_too() -> None:
    given: list[Any] = []

    class Theirs(WebSocketProtocol):
        def __init__(self, config: Any, **more: Any) -> None:
            given.append(config.loaded_app)
            super().__init__(config, **more)

    with in_thread(seen, ws=Theirs) as server:
        assert knock(server) == [CLIENT, "wss"]
        assert ask(server) == [CLIENT, "https"]
        assert server.config.loaded_app.app is seen
    (wrapped,) = given
    assert isinstance(wrapped, ProxyHeadersMiddleware)
    assert wrapped.app is seen


@both
def test_the_access_log_of_a_protocol_class_has_the_client(
    base: type[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "uvicorn.access"):
        with in_thread(seen, http=base, access_log=True) as server:
            ask(server)
        lines = [r.getMessage() for r in caplog.records if r.name == "uvicorn.access"]
    assert lines == ['203.0.113.7:99 - "GET / HTTP/1.1" 200']
