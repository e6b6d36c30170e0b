"""Litestar: endpoints, streams, WebSockets, state and lifespan."""

from __future__ import annotations

import asyncio
import warnings
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, MediaType, Request, WebSocket, get, post, websocket
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import State
from litestar.exceptions import LitestarDeprecationWarning, NotAuthorizedException
from litestar.handlers import WebsocketListener
from litestar.response import Response, ServerSentEvent, Stream

# Litestar 2.25 wants what older ones do not know: FromPath[int] in place of int, and so on.
warnings.filterwarnings("ignore", category=LitestarDeprecationWarning)

counts: Counter[str] = Counter()


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    app.state.visits = 0
    yield
    print("lifespan is over", flush=True)


@get("/counts", sync_to_thread=False)
def read_counts() -> dict[str, int]:
    return dict(counts)


@get("/sync/{number:int}", sync_to_thread=True)
def answer_sync(number: int, name: str = "") -> dict[str, object]:
    return {"number": number, "name": name}


@get("/async/{number:int}")
async def answer_async(number: int, name: str = "") -> dict[str, object]:
    return {"number": number, "name": name}


@get("/state")
async def visit(state: State) -> dict[str, int]:
    state.visits += 1
    return {"visits": state.visits}


@post("/echo", media_type=MediaType.TEXT)
async def echo(request: Request[Any, Any, Any]) -> bytes:
    return await request.body()


@post("/json")
async def double(data: dict[str, int]) -> dict[str, int]:
    return {name: 2 * number for name, number in data.items()}


@get("/stream")
async def stream() -> Stream:
    async def generate() -> AsyncIterator[str]:
        for number in range(100):
            await asyncio.sleep(0)
            yield f"part {number}\n"

    return Stream(generate())


@get("/events")
async def events() -> ServerSentEvent:
    async def generate() -> AsyncIterator[str]:
        try:
            while True:
                yield "news"
                await asyncio.sleep(0.005)
        finally:
            counts["streams ended"] += 1

    return ServerSentEvent(generate())


@get("/background")
async def background() -> Response[str]:
    async def later() -> None:
        await asyncio.sleep(0.005)
        counts["background"] += 1

    return Response("accepted", background=BackgroundTask(later))


@get("/failure")
async def failure() -> None:
    raise ValueError("the endpoint fails")


class Loud(WebsocketListener):
    path = "/loud"

    def on_accept(self, socket: WebSocket[Any, Any, Any]) -> None:
        counts["accepted"] += 1

    def on_disconnect(self, socket: WebSocket[Any, Any, Any]) -> None:
        counts["disconnected"] += 1

    async def on_receive(self, data: str) -> str:
        return data.upper()


@websocket("/json")
async def sum_up(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept(subprotocols="sum")
    total = 0
    while total < 10:
        total += (await socket.receive_json())["number"]
        await socket.send_json({"total": total})
    await socket.close(4000, "enough")


@websocket("/refused")
async def refused(socket: WebSocket[Any, Any, Any]) -> None:
    raise NotAuthorizedException("members only")


answers = [read_counts, answer_sync, answer_async, visit, echo, double, background, failure]
streams: list[Any] = [stream, events, Loud, sum_up, refused]
app = Litestar([*answers, *streams], lifespan=[lifespan])
