"""What a client gets in place of a WebSocket: the app's refusal, its own response, or ours."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.ws_apps import CONNECT, accept, body, close, gone, say, says, start
from tests.core.ws_peer import ask, handshake, lines, text
from uvicorn.errors import ClientDisconnected


class Recorder:
    """An app that says these, then keeps what receive() gives."""

    def __init__(self, *messages: Any) -> None:
        self.messages = messages
        self.got: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.got.append(await receive())
        for message in self.messages:
            await send(message)
        self.got.append(await receive())


# The app's own.


@pytest.mark.parametrize("message", [close(), close(1000, "no"), {**close(), "reason": ["list"]}])
def test_a_close_before_the_accept_is_403(serve_ws_once, message):
    app = Recorder(message)
    server = serve_ws_once(app)
    client = ask(server, text("never read"))
    answer = client.response()
    assert (answer.status, answer.body, answer.complete, answer.closes) == (403, b"", True, True)
    assert answer.get(b"content-length") == b"0"
    assert app.got == [CONNECT, gone(1006)]
    assert lines(server) == ['"WebSocket /" 403']


def test_a_response_in_one_part_has_a_length(serve_ws_once):
    app = Recorder(start(401, [(b"X-Why", b"token")]), body(b"\xff\x00 no"))
    server = serve_ws_once(app)
    answer = ask(server).response()
    assert (answer.status, answer.body, answer.closes) == (401, b"\xff\x00 no", True)
    assert (answer.get(b"content-length"), answer.get(b"x-why")) == (b"5", b"token")
    assert answer.all(b"server") == [b"uvicorn"] and len(answer.all(b"date")) == 1
    assert app.got == [CONNECT, gone(1006)]
    assert lines(server) == ['"WebSocket /" 401']


@pytest.mark.parametrize(
    "part",
    [{}, {"body": bytearray(b"")}, {"body": memoryview(b"")}, {"more_body": False}],
    ids=repr,
)
def test_the_body_may_be_left_out_or_of_another_make(serve_ws_once, part):
    app = says(start(404), {"type": "websocket.http.response.body", **part})
    answer = ask(serve_ws_once(app)).response()
    assert (answer.status, answer.body, answer.complete) == (404, b"", True)


def test_a_response_in_several_parts_leaves_as_it_is_said(serve_ws_once):
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(503))
        await send(body(b"one ", more=True))
        await go.wait()
        await send(body(b"", more=True))
        await send(body(b"two"))

    server = serve_ws_once(app)
    client = ask(server)
    answer = client.response()
    assert (answer.status, answer.body, answer.complete) == (503, b"one ", False)
    assert lines(server) == ['"WebSocket /" 503']
    server.do(go.set)
    answer = client.response()
    assert (answer.body, answer.complete) == (b"one two", True)
    assert answer.get(b"transfer-encoding") == b"chunked"
    assert client.ended


@pytest.mark.parametrize("name", [b"content-length", b"Content-Length"])
def test_a_length_of_the_app_is_kept_and_held_to(serve_ws_once, name):
    app = says(start(400, [(name, b"6")]), body(b"abc", more=True), body(b"def"))
    answer = ask(serve_ws_once(app)).response()
    assert answer.all(b"content-length") == [b"6"]
    assert (answer.body, answer.complete) == (b"abcdef", True)


def test_chunks_that_the_app_asks_for_are_made(serve_ws_once):
    app = says(start(400, [(b"transfer-encoding", b"chunked")]), body(b"abc"))
    answer = ask(serve_ws_once(app)).response()
    assert (answer.body, answer.complete) == (b"abc", True)
    assert answer.all(b"content-length") == []


@pytest.mark.parametrize("status", [200, 204, 302, 304, 599])
def test_any_final_status_may_deny(serve_ws_once, status):
    app = says(start(status, iter([[b"location", b"/"]])), body(b"why"))
    answer = ask(serve_ws_once(app)).response()
    assert (answer.status, answer.complete) == (status, True)
    assert answer.body == (b"" if status in (204, 304) else b"why")


@pytest.mark.parametrize("headers", [None, [], ()])
def test_headers_may_be_left_out(serve_ws_once, headers):
    answer = ask(serve_ws_once(says({**start(401), "headers": headers}, body()))).response()
    assert answer.status == 401


@pytest.mark.parametrize(
    "message",
    [
        start(99),
        start(600),
        start(-1),
        {**start(), "status": "401"},
        {**start(), "status": None},
        {**start(), "status": 10**30},
        {**start(), "headers": [(b"a",)]},
        {**start(), "headers": 5},
    ],
    ids=repr,
)
def test_a_start_that_may_not_be_sent_changes_nothing(serve_ws_once, message):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        with pytest.raises(RuntimeError):
            await send(message)
        await send(accept())
        await send(say("after all"))

    client = ask(serve_ws_once(app))
    assert client.wire.startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("headers", [[(b"x", b"\n")], [("x", b"y")], [(b"x y", b"z")]])
@pytest.mark.parametrize("parts", [(), (body(b"why"),), (body(b"why", more=True),)])
def test_headers_that_may_not_be_sent_are_500(serve_ws_once, headers, parts):
    server = serve_ws_once(says_no_more(start(401, headers), *parts))
    answer = ask(server).response()
    assert (answer.status, answer.body) == (500, b"Internal Server Error")
    assert len(server.failures()) == 1
    assert lines(server) == ['"WebSocket /" 500']


def says_no_more(*messages: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    return app


@pytest.mark.parametrize(
    ("parts", "failure"),
    [
        ([body(b"too long")], "Response content longer than Content-Length"),
        ([body(b"to", more=True), body(b"o long")], "Response content longer than Content-Length"),
        ([body(b"sh")], "Response content shorter than Content-Length"),
        ([{**body(), "body": "text"}], "The body of 'http.response.body' must be bytes, not str."),
    ],
)
def test_a_body_that_misses_its_length_is_cut_off(serve_ws_once, parts, failure):
    server = serve_ws_once(says_no_more(start(401, [(b"content-length", b"5")]), *parts))
    client = ask(server)
    assert list(map(str, server.failures())) == [failure]
    assert lines(server) == ['"WebSocket /" 401']
    assert client.closed
    assert not client.response().complete


def test_a_response_that_was_cut_off_cannot_go_on(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(401, [(b"content-length", b"5")]))
        for part in (body(b"too long", more=True), body(b"x"), body()):
            with pytest.raises(RuntimeError):
                await send(part)

    server = serve_ws_once(app)
    client = ask(server)
    assert server.failures() == ["ASGI callable returned without completing response."]
    assert client.closed
    assert not client.response().complete


def test_a_response_without_an_end_is_cut_off(serve_ws_once):
    app = says_no_more(start(401), body(b"one", more=True))
    server = serve_ws_once(app)
    client = ask(server)
    assert server.failures() == ["ASGI callable returned without completing response."]
    assert client.closed
    assert not client.response().complete


def test_a_start_without_a_body_is_500_since_nothing_has_left(serve_ws_once):
    server = serve_ws_once(says_no_more(start(401)))
    answer = ask(server).response()
    assert server.failures() == ["ASGI callable returned without completing response."]
    assert (answer.status, answer.complete) == (500, True)
    assert lines(server) == ['"WebSocket /" 500']


@pytest.mark.parametrize(
    ("parts", "status", "complete"),
    [
        ([], 500, True),
        ([body(b"one", more=True)], 401, False),
        ([body(b"one")], 401, True),
    ],
)
def test_an_error_within_a_response_ends_it(serve_ws_once, parts, status, complete):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await says_no_more(start(401), *parts)(scope, receive, send)
        raise KeyError("mine")

    server = serve_ws_once(app)
    client = ask(server)
    assert [type(failure) for failure in server.failures()] == [KeyError]
    answer = client.response()
    assert (answer.status, answer.complete) == (status, complete)
    assert lines(server) == [f'"WebSocket /" {status}']
    assert client.ended


@pytest.mark.parametrize("last", [close(), body(b"x")])
def test_another_task_that_waits_learns_of_the_denial(serve_ws_once, last):
    """The connection is with its LingeringClose then, which tells nobody anything."""
    got = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def listen() -> None:
            got.append(await receive())

        await receive()
        listener = asyncio.create_task(listen())
        await asyncio.sleep(0)
        if last["type"] == "websocket.http.response.body":
            await send(start(401))
        await send(last)
        await listener

    ask(serve_ws_once(app))
    assert got == [gone(1006)]


@pytest.mark.parametrize("error", [None, KeyError])
def test_a_task_that_the_app_leaves_behind_learns_of_the_end(serve_ws_once, error):
    got, tasks = [], []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def listen() -> None:
            got.append(await receive())

        await receive()
        tasks.append(asyncio.create_task(listen()))
        await asyncio.sleep(0)
        await send(start(401))
        if error is not None:
            raise error

    server = serve_ws_once(app)
    ask(server)
    assert server.failures()
    assert got == [gone(1006)]


def test_a_client_that_does_not_read_keeps_a_large_response_waiting(serve_ws_once):
    sent = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(400))
        for number in range(20):
            await send(body(b"x" * 20_000, more=number < 19))
            sent.append(number)

    server = serve_ws_once(app)
    client = server.connect()
    client.transport.client_reads = False
    client.send(handshake())
    assert len(sent) < 6
    client.transport.client_reads = True
    server.do(client.transport.take)
    answer = client.response()
    assert (answer.body, answer.complete) == (b"x" * 400_000, True)


@pytest.mark.parametrize("leave", ["end", "vanish"])
def test_a_client_that_leaves_within_a_response_is_told_to_the_app(serve_ws_once, leave):
    go = asyncio.Event()
    errors = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == CONNECT
        await send(start(401))
        await send(body(b"one", more=True))
        assert await receive() == gone(1006)
        await go.wait()
        try:
            await send(body(b"two"))
        except ClientDisconnected as error:
            errors.append(error)

    server = serve_ws_once(app)
    client = ask(server)
    getattr(client, leave)()
    server.do(go.set)
    assert len(errors) == 1
