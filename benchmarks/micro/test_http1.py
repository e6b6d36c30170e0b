"""The cost of one HTTP/1 request without a socket: in the codec alone, and through the core.

    pytest benchmarks/micro --benchmark-only --benchmark-group-by=func

Needs eager tasks, so Python 3.12 or newer: before that an app starts after its request.
"""

from __future__ import annotations

from typing import Any

import pytest

from uvicorn.wire import NEED_DATA

from .conftest import LIMITS

BROWSER_FIELDS = b"".join(
    b"%b: %b\r\n" % (name, b"x" * 30)
    for name in (
        *(b"User-Agent", b"Accept", b"Accept-Language", b"Accept-Encoding", b"Referer"),
        *(b"Cookie", b"Cache-Control", b"Sec-Fetch-Dest", b"Sec-Fetch-Mode"),
        *(b"Sec-Fetch-Site", b"Priority"),
    )
)
REQUESTS = {
    "hello": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "browser": b"GET / HTTP/1.1\r\nHost: localhost\r\n" + BROWSER_FIELDS + b"\r\n",
    "post": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1024\r\n\r\n" + b"x" * 1024,
    "chunked": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"400\r\n%b\r\n" % (b"x" * 1024)
    + b"0\r\n\r\n",
}


@pytest.fixture(params=list(REQUESTS.values()), ids=list(REQUESTS))
def request_bytes(request: pytest.FixtureRequest) -> bytes:
    data: bytes = request.param
    return data


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"Hello, world!"})


HEADERS = [(b"content-type", b"text/plain"), (b"content-length", b"13")]


async def stream(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(10):
        await send({"type": "http.response.body", "body": b"x" * 128, "more_body": True})
    await send({"type": "http.response.body"})


def test_codec(measure: Any, engine: Any, request_bytes: bytes) -> None:
    codec = engine[1](*LIMITS)

    def parse() -> None:
        codec.feed(request_bytes)
        while codec.next_event() != NEED_DATA:
            pass
        codec.start_next()

    measure(parse)


def test_exchange(measure: Any, connect: Any, request_bytes: bytes) -> None:
    connection = connect(hello)
    measure(lambda: connection.data_received(request_bytes))


def test_streamed_response(measure: Any, connect: Any) -> None:
    connection = connect(stream)
    measure(lambda: connection.data_received(REQUESTS["hello"]))
