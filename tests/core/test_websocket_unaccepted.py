"""What a client gets from us when the app did not accept it, or was not asked."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.core.ws_apps import CONNECT, accept, body, close, gone, says, start
from tests.core.ws_peer import ask, handshake, lines, text
from uvicorn.errors import ClientDisconnected

# Ours.


def test_an_error_before_the_accept_is_500(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == CONNECT
        raise KeyError("mine")

    server = serve_ws_once(app)
    answer = ask(server, text("hi")).response()
    assert (answer.status, answer.body) == (500, b"Internal Server Error")
    assert (answer.get(b"content-type"), answer.closes) == (b"text/plain; charset=utf-8", True)
    assert [type(failure) for failure in server.failures()] == [KeyError]
    assert lines(server) == ['"WebSocket /" 500']


def test_an_error_in_the_very_call_is_500(serve_ws_once):
    def app(scope: Any, receive: Any, send: Any) -> Any:
        raise SystemExit

    server = serve_ws_once(app)
    assert ask(server).response().status == 500
    assert [type(failure) for failure in server.failures()] == [SystemExit]


@pytest.mark.parametrize(
    ("result", "failure"),
    [
        (None, "ASGI callable returned without completing handshake."),
        ("x", "ASGI callable should return None, but returned 'x'."),
    ],
)
def test_an_app_that_returns_before_the_accept_is_500(serve_ws_once, result, failure):
    async def app(scope: Any, receive: Any, send: Any) -> Any:
        return result

    server = serve_ws_once(app)
    assert ask(server).response().status == 500
    assert server.failures() == [failure]


@pytest.mark.parametrize("leave", ["end", "vanish"])
def test_an_app_may_return_without_a_word_when_the_client_has_left(serve_ws_once, leave):
    got = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == CONNECT
        got.append(await receive())

    server = serve_ws_once(app)
    client = ask(server)
    getattr(client, leave)()
    assert got == [gone(1006)]
    assert (client.wire, client.closed, lines(server)) == (b"", True, [])


@pytest.mark.parametrize("message", [accept(), start()])
@pytest.mark.parametrize("leave", ["end", "vanish"])
def test_an_accept_for_a_client_that_has_left_says_so(serve_ws_once, message, leave):
    errors = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == CONNECT
        assert await receive() == gone(1006)
        try:
            await send(message)
        except ClientDisconnected as error:
            errors.append(error)
            raise

    server = serve_ws_once(app)
    client = ask(server)
    getattr(client, leave)()
    assert len(errors) == 1
    assert (client.wire, lines(server)) == (b"", [])


@pytest.mark.parametrize("leave", ["end", "vanish"])
def test_a_refusal_of_a_client_that_has_left_is_no_error(serve_ws_once, leave):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == CONNECT
        assert await receive() == gone(1006)
        await send(close())

    server = serve_ws_once(app)
    client = ask(server)
    getattr(client, leave)()
    assert client.wire == b""


@pytest.mark.parametrize("limit", [1, 2])
def test_over_the_limit_of_concurrency_it_is_503_and_the_app_is_not_called(serve_ws_once, limit):
    calls = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        calls.append(scope)
        await says(accept())(scope, receive, send)

    server = serve_ws_once(app, limit_concurrency=limit)
    clients = [ask(server, text("hi")) for _ in range(limit)]
    *_, last = clients
    answer = last.response()
    assert (answer.status, answer.body) == (503, b"Service Unavailable")
    assert (answer.get(b"content-type"), answer.closes) == (b"text/plain; charset=utf-8", True)
    assert len(calls) == limit - 1
    assert server.messages(logging.WARNING) == ["Exceeded concurrency limit."]
    assert lines(server)[-1] == '"WebSocket /" 503'


def test_a_client_that_was_denied_while_it_was_not_read_from_is_read_to_its_end(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await go.wait()
        await send(close())

    go = asyncio.Event()
    server = serve_ws_once(app)
    client = ask(server).send(*[text("x" * 10_000)] * 100)
    assert not client.transport.is_reading()
    server.do(go.set)
    assert (client.response().status, len(client.unread), client.closed) == (403, 0, False)
    client.end()
    assert client.closed


def test_a_denied_client_may_linger_but_not_for_ever(serve_ws_once):
    server = serve_ws_once(says(close()))
    client = ask(server)
    client.send(text("x") * 1000, text("y") * 1000)
    assert client.transport.eof_written and not client.closed
    server.advance(8)
    assert client.closed


@pytest.mark.parametrize("message", [close(), start(401)])
def test_over_tls_a_denied_client_is_closed_at_once(serve_ws_once, message):
    server = serve_ws_once(
        says(message, body()) if message["type"] != close()["type"] else says(message)
    )
    client = server.connect(half_close=False).send(handshake(), text("late"))
    assert client.response().complete
    assert client.closed


def test_websockets_do_not_count_as_requests(serve_ws_once):
    """They are not counted towards limit_max_requests."""
    server = serve_ws_once(says(close()))
    ask(server)
    assert server.state.total_requests == 0
