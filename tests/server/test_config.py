"""Config: what it holds, and what load() makes of it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import uvicorn
from tests.server.apps import Namespace, WithLifespan, hello, make_hello, quiet
from tests.server.conftest import Log
from uvicorn.config import (
    HTTP_PROTOCOLS,
    LIFESPAN,
    LOOP_FACTORIES,
    STARTUP_FAILURE,
    UvicornDeprecationWarning,
)
from uvicorn.errors import ConfigError
from uvicorn.importer import import_from_string
from uvicorn.lifespan.off import LifespanOff
from uvicorn.lifespan.on import LifespanOn


def loaded(app: Any, **options: Any) -> uvicorn.Config:
    config = quiet(app, **options)
    config.load()
    return config


def exit_status(call: Any) -> Any:
    with pytest.raises(SystemExit) as caught:
        call()
    return caught.value.code


# The app


def test_load_imports_the_app_by_its_name() -> None:
    config = quiet("tests.server.apps:hello")
    assert not config.loaded
    config.load()
    assert config.loaded
    assert config.loaded_app is hello


def test_load_takes_an_app_as_it_is() -> None:
    app = WithLifespan()
    assert loaded(app).loaded_app is app


def test_load_is_called_once() -> None:
    config = loaded(hello)
    with pytest.raises(AssertionError):
        config.load()


def test_an_app_that_is_not_there_ends_the_process(log: Log) -> None:
    assert exit_status(quiet("tests.server.apps:nope").load) == STARTUP_FAILURE == 3
    assert log.lines == [
        'ERROR Error loading ASGI app. Attribute "nope" not found in module "tests.server.apps".'
    ]


@pytest.mark.parametrize("options", [{}, {"factory": True}])
def test_an_app_that_cannot_be_called_is_refused(options: Any) -> None:
    config = quiet((lambda: 5) if options else 5, **options)
    with pytest.raises(ConfigError, match="no application but of type int"):
        config.load()


def test_http2_is_refused_as_long_as_it_is_not_there() -> None:
    with pytest.raises(ConfigError, match="leave it out"):
        quiet(hello, http2=True).check()


def test_a_factory_is_called(log: Log) -> None:
    assert loaded("tests.server.apps:make_hello", factory=True).loaded_app is hello
    assert log.lines == []


def test_a_factory_that_was_not_announced_is_called_with_a_warning(log: Log) -> None:
    assert loaded(make_hello).loaded_app is hello
    assert log.lines == [
        "WARNING ASGI app factory detected. Using it, but please consider setting the"
        " --factory flag explicitly."
    ]


def test_a_factory_that_wants_arguments_ends_the_process(log: Log) -> None:
    def needs_one(settings: object) -> Any:
        return hello

    assert exit_status(quiet(needs_one, factory=True).load) == STARTUP_FAILURE
    assert log.has("must be callable without arguments")


def test_an_error_inside_a_factory_is_raised_as_it_is() -> None:
    def broken() -> Any:
        raise TypeError("inside")

    with pytest.raises(TypeError, match="inside"):
        quiet(broken, factory=True).load()


def wraps_anything(*args: Any) -> Any:
    return hello(*args)


async def anything(*args: Any) -> None:
    await hello(*args)


def wraps_a_coroutine(*args: Any) -> Any:
    return anything(*args)


class TakesNothing:
    def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        return hello(scope, receive, send)


@pytest.mark.parametrize(
    "app", [hello, anything, wraps_anything, wraps_a_coroutine, TakesNothing()], ids=repr
)
def test_an_app_is_not_mistaken_for_a_factory(app: Any, log: Log) -> None:
    assert loaded(app, interface="asgi3").loaded_app is app
    assert log.lines == []


def test_a_class_without_arguments_is_a_factory_of_its_instances(log: Log) -> None:
    assert isinstance(loaded(WithLifespan).loaded_app, WithLifespan)
    assert log.has("factory detected")


# Headers


def test_the_server_header_is_there_by_default() -> None:
    assert loaded(hello).encoded_headers == [(b"server", b"uvicorn")]


def test_the_server_header_can_be_turned_off() -> None:
    assert loaded(hello, server_header=False).encoded_headers == []


def test_headers_follow_the_server_header_in_lower_case() -> None:
    config = loaded(hello, headers=[("X-One", "1"), ("x-two", " é ")])
    assert config.encoded_headers == [
        (b"server", b"uvicorn"),
        (b"x-one", b"1"),
        (b"x-two", b"\xe9"),
    ]


def test_a_server_header_of_ones_own_replaces_the_default() -> None:
    assert loaded(hello, headers=[("Server", "x")]).encoded_headers == [(b"server", b"x")]


@pytest.mark.parametrize(
    ("name", "value"),
    [("", "x"), ("a b", "x"), ("a\r\nb", "x"), ("ü", "x"), ("a", "x\r\nset-cookie: y"), ("a", "€")],
)
def test_a_header_that_would_split_a_response_is_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match="HTTP can carry"):
        quiet(hello, headers=[(name, value)]).load()


# Engines


class MyProtocol(asyncio.Protocol):
    pass


def test_a_protocol_may_be_a_class() -> None:
    assert loaded(hello, http=MyProtocol).http_protocol_class is MyProtocol


def test_a_protocol_may_be_the_name_of_a_class() -> None:
    name = f"{__name__}:MyProtocol"
    assert loaded(hello, http=name).http_protocol_class is import_from_string(name)


@pytest.mark.parametrize("name", sorted(HTTP_PROTOCOLS))
def test_an_engine_is_known_by_the_class_that_people_subclass(name: str) -> None:
    config = loaded(hello, http=name)
    assert config.http_protocol_class is import_from_string(HTTP_PROTOCOLS[name])


def test_the_protocol_class_can_be_set() -> None:
    config = loaded(hello)
    config.http_protocol_class = MyProtocol
    assert config.http_protocol_class is MyProtocol


@pytest.mark.parametrize("name", ["zttp", "nowhere:Protocol"])
def test_an_unknown_protocol_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(ConfigError, match="auto, native, httptools, h11, or module:Class"):
        quiet(hello, http=name).load()


@pytest.mark.parametrize(
    ("lifespan", "expected"), [("auto", LifespanOn), ("on", LifespanOn), ("off", LifespanOff)]
)
def test_the_lifespan_class_follows_its_option(lifespan: str, expected: type) -> None:
    assert loaded(hello, lifespan=lifespan).lifespan_class is expected
    assert lifespan in LIFESPAN


def test_an_unknown_lifespan_is_refused_in_one_line() -> None:
    with pytest.raises(ConfigError, match="auto, on, off, not 'maybe'"):
        quiet(hello, lifespan="maybe").load()


def make_loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop()


def module_of_loop(name: str) -> str:
    factory = quiet(hello, loop=name).get_loop_factory()
    assert factory is not None
    loop = factory()
    loop.close()
    return type(loop).__module__.partition(".")[0]


@pytest.mark.parametrize(
    ("loop", "module"), [("asyncio", "asyncio"), ("uvloop", "uvloop"), ("auto", "uvloop")]
)
def test_the_loop_follows_its_option(loop: str, module: str) -> None:
    assert module_of_loop(loop) == module
    assert loop in LOOP_FACTORIES


def test_auto_takes_the_loop_of_asyncio_where_uvloop_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert module_of_loop("auto") == "asyncio"


def test_a_loop_of_none_is_left_to_asyncio() -> None:
    assert quiet(hello, loop="none").get_loop_factory() is None


def test_a_loop_may_be_the_name_of_a_factory() -> None:
    name = f"{__name__}:make_loop"
    assert quiet(hello, loop=name).get_loop_factory() is import_from_string(name)


def test_a_loop_that_is_not_there_ends_the_process(log: Log) -> None:
    assert exit_status(quiet(hello, loop="nowhere:loop").get_loop_factory) == STARTUP_FAILURE
    assert log.lines == [
        'ERROR Error loading custom loop setup function. Could not import module "nowhere".'
    ]


def test_setup_event_loop_says_what_took_its_place() -> None:
    with pytest.raises(AttributeError, match="get_loop_factory"):
        quiet(hello).setup_event_loop()


# Around it


def test_the_env_file_is_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    monkeypatch.setenv("SET_BY_THE_ENV_FILE", "")
    monkeypatch.delenv("SET_BY_THE_ENV_FILE")
    file = tmp_path / ".env"
    file.write_text("SET_BY_THE_ENV_FILE=yes\n")
    quiet(hello, env_file=file)
    assert os.environ["SET_BY_THE_ENV_FILE"] == "yes"
    assert log.lines == [f"INFO Loading environment from '{file}'"]


def test_an_env_file_without_dotenv_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dotenv", None)
    with pytest.raises(ConfigError, match="pip install python-dotenv"):
        quiet(hello, env_file=tmp_path)


def test_nothing_of_this_server_needs_processes_or_tls() -> None:
    config = quiet(hello)
    assert (config.is_ssl, config.use_subprocess) == (False, False)


def test_the_deprecation_warning_has_its_name() -> None:
    assert issubclass(UvicornDeprecationWarning, DeprecationWarning)


def test_the_names_of_apps_may_have_dots() -> None:
    assert loaded("tests.server.apps:Namespace.inner").loaded_app is Namespace.inner
