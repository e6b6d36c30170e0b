"""What people do with FastAPI, one endpoint each; counters tell how things went."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Annotated, Any

import anyio
from fastapi import (
    BackgroundTasks,
    Depends,
    FastAPI,
    File,
    Form,
    HTTPException,
    Request,
    Response,
    UploadFile,
)
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel
from starlette.middleware.base import BaseHTTPMiddleware

counts: Counter[str] = Counter()
done: list[str] = []
base: ContextVar[str] = ContextVar("base", default="unset")
leaked: ContextVar[str] = ContextVar("leaked", default="clean")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    base.set("from lifespan")
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep_forever)
        yield {"greeting": "hello", "shared": {"visits": 0}}
        group.cancel_scope.cancel()
    print("lifespan is over", flush=True)


app = FastAPI(lifespan=lifespan)


@app.get("/async")
async def answer_async() -> dict[str, str]:
    return {"hello": "async"}


@app.get("/sync")
def answer_sync() -> dict[str, str]:
    return {"hello": "sync"}


@app.get("/counts")
async def read_counts() -> dict[str, Any]:
    # A generator that Starlette leaves behind under BaseHTTPMiddleware ends with its memory.
    gc.collect()
    return {"counts": counts, "done": done, "tasks": len(asyncio.all_tasks())}


@app.post("/reset")
async def reset() -> None:
    counts.clear()
    done.clear()


class Item(BaseModel):
    name: str
    price: float
    tags: list[str] = []


@app.post("/items/{number}")
async def create_item(number: int, item: Item, urgent: bool = False) -> dict[str, Any]:
    return {"number": number, "urgent": urgent, **item.model_dump()}


# Background tasks


@app.post("/background")
async def background(tasks: BackgroundTasks) -> dict[str, bool]:
    def sync_work(text: str) -> None:
        done.append(text)

    async def async_work(text: str) -> None:
        await asyncio.sleep(0.01)
        done.append(text)

    tasks.add_task(sync_work, "sync")
    tasks.add_task(async_work, "async")
    return {"accepted": True}


@app.post("/background-failure")
async def background_failure(tasks: BackgroundTasks) -> dict[str, bool]:
    def fail() -> None:
        raise RuntimeError("the background task fails")

    tasks.add_task(fail)
    return {"accepted": True}


# Streams


@app.get("/stream/{parts}")
async def stream(parts: int) -> StreamingResponse:
    async def generate() -> AsyncIterator[str]:
        for number in range(parts):
            if number % 10 == 0:
                await asyncio.sleep(0)
            yield f"part {number}\n"

    return StreamingResponse(generate(), media_type="text/plain")


@app.get("/stream-sync/{parts}")
def stream_sync(parts: int) -> StreamingResponse:
    def generate() -> Iterator[bytes]:
        for number in range(parts):
            yield b"part %d\n" % number

    return StreamingResponse(generate(), media_type="text/plain")


@app.get("/stream-big/{kilobytes}")
async def stream_big(kilobytes: int) -> StreamingResponse:
    async def generate() -> AsyncIterator[bytes]:
        for _ in range(kilobytes):
            counts["kilobytes"] += 1
            yield b"x" * 1024

    return StreamingResponse(generate())


@app.get("/events")
async def events() -> StreamingResponse:
    """Server-sent events until the client goes."""

    async def generate() -> AsyncIterator[str]:
        counts["streams"] += 1
        try:
            number = 0
            while True:
                yield f"data: {number}\n\n"
                number += 1
                await asyncio.sleep(0.005)
        finally:
            counts["streams ended"] += 1

    return StreamingResponse(generate(), media_type="text/event-stream")


@app.get("/silence")
async def silence() -> StreamingResponse:
    """A stream that has nothing to say for a long time: only `receive()` tells that all is lost."""

    async def generate() -> AsyncIterator[str]:
        counts["streams"] += 1
        try:
            yield ": hello\n\n"
            await asyncio.sleep(3600)
        finally:
            counts["streams ended"] += 1

    return StreamingResponse(generate(), media_type="text/event-stream")


@app.get("/wait-for-disconnect")
async def wait_for_disconnect(request: Request) -> None:
    counts["waiting"] += 1
    while not await request.is_disconnected():
        await asyncio.sleep(0.005)
    counts["disconnects"] += 1


@app.get("/still-there")
async def still_there(request: Request) -> dict[str, bool]:
    return {"disconnected": await request.is_disconnected()}


# Task groups and timeouts


async def square(number: int) -> int:
    await asyncio.sleep(0)
    return number * number


@app.get("/group/anyio")
async def group_anyio() -> list[int]:
    results: dict[int, int] = {}

    async def work(number: int) -> None:
        results[number] = await square(number)

    async with anyio.create_task_group() as group:
        for number in range(5):
            group.start_soon(work, number)
    return [results[number] for number in range(5)]


@app.get("/group/gather")
async def group_gather() -> list[int]:
    return await asyncio.gather(*(square(number) for number in range(5)))


@app.get("/group/failing")
async def group_failing() -> dict[str, bool]:
    cancelled = []

    async def sleeper() -> None:
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            cancelled.append(True)
            raise

    async def failer() -> None:
        raise ValueError("fails")

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(sleeper)
            await anyio.lowlevel.checkpoint()
            group.start_soon(failer)
    except BaseException as error:  # an ExceptionGroup, which 3.10 does not have
        assert isinstance(error.exceptions[0], ValueError)  # type: ignore[attr-defined]
    return {"cancelled": bool(cancelled)}


if sys.version_info >= (3, 11):

    @app.get("/group/asyncio")
    async def group_asyncio() -> list[int]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(square(number)) for number in range(5)]
        return [task.result() for task in tasks]

    @app.get("/timeout/asyncio")
    async def timeout_asyncio() -> dict[str, bool]:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(3600)
        except TimeoutError:
            return {"timed_out": True}
        return {"timed_out": False}


@app.get("/timeout/wait_for")
async def timeout_wait_for() -> dict[str, bool]:
    try:
        await asyncio.wait_for(asyncio.sleep(3600), 0.01)
    except asyncio.TimeoutError:
        return {"timed_out": True}
    return {"timed_out": False}


@app.get("/timeout/fail_after")
async def timeout_fail_after() -> dict[str, bool]:
    try:
        with anyio.fail_after(0.01):
            await anyio.sleep_forever()
    except TimeoutError:
        return {"timed_out": True}
    return {"timed_out": False}


@app.get("/timeout/move_on_after")
async def timeout_move_on_after() -> dict[str, bool]:
    with anyio.move_on_after(0.01) as scope:
        await anyio.sleep_forever()
    return {"timed_out": scope.cancelled_caught}


@app.get("/timeout/at-once")
async def timeout_at_once() -> dict[str, bool]:
    """The scope is entered in the first step of the task, and is over before any wait."""
    with anyio.move_on_after(0) as scope:
        await anyio.sleep_forever()
    return {"timed_out": scope.cancelled_caught}


# Dependencies


async def connection() -> AsyncIterator[str]:
    done.append("open")
    try:
        yield "connection"
    except KeyError:
        done.append("rolled back")
        raise
    finally:
        done.append("closed")


def session(connection: Annotated[str, Depends(connection)]) -> Iterator[str]:
    done.append("begin")
    yield f"session over {connection}"
    done.append("end")


@app.get("/dependency")
async def dependency(session: Annotated[str, Depends(session)]) -> dict[str, str]:
    done.append("endpoint")
    return {"session": session}


@app.get("/dependency-failure")
async def dependency_failure(connection: Annotated[str, Depends(connection)]) -> None:
    raise KeyError("no such thing")


# Errors


class Teapot(Exception):
    pass


@app.exception_handler(Teapot)
async def short_and_stout(request: Request, error: Teapot) -> Response:
    return JSONResponse({"detail": "teapot"}, 418)


@app.exception_handler(KeyError)
async def no_such_key(request: Request, error: KeyError) -> Response:
    return JSONResponse({"detail": str(error)}, 404)


@app.get("/teapot")
async def teapot() -> None:
    raise Teapot


@app.get("/forbidden")
async def forbidden() -> None:
    raise HTTPException(403, "not for you", {"x-reason": "because"})


@app.get("/failure")
async def failure() -> None:
    raise ValueError("the endpoint fails")


@app.get("/failure-in-stream")
async def failure_in_stream() -> StreamingResponse:
    async def generate() -> AsyncIterator[str]:
        yield "a beginning\n"
        raise ValueError("the stream fails")

    return StreamingResponse(generate())


# Bodies


@app.post("/upload")
async def upload(file: Annotated[UploadFile, File()], note: Annotated[str, Form()]) -> Any:
    digest = hashlib.sha256()
    size = 0
    while data := await file.read(65536):
        digest.update(data)
        size += len(data)
    return {"name": file.filename, "note": note, "size": size, "sha256": digest.hexdigest()}


@app.post("/digest")
async def body_digest(request: Request) -> dict[str, Any]:
    digest = hashlib.sha256()
    parts = 0
    async for data in request.stream():
        digest.update(data)
        parts += 1
    return {"parts": parts, "sha256": digest.hexdigest()}


@app.post("/ignore-body")
async def ignore_body() -> dict[str, bool]:
    return {"ignored": True}


@app.post("/echo")
async def echo(request: Request) -> Response:
    return Response(await request.body(), media_type=request.headers.get("content-type"))


# State and context


@app.get("/state")
async def state(request: Request) -> dict[str, Any]:
    request.state.shared["visits"] += 1
    seen = hasattr(request.state, "mine")
    request.state.mine = True
    return {"greeting": request.state.greeting, "shared": request.state.shared, "leaked": seen}


@app.get("/context")
async def context() -> dict[str, str]:
    answer = {"base": base.get(), "leaked": leaked.get()}
    leaked.set("leaked")
    return answer


@app.get("/context-sync")
def context_sync() -> dict[str, str]:
    answer = {"base": base.get(), "leaked": leaked.get()}
    leaked.set("leaked")
    return answer


# Middleware: all of this again under BaseHTTPMiddleware


async def add_header(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Any:
    counts["in middleware"] += 1
    response = await call_next(request)
    response.headers["x-middleware"] = "was here"
    return response


wrapped = FastAPI()
wrapped.add_middleware(BaseHTTPMiddleware, dispatch=add_header)
wrapped.router.routes.extend(app.router.routes)
app.mount("/wrapped", wrapped)


@app.get("/plain", response_class=PlainTextResponse)
async def plain() -> str:
    return "plain"
