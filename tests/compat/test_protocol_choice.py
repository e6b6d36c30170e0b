"""Protocol classes as they are named and chosen, and what a server does for them."""

from __future__ import annotations

import asyncio
import functools
import gc
import http.client
import json
import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

import uvicorn
from tests.apps.serving import (
    BUILDS,
    HOST,
    Variant,
    Wire,
    get,
    in_process,
    in_thread,
    port_of,
    running,
)
from tests.compat.protocols import (
    MODULE,
    Named,
    ask,
    both,
    echo,
)
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState


@both
def test_app_may_be_replaced_on_the_loaded_config(base: type[Any]) -> None:
    """Agents that measure apps do this: they wrap `loaded_app` after load()."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        await echo({**scope, "agent": "watching"}, receive, send)

    class Instrumented(uvicorn.Config):
        def load(self) -> None:
            super().load()
            self.loaded_app = wrapped

    server = uvicorn.Server(Instrumented(echo, port=0, http=base, lifespan="off", log_config=None))
    with running(server):
        assert ask(server)["agent"] == "watching"


def test_module_and_class_may_be_named_as_a_string() -> None:
    with in_thread(echo, http=f"{MODULE}:Named") as server:
        assert ask(server)["named"] == "yes"


def test_command_takes_module_and_class() -> None:
    with in_process(
        f"{MODULE}:echo", Variant(BUILDS[0], "auto", "auto"), "--http", f"{MODULE}:Named"
    ) as process:
        connection = http.client.HTTPConnection(HOST, process.port, timeout=10)
        connection.request("GET", "/")
        assert json.loads(connection.getresponse().read())["named"] == "yes"
        connection.close()


def test_class_may_be_set_on_the_config_before_the_server_starts() -> None:
    config = uvicorn.Config(echo, port=0, lifespan="off", log_config=None)
    config.load()
    config.http_protocol_class = Named
    server = uvicorn.Server(config)
    with running(server):
        assert ask(server)["named"] == "yes"


@both
def test_a_protocol_may_serve_without_a_server(base: type[Any]) -> None:
    """Test suites make the protocol themselves, around a loop's own create_server()."""

    async def main() -> bytes:
        config = uvicorn.Config(echo, lifespan="off", log_config=None)
        state = ServerState()
        loop = asyncio.get_running_loop()
        new: Callable[..., asyncio.Protocol] = base
        make = functools.partial(new, config=config, server_state=state, app_state={})
        server = await loop.create_server(make, HOST, 0)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(get("/path", "Connection: close"))
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        assert state.total_requests == 1
        return answer

    assert asyncio.run(main()).startswith(b"HTTP/1.1 200 OK\r\n")


@both
def test_requests_of_a_facade_see_the_context_of_lifespan(base: type[Any]) -> None:
    variable: ContextVar[str] = ContextVar("variable", default="unset")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            variable.set("set by lifespan")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await echo({**scope, "variable": variable.get()}, receive, send)
            variable.set("leaked")

    with in_thread(app, http=base, lifespan="on") as server:
        for _ in range(2):
            assert ask(server)["variable"] == "set by lifespan"


@both
def test_access_log_of_a_facade_is_a_record_with_five_arguments(
    base: type[Any], caplog: pytest.LogCaptureFixture
) -> None:
    level = caplog.at_level(logging.INFO, "uvicorn.access")
    with level, in_thread(echo, http=base, access_log=True) as server:
        ask(server)
    (record,) = [record for record in caplog.records if record.name == "uvicorn.access"]
    assert record.args is not None
    assert record.args[1:] == ("GET", "/path?query", "1.1", 200)  # type: ignore[index]


@pytest.mark.parametrize("http", ["h11", H11Protocol])
def test_limit_of_h11_is_kept(http: Any) -> None:
    with in_thread(echo, http=http, h11_max_incomplete_event_size=100) as server:
        port = port_of(server)
        for size, expected in ((10, 200), (1000, 431)):
            with Wire(port) as wire:
                wire.send(get("/", f"x-long: {'a' * size}"))
                assert wire.read_response()[0] == expected


@both
def test_facades_of_an_ended_server_are_not_kept(base: type[Any]) -> None:
    from uvicorn.protocols.shared import services

    with in_thread(echo, http=base) as server:
        ask(server)
        assert any(key[2] is server.server_state for key in services)
    state = server.server_state
    del server
    gc.collect()
    assert not any(key[2] is state for key in services)
