"""One application for each interface; they answer with what their caller said about itself."""

from __future__ import annotations

import os
import threading
from typing import Any


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    if environ["PATH_INFO"] == "/stuck":
        threading.Event().wait()
    answer = f"wsgi in {os.getpid()}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]


def make_wsgi() -> Any:
    return wsgi


async def asgi3(scope: Any, receive: Any, send: Any) -> None:
    await answer(scope, send)


class AwaitableASGI3:
    """Constructed and awaited: that is one call."""

    def __init__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.send = scope, send

    def __await__(self) -> Any:
        return answer(self.scope, self.send).__await__()


class ASGI2:
    def __init__(self, scope: Any) -> None:
        self.scope = scope

    async def __call__(self, receive: Any, send: Any) -> None:
        if self.scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        elif self.scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": described(self.scope)})
            await send({"type": "websocket.close"})
        else:
            await answer(self.scope, send)


def asgi2_function(scope: Any) -> Any:
    return ASGI2(scope)


def make_asgi2() -> Any:
    return ASGI2


def described(scope: Any) -> str:
    return f"{scope['type']} of ASGI {scope['asgi']['version']}"


async def answer(scope: Any, send: Any) -> None:
    assert scope["type"] == "http"
    text = described(scope).encode()
    headers = [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})
