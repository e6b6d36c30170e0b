"""Protocol classes given as `http`, subclassed and patched the way programs in the wild do."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.apps.serving import (
    HOST,
    Wire,
    get,
    in_thread,
    port_of,
    until,
)
from tests.compat.protocols import (
    LOOPS,
    ask,
    both,
    echo,
    either,
    impl_protocol,
    patched,
)
from uvicorn.protocols.http import h11_impl
from uvicorn.protocols.http.flow_control import FlowControl, service_unavailable
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


@both
@pytest.mark.parametrize("loop", LOOPS)
def test_facade_serves(base: type[Any], loop: str) -> None:
    with in_thread(echo, http=base, loop=loop) as server:
        assert ask(server)["path"] == "/path"
        assert ask(server, "POST", b"x" * 100_000)["body"] == "x" * 100_000
        until(lambda: server.server_state.total_requests == 2)


@both
def test_facade_keeps_a_connection_and_answers_pipelined_requests(base: type[Any]) -> None:
    with in_thread(echo, http=base) as server, Wire(port_of(server)) as wire:
        for _ in range(2):
            wire.send(get("/one") + get("/two") + get("/three"))
            paths = [json.loads(wire.read_response()[1])["path"] for _ in range(3)]
            assert paths == ["/one", "/two", "/three"]


@both
def test_subclass_sees_its_connections_come_and_go(base: type[Any]) -> None:
    calls: list[str] = []

    class Watched(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            calls.append(f"made {self.transport is transport} {self.client[0]} {self.scheme}")

        def data_received(self, data: bytes) -> None:
            calls.append(f"data {self in self.connections}")
            super().data_received(data)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            calls.append(f"lost {self in self.connections}")

    with in_thread(echo, http=Watched) as server:
        ask(server)
        until(lambda: len(calls) == 3)
    assert calls == [f"made True {HOST} http", "data True", "lost False"]


@both
def test_subclass_takes_its_arguments_by_position(base: type[Any]) -> None:
    class Positional(base):  # type: ignore[misc]
        def __init__(
            self, config: Any, server_state: Any, app_state: Any, _loop: Any = None
        ) -> None:
            super().__init__(config, server_state, app_state, _loop)
            assert (self.config, self.server_state) == (config, server_state)
            assert self.loop is asyncio.get_running_loop()
            assert self.tasks is server_state.tasks

    with in_thread(echo, http=Positional) as server:
        ask(server)


@both
def test_subclass_may_set_options_of_the_socket_first(base: type[Any]) -> None:
    class NoDelay(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            assert transport.get_extra_info("socket") is not None
            super().connection_made(transport)

    with in_thread(echo, http=NoDelay) as server:
        ask(server)


@both
def test_subclass_may_refuse_a_connection(base: type[Any]) -> None:
    class Refusing(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            self.transport = transport
            transport.close()

    with in_thread(echo, http=Refusing) as server, Wire(port_of(server)) as wire:
        assert wire.read_to_end() == b""


@both
def test_subclass_may_close_a_connection_after_it_was_made(base: type[Any]) -> None:
    class Closing(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            transport.close()

    with in_thread(echo, http=Closing) as server:
        with Wire(port_of(server)) as wire:
            assert wire.read_to_end() == b""
        until(lambda: not server.server_state.connections)


@both
@pytest.mark.parametrize("when", ["init", "connection_made"])
def test_subclass_may_wrap_the_app_of_its_connection(base: type[Any], when: str) -> None:
    class Wrapping(base):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if when == "init":
                self.wrap()

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            if when == "connection_made":
                self.wrap()

        def wrap(self) -> None:
            inner = self.app

            async def wrapped(scope: Any, receive: Any, send: Any) -> None:
                await inner({**scope, "peer": "known"}, receive, send)

            self.app: Any = wrapped

    with in_thread(echo, http=Wrapping) as server:
        assert ask(server)["peer"] == "known"


@both
def test_subclass_may_give_its_connection_a_state_of_its_own(base: type[Any]) -> None:
    class Stateful(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            self.app_state: Any = self.app_state.copy()
            self.app_state["peer"] = "certificate"
            super().connection_made(transport)

    with in_thread(echo, http=Stateful) as server:
        assert ask(server)["state"] == {"peer": "certificate"}


@both
def test_subclass_may_add_to_the_scope_when_it_is_set(base: type[Any]) -> None:
    class Adding(base):  # type: ignore[misc]
        @property
        def scope(self) -> Any:
            return self._scope

        @scope.setter
        def scope(self, value: Any) -> None:
            if value is not None:
                value["extensions"] = {"tls": {}}
            self._scope = value

    with in_thread(echo, http=Adding) as server:
        assert ask(server)["extensions"] == {"tls": {}}


@both
def test_subclass_may_put_a_transport_in_front_of_the_real_one(base: type[Any]) -> None:
    written: list[bytes] = []

    class Recording:
        def __init__(self, transport: asyncio.Transport) -> None:
            self.transport = transport

        def write(self, data: bytes) -> None:
            written.append(data)
            self.transport.write(data)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.transport, name)

    class Behind(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self.transport = Recording(transport)

    with in_thread(echo, http=Behind) as server:
        ask(server)
    assert b"".join(written).startswith(b"HTTP/1.1 200 OK\r\n")


@both
def test_subclass_hears_of_each_complete_response(base: type[Any]) -> None:
    complete: list[bool] = []

    class Counting(base):  # type: ignore[misc]
        def on_response_complete(self) -> None:
            complete.append(self.cycle.response_complete)
            super().on_response_complete()

    with in_thread(echo, http=Counting) as server, Wire(port_of(server)) as wire:
        wire.send(get("/one") + get("/two"))
        wire.read_response()
        wire.read_response()
        assert complete == [True, True]


@both
def test_subclass_hears_of_a_bad_request_and_may_answer_it_itself(base: type[Any]) -> None:
    class Own(base):  # type: ignore[misc]
        def data_received(self, data: bytes) -> None:
            self.latest = data
            super().data_received(data)

        def send_400_response(self, msg: str) -> None:
            assert self.latest.startswith(b"nonsense")
            super().send_400_response("No, thanks.")

    with in_thread(echo, http=Own) as server, Wire(port_of(server)) as wire:
        wire.send(b"nonsense\r\n\r\n")
        answer = wire.read_to_end()
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert answer.endswith(b"\r\n\r\nNo, thanks.")


def test_handle_events_may_be_extended() -> None:
    heads: list[str] = []

    class Deadline(H11Protocol):
        def handle_events(self) -> None:
            before = self.cycle
            super().handle_events()
            if self.cycle is not None and self.cycle is not before:
                assert self.scope is not None
                heads.append(self.scope["path"])

    with in_thread(echo, http=Deadline) as server, Wire(port_of(server)) as wire:
        request = get("/path")
        wire.send(request[:10])
        wire.send(request[10:])
        wire.read_response()
    assert heads == ["/path"]


@pytest.mark.parametrize("hook", ["on_message_begin", "on_url", "on_headers_complete"])
def test_httptools_callbacks_may_be_patched_to_add_to_the_scope(hook: str) -> None:
    original = getattr(HttpToolsProtocol, hook)

    def new(self: Any, *args: Any) -> None:
        original(self, *args)
        self.scope["peer"] = self.transport.get_extra_info("peername")[0]

    with patched(HttpToolsProtocol, hook, new), in_thread(echo, http=HttpToolsProtocol) as server:
        assert ask(server)["peer"] == HOST


def test_on_header_decides_which_fields_the_app_sees() -> None:
    class Renamed(HttpToolsProtocol):
        def on_header(self, name: bytes, value: bytes) -> None:
            if name == b"x-kept":
                super().on_header(b"X-Renamed", value)

    async def fields(scope: Any, receive: Any, send: Any) -> None:
        body = repr(list(scope["headers"])).encode()
        length = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": body})

    with in_thread(fields, http=Renamed) as server, Wire(port_of(server)) as wire:
        for value in "12":
            wire.send(get("/", f"X-Kept: {value}", "X-Left-Out: 3"))
            assert wire.read_response()[1].decode() == f"[(b'x-renamed', b'{value}')]"


@both
def test_what_a_connection_serves_can_be_read_from_it(base: type[Any]) -> None:
    seen: list[Any] = []

    class Watched(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            seen.append((self.asgi_version, self.ws_protocol_class))

    with in_thread(echo, http=Watched, ws="none") as server:
        ask(server)
    assert seen == [("3.0", None)]


@either
def test_patched_init_of_the_cycle_may_add_to_the_scope(impl: Any) -> None:
    """The way to a client's certificate that many programs take."""
    cycle = impl.RequestResponseCycle
    original = cycle.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.scope["peer"] = self.transport.get_extra_info("peername")[0]

    with (
        patched(cycle, "__init__", init),
        in_thread(echo, http=impl_protocol(impl)) as server,
    ):
        assert ask(server)["peer"] == HOST


def test_patched_init_of_the_h11_cycle_may_name_its_parameters() -> None:
    cycle = h11_impl.RequestResponseCycle
    original: Any = cycle.__init__

    def init(self: Any, scope: Any, conn: Any, transport: Any, *args: Any, **kwargs: Any) -> None:
        scope["peer"] = transport.get_extra_info("peername")[0]
        original(self, scope, conn, transport, *args, **kwargs)

    with patched(cycle, "__init__", init), in_thread(echo, http=H11Protocol) as server:
        assert ask(server)["peer"] == HOST


@either
def test_another_cycle_class_may_take_the_place_of_the_cycle(impl: Any) -> None:
    class Upper(impl.RequestResponseCycle):  # type: ignore[misc]
        async def send(self, message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-cycle", b"mine"))
            await super().send(message)

        async def receive(self) -> Any:
            message = await super().receive()
            assert not self.disconnected
            return message

    with (
        patched(impl, "RequestResponseCycle", Upper),
        in_thread(echo, http=impl_protocol(impl)) as server,
        Wire(port_of(server)) as wire,
    ):
        wire.send(get("/"))
        assert b"\r\nx-cycle: mine\r\n" in wire.read_until(b"\r\n\r\n")


@either
def test_patched_run_asgi_wraps_the_call_of_the_app(impl: Any) -> None:
    calls: list[str] = []
    cycle = impl.RequestResponseCycle
    original = cycle.run_asgi

    async def run_asgi(self: Any, app: Any) -> None:
        calls.append(self.scope["path"])
        await original(self, app)
        calls.append("complete" if self.response_complete else "not complete")

    with (
        patched(cycle, "run_asgi", run_asgi),
        in_thread(echo, http=impl_protocol(impl)) as server,
    ):
        ask(server)
        until(lambda: len(calls) == 2)
    assert calls == ["/path", "complete"]


@both
def test_cycle_tells_that_the_client_has_gone(base: type[Any]) -> None:
    cycles: list[Any] = []

    class Watched(base):  # type: ignore[misc]
        def new_cycle(self, **facts: Any) -> Any:
            cycles.append(super().new_cycle(**facts))
            return cycles[-1]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with in_thread(app, http=Watched, lifespan="off") as server:
        with Wire(port_of(server)) as wire:
            wire.send(get("/"))
            until(lambda: cycles)
            assert not cycles[0].disconnected
        until(lambda: cycles[0].disconnected)


@both
def test_cycle_may_end_the_connection_after_its_response(base: type[Any]) -> None:
    class LastOne(base):  # type: ignore[misc]
        def new_cycle(self, **facts: Any) -> Any:
            cycle = super().new_cycle(**facts)
            assert cycle.keep_alive
            cycle.keep_alive = False
            return cycle

    with in_thread(echo, http=LastOne) as server, Wire(port_of(server)) as wire:
        wire.send(get("/"))
        assert b"\r\nconnection: close\r\n" in wire.read_until(b"\r\n\r\n")
        wire.read_to_end()


@both
def test_flow_of_a_connection_can_be_paused_and_waited_for(base: type[Any]) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        flow = protocols[0].flow
        flow.pause_reading()
        assert flow.read_paused
        flow.resume_reading()
        assert not flow.read_paused and not flow.write_paused
        await flow.drain()
        await echo(scope, receive, send)

    protocols: list[Any] = []

    class Kept(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            protocols.append(self)

    with in_thread(app, http=Kept, lifespan="off") as server:
        ask(server)
    assert isinstance(protocols[0].flow, FlowControl)


@both
def test_subclass_may_answer_with_service_unavailable(base: type[Any]) -> None:
    class Busy(base):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.app = service_unavailable

    with in_thread(echo, http=Busy) as server, Wire(port_of(server)) as wire:
        wire.send(get("/"))
        answer = wire.read_to_end()
    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert answer.endswith(b"\r\n\r\nService Unavailable")


@both
def test_limit_of_concurrency_counts_all_connections_of_a_facade(base: type[Any]) -> None:
    """They share one service: counts are the server's, not a connection's."""
    waiting: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        waiting.append(scope)
        while (await receive())["type"] != "http.disconnect":
            pass

    with in_thread(app, http=base, limit_concurrency=3, lifespan="off") as server:
        port = port_of(server)
        with Wire(port) as first, Wire(port) as second, Wire(port) as third:
            for wire in (first, second):
                wire.send(get("/"))
            until(lambda: len(waiting) == 2)
            third.send(get("/"))
            assert third.read_response()[0] == 503
