"""A peer that does not read makes the app wait, and fills no memory."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.serving import Server
from tests.core.ws_apps import accept, echo, say, says
from tests.core.ws_peer import (
    Peer,
    binary,
    handshake,
    knock,
    unparsed,
)
from uvicorn.wire import HIGH_WATER

# A client that does not read.


def deaf(server: Server, *lines: bytes) -> Peer:
    client = server.connect()
    client.transport.client_reads = False
    return Peer(client.send(handshake(*lines)))


@pytest.mark.parametrize("size", [10, 10_000, 100_000])
def test_an_app_that_sends_waits_for_a_client_that_does_not_read(serve_ws, size):
    sent, most = 0, max(400_000, 20 * size) // size

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal sent
        await send(accept())
        while sent < most:
            await send(say(b"x" * size))
            sent += 1

    server = serve_ws(app)
    peer = deaf(server)
    transport = peer.client.transport
    while sent < most:
        assert len(transport.buffer) <= 2 * HIGH_WATER + 2 * size + 1000
        before = sent
        server.do(transport.take)
        assert sent > before
    transport.client_reads = True
    server.do(transport.take)
    assert peer.messages == [b"x" * size] * most
    assert peer.closing == (1000, "")


def test_a_client_that_does_not_read_is_not_read_from(serve_ws):
    """An echo would fill the memory with what nobody takes."""
    server = serve_ws(echo, ws_ping_interval=None)
    peer = deaf(server)
    messages = [f"{number} ".encode() * 500 for number in range(400)]
    peer.send(*map(binary, messages))
    client = peer.client
    assert not client.transport.is_reading()
    assert len(client.transport.buffer) <= 2 * HIGH_WATER
    assert unparsed(client) <= HIGH_WATER + 6000
    assert client.unread
    while client.unread:
        server.do(client.transport.take, 30_000)
        assert len(client.transport.buffer) <= 2 * HIGH_WATER
    client.transport.client_reads = True
    server.do(client.transport.take)
    assert peer.messages == messages


def test_sends_of_many_tasks_wait_too(serve_ws):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def talk(name: int) -> None:
            for number in range(20):
                await send(say(f"{name} {number} ".ljust(5000)))

        await send(accept())
        await asyncio.gather(*map(talk, range(10)))

    server = serve_ws(app)
    peer = deaf(server)
    transport = peer.client.transport
    assert len(transport.buffer) <= HIGH_WATER + 11 * 5004
    for _ in range(100):
        server.do(transport.take, 20_000)
        assert len(transport.buffer) <= HIGH_WATER + 11 * 5004
    transport.client_reads = True
    server.do(transport.take)
    said = [message.split() for message in peer.messages]
    for name in range(10):
        assert [int(n) for who, n in said if who == str(name)] == list(range(20))


def test_a_burst_within_one_read_does_not_fill_the_channel(serve_ws):
    """While a read is being handled the channel is corked, but not for more than its limit."""
    app = says(accept(), *[say(b"x" * 10_000)] * 100)
    peer = knock(serve_ws(app))
    assert max(map(len, peer.client.transport.writes)) <= HIGH_WATER + 20_000
    assert len(peer.messages) == 100
