"""HTTP/2: clients that take nothing of a response, with each codec, in both builds."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.core.apps import body, reply, start
from tests.core.http2_peer import Http2Client

CANCEL = 8
STALLING: dict[str, Any] = {
    "timeout_write_stall": 20,
    "http2_keep_alive_interval": None,
    "timeout_keep_alive": 500,
}


async def large(scope: Any, receive: Any, send: Any) -> None:
    """Answers with more than any window here."""
    await send(start(200, []))
    for _ in range(8):
        await send(body(b"x" * 65536, True))
    await send(body(b"", False))


def test_a_stream_that_its_client_takes_nothing_of_ends_and_its_app_hears_it(serve_http2):
    gate = asyncio.Event()
    ended = []

    async def app(scope, receive, send):
        if scope["path"] == "/quick":
            return await reply()(scope, receive, send)
        await gate.wait()
        await large(scope, receive, send)
        await receive()
        ended.append((await receive())["type"])

    server = serve_http2(app, **STALLING)
    client = Http2Client(server)
    client.reads = False
    number = client.ask()
    # What the connection itself waits for is far away from now on.
    server.advance(40)
    server.do(gate.set)
    server.advance(15)
    assert client.answer(number).code is None
    server.advance(40)
    assert (client.answer(number).code, ended) == (CANCEL, ["http.disconnect"])
    # Its part of the connection's window is gone for good.
    client.give(100)
    assert client.text(client.ask("/quick"))[0] == 200


def test_a_stream_waits_as_long_as_its_client_takes_a_byte_now_and_then(serve_http2):
    server = serve_http2(large, **STALLING)
    client = Http2Client(server)
    client.reads = False
    number = client.ask()
    client.give(100_000)
    for _ in range(12):
        server.advance(15)
        client.give(1, number)
    assert (client.answer(number).code, len(client.answer(number).body)) == (None, 65535 + 12)


def test_a_stream_that_has_to_wait_for_others_is_not_stalled(serve_http2):
    server = serve_http2(large, **STALLING)
    client = Http2Client(server, window=1_000_000)
    client.reads = False
    numbers = [client.ask(fields=[("priority", f"u={urgency}")]) for urgency in (0, 7)]
    # The window of the connection is what they share, and the first one takes all of it.
    for _ in range(12):
        server.advance(15)
        client.give(1)
    first, second = (client.answer(number) for number in numbers)
    assert (first.code, second.code) == (None, None)
    assert (len(first.body), len(second.body)) == (65535 + 12, 0)


def test_all_streams_end_when_the_window_of_their_connection_stays_closed(serve_http2):
    server = serve_http2(large, **STALLING)
    client = Http2Client(server, window=1_000_000)
    client.reads = False
    numbers = [client.ask() for _ in range(3)]
    server.advance(60)
    assert [client.answer(number).code for number in numbers] == [CANCEL] * 3
    assert not client.closed


def test_a_client_that_takes_a_backlog_at_last_has_its_time_anew(serve_http2):
    gate = asyncio.Event()

    async def app(scope, receive, send):
        await send(start(200, []))
        await send(body(b"x" * 65536, True))
        await gate.wait()
        await send(body(b"x" * 65536, False))

    server = serve_http2(app, **STALLING)
    client = Http2Client(server)
    client.reads = False
    number = client.ask()
    client.give(1)
    client.give(1, number)
    # Nothing waits for so long that its deadline is over.
    server.advance(100)
    server.do(gate.set)
    server.advance(15)
    client.give(100_000)
    client.give(100_000, number)
    assert client.text(number) == (200, b"x" * 131072)
