"""Puts a server's connections together: settings, codec, handler and connection.

The one place that knows which handler a new connection gets; so Connection needs to know
none of them.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._select import Core, core
from .codecs import http_codec
from .state import ServerState, Settings

if TYPE_CHECKING:
    from .config import Config


def settings(config: Config, engine: Any) -> Settings:
    """The part of a loaded configuration that the core reads; `engine` is the parser's name."""
    limit_head = config.limit_request_head
    if engine == "h11" and config.h11_max_incomplete_event_size is not None:
        limit_head = config.h11_max_incomplete_event_size
    return Settings(
        root_path=config.root_path,
        asgi_version=config.asgi_version,
        default_headers=tuple(config.encoded_headers),
        date_header=config.date_header,
        access_log=config.access_log,
        limit_concurrency=config.limit_concurrency,
        limit_request_line=config.limit_request_line,
        limit_request_head=limit_head,
        limit_request_fields=config.limit_request_fields,
        timeout_keep_alive=config.timeout_keep_alive,
        timeout_request_head=config.timeout_request_head,
        timeout_write_stall=config.timeout_write_stall,
    )


def handler_factory(form: Core, codec: Any, limits: tuple[int, int, int]) -> Callable[..., Any]:
    """What makes the handler of a new connection; `alpn` is what TLS has agreed on."""
    http1 = form.http1.Http1

    def new_handler(connection: Any, alpn: str) -> Any:
        return http1(connection, codec(*limits), connection.service)

    return new_handler


def connection_factory(
    config: Config,
    server_state: ServerState,
    app_state: dict[str, Any],
    context: contextvars.Context,
    loop: asyncio.AbstractEventLoop,
) -> Callable[[], Any]:
    """What a listening socket calls for each connection that it accepts."""
    if not isinstance(config.http, str) or ":" in config.http:
        protocol: Any = config.http_protocol_class
        # Its requests run in copies of the context that it is made in.
        return lambda: context.copy().run(
            protocol, config=config, server_state=server_state, app_state=app_state, _loop=loop
        )
    values = settings(config, config.http)
    limits = (values.limit_request_line, values.limit_request_head, values.limit_request_fields)
    new_handler = handler_factory(core, http_codec(config.http, core), limits)
    service = core.service.Service(config.loaded_app, values, server_state, app_state, new_handler)
    service.start(loop, context)
    connection = core.connection.Connection
    return lambda: connection(service)
