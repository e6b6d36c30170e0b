"""Config: the options of one server, and what they mean: app, classes, headers, socket."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import os
import re
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from . import interface
from .codecs import inventory
from .errors import STARTUP_FAILURE, ConfigError, UnknownChoice
from .forwarded import LOOPBACK, TrustedHosts
from .importer import (
    ImportFromStringError,
    check_module,
    import_from_string,
    import_module,
    suggestion,
)
from .listen import bind
from .logging import LOG_LEVELS, LOGGING_CONFIG, TRACE_LOG_LEVEL, configure
from .options import (
    SSL_PROTOCOL_VERSION,
    HTTPProtocolType,
    InterfaceType,
    LifespanType,
    LoopFactoryType,
    Options,
    WSProtocolType,
)
from .system import recycling

if TYPE_CHECKING:
    import ssl

    from _typeshed import StrPath

    from ._ansi import style as style
    from ._types import ASGI3Application
    from ._types import ASGIApplication as ASGIApplication
    from .listen.tls import create_ssl_context as create_ssl_context
    from .middleware.asgi2 import ASGI2Middleware as ASGI2Middleware
    from .middleware.message_logger import MessageLoggerMiddleware as MessageLoggerMiddleware
    from .middleware.proxy_headers import ProxyHeadersMiddleware as ProxyHeadersMiddleware
    from .middleware.wsgi import WSGIMiddleware as WSGIMiddleware
    from .system.watched import is_dir as is_dir
    from .system.watched import resolve_reload_patterns as resolve_reload_patterns

__all__ = [
    "HTTP_PROTOCOLS",
    "INTERFACES",
    "LIFESPAN",
    "LOGGING_CONFIG",
    "LOG_LEVELS",
    "LOOP_FACTORIES",
    "SSL_PROTOCOL_VERSION",
    "STARTUP_FAILURE",
    "TRACE_LOG_LEVEL",
    "WS_PROTOCOLS",
    "Config",
    "HTTPProtocolType",
    "InterfaceType",
    "LifespanType",
    "LoopFactoryType",
    "UvicornDeprecationWarning",
    "WSProtocolType",
    "create_ssl_context",
]

HTTP_PROTOCOLS: dict[str, str] = {
    "auto": "uvicorn.protocols.http.auto:AutoHTTPProtocol",
    "native": "uvicorn.protocols.http.auto:AutoHTTPProtocol",
    "httptools": "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol",
    "h11": "uvicorn.protocols.http.h11_impl:H11Protocol",
}
WS_PROTOCOLS: dict[str, str | None] = {
    "auto": "uvicorn.protocols.websockets.auto:AutoWebSocketsProtocol",
    "none": None,
    "native": "uvicorn.protocols.websockets.auto:AutoWebSocketsProtocol",
    "websockets": "uvicorn.protocols.websockets.websockets_impl:WebSocketProtocol",
    "websockets-sansio": (
        "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol"
    ),
    "wsproto": "uvicorn.protocols.websockets.wsproto_impl:WSProtocol",
}
LIFESPAN: dict[str, str] = {
    "auto": "uvicorn.lifespan.on:LifespanOn",
    "on": "uvicorn.lifespan.on:LifespanOn",
    "off": "uvicorn.lifespan.off:LifespanOff",
}
INTERFACES: list[InterfaceType] = ["auto", "asgi3", "asgi2", "wsgi"]
LOOP_FACTORIES: dict[str, str | None] = {
    "none": None,
    "auto": "uvicorn.loops.auto:auto_loop_factory",
    "asyncio": "uvicorn.loops.asyncio:asyncio_loop_factory",
    "uvloop": "uvicorn.loops.uvloop:uvloop_loop_factory",
}

# Names that others import from here, with the modules where they are.
_HOMES = {
    "ASGI2Middleware": "middleware.asgi2",
    "ASGIApplication": "_types",
    "MessageLoggerMiddleware": "middleware.message_logger",
    "ProxyHeadersMiddleware": "middleware.proxy_headers",
    "WSGIMiddleware": "middleware.wsgi",
    "create_ssl_context": "listen.tls",
    "is_dir": "system.watched",
    "resolve_reload_patterns": "system.watched",
    "style": "_ansi",
}

# RFC 9110 section 5.1: a field name is a token; 5.5: a value has no control bytes but HTAB.
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

logger = logging.getLogger("uvicorn.error")


class UvicornDeprecationWarning(DeprecationWarning):
    """Something that will go."""


class Config(Options):
    """The options of one server. Constructing it sets logging up and reads the env file.

    load() then imports the app and everything that the options name; it sets `loaded_app`,
    `lifespan_class`, `encoded_headers`, `ssl`, and `loaded` when it is done. Options that cannot
    work raise ConfigError.
    """

    def __post_init__(self) -> None:
        self.reload_dirs: list[Path] = _as_paths(self.reload_dirs)
        self.reload_includes: list[str] = bind.as_list(self.reload_includes)
        self.reload_excludes: list[str] = bind.as_list(self.reload_excludes)
        self.reload_dirs_excludes: list[Path] = []
        self.headers: list[tuple[str, str]] = list(self.headers or ())
        self.encoded_headers: list[tuple[bytes, bytes]] = []
        # In ASGI it does not end with a slash.
        self.root_path: str = self.root_path.rstrip("/")
        self.loaded = False
        self.loaded_app: Any = None
        self._proxied: ProxyHeadersMiddleware | None = None
        self.lifespan_class: type[Any] | None = None
        self.ssl: ssl.SSLContext | None = None
        self._http_protocol_class: type[asyncio.Protocol] | None = None
        self._ws_protocol_class: type[asyncio.Protocol] | None = None
        self.configure_logging()
        inventory.warn_of_slow_core()
        bind.warn_of_unused(self)
        if self.should_reload:
            self._resolve_reload()
        elif self.reload_dirs or self.reload_includes or self.reload_excludes:
            logger.warning(
                "Current configuration will not reload as not all conditions are met, please"
                " refer to documentation."
            )
        if self.env_file is not None:
            self._load_env_file()
        # The env file may set these.
        self.workers: int = self.workers or (1 if self.reload else _web_concurrency())
        self.forwarded_allow_ips: str | Sequence[str] = _trust_list(self.forwarded_allow_ips)

    # Names that other programs read

    @property
    def asgi_version(self) -> Literal["2.0", "3.0"]:
        return "2.0" if self.interface == "asgi2" else "3.0"

    @property
    def use_subprocess(self) -> bool:
        return self.reload or self.workers > 1

    @property
    def serves_http2(self) -> bool:
        """Whether HTTP/2 is served. If `http2` is None, this looks for a codec."""
        return _has_http2_codec() if self.http2 is None else self.http2

    @property
    def should_reload(self) -> bool:
        return isinstance(self.app, str) and self.reload

    @property
    def http_protocol_class(self) -> type[asyncio.Protocol]:
        """The class given or named as `http`. For a parser's name: the class for subclasses.

        The server itself does not use that one, so it is imported only when somebody asks for it.
        """
        if self._http_protocol_class is None:
            self._http_protocol_class = import_from_string(
                HTTP_PROTOCOLS.get(self.http, self.http)
                if isinstance(self.http, str)
                else self.http
            )
        return self._http_protocol_class

    @http_protocol_class.setter
    def http_protocol_class(self, value: type[asyncio.Protocol]) -> None:
        self._http_protocol_class = self.http = value

    @property
    def ws_protocol_class(self) -> type[asyncio.Protocol] | None:
        """The same for `ws`; None where no WebSockets are served."""
        if self._ws_protocol_class is None and self.ws != "none":
            named = WS_PROTOCOLS.get(self.ws, self.ws) if isinstance(self.ws, str) else self.ws
            self._ws_protocol_class = import_from_string(named)
        return self._ws_protocol_class

    @ws_protocol_class.setter
    def ws_protocol_class(self, value: type[asyncio.Protocol] | None) -> None:
        self._ws_protocol_class = value
        self.ws = "none" if value is None else value

    @property
    def served_app(self) -> ASGI3Application:
        """The app as our connections call it, without the middleware: they read proxy headers."""
        app: ASGI3Application = self.loaded_app
        proxied = self._proxied
        return proxied.app if proxied is not None and proxied is app else app

    # Loading

    def configure_logging(self) -> None:
        configure(self.log_config, self.log_level, self.access_log, self.use_colors)

    def load(self) -> None:
        """Import and prepare all that the options name."""
        assert not self.loaded, "Config.load() was called before."
        self.check()
        if self.http not in HTTP_PROTOCOLS:
            self._http_protocol_class = self._load_class("http", HTTP_PROTOCOLS)
        if self.ws not in WS_PROTOCOLS:
            self._ws_protocol_class = self._load_class("ws", WS_PROTOCOLS)
        if self.is_ssl:
            from .listen.tls import context_of

            is_own = self.http in HTTP_PROTOCOLS
            alpn = ["h2", "http/1.1"] if self.serves_http2 else ["http/1.1"]
            if not is_own:
                alpn = list(getattr(self.http_protocol_class, "alpn_protocols", ["http/1.1"]))
            self.ssl = context_of(self, alpn)
        self.lifespan_class = import_from_string(LIFESPAN[self.lifespan])
        self.loaded_app = self._as_served(self.load_app())
        self.loaded = True
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug(inventory.in_use(self.http, self.serves_http2, self.ws, self.loop))

    def check(self) -> None:
        """Raise ConfigError for all mistakes that show without the app."""
        bind.check(self)
        recycling.check(self)
        if self.http2 and not _has_http2_codec():
            raise ConfigError("There is no HTTP/2 codec here: pip install 'uvicorn[h2]'.")
        self.encoded_headers = self._encode_headers()
        self._check_choice("lifespan", LIFESPAN)
        self._check_choice("interface", INTERFACES)
        if self.preload and self.reload:
            raise ConfigError("preload and reload do not go together: leave one of them out.")
        if self.preload and not hasattr(os, "fork"):
            raise ConfigError("This system cannot fork processes: leave preload out.")
        if self.proxy_headers:
            self._check_trust_list()
        self._check_tls()
        if self.use_subprocess and isinstance(self.app, str):
            self._check_app_is_there(self.app)

    def load_app(self) -> Callable[..., object]:
        """The app: `app` itself, what it names, or what it returns (see `factory`)."""
        app = self._named_app()
        app = self._call_factory(app) if self.factory else _made_by_itself(app)
        if not callable(app):
            named = f'"{self.app}"' if isinstance(self.app, str) else "The app"
            raise ConfigError(
                f"{named} is no application but of type {type(app).__name__}: give what can be"
                " called with scope, receive and send."
            )
        return app

    def get_loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop] | None:
        """A function that makes the event loop; None leaves it to asyncio."""
        if self.loop not in LOOP_FACTORIES:
            try:
                factory: Callable[[], asyncio.AbstractEventLoop] = import_from_string(self.loop)
            except ImportFromStringError as exc:
                raise ImportFromStringError(
                    f"Error loading custom loop setup function. {exc}"
                ) from None
            return factory
        choose = import_from_string(LOOP_FACTORIES[self.loop])
        if choose is None:
            return None
        chosen: Callable[[], asyncio.AbstractEventLoop] = choose(use_subprocess=self.use_subprocess)
        return chosen

    def setup_event_loop(self) -> None:
        raise AttributeError(
            "Config.setup_event_loop() is gone: get_loop_factory() returns what makes the loop."
        )

    def bind_socket(self) -> socket.socket:
        """A bound socket that child processes inherit. Ends the process if that is not possible.

        It is for one address; sockets.open_listeners() opens all that the options name.
        """
        from .listen.sockets import bind_for_children

        bind.check(self)
        try:
            return bind_for_children(self)
        except OSError as exc:
            logger.error(exc)
            sys.exit(STARTUP_FAILURE)

    def enter_parent_hook(self) -> contextlib.AbstractContextManager[object]:
        """The context manager that `parent_hook` returns; one that does nothing without a hook."""
        if self.parent_hook is None:
            return contextlib.nullcontext()
        try:
            hook = import_from_string(self.parent_hook)
        except ImportFromStringError as exc:
            raise ConfigError(f"parent_hook must name a function. {exc}") from None
        manager = hook(self)
        if not isinstance(manager, contextlib.AbstractContextManager):
            raise ConfigError("parent_hook must return a context manager: see contextlib.")
        return manager

    # Parts of construction and loading

    def _resolve_reload(self) -> None:
        from .system.watched import current_directory, resolve_reload_patterns, without

        wanted = [os.fspath(path) for path in self.reload_dirs]
        self.reload_includes, self.reload_dirs = resolve_reload_patterns(
            self.reload_includes, wanted
        )
        self.reload_excludes, self.reload_dirs_excludes = resolve_reload_patterns(
            self.reload_excludes, []
        )
        self.reload_dirs = without(self.reload_dirs, self.reload_dirs_excludes)
        missing = [path for path in wanted if not os.path.isdir(path)]
        if missing:
            logger.warning("There is no directory %s to watch.", ", ".join(map(repr, missing)))
        if not self.reload_dirs:
            self.reload_dirs = [current_directory()]
        directories = [str(path) for path in self.reload_dirs]
        logger.info("Will watch for changes in these directories: %s", directories)

    def _check_choice(self, option: str, words: Iterable[str]) -> None:
        value = getattr(self, option)
        if value not in words:
            raise UnknownChoice(f"{option} must be one of {', '.join(words)}, not {value!r}.")

    def _check_tls(self) -> None:
        if self.is_ssl:
            from .listen.tls import check

            check(self)
        elif self.ssl_ca_certs or self.ssl_cert_reqs:
            raise ConfigError(
                "ssl_certfile is missing: only over TLS can clients be asked for certificates."
            )

    def _check_trust_list(self) -> None:
        for doubt in TrustedHosts(self.forwarded_allow_ips).doubts:
            raise ConfigError(f"forwarded_allow_ips: {doubt}")

    def _load_class(self, option: str, names: Iterable[str]) -> type:
        try:
            loaded: type = import_from_string(getattr(self, option))
        except ImportFromStringError as exc:
            raise ImportFromStringError(
                f"{option} must be one of {', '.join(names)}, or module:Class. {exc}"
            ) from None
        return loaded

    def _named_app(self) -> Any:
        """`app`, or what it names."""
        if not isinstance(self.app, str):
            return self.app
        try:
            if _is_module(self.app) and not self.factory:
                return self._app_of_module(self.app)
            return import_from_string(self.app)
        except ImportFromStringError as exc:
            raise _not_loaded(self.app, exc) from None

    def _app_of_module(self, name: str) -> object:
        module = import_module(name)
        found = [f"{name}:{each}" for each in interface.names_in(module)]
        if len(found) == 1:
            logger.info('Serving "%s", the application of module "%s".', found[0], name)
            return import_from_string(found[0])
        raise ImportFromStringError(
            f'Module "{name}" has several applications: say which, {" or ".join(found)}.'
            if found
            else f'Module "{name}" has no ASGI application: name it, as in "{name}:app".'
        )

    def _check_app_is_there(self, name: str) -> None:
        """Check without importing it: only the processes that serve import the app."""
        try:
            check_module(name.partition(":")[0])
        except ImportFromStringError as exc:
            raise _not_loaded(name, exc) from None

    def _call_factory(self, factory: Callable[[], object]) -> object:
        try:
            return factory()
        except TypeError as exc:
            if exc.__traceback__ is not None and exc.__traceback__.tb_next is not None:
                # It could be called: the mistake is inside.
                raise
            raise ConfigError(
                f"Error loading ASGI app factory: {exc}. A factory is called without arguments."
            ) from None

    def _as_served(self, app: Callable[..., object]) -> ASGI3Application:
        """`app` as the server calls it; sets `interface` to what the app is."""
        if self.interface == "auto":
            self.interface = interface.detect(app)
        if self.interface == "wsgi":
            self.ws_protocol_class = None
        served = interface.as_asgi3(app, self.interface)
        if logging.getLogger("uvicorn.asgi").isEnabledFor(TRACE_LOG_LEVEL):
            from .middleware.message_logger import MessageLoggerMiddleware

            served = MessageLoggerMiddleware(served)
        if self.proxy_headers:
            from .middleware.proxy_headers import ProxyHeadersMiddleware

            served = self._proxied = ProxyHeadersMiddleware(served, self.forwarded_allow_ips)
        return served

    def _encode_headers(self) -> list[tuple[bytes, bytes]]:
        headers = [_encode_header(name, value) for name, value in self.headers]
        if self.server_header and not any(name == b"server" for name, _ in headers):
            headers.insert(0, (b"server", b"uvicorn"))
        return headers

    def _load_env_file(self) -> None:
        try:
            from dotenv import load_dotenv
        except ImportError:
            raise ConfigError("env_file needs python-dotenv: pip install python-dotenv.") from None
        logger.info("Loading environment from '%s'", self.env_file)
        load_dotenv(dotenv_path=self.env_file)


def _web_concurrency() -> int:
    """The number of processes that hosting platforms set; 0 means one, too."""
    text = os.environ.get("WEB_CONCURRENCY") or "1"
    if not text.isdecimal():
        raise ConfigError(f"WEB_CONCURRENCY is {text!r}: make it a number from 1, or unset it.")
    return int(text) or 1


def _has_http2_codec() -> bool:
    from ._select import core
    from .codecs import has_http2_codec

    return has_http2_codec(core)


def _is_module(name: str) -> bool:
    """Whether an import string names a module alone."""
    return bool(name) and ":" not in name


def _not_loaded(name: str, reason: ImportFromStringError) -> ImportFromStringError:
    # For a plain module name there is nothing to suggest; for a file's name there is.
    is_plain = _is_module(name) and name.replace(".", "_").isidentifier() and name[-3:] != ".py"
    hint = "" if is_plain else suggestion(name)
    return ImportFromStringError(f"Error loading ASGI app. {reason}{hint}")


def _as_paths(value: StrPath | Iterable[StrPath] | None) -> list[Path]:
    """One path, or some."""
    if isinstance(value, (str, os.PathLike)):
        return [Path(value)]
    return [Path(each) for each in value or ()]


def _trust_list(given: str | Sequence[str] | None) -> str | Sequence[str]:
    """The trust list; None stands for the environment's. An empty list trusts nobody."""
    return os.environ.get("FORWARDED_ALLOW_IPS", LOOPBACK) if given is None else given


def _encode_header(name: str, value: str) -> tuple[bytes, bytes]:
    """A default header as bytes. It is sent unchecked, so a header that splits is refused here."""
    try:
        encoded = name.strip().lower().encode("ascii"), value.strip().encode("latin-1")
    except UnicodeEncodeError:
        encoded = b"", b""
    if not _TOKEN.fullmatch(encoded[0]) or _CONTROL.search(encoded[1]):
        raise ConfigError(f"The header {name!r}: {value!r} is not one that HTTP can carry.")
    return encoded


def _made_by_itself(app: Callable[[], object]) -> object:
    """`app`, or what it returns, if it looks like a factory that was given without `factory`."""
    is_app = interface.is_coroutine_function(app)
    if (is_app and not inspect.isclass(app)) or not interface.takes(app, 0):
        return app
    try:
        made = app()
    except TypeError:
        return app
    if not callable(made):
        if inspect.iscoroutine(made):
            made.close()
        return app
    logger.warning(
        "ASGI app factory detected. Using it, but please consider setting the --factory flag"
        " explicitly."
    )
    return made


def __getattr__(name: str) -> object:
    """A name of another module, which is imported only when it is used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_from_string(f"{__package__}.{_HOMES[name]}:{name}")
