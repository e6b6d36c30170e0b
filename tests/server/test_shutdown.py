"""Graceful shutdown: what may finish, what is told, what is cancelled, and that it always ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from typing import Any

import pytest

import uvicorn
from tests.server.apps import WithLifespan, hello, quiet
from tests.server.conftest import Drive, Log
from tests.server.serving_loop import REQUEST, Client, ask, port_of, serving, until

WAITING = "INFO Waiting for connections to close. (CTRL+C to force quit)"
WAITING_FOR_TASKS = "INFO Waiting for background tasks to complete. (CTRL+C to force quit)"
CANCELLING = "ERROR Cancel 1 running task(s), timeout graceful shutdown exceeded"
CANCELLED = "Task cancelled, timeout graceful shutdown exceeded"


class Gate:
    """An app whose responses wait until the test opens it; it begins with the head."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.entered = 0
        self.ended: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        headers = [(b"content-length", b"5")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        self.entered += 1
        try:
            await self.wait(receive)
            await send({"type": "http.response.body", "body": b"hello"})
            self.ended.append("returned")
        except asyncio.CancelledError as error:
            self.ended.append(f"cancelled: {error}")
            raise

    async def wait(self, receive: Any) -> None:
        await self.open.wait()


def stop(server: uvicorn.Server) -> None:
    server.should_exit = True


def test_a_running_response_is_finished(drive: Drive, log: Log) -> None:
    async def main() -> None:
        gate = Gate()
        server = uvicorn.Server(quiet(WithLifespan(gate)))
        async with serving(server):
            client = await Client.connect(server)
            client.send()
            await until(lambda: gate.entered)
            stop(server)
            await until(lambda: log.has("Waiting for connections to close"))
            gate.open.set()
            assert await client.response() == (200, b"hello")
            assert await client.rest() == b""
            await client.close()
        assert gate.ended == ["returned"]

    drive(main())
    assert log.lines[log.lines.index("INFO Shutting down") :] == [
        "INFO Shutting down",
        WAITING,
        "INFO Waiting for application shutdown.",
        "INFO Application shutdown complete.",
        f"INFO Finished server process [{os.getpid()}]",
    ]


def test_idle_connections_are_closed_without_waiting(drive: Drive, log: Log) -> None:
    async def main() -> None:
        server = uvicorn.Server(quiet(hello))
        async with serving(server):
            client = await Client.connect(server)
            client.send()
            await client.response()
            stop(server)
            assert await client.rest() == b""
            await client.close()

    drive(main())
    assert WAITING not in log.lines


def test_no_connection_is_accepted_afterwards(drive: Drive) -> None:
    async def main() -> None:
        gate = Gate()
        server = uvicorn.Server(quiet(gate))
        async with serving(server):
            client = await Client.connect(server)
            client.send()
            await until(lambda: gate.entered)
            port = port_of(server)
            stop(server)
            await until(lambda: not server.servers[0].is_serving())
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", port)
            gate.open.set()
            await client.response()
            await client.close()

    drive(main())


def test_while_it_drains_the_state_of_each_scope_says_so(drive: Drive, log: Log) -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            seen.append(scope["state"].get("uvicorn_draining"))
        await hello(scope, receive, send)

    async def main() -> None:
        server = uvicorn.Server(quiet(app, timeout_drain=3600))
        async with serving(server):
            await ask(server)
            stop(server)
            await until(lambda: log.has("Serving on for 3600 s while clients leave"))
            await ask(server)
            server.force_exit = True

    drive(main())
    assert seen == [None, True]


def test_while_it_drains_all_are_answered_and_told_to_leave(drive: Drive, log: Log) -> None:
    async def main() -> None:
        server = uvicorn.Server(quiet(hello, lifespan="off", timeout_drain=3600))
        async with serving(server):
            early = await Client.connect(server)
            early.send()
            await early.response()
            stop(server)
            await until(lambda: log.has("Serving on for 3600 s while clients leave"))
            late = await Client.connect(server)
            for client in (early, late):
                client.send()
                answer = await client.rest()
                assert b"\r\nconnection: close\r\n" in answer and answer.endswith(b"hello")
                await client.close()
            server.force_exit = True

    drive(main())


def test_connections_that_the_kernel_has_queued_are_answered(drive: Drive) -> None:
    """They were connected before the signal, though the loop had not looked yet."""

    async def main() -> None:
        server = uvicorn.Server(quiet(hello))
        clients = []
        async with serving(server):
            for _ in range(20):
                client = socket.create_connection(("127.0.0.1", port_of(server)), 10)
                client.sendall(REQUEST)
                clients.append(client)
            stop(server)
        for client in clients:
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
            client.close()

    drive(main())


def test_a_background_task_after_the_response_is_finished(drive: Drive, log: Log) -> None:
    done = []
    begun = []

    async def main() -> None:
        release = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await hello(scope, receive, send)
            begun.append(True)
            await release.wait()
            done.append(True)

        server = uvicorn.Server(quiet(app))
        async with serving(server):
            client = await Client.connect(server)
            client.send(REQUEST.replace(b"Host", b"Connection: close\r\nHost"))
            assert await client.response() == (200, b"hello")
            assert await client.rest() == b""
            await client.close()
            await until(lambda: begun and not server.server_state.connections)
            stop(server)
            await until(lambda: WAITING_FOR_TASKS in log.lines)
            release.set()

    drive(main())
    assert done == [True]


# The time is over


def test_an_app_first_hears_that_its_client_is_gone(drive: Drive, log: Log) -> None:
    class Listening(Gate):
        async def wait(self, receive: Any) -> None:
            while (message := await receive())["type"] != "http.disconnect":
                pass
            self.ended.append(message["type"])

    async def main() -> None:
        gate = Listening()
        server = uvicorn.Server(quiet(gate, timeout_graceful_shutdown=0.1))
        async with serving(server):
            client = await Client.connect(server)
            client.send()
            await until(lambda: gate.entered)
            stop(server)
        await client.close()
        assert gate.ended == ["http.disconnect", "returned"]

    drive(main())
    assert CANCELLING not in log.lines


@pytest.mark.parametrize("seconds", [0, 0.05])
def test_an_app_that_goes_on_is_cancelled(seconds: float, drive: Drive, log: Log) -> None:
    async def main() -> None:
        gate = Gate()
        server = uvicorn.Server(quiet(WithLifespan(gate), timeout_graceful_shutdown=seconds))
        async with serving(server):
            client = await Client.connect(server)
            client.send()
            await until(lambda: gate.entered)
            stop(server)
        assert gate.ended == [f"cancelled: {CANCELLED}"]
        assert not server.server_state.connections
        await client.close()

    drive(main())
    assert CANCELLING in log.lines


def test_an_app_that_ignores_its_cancellation_does_not_hold_the_server(
    drive: Drive, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uvicorn.shutdown.CANCEL_GRACE", 0.05)

    class Stubborn(Gate):
        async def wait(self, receive: Any) -> None:
            while not self.open.is_set():
                try:
                    await self.open.wait()
                except asyncio.CancelledError:
                    self.ended.append("ignored")

    async def main() -> None:
        gate = Stubborn()
        server = uvicorn.Server(quiet(gate, timeout_graceful_shutdown=0))
        async with serving(server):
            client = await Client.connect(server)
            client.send()
            await until(lambda: gate.entered)
            stop(server)
        assert gate.ended == ["ignored"]
        gate.open.set()
        await client.close()
        await until(lambda: not server.server_state.tasks)

    drive(main())
    assert log.has("ERROR 1 task(s) ignored their cancellation, going on without them")


def test_a_lifespan_that_does_not_end_is_given_up(drive: Drive, log: Log) -> None:
    ended = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(scope["type"])

    async def main() -> None:
        server = uvicorn.Server(quiet(app, timeout_graceful_shutdown=0.05))
        async with serving(server):
            pass
        await until(lambda: ended)

    drive(main())
    assert log.has("ERROR Application shutdown was interrupted. Exiting.")


# With connections and tasks of our own


class FakeConnection:
    """Closes when it is told to `shutdown` or `end_grace`, whichever it was made for."""

    def __init__(self, server: uvicorn.Server, closes_at: str) -> None:
        self.connections = server.server_state.connections
        self.connections.add(self)
        self.closes_at = closes_at
        self.told: list[str] = []

    def shutdown(self) -> None:
        self.hear("shutdown")

    def end_grace(self) -> None:
        self.hear("end_grace")

    def abort(self) -> None:
        self.hear("abort")

    def hear(self, what: str) -> None:
        if what not in self.told:
            self.told.append(what)
        if what == self.closes_at:
            self.connections.discard(self)


async def started(**options: Any) -> uvicorn.Server:
    config = quiet(hello, lifespan="off", **options)
    config.load()
    assert config.lifespan_class is not None
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    return server


@pytest.mark.parametrize(
    ("closes_at", "told"),
    [
        ("shutdown", ["shutdown"]),
        ("abort", ["shutdown", "end_grace", "abort"]),
    ],
)
def test_a_connection_is_told_more_and_more_clearly(
    closes_at: str, told: list[str], drive: Drive
) -> None:
    async def main() -> None:
        server = await started(timeout_graceful_shutdown=0.01)
        connection = FakeConnection(server, closes_at)
        await server.shutdown()
        assert connection.told == told
        assert not server.server_state.connections

    drive(main())


def test_a_connection_that_joins_late_is_told_to_end(drive: Drive) -> None:
    async def main() -> None:
        server = await started()
        early = FakeConnection(server, "nothing")
        ending = asyncio.ensure_future(server.shutdown())
        await until(lambda: early.told)
        late = FakeConnection(server, "shutdown")
        await until(lambda: late.told)
        early.connections.clear()
        await ending

    drive(main())


def test_an_old_connection_class_needs_no_more_than_shutdown(drive: Drive) -> None:
    class Old:
        def shutdown(self) -> None:
            pass

    async def main() -> None:
        server = await started(timeout_graceful_shutdown=0)
        server.server_state.connections.add(Old())
        await server.shutdown()

    drive(main())


@pytest.mark.parametrize("seconds", [None, 7.5])
def test_the_server_waits_as_long_as_it_was_told(
    seconds: float | None, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    async def wait_for(waiting: Any, timeout: float | None) -> Any:
        if waiting.__name__ == "_wait_tasks_to_complete":
            waited.append(timeout)
        return await asyncio_wait_for(waiting, timeout)

    asyncio_wait_for = asyncio.wait_for
    monkeypatch.setattr(asyncio, "wait_for", wait_for)

    async def main() -> None:
        await (await started(timeout_graceful_shutdown=seconds)).shutdown()

    drive(main())
    assert waited == [pytest.approx(seconds, abs=0.2)]


@pytest.mark.parametrize("force", ["force_exit", "signal"])
def test_a_forced_exit_waits_for_nothing(force: str, drive: Drive, log: Log) -> None:
    forces: dict[str, Callable[[uvicorn.Server], Any]] = {
        "force_exit": lambda server: setattr(server, "force_exit", True),
        "signal": lambda server: server.handle_exit(signal.SIGINT, None),
    }

    async def main() -> None:
        gate = Gate()
        app = WithLifespan(gate)
        server = uvicorn.Server(quiet(app))
        async with serving(server):
            client = await Client.connect(server)
            client.send()
            await until(lambda: gate.entered)
            stop(server)
            await until(lambda: WAITING in log.lines)
            forces[force](server)
            server._captured_signals.clear()
        await client.close()
        assert app.heard == ["lifespan.startup"]

    drive(main())
    assert not log.has("Waiting for application shutdown.")
    assert not log.has("interrupted")
    assert log.has("INFO Finished server process")


def test_passed_sockets_are_closed_in_the_end(drive: Drive) -> None:
    async def main() -> None:
        sock = socket.create_server(("127.0.0.1", 0))
        async with serving(uvicorn.Server(quiet(hello)), sockets=[sock]):
            pass
        assert sock.fileno() == -1

    drive(main())
