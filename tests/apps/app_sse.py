"""sse-starlette: events that go on, say goodbye, are pushed, or end by themselves."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from uvicorn import Server

counts: Counter[str] = Counter()

if os.environ.get("TEST_WITHOUT_PATCH"):
    # As where a server has a handle_exit of its own: it is found by its signal handler then.
    Server.handle_exit = AppStatus.original_handler  # type: ignore[method-assign,assignment]


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    yield
    print(f"streams: {counts['streams']}, ended: {counts['streams ended']}", flush=True)
    print(f"handle_exit was called: {AppStatus.should_exit}", flush=True)


async def read_counts(request: Request) -> Response:
    return JSONResponse(counts)


async def some(request: Request) -> Response:
    async def generate() -> AsyncIterator[dict[str, str]]:
        for number in range(3):
            await asyncio.sleep(0)
            yield {"event": "number", "id": str(number), "data": f"{number}\nof 3"}

    return EventSourceResponse(generate())


async def events(request: Request) -> Response:
    """A first event, and then nothing but pings, as long as somebody listens."""

    async def generate() -> AsyncIterator[ServerSentEvent]:
        counts["streams"] += 1
        try:
            yield ServerSentEvent("hello")
            await asyncio.Event().wait()
        finally:
            counts["streams ended"] += 1

    async def closed(message: object) -> None:
        counts["clients gone"] += 1

    ping = float(request.query_params.get("ping", 15))
    return EventSourceResponse(generate(), ping=ping, client_close_handler_callable=closed)


async def farewell(request: Request) -> Response:
    """Says goodbye when the server ends."""
    ending = anyio.Event()

    async def generate() -> AsyncIterator[dict[str, str]]:
        yield {"data": "hello"}
        await ending.wait()
        yield {"data": "goodbye"}

    return EventSourceResponse(generate(), shutdown_event=ending, shutdown_grace_period=10)


async def pushed(request: Request) -> Response:
    """What one task puts into a stream, another one sends."""
    sender, receiver = anyio.create_memory_object_stream[dict[str, str]](1)

    async def push() -> None:
        async with sender:
            for number in range(100):
                await sender.send({"data": str(number)})

    async def generate() -> AsyncIterator[dict[str, str]]:
        async with receiver:
            async for event in receiver:
                yield event

    return EventSourceResponse(generate(), data_sender_callable=push)


async def denied(socket: WebSocket) -> None:
    """Events in place of a WebSocket."""

    async def generate() -> AsyncIterator[str]:
        yield "no WebSocket"

    answer = EventSourceResponse(generate(), status_code=403)
    await socket.send_denial_response(answer)


routes = [
    Route("/counts", read_counts),
    Route("/some", some),
    Route("/events", events),
    Route("/farewell", farewell),
    Route("/pushed", pushed),
    WebSocketRoute("/denied", denied),
]

app = Starlette(routes=routes, lifespan=lifespan)
