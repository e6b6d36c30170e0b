"""One HTTP/1 connection through all of its states."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.apps import GET, body, echo, post, reply, request, start


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


# CONNECT: a client that sends it makes a tunnel of the connection (RFC 9110 section 9.3.6).

CONNECT = request(start=b"CONNECT a:80 HTTP/1.1")


@pytest.mark.parametrize("status", [200, 204, 299])
@pytest.mark.parametrize(
    "fields",
    [[], [(b"content-length", b"2")], [(b"Transfer-Encoding", b"chunked")]],
    ids=["without a length", "with a length", "in chunks"],
)
def test_a_2xx_to_connect_has_no_framing_and_no_body(serve, status, fields):
    client = serve(reply(b"ok", status, fields)).connect().send(CONNECT)
    head, _, rest = client.wire.partition(b"\r\n\r\n")
    assert (b"content-length" in head, b"transfer-encoding" in head) == (False, False)
    assert b"\r\nconnection: close" in head
    assert (rest, client.ended) == (b"", True)


def test_other_answers_to_connect_have_their_body(serve):
    client = serve(reply(b"no", 405)).connect().send(CONNECT)
    response = client.response("CONNECT")
    assert (response.status, response.body, response.complete) == (405, b"no", True)
    assert (response.closes, client.ended) == (True, True)


@pytest.mark.parametrize("status", [200, 404, 500])
def test_nothing_behind_a_connect_is_read_as_a_request(serve, status):
    paths = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        paths.append(scope["path"])
        await reply(b"", status)(scope, receive, send)

    for pieces in ([CONNECT + GET], [CONNECT, GET]):
        client = serve(app).connect().send(*pieces)
        assert client.ended
        assert client.wire.count(b"HTTP/1.1 ") == 1
    assert paths == ["a:80"] * 2


# Empty lines behind a body (RFC 9112 section 2.2).


def test_empty_lines_behind_a_body_do_not_begin_a_request(serve):
    server = serve(echo, timeout_keep_alive=5, timeout_request_head=60)
    client = server.connect().send(post(b"hi") + b"\r\n", b"\r\n")
    assert client.response("POST").body == b"hi"
    server.advance(7)
    assert client.closed
    assert client.response("POST").complete


def test_a_request_behind_empty_lines_and_a_body_is_answered(serve):
    client = serve(echo).connect().send(post(b"hi") + b"\r\n\r\n" + post(b"ho"), b"\r\n" + GET)
    assert [each.body for each in client.responses("POST", "POST", "GET")] == [b"hi", b"ho", b""]
