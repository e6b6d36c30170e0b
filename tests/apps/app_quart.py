"""Quart: endpoints, streams, background tasks, WebSockets, and what runs while it serves."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from quart import Quart, Response, abort, jsonify, make_response, request, session, websocket

app = Quart(__name__)
app.secret_key = "not a secret"
# Ours are larger.
app.config["MAX_CONTENT_LENGTH"] = None

counts: Counter[str] = Counter()


@app.while_serving
async def lifespan() -> AsyncGenerator[None, None]:
    counts["started"] += 1
    yield
    print("lifespan is over", flush=True)


@app.get("/counts")
async def read_counts() -> Response:
    return jsonify(counts)


@app.get("/hello/<name>")
async def hello(name: str) -> Response:
    return jsonify(name=name, query=request.args.get("q"), host=request.host, url=request.url)


@app.get("/sync")
def answer_sync() -> str:
    return "in a thread"


@app.post("/form")
async def form() -> Response:
    fields, files = await request.form, await request.files
    return jsonify(fields=fields.to_dict(), sizes={n: len(f.read()) for n, f in files.items()})


@app.post("/digest")
async def digest() -> str:
    found = hashlib.sha256()
    async for part in request.body:
        found.update(part)
    return found.hexdigest()


@app.get("/visits")
async def visits() -> str:
    session["visits"] = session.get("visits", 0) + 1
    return str(session["visits"])


@app.get("/stream")
async def stream() -> AsyncIterator[str]:
    async def generate() -> AsyncIterator[str]:
        for number in range(100):
            await asyncio.sleep(0)
            yield f"part {number}\n"

    return generate()


@app.get("/events")
async def events() -> Response:
    async def generate() -> AsyncIterator[str]:
        try:
            while True:
                yield "data: news\n\n"
                await asyncio.sleep(0.005)
        finally:
            counts["streams ended"] += 1

    response: Any = await make_response(generate(), {"content-type": "text/event-stream"})
    response.timeout = None
    return response


@app.get("/slow")
async def slow() -> str:
    """Cancelled by Quart when its client goes."""
    counts["waiting"] += 1
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        counts["cancelled"] += 1
        raise
    return "too late"


@app.post("/background")
async def background() -> tuple[str, int]:
    async def later() -> None:
        await asyncio.sleep(0.005)
        counts["background"] += 1

    app.add_background_task(later)
    app.add_background_task(count_in_thread)
    return "accepted", 202


def count_in_thread() -> None:
    counts["background, sync"] += 1


@app.get("/failure")
async def failure() -> str:
    raise ValueError("the endpoint fails")


@app.websocket("/loud")
async def loud() -> None:
    await websocket.accept(headers={"x-loud": "yes"}, subprotocol="loud")
    try:
        while True:
            heard = await websocket.receive()
            await websocket.send(heard.upper())
    except asyncio.CancelledError:
        counts["disconnected"] += 1
        raise


@app.websocket("/goodbye")
async def goodbye() -> None:
    await websocket.send(b"\x00")
    await websocket.close(4000, "enough")


@app.websocket("/refused")
async def refused() -> None:
    abort(401)
