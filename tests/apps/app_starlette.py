"""Starlette by itself: files, streams, background tasks, middleware, state, mounts."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask, BackgroundTasks
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

FOLDER = Path(os.environ["TEST_FILES"])

counts: Counter[str] = Counter()


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    yield {"shared": {"visits": 0}, "greeting": "hello"}
    print("lifespan is over", flush=True)


async def read_counts(request: Request) -> Response:
    return JSONResponse(counts)


async def file(request: Request) -> Response:
    name = request.path_params["name"]
    return FileResponse(FOLDER / name, filename=name, background=BackgroundTask(count, "files"))


def count(name: str) -> None:
    counts[name] += 1


async def count_later(name: str) -> None:
    await asyncio.sleep(0.01)
    counts[name] += 1


async def stream(request: Request) -> Response:
    async def generate() -> AsyncIterator[str]:
        for number in range(request.path_params["parts"]):
            await asyncio.sleep(0)
            yield f"part {number}\n"

    return StreamingResponse(generate(), media_type="text/plain")


async def stream_sync(request: Request) -> Response:
    def generate() -> Iterator[str]:
        for number in range(request.path_params["parts"]):
            yield f"part {number}\n"

    return StreamingResponse(generate(), media_type="text/plain")


async def events(request: Request) -> Response:
    async def generate() -> AsyncIterator[str]:
        counts["streams"] += 1
        try:
            while True:
                yield "data: news\n\n"
                await asyncio.sleep(0.005)
        finally:
            counts["streams ended"] += 1

    return StreamingResponse(generate(), media_type="text/event-stream")


async def background(request: Request) -> Response:
    tasks = BackgroundTasks()
    tasks.add_task(count, "sync")
    tasks.add_task(count_later, "async")
    return JSONResponse({"before": counts["async"]}, background=tasks)


async def upload(request: Request) -> Response:
    """Count what came, also of a body that does not come whole."""
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            counts["uploaded"] += len(part)
    except ClientDisconnect:
        counts["uploads broken off"] += 1
        raise
    return JSONResponse({"size": size})


async def state(request: Request) -> Response:
    request.state.shared["visits"] += 1
    seen = hasattr(request.state, "mine")
    request.state.mine = True
    return JSONResponse({**request.state.shared, "greeting": request.state.greeting, "seen": seen})


async def where(request: Request) -> Response:
    return JSONResponse(
        {
            "path": request.scope["path"],
            "root_path": request.scope["root_path"],
            "raw_path": request.scope["raw_path"].decode(),
            "url": request.url.path,
            "url_for": str(request.url_for("outer:inner:where", rest="there")),
            "rest": request.path_params["rest"],
        }
    )


async def failure(request: Request) -> Response:
    raise ValueError("the endpoint fails")


class Counting(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        # Read here and once more in the endpoint.
        body = await request.body()
        response = await call_next(request)
        response.headers["x-body-size"] = str(len(body))
        return response


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


routes = [
    Route("/counts", read_counts),
    Route("/file/{name}", file),
    Mount("/static", StaticFiles(directory=FOLDER, html=True)),
    Route("/stream/{parts:int}", stream),
    Route("/stream-sync/{parts:int}", stream_sync),
    Route("/events", events),
    Route("/background", background),
    Route("/upload", upload, methods=["POST"]),
    Route("/state", state),
    Route("/failure", failure),
    Mount(
        "/outer",
        routes=[Mount("/inner", routes=[Route("/where/{rest:path}", where)], name="inner")],
        name="outer",
    ),
    Mount(
        "/wrapped",
        routes=[
            Route("/echo", echo, methods=["POST"]),
            Route("/stream/{parts:int}", stream),
            Route("/events", events),
            Route("/failure", failure),
        ],
        middleware=[Middleware(Counting), Middleware(GZipMiddleware)],
    ),
]

app = Starlette(routes=routes, lifespan=lifespan)
