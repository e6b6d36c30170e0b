"""Signals inside this process; those that end one are in test_process.py."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from typing import Any

import pytest

import uvicorn
from tests.server.apps import WithLifespan, hello, quiet
from tests.server.conftest import Drive
from tests.server.serving_loop import ask, serving, until
from uvicorn.server import HANDLED_SIGNALS


@pytest.fixture(autouse=True)
def caught() -> Iterator[list[int]]:
    """What comes through to the handlers that were there before."""
    numbers: list[int] = []
    before = {
        sig: signal.signal(sig, lambda number, frame: numbers.append(number))
        for sig in HANDLED_SIGNALS
    }
    yield numbers
    for sig, handler in before.items():
        signal.signal(sig, handler)


def handlers() -> list[Any]:
    return [signal.getsignal(sig) for sig in HANDLED_SIGNALS]


@pytest.mark.parametrize("sig", HANDLED_SIGNALS)
def test_a_signal_ends_the_server_and_is_raised_again(
    sig: signal.Signals, drive: Drive, caught: list[int]
) -> None:
    app = WithLifespan()
    before = handlers()

    async def main() -> None:
        server = uvicorn.Server(quiet(app))
        async with serving(server) as task:
            assert await ask(server) == (200, b"hello")
            signal.raise_signal(sig)
            assert caught == []
            await asyncio.wait_for(asyncio.wait([task]), 60)

    drive(main())
    assert app.heard == ["lifespan.startup", "lifespan.shutdown"]
    assert caught == [sig]
    assert handlers() == before


def test_captured_signals_are_raised_again_last_one_first(caught: list[int]) -> None:
    server = uvicorn.Server(quiet(hello))
    with server.capture_signals():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        assert server._captured_signals == [signal.SIGTERM, signal.SIGINT]
    assert caught == [signal.SIGINT, signal.SIGTERM]


def test_the_second_interrupt_forces_the_exit() -> None:
    server = uvicorn.Server(quiet(hello))
    server.handle_exit(signal.SIGINT, None)
    assert (server.should_exit, server.force_exit) == (True, False)
    server.handle_exit(signal.SIGTERM, None)
    assert server.force_exit is False
    server.handle_exit(signal.SIGINT, None)
    assert server.force_exit is True


def test_the_handler_leads_to_its_server() -> None:
    """sse-starlette finds the server so, to see whether it should exit."""
    server = uvicorn.Server(quiet(hello))
    with server.capture_signals():
        handler: Any = signal.getsignal(signal.SIGTERM)
        assert handler.__self__ is server


def test_a_handle_exit_that_is_patched_in_later_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called = []
    server = uvicorn.Server(quiet(hello))
    with server.capture_signals():
        monkeypatch.setattr(
            uvicorn.Server, "handle_exit", lambda self, sig, frame: called.append((self, sig))
        )
        signal.raise_signal(signal.SIGTERM)
    assert called == [(server, signal.SIGTERM)]


def test_one_signal_ends_two_servers(drive: Drive, caught: list[int]) -> None:
    one, two = WithLifespan(), WithLifespan()

    async def main() -> None:
        async with serving(uvicorn.Server(quiet(one))), serving(uvicorn.Server(quiet(two))) as task:
            signal.raise_signal(signal.SIGTERM)
            await asyncio.wait_for(asyncio.wait([task]), 60)

    drive(main())
    assert one.heard == two.heard == ["lifespan.startup", "lifespan.shutdown"]
    assert caught == [signal.SIGTERM]


def test_a_server_that_ends_first_leaves_the_signals_to_the_other(
    drive: Drive, caught: list[int]
) -> None:
    before = handlers()

    async def main() -> None:
        one, two = uvicorn.Server(quiet(hello)), uvicorn.Server(quiet(hello))
        async with serving(two):
            pass
        first = asyncio.ensure_future(one.serve())
        await until(lambda: one.started)
        async with serving(two) as task:
            one.should_exit = True
            await first
            two.should_exit = False
            signal.raise_signal(signal.SIGTERM)
            await asyncio.wait_for(asyncio.wait([task]), 60)
        assert two.should_exit
        assert caught == [signal.SIGTERM]
        signal.raise_signal(signal.SIGINT)
        assert caught == [signal.SIGTERM, signal.SIGINT]

    drive(main())
    assert handlers() == before


def test_a_handler_that_the_app_has_set_goes_with_the_server() -> None:
    before = handlers()
    server = uvicorn.Server(quiet(hello))
    with server.capture_signals():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert handlers() == before
