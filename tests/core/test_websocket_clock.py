"""What time does to a WebSocket: pings, the close handshake, and clients that do not read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.ws_apps import CONNECT, Listener, accept, close, gone, say, slow
from tests.core.ws_peer import PING, PONG, Peer, handshake, knock, ping, pong, text
from tests.core.ws_peer import close as bye

# The clock is coarse, see test_clock.py; and that of these tests goes in steps of 0.25 s.
LATE = 2.5
TIMEOUT = (1011, "keepalive ping timeout")


def answer_pings(peer: Peer) -> int:
    """Answer those that have no answer yet; tells how many there were in all."""
    pings = peer.control(PING)
    for data in pings[getattr(peer, "answered", 0) :]:
        peer.send(pong(data))
    vars(peer)["answered"] = len(pings)
    return len(pings)


# Pings.


def test_a_ping_goes_out_after_each_interval(serve_ws):
    server = serve_ws(Listener(), ws_ping_interval=10, ws_ping_timeout=5)
    peer = knock(server)
    server.advance(9.5)
    assert peer.frames == []
    for count in range(1, 5):
        server.advance(LATE + 0.5)
        assert answer_pings(peer) == count
        server.advance(9)
        assert answer_pings(peer) == count
    assert peer.closing is None


def test_without_any_answer_the_websocket_is_closed_with_1011(serve_ws):
    app = Listener()
    server = serve_ws(app, ws_ping_interval=10, ws_ping_timeout=5)
    peer = knock(server)
    server.advance(10 + LATE)
    assert len(peer.control(PING)) == 1
    server.advance(4)
    assert (peer.closing, app.got) == (None, [CONNECT])
    server.advance(LATE)
    assert (peer.closing, app.disconnect) == (TIMEOUT, gone(*TIMEOUT))
    # Nobody is there to answer the close.
    assert peer.closed


def test_a_ping_timeout_is_no_warning(serve_ws):
    server = serve_ws(Listener(), ws_ping_interval=1, ws_ping_timeout=1)
    knock(server)
    server.advance(20)
    assert server.messages(30) == []


@pytest.mark.parametrize("sent", [text("x"), ping(b"x"), pong(b"other"), b"\x81"])
def test_data_keeps_a_peer_alive_without_a_pong(serve_ws, sent):
    server = serve_ws(Listener(), ws_ping_interval=10, ws_ping_timeout=5)
    peer = knock(server)
    pieces = [bytes((byte,)) for byte in text("y" * 100)] if len(sent) == 1 else [sent] * 20
    for piece in pieces[:20]:
        server.advance(4)
        peer.send(piece)
    assert (peer.closing, len(peer.control(PING))) == (None, 1)
    server.advance(10 + 2 * LATE)
    assert peer.closing == TIMEOUT


def test_an_answer_that_comes_with_a_close_ends_it_well(serve_ws):
    app = Listener()
    server = serve_ws(app, ws_ping_interval=10, ws_ping_timeout=5)
    peer = knock(server)
    server.advance(10 + LATE)
    peer.send(pong(peer.control(PING)[0]) + bye(4000))
    assert (app.disconnect, peer.closed) == (gone(4000), True)


@pytest.mark.parametrize("interval", [None, 0, 0.0])
def test_without_an_interval_there_are_no_pings(serve_ws_once, interval):
    server = serve_ws_once(Listener(), ws_ping_interval=interval, ws_ping_timeout=5)
    peer = knock(server)
    server.advance(200)
    assert (peer.frames, peer.closed) == ([], False)


@pytest.mark.parametrize("timeout", [None, 0, 0.0])
def test_without_a_timeout_pings_go_out_and_nobody_need_answer(serve_ws_once, timeout):
    server = serve_ws_once(Listener(), ws_ping_interval=10, ws_ping_timeout=timeout)
    peer = knock(server)
    server.advance(100)
    assert 7 <= len(peer.control(PING)) <= 9
    assert (peer.closing, peer.closed) == (None, False)


def test_nothing_is_pinged_before_the_accept_and_after_the_close(serve_ws_once):
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await go.wait()
        await send(accept())
        await send(close(4000))

    server = serve_ws_once(app, ws_ping_interval=1, ws_ping_timeout=1, ws_close_timeout=60)
    peer = knock(server)
    server.advance(30)
    assert peer.client.wire == b""
    server.do(go.set)
    server.advance(30)
    assert (peer.control(PING), peer.closing, peer.closed) == ([], (4000, ""), False)


def test_a_peer_that_we_do_not_read_from_is_not_blamed(serve_ws):
    """Its pong stands behind messages that the app has not taken."""
    app = slow()
    server = serve_ws(app, ws_ping_interval=5, ws_ping_timeout=5, ws_max_queue=2)
    peer = knock(server).send(*[text("x" * 1000)] * 500)
    assert not peer.client.transport.is_reading()
    server.advance(60)
    (data,) = peer.control(PING)
    peer.send(pong(data))
    server.advance(60)
    assert peer.closing is None
    server.do(app.step, 500)
    assert (len(app.messages), peer.closing) == (500, None)
    for _ in range(10):
        server.advance(2)
        answer_pings(peer)
    assert peer.closing is None
    server.advance(10 + 2 * LATE)
    assert peer.closing == TIMEOUT


def test_a_peer_that_does_not_read_is_closed_by_its_silence(serve_ws):
    app = Listener()
    server = serve_ws(app, ws_ping_interval=10, ws_ping_timeout=5)
    client = server.connect()
    client.transport.client_reads = False
    client.send(handshake())
    server.advance(15 + 2 * LATE)
    assert app.disconnect == gone(*TIMEOUT)
    server.advance(10 + LATE)
    assert client.closed


# The close handshake.


@pytest.mark.parametrize("seconds", [0, 3, 30])
def test_a_peer_has_so_long_to_answer_our_close(serve_ws, seconds):
    app = Listener(accept(), close(4000))
    server = serve_ws(app, ws_close_timeout=seconds, ws_ping_interval=None)
    peer = knock(server)
    if seconds:
        server.advance(seconds - 0.5)
        assert (peer.closing, peer.closed) == ((4000, ""), False)
    server.advance(LATE + 0.5)
    assert (peer.closed, app.disconnect) == (True, gone(4000))


def test_a_peer_that_goes_on_talking_does_not_delay_the_end(serve_ws):
    server = serve_ws(Listener(accept(), close()), ws_close_timeout=5, ws_ping_interval=1)
    peer = knock(server)
    for _ in range(8):
        server.advance(1)
        peer.send(text("still here"), ping())
    assert peer.closed


def test_a_pong_does_not_delay_the_end_of_a_websocket_that_closes(serve_ws):
    app = slow(accept())
    server = serve_ws(app, ws_ping_interval=20, ws_ping_timeout=20, ws_close_timeout=5)
    peer = knock(server)
    server.advance(20 + LATE)
    server.run(app.send(close(4000)))
    peer.send(pong(peer.control(PING)[0]))
    server.advance(5 + LATE)
    assert peer.closed
    server.do(app.step)


@pytest.mark.parametrize("started", [False, True])
def test_our_answer_to_a_close_has_its_time_to_leave(serve_ws, started):
    """A deadline that was set for a ping is none for the close."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        await send(say(b"x" * 50_000))
        while (await receive())["type"] != "websocket.disconnect":
            pass

    server = serve_ws(app, ws_ping_interval=5, ws_ping_timeout=5, ws_close_timeout=20)
    client = server.connect()
    client.transport.client_reads = False
    client.send(handshake())
    server.advance(4.5 if not started else 9)
    client.send(bye(4000))
    server.advance(15)
    server.do(client.transport.take)
    peer = Peer(client)
    assert (peer.closing, client.transport.aborted) == ((4000, ""), False)


# A client that does not read.


def test_a_client_that_takes_nothing_is_dropped_after_a_while(serve_ws):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        try:
            while True:
                await send(say(b"x" * 10_000))
        except OSError:
            ended.append(True)

    ended: list[bool] = []
    server = serve_ws(app, ws_ping_interval=None, timeout_write_stall=30)
    client = server.connect()
    client.transport.client_reads = False
    client.send(handshake())
    server.advance(29)
    assert (client.closed, ended) == (False, [])
    server.advance(LATE + 1)
    assert (client.closed, ended) == (True, [True])


def test_a_client_that_takes_a_little_is_not_dropped(serve_ws):
    server = serve_ws(flood, ws_ping_interval=None, timeout_write_stall=10)
    client = server.connect()
    client.transport.client_reads = False
    client.send(handshake())
    for _ in range(20):
        server.advance(5)
        server.do(client.transport.take, 1000)
    assert not client.closed


async def flood(scope: Any, receive: Any, send: Any) -> None:
    await send(accept())
    while True:
        await send(say(b"x" * 10_000))


def test_a_client_that_reads_no_answer_to_its_wrong_frame_is_dropped(serve_ws):
    server = serve_ws(flood, timeout_write_stall=10)
    client = server.connect()
    client.transport.client_reads = False
    client.send(handshake())
    server.do(client.transport.take, 60_000)
    client.send(b"\xff")
    server.advance(30)
    assert client.closed


def test_a_pong_to_an_earlier_ping_counts_as_data_only(serve_ws):
    server = serve_ws(Listener(), ws_ping_interval=5, ws_ping_timeout=5)
    peer = knock(server)
    peer.send(pong(b"uvicorn"))
    server.advance(5 + LATE)
    assert len(peer.control(PING)) == 1
    assert peer.control(PONG) == []
    server.advance(5 + LATE)
    assert peer.closing == TIMEOUT
