"""WSGI apps (PEP 3333) over ASGI: the app runs in a thread, the loop receives and sends for it.

1.  A request waits in the loop until the first part of its body is there, unless the client
    itself waits for the app (Expect: 100-continue). Then it waits for one of the threads
    (threads.py); if too many wait already, it is answered with 503.
2.  The thread has the context variables of the request. It asks the loop for each further part
    of the body when the app reads on, so only one part is held. The end of the body is EOF; a
    client that has gone is an OSError.
3.  Each part of the response is sent when it is made, while the app makes the next one; the app
    waits when 64 KiB or 32 parts are not sent yet. The head leaves with the first part. A list,
    or a body that is whole by Content-Length, needs no answer from the loop: a short request is
    one way to a thread and one way back.
4.  close() of the response is called once, in the thread, however the request ends; the client
    need not wait for it. While a response is streamed the loop watches whether the client leaves.
5.  What the app raises is raised into the server.
6.  A thread cannot be killed. A request that is cancelled, as at the end of the graceful time,
    ends in the loop at once; its app gets an error when it reads or sends next, and the threads
    delay neither the server's end nor that of the process.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any

from ..._types import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    Environ,
    HTTPResponseStartEvent,
    HTTPScope,
    Scope,
    StartResponse,
    WSGIApp,
)
from .call import Call
from .environ import build_environ
from .threads import Bell, Threads

__all__ = ["WSGIMiddleware", "WSGIResponder", "build_environ", "installed"]

MAX_WAITING = 1000
UNAVAILABLE: HTTPResponseStartEvent = {
    "type": "http.response.start",
    "status": 503,
    "headers": [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"19"),
        (b"connection", b"close"),
    ],
}

logger = logging.getLogger("uvicorn.error")


class WSGIMiddleware:
    """An ASGI app that serves `app` in up to `workers` threads.

    While all of them are busy, up to `max_waiting` requests wait for one.
    """

    def __init__(self, app: WSGIApp, workers: int = 10, *, max_waiting: int = MAX_WAITING) -> None:
        self.app = app
        self.threads = Threads(workers, max_waiting)
        self.bell: Bell | None = None
        weakref.finalize(self, self.threads.close).atexit = False

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"A WSGI app answers HTTP requests only, not {scope['type']!r}.")
        message = await first_message(scope, receive)
        if message["type"] == "http.disconnect":
            return
        loop = asyncio.get_running_loop()
        if self.bell is None or self.bell.loop is not loop:
            self.bell = Bell(loop)
        call = Call(self.app, scope, message, self.bell)
        if self.threads.submit(call.run):
            await call.serve(receive, send)
        else:
            logger.warning("Exceeded the limit of %d waiting requests.", self.threads.max_waiting)
            await send(UNAVAILABLE)
            await send({"type": "http.response.body", "body": b"Service Unavailable"})


class WSGIResponder:
    """One request of `app`, answered in a thread of the caller's executor.

    A subclass may override wsgi(), which is called in the thread and returns the response.
    """

    def __init__(self, app: WSGIApp, executor: Executor, scope: HTTPScope) -> None:
        self.app: Callable[..., Iterable[bytes]] = app
        self.executor = executor
        self.scope = scope

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        message = await first_message(self.scope, receive)
        if message["type"] != "http.disconnect":
            call = Call(self.wsgi, self.scope, message, Bell(asyncio.get_running_loop()))
            self.executor.submit(call.run)
            await call.serve(receive, send)

    def wsgi(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return self.app(environ, start_response)


async def first_message(scope: HTTPScope, receive: ASGIReceiveCallable) -> ASGIReceiveEvent:
    """The first part of the body; an empty one if the client waits for the app (Expect)."""
    if any(name == b"expect" for name, _ in scope["headers"]):
        return {"type": "http.request", "body": b"", "more_body": True}
    return await receive()


def installed(app: WSGIApp) -> ASGI3Application:
    """`app` as a server runs it: by a2wsgi where that is installed, else by WSGIMiddleware."""
    try:
        import a2wsgi
    except ModuleNotFoundError:
        return WSGIMiddleware(app)
    # Any: a2wsgi has its own types for ASGI.
    middleware: Any = a2wsgi.WSGIMiddleware
    served: ASGI3Application = middleware(app)
    return served
