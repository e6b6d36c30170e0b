"""Apps and requests that many tests use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
OLD = b"GET / HTTP/1.0\r\n\r\n"
CLOSE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def request(*lines: bytes, start: bytes = b"GET / HTTP/1.1", body: bytes = b"") -> bytes:
    """A request with a Host and these field lines."""
    return b"\r\n".join([start, b"Host: a", *lines, b"", body])


def post(body: bytes, *lines: bytes, path: bytes = b"/", size: int | None = None) -> bytes:
    """A request with a body, of which only a part may be there: `size` is what the head says."""
    length = b"Content-Length: %d" % (len(body) if size is None else size)
    return request(length, *lines, start=b"POST %b HTTP/1.1" % path, body=body)


def start(status: int = 200, headers: Iterable[Any] = ()) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(data: bytes = b"", more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def reply(data: bytes = b"ok", status: int = 200, headers: Any = None) -> Any:
    """An app that answers in two messages without reading, with a Content-Length by default."""
    if headers is None:
        headers = [(b"content-length", b"%d" % len(data))]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(status, headers))
        await send(body(data))

    return app


def says(*messages: dict[str, Any]) -> Any:
    """An app that sends these messages."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    return app


async def read_body(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        assert message["type"] == "http.request", message
        parts.append(message["body"])
        if not message["more_body"]:
            return b"".join(parts)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    data = await read_body(receive)
    await send(start(200, [(b"content-length", b"%d" % len(data))]))
    await send(body(data))
