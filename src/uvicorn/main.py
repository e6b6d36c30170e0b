"""run(): one server from options, to its end. The command line is in cli.py, loaded on demand."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING, Any

from .config import (
    INTERFACES,
    LIFESPAN,
    LOG_LEVELS,
    LOGGING_CONFIG,
    SSL_PROTOCOL_VERSION,
    STARTUP_FAILURE,
    Config,
)
from .errors import ConfigError
from .listen.sockets import open_listeners
from .logging import reopen_on_signal
from .loops import runner
from .options import (
    HTTPProtocolType,
    InterfaceType,
    LifespanType,
    LoopFactoryType,
    WSProtocolType,
)
from .server import Server
from .system import process_title
from .system.descriptors import open_standard_ones
from .system.pidfile import pid_file
from .system.signals import undone_at_sigterm
from .system.startup import log_failure, run_to_its_end

if TYPE_CHECKING:
    import asyncio
    import ssl
    from configparser import RawConfigParser

    from ._types import ASGIApplication
    from .cli import HTTP_CHOICES as HTTP_CHOICES
    from .cli import INTERFACE_CHOICES as INTERFACE_CHOICES
    from .cli import LEVEL_CHOICES as LEVEL_CHOICES
    from .cli import LIFESPAN_CHOICES as LIFESPAN_CHOICES
    from .cli import LOOP_CHOICES as LOOP_CHOICES
    from .cli import WS_CHOICES as WS_CHOICES
    from .cli import main as main
    from .cli import print_version as print_version
    from .supervisors import ChangeReload as ChangeReload
    from .supervisors import Multiprocess as Multiprocess

__all__ = [
    "INTERFACES",
    "LIFESPAN",
    "LOGGING_CONFIG",
    "LOG_LEVELS",
    "STARTUP_FAILURE",
    "Config",
    "Server",
    "main",
    "run",
]

# Parts of the command, which brings click with it.
_OF_THE_COMMAND = {"main", "print_version", "HTTP_CHOICES", "INTERFACE_CHOICES", "LEVEL_CHOICES"}
_OF_THE_COMMAND |= {"LIFESPAN_CHOICES", "LOOP_CHOICES", "WS_CHOICES"}

logger = logging.getLogger("uvicorn.error")


def run(
    app: ASGIApplication | Callable[..., Any] | str,
    *,
    host: str | Sequence[str] | None = "127.0.0.1",
    port: int = 8000,
    uds: str | None = None,
    fd: int | None = None,
    loop: LoopFactoryType | str = "auto",
    http: type[asyncio.Protocol] | HTTPProtocolType | str = "auto",
    http2: bool = False,
    ws: type[asyncio.Protocol] | WSProtocolType | str = "auto",
    ws_max_size: int = 16777216,
    ws_max_queue: int = 32,
    ws_ping_interval: float | None = 20.0,
    ws_ping_timeout: float | None = 20.0,
    ws_per_message_deflate: bool = True,
    lifespan: LifespanType = "auto",
    env_file: str | os.PathLike[str] | None = None,
    log_config: (
        dict[str, Any] | str | os.PathLike[str] | RawConfigParser | IO[Any] | None
    ) = LOGGING_CONFIG,
    log_level: str | int | None = None,
    access_log: bool = True,
    use_colors: bool | None = None,
    interface: InterfaceType = "auto",
    reload: bool = False,
    reload_dirs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    reload_delay: float = 0.25,
    reload_includes: str | Sequence[str] | None = None,
    reload_excludes: str | Sequence[str] | None = None,
    workers: int | None = None,
    proxy_headers: bool = True,
    server_header: bool = True,
    date_header: bool = True,
    forwarded_allow_ips: str | Sequence[str] | None = None,
    root_path: str = "",
    limit_concurrency: int | None = None,
    limit_max_requests: int | None = None,
    limit_max_requests_jitter: int = 0,
    backlog: int = 2048,
    timeout_keep_alive: float = 5,
    timeout_graceful_shutdown: float | None = 25,
    timeout_worker_healthcheck: float = 5,
    ssl_keyfile: str | os.PathLike[str] | None = None,
    ssl_certfile: str | os.PathLike[str] | None = None,
    ssl_keyfile_password: str | None = None,
    ssl_version: int = SSL_PROTOCOL_VERSION,
    ssl_cert_reqs: int = 0,
    ssl_ca_certs: str | os.PathLike[str] | None = None,
    ssl_ciphers: str | None = None,
    ssl_context_factory: (
        Callable[[Config, Callable[[], ssl.SSLContext]], ssl.SSLContext] | None
    ) = None,
    headers: list[tuple[str, str]] | None = None,
    factory: bool = False,
    h11_max_incomplete_event_size: int | None = None,
    reset_contextvars: bool = False,
    limit_request_line: int = 16384,
    limit_request_head: int = 65536,
    limit_request_fields: int = 200,
    timeout_request_head: float = 30,
    timeout_tls_handshake: float = 30,
    timeout_write_stall: float = 60,
    ws_close_timeout: float = 10,
    ws_deflate_window_bits: int = 12,
    ws_deflate_memory_level: int = 5,
    ws_deflate_level: int = 6,
    ws_deflate_threshold: int = 256,
    ws_deflate_server_takeover: bool = True,
    ws_deflate_client_takeover: bool = True,
    ws_log_close: bool = False,
    bind: str | Sequence[str] | None = None,
    uds_mode: int | None = None,
    uds_owner: str | int | None = None,
    uds_group: str | int | None = None,
    socket_activation: bool | None = None,
    reuse_port: bool = False,
    timeout_drain: float = 0,
    timeout_worker_blocked: float | None = 60,
    timeout_worker_startup: float | None = 300,
    limit_max_lifetime: float | None = None,
    limit_max_lifetime_jitter: float = 0,
    limit_max_memory: int | None = None,
    limit_max_memory_jitter: int = 0,
    preload: bool = False,
    parent_hook: Callable[..., Any] | str | None = None,
    pid_file: str | os.PathLike[str] | None = None,
    app_dir: str | None = None,
) -> None:
    """Serve `app` until a signal or a limit ends it.

    The options are those of the command line, see `uvicorn --help`. A server that cannot
    start ends the process with status STARTUP_FAILURE and says why in the log. Inside of a
    running event loop it raises RuntimeError: there, await Server(config).serve().
    """
    options = dict(locals())
    del options["app_dir"]
    if app_dir is not None:
        sys.path.insert(0, app_dir)
    process_title.show(f"uvicorn {app}" if isinstance(app, str) else "uvicorn")
    try:
        config = Config(**options)
        if config.use_subprocess:
            supervise(config)
            return
        runner.refuse_inside_of_a_loop()
    except KeyboardInterrupt:
        sys.exit(STARTUP_FAILURE)
    except ConfigError as exc:
        logger.error(exc)
        sys.exit(STARTUP_FAILURE)
    server = Server(config)
    run_to_its_end(server, lambda: _serve(server))


def _serve(server: Server) -> None:
    reopen_on_signal()
    if server.config.parent_hook is None:
        server.run()
        return
    with undone_at_sigterm(), server.config.enter_parent_hook():
        server.config.load()
        with server.handling_signals():
            server.run()
    # Not before the hook has been left in good order.
    server.raise_captured()


def supervise(config: Config) -> None:
    """Listen, and keep workers that serve, until a signal.

    The parent imports the app only to preload it.
    """
    from . import supervisors
    from .system.watched import current_directory

    open_standard_ones()
    current_directory()
    if not isinstance(config.app, str) and (config.reload or not config.preload):
        logger.warning(
            "You must pass the application as an import string to enable 'reload' or 'workers'."
        )
        sys.exit(STARTUP_FAILURE)
    config.check()
    with undone_at_sigterm(), contextlib.ExitStack() as stack:
        try:
            stack.enter_context(pid_file(config.pid_file))
            listeners = open_listeners(config)
        except OSError as exc:
            logger.error(exc)
            sys.exit(STARTUP_FAILURE)
        stack.callback(listeners.close)
        listeners.log()
        try:
            stack.enter_context(config.enter_parent_hook())
            if config.preload:
                config.load()
        except ConfigError:
            raise
        except Exception as exc:
            log_failure(exc)
            sys.exit(STARTUP_FAILURE)
        kind = supervisors.ChangeReload if config.should_reload else supervisors.Multiprocess
        kind(config, listeners.sockets).run()


def __getattr__(name: str) -> Any:
    if name in _OF_THE_COMMAND:
        from . import cli

        return getattr(cli, name)
    if name in ("ChangeReload", "Multiprocess"):
        from . import supervisors

        return getattr(supervisors, name)
    if name == "ServerState":
        from .server import ServerState

        warnings.warn(
            "uvicorn.main.ServerState is deprecated, use uvicorn.server.ServerState instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return ServerState
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
