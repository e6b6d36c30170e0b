"""`serve`: a server of one app on a fake transport, on both builds and every codec."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.core.serving import Server
from uvicorn import _select
from uvicorn.codecs import HTTP_CODECS

ENGINES = [(_select.PURE, name) for name in HTTP_CODECS if name != "native"]
if _select.core.compiled:
    ENGINES += [(_select.COMPILED, name) for name in HTTP_CODECS]

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


def serving(build: Any, codec: str) -> Iterator[Serve]:
    with ExitStack() as stack:

        def serve(app: Any, **settings: Any) -> Server:
            server = Server(build, codec, app, **settings)
            stack.callback(server.close)
            return server

        yield serve
