"""asgiref's WsgiToAsgi, a2wsgi's two adapters one in the other, and an app in asgiref's threads."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from a2wsgi import ASGIMiddleware, WSGIMiddleware
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.wsgi import WsgiToAsgi

if sys.version_info < (3, 12):
    # There our send() cannot be marked as a coroutine function.
    warnings.filterwarnings("ignore", "async_to_sync was passed a non-async-marked", UserWarning)

PLAIN = [("Content-Type", "text/plain")]


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/failure":
        raise ValueError("the app fails")
    if path == "/empty":
        start_response("204 No Content", [])
        return []
    start_response("200 OK", [*PLAIN, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    if path == "/stream":
        return parts()
    if path == "/digest":
        return [hashlib.sha256(environ["wsgi.input"].read()).hexdigest().encode()]
    names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "SERVER_PORT", "HTTP_X_NAME")
    return [b" ".join(str(environ.get(name)).encode("latin-1") for name in names)]


def parts() -> Iterator[bytes]:
    for number in range(100):
        yield b"part %d\n" % number


async def in_threads(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Everything but the first step happens in a thread, and each message crosses to it."""

    def work() -> str:
        sent, body = async_to_sync(send), async_to_sync(receive)()["body"]
        sent({"type": "http.response.start", "status": 200, "headers": []})
        for byte in body:
            sent({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
        sent({"type": "http.response.body", "body": threading.current_thread().name.encode()})
        return "done"

    assert await sync_to_async(work, thread_sensitive=False)() == "done"


from_asgiref = WsgiToAsgi(wsgi)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        raise RuntimeError("This app has no lifespan.")
    if scope["path"] == "/in-threads":
        await in_threads(scope, receive, send)
    else:
        await from_asgiref(scope, receive, send)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for half in (body[: len(body) // 2], body[len(body) // 2 :]):
        await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": half, "more_body": True})
    await send({"type": "http.response.body"})


def as_wsgi() -> Any:
    """An ASGI app as a WSGI app: for --interface wsgi."""
    return ASGIMiddleware(echo)


def there_and_back() -> Any:
    return WSGIMiddleware(ASGIMiddleware(echo))
