"""An app for clients that come in crowds or leave in the middle; /counts tells what is left."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import gc
import json
import os
from typing import Any

from uvicorn.state import ServerState

# More than the system takes for a client that does not read.
LARGE = bytes(8 << 20)
PART = bytes(64 << 10)
PARTS = 128

held = 0
parts_sent = 0
release = asyncio.Event()


@functools.cache
def server_state() -> ServerState:
    (state,) = [found for found in gc.get_objects() if isinstance(found, ServerState)]
    return state


@functools.cache
def libc() -> Any:
    return ctypes.CDLL(None)


def counts() -> dict[str, int]:
    """What there is now, when everything that can go has gone."""
    gc.collect()
    if hasattr(libc(), "malloc_trim"):
        # What the C library keeps for the next allocation is nobody's.
        libc().malloc_trim(0)
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
    state = server_state()
    return {
        "requests": state.total_requests,
        "connections": len(state.connections),
        "server tasks": len(state.tasks),
        "tasks": len(asyncio.all_tasks()),
        "files": len(os.listdir("/proc/self/fd")),
        "objects": len(gc.get_objects()),
        "kilobytes": pages * os.sysconf("SC_PAGESIZE") // 1024,
    }


async def answer(send: Any, body: bytes) -> None:
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def hold(receive: Any, send: Any) -> None:
    """Wait, with everybody else, for the one that comes to /release."""
    global held
    held += 1
    await release.wait()
    held -= 1
    await answer(send, b"released")


async def read_body(receive: Any, send: Any) -> None:
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        if not message["more_body"]:
            return await answer(send, b"%d" % size)


async def wait_for_disconnect(receive: Any, send: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def stream(receive: Any, send: Any) -> None:
    global parts_sent
    parts_sent = 0
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(PARTS):
        await send({"type": "http.response.body", "body": PART, "more_body": True})
        parts_sent += 1
    await send({"type": "http.response.body"})


async def events(receive: Any, send: Any) -> None:
    """A stream that goes on until its client has gone."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    gone = asyncio.ensure_future(wait_for_disconnect(receive, send))
    while not gone.done():
        await send({"type": "http.response.body", "body": b"data\n\n", "more_body": True})
        await asyncio.wait([gone], timeout=0.01)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise RuntimeError(f"This app has no {scope['type']}.")
    path = scope["path"]
    if path in STREAMS:
        await STREAMS[path](receive, send)
    elif path == "/large":
        await answer(send, LARGE)
    elif path == "/counts":
        await answer(send, json.dumps(counts()).encode())
    elif path == "/held":
        await answer(send, b"%d" % held)
    elif path == "/parts":
        await answer(send, b"%d" % parts_sent)
    elif path == "/release":
        release.set()
        await answer(send, b"ok")
    else:
        await answer(send, b"hello")


STREAMS = {
    "/hold": hold,
    "/read": read_body,
    "/wait": wait_for_disconnect,
    "/stream": stream,
    "/events": events,
}
