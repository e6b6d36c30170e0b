"""Config: the options of one server, and what they mean: app, classes, headers, socket."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import re
import socket
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from . import bind
from .errors import ConfigError
from .importer import ImportFromStringError, import_from_string
from .logging import LOG_LEVELS, LOGGING_CONFIG, TRACE_LOG_LEVEL, configure
from .options import (
    SSL_PROTOCOL_VERSION,
    HTTPProtocolType,
    LifespanType,
    LoopFactoryType,
    Options,
    WSProtocolType,
)

if TYPE_CHECKING:
    import ssl

__all__ = [
    "HTTP_PROTOCOLS",
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

InterfaceType = Literal["auto", "asgi3"]

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
LOOP_FACTORIES: dict[str, str | None] = {
    "none": None,
    "auto": "uvicorn.loops.auto:auto_loop_factory",
    "asyncio": "uvicorn.loops.asyncio:asyncio_loop_factory",
    "uvloop": "uvicorn.loops.uvloop:uvloop_loop_factory",
}

# Exit status of a process that could not start; supervisors do not start it again.
STARTUP_FAILURE = 3

# RFC 9110 section 5.1: a field name is a token; 5.5: a value has no control bytes but HTAB.
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

logger = logging.getLogger("uvicorn.error")


class UvicornDeprecationWarning(DeprecationWarning):
    """Something that will go."""


class Config(Options):
    """The options of one server. Constructing it sets logging up and reads the env file.

    load() then imports the app and everything that the options name; it sets `loaded_app`,
    `lifespan_class`, `encoded_headers`, `ssl`, and `loaded` when it is done.
    """

    def __post_init__(self) -> None:
        self.workers: int = self.workers or _web_concurrency()
        self.headers: list[tuple[str, str]] = list(self.headers or ())
        self.encoded_headers: list[tuple[bytes, bytes]] = []
        self.interface: InterfaceType = "auto"
        self.loaded = False
        self.loaded_app: Any = None
        self.lifespan_class: type[Any] | None = None
        self.ssl: ssl.SSLContext | None = None
        self._http_protocol_class: type[Any] | None = None
        self._ws_protocol_class: type[Any] | None = None
        self.configure_logging()
        if self.env_file is not None:
            self._load_env_file()

    # What others ask

    @property
    def asgi_version(self) -> Literal["2.0", "3.0"]:
        return "3.0"

    @property
    def is_ssl(self) -> bool:
        return bool(self.ssl_certfile or self.ssl_keyfile or self.ssl_context_factory)

    @property
    def use_subprocess(self) -> bool:
        return self.workers > 1

    @property
    def http_protocol_class(self) -> type[Any]:
        """The class given or named as `http`. For a parser's name: the class people subclass.

        The server itself does not use that one, so it is imported only when someone asks.
        """
        if self._http_protocol_class is None:
            self._http_protocol_class = import_from_string(
                HTTP_PROTOCOLS.get(self.http, self.http)
                if isinstance(self.http, str)
                else self.http
            )
        return self._http_protocol_class

    @http_protocol_class.setter
    def http_protocol_class(self, value: type[Any]) -> None:
        self._http_protocol_class = self.http = value

    @property
    def ws_protocol_class(self) -> type[Any] | None:
        """The same for `ws`; None where no WebSockets are served."""
        if self._ws_protocol_class is None and self.ws != "none":
            named = WS_PROTOCOLS.get(self.ws, self.ws) if isinstance(self.ws, str) else self.ws
            self._ws_protocol_class = import_from_string(named)
        return self._ws_protocol_class

    @ws_protocol_class.setter
    def ws_protocol_class(self, value: type[Any] | None) -> None:
        self._ws_protocol_class = value
        self.ws = "none" if value is None else value

    # Loading

    def configure_logging(self) -> None:
        configure(self.log_config, self.log_level, self.access_log, self.use_colors)

    def load(self) -> None:
        """Import and prepare all that the options name; without the app the process ends."""
        assert not self.loaded, "Config.load() was called before."
        self.check()
        if self.http not in HTTP_PROTOCOLS:
            self._http_protocol_class = self._load_class("http", HTTP_PROTOCOLS)
        if self.ws not in WS_PROTOCOLS:
            self._ws_protocol_class = self._load_class("ws", WS_PROTOCOLS)
        if self.is_ssl:
            from .tls import context_of

            self.ssl = context_of(self)
        self.lifespan_class = import_from_string(self._choose("lifespan", LIFESPAN))
        self.loaded_app = self.load_app()
        self.interface = "asgi3"
        self.loaded = True

    def check(self) -> None:
        """Raise ConfigError for what can be seen to be wrong without the app."""
        bind.check(self)
        self.encoded_headers = self._encode_headers()
        self._choose("lifespan", LIFESPAN)
        if self.is_ssl:
            from .tls import check

            check(self)
        elif self.ssl_ca_certs or self.ssl_cert_reqs:
            raise ConfigError(
                "ssl_certfile is missing: certificates of clients can be asked for over TLS alone."
            )

    def load_app(self) -> Any:
        """The app that `app` is, names, or makes (see `factory`)."""
        try:
            app = import_from_string(self.app)
        except ImportFromStringError as exc:
            logger.error("Error loading ASGI app. %s", exc)
            sys.exit(STARTUP_FAILURE)
        return self._call_factory(app) if self.factory else _made_by_itself(app)

    def get_loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop] | None:
        """What makes the event loop; None leaves it to asyncio."""
        if self.loop not in LOOP_FACTORIES:
            try:
                factory: Callable[[], asyncio.AbstractEventLoop] = import_from_string(self.loop)
            except ImportFromStringError as exc:
                logger.error("Error loading custom loop setup function. %s", exc)
                sys.exit(STARTUP_FAILURE)
            return factory
        choose = import_from_string(LOOP_FACTORIES[self.loop])
        if choose is None:
            return None
        chosen: Callable[[], asyncio.AbstractEventLoop] = choose(use_subprocess=self.use_subprocess)
        return chosen

    def setup_event_loop(self) -> None:
        raise AttributeError(
            "Config.setup_event_loop() is gone: get_loop_factory() answers what makes the loop."
        )

    def bind_socket(self) -> socket.socket:
        """A bound socket that child processes may inherit. Ends the process if it cannot be.

        It is for one address; sockets.open_listeners() opens all that the options name.
        """
        from .sockets import bind_for_children

        bind.check(self)
        try:
            return bind_for_children(self)
        except OSError as exc:
            logger.error(exc)
            sys.exit(STARTUP_FAILURE)

    # Parts of loading

    def _choose(self, option: str, table: dict[str, str]) -> str:
        value = getattr(self, option)
        if value not in table:
            raise ConfigError(f"{option} must be one of {', '.join(table)}, not {value!r}.")
        return table[value]

    def _load_class(self, option: str, names: Iterable[str]) -> type[Any]:
        try:
            loaded: type[Any] = import_from_string(getattr(self, option))
        except ImportFromStringError as exc:
            raise ConfigError(
                f"{option} must be one of {', '.join(names)}, or module:Class. {exc}"
            ) from None
        return loaded

    def _call_factory(self, factory: Any) -> Any:
        if not _takes_no_arguments(factory):
            logger.error(
                "Error loading ASGI app factory: %r must be callable without arguments.", factory
            )
            sys.exit(STARTUP_FAILURE)
        return factory()

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


def create_ssl_context(*arguments: Any, **keywords: Any) -> ssl.SSLContext:
    """See uvicorn.tls, which is imported only where TLS is used."""
    from .tls import create_ssl_context

    return create_ssl_context(*arguments, **keywords)


def _web_concurrency() -> int:
    """What hosting platforms say about the number of processes."""
    text = os.environ.get("WEB_CONCURRENCY") or "1"
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"WEB_CONCURRENCY is {text!r}: make it a number from 1, or unset it.")
    return int(text)


def _encode_header(name: str, value: str) -> tuple[bytes, bytes]:
    """A default header as bytes. It is sent unchecked, so what would split a response ends here."""
    try:
        encoded = name.strip().lower().encode("ascii"), value.strip().encode("latin-1")
    except UnicodeEncodeError:
        encoded = b"", b""
    if not _TOKEN.fullmatch(encoded[0]) or _CONTROL.search(encoded[1]):
        raise ConfigError(f"The header {name!r}: {value!r} is not one that HTTP can carry.")
    return encoded


def _takes_no_arguments(candidate: Any) -> bool:
    try:
        inspect.signature(candidate).bind()
    except (TypeError, ValueError):
        return False
    return True


def _made_by_itself(app: Any) -> Any:
    """`app`, or what it returns, if it looks like a factory that was given without `factory`."""
    is_app = inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(
        getattr(app, "__call__", None)  # noqa: B004  (not a test for callable)
    )
    if (is_app and not inspect.isclass(app)) or not _takes_no_arguments(app):
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
