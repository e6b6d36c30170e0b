"""A server in a thread, as test suites start one, and HTTP clients of all kinds against it.

httpx with and without asyncio, requests, aiohttp: each keeps its connections in its own way.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import httpx
import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

import uvicorn
from tests.apps.serving import HOST, port_of, until

BIG = bytes(range(256)) * 4 * 1024  # 1 MiB
PARTS = [BIG[start : start + 10_000] for start in range(0, len(BIG), 10_000)]


async def seen(request: Request) -> Response:
    """What came, from where, and how much of it."""
    size = 0
    async for part in request.stream():
        size += len(part)
    assert request.client is not None
    return JSONResponse(
        {
            "method": request.method,
            "size": size,
            "port": request.client.port,
            "state": request.state.text,
            "chunked": "transfer-encoding" in request.headers,
        }
    )


async def echo(request: Request) -> Response:
    """All parts come back when the last one is there: most clients do not read before."""
    parts = [part async for part in request.stream()]

    async def generate() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return StreamingResponse(generate())


class Duplex:
    """Each part comes back before the next one is read."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        more = True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            body = message.get("body", b"")
            await send({"type": "http.response.body", "body": body, "more_body": more})


async def never(request: Request) -> Response:
    request.state.never["asked"] += 1
    while not await request.is_disconnected():
        await asyncio.sleep(0)
    request.state.never["gone"] += 1
    return Response()


async def counts(request: Request) -> Response:
    return JSONResponse(request.state.never)


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    yield {"text": "of lifespan", "never": {"asked": 0, "gone": 0}}
    app.state.ended = threading.current_thread().name


def new_app() -> Starlette:
    methods = ["GET", "POST", "PUT", "DELETE"]
    routes = [
        Route("/seen", seen, methods=methods),
        Route("/echo", echo, methods=methods),
        Route("/duplex", Duplex()),
        Route("/never", never),
        Route("/counts", counts),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


class ThreadedServer(uvicorn.Server):
    """As in the test suites of many: older ones override what once installed signal handlers."""

    def install_signal_handlers(self) -> None:
        raise AssertionError("Nobody calls it any more.")

    @contextlib.contextmanager
    def run_in_thread(self) -> Iterator[str]:
        thread = threading.Thread(target=self.run, name="live server")
        thread.start()
        try:
            until(lambda: self.started or not thread.is_alive(), what="the server listens")
            yield f"http://{HOST}:{port_of(self)}"
        finally:
            self.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


@pytest.fixture(scope="module", params=["auto", "h11"])
def http(request: pytest.FixtureRequest) -> str:
    engine: str = request.param
    return engine


@pytest.fixture(scope="module")
def url(http: str) -> Iterator[str]:
    app = new_app()
    config = uvicorn.Config(app, port=0, http=http, log_level="warning", log_config=None)
    with ThreadedServer(config).run_in_thread() as url:
        yield url
    assert app.state.ended == "live server"


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
        yield client


def asynchronous(url: str, **options: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, trust_env=False, **{"timeout": 20, **options})


# httpx


def test_httpx_keeps_its_connection(client: httpx.Client) -> None:
    methods = ["GET", "POST", "PUT", "DELETE"] * 5
    answers = [client.request(method, "/seen").json() for method in methods]
    assert [answer["method"] for answer in answers] == methods
    assert len({answer["port"] for answer in answers}) == 1
    assert answers[0]["state"] == "of lifespan"


def test_httpx_streams_up_and_down(client: httpx.Client) -> None:
    with client.stream("POST", "/echo", content=iter(PARTS)) as response:
        assert b"".join(response.iter_bytes()) == BIG
    assert client.post("/seen", content=BIG).json()["size"] == len(BIG)
    assert client.post("/seen", content=iter(PARTS)).json()["chunked"] is True


def test_a_stream_of_httpx_that_is_left_early_costs_its_connection_alone(
    client: httpx.Client,
) -> None:
    first = client.get("/seen").json()["port"]
    with client.stream("POST", "/echo", content=BIG) as response:
        next(response.iter_bytes())
    assert client.get("/seen").json()["port"] != first


def test_a_timeout_of_httpx_is_seen_by_the_app(client: httpx.Client) -> None:
    before = client.get("/counts").json()
    with pytest.raises(httpx.ReadTimeout):
        client.get("/never", timeout=httpx.Timeout(20, read=0.05))
    until(lambda: client.get("/counts").json()["gone"] == before["gone"] + 1)
    assert client.get("/seen").status_code == 200


def test_many_at_once_by_httpx_are_all_answered(url: str) -> None:
    async def ask(client: httpx.AsyncClient, number: int) -> int:
        size: int = (await client.post("/seen", content=BIG[:number])).json()["size"]
        return size

    async def ask_all() -> list[int]:
        async with asynchronous(url) as client:
            return list(await asyncio.gather(*(ask(client, number) for number in range(100))))

    assert asyncio.run(ask_all()) == list(range(100))


def test_httpx_streams_up_and_down_in_asyncio(url: str) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in PARTS:
            yield part

    async def stream() -> bytes:
        async with (
            asynchronous(url) as client,
            client.stream("POST", "/echo", content=parts()) as response,
        ):
            return b"".join([part async for part in response.aiter_bytes()])

    assert asyncio.run(stream()) == BIG


def test_a_request_of_httpx_that_is_cancelled_is_seen_by_the_app(
    url: str, client: httpx.Client
) -> None:
    before = client.get("/counts").json()

    async def cancel() -> None:
        async with asynchronous(url, timeout=None) as other:
            task = asyncio.create_task(other.get("/never"))
            while (await other.get("/counts")).json()["asked"] == before["asked"]:
                await asyncio.sleep(0)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    asyncio.run(cancel())
    until(lambda: client.get("/counts").json()["gone"] == before["gone"] + 1)


# requests


def test_requests_keeps_its_connection_and_streams(url: str) -> None:
    with requests.Session() as session:
        session.trust_env = False
        answers = [session.post(f"{url}/seen", data=BIG[:size], timeout=20) for size in range(10)]
        assert [answer.json()["size"] for answer in answers] == list(range(10))
        assert len({answer.json()["port"] for answer in answers}) == 1
        chunked = session.post(f"{url}/echo", data=iter(PARTS), timeout=20, stream=True)
        assert b"".join(chunked.iter_content(8192)) == BIG


def test_requests_in_threads_are_all_answered(url: str) -> None:
    with requests.Session() as session, ThreadPoolExecutor(8) as pool:
        session.trust_env = False

        def ask(number: int) -> int:
            answer = session.put(f"{url}/seen", data=bytes(number), timeout=20)
            size: int = answer.json()["size"]
            return size

        assert list(pool.map(ask, range(100))) == list(range(100))


# aiohttp


def test_aiohttp_keeps_its_connections_and_streams_both_ways_at_once(url: str) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in PARTS:
            yield part

    async def ask() -> None:
        connector = aiohttp.TCPConnector(limit=4)
        async with aiohttp.ClientSession(url, connector=connector) as session:

            async def answer(number: int) -> dict[str, Any]:
                async with session.post("/seen", data=bytes(number)) as response:
                    found: dict[str, Any] = json.loads(await response.read())
                    return found

            answers = await asyncio.gather(*(answer(number) for number in range(100)))
            assert [found["size"] for found in answers] == list(range(100))
            assert len({found["port"] for found in answers}) <= 4
            async with session.post("/duplex", data=parts()) as response:
                assert await response.read() == BIG

    asyncio.run(ask())


# The server


def test_servers_in_threads_live_side_by_side_and_one_after_another(http: str) -> None:
    for _ in range(2):
        with contextlib.ExitStack() as stack:
            urls = [
                stack.enter_context(
                    ThreadedServer(
                        uvicorn.Config(new_app(), port=0, http=http, log_config=None)
                    ).run_in_thread()
                )
                for _ in range(3)
            ]
            assert len(set(urls)) == 3
            for url in urls:
                assert httpx.get(f"{url}/seen", timeout=20, trust_env=False).is_success
