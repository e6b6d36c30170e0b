"""The option `interface`: what is detected, and what an app is served as."""

from __future__ import annotations

import functools
import logging
import sys
from typing import Any

import a2wsgi
import httpx
import pytest

import uvicorn
from tests.apps.serving import Wire, in_thread, port_of, url_of
from tests.core.ws_peer import handshake
from tests.middleware import app_interfaces as apps
from tests.server.apps import quiet
from tests.server.conftest import Log
from uvicorn.config import INTERFACES
from uvicorn.errors import ConfigError
from uvicorn.interface import detect
from uvicorn.logging import TRACE_LOG_LEVEL
from uvicorn.middleware.asgi2 import ASGI2Middleware
from uvicorn.middleware.message_logger import MessageLoggerMiddleware
from uvicorn.middleware.wsgi import WSGIMiddleware

NAMES = "tests.middleware.app_interfaces"


class Instance:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await apps.asgi3(scope, receive, send)

    async def method(self, scope: Any, receive: Any, send: Any) -> None:
        await apps.asgi3(scope, receive, send)


class MarkedByAsgiref:
    """As asgiref's markcoroutinefunction() does it, before Python has it and after."""

    def __init__(self) -> None:
        if sys.version_info >= (3, 12):
            import inspect

            inspect.markcoroutinefunction(self)
        else:
            import asyncio

            self._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]

    def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        return apps.asgi3(scope, receive, send)


def loaded(app: Any, **options: Any) -> uvicorn.Config:
    config = quiet(app, **options)
    config.load()
    return config


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (apps.asgi3, "asgi3"),
        (apps.AwaitableASGI3, "asgi3"),
        (Instance(), "asgi3"),
        (Instance().method, "asgi3"),
        (functools.partial(apps.asgi3), "asgi3"),
        (MarkedByAsgiref(), "asgi3"),
        (apps.ASGI2, "asgi2"),
        (apps.asgi2_function, "asgi2"),
        # A class whose instances are called with the rest: what __call__ is says nothing.
        (Instance, "asgi2"),
        (apps.wsgi, "asgi2"),
    ],
)
def test_asgi_3_is_told_from_asgi_2(app: Any, expected: str) -> None:
    assert detect(app) == expected


@pytest.mark.parametrize("app", [apps.asgi3, apps.AwaitableASGI3, Instance()])
def test_an_asgi_3_app_is_called_as_it_is(app: Any) -> None:
    config = loaded(app)
    assert config.served_app is app
    assert (config.interface, config.asgi_version) == ("asgi3", "3.0")


@pytest.mark.parametrize(
    ("app", "options"),
    [
        (apps.ASGI2, {}),
        (apps.asgi2_function, {}),
        (f"{NAMES}:ASGI2", {}),
        (apps.make_asgi2, {"factory": True}),
        (apps.make_asgi2, {}),
        # Who says so is believed.
        (apps.asgi3, {"interface": "asgi2"}),
    ],
)
def test_an_asgi_2_app_is_wrapped(app: Any, options: dict[str, Any]) -> None:
    config = loaded(app, **options)
    assert type(config.served_app) is ASGI2Middleware
    assert (config.interface, config.asgi_version) == ("asgi2", "2.0")


@pytest.mark.parametrize("interface", ["asgi3", "asgi2", "wsgi"])
def test_what_was_said_is_not_looked_at(interface: Any) -> None:
    assert loaded(apps.asgi2_function, interface=interface).interface == interface


@pytest.mark.parametrize(
    ("app", "options"),
    [(apps.wsgi, {}), (apps.make_wsgi, {"factory": True}), (apps.make_wsgi, {})],
)
def test_a_wsgi_app_is_wrapped(without_a2wsgi: None, app: Any, options: dict[str, Any]) -> None:
    config = loaded(app, interface="wsgi", **options)
    assert type(config.served_app) is WSGIMiddleware
    assert config.served_app.app is apps.wsgi
    assert (config.interface, config.asgi_version) == ("wsgi", "3.0")


def test_a_wsgi_app_is_run_by_a2wsgi_if_that_is_installed() -> None:
    assert type(loaded(apps.wsgi, interface="wsgi").served_app) is a2wsgi.WSGIMiddleware


def test_a_wsgi_app_gets_no_websockets() -> None:
    config = loaded(apps.wsgi, interface="wsgi", ws="auto")
    assert (config.ws, config.ws_protocol_class) == ("none", None)
    assert loaded(apps.ASGI2).ws_protocol_class is not None


@pytest.mark.parametrize("method", ["load", "check"])
def test_an_unknown_interface_is_refused_in_one_line(method: str) -> None:
    with pytest.raises(ConfigError, match="auto, asgi3, asgi2, wsgi, not 'rsgi'"):
        getattr(quiet(apps.asgi3, interface="rsgi"), method)()
    assert INTERFACES == ["auto", "asgi3", "asgi2", "wsgi"]


# The log of all messages


@pytest.mark.parametrize("app", [apps.asgi3, apps.ASGI2])
def test_at_level_trace_all_messages_are_logged(app: Any) -> None:
    logging.getLogger("uvicorn.asgi").setLevel(TRACE_LOG_LEVEL)
    outermost = loaded(app).served_app
    assert type(outermost) is MessageLoggerMiddleware
    assert type(outermost.app) is (ASGI2Middleware if app is apps.ASGI2 else type(apps.asgi3))


def test_above_it_nothing_stands_before_the_app() -> None:
    logging.getLogger("uvicorn.asgi").setLevel(TRACE_LOG_LEVEL + 1)
    assert loaded(apps.asgi3).served_app is apps.asgi3


# Served


def test_an_asgi_2_app_is_told_the_version() -> None:
    with in_thread(apps.ASGI2) as server:
        assert httpx.get(url_of(server), trust_env=False).text == "http of ASGI 2.0"


def test_an_asgi_2_app_has_a_lifespan(log: Log) -> None:
    with in_thread(apps.ASGI2, lifespan="on") as server:
        assert httpx.get(url_of(server), trust_env=False).text == "http of ASGI 2.0"
    assert "INFO Application shutdown complete." in log.lines


def test_an_asgi_2_app_has_websockets() -> None:
    with in_thread(apps.ASGI2) as server, Wire(port_of(server)) as wire:
        wire.send(handshake())
        assert wire.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
        assert wire.read_exactly(2)[0] == 0x81
        assert wire.read_exactly(21) == b"websocket of ASGI 2.0"


def test_an_app_of_one_class_is_awaited() -> None:
    with in_thread(apps.AwaitableASGI3) as server:
        assert httpx.get(url_of(server), trust_env=False).text == "http of ASGI 3.0"


def test_a_handshake_for_a_wsgi_app_is_a_request_as_any_other() -> None:
    app: Any = apps.wsgi
    with in_thread(app, interface="wsgi") as server, Wire(port_of(server)) as wire:
        wire.send(handshake())
        status, body = wire.read_response()
    assert status == 200
    assert body.startswith(b"wsgi in ")
