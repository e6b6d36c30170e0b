"""One HTTP/1 connection through all of its states."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.core.apps import GET, body, post, reply, request, start


def test_a_large_body_that_the_app_never_reads_does_not_stop_the_next_request(serve):
    client = serve(reply()).connect().send(post(b"x" * 100_000), GET)
    assert [r.complete for r in client.responses("POST", "GET")] == [True, True]


def test_pipelined_requests_are_answered_before_the_end_of_a_half_closed_client(serve):
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await go.wait()
        await reply()(scope, receive, send)

    server = serve(app)
    client = server.connect().send(GET + GET)
    client.end()
    server.do(go.set)
    assert len(client.responses()) == 2
    assert client.closed


# Lingering: our half is closed, the client may still send.


def test_a_slow_client_gets_the_whole_answer_though_its_request_was_cut_short(serve):
    server = serve(reply(b"x" * 1_000_000))
    client = server.connect()
    client.transport.client_reads = False
    client.send(request(b"Connection: close", b"Content-Length: 5", start=b"POST / HTTP/1.1"))
    for _ in range(10):
        server.advance(1.0)
        server.do(client.transport.take, 50_000)
    assert not client.transport.aborted
    server.do(client.transport.take)
    assert client.response("POST").complete


# After our close() there may still be reads: TLS gives what it has when it shuts down.


def test_a_request_that_comes_after_the_idle_close_is_not_served(serve):
    paths = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        paths.append(scope["path"])
        await reply()(scope, receive, send)

    server = serve(app)
    client = server.connect().send(GET)

    def closed_then_read() -> None:
        client.connection.handler.deadline_reached()
        client.connection.data_received(GET)

    server.do(closed_then_read)
    assert paths == ["/"]


def test_a_request_that_comes_after_a_response_was_cut_off_is_not_served(serve):
    paths = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        paths.append(scope["path"])
        await send(start())
        await send(body(b"x", more=True))
        raise KeyError

    server = serve(app)
    client = server.connect()

    def cut_off_then_read() -> None:
        client.connection.data_received(post(b"", size=1))
        client.connection.data_received(b"1" + GET)

    server.do(cut_off_then_read)
    assert len(server.failures()) == 1
    assert paths == ["/"]


# The clock.


def test_an_error_at_one_deadline_does_not_stop_the_clock(serve_once):
    server = serve_once(reply())
    bad = server.connect().send(GET)

    def broken_close() -> None:
        raise ValueError("from a transport")

    bad.transport.close = broken_close
    server.advance(8)
    client = server.connect().send(GET)
    server.advance(8)
    assert client.closed
    assert server.failures()


def test_what_was_answered_is_counted_with_what_others_have(serve):
    server = serve(reply())
    server.connect().send(GET + GET)
    server.run(server.loop.passes(20))
    assert server.state.total_requests == 2
    # A protocol of someone else's, on the same server.
    server.state.total_requests += 1
    server.connect().send(GET)
    assert server.state.total_requests == 4
