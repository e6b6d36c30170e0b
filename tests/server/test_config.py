"""Config: what it holds, and what load() makes of it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import uvicorn
from tests.server.apps import Namespace, WithLifespan, hello, make_hello, quiet
from tests.server.conftest import Log
from uvicorn import codecs
from uvicorn.config import (
    HTTP_PROTOCOLS,
    LIFESPAN,
    LOOP_FACTORIES,
    UvicornDeprecationWarning,
)
from uvicorn.errors import ConfigError
from uvicorn.importer import ImportFromStringError, import_from_string
from uvicorn.lifespan.off import LifespanOff
from uvicorn.lifespan.on import LifespanOn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


def loaded(app: Any, **options: Any) -> uvicorn.Config:
    config = quiet(app, **options)
    config.load()
    return config


# The app


def test_load_imports_the_app_by_its_name() -> None:
    config = quiet("tests.server.apps:hello")
    assert not config.loaded
    config.load()
    assert config.loaded
    assert config.served_app is hello


def test_load_takes_an_app_as_it_is() -> None:
    app = WithLifespan()
    assert loaded(app).served_app is app


def test_load_is_called_once() -> None:
    config = loaded(hello)
    with pytest.raises(AssertionError):
        config.load()


def test_proxied_apps_are_found_inside_of_what_reads_the_headers() -> None:
    """Programs set attributes of their app by this name, in a load() of their own."""
    config = loaded(hello)
    assert type(config.loaded_app) is ProxyHeadersMiddleware
    assert config.loaded_app.app is config.served_app is hello
    assert loaded(hello, proxy_headers=False).loaded_app is hello


def test_what_somebody_puts_around_the_loaded_app_is_served() -> None:
    config = loaded(hello)
    config.loaded_app = TakesNothing()
    assert config.served_app is config.loaded_app


def refusal(call: Any, *also: type[Exception]) -> str:
    """What a ConfigError says, which is of these types too."""
    with pytest.raises(ConfigError) as caught:
        call()
    assert all(isinstance(caught.value, kind) for kind in also)
    return str(caught.value)


def test_an_app_that_is_not_there_is_an_error_of_the_import() -> None:
    said = refusal(quiet("tests.server.apps:nope").load, ImportFromStringError)
    assert said == (
        'Error loading ASGI app. Attribute "nope" not found in module "tests.server.apps".'
    )


@pytest.mark.parametrize("options", [{"workers": 2}, {"reload": True}])
@pytest.mark.parametrize("app", ["nowhere:app", "tests.nowhere:app", "tests.server.apps.x:app"])
def test_the_parent_of_workers_sees_that_a_module_is_missing(app: str, options: Any) -> None:
    said = refusal(quiet(app, **options).check, ImportFromStringError)
    assert said == f'Error loading ASGI app. Could not import module "{app[:-4]}".'


def test_the_parent_of_workers_does_not_import_their_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "package_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("1 / 0")
    (package / "main.py").write_text("")
    quiet("package_of_a_test.main:app", workers=2).check()
    # Nobody knows what the package would have added to itself.
    quiet("package_of_a_test.other:app", workers=2).check()


# What the reference raises, by what is wrong.
ALSO: dict[str, tuple[type[Exception], dict[str, Any]]] = {
    "http": (ImportFromStringError, {"http": "zzz"}),
    "ws": (ImportFromStringError, {"ws": "nowhere:Class"}),
    "lifespan": (KeyError, {"lifespan": "zzz"}),
    "log_level": (KeyError, {"log_level": "zzz"}),
    "headers": (ValueError, {"headers": [("a", "€")]}),
    "certificate": (FileNotFoundError, {"ssl_certfile": "nowhere.pem"}),
    "key alone": (AssertionError, {"ssl_keyfile": "nowhere.pem"}),
    "log_config": (FileNotFoundError, {"log_config": "nowhere.json"}),
}


@pytest.mark.parametrize("wrong", ALSO)
def test_errors_are_also_those_of_the_reference(wrong: str) -> None:
    kind, options = ALSO[wrong]
    said = refusal(lambda: quiet(hello, **options).load(), kind)
    # Not as KeyError shows it, with quotes around.
    assert said.endswith((".", "zzz'."))


@pytest.mark.parametrize(("text", "number"), [("0", 1), ("", 1), ("3", 3)])
def test_hosting_platforms_may_say_how_many_workers(
    text: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", text)
    assert quiet(hello).workers == number


def test_a_number_of_workers_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "many")
    assert "make it a number" in refusal(lambda: quiet(hello), ValueError)


@pytest.mark.parametrize("given", ["/", "/api/", "/api", ""])
def test_the_root_path_has_no_slash_at_its_end(given: str) -> None:
    assert quiet(hello, root_path=given).root_path == ("/api" if "api" in given else "")


@pytest.mark.parametrize("other", [{"fd": 3}, {"uds": "app.sock"}])
def test_a_port_that_nobody_listens_on_is_told(other: dict[str, Any], log: Log) -> None:
    quiet(hello, **other, port=80)
    assert [line for line in log.lines if "host and port are not used" in line]
    log.lines.clear()
    quiet(hello, **other, port=8000)
    assert log.lines == []


@pytest.fixture
def write_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Makes a module, and gives its name."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(text: str) -> str:
        name = f"written_for_a_test_{tmp_path.name.replace('-', '_')}"
        (tmp_path / f"{name}.py").write_text(
            f"from tests.server.apps import hello, WithLifespan\n{text}"
        )
        return name

    return write


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("app = hello\napplication = WithLifespan()", "app"),
        ("application = hello\nother = WithLifespan()", "application"),
        ("api = WithLifespan()\nsame = api", "api"),
        ("async def serve(scope, receive, send): ...\nasync def ask(a, b, c): ...", "serve"),
    ],
)
def test_a_module_alone_means_its_one_application(
    text: str, found: str, write_module: Callable[[str], str], log: Log
) -> None:
    name = write_module(text)
    try:
        config = loaded(name)
        assert config.served_app is getattr(sys.modules[name], found)
    finally:
        sys.modules.pop(name, None)
    assert log.lines == [f'INFO Serving "{name}:{found}", the application of module "{name}".']


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("one, two = WithLifespan(), WithLifespan()", "say which, {0}:one or {0}:two."),
        ("", 'has no ASGI application: name it, as in "{0}:app".'),
    ],
)
def test_a_module_without_one_application_is_asked_about(
    text: str, asked: str, write_module: Callable[[str], str]
) -> None:
    name = write_module(text)
    try:
        assert refusal(quiet(name).load, ImportFromStringError).endswith(asked.format(name))
    finally:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("nowhere", 'Could not import module "nowhere".'),
        ("main.py", 'Could not import module "main.py". Did you mean "main:app"?'),
        ("src/main", 'Could not import module "src/main". Did you mean "src.main:app"?'),
    ],
)
def test_a_module_that_is_not_there_is_not_guessed_at(app: str, said: str) -> None:
    assert refusal(quiet(app).load) == f"Error loading ASGI app. {said}"


@pytest.mark.parametrize("options", [{}, {"factory": True}])
def test_an_app_that_cannot_be_called_is_refused(options: Any) -> None:
    config = quiet((lambda: 5) if options else 5, **options)
    with pytest.raises(ConfigError, match="no application but of type int"):
        config.load()


def test_http2_is_served_where_its_codec_is_and_refused_where_it_is_wanted_and_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quiet(hello, http2=True).check()
    assert quiet(hello).serves_http2
    assert not quiet(hello, http2=False).serves_http2
    monkeypatch.setattr(codecs, "has_http2_codec", lambda core: False)
    with pytest.raises(ConfigError, match=re.escape("pip install 'uvicorn[h2]'")):
        quiet(hello, http2=True).check()
    quiet(hello).check()
    assert not quiet(hello).serves_http2


def test_a_factory_is_called(log: Log) -> None:
    assert loaded("tests.server.apps:make_hello", factory=True).served_app is hello
    assert log.lines == []


def test_a_factory_that_was_not_announced_is_called_with_a_warning(log: Log) -> None:
    assert loaded(make_hello).served_app is hello
    assert log.lines == [
        "WARNING ASGI app factory detected. Using it, but please consider setting the"
        " --factory flag explicitly."
    ]


def needs_one(settings: object) -> Any:
    return hello


def test_a_factory_that_wants_arguments_is_refused_with_what_python_says() -> None:
    said = refusal(quiet(needs_one, factory=True).load)
    missing = "needs_one() missing 1 required positional argument: 'settings'"
    assert said.startswith(f"Error loading ASGI app factory: {missing}.")


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
    assert loaded(app, interface="asgi3").served_app is app
    assert log.lines == []


def test_a_class_without_arguments_is_a_factory_of_its_instances(log: Log) -> None:
    assert isinstance(loaded(WithLifespan).served_app, WithLifespan)
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


def test_a_loop_that_is_not_there_is_an_error_of_the_import() -> None:
    said = refusal(quiet(hello, loop="nowhere:loop").get_loop_factory, ImportFromStringError)
    assert said == ('Error loading custom loop setup function. Could not import module "nowhere".')


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
    assert loaded("tests.server.apps:Namespace.inner").served_app is Namespace.inner
