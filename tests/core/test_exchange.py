"""What an app may do with receive() and send(), and what becomes of it."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections import OrderedDict
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction

from tests.core.apps import GET, body, post, read_body, reply, request, says, start

FIVE = [(b"content-length", b"5")]
VARIABLE = contextvars.ContextVar("VARIABLE", default="of nobody")


async def try_to(send: Any, message: dict[str, Any]) -> None:
    """As an app that goes on after an error of its own."""
    with suppress(RuntimeError):
        await send(message)


# Content-Length is a promise.


@pytest.mark.parametrize(
    "parts",
    [
        [(b"toolong", True), (b"abc", True), (b"", False)],
        [(b"abcd", True), (b"ef", True), (b"e", False)],
        [(b"toolong", False), (b"", False)],
        [(b"ab", False), (b"cde", False)],
        [(b"", False), (b"", False)],
        [(b"abc", True), (b"", False), (b"", False)],
    ],
)
def test_an_app_that_misses_its_length_and_goes_on_cannot_desynchronise(serve_once, parts):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(200, FIVE))
        for data, more in parts:
            await try_to(send, body(data, more))

    server = serve_once(app)
    client = server.connect().send(GET, GET)
    assert server.failures()
    for response in client.responses():
        whole = response.complete and response.body == b"abcde"
        cut_off = client.closed and not response.complete and b"abcde".startswith(response.body)
        assert whole or cut_off, client.wire


# Messages of every make.


@pytest.mark.parametrize("kind", [dict, OrderedDict, MappingProxyType])
def test_a_message_may_be_any_mapping(serve_once, kind):
    client = serve_once(says(kind(start()), kind(body(b"ok")))).connect().send(GET)
    assert client.response().body == b"ok"


@pytest.mark.parametrize("status", [10**30, 2**63, 2**31, -1, 0, 99, 600, "200", None, 2.0, True])
def test_a_status_that_http_does_not_have_is_a_runtime_error(serve_once, status):
    server = serve_once(says(start(status)))
    client = server.connect().send(GET)
    assert [type(error) for error in server.failures()] == [RuntimeError]
    assert client.response().status == 500


# Threads: what a2wsgi and others do, asyncio.run_coroutine_threadsafe(receive(), loop).


def test_receive_and_send_called_in_a_thread_do_their_work_in_the_loop(serve_once):
    seen = []
    ended = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        loop = asyncio.get_running_loop()

        def work() -> None:
            for call in [receive, lambda: send(start()), lambda: send(body(b"ok"))]:
                seen.append(asyncio.run_coroutine_threadsafe(call(), loop).result())

        await asyncio.to_thread(work)
        ended.set()

    server = serve_once(app)
    client = server.connect()
    client.send(request(b"Content-Length: 3", b"Expect: 100-continue", start=b"POST / HTTP/1.1"))
    client.send(b"abc")
    server.run(ended.wait())
    assert seen[0]["body"] == b"abc"
    assert client.response("POST").body == b"ok"
    assert client.transport.threads == {threading.get_ident()}


def test_receive_and_send_pass_for_coroutine_functions(build):
    """asgiref warns of all else, so does WsgiToAsgi when it sends. Python 3.12 brought the mark."""
    can_be_marked = sys.version_info >= (3, 12)
    for side in (build.exchange.Exchange, build.session.Session):
        assert iscoroutinefunction(side.receive) is can_be_marked
        assert iscoroutinefunction(side.send) is can_be_marked


# How the app ends.


def test_a_value_returned_late_does_not_end_the_next_response(serve):
    late, rest = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> Any:
        if scope["path"] == "/late":
            await reply()(scope, receive, send)
            await late.wait()
            return "a value"
        await send(start())
        await send(body(b"ab", more=True))
        await rest.wait()
        await send(body(b"cd"))

    server = serve(app)
    client = server.connect().send(request(start=b"GET /late HTTP/1.1"), GET)
    server.do(late.set)
    server.do(rest.set)
    assert server.failures() == ["ASGI callable should return None, but returned 'a value'."]
    assert [response.body for response in client.responses()] == [b"ok", b"abcd"]
    assert client.ended


@pytest.mark.parametrize(("requests", "answered"), [(1, 1), (2, 2), (3, 2)])
def test_who_returns_a_value_is_asked_no_more_on_this_connection(serve, requests, answered):
    async def app(scope: Any, receive: Any, send: Any) -> Any:
        await reply()(scope, receive, send)
        return 5

    server = serve(app)
    client = server.connect().send(GET * requests)
    assert [response.body for response in client.responses()] == [b"ok"] * answered
    # What was sent ahead of the first response is told by the second that it is the last.
    assert client.wire.count(b"connection: close\r\n") == answered - 1
    assert client.ended
    assert set(server.failures()) == {"ASGI callable should return None, but returned '5'."}


def test_who_returns_a_value_and_no_response_is_answered_for(serve):
    async def app(scope: Any, receive: Any, send: Any) -> Any:
        return 5

    server = serve(app)
    client = server.connect().send(GET)
    assert client.response().status == 500
    assert client.ended
    assert server.failures() == ["ASGI callable should return None, but returned '5'."]


def test_a_task_that_is_cancelled_before_its_first_step_answers_500(serve_once):
    server = serve_once(reply())
    # With a factory of the user's own, tasks start in the next pass of the loop.
    server.loop.set_task_factory(lambda loop, coro, **more: asyncio.Task(coro, loop=loop, **more))
    server.service.start(server.loop, server.service.context)
    client = server.connect()

    def cancelled_at_once() -> None:
        client.connection.data_received(GET)
        for task in list(server.state.tasks):
            task.cancel()

    server.do(cancelled_at_once)
    assert [type(error) for error in server.failures()] == [asyncio.CancelledError]
    assert client.response().status == 500


def test_each_call_has_a_context_of_its_own_even_inside_of_another(serve_once):
    found = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found.append((scope["path"], VARIABLE.get()))
        VARIABLE.set(scope["path"])
        if scope["path"] == "/outer":
            # A transport in memory may deliver at once.
            other.connection.data_received(request(start=b"GET /inner HTTP/1.1"))
        found.append((scope["path"], VARIABLE.get()))
        await reply()(scope, receive, send)

    server = serve_once(app)
    client, other = server.connect(), server.connect()
    client.send(request(start=b"GET /outer HTTP/1.1"), GET)
    assert [response.status for response in client.responses()] == [200, 200]
    assert [value for path, value in found if path == "/inner"] == ["of nobody", "/inner"]
    assert [value for path, value in found if path == "/outer"] == ["of nobody", "/outer"]
    assert [value for path, value in found if path == "/"] == ["of nobody", "/"]
    assert VARIABLE.get() == "of nobody"


def test_a_task_that_is_thrown_away_says_nothing(serve_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    server = serve_once(app)
    client = server.connect().send(GET)
    [task] = server.state.tasks
    server.do(task.get_coro().close)
    assert server.messages() == []
    assert client.wire == b""
    server.failures_allowed = True


# The client's wishes.


def test_no_100_continue_is_written_behind_a_refusal(serve):
    go = asyncio.Event()
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await go.wait()
        seen.append(await receive())
        await send(start())
        await send(body())

    server = serve(app)
    head = [b"Transfer-Encoding: chunked", b"Expect: 100-continue"]
    client = server.connect().send(request(*head, start=b"POST / HTTP/1.1"), b"zz\r\n")
    assert client.response("POST").status == 400
    server.do(go.set)
    assert seen == [{"type": "http.disconnect"}]
    assert client.response("POST").interim == []


@pytest.mark.parametrize("ends", ["the client", "the app"])
def test_an_app_that_overhears_the_disconnect_does_not_stop_the_loop(serve, ends):
    passes: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if ends == "the app":
            await send(start())
            await send(body())
        while (await receive())["type"] != "http.disconnect":
            pass
        for number in range(3):
            asyncio.get_running_loop().call_soon(passes.append, number)
            assert await receive() == {"type": "http.disconnect"}
            assert passes == list(range(number + 1))

    client = serve(app).connect().send(GET)
    if ends == "the client":
        client.vanish()
    assert passes == [0, 1, 2]


def test_the_body_is_there_whatever_its_size(serve):
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(await read_body(receive))
        await reply()(scope, receive, send)

    data = bytes(range(256)) * 4096
    client = serve(app).connect().send(post(data), GET)
    assert seen == [data, b""]
    assert len(client.responses("POST", "GET")) == 2


# An app that never stops sending.


@pytest.mark.parametrize("size", [1, 1000, 100_000])
def test_an_app_that_sends_on_and_on_lets_others_have_their_turn(serve_once, size):
    passes: list[int] = []
    sent = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        asyncio.get_running_loop().call_soon(passes.append, 1)
        while not passes:
            await send(body(bytes(size), more=True))
            sent.append(size)
            assert len(sent) < 2000
        await send(body())

    client = serve_once(app).connect().send(GET)
    assert len(client.response().body) == len(sent) * size


def test_an_app_that_sends_on_to_nobody_lets_others_have_their_turn(serve_once):
    passes: list[int] = []
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await go.wait()
        for number in range(3):
            asyncio.get_running_loop().call_soon(passes.append, number)
            await send(body(b"x", more=True))
            assert passes == list(range(number + 1))

    server = serve_once(app)
    server.connect().send(GET).vanish()
    server.do(go.set)
    assert passes == [0, 1, 2]
