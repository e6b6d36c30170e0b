"""The smaller names that programs take from here, used as they use them."""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import click
import httpx
import pytest
from click.testing import CliRunner

import uvicorn
from tests.apps.serving import in_thread, running, url_of
from tests.middleware.app_interfaces import wsgi
from tests.middleware.asgi_peer import Peer, call, http_scope
from uvicorn._compat import asyncio_run, iscoroutinefunction
from uvicorn.main import (
    HTTP_CHOICES,
    INTERFACE_CHOICES,
    LEVEL_CHOICES,
    LIFESPAN_CHOICES,
    LOOP_CHOICES,
    WS_CHOICES,
)
from uvicorn.middleware.message_logger import PLACEHOLDER_FORMAT, message_with_placeholders
from uvicorn.middleware.wsgi import WSGIResponder
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES
from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE

# A worker of gunicorn's: uvicorn-worker, and others that were copied from it.


class MyLoop(asyncio.SelectorEventLoop):
    pass


@pytest.mark.parametrize("factory", [None, MyLoop])
@pytest.mark.parametrize("debug", [None, True])
def test_asyncio_run_runs_on_a_loop_of_ones_own(factory: Any, debug: bool | None) -> None:
    left: list[bool] = []

    async def stays() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            left.append(True)

    async def main() -> tuple[bool, bool]:
        loop = asyncio.get_running_loop()
        main.task = asyncio.create_task(stays())  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        return isinstance(loop, MyLoop), loop.get_debug()

    is_mine, is_debug = asyncio_run(main(), debug=debug, loop_factory=factory)
    assert (is_mine, is_debug) == (factory is MyLoop, bool(debug) or sys.flags.dev_mode)
    assert left == [True]
    assert iscoroutinefunction(main)


def test_asyncio_run_serves_as_a_worker_has_it() -> None:
    async def main() -> bool:
        server = uvicorn.Server(uvicorn.Config(wsgi, interface="wsgi", port=0, log_config=None))
        server.should_exit = True
        await server.serve()
        return server.started

    factory = uvicorn.Config(wsgi, interface="wsgi", log_config=None).get_loop_factory()
    assert asyncio_run(main(), loop_factory=factory)


# Commands


CHOICES = [HTTP_CHOICES, INTERFACE_CHOICES, LEVEL_CHOICES, LIFESPAN_CHOICES, LOOP_CHOICES]


@pytest.mark.parametrize("choices", [*CHOICES, WS_CHOICES])
def test_a_command_of_ones_own_may_have_the_same_choices(choices: Any) -> None:
    """solara's has an option of LEVEL_CHOICES."""
    word = choices.choices[-1]

    @click.command()
    @click.option("--chosen", type=choices)
    def command(chosen: str) -> None:
        click.echo(f"chosen: {chosen}")

    assert CliRunner().invoke(command, ["--chosen", word]).output == f"chosen: {word}\n"
    assert CliRunner().invoke(command, ["--chosen", "nonsense"]).exit_code == 2


def test_print_version_may_be_an_option_of_another_command() -> None:
    @click.command()
    @click.option(
        "--about", is_flag=True, callback=uvicorn_main().print_version, expose_value=False
    )
    def command() -> None:
        raise AssertionError("It has exited.")

    assert CliRunner().invoke(command, ["--about"]).output.startswith("Running uvicorn 1.0.0 with")


def uvicorn_main() -> Any:
    return importlib.import_module("uvicorn.main")


def test_a_patched_run_is_what_the_command_calls() -> None:
    with mock.patch.object(uvicorn_main(), "run") as run:
        result = CliRunner().invoke(uvicorn.main, ["main:app", "--port", "1"])
    assert result.exit_code == 0
    assert (run.call_args.args, run.call_args.kwargs["port"]) == (("main:app",), 1)


# Configs of programs


class App:
    """faststream's has options that its Config sets when it is loaded."""

    options: str = "not set"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = self.options.encode()
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class SettingConfig(uvicorn.Config):
    def load(self) -> None:
        super().load()
        self.loaded_app.app.options = "set by load()"


@pytest.mark.parametrize("http", ["auto", "httptools", "h11"])
def test_load_may_set_attributes_of_the_app(http: str) -> None:
    config = SettingConfig(App(), http=http, port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with running(server):
        assert httpx.get(url_of(server), trust_env=False).text == "set by load()"


def test_without_a_host_every_address_is_served() -> None:
    with in_thread(App(), host=None) as server:
        sockets = [sock for each in server.servers for sock in each.sockets]
        hosts = {sock.getsockname()[0] for sock in sockets}
        assert "0.0.0.0" in hosts
        assert hosts <= {"0.0.0.0", "::"}
        assert httpx.get(url_of(server), trust_env=False).text == "not set"


# Middleware


def test_a_wsgi_responder_answers_in_the_executor_of_its_caller() -> None:
    names: list[str] = []
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="")

    def app(environ: Any, start_response: Any) -> Any:
        names.append(f"{__import__('threading').current_thread().name} {variable.get()}")
        start_response("200 OK", [("content-type", "text/plain")])
        return [environ["wsgi.input"].read()]

    with ThreadPoolExecutor(1, "mine") as executor:

        async def served(scope: Any, receive: Any, send: Any) -> None:
            variable.set("seen")
            await WSGIResponder(app, executor, scope)(receive, send)

        peer = call(served, Peer([{"type": "http.request", "body": b"body"}]), http_scope("POST"))
    assert (peer.status, peer.parts) == (200, [b"body"])
    assert names == ["mine_0 seen"]


def test_a_responder_may_have_a_wsgi_of_its_own() -> None:
    class Mine(WSGIResponder):
        def wsgi(self, environ: Any, start_response: Any) -> Any:
            return super().wsgi({**environ, "QUERY_STRING": "mine"}, start_response)

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return [environ["QUERY_STRING"].encode()]

    with ThreadPoolExecutor(1) as executor:
        peer = call(lambda scope, receive, send: Mine(app, executor, scope)(receive, send))
    assert peer.parts == [b"mine"]


def test_placeholders_stand_for_payloads() -> None:
    message = {"type": "some", "body": b"123", "text": None, "headers": [(b"a", b"b")]}
    shown = {"type": "some", "body": "<3 bytes>", "text": None, "headers": "<...>"}
    assert message_with_placeholders(message) == shown
    assert {"body", "bytes", "text", "headers"} <= set(PLACEHOLDER_FORMAT)


# Tables of protocols


def test_the_tables_of_statuses_are_for_any_status() -> None:
    assert (STATUS_PHRASES[404], STATUS_PHRASES[599]) == (b"Not Found", b"")
    assert STATUS_LINE[404] == b"HTTP/1.1 404 Not Found\r\n"
    assert STATUS_PHRASES.keys() == STATUS_LINE.keys() == set(range(100, 600))


@pytest.mark.parametrize(
    ("name", "is_wrong"), [(b"x-one", False), (b"a b", True), (b"a:", True), (b"\xe4", True)]
)
def test_the_pattern_of_names_finds_what_none_may_have(name: bytes, is_wrong: bool) -> None:
    assert bool(HEADER_RE.search(name)) is is_wrong


@pytest.mark.parametrize(("value", "is_wrong"), [(b"a\tb \xe4", False), (b"a\r\nb", True)])
def test_the_pattern_of_values_finds_what_none_may_have(value: bytes, is_wrong: bool) -> None:
    assert bool(HEADER_VALUE_RE.search(value)) is is_wrong
