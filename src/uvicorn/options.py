"""Every option, once: its type and default, its help, and where it is shown.

The table is the class `Options`; a field is a row. The signatures and attributes of Config and
run(), the command line with its environment variables (cli.py), and the values that the core
reads (assemble.py) come from it.
To add an option, add its row. The order of the fields is Config's positional order and must
stay; new fields go after the KW_ONLY mark. Help is printed by group.

A row made with `dataclasses.field` alone is not for the command line.
"""

# ruff: noqa: RUF009  (a row is a dataclass field, whatever function makes it)

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple

from . import wire
from .forwarded import LOOPBACK
from .logging import LOG_LEVELS, LOGGING_CONFIG

if TYPE_CHECKING:
    import asyncio
    import ssl
    from configparser import RawConfigParser

    from ._types import ASGIApplication

HTTPProtocolType = Literal["auto", "native", "httptools", "h11"]
WSProtocolType = Literal["auto", "none", "native", "websockets", "websockets-sansio", "wsproto"]
LifespanType = Literal["auto", "on", "off"]
InterfaceType = Literal["auto", "asgi3", "asgi2", "wsgi"]
LoopFactoryType = Literal["none", "auto", "asyncio", "uvloop"]

# ssl.PROTOCOL_TLS_SERVER, without importing ssl.
SSL_PROTOCOL_VERSION = 17

LISTEN = "Where to listen"
APPLICATION = "The application"
ENGINES = "Engines"
LOGGING = "Logging"
RESPONSES = "Responses"
PROXIES = "Behind a proxy"
LIMITS = "Limits"
TIMEOUTS = "Timeouts, in seconds"
WEBSOCKETS = "WebSockets"
HTTP2 = "HTTP/2"
PROCESSES = "Processes"
RELOADING = "Reloading, for development"
TLS = "TLS"
GROUPS = (
    *(LISTEN, APPLICATION, ENGINES, LOGGING, RESPONSES, PROXIES),
    *(TLS, LIMITS, TIMEOUTS, HTTP2, WEBSOCKETS, PROCESSES, RELOADING),
)


class Row(NamedTuple):
    """One option as the command line sees it; `kind` is str, int, float, bool or os.PathLike.

    `choices` are the words it accepts; with `open_choice`, a "module:attribute" too. Numbers are
    from `lowest` to `highest`; with `can_be_none`, the word "none" too. `default_text` is shown
    for a default that needs an explanation. A switch with `spelled_out` accepts true or false.
    An `octal` number is written in the digits 0 to 7.
    """

    name: str
    default: Any
    kind: type
    group: str
    help: str
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    open_choice: bool = False
    lowest: float = float("-inf")
    highest: float = float("inf")
    can_be_none: bool = False
    multiple: bool = False
    flag: str | None = None
    default_text: str | None = None
    spelled_out: bool = False
    octal: bool = False

    @property
    def env(self) -> str:
        return f"UVICORN_{self.name.upper()}"

    @property
    def flags(self) -> tuple[str, ...]:
        """Its flags; a switch that is on by default, or decides by itself, has one for off."""
        flag = self.flag or "--" + self.name.replace("_", "-")
        if self.kind is bool and self.default is not False and not self.spelled_out:
            return flag, f"--no-{flag[2:]}"
        return (flag,)

    @property
    def shown_default(self) -> str | None:
        if self.default_text is not None:
            return self.default_text
        if self.default is None or self.default is False or self.default == "":
            return None
        if self.default is True:
            return "true" if self.spelled_out else "on"
        return str(self.default)


def option(default: Any, kind: type, group: str, help: str, **more: Any) -> Any:
    """A field of Options that is also a row of the command line; `more` are fields of Row."""
    metadata = {"row": Row("", default, kind, group, help, **more)}
    if isinstance(default, dict):
        return field(default_factory=lambda: default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(eq=False, repr=False)
class Options:
    """What can be set. Times are in seconds, sizes in bytes; None as a limit is no limit."""

    # One line for the facts of a row, one for its help.
    # fmt: off
    app: ASGIApplication | Callable[..., Any] | str
    host: str | Sequence[str] | None = option(
        "127.0.0.1", str, LISTEN, metavar="ADDRESS", multiple=True,
        help="Address or name to listen on. 0.0.0.0 is every IPv4 address of this machine, ::"
        " every IPv6 address, '' both. May be given more than once.",
    )
    port: int = option(
        8000, int, LISTEN, metavar="NUMBER", lowest=0, highest=65535,
        help="Port to listen on, of every --host. 0 picks a free one; the log shows which.",
    )
    uds: str | None = option(
        None, str, LISTEN, metavar="PATH",
        help="Listen on a Unix socket at this path instead of a port; @name is an abstract one.",
    )
    fd: int | None = option(
        None, int, LISTEN, metavar="NUMBER", lowest=0,
        help="Listen on a socket that is already open under this file descriptor.",
    )
    loop: LoopFactoryType | str = option(
        "auto", str, ENGINES, choices=("auto", "asyncio", "uvloop", "none"), open_choice=True,
        help="Event loop. auto uses uvloop if it is installed, else asyncio; none leaves the"
        " choice to asyncio's policy.",
    )
    http: type[asyncio.Protocol] | HTTPProtocolType | str = option(
        "auto", str, ENGINES, choices=("auto", "native", "httptools", "h11"), open_choice=True,
        help="HTTP parser. auto uses native if it was compiled, else httptools if it is"
        " installed, else h11.",
    )
    http2: bool | None = option(
        None, bool, ENGINES, default_text="on where its codec is there",
        help="Serve HTTP/2 to clients that speak it: over TLS they say so by ALPN, without TLS by"
        " their first bytes. HTTP/1.1 is served too.",
    )
    ws: type[asyncio.Protocol] | WSProtocolType | str = option(
        "auto", str, ENGINES,
        choices=("auto", "none", "native", "websockets", "websockets-sansio", "wsproto"),
        open_choice=True,
        help="WebSocket engine. auto uses native if it was compiled, else websockets if it is"
        " installed, else wsproto; none serves no WebSockets. websockets and websockets-sansio"
        " are the same.",
    )
    ws_max_size: int = option(
        wire.LIMIT_MESSAGE, int, WEBSOCKETS, metavar="BYTES", lowest=1,
        help="The longest message, inflated; more ends the WebSocket with 1009.",
    )
    ws_max_queue: int = option(
        32, int, WEBSOCKETS, metavar="NUMBER", lowest=1,
        help="Stop reading when this many messages wait for the application.",
    )
    ws_ping_interval: float | None = option(
        20.0, float, WEBSOCKETS, metavar="SECONDS", lowest=0, can_be_none=True,
        help="Send a ping this often; none: never.",
    )
    ws_ping_timeout: float | None = option(
        20.0, float, WEBSOCKETS, metavar="SECONDS", lowest=0, can_be_none=True,
        help="Close with 1011 when nothing has come for this long after a ping; none waits for"
        " ever.",
    )
    ws_per_message_deflate: bool = option(
        True, bool, WEBSOCKETS, metavar="true|false", spelled_out=True,
        help="Offer compression (permessage-deflate).",
    )
    lifespan: LifespanType = option(
        "auto", str, APPLICATION, choices=("auto", "on", "off"),
        help="Startup and shutdown events. on fails if the application does not know them; auto"
        " goes on without them.",
    )
    env_file: str | os.PathLike[str] | None = option(
        None, os.PathLike, APPLICATION, metavar="FILE",
        help="File of environment variables for the application. Needs python-dotenv.",
    )
    log_config: (
        dict[str, Any] | str | os.PathLike[str] | RawConfigParser | IO[Any] | None
    ) = option(
        LOGGING_CONFIG, os.PathLike, LOGGING, metavar="FILE", default_text="built in",
        help="Logging configuration: .json or .yaml as a dictConfig, anything else as an ini"
        " file.",
    )
    log_level: str | int | None = option(
        None, str, LOGGING, choices=tuple(LOG_LEVELS), default_text="info",
        help="The least serious level to log.",
    )
    access_log: bool = option(
        True, bool, LOGGING,
        help="Log a line for each response.",
    )
    use_colors: bool | None = option(
        None, bool, LOGGING, default_text="on a terminal",
        help="Colour the log.",
    )
    interface: InterfaceType = option(
        "auto", str, APPLICATION, choices=("auto", "asgi3", "asgi2", "wsgi"),
        help="How the application is called. auto decides between asgi3 and asgi2; wsgi runs it in"
        " threads, by a2wsgi if that is installed, and serves no WebSockets.",
    )
    reload: bool = option(
        False, bool, RELOADING,
        help="Restart when files of the application change.",
    )
    reload_dirs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = option(
        None, os.PathLike, RELOADING, metavar="DIRECTORY", multiple=True, flag="--reload-dir",
        default_text="current directory",
        help="Watch the files in this directory. May be given more than once.",
    )
    reload_delay: float = option(
        0.25, float, RELOADING, metavar="SECONDS", lowest=0.01,
        help="Look for changes this often, if the system does not report them (see watchfiles).",
    )
    reload_includes: str | Sequence[str] | None = option(
        None, str, RELOADING, metavar="PATTERN", multiple=True, flag="--reload-include",
        default_text="*.py",
        help="Also watch files with these names: *.html, templates/*, .env. May be given more than"
        " once.",
    )
    reload_excludes: str | Sequence[str] | None = option(
        None, str, RELOADING, metavar="PATTERN", multiple=True, flag="--reload-exclude",
        default_text=".*, .py[cod], .sw.*, ~*",
        help="Do not watch files or directories with these names. May be given more than once.",
    )
    workers: int | None = option(
        None, int, PROCESSES, metavar="NUMBER", lowest=1, default_text="WEB_CONCURRENCY, or 1",
        help="Serve with this many processes, and keep that many running.",
    )
    proxy_headers: bool = option(
        True, bool, PROXIES,
        help="Believe X-Forwarded-For and X-Forwarded-Proto from the peers that"
        " --forwarded-allow-ips names.",
    )
    server_header: bool = option(
        True, bool, RESPONSES,
        help="Send the header 'server: uvicorn'.",
    )
    date_header: bool = option(
        True, bool, RESPONSES,
        help="Send the header 'date'.",
    )
    forwarded_allow_ips: str | Sequence[str] | None = option(
        None, str, PROXIES, metavar="LIST",
        default_text=f"FORWARDED_ALLOW_IPS, or {LOOPBACK}",
        help="Peers that may say who their client is, separated by commas: addresses, networks"
        " like 10.0.0.0/8 (no bits set beyond the prefix), unix: for peers on a Unix socket, names"
        " that are no address; or * alone for everybody.",
    )
    root_path: str = option(
        "", str, APPLICATION, metavar="PATH",
        help="The path under which the application is mounted, for the scope's root_path.",
    )
    limit_concurrency: int | None = option(
        None, int, LIMITS, metavar="NUMBER", lowest=1, default_text="no limit",
        help="Answer 503 when this many connections or tasks are busy.",
    )
    limit_max_requests: int | None = option(
        None, int, LIMITS, metavar="NUMBER", lowest=1, default_text="no limit",
        help="End the process after this many responses.",
    )
    limit_max_requests_jitter: int = option(
        0, int, LIMITS, metavar="NUMBER", lowest=0,
        help="Add a random number up to this one to --limit-max-requests, so that processes do"
        " not end all at once.",
    )
    backlog: int = option(
        2048, int, LISTEN, metavar="NUMBER", lowest=0,
        help="Connections that the system may hold until they are accepted.",
    )
    timeout_keep_alive: float = option(
        5, float, TIMEOUTS, metavar="SECONDS", lowest=0,
        help="Close a connection that has been idle this long after a response.",
    )
    timeout_notify: float = field(default=30)
    timeout_graceful_shutdown: float | None = option(
        25, float, TIMEOUTS, metavar="SECONDS", lowest=0, can_be_none=True,
        help="On shutdown, wait this long for running requests and for the application before"
        " they are cancelled; none waits for ever.",
    )
    timeout_worker_healthcheck: float = option(
        5, float, TIMEOUTS, metavar="SECONDS", lowest=0.1,
        help="Replace a worker whose process has not answered for this long although the system"
        " let it run: it was stopped, or something holds the GIL.",
    )
    callback_notify: Callable[..., Awaitable[None]] | None = field(default=None)
    ssl_keyfile: str | os.PathLike[str] | None = option(
        None, str, TLS, metavar="FILE", default_text="in --ssl-certfile",
        help="The private key, in PEM form.",
    )
    ssl_certfile: str | os.PathLike[str] | None = option(
        None, str, TLS, metavar="FILE",
        help="The certificate, and the intermediate ones up to a known authority, in PEM form. With"
        " it the server speaks HTTPS.",
    )
    ssl_keyfile_password: str | None = option(
        None, str, TLS, metavar="TEXT",
        help="The password of an encrypted key. Others may see a command line, but not"
        " UVICORN_SSL_KEYFILE_PASSWORD.",
    )
    ssl_version: int = option(
        SSL_PROTOCOL_VERSION, int, TLS, metavar="NUMBER", default_text="17, TLS 1.2 and later",
        help="A number of Python's ssl module: ssl.PROTOCOL_TLS_SERVER and others.",
    )
    ssl_cert_reqs: int = option(
        0, int, TLS, metavar="NUMBER", lowest=0, highest=2,
        help="Certificates of clients: 0 asks for none, 1 accepts one, 2 requires one.",
    )
    ssl_ca_certs: str | os.PathLike[str] | None = option(
        None, str, TLS, metavar="FILE",
        help="The authorities that must have signed certificates of clients, in PEM form.",
    )
    ssl_ciphers: str | None = option(
        None, str, TLS, metavar="LIST", default_text="OpenSSL's",
        help="Ciphers for TLS 1.2, in OpenSSL's notation.",
    )
    ssl_context_factory: (
        Callable[[Any, Callable[[], ssl.SSLContext]], ssl.SSLContext] | None
    ) = field(default=None)
    headers: list[tuple[str, str]] | None = option(
        None, str, RESPONSES, metavar="NAME:VALUE", multiple=True, flag="--header",
        help="Send this header with every response. May be given more than once.",
    )
    factory: bool = option(
        False, bool, APPLICATION,
        help="APP is a function that returns the application; call it without arguments.",
    )
    h11_max_incomplete_event_size: int | None = option(
        None, int, LIMITS, metavar="BYTES", lowest=1,
        help="For --http h11: the most bytes of a request head, instead of"
        " --limit-request-head.",
    )
    reset_contextvars: bool = option(
        False, bool, APPLICATION,
        help="Accepted and ignored: every request runs in a context of its own anyway.",
    )
    _: KW_ONLY
    limit_request_line: int = option(
        wire.LIMIT_REQUEST_LINE, int, LIMITS, metavar="BYTES", lowest=1,
        help="The most bytes of a request line; more is answered with 414.",
    )
    limit_request_head: int = option(
        wire.LIMIT_REQUEST_HEAD, int, LIMITS, metavar="BYTES", lowest=1,
        help="The most bytes of a request's header fields; more is answered with 431.",
    )
    limit_request_fields: int = option(
        wire.LIMIT_REQUEST_FIELDS, int, LIMITS, metavar="NUMBER", lowest=1,
        help="The most header fields of a request; more is answered with 431.",
    )
    timeout_request_head: float = option(
        30, float, TIMEOUTS, metavar="SECONDS", lowest=0,
        help="Answer 408 when a request's header takes longer than this to arrive.",
    )
    timeout_tls_handshake: float = option(
        30, float, TIMEOUTS, metavar="SECONDS", lowest=0.1,
        help="Drop a client that has not completed its TLS handshake within this time.",
    )
    timeout_write_stall: float = option(
        60, float, TIMEOUTS, metavar="SECONDS", lowest=1,
        help="Drop a client that has read nothing of its response for this long.",
    )
    ws_close_timeout: float = option(
        10, float, WEBSOCKETS, metavar="SECONDS", lowest=0,
        help="Drop a client that has not answered our close frame for this long.",
    )
    ws_deflate_window_bits: int = option(
        12, int, WEBSOCKETS, metavar="NUMBER", lowest=9, highest=15,
        help="Compress with a window of at most 2 to the power of this many bytes, for each"
        " direction.",
    )
    ws_deflate_memory_level: int = option(
        5, int, WEBSOCKETS, metavar="NUMBER", lowest=1, highest=9,
        help="Memory for compression: 2 to the power of (this plus 9) bytes, besides the window.",
    )
    ws_deflate_level: int = option(
        6, int, WEBSOCKETS, metavar="NUMBER", lowest=0, highest=9,
        help="How hard to compress: 1 is fast, 9 is small.",
    )
    ws_deflate_threshold: int = option(
        256, int, WEBSOCKETS, metavar="BYTES", lowest=0,
        help="Send messages of fewer bytes uncompressed.",
    )
    ws_deflate_server_takeover: bool = option(
        True, bool, WEBSOCKETS,
        help="Compress a message with the help of the ones before it: smaller, but each WebSocket"
        " that compresses keeps its window.",
    )
    ws_deflate_client_takeover: bool = option(
        True, bool, WEBSOCKETS,
        help="Let the client do the same.",
    )
    ws_log_close: bool = option(
        False, bool, WEBSOCKETS,
        help="Log a line when a WebSocket ends: code, duration, messages and bytes.",
    )
    bind: str | Sequence[str] | None = option(
        None, str, LISTEN, metavar="ADDRESS", multiple=True,
        help="Listen here instead of on --host and --port: host:port, [IPv6]:port, unix:path,"
        " unix:@name or fd://number. May be given more than once.",
    )
    uds_mode: int | None = option(
        None, int, LISTEN, metavar="OCTAL", lowest=0, highest=0o777, octal=True,
        default_text="666",
        help="Permissions of the Unix socket's file. By default it keeps those of an old file that"
        " it replaces.",
    )
    uds_owner: str | int | None = option(
        None, str, LISTEN, metavar="USER",
        help="Owner of the Unix socket's file: a name or a number.",
    )
    uds_group: str | int | None = option(
        None, str, LISTEN, metavar="GROUP",
        help="Group of the Unix socket's file: a name or a number.",
    )
    socket_activation: bool | None = option(
        None, bool, LISTEN, default_text="if no other option says where to listen",
        help="Listen on the sockets that systemd has opened for this process.",
    )
    reuse_port: bool = option(
        False, bool, LISTEN,
        help="Let other processes listen on the same port (SO_REUSEPORT); the system spreads"
        " connections over them.",
    )
    timeout_drain: float = option(
        0, float, TIMEOUTS, metavar="SECONDS", lowest=0,
        help="On shutdown, accept and answer for this long before the shutdown begins; each"
        " response ends its connection.",
    )
    timeout_worker_blocked: float | None = option(
        60, float, TIMEOUTS, metavar="SECONDS", lowest=0.1, can_be_none=True,
        help="Replace a worker whose event loop has stood still for this long; none: never.",
    )
    timeout_worker_startup: float | None = option(
        300, float, TIMEOUTS, metavar="SECONDS", lowest=0.1, can_be_none=True,
        help="Give up on a worker that has not started within this time; none waits for ever.",
    )
    limit_max_lifetime: float | None = option(
        None, float, LIMITS, metavar="SECONDS", lowest=1, default_text="no limit",
        help="End the process after this time.",
    )
    limit_max_lifetime_jitter: float = option(
        0, float, LIMITS, metavar="SECONDS", lowest=0,
        help="Add a random time up to this one to --limit-max-lifetime.",
    )
    limit_max_memory: int | None = option(
        None, int, LIMITS, metavar="MIB", lowest=1, default_text="no limit",
        help="End the process when it uses more memory than this (RSS).",
    )
    limit_max_memory_jitter: int = option(
        0, int, LIMITS, metavar="MIB", lowest=0,
        help="Add a random number up to this one to --limit-max-memory.",
    )
    preload: bool = option(
        False, bool, PROCESSES,
        help="Import the application once, before the workers are forked from this process:"
        " they start faster and share memory. A restart by SIGHUP then runs the same code.",
    )
    parent_hook: Callable[..., Any] | str | None = option(
        None, str, PROCESSES, metavar="MODULE:FUNCTION",
        help="A function that takes the Config and returns a context manager. It is entered once"
        " before the workers start, and left when they have ended.",
    )
    pid_file: str | os.PathLike[str] | None = option(
        None, str, PROCESSES, metavar="FILE",
        help="Keep the process id in this file while the server runs.",
    )
    http2_max_concurrent_streams: int = option(
        128, int, HTTP2, metavar="NUMBER", lowest=1, highest=65536,
        help="The most requests that may be under way on one connection.",
    )
    http2_initial_stream_window_size: int = option(
        262144, int, HTTP2, metavar="BYTES", lowest=65535, highest=2**31 - 1,
        help="Bytes of a request's body that a client may send before the application reads them.",
    )
    http2_initial_connection_window_size: int = option(
        1048576, int, HTTP2, metavar="BYTES", lowest=65535, highest=2**31 - 1,
        help="Bytes that a client may send before the server reads them, on all streams of a"
        " connection.",
    )
    http2_max_frame_size: int = option(
        16384, int, HTTP2, metavar="BYTES", lowest=16384, highest=2**24 - 1,
        help="The longest frame that a client may send.",
    )
    http2_keep_alive_interval: float | None = option(
        30, float, HTTP2, metavar="SECONDS", lowest=0.1, can_be_none=True,
        help="Ping a client that has requests under way and has sent nothing for this long; none:"
        " never.",
    )
    http2_keep_alive_timeout: float = option(
        20, float, HTTP2, metavar="SECONDS", lowest=0.1,
        help="Drop the connection if the client does not answer that ping within this time.",
    )
    # fmt: on

    @property
    def is_ssl(self) -> bool:
        return bool(self.ssl_certfile or self.ssl_keyfile or self.ssl_context_factory)

    def __post_init__(self) -> None:
        """Config's own part of the construction."""


# Options of Config that run() does not have; and the reverse.
OF_CONFIG = {"timeout_notify", "callback_notify"}
APP_DIR = Row(
    name="app_dir",
    default=None,
    kind=str,
    group=APPLICATION,
    help="Look for APP in this directory first.",
    metavar="DIRECTORY",
    default_text="current directory",
)


def rows() -> tuple[Row, ...]:
    """All options of the command line, in the order of the table."""
    table = [f.metadata["row"]._replace(name=f.name) for f in fields(Options) if f.metadata]
    return (*table, APP_DIR)
