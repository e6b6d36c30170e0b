"""What a service manager hears: a datagram socket stands in for systemd's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import uvicorn
from tests.apps.serving import FEW, Variant, in_thread, process, until
from tests.server.apps import WithLifespan, hello, quiet
from tests.server.conftest import Drive, Log
from tests.server.serving_loop import ask, port_of, serving
from tests.server.serving_loop import until as until_in_loop
from uvicorn.system.notify import Notifier

COMMAND = [sys.executable, "-W", "error", "-m", "uvicorn"]


class Manager:
    """Hears what is said to its socket; `address` is what NOTIFY_SOCKET would be."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self.socket.setblocking(False)
        self.heard: list[list[str]] = []

    def listen(self) -> list[list[str]]:
        """All messages up to now, each as its lines."""
        while True:
            try:
                self.heard.append(self.socket.recv(65536).decode().split("\n"))
            except BlockingIOError:
                return self.heard

    def has(self, line: str) -> bool:
        return any(line in message for message in self.listen())


@pytest.fixture(params=["path", "abstract name"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Manager]:
    path = str(tmp_path / "notify")
    manager = Manager(path if request.param == "path" else f"@{path}")
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    with manager.socket:
        yield manager


# The life of a server


def test_a_manager_hears_when_the_server_is_ready_and_when_it_stops(
    manager: Manager, drive: Drive
) -> None:
    app = WithLifespan()
    server = uvicorn.Server(quiet(app))

    async def main() -> None:
        async with serving(server):
            assert app.heard == ["lifespan.startup"]
            assert await ask(server) == (200, b"hello")
            assert manager.listen() == [
                [
                    "READY=1",
                    f"STATUS=Running on http://127.0.0.1:{port_of(server)}",
                    f"MAINPID={os.getpid()}",
                ]
            ]

    drive(main())
    assert manager.listen()[1:] == [["STOPPING=1", "STATUS=Shutting down"]]


def test_a_manager_is_not_told_ready_while_the_app_starts_nor_if_it_fails(
    manager: Manager, drive: Drive
) -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        assert manager.listen() == []
        await send({"type": "lifespan.startup.failed", "message": "no"})

    drive(uvicorn.Server(quiet(fails)).serve())
    assert manager.listen() == []


def test_a_port_that_is_taken_is_not_ready(manager: Manager, drive: Drive) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock, pytest.raises(SystemExit):
        drive(uvicorn.Server(quiet(hello, port=sock.getsockname()[1])).serve())
    assert manager.listen() == []


def test_a_server_in_a_thread_leaves_it_to_the_program(manager: Manager) -> None:
    with in_thread(hello):
        pass
    assert manager.listen() == []


def test_a_program_may_speak_for_itself(manager: Manager, drive: Drive) -> None:
    server = uvicorn.Server(quiet(hello))
    server.notifier = Notifier()

    async def main() -> None:
        async with serving(server):
            pass

    drive(main())
    assert manager.listen() == []


# The watchdog


def test_the_loop_shows_that_it_lives_until_the_shutdown_is_over(
    manager: Manager, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "10000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))

    def beats() -> int:
        return manager.listen().count(["WATCHDOG=1"])

    async def stops_late(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(2):
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                seen = beats()
                await until_in_loop(lambda: beats() > seen)  # noqa: B023  (asked at once)
            await send({"type": f"{message['type']}.complete"})

    async def main() -> None:
        server = uvicorn.Server(quiet(stops_late))
        async with serving(server):
            await until_in_loop(lambda: beats() > 2)
        assert server.notifier._beat is None

    drive(main())
    assert [message[0] for message in manager.heard[:2]] == ["READY=1", "WATCHDOG=1"]
    stopping = manager.heard.index(["STOPPING=1", "STATUS=Shutting down"])
    assert ["WATCHDOG=1"] in manager.heard[stopping:]


def test_a_sign_of_life_comes_at_half_of_the_time_and_none_after_the_end(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[tuple[float, asyncio.Handle]] = []

    class Loop:
        def call_later(self, delay: float, callback: Any, *arguments: Any) -> asyncio.Handle:
            planned.append((delay, asyncio.Handle(callback, arguments, loop)))
            return planned[-1][1]

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        monkeypatch.setattr(asyncio, "get_running_loop", Loop)
        notifier = Notifier(manager.address, watchdog=3.0)
        notifier.ready("a port")
        planned[0][1]._run()
        assert [delay for delay, _ in planned] == [1.5, 1.5]
        assert manager.listen()[1:] == [["WATCHDOG=1"], ["WATCHDOG=1"]]
        assert not planned[1][1].cancelled()
        notifier.ended()
        assert planned[1][1].cancelled()


def test_a_blocked_loop_shows_no_life(
    manager: Manager, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "2000")
    during: list[int] = []

    async def blocks(scope: Any, receive: Any, send: Any) -> None:
        before = len(manager.listen())
        threading.Event().wait(0.02)
        during.append(len(manager.listen()) - before)
        await hello(scope, receive, send)

    async def main() -> None:
        server = uvicorn.Server(quiet(blocks, lifespan="off"))
        async with serving(server):
            await until_in_loop(lambda: manager.has("WATCHDOG=1"))
            assert await ask(server) == (200, b"hello")
            beats = len(manager.listen())
            await until_in_loop(lambda: len(manager.listen()) > beats)

    drive(main())
    assert during == [0]


INTERVALS: dict[str, tuple[dict[str, str], float | None]] = {
    "unset": ({}, None),
    "a second": ({"WATCHDOG_USEC": "1000000"}, 1.0),
    "for us": ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
    "for another process": ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
    "none": ({"WATCHDOG_USEC": "0"}, None),
    "nonsense": ({"WATCHDOG_USEC": "soon"}, None),
}


@pytest.mark.parametrize(("environment", "seconds"), INTERVALS.values(), ids=list(INTERVALS))
def test_the_watchdog_is_read_from_the_environment(
    environment: dict[str, str], seconds: float | None
) -> None:
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": "/x", **environment})
    assert (notifier.address, notifier.watchdog) == ("/x", seconds)


# Nobody there


@pytest.mark.parametrize("watchdog", ["", "1000"])
def test_without_a_manager_nothing_is_sent_and_nothing_ticks(
    watchdog: str, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", watchdog)

    async def main() -> None:
        server = uvicorn.Server(quiet(hello))
        async with serving(server):
            assert await ask(server) == (200, b"hello")
            assert server.notifier.address == ""
            assert server.notifier._beat is None

    drive(main())


@pytest.mark.parametrize("address", ["/nowhere/notify", "vsock:2:1234", "@nobody-listens-here"])
def test_a_manager_that_is_gone_is_warned_of_once_and_stops_nothing(
    address: str, drive: Drive, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)

    async def main() -> None:
        server = uvicorn.Server(quiet(hello))
        async with serving(server):
            assert await ask(server) == (200, b"hello")

    drive(main())
    (line,) = [line for line in log.lines if line.startswith("WARNING")]
    assert line.startswith(f"WARNING Cannot tell the service manager at {address!r}: ")


def test_facts_are_lines_and_cannot_make_new_ones(manager: Manager) -> None:
    Notifier(manager.address).tell(STATUS="a\nREADY=1", MAINPID=3, EMPTY="")
    assert manager.listen() == [["STATUS=a READY=1", "MAINPID=3", "EMPTY="]]


# A process of its own


@pytest.mark.parametrize("variant", FEW, ids=str)
def test_a_process_is_ready_beats_and_stops(variant: Variant, manager: Manager) -> None:
    environment = {**variant.environment, "WATCHDOG_USEC": "100000"}
    command = [*COMMAND, "tests.server.process_apps:with_lifespan", "--port", "0"]
    with process([*command, *variant.arguments], environment) as server:
        until(lambda: manager.has("READY=1"), what=server.log)
        assert manager.heard[0][2] == f"MAINPID={server.pid}"
        beats = manager.listen().count(["WATCHDOG=1"])
        until(lambda: manager.listen().count(["WATCHDOG=1"]) > beats + 1)
        server.signal(signal.SIGTERM)
        assert server.wait() == -signal.SIGTERM
        assert manager.has("STOPPING=1")
