"""Whatever a peer sends or does not read, a WebSocket holds no more than its limits."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.core.serving import READ_SIZE
from tests.core.settings import deflate_settings
from tests.core.ws_apps import CONNECT, Listener, accept, close, echo, gone, says, slow
from tests.core.ws_peer import (
    BINARY,
    CLOSE,
    DEFLATE,
    PONG,
    TEXT,
    Compressor,
    binary,
    fragments,
    frame,
    handshake,
    header,
    knock,
    ping,
    pong,
    text,
    unparsed,
)
from tests.core.ws_peer import close as bye
from uvicorn.wire import HIGH_WATER, LIMIT_CONTROL_FRAMES, LIMIT_FRAGMENTS


def growth(action: Callable[[], Any]) -> int:
    """How many bytes more were held at the worst than before."""
    gc.collect()
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# The queue.


@pytest.mark.parametrize("limit", [1, 2, 32])
def test_reading_pauses_when_so_many_messages_wait_and_goes_on_when_none_does(serve_ws, limit):
    app = slow()
    server = serve_ws(app, ws_max_queue=limit)
    peer = knock(server)
    client = peer.client
    sent = [str(number).zfill(2000) for number in range(300)]
    peer.send(*map(text, sent))
    assert not client.transport.is_reading()
    assert unparsed(client) <= HIGH_WATER + 2 * 2100
    held_at_most = limit + (HIGH_WATER + 2 * 2100) // 2008 + 1
    assert 300 - len(client.unread) <= held_at_most
    for taken in range(1, 301):
        server.do(app.step)
        assert app.messages == sent[:taken]
        assert 300 - len(client.unread) - taken <= held_at_most
    assert client.transport.is_reading()


def test_reading_pauses_when_so_many_bytes_wait(serve_ws):
    app = slow()
    server = serve_ws(app, ws_max_queue=1000)
    peer = knock(server)
    peer.send(*[binary(bytes([number]) * 20_000) for number in range(100)])
    assert not peer.client.transport.is_reading()
    read = 100 - len(peer.client.unread)
    assert read * 20_000 <= 2 * HIGH_WATER + 3 * 20_020
    server.do(app.step, 100)
    assert app.messages == [bytes([number]) * 20_000 for number in range(100)]


def test_messages_without_a_byte_fill_the_queue_too(serve_ws):
    app = slow()
    server = serve_ws(app, ws_max_queue=10)
    peer = knock(server)
    peer.send(*[text("") * 1000] * 25)
    assert not peer.client.transport.is_reading()
    assert len(peer.client.unread) > 10
    server.do(app.step, 25_000)
    assert len(app.messages) == 25_000


def test_one_message_may_be_larger_than_what_may_wait(serve_ws):
    app = slow()
    server = serve_ws(app)
    data = bytes(range(256)) * 4096
    peer = knock(server).send(binary(data), text("after"))
    server.do(app.step, 2)
    assert app.messages == [data, "after"]
    assert peer.client.transport.is_reading()


def test_an_app_that_reads_all_at_once_is_never_made_to_wait(serve_ws):
    app = Listener()
    peer = knock(serve_ws(app, ws_max_queue=2))
    peer.send(b"".join(text(str(number)) for number in range(1000)))
    assert app.messages == [str(number) for number in range(1000)]
    assert peer.client.transport.paused_reading == 0


def test_a_queue_that_is_full_before_the_app_has_asked_for_connect(serve_ws):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        await go.wait()
        while not got or got[-1]["type"] != "websocket.disconnect":
            got.append(await receive())

    go = asyncio.Event()
    got: list[Any] = []
    server = serve_ws(app, ws_max_queue=1)
    knock(server, then=text("1") + text("2") + bye())
    server.do(go.set)
    assert [message["type"][10:] for message in got] == [
        "connect",
        "receive",
        "receive",
        "disconnect",
    ]


# Floods.


def test_pings_without_end_are_1008(serve_ws):
    app = Listener()
    peer = knock(serve_ws(app)).send(*[ping(b"x") * 100] * 30)
    assert peer.closing == (1008, "Too many control frames")
    assert app.disconnect == gone(1008, "Too many control frames")
    assert len(peer.control(PONG)) == LIMIT_CONTROL_FRAMES
    assert peer.ended


def test_pongs_without_end_are_1008(serve_ws):
    peer = knock(serve_ws(Listener())).send(*[pong() * 1000] * 3)
    assert peer.closing == (1008, "Too many control frames")


def test_as_many_pings_as_are_allowed_are_answered_tick_after_tick(serve_ws):
    server = serve_ws(Listener(), ws_ping_interval=None)
    peer = knock(server)
    for count in range(1, 4):
        peer.send(ping() * LIMIT_CONTROL_FRAMES)
        assert len(peer.control(PONG)) == count * LIMIT_CONTROL_FRAMES
        server.advance(2)
    assert peer.closing is None


def test_pings_of_a_client_that_reads_nothing_are_not_answered_without_end(serve_ws):
    server = serve_ws(Listener(), ws_ping_interval=None)
    client = server.connect()
    client.transport.client_reads = False
    client.send(handshake())
    for _ in range(100):
        client.send(ping(b"x" * 125) * 100)
        server.advance(1)
    assert len(client.transport.buffer) <= HIGH_WATER + 1000
    assert unparsed(client) <= HIGH_WATER + 100 * 131
    assert not client.transport.is_reading()
    assert client.unread


@pytest.mark.parametrize("part", [b"", b"x"])
def test_fragments_without_end_are_1008(serve_ws, part):
    app = Listener()
    peer = knock(serve_ws(app))
    peer.send(frame(TEXT, b"", fin=False))
    batch = frame(0, part, fin=False) * 8192
    for _ in range(9):
        peer.send(batch)
    assert peer.closing == (1008, "Too many fragments")
    assert app.disconnect == gone(1008, "Too many fragments")


def test_a_message_in_very_many_fragments_is_still_one(serve_ws):
    app = Listener()
    knock(serve_ws(app)).send(fragments(TEXT, *[b"x"] * (LIMIT_FRAGMENTS // 2)))
    assert app.messages == ["x" * (LIMIT_FRAGMENTS // 2)]


@pytest.mark.parametrize("size", [0, 1])
def test_one_byte_at_a_time_is_slow_but_right(serve_ws, size):
    app = Listener()
    peer = knock(serve_ws(app))
    sent = b"".join(fragments(TEXT, *[b"x" * size] * 5) + ping() for _ in range(20)) + bye()
    peer.send(*[bytes((byte,)) for byte in sent])
    assert app.messages == ["x" * size * 5] * 20
    assert (len(peer.control(PONG)), peer.closed) == (20, True)


# Size.


@pytest.mark.parametrize(
    "sent",
    [
        header(0x82, 1001),
        header(0x82, 2**62),
        frame(BINARY, b"x" * 1000, fin=False) + header(0x80, 1),
        frame(BINARY, b"x" * 1000, fin=False) + frame(0, b"", fin=False) + header(0x00, 2**40),
    ],
    ids=["one", "huge", "in fragments", "huge in fragments"],
)
def test_a_message_that_is_too_long_is_refused_by_its_header(serve_ws, sent):
    app = Listener()
    peer = knock(serve_ws(app, ws_max_size=1000)).send(sent)
    assert peer.closing == (1009, "Message too long")
    assert app.got == [CONNECT, gone(1009, "Message too long")]


@pytest.mark.parametrize("size", [999, 1000])
def test_a_message_up_to_the_limit_comes_through(serve_ws, size):
    app = Listener()
    server = serve_ws(app, ws_max_size=1000)
    knock(server).send(binary(b"x" * size), fragments(BINARY, b"x" * (size - 1), b"", b"x"))
    assert app.messages == [b"x" * size] * 2


def test_what_a_header_promises_takes_no_memory_before_it_comes(serve_ws):
    server = serve_ws(Listener(), ws_max_size=2**40)
    peer = knock(server)
    assert growth(lambda: peer.send(header(0x82, 2**38), b"x" * 1000)) < 2_000_000


@cache
def bomb() -> bytes:
    """50 million zeros, compressed to a thousandth of that."""
    return Compressor()(bytes(50_000_000))


def test_a_message_that_inflates_to_too_much_is_1009_and_takes_no_memory(serve_ws):
    app = Listener()
    server = serve_ws(app, ws_max_size=1_000_000, ws_deflate=deflate_settings(window_bits=15))
    peer = knock(server, DEFLATE)
    sent = frame(BINARY, bomb(), rsv1=True)
    assert len(sent) < 60_000
    assert growth(lambda: peer.send(sent, sent)) < 10_000_000
    assert peer.closing == (1009, "Message too long")
    assert app.got == [CONNECT, gone(1009, "Message too long")]


def test_a_bomb_in_fragments_is_no_better(serve_ws):
    app = Listener()
    server = serve_ws(app, ws_max_size=1_000_000, ws_deflate=deflate_settings(window_bits=15))
    peer = knock(server, DEFLATE)
    parts = [bomb()[at : at + 1000] for at in range(0, len(bomb()), 1000)]
    assert growth(lambda: peer.send(fragments(BINARY, *parts, rsv1=True))) < 10_000_000
    assert peer.closing == (1009, "Message too long")


def test_small_bombs_one_after_the_other_wait_within_the_bound(serve_ws):
    app = slow()
    server = serve_ws(app, ws_max_size=1_000_000, ws_deflate=deflate_settings(window_bits=15))
    peer = knock(server, DEFLATE)
    compress = Compressor()
    one = [frame(BINARY, compress(bytes(900_000)), rsv1=True) for _ in range(50)]
    assert growth(lambda: peer.send(b"".join(one))) < 6_000_000
    server.do(app.step, 50)
    assert [len(message) for message in app.messages] == [900_000] * 50


# After the end.


@pytest.mark.parametrize("sent", [b"\xff", ping() * 2000, header(0x82, 2**40)])
def test_what_comes_behind_a_wrong_frame_is_thrown_away(serve_ws, sent):
    app = Listener()
    peer = knock(serve_ws(app)).send(sent)
    for _ in range(20):
        peer.send(b"x" * READ_SIZE)
        assert unparsed(peer.client) == 0
        assert not peer.client.unread
    assert len(app.got) == 2


def test_what_comes_between_our_close_and_theirs_is_thrown_away(serve_ws):
    app = slow(accept(), close(4000))
    server = serve_ws(app)
    peer = knock(server)
    for _ in range(20):
        peer.send(binary(b"x" * 300_000))
        assert unparsed(peer.client) <= READ_SIZE
    peer.send(bye(1000))
    server.do(app.step)
    assert (app.got, peer.closed) == ([CONNECT, gone(4000)], True)
    assert [frame.opcode for frame in peer.frames] == [CLOSE]


def test_a_message_under_way_at_the_close_does_not_hide_the_answer(serve_ws):
    app = Listener(accept(), close(4000))
    peer = knock(serve_ws(app), then=frame(TEXT, b"x", fin=False))
    peer.send(ping(), frame(0, b"y"), bye(4000))
    assert (app.got, peer.closed) == ([CONNECT, gone(4000)], True)


# What is left behind.

PARTS = (
    "Connection",
    "WebSocket",
    "Session",
    "Denial",
    "LingeringClose",
    "AppCall",
    "Waiter",
    "Deflate",
)


@pytest.mark.parametrize("app", [echo, says(close()), says(accept(), close())])
def test_websockets_that_have_ended_leave_nothing_in_memory(serve_ws, app):
    before = ours()
    server = serve_ws(app, ws_deflate=deflate_settings(threshold=1))
    for _ in range(20):
        client = knock(server, DEFLATE, then=text("hello") * 2 + bye()).client
        client.end()
        server.advance(4)
        assert client.closed
    del client
    server.clients.clear()
    assert ours() == before


def ours() -> list[str]:
    """Names of what one WebSocket is made of, one for each that is in memory."""
    gc.collect()
    names = [type(thing).__name__ for thing in gc.get_objects()]
    return [name for name in names if name in PARTS]
