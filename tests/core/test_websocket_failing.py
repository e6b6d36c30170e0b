"""A WebSocket whose peer breaks the protocol, or whose server stops."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.core.settings import deflate_settings
from tests.core.ws_apps import (
    CONNECT,
    Listener,
    accept,
    close,
    echo,
    gone,
    heard,
    say,
    slow,
    start,
)
from tests.core.ws_peer import (
    BINARY,
    CLOSE,
    TEXT,
    binary,
    frame,
    full,
    handshake,
    knock,
    text,
)
from tests.core.ws_peer import close as bye
from uvicorn.errors import ClientDisconnected

# The peer is wrong.


@pytest.mark.parametrize(
    ("sent", "code", "reason"),
    [
        (b"\x83\x80aaaa", 1002, "Reserved opcode"),
        (b"\xc1\x80aaaa", 1002, "Reserved bit set"),
        (b"\x81\x01x", 1002, "Frame not masked"),
        (frame(0, b"x"), 1002, "Continuation of no message"),
        (frame(TEXT, b"a", fin=False) + text("b"), 1002, "New message within a message"),
        (frame(CLOSE, b"\x03"), 1002, "Bad close code"),
        (bye(1005), 1002, "Bad close code"),
        (frame(CLOSE, b"\x03\xe8\xff"), 1007, "Text that is not UTF-8"),
        (frame(TEXT, b"\xff"), 1007, "Text that is not UTF-8"),
        (frame(TEXT, b"\xe2\x98"), 1007, "Text that is not UTF-8"),
        (frame(TEXT, b"\xff", fin=False), 1007, "Text that is not UTF-8"),
        (binary(b"x" * 1001), 1009, "Message too long"),
        (text("x" * 1001), 1009, "Message too long"),
        (frame(BINARY, b"x" * 600, fin=False) + frame(0, b"x" * 401), 1009, "Message too long"),
    ],
    ids=lambda value: value[:20].hex() if isinstance(value, bytes) else "",
)
def test_a_wrong_peer_is_told_why_and_read_no_more(serve_ws, sent, code, reason):
    app = Listener()
    server = serve_ws(app, ws_max_size=1000)
    peer = knock(server).send(text("fine"), sent + text("not read"), text("nor this"))
    assert app.got == [CONNECT, heard("fine"), gone(code, reason)]
    assert peer.closing == (code, reason)
    warning = f"Invalid WebSocket data received. {reason} (192.0.2.1:40000)."
    assert server.messages(logging.WARNING) == [warning]
    assert peer.ended and not peer.closed
    server.advance(8)
    assert peer.closed


def test_a_wrong_peer_that_closes_ends_at_once(serve_ws):
    peer = knock(serve_ws(Listener())).send(b"\xff")
    assert not peer.closed
    peer.client.end()
    assert peer.closed


def test_bad_compressed_data_is_1007(serve_ws):
    app = Listener()
    server = serve_ws(app, ws_deflate=deflate_settings())
    peer = knock(server, b"Sec-WebSocket-Extensions: permessage-deflate")
    peer.send(frame(TEXT, b"\xff\xff\xff", rsv1=True))
    assert peer.closing == (1007, "Bad compressed data")


@pytest.mark.parametrize("sent", [b"\xff", text("x" * 100)])
def test_a_peer_that_is_wrong_after_the_close_of_the_app_ends_it(serve_ws, sent):
    app = Listener(accept(), close(4000))
    server = serve_ws(app, ws_max_size=10)
    peer = knock(server).send(sent)
    assert app.got == [CONNECT, gone(4000)]
    assert (peer.closing, peer.ended) == ((4000, ""), True)


def test_an_app_that_sends_to_a_wrong_peer_learns_that_it_is_gone(serve_ws_once):
    app = Listener()
    server = serve_ws_once(app)
    peer = knock(server).send(b"\xff")
    with pytest.raises(ClientDisconnected):
        server.run(app.send(say("hi")))
    assert len(peer.frames) == 1


def test_messages_before_a_wrong_frame_are_told_before_it(serve_ws):
    app = slow()
    server = serve_ws(app)
    knock(server, then=text("1") + text("2") + b"\xff\xff")
    server.do(app.step, 3)
    assert app.got == [CONNECT, heard("1"), heard("2"), gone(1002, "Reserved bit set")]


# The server stops.


def test_at_shutdown_open_websockets_are_closed_with_1012(serve_ws):
    app = Listener()
    server = serve_ws(app)
    peer = knock(server).send(text("hi"))
    for _ in range(2):
        server.do(peer.client.connection.shutdown)
    assert app.got == [CONNECT, heard("hi"), gone(1012)]
    assert (peer.closing, peer.closed) == ((1012, ""), False)
    assert peer.send(bye(1012)).closed


@pytest.mark.parametrize("late", [accept(), say("x"), close()])
def test_at_shutdown_a_handshake_that_waits_for_the_app_is_500(serve_ws_once, late):
    got = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        got.append(await receive())
        got.append(await receive())
        await send(late)

    server = serve_ws_once(app)
    peer = knock(server, then=text("x"))
    server.do(peer.client.connection.shutdown)
    assert got == [CONNECT, gone(1006)]
    assert peer.client.response().status == 500
    assert peer.ended


def test_at_shutdown_messages_that_wait_are_told_first(serve_ws):
    app = slow()
    server = serve_ws(app, ws_max_queue=5)
    peer = full(server)
    assert app.got == [CONNECT]
    server.do(peer.client.connection.shutdown)
    peer.send(bye(1012))
    assert peer.closed
    server.do(app.step, 6)
    assert app.got[1:] == [*map(heard, "01234"), gone(1012)]


def test_at_shutdown_a_response_of_the_app_may_end(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(401))
        await go.wait()
        await send({"type": "websocket.http.response.body", "body": b"whole"})

    go = asyncio.Event()
    server = serve_ws_once(app)
    peer = knock(server)
    server.do(peer.client.connection.shutdown)
    server.do(go.set)
    assert peer.client.response().body == b"whole"


def test_at_shutdown_a_client_that_does_not_read_is_not_waited_for(serve_ws):
    app = Listener()
    server = serve_ws(app)
    peer = knock(server)
    peer.client.transport.client_reads = False
    server.do(peer.client.connection.shutdown)
    assert app.disconnect == gone(1012)
    server.advance(15)
    assert peer.closed


def test_when_the_graceful_time_is_over_the_connection_is_closed(serve_ws):
    app = Listener()
    server = serve_ws(app)
    peer = knock(server)
    server.do(peer.client.connection.end_grace)
    assert (app.disconnect, peer.closed) == (gone(1005), True)


def test_a_handshake_on_a_connection_that_is_to_end_is_no_websocket(serve_upgrades):
    """The server stops while an earlier answer is still under way."""
    types = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        types.append(scope["type"])
        await go.wait()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    go = asyncio.Event()
    server = serve_upgrades(app)
    client = server.connect().send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + handshake())
    server.do(client.connection.shutdown)
    server.do(go.set)
    assert types == ["http"]
    assert client.ended


@pytest.mark.parametrize(("accepts", "status", "told"), [(True, 101, 1012), (False, 500, 1006)])
def test_a_handshake_on_its_way_at_shutdown_is_told(serve_upgrades, accepts, status, told):
    got = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        got.append(await receive())
        if accepts:
            await send(accept())
        got.append(await receive())

    server = serve_upgrades(app)
    client = server.connect()
    server.do(client.connection.shutdown)
    client.send(handshake())
    assert got == [CONNECT, gone(told)]
    assert client.wire.startswith(b"HTTP/1.1 %d " % status)


def test_a_handshake_behind_a_slow_answer_hears_that_its_client_ended(serve_upgrades):
    got = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            got.extend([await receive(), await receive()])
            return
        await go.wait()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    go = asyncio.Event()
    server = serve_upgrades(app)
    client = server.connect().send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + handshake())
    client.end()
    server.do(go.set)
    assert got == [CONNECT, gone(1006)]
    assert client.closed


def test_echo_ends_when_its_peer_does(serve_ws):
    server = serve_ws(echo)
    peer = knock(server).send(text("hi"), bye())
    assert peer.messages == ["hi"]
    assert not server.state.tasks and not server.state.connections
