"""Applications for worker processes; each answers its process id or does what its path says."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import threading
import time
from typing import Any

import uvicorn

# What /fill keeps.
FILLED: list[bytes] = []


async def answer(send: Any, text: str) -> None:
    headers = [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    assert scope["type"] == "http"
    path = scope["path"]
    if path == "/block":
        threading.Event().wait()
    elif path == "/wait":
        # It blocks the loop until the test writes to the pipe.
        with open(scope["query_string"]) as pipe:
            pipe.read()
    elif path == "/gil":
        # Called in this way it keeps the GIL.
        ctypes.PyDLL(None).sleep(3600)
    elif path == "/task":
        await answer(send, str(is_seen_from_a_thread()))
        return
    elif path == "/busy":
        await be_busy(float(scope["query_string"]))
    elif path == "/fill":
        # Pages count once they are written to.
        FILLED.append(b"x" * (int(scope["query_string"]) << 20))
    elif path == "/crash":
        os._exit(9)
    elif path == "/index":
        in_state = scope["state"]["uvicorn_worker_index"]
        assert str(in_state) == os.environ["UVICORN_WORKER_INDEX"]
        await answer(send, str(in_state))
        return
    elif path == "/slow":
        # Until the rest of the body is there: the test says when.
        while (await receive())["more_body"]:
            pass
    elif path == "/stream":
        await stream(send)
        return
    elif path == "/stubborn":
        await ignore_cancellation()
    await answer(send, str(os.getpid()))


def is_seen_from_a_thread() -> bool:
    """Whether a thread sees which task the loop is at, as the supervisor's in a worker does."""
    loop, seen = asyncio.get_running_loop(), []
    thread = threading.Thread(target=lambda: seen.append(asyncio.current_task(loop)))
    thread.start()
    thread.join()
    return seen[0] is not None and seen[0] is asyncio.current_task()


async def be_busy(seconds: float) -> None:
    """All of the time, in small steps."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        step = time.monotonic() + 0.009
        while time.monotonic() < step:
            pass
        await asyncio.sleep(0)


async def stream(send: Any) -> None:
    """Server-sent events without an end."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b"data: x\n\n", "more_body": True})


async def ignore_cancellation() -> None:
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


def serve_by_itself(sockets: Any) -> None:
    """A target that is no server's run()."""
    config = uvicorn.Config(app, lifespan="off", log_config=None)
    uvicorn.Server(config).run(sockets)


def end_at_once(sockets: Any) -> None:
    """A target that has nothing to do."""


async def fails_to_start(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})


async def never_starts(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "lifespan"
    await asyncio.Event().wait()


async def waits_to_start(scope: Any, receive: Any, send: Any) -> None:
    """Never gets ready while the file named in FAIL is there."""
    if scope["type"] == "lifespan" and os.path.exists(os.environ["FAIL"]):
        await asyncio.Event().wait()
    await app(scope, receive, send)


async def starts_once(scope: Any, receive: Any, send: Any) -> None:
    """Fails to start while the file named in FAIL is there."""
    if scope["type"] == "lifespan":
        await receive()
        if os.path.exists(os.environ["FAIL"]):
            await send({"type": "lifespan.startup.failed", "message": "The file is there."})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await app(scope, receive, send)


async def second_fails(scope: Any, receive: Any, send: Any) -> None:
    """In place 1, fails to start when somebody has opened the pipe named by FAIL."""
    if scope["type"] == "lifespan" and os.environ["UVICORN_WORKER_INDEX"] == "1":
        with open(os.environ["FAIL"]) as pipe:
            pipe.read()
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no room"})
        return
    await app(scope, receive, send)
