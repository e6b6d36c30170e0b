"""The service hears of each response once, when it has ended, with what a log line needs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.apps import GET, body, reply, request, says, start

FIVE = [(b"content-length", b"5")]
Ended = list[tuple[str, int, int, float]]


def listen(server: Any) -> Ended:
    heard: Ended = []
    server.service.on_response = lambda scope, status, size, seconds: heard.append(
        (scope["path"], status, size, seconds)
    )
    return heard


@pytest.mark.parametrize(
    ("app", "status", "size"),
    [
        (reply(b"hello"), 200, 5),
        (says(start(404), body(b"ab", True), body(b"c")), 404, 3),
        (says(start(204), body(b"")), 204, 0),
        (says(start(200, FIVE), body(b"ab", True)), 200, 2),
        (says(start(200), body(b"ab", True)), 200, 2),
    ],
    ids=["whole", "in parts", "no body", "cut off", "not ended"],
)
def test_it_hears_of_status_and_size(serve_once, app, status, size):
    server = serve_once(app)
    heard = listen(server)
    server.connect().send(GET)
    server.failures()
    assert [ended[:3] for ended in heard] == [("/", status, size)]


def test_the_answer_of_a_server_whose_app_failed_is_one_too(serve_once):
    server = serve_once(says({"type": "nonsense"}))
    heard = listen(server)
    server.connect().send(GET)
    assert server.failures()
    assert [ended[:3] for ended in heard] == [("/", 500, len("Internal Server Error"))]


def test_a_request_over_the_limit_is_heard_of(serve_once):
    server = serve_once(reply(), limit_concurrency=1)
    heard = listen(server)
    server.connect().send(GET)
    assert [ended[:3] for ended in heard] == [("/", 503, len("Service Unavailable"))]


def test_pipelined_requests_are_heard_of_one_by_one(serve_once):
    server = serve_once(reply(b"ok"))
    heard = listen(server)
    server.connect().send(request(start=b"GET /1 HTTP/1.1") + request(start=b"GET /2 HTTP/1.1"))
    assert [ended[0] for ended in heard] == ["/1", "/2"]
    assert server.state.total_requests == 2


def test_a_client_that_leaves_ends_the_response_that_it_does_not_read(serve_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(200))
        await send(body(b"abc", True))
        await receive()
        await receive()

    server = serve_once(app)
    heard = listen(server)
    client = server.connect().send(GET)
    assert heard == []
    client.vanish()
    assert [ended[:3] for ended in heard] == [("/", 200, 3)]


def test_its_time_is_from_the_head_to_the_last_byte(serve_once):
    go_on = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(200))
        await send(body(b"", True))
        await go_on.wait()
        await send(body(b""))

    server = serve_once(app)
    heard = listen(server)
    server.connect().send(GET)
    server.advance(3)
    assert heard == []
    server.do(go_on.set)
    assert [round(ended[3]) for ended in heard] == [3]
