"""WebSockets over HTTP/2 (RFC 8441): the same sessions, each on a stream."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

from tests.core.apps import reply
from tests.core.http2_peer import Http2Client
from tests.core.ws_apps import accept, close, echo, says, start
from tests.core.ws_apps import body as part
from tests.core.ws_peer import CLOSE, PING, TEXT, frame, read_frames, text

FIELDS = [("sec-websocket-version", "13")]


class Peer(Http2Client):
    """Opens WebSockets."""

    def open(self, *fields: tuple[str, str], protocol: str = "websocket") -> int:
        # Its own check of outbound fields does not know :protocol.
        self.h2.config.validate_outbound_headers = False
        number: int = self.h2.get_next_available_stream_id()
        pseudo = [
            (":method", "CONNECT"),
            (":protocol", protocol),
            (":scheme", "http"),
            (":path", "/chat?a=b"),
            (":authority", "test"),
        ]
        self.h2.send_headers(number, [*pseudo, *FIELDS, *fields])
        self.answers[number] = self.new_answer()
        self.flush()
        return number

    def frames(self, number: int) -> list[Any]:
        return read_frames(self.answer(number).body)[0]


async def both(scope: Any, receive: Any, send: Any) -> None:
    """Chats over WebSocket, answers requests."""
    app = echo if scope["type"] == "websocket" else reply(b"hello")
    await app(scope, receive, send)


def test_a_websocket_is_accepted_and_talks_beside_requests(serve_http2):
    client = Peer(serve_http2(both))
    number = client.open()
    assert client.answer(number).status == 200
    client.data(number, text("one") + text("two"))
    other = client.ask()
    client.data(number, text("three"))
    assert [each.data for each in client.frames(number)] == [b"one", b"two", b"three"]
    assert client.text(other) == (200, b"hello")
    client.data(number, frame(CLOSE, b"\x03\xe8bye"))
    assert client.frames(number)[-1].opcode == CLOSE
    assert client.answer(number).ended
    assert not client.ended


def test_the_scope_is_that_of_any_websocket(serve_http2):
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)
        await says(accept("chat"), close())(scope, receive, send)

    client = Peer(serve_http2(app))
    number = client.open(("sec-websocket-protocol", "other, chat"))
    (scope,) = scopes
    assert (scope["type"], scope["http_version"], scope["path"]) == ("websocket", "2", "/chat")
    assert (scope["query_string"], scope["scheme"]) == (b"a=b", "ws")
    assert scope["subprotocols"] == ["other", "chat"]
    assert (b"host", b"test") in scope["headers"]
    assert "method" not in scope
    answer = client.answer(number)
    assert answer.header(b"sec-websocket-protocol") == b"chat"
    assert answer.header(b"sec-websocket-accept") is None


def test_a_handshake_may_be_denied(serve_http2):
    client = Peer(serve_http2(says(start(401, [(b"x-why", b"who?")]), part(b"go away"))))
    number = client.open()
    assert client.text(number) == (401, b"go away")
    assert client.answer(number).header(b"x-why") == b"who?"
    refused = Peer(serve_http2(says(close())))
    assert refused.text(refused.open()) == (403, b"")


def test_nothing_is_left_of_a_handshake_that_was_denied_at_once(serve_http2):
    client = Peer(serve_http2(says(close())))
    for _ in range(3):
        assert client.text(client.open())[0] == 403
    assert client.text(client.open(protocol="connect-udp"))[0] == 501
    gc.collect()
    left = [each for each in gc.get_objects() if type(each).__name__ == "Http2Stream"]
    # A codec may keep the stream of its latest event.
    assert len(left) < 2


def test_another_protocol_than_websocket_is_answered_with_501(serve_http2):
    client = Peer(serve_http2(both))
    assert client.text(client.open(protocol="connect-udp")) == (501, b"Unsupported protocol")
    assert client.text(client.ask()) == (200, b"hello")


def test_another_version_is_answered_with_426(serve_http2):
    client = Peer(serve_http2(both))
    FIELDS[0] = ("sec-websocket-version", "8")
    try:
        number = client.open()
    finally:
        FIELDS[0] = ("sec-websocket-version", "13")
    assert client.text(number)[0] == 426


def test_the_app_hears_of_a_client_that_resets_the_stream(serve_http2):
    heard = []

    async def app(scope, receive, send):
        await receive()
        await send(accept())
        heard.append(await receive())

    client = Peer(serve_http2(app))
    number = client.open()
    client.reset(number)
    assert heard == [{"type": "websocket.disconnect", "code": 1005, "reason": ""}]
    assert not client.ended


def test_each_websocket_has_its_pings_and_deadlines(serve_http2):
    server = serve_http2(both, ws_ping_interval=10, ws_ping_timeout=5)
    client = Peer(server)
    first, second = client.open(), client.open()
    for _ in range(6):
        server.advance(4)
        client.hear()
        pings = [each for each in client.frames(first) if each.opcode == PING]
        client.data(first, frame(10, pings[-1].data) if pings else text("here"))
    assert [each.opcode for each in client.frames(first)].count(CLOSE) == 0
    last = client.frames(second)[-1]
    assert (last.opcode, last.data[:2]) == (CLOSE, (1011).to_bytes(2, "big"))
    assert client.answer(second).ended
    assert not client.answer(first).ended
    assert client.text(client.ask()) == (200, b"hello")


def test_a_slow_websocket_holds_back_its_own_client_alone(serve_http2):
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await reply(b"hello")(scope, receive, send)
            return
        await receive()
        await send(accept())
        await gate()

    held = asyncio.Event()
    gate = held.wait
    server = serve_http2(app, ws_max_queue=2)
    client = Peer(server)
    number = client.open()
    sent = 0
    message = frame(TEXT, b"x" * 8000)
    while client.h2.local_flow_control_window(number) >= len(message) and sent < 200:
        client.data(number, message)
        sent += 1
    assert sent < 60
    assert client.text(client.ask()) == (200, b"hello")
    server.do(held.set)


def test_websockets_are_closed_with_1012_when_the_server_ends(serve_http2):
    server = serve_http2(both)
    client = Peer(server)
    number = client.open()
    server.do(client.connection.shutdown)
    last = client.frames(number)[-1]
    assert (last.opcode, last.data) == (CLOSE, (1012).to_bytes(2, "big"))
    client.data(number, frame(CLOSE, (1012).to_bytes(2, "big")))
    client.hear()
    assert client.ended


def test_wrong_frames_are_told_and_end_the_stream_alone(serve_http2):
    client = Peer(serve_http2(both))
    number = client.open()
    client.data(number, b"\xf1\x00")
    last = client.frames(number)[-1]
    assert (last.opcode, last.data[:2]) == (CLOSE, (1002).to_bytes(2, "big"))
    assert client.answer(number).ended
    assert client.text(client.ask()) == (200, b"hello")


def test_a_large_message_waits_for_the_window(serve_http2):
    client = Peer(serve_http2(echo), window=65535)
    client.reads = False
    number = client.open()
    client.upload(number, frame(TEXT, b"y" * 100_000), end=False)
    assert len(client.answer(number).body) == 65535
    client.give(100_000)
    client.give(100_000, number)
    (message,) = client.frames(number)
    assert message.data == b"y" * 100_000
