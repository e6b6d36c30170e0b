"""A conversation played in random order: pieces of a stream, turns of the app and of the client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from typing import Any

from tests.core.serving import READ_SIZE, Client, Server
from tests.core.ws_apps import Message, accept, gone, say
from tests.core.ws_peer import (
    BINARY,
    DEFLATE,
    PONG,
    TEXT,
    Compressor,
    Peer,
    close,
    fragments,
    frame,
    handshake,
    ping,
)
from uvicorn.errors import ClientDisconnected

LETTERS = "aé☃𝄞 b" * 60_000
OCTETS = bytes(number * 7 % 256 for number in range(300_000))

# What may happen next.
ARRIVE, READ, SEND, TAKE, STALL = range(5)
MOST_PIECES = 80


@dataclass(frozen=True)
class Said:
    """A message: `size` in letters or bytes, `cuts` where its fragments end in thousandths."""

    text: bool
    size: int
    cuts: tuple[int, ...] = ()
    compressed: bool = False
    ping: bool = False

    def data(self, number: int) -> str | bytes:
        """No two are alike."""
        if self.text:
            return LETTERS[number : number + self.size]
        return OCTETS[number : number + self.size]


@dataclass(frozen=True)
class Scenario:
    up: list[Said]
    down: list[Said]
    pieces: list[int]
    turns: list[int]
    high_water: int
    leaves: bool  # The client closes behind its last message, whatever the app still says.


class TwoTasks:
    """An app that reads in one task and sends in another, as the gates let it."""

    def __init__(self) -> None:
        self.reads = asyncio.Semaphore(0)
        self.sends = asyncio.Semaphore(0)
        self.to_send: list[Message] = []
        self.got: list[Message] = []
        self.all_said = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(accept())
        await asyncio.gather(self.read(receive), self.write(send))

    async def read(self, receive: Any) -> None:
        while not self.got or self.got[-1]["type"] != "websocket.disconnect":
            await self.reads.acquire()
            self.got.append(await receive())

    async def write(self, send: Any) -> None:
        with suppress(ClientDisconnected):
            for message in self.to_send:
                await self.sends.acquire()
                await send(message)
        self.all_said = True


def stream(said: list[Said], deflate: bool, takeover: bool) -> bytes:
    """What the client sends: its messages, with pings within and between them."""
    compress = Compressor()
    parts = []
    for number, one in enumerate(said):
        data = one.data(number)
        octets = data.encode() if isinstance(data, str) else data
        rsv1 = deflate and one.compressed
        if rsv1:
            octets = compress(octets)
            compress = compress if takeover else Compressor()
        ends = [0, *(cut * len(octets) // 1000 for cut in one.cuts), len(octets)]
        pieces = [octets[begin:end] for begin, end in pairwise(ends)]
        frames = fragments(TEXT if one.text else BINARY, *pieces, rsv1=rsv1)
        if one.ping and len(pieces) > 1:
            parts.append(frame(TEXT if one.text else BINARY, pieces[0], fin=False, rsv1=rsv1))
            parts.append(ping(b"%d" % number))
            frames = fragments(0, *pieces[1:])
        elif one.ping:
            parts.append(ping(b"%d" % number))
        parts.append(frames)
    return b"".join(parts)


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """Pieces of these sizes, then large ones: a long stream byte by byte would take for ever."""
    at = 0
    rest = iter(lambda: READ_SIZE, 0)
    for size in chain(islice(sizes * MOST_PIECES, MOST_PIECES), rest):
        if at >= len(data):
            return
        yield data[at : at + size]
        at += size


async def play(server: Server, app: TwoTasks, scenario: Scenario, client: Client) -> None:
    """The turns in their order, then all that is left."""
    loop, transport = server.loop, client.transport

    def take() -> None:
        if not transport.lost:
            transport.take(700)

    def stall() -> None:
        transport.client_reads = not transport.client_reads
        if transport.client_reads:
            transport.take()

    turns = {
        ARRIVE: client.deliver,
        READ: app.reads.release,
        SEND: app.sends.release,
        TAKE: take,
        STALL: stall,
    }
    for turn in scenario.turns:
        loop.call_soon(turns[turn])
        await loop.passes(turn % 3)
    transport.client_reads = True
    loop.call_soon(transport.take)
    for _ in range(len(scenario.down)):
        app.sends.release()
    for _ in range(len(scenario.up) + 1):
        app.reads.release()
    for _ in range(10_000):
        loop.call_soon(client.deliver)
        await loop.passes(2)
        # Not `is_readable()`: a server that catches up does not read for some passes.
        if app.all_said and not client.unread and len(app.got) >= len(scenario.up):
            break
    await loop.passes()


def converse(server: Server, app: TwoTasks, scenario: Scenario, lines: list[bytes]) -> Peer:
    """Play a scenario to its end, on a connection of its own."""
    settings = server.settings.ws_deflate
    deflate = settings is not None and DEFLATE in lines
    sent = stream(scenario.up, deflate, settings is None or settings.client_takeover)
    if scenario.leaves:
        sent += close(4000)
    app.to_send = [say(one.data(number)) for number, one in enumerate(scenario.down)]
    client = server.connect(high_water=scenario.high_water)
    client.unread.extend(cut(handshake(*lines) + sent, scenario.pieces))
    server.run(play(server, app, scenario, client))
    return Peer(client)


def check(app: TwoTasks, peer: Peer, scenario: Scenario) -> None:
    """Nothing is lost, doubled, or out of order."""
    assert app.all_said and not peer.client.unread
    messages = [message for message in app.got if message["type"] == "websocket.receive"]
    received = [message.get("text", message.get("bytes")) for message in messages]
    assert received == [one.data(number) for number, one in enumerate(scenario.up)]
    said = [one.data(number) for number, one in enumerate(scenario.down)]
    if scenario.leaves:
        assert peer.messages == said[: len(peer.messages)]
    else:
        assert peer.messages == said
        pinged = [b"%d" % number for number, one in enumerate(scenario.up) if one.ping]
        assert peer.control(PONG) == pinged
        peer.send(close(4000))
    assert app.got[-1] == gone(4000)
    assert (peer.closing, peer.closed) == ((4000, ""), True)
