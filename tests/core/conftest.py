"""`serve`: a server of one app on a fake transport, on both builds and every codec.

`serve_ws` is the same for WebSockets, with each of their codecs, and `serve_upgrades` hands
over to a WebSocket from each HTTP codec.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.core.serving import Server
from uvicorn import _select
from uvicorn.codecs import HTTP_CODECS, library_http2_codec

ENGINES = [(_select.PURE, name) for name in HTTP_CODECS if name != "native"]
if _select.core.compiled:
    ENGINES += [(_select.COMPILED, name) for name in HTTP_CODECS]

WS_ENGINES = [(_select.PURE, "websockets"), (_select.PURE, "wsproto")]
if _select.core.compiled:
    WS_ENGINES += [(_select.COMPILED, name) for name in ("native", "websockets", "wsproto")]

Serve = Callable[..., Server]


@pytest.fixture(params=ENGINES, ids=lambda pair: f"{_select.Core(pair[0])!r}-{pair[1]}")
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """serve(app, **settings) is a Server; what is left at the end of the test is an error."""
    package, codec = request.param
    yield from serving(_select.Core(package), codec)


@pytest.fixture
def serve_once(build: Any) -> Iterator[Serve]:
    """As `serve`, with one codec for each build: for what no codec has a part in."""
    yield from serving(build, "auto")


@pytest.fixture(params=ENGINES, ids=lambda pair: f"{_select.Core(pair[0])!r}-{pair[1]}")
def serve_upgrades(request: pytest.FixtureRequest) -> Iterator[Serve]:
    package, codec = request.param
    yield from serving(_select.Core(package), codec, ws="auto")


@pytest.fixture(params=WS_ENGINES, ids=lambda pair: f"{_select.Core(pair[0])!r}-{pair[1]}")
def serve_ws(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """As `serve`, with WebSockets by each of their engines."""
    package, engine = request.param
    yield from serving(_select.Core(package), "auto", ws=engine)


@pytest.fixture
def serve_ws_once(build: Any) -> Iterator[Serve]:
    """As `serve_ws`, with one engine for each build: for what no codec has a part in."""
    yield from serving(build, "auto", ws="auto")


def http2_engines() -> list[tuple[str, str]]:
    """Core and codec: that over a library on both builds, the native one on its own."""
    engines = [(_select.PURE, "h2")]
    if _select.core.compiled:
        engines += [(_select.COMPILED, "native"), (_select.COMPILED, "h2")]
    return engines


@pytest.fixture(params=http2_engines(), ids=lambda pair: f"{_select.Core(pair[0])!r}-{pair[1]}")
def serve_http2(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """As `serve`, with HTTP/2 by each of its codecs."""
    package, codec = request.param
    build = _select.Core(package)
    if codec == "native":
        http2 = build.native_http2_codec
    else:
        http2 = library_http2_codec(build)
    yield from serving(build, "auto", ws="auto", http2=http2)


def serving(build: Any, codec: str, **options: Any) -> Iterator[Serve]:
    with ExitStack() as stack:

        def serve(app: Any, **settings: Any) -> Server:
            server = Server(build, codec, app, **options, **settings)
            stack.callback(server.close)
            return server

        yield serve
