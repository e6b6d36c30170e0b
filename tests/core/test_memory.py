"""Whatever a client sends or does not read, the server holds no more than its limits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.apps import GET, body, post, read_body, reply, request, start
from tests.core.serving import READ_SIZE, Client
from uvicorn.wire import HIGH_WATER

# What may come with the read that goes over a limit.
MOST_BODY = HIGH_WATER + READ_SIZE
MEGABYTE = b"m" * 1_000_000
HUGE = b"h" * 2_000_000


class Waiting:
    """An app that waits for `go` before each receive(), then answers with the body's size."""

    def __init__(self) -> None:
        self.calls = 0
        self.sizes: list[int] = []
        self.steps = asyncio.Semaphore(0)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += 1
        size = 0
        more = True
        while more:
            await self.steps.acquire()
            message = await receive()
            more = message.get("more_body", False)
            self.sizes.append(len(message.get("body", b"")))
            size += self.sizes[-1]
        await reply(b"%d" % size)(scope, receive, send)

    def step(self) -> None:
        self.steps.release()


def held(client: Client) -> int:
    """Bytes of a request body that wait for the app."""
    exchange = getattr(client.connection.handler, "exchange", None)
    return exchange.buffered if exchange is not None else 0


def unparsed(client: Client) -> int:
    # Who says farewell has no codec, and keeps nothing at all.
    codec = getattr(client.connection.handler, "codec", None)
    return 0 if codec is None else len(codec.unread())


def waiting(client: Client) -> int:
    """Bytes that the client has sent and nobody has read."""
    return sum(map(len, client.unread))


# Request bodies.


def chunks(data: bytes, size: int) -> bytes:
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join([b"%x\r\n%b\r\n" % (len(part), part) for part in parts]) + b"0\r\n\r\n"


CHUNKED = request(b"Transfer-Encoding: chunked", start=b"POST / HTTP/1.1")


@pytest.mark.parametrize(
    ("sent", "size"),
    [
        (post(HUGE), len(HUGE)),
        (CHUNKED + chunks(HUGE, 1 << 20), len(HUGE)),
        (CHUNKED + chunks(HUGE, 1000), len(HUGE)),
        (CHUNKED + chunks(b"c" * 120_000, 1), 120_000),
    ],
    ids=["length", "large chunks", "small chunks", "chunks of one byte"],
)
def test_a_huge_body_pauses_reading_until_the_app_asks_for_it(serve, sent, size):
    app = Waiting()
    server = serve(app)
    client = server.connect().send(sent + GET)
    for _ in range(1000):
        assert HIGH_WATER < held(client) <= MOST_BODY
        assert unparsed(client) <= READ_SIZE
        assert not client.transport.is_reading()
        assert waiting(client) > 0
        server.do(app.step)
        if sum(app.sizes) + held(client) == size:
            break
    for _ in range(2):
        server.do(app.step)
    server.do(app.step)
    assert [r.body for r in client.responses("POST", "GET")] == [b"%d" % size, b"0"]
    assert max(app.sizes) <= MOST_BODY
    assert client.transport.is_reading()


@pytest.mark.parametrize("size", [HIGH_WATER - 1, HIGH_WATER])
def test_a_body_up_to_the_limit_does_not_pause_reading(serve, size):
    app = Waiting()
    client = serve(app).connect().send(post(b"x" * size, size=size + 1))
    assert held(client) == size
    assert client.transport.paused_reading == 0
    client.send(b"y")
    client.server.do(app.step)
    assert client.response("POST").body == b"%d" % (size + 1)


def test_bytes_of_a_body_that_come_one_by_one_are_joined(serve):
    app = Waiting()
    server = serve(app)
    client = server.connect().send(post(b"", size=500))
    client.send(*[b"x"] * 500)
    assert held(client) == 500
    server.do(app.step)
    assert app.sizes == [500]
    assert client.response("POST").body == b"500"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_nobody_wants_is_thrown_away(serve, chunked):
    sent = CHUNKED + chunks(HUGE, 5000) if chunked else post(HUGE)
    client = serve(reply()).connect()
    for at in range(0, len(sent), READ_SIZE):
        client.send(sent[at : at + READ_SIZE])
        assert held(client) == 0
        assert unparsed(client) <= READ_SIZE
    assert client.send(GET).transport.is_reading()
    assert [r.body for r in client.responses("POST", "GET")] == [b"ok", b"ok"]


def test_a_body_that_was_waiting_is_thrown_away_with_the_response(serve):
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await go.wait()
        await reply()(scope, receive, send)

    server = serve(app)
    client = server.connect().send(post(HUGE), GET)
    assert not client.transport.is_reading()
    server.do(go.set)
    assert waiting(client) == 0
    assert [r.body for r in client.responses("POST", "GET")] == [b"ok", b"ok"]


def test_a_body_behind_a_response_that_closes_is_thrown_away_unread(serve):
    client = serve(reply()).connect()
    client.send(request(b"Connection: close", b"Content-Length: 5000000", start=b"POST / HTTP/1.1"))
    for _ in range(20):
        client.send(b"x" * READ_SIZE)
        assert unparsed(client) == 0
        assert waiting(client) == 0
    assert client.response("POST").complete
    assert client.transport.eof_written


def test_a_body_for_a_response_under_way_pauses_reading_too(serve):
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"first", more=True))
        await go.wait()
        data = await read_body(receive)
        await send(body(b" %d" % len(data)))

    server = serve(app)
    client = server.connect().send(post(HUGE))
    assert HIGH_WATER < held(client) <= MOST_BODY
    assert not client.transport.is_reading()
    server.do(go.set)
    assert client.response("POST").body == b"first 2000000"


# Pipelines.


def test_a_pipelining_client_is_not_read_from_while_a_response_is_under_way(serve):
    app = Waiting()
    server = serve(app)
    client = server.connect().send(*[GET * 8000] * 20)
    assert app.calls == 1
    assert not client.transport.is_reading()
    assert unparsed(client) <= READ_SIZE
    before = waiting(client)
    client.send(*[GET * 8000] * 20)
    assert waiting(client) == before + 20 * len(GET * 8000)
    server.do(app.step)
    assert app.calls == 2


@pytest.mark.parametrize("data", [b"", b"k" * 100, MEGABYTE], ids=["empty", "small", "large"])
def test_a_client_that_does_not_read_is_not_read_from(serve, data):
    calls = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal calls
        calls += 1
        await reply(data)(scope, receive, send)

    server = serve(app, date_header=False)
    client = server.connect()
    client.transport.client_reads = False
    client.send(*[GET * 500] * 30)
    assert not client.transport.is_reading()
    one = len(client.transport.buffer) // calls
    assert len(client.transport.buffer) <= 2 * HIGH_WATER + 2 * one
    assert unparsed(client) <= READ_SIZE
    assert waiting(client) > 0
    before = calls
    server.do(client.transport.take)
    assert calls > before
    assert len(client.transport.buffer) <= 2 * HIGH_WATER + 2 * one


def test_a_client_that_reads_again_gets_all_answers_in_order(serve):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await reply(scope["path"].encode() * 1000)(scope, receive, send)

    server = serve(app)
    client = server.connect()
    client.transport.client_reads = False
    paths = [b"/%d" % number for number in range(300)]
    client.send(b"".join([request(start=b"GET %b HTTP/1.1" % path) for path in paths]))
    for _ in range(1000):
        server.do(client.transport.take, 20_000)
    assert [response.body for response in client.responses()] == [path * 1000 for path in paths]
    assert client.transport.is_reading()


def test_an_app_that_streams_waits_for_a_client_that_does_not_read(serve):
    sent = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal sent
        await send(start())
        for _ in range(100):
            await send(body(b"s" * 10_000, more=True))
            sent += 10_000
        await send(body())

    server = serve(app)
    client = server.connect()
    client.transport.client_reads = False
    client.send(GET)
    assert sent <= HIGH_WATER + 20_000
    while sent < 1_000_000:
        assert sent <= len(client.wire) + HIGH_WATER + 20_000
        before = sent
        server.do(client.transport.take)
        assert sent > before
    client.transport.client_reads = True
    server.do(client.transport.take)
    assert len(client.response().body) == 1_000_000


def test_an_app_that_streams_within_one_read_does_not_fill_the_channel(serve):
    """While a read is being handled the channel is corked, but not for more than its limit."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        for _ in range(100):
            await send(body(b"s" * 10_000, more=True))
        await send(body())

    client = serve(app).connect().send(GET)
    assert max(map(len, client.transport.writes)) <= HIGH_WATER + 20_000
    assert len(client.response().body) == 1_000_000


# Heads.


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"G" * 1_000_000, 414),
        (b"GET /" + b"a" * 1_000_000, 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 1_000_000, 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x: y\r\n" * 100_000, 431),
        (b"\r\n" * 500_000, 400),
        (CHUNKED + b"5;" + b"e" * 1_000_000, 400),
        (CHUNKED + b"0" * 1_000_000, 400),
        (CHUNKED + b"0\r\n" + b"t: u\r\n" * 100_000, 431),
    ],
    ids=lambda value: repr(value[:12] + value[-12:]) if isinstance(value, bytes) else "",
)
@pytest.mark.parametrize("piece", [1000, READ_SIZE])
def test_a_head_that_does_not_end_is_refused_within_its_limits(serve, sent, status, piece):
    client = serve(read_and_reply).connect()
    read = 0
    for at in range(0, len(sent), piece):
        client.send(sent[at : at + piece])
        read += piece
        if client.wire:
            break
        assert unparsed(client) <= 64 * 1024 + 16 * 1024
    assert client.response("POST").status == status
    assert read <= 128 * 1024 + piece


async def read_and_reply(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await reply()(scope, receive, send)
