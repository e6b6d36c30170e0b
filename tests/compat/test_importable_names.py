"""The names that other software imports, and the parameters that it passes."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from typing import Any

import pytest

import uvicorn
from uvicorn.main import run

SANSIO = "uvicorn.protocols.websockets.websockets_sansio_impl"
WS_PROTOCOL = "config server_state app_state _loop"

# module, name, parameters (None: not a callable, or its parameters are nobody's business)
NAMES: list[tuple[str, str, str | None]] = [
    ("uvicorn", "Config", None),
    ("uvicorn", "Server", "config"),
    ("uvicorn", "main", None),
    ("uvicorn", "run", None),
    ("uvicorn", "__version__", None),
    ("uvicorn.config", "Config", None),
    ("uvicorn.config", "HTTP_PROTOCOLS", None),
    ("uvicorn.config", "HTTPProtocolType", None),
    ("uvicorn.config", "INTERFACES", None),
    ("uvicorn.config", "InterfaceType", None),
    ("uvicorn.config", "LIFESPAN", None),
    ("uvicorn.config", "LOGGING_CONFIG", None),
    ("uvicorn.config", "LOG_LEVELS", None),
    ("uvicorn.config", "LOOP_FACTORIES", None),
    ("uvicorn.config", "LifespanType", None),
    ("uvicorn.config", "LoopFactoryType", None),
    ("uvicorn.config", "STARTUP_FAILURE", None),
    ("uvicorn.config", "UvicornDeprecationWarning", None),
    ("uvicorn.config", "WSProtocolType", None),
    ("uvicorn.config", "WS_PROTOCOLS", None),
    ("uvicorn.config", "logger", None),
    ("uvicorn.importer", "ImportFromStringError", None),
    ("uvicorn.importer", "import_from_string", "import_str"),
    ("uvicorn.lifespan.off", "LifespanOff", "config"),
    ("uvicorn.lifespan.on", "LifespanOn", "config"),
    ("uvicorn.logging", "AccessFormatter", "fmt datefmt style use_colors"),
    ("uvicorn.logging", "ColourizedFormatter", "fmt datefmt style use_colors"),
    ("uvicorn.logging", "DefaultFormatter", "fmt datefmt style use_colors"),
    ("uvicorn.logging", "TRACE_LOG_LEVEL", None),
    ("uvicorn.loops.asyncio", "asyncio_loop_factory", "use_subprocess"),
    ("uvicorn.loops.auto", "auto_loop_factory", "use_subprocess"),
    ("uvicorn.loops.uvloop", "uvloop_loop_factory", "use_subprocess"),
    ("uvicorn.main", "STARTUP_FAILURE", None),
    ("uvicorn.main", "main", None),
    ("uvicorn.main", "run", None),
    ("uvicorn.middleware.proxy_headers", "ProxyHeadersMiddleware", "app trusted_hosts"),
    ("uvicorn.middleware.proxy_headers", "_TrustedHosts", None),
    ("uvicorn.middleware.asgi2", "ASGI2Middleware", "app"),
    ("uvicorn.middleware.message_logger", "MessageLoggerMiddleware", "app"),
    ("uvicorn.middleware.wsgi", "WSGIMiddleware", "app workers max_waiting"),
    ("uvicorn.middleware.wsgi", "build_environ", "scope message body"),
    ("uvicorn.protocols.http.auto", "AutoHTTPProtocol", "config server_state app_state _loop"),
    ("uvicorn.protocols.websockets.auto", "AutoWebSocketsProtocol", WS_PROTOCOL),
    ("uvicorn.protocols.websockets.websockets_impl", "WebSocketProtocol", WS_PROTOCOL),
    (
        "uvicorn.protocols.websockets.websockets_sansio_impl",
        "WebSocketsSansIOProtocol",
        WS_PROTOCOL,
    ),
    ("uvicorn.protocols.websockets.wsproto_impl", "WSProtocol", WS_PROTOCOL),
    ("uvicorn.protocols.http.flow_control", "CLOSE_HEADER", None),
    ("uvicorn.protocols.http.flow_control", "FlowControl", "transport loop"),
    ("uvicorn.protocols.http.flow_control", "HIGH_WATER_LIMIT", None),
    ("uvicorn.protocols.http.flow_control", "service_unavailable", "scope receive send"),
    ("uvicorn.protocols.http.h11_impl", "H11Protocol", "config server_state app_state _loop"),
    ("uvicorn.protocols.http.h11_impl", "RequestResponseCycle", None),
    ("uvicorn.protocols.http.h11_impl", "service_unavailable", "scope receive send"),
    ("uvicorn.protocols.http.h11_impl", "HIGH_WATER_LIMIT", None),
    (
        "uvicorn.protocols.http.httptools_impl",
        "HttpToolsProtocol",
        "config server_state app_state _loop",
    ),
    ("uvicorn.protocols.http.httptools_impl", "RequestResponseCycle", None),
    ("uvicorn.protocols.utils", "ClientDisconnected", None),
    ("uvicorn.protocols.utils", "get_client_addr", "scope"),
    ("uvicorn.protocols.utils", "get_local_addr", "transport"),
    ("uvicorn.protocols.utils", "get_path_with_query_string", "scope"),
    ("uvicorn.protocols.utils", "get_remote_addr", "transport"),
    ("uvicorn.protocols.utils", "is_ssl", "transport"),
    ("uvicorn.server", "HANDLED_SIGNALS", None),
    ("uvicorn.server", "Server", "config"),
    ("uvicorn.server", "ServerState", ""),
    ("uvicorn.server", "logger", None),
    ("uvicorn.config", "is_dir", "path"),
    ("uvicorn.config", "resolve_reload_patterns", "patterns_list directories_list"),
    ("uvicorn.supervisors", "ChangeReload", "config target sockets"),
    ("uvicorn.supervisors", "Multiprocess", "config target sockets"),
    ("uvicorn.supervisors.basereload", "BaseReload", "config target sockets"),
    ("uvicorn.supervisors.multiprocess", "Multiprocess", "config target sockets"),
    ("uvicorn.supervisors.multiprocess", "Process", "config target sockets"),
    ("uvicorn.supervisors.statreload", "StatReload", "config target sockets"),
    ("uvicorn.supervisors.watchfilesreload", "FileFilter", "config"),
    ("uvicorn.supervisors.watchfilesreload", "WatchFilesReload", "config target sockets"),
    ("uvicorn._subprocess", "get_subprocess", "config target sockets"),
    ("uvicorn._subprocess", "subprocess_started", "config target sockets stdin_fileno"),
    ("uvicorn._types", "ASGI3Application", None),
    ("uvicorn._types", "ASGIApplication", None),
    ("uvicorn._types", "ASGIReceiveCallable", None),
    ("uvicorn._types", "ASGIReceiveEvent", None),
    ("uvicorn._types", "ASGISendCallable", None),
    ("uvicorn._types", "ASGISendEvent", None),
    ("uvicorn._types", "HTTPRequestEvent", None),
    ("uvicorn._types", "HTTPResponseBodyEvent", None),
    ("uvicorn._types", "HTTPResponseStartEvent", None),
    ("uvicorn._types", "HTTPScope", None),
    ("uvicorn._types", "LifespanScope", None),
    ("uvicorn._types", "Scope", None),
    ("uvicorn._types", "WWWScope", None),
]

# What PyInstaller specs list as hidden imports.
HIDDEN_IMPORTS = [
    "uvicorn.lifespan",
    "uvicorn.lifespan.off",
    "uvicorn.lifespan.on",
    "uvicorn.logging",
    "uvicorn.loops",
    "uvicorn.loops.asyncio",
    "uvicorn.loops.auto",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols",
    "uvicorn.protocols.http",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.http.h11_impl",
    "uvicorn.protocols.http.httptools_impl",
]

SERVER_METHODS = {
    "run": "self sockets",
    "serve": "self sockets",
    "_serve": "self sockets",
    "startup": "self sockets",
    "main_loop": "self",
    "on_tick": "self counter",
    "shutdown": "self sockets",
    "_wait_tasks_to_complete": "self",
    "capture_signals": "self",
    "handle_exit": "self sig frame",
    "_log_started_message": "self listeners",
}
COROUTINES = {"serve", "_serve", "startup", "main_loop", "on_tick", "shutdown"}


async def app(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("Nobody should call this app.")


def parameters(thing: Any) -> list[str]:
    return list(inspect.signature(thing).parameters)


@pytest.mark.parametrize(
    ("module", "name", "signature"), NAMES, ids=[f"{module}.{name}" for module, name, _ in NAMES]
)
def test_name_can_be_imported_and_called_as_always(
    module: str, name: str, signature: str | None
) -> None:
    thing = getattr(importlib.import_module(module), name)
    if signature is not None:
        assert parameters(thing) == signature.split()


@pytest.mark.parametrize("module", HIDDEN_IMPORTS)
def test_hidden_import_of_a_frozen_app_exists(module: str) -> None:
    importlib.import_module(module)


def test_the_package_exports_four_names() -> None:
    assert sorted(uvicorn.__all__) == ["Config", "Server", "main", "run"]


def test_main_is_the_command_and_its_module_can_be_reached() -> None:
    assert importlib.import_module("uvicorn.main").run is run
    assert uvicorn.main.params, "a click command has parameters"


def test_server_state_of_main_works_with_a_deprecation_warning() -> None:
    main = importlib.import_module("uvicorn.main")
    with pytest.warns(DeprecationWarning):
        assert main.ServerState is uvicorn.server.ServerState


def test_config_has_the_attributes_that_people_read() -> None:
    config = uvicorn.Config(app, log_config=None)
    assert not config.loaded
    config.load()
    assert config.loaded
    assert config.served_app is app
    assert config.interface == "asgi3"
    assert config.asgi_version == "3.0"
    assert config.encoded_headers == [(b"server", b"uvicorn")]
    assert config.is_ssl is False
    assert config.use_subprocess is False
    assert config.lifespan_class is importlib.import_module("uvicorn.lifespan.on").LifespanOn
    with pytest.raises(AttributeError):
        config.setup_event_loop()


@pytest.mark.parametrize(
    ("http", "module", "name"),
    [
        ("h11", "uvicorn.protocols.http.h11_impl", "H11Protocol"),
        ("httptools", "uvicorn.protocols.http.httptools_impl", "HttpToolsProtocol"),
        ("auto", "uvicorn.protocols.http.auto", "AutoHTTPProtocol"),
    ],
)
def test_config_names_the_protocol_class_of_a_parser(http: str, module: str, name: str) -> None:
    config = uvicorn.Config(app, http=http, log_config=None)
    config.load()
    assert config.http_protocol_class is getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("name", SERVER_METHODS)
def test_server_has_the_methods_that_people_override(name: str) -> None:
    method = getattr(uvicorn.Server, name)
    assert inspect.isfunction(method)
    assert parameters(method) == SERVER_METHODS[name].split()
    assert inspect.iscoroutinefunction(method) == (
        name in COROUTINES or name == "_wait_tasks_to_complete"
    )


def test_server_has_the_attributes_that_people_read() -> None:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, limit_max_requests=7))
    assert server.started is server.should_exit is server.force_exit is False
    assert server.last_notified == 0.0
    assert server.servers == []
    assert server.limit_max_requests == 7
    assert server._captured_signals == []
    state = server.server_state
    assert state.total_requests == 0
    # A protocol of someone else's counts what it has answered.
    state.total_requests += 2
    state.total_requests += 1
    assert state.total_requests == 3
    assert (state.connections, state.tasks) == (set(), set())
    assert state.default_headers == []


def test_client_disconnected_is_one_class_and_an_os_error() -> None:
    errors = importlib.import_module("uvicorn.errors")
    utils = importlib.import_module("uvicorn.protocols.utils")
    assert utils.ClientDisconnected is errors.ClientDisconnected
    assert issubclass(utils.ClientDisconnected, OSError)


def test_high_water_limit_and_close_header_have_their_values() -> None:
    flow_control = importlib.import_module("uvicorn.protocols.http.flow_control")
    assert flow_control.HIGH_WATER_LIMIT == 65536
    assert flow_control.CLOSE_HEADER == (b"connection", b"close")


def test_log_levels_have_their_numbers() -> None:
    config = importlib.import_module("uvicorn.config")
    assert config.LOG_LEVELS == {
        "critical": 50,
        "error": 40,
        "warning": 30,
        "info": 20,
        "debug": 10,
        "trace": 5,
    }
    assert config.STARTUP_FAILURE == 3


# What get_client_addr() and get_path_with_query_string() read.
OVER_TCP = {
    "client": ("10.0.0.1", 4711),
    "path": "/a b/\N{SNOWMAN}",
    "query_string": b"q=%20",
}
OVER_UNIX = {"client": None, "path": "/", "query_string": b""}


def test_helpers_read_a_scope() -> None:
    utils = importlib.import_module("uvicorn.protocols.utils")
    assert utils.get_client_addr(OVER_TCP) == "10.0.0.1:4711"
    assert utils.get_client_addr(OVER_UNIX) == ""
    assert utils.get_path_with_query_string(OVER_TCP) == "/a%20b/%E2%98%83?q=%20"
    assert utils.get_path_with_query_string(OVER_UNIX) == "/"


class Transport:
    """With what a transport tells of itself."""

    def __init__(self, **told: Any) -> None:
        self.told = told

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.told.get(name, default)


class Sock:
    def __init__(self, own: Any, peer: Any) -> None:
        self.own = own
        self.peer = peer

    def getsockname(self) -> Any:
        return self.own

    def getpeername(self) -> Any:
        if self.peer is None:
            raise OSError("not connected")
        return self.peer


@pytest.mark.parametrize(
    ("own", "peer"),
    [
        (("10.0.0.2", 80), ("10.0.0.1", 4711)),
        (("fe80::2", 80, 0, 2), ("fe80::1", 4711, 0, 2)),
        (["::1", 80, 0, 0], ["::1", 4711, 0, 0]),
    ],
)
def test_helpers_read_a_transport_or_its_socket(own: Any, peer: Any) -> None:
    """The addresses of IPv6 have four parts, of which scopes have two."""
    utils = importlib.import_module("uvicorn.protocols.utils")
    for transport in (Transport(sockname=own, peername=peer), Transport(socket=Sock(own, peer))):
        assert utils.get_local_addr(transport) == (own[0], 80)
        assert utils.get_remote_addr(transport) == (peer[0], 4711)


def test_helpers_read_a_transport_that_has_no_address() -> None:
    utils = importlib.import_module("uvicorn.protocols.utils")
    assert utils.get_remote_addr(Transport()) is None
    assert utils.get_local_addr(Transport()) is None
    assert utils.get_remote_addr(Transport(socket=Sock("/run/web.sock", ""))) is None
    assert utils.get_remote_addr(Transport(socket=Sock("/run/web.sock", None))) is None
    assert utils.get_local_addr(Transport(socket=Sock("/run/web.sock", ""))) == (
        "/run/web.sock",
        None,
    )


def test_nothing_of_the_facades_is_imported_by_a_server_that_does_not_need_them() -> None:
    program = """
import asyncio, sys, uvicorn
async def app(scope, receive, send): pass
class Server(uvicorn.Server):
    async def main_loop(self): pass
server = Server(uvicorn.Config(app, port=0, lifespan="off", log_level="critical"))
asyncio.run(server.serve())
assert server.started
found = [name for name in sys.modules if name.startswith("uvicorn.protocols.")]
assert not found, found
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=30)


@pytest.mark.parametrize("module", sorted({module for module, _, _ in NAMES}))
def test_module_can_be_imported_first(module: str) -> None:
    """In whatever order a program imports them: no module needs another to come before it."""
    program = f"import {module}"
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=30)
