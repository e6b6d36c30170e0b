"""What a server says of the build, the engines and the loop that it runs on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.apps import hello, quiet
from tests.server.conftest import Log
from uvicorn import _select
from uvicorn.codecs import inventory


@pytest.fixture(autouse=True)
def first_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("UVICORN_EXTENSIONS", raising=False)
    inventory.warn_of_slow_core.cache_clear()
    yield
    inventory.warn_of_slow_core.cache_clear()


def test_one_line_at_level_debug_says_what_runs(
    log: Log, build: _select.Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_select, "core", build)
    logging.getLogger("uvicorn").setLevel(logging.DEBUG)
    monkeypatch.setenv("UVICORN_EXTENSIONS", "skip")
    quiet(hello).load()
    engines = (
        "HTTP: native. HTTP/2: native. WebSocket: native."
        if build.compiled
        else "HTTP: httptools. HTTP/2: h2. WebSocket: websockets."
    )
    assert log.lines == [f"DEBUG Core: {build!r}. {engines} Loop: uvloop."]


class MyProtocol(asyncio.Protocol):
    pass


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"http": "h11", "http2": False, "ws": "none", "loop": "asyncio"},
            "h11. HTTP/2: none. WebSocket: none. Loop: asyncio.",
        ),
        ({"http": MyProtocol, "loop": "none"}, "MyProtocol. HTTP/2: "),
        ({"loop": "none"}, "Loop: left to asyncio."),
    ],
)
def test_what_was_chosen_is_named(options: Any, said: str) -> None:
    default = {"http": "auto", "http2": True, "ws": "auto", "loop": "auto"}
    line = inventory.in_use(*(default | options).values())
    assert said in line


def test_cpython_without_the_compiled_core_says_once_what_to_do(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_select, "core", _select.Core(_select.PURE))
    for _ in range(2):
        quiet(hello)
    assert log.lines == [f"WARNING {inventory.SLOW}"]


@pytest.mark.parametrize("asked", ["core", "environment", "interpreter"])
def test_nothing_is_said_where_it_is_as_it_should_be(
    asked: str, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = _select.COMPILED if asked == "core" else _select.PURE
    monkeypatch.setattr(_select, "core", _select.Core(form))
    if asked == "environment":
        monkeypatch.setenv("UVICORN_EXTENSIONS", "skip")
    if asked == "interpreter":
        monkeypatch.setattr("sys.implementation.name", "pypy")
    quiet(hello)
    assert log.lines == []
