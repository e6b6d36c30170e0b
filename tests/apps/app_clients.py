"""What clients of all kinds ask for: an answer, an echo, a stream, the request as it was seen."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

PARTS = 100
STREAM = b"".join(b"part %d\n" % number for number in range(PARTS))


async def answer(send: Any, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def digest(receive: Any, send: Any) -> None:
    found = hashlib.sha256()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        found.update(message["body"])
        more = message["more_body"]
    await answer(send, found.hexdigest().encode())


async def stream(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for part in STREAM.splitlines(keepends=True):
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(0.001)
    await send({"type": "http.response.body"})


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise RuntimeError(f"This app has no {scope['type']}.")
    path = scope["path"]
    if path == "/digest":
        await digest(receive, send)
    elif path == "/refuse":
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body"})
    elif path == "/stream":
        await stream(send)
    elif path == "/later":
        await asyncio.sleep(0.05)
        await answer(send, b"later")
    elif path == "/seen":
        names = ("method", "http_version", "scheme", "path", "client")
        await answer(send, json.dumps({name: scope[name] for name in names}).encode())
    else:
        await answer(send, path.encode())
