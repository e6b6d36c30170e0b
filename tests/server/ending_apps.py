"""Applications whose start, or end, takes as long as a test wants; tests/server/test_ends.py."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

from uvicorn import Server

FOR_EVER = threading.Event()


def announce_signals() -> None:
    """As programs do that want to know of the end."""
    handle_exit = Server.handle_exit

    def announced(self: Server, *arguments: Any) -> None:
        try:
            handle_exit(self, *arguments)
        finally:
            os.write(1, b"A signal was taken.\n")

    Server.handle_exit = announced  # type: ignore[method-assign,assignment]


announce_signals()


def starting(work: Any) -> Any:
    """An app that says so when its startup begins, and then does `work`."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan"
        await receive()
        print("The startup begins.")
        await work()
        await send({"type": "lifespan.startup.complete"})

    return app


async def block() -> None:
    FOR_EVER.wait()


async def block_and_ignore() -> None:
    try:
        FOR_EVER.wait()
    except BaseException as error:
        print(f"Ignored {error!r}.")


async def in_a_thread() -> None:
    await asyncio.to_thread(FOR_EVER.wait)


waits = starting(asyncio.Event().wait)
blocks = starting(block)
blocks_and_ignores = starting(block_and_ignore)
waits_for_a_thread = starting(in_a_thread)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the body of a request; a WebSocket is accepted, and listened to."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    assert scope["type"] == "http"
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
