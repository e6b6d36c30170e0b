"""What the micro benchmarks share: both builds of the core, and a transport that drops bytes."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from uvicorn._select import COMPILED, PURE, Core, core
from uvicorn.codecs import http_codec
from uvicorn.state import ServerState, Settings

FORMS = [COMPILED, PURE] if core.compiled else [PURE]
CODECS = [
    pytest.param((form, codec), id=f"{Core(form)!r}-{codec}")
    for form in FORMS
    for codec in (("native",) if form == COMPILED else ()) + ("httptools", "h11")
]
LIMITS = (16 * 1024, 64 * 1024, 200)


class NoTransport:
    """A transport whose peer is never slow and never answers."""

    def get_extra_info(self, name: str) -> Any:
        return {"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)}.get(name)

    def write(self, data: bytes) -> None:
        pass

    def writelines(self, parts: list[bytes]) -> None:
        pass

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return False


@pytest.fixture(params=CODECS)
def engine(request: pytest.FixtureRequest) -> tuple[Core, type[Any]]:
    """One form of the core with one of its codecs."""
    form, name = request.param
    return Core(form), http_codec(name, Core(form))


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def measure(benchmark: Any, loop: asyncio.AbstractEventLoop) -> Callable[[Any], None]:
    """Time a call from inside of the running loop: eager tasks need one."""

    async def inside(call: Callable[[], Any]) -> None:
        benchmark(call)

    return lambda call: loop.run_until_complete(inside(call))


@pytest.fixture
def connect(engine: Any, loop: asyncio.AbstractEventLoop) -> Callable[[Any], Any]:
    """Make a connection that serves an app; feed it with data_received()."""
    form, codec = engine

    def connect(app: Any) -> Any:
        def new_handler(connection: Any, alpn: str) -> Any:
            return form.http1.Http1(connection, codec(*LIMITS), connection.service)

        service = form.service.Service(app, Settings(), ServerState(), {}, new_handler)
        service.start(loop, contextvars.copy_context())
        connection = form.connection.Connection(service)
        connection.connection_made(NoTransport())
        return connection

    return connect
