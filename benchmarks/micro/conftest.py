"""What the micro benchmarks share: both builds of the core, and a transport that drops bytes."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.core.settings import core_settings
from uvicorn._select import COMPILED, PURE, Core, core
from uvicorn.codecs import http_codec, ws_codec
from uvicorn.state import ServerState

FORMS = [COMPILED, PURE] if core.compiled else [PURE]
CODECS = [
    pytest.param((form, codec), id=f"{Core(form)!r}-{codec}")
    for form in FORMS
    for codec in (("native",) if form == COMPILED else ()) + ("httptools", "h11")
]
WS_CODECS = [
    pytest.param((form, codec), id=f"{Core(form)!r}-{codec}")
    for form in FORMS
    for codec in (("native",) if form == COMPILED else ()) + ("websockets", "wsproto")
]
LIMITS = (16 * 1024, 64 * 1024, 200)
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class NoTransport:
    """A transport whose peer is never slow and never answers; it knows its last write."""

    last = b""

    def get_extra_info(self, name: str) -> Any:
        return {"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)}.get(name)

    def write(self, data: bytes) -> None:
        self.last = data

    def writelines(self, parts: list[bytes]) -> None:
        self.last = parts[-1]

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return False


def call_in(loop: asyncio.AbstractEventLoop, call: Callable[[], Any]) -> None:
    """Call as a transport does: in the running loop, which eager tasks need, and in no task."""
    failed: list[BaseException] = []

    def inside() -> None:
        try:
            call()
        except BaseException as error:
            failed.append(error)
        finally:
            loop.stop()

    loop.call_soon(inside)
    loop.run_forever()
    if failed:
        raise failed[0]


@pytest.fixture(params=FORMS, ids=[repr(Core(form)) for form in FORMS])
def form(request: pytest.FixtureRequest) -> Core:
    """One form of the core."""
    return Core(request.param)


@pytest.fixture(params=CODECS)
def engine(request: pytest.FixtureRequest) -> tuple[Core, type[Any]]:
    """One form of the core with one of its codecs."""
    form, name = request.param
    return Core(form), http_codec(name, Core(form))


@pytest.fixture(params=WS_CODECS)
def ws_engine(request: pytest.FixtureRequest) -> tuple[Core, type[Any]]:
    """The same for WebSocket."""
    form, name = request.param
    return Core(form), ws_codec(name, Core(form))


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def measure(benchmark: Any, loop: asyncio.AbstractEventLoop) -> Callable[[Any], None]:
    """Time a call that comes from the loop."""
    return lambda call: call_in(loop, lambda: benchmark(call))


@pytest.fixture
def connect(engine: Any, loop: asyncio.AbstractEventLoop) -> Callable[[Any], Any]:
    """Make a connection that serves an app; feed it with data_received()."""
    form, codec = engine
    return lambda app: connected(form, service_of(app, form, codec, loop))


@pytest.fixture
def open_websocket(
    ws_engine: Any, loop: asyncio.AbstractEventLoop
) -> Iterator[Callable[[Any], Any]]:
    """Make a connection on which an app has a WebSocket; feed it with frames."""
    form, codec = ws_engine
    opened = []

    def open_websocket(app: Any) -> Any:
        service = service_of(app, form, http_codec("auto", form), loop)
        service.new_websocket = lambda *upgrade: form.websocket.open_websocket(*upgrade, codec)
        connection = connected(form, service)
        opened.append(connection)
        call_in(loop, lambda: connection.data_received(HANDSHAKE))
        return connection

    yield open_websocket
    for connection in opened:
        call_in(loop, lambda connection=connection: connection.connection_lost(None))


def service_of(app: Any, form: Core, codec: Any, loop: asyncio.AbstractEventLoop) -> Any:
    def new_handler(connection: Any, alpn: str) -> Any:
        return form.http1.Http1(connection, codec(*LIMITS), connection.service)

    service = form.service.Service(app, core_settings(), ServerState(), {}, new_handler)
    service.start(loop, contextvars.copy_context())
    return service


def connected(form: Core, service: Any) -> Any:
    connection = form.connection.Connection(service)
    connection.connection_made(NoTransport())
    return connection
