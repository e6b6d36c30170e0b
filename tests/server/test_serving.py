"""Server from start to end: in a loop, in a thread, several at once; what wakes it."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import threading
from typing import Any

import pytest

import uvicorn
from tests.apps.serving import Wire, get, in_thread
from tests.apps.serving import port_of as port_of_thread
from tests.apps.serving import until as wait_until
from tests.server.apps import WithLifespan, hello, quiet
from tests.server.conftest import Drive, Log
from tests.server.serving_loop import Client, ask, port_of, serving, until
from uvicorn.errors import ConfigError


def test_a_server_answers_inside_a_running_loop(drive: Drive, log: Log) -> None:
    app = WithLifespan()
    server = uvicorn.Server(quiet(app))

    async def main() -> None:
        async with serving(server):
            assert await ask(server) == (200, b"hello")
            assert server.started

    drive(main())
    assert app.heard == ["lifespan.startup", "lifespan.shutdown"]
    pid = os.getpid()
    port = log.lines[3].partition("127.0.0.1:")[2].split()[0]
    assert log.lines == [
        f"INFO Started server process [{pid}]",
        "INFO Waiting for application startup.",
        "INFO Application startup complete.",
        f"INFO Uvicorn running on http://127.0.0.1:{port} (Press CTRL+C to quit)",
        "INFO Shutting down",
        "INFO Waiting for application shutdown.",
        "INFO Application shutdown complete.",
        f"INFO Finished server process [{pid}]",
    ]


def test_the_log_shows_the_real_port_and_colours_what_matters(drive: Drive, log: Log) -> None:
    server = uvicorn.Server(quiet(hello))

    async def main() -> None:
        async with serving(server):
            assert log.has(f"http://127.0.0.1:{port_of(server)} ")

    drive(main())
    coloured = [getattr(record, "color_message", None) for record in log.records]
    assert coloured[0] == "Started server process [\x1b[36m%d\x1b[0m]"
    assert "Uvicorn running on \x1b[1m%s://%s:%d\x1b[0m (Press CTRL+C to quit)" in coloured


def test_run_serves_on_a_loop_of_its_own() -> None:
    with in_thread(hello) as server, Wire(port_of_thread(server)) as client:
        client.send(get("/"))
        assert client.read_response() == (200, b"hello")


@pytest.mark.parametrize("loop", ["none", "asyncio", "uvloop"])
def test_a_server_in_a_thread_ends_when_another_thread_says_so(loop: str) -> None:
    with in_thread(hello, loop=loop) as server:
        server.should_exit = True
        wait_until(lambda: not server.servers[0].is_serving())


def test_two_servers_share_a_loop(drive: Drive) -> None:
    one, two = uvicorn.Server(quiet(hello)), uvicorn.Server(quiet(WithLifespan()))

    async def main() -> None:
        async with serving(one), serving(two):
            assert await ask(one) == await ask(two) == (200, b"hello")
            two.should_exit = True
            await until(lambda: not two.servers[0].is_serving())
            assert await ask(one) == (200, b"hello")

    drive(main())


def test_a_server_can_be_cancelled_and_leaves_nothing_open(drive: Drive) -> None:
    app = WithLifespan()
    server = uvicorn.Server(quiet(app))

    async def main() -> None:
        task = asyncio.ensure_future(server.serve())
        await until(lambda: server.started)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not server.servers[0].is_serving()

    drive(main())
    assert app.heard == ["lifespan.startup", "lifespan.shutdown"]


def test_a_server_can_be_cancelled_while_the_app_starts(drive: Drive) -> None:
    begun, ended = [], []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            begun.append(scope["type"])
            await asyncio.Event().wait()
        finally:
            ended.append(scope["type"])

    async def main() -> None:
        task = asyncio.ensure_future(uvicorn.Server(quiet(app)).serve())
        await until(lambda: begun)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: ended)

    drive(main())


def test_a_lifespan_that_fails_ends_the_server_before_it_listens(drive: Drive, log: Log) -> None:
    server = uvicorn.Server(quiet(hello, lifespan="on"))
    drive(server.serve())
    assert not server.started
    assert server.servers == []
    assert log.lines[-2:] == [
        "ERROR Application startup failed. Exiting.",
        f"INFO Finished server process [{os.getpid()}]",
    ]


def test_a_server_told_to_exit_during_startup_still_shuts_the_app_down(drive: Drive) -> None:
    app = WithLifespan()
    server = uvicorn.Server(quiet(app))
    server.should_exit = True
    drive(server.serve())
    assert server.started
    assert app.heard == ["lifespan.startup", "lifespan.shutdown"]


def test_a_startup_that_never_ends_is_given_up_when_the_server_should_exit(
    drive: Drive, log: Log
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    server = uvicorn.Server(quiet(app, timeout_graceful_shutdown=0))

    async def main() -> None:
        task = asyncio.ensure_future(server.serve())
        await until(lambda: log.has("Waiting for application startup."))
        server.should_exit = True
        await task

    drive(main())
    assert not server.started
    assert log.has("ERROR Application startup was interrupted. Exiting.")


@pytest.mark.parametrize("grace", [None, 30])
def test_a_startup_that_never_ends_is_given_up_at_once_by_force(
    grace: float | None, drive: Drive, log: Log
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    server = uvicorn.Server(quiet(app, timeout_graceful_shutdown=grace))

    async def main() -> None:
        task = asyncio.ensure_future(server.serve())
        await until(lambda: log.has("Waiting for application startup."))
        server.should_exit = True
        await asyncio.sleep(0)
        assert not task.done()
        server.force_exit = True
        await asyncio.wait_for(task, 60)

    drive(main())
    assert not server.started


def test_a_setting_that_cannot_work_stops_the_app_again(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Any:
        raise ConfigError("This cannot work.")

    monkeypatch.setattr("uvicorn.assemble.connections", refuse)
    app = WithLifespan()
    with pytest.raises(ConfigError):
        drive(uvicorn.Server(quiet(app)).serve())
    assert app.heard == ["lifespan.startup", "lifespan.shutdown"]


# State and context


def test_every_request_gets_the_state_of_the_lifespan(drive: Drive) -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            scope["state"]["list"] = []
        else:
            seen.append(dict(scope["state"]))
            scope["state"]["own"] = True
            scope["state"]["list"].append(1)
        await WithLifespan()(scope, receive, send)

    async def main() -> None:
        server = uvicorn.Server(quiet(app))
        async with serving(server):
            await ask(server)
            await ask(server)

    drive(main())
    assert seen == [{"list": [1, 1]}, {"list": [1, 1]}]


variable = contextvars.ContextVar("variable", default="unset")


def test_requests_see_the_variables_of_the_lifespan_and_leak_none(drive: Drive) -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            variable.set("by the lifespan")
        else:
            seen.append(variable.get())
            variable.set("by a request")
        await WithLifespan()(scope, receive, send)

    async def main() -> None:
        server = uvicorn.Server(quiet(app))
        async with serving(server):
            client = await Client.connect(server)
            for _ in range(2):
                client.send()
                await client.response()
            await client.close()

    drive(main())
    assert seen == ["by the lifespan"] * 2


# What wakes it


class Counting(uvicorn.Server):
    """Counts how often the loop below main_loop() was left to sleep, and for how long at most."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.naps: list[float | None] = []
        self.sleep = self.sleeper.sleep
        self.sleeper.sleep = self.nap  # type: ignore[method-assign]

    async def nap(self, seconds: float | None) -> None:
        if self.started and not self.should_exit:
            self.naps.append(seconds)
        await self.sleep(seconds)


def test_an_idle_server_sleeps_until_it_should_exit(drive: Drive) -> None:
    server = Counting(quiet(hello))

    async def main() -> None:
        async with serving(server):
            await ask(server)
            await ask(server)

    drive(main())
    assert server.naps == [None]


def test_a_tick_of_ones_own_is_called_every_tenth_of_a_second(drive: Drive) -> None:
    class Ticking(Counting):
        counts: list[int] = []  # noqa: RUF012

        async def on_tick(self, counter: int) -> bool:
            self.counts.append(counter)
            return len(self.counts) == 3 or await super().on_tick(counter)

    server = Ticking(quiet(hello))
    drive(server.serve())
    assert server.counts == [0, 1, 2]
    assert server.naps[:2] == [0.1, 0.1]


def test_a_tick_that_was_patched_in_is_called(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []

    async def on_tick(self: uvicorn.Server, counter: int) -> bool:
        counts.append(counter)
        return len(counts) == 2

    monkeypatch.setattr(uvicorn.Server, "on_tick", on_tick)
    drive(uvicorn.Server(quiet(hello)).serve())
    assert counts == [0, 1]


def test_a_callback_is_notified_in_its_interval(drive: Drive) -> None:
    server: uvicorn.Server
    called = []

    async def notified() -> None:
        called.append(True)
        if len(called) == 2:
            server.should_exit = True

    server = uvicorn.Server(quiet(hello, callback_notify=notified, timeout_notify=0))
    drive(server.serve())
    assert len(called) == 2
    assert server.last_notified > 0


def test_a_server_ends_after_its_last_request(drive: Drive, log: Log) -> None:
    server = uvicorn.Server(quiet(hello, limit_max_requests=2))

    async def main() -> None:
        async with serving(server) as task:
            await ask(server)
            assert not task.done()
            await ask(server)
            await asyncio.wait_for(asyncio.wait([task]), 60)

    drive(main())
    assert log.has("INFO Maximum request limit of 2 exceeded. Terminating process.")


def test_jitter_adds_to_the_limit_of_requests_once() -> None:
    config = quiet(hello, limit_max_requests=10, limit_max_requests_jitter=5)
    limits = {uvicorn.Server(config).limit_max_requests for _ in range(200)}
    assert limits == {10, 11, 12, 13, 14, 15}
    server = uvicorn.Server(config)
    assert server.limit_max_requests == server.limit_max_requests
    assert uvicorn.Server(quiet(hello)).limit_max_requests is None


# What others do to it


def test_an_override_from_former_times_is_harmless(drive: Drive) -> None:
    class Mine(uvicorn.Server):
        def install_signal_handlers(self) -> None:
            raise AssertionError("Nobody calls this.")

    server = Mine(quiet(hello))

    async def main() -> None:
        async with serving(server):
            assert await ask(server) == (200, b"hello")

    drive(main())


def test_a_protocol_class_of_ones_own_serves(drive: Drive) -> None:
    made: list[dict[str, Any]] = []

    class Echo(asyncio.Protocol):
        def __init__(self, **given: Any) -> None:
            made.append(given)

        def connection_made(self, transport: Any) -> None:
            self.transport = transport
            made[-1]["server_state"].connections.add(self)

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

        def connection_lost(self, exc: Exception | None) -> None:
            made[-1]["server_state"].connections.discard(self)

        def shutdown(self) -> None:
            self.transport.close()

    server = uvicorn.Server(quiet(hello, http=Echo))

    async def main() -> None:
        async with serving(server):
            client = await Client.connect(server)
            client.send(b"content-length: 0\r\n\r\n")
            assert await client.reader.readuntil(b"\r\n\r\n") == b"content-length: 0\r\n\r\n"
        assert await client.rest() == b""
        await client.close()
        assert made[0]["_loop"] is asyncio.get_running_loop()

    drive(main())
    assert set(made[0]) == {"config", "server_state", "app_state", "_loop"}
    assert made[0]["server_state"] is server.server_state
    assert server.server_state.default_headers == [(b"server", b"uvicorn")]


def test_parts_can_be_driven_by_hand(drive: Drive) -> None:
    """As some software does it: startup(), requests, shutdown(), without serve()."""
    app = WithLifespan()
    config = quiet(app)
    config.load()
    assert config.lifespan_class is not None
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)

    async def main() -> None:
        await server.startup()
        assert await ask(server) == (200, b"hello")
        await server.shutdown()

    drive(main())
    assert app.heard == ["lifespan.startup", "lifespan.shutdown"]


def test_signals_are_left_alone_off_the_main_thread() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with in_thread(hello) as server:
        assert threading.current_thread() is threading.main_thread()
        assert signal.getsignal(signal.SIGTERM) is before
        assert server.started
