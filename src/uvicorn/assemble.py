"""Puts a server's connections together: settings, codec, handler and connection.

The one place that knows which handler a new connection gets; so Connection needs to know
none of them.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ._select import Core, core
from .codecs import http_codec, ws_codec, ws_engine
from .forwarded import TrustedHosts
from .state import DeflateSettings, ServerState, Settings

if TYPE_CHECKING:
    from ._types import AppState, ASGI3Application
    from .config import Config
    from .core.connection import Connection
    from .core.interfaces import Handler, HttpCodec, RequestHead, Stream
    from .core.scope import ScopeTemplate
    from .core.service import NewHandler, NewWebSocket, Service


def settings(config: Config, engine: object) -> Settings:
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
        ws_max_size=config.ws_max_size,
        ws_max_queue=config.ws_max_queue,
        ws_ping_interval=config.ws_ping_interval,
        ws_ping_timeout=config.ws_ping_timeout,
        ws_close_timeout=config.ws_close_timeout,
        ws_deflate=deflate_settings(config) if config.ws_per_message_deflate else None,
        ws_log_close=config.ws_log_close,
        trusted=TrustedHosts(config.forwarded_allow_ips) if config.proxy_headers else None,
    )


def deflate_settings(config: Config) -> DeflateSettings:
    return DeflateSettings(
        window_bits=config.ws_deflate_window_bits,
        memory_level=config.ws_deflate_memory_level,
        level=config.ws_deflate_level,
        threshold=config.ws_deflate_threshold,
        server_takeover=config.ws_deflate_server_takeover,
        client_takeover=config.ws_deflate_client_takeover,
    )


def handler_factory(form: Core, codec: type[HttpCodec], limits: tuple[int, int, int]) -> NewHandler:
    """What makes the handler of a new connection; `alpn` is what TLS has agreed on."""
    http1 = form.http1.Http1

    def new_handler(connection: Connection, alpn: str) -> Handler:
        return http1(connection, codec(*limits), connection.service)

    return new_handler


def websocket_opener(config: Config, form: Core) -> NewWebSocket | None:
    """What takes a connection over that asks for a WebSocket; None where none are served."""
    if config.ws == "none":
        return None
    if not isinstance(config.ws, str) or ":" in config.ws:
        return hand_over_to(config)
    engine = ws_engine(config.ws, form)
    if engine is None:
        return None

    def open_websocket(
        stream: Stream,
        head: RequestHead,
        template: ScopeTemplate,
        service: Service,
        app: ASGI3Application,
        unread: bytes,
    ) -> Handler:
        codec = ws_codec(engine, form)
        assert codec is not None
        # Imported with the first WebSocket: many servers never see one.
        opened = form.websocket.open_websocket
        return opened(stream, head, template, service, app, unread, codec)

    return open_websocket


def hand_over_to(config: Config) -> NewWebSocket:
    """For a protocol class of someone else's: it gets the transport, and the request once more."""

    def hand_over(
        # Any: of Http1Stream alone it is known that it has a connection.
        stream: Any,
        head: RequestHead,
        template: ScopeTemplate,
        service: Service,
        app: ASGI3Application,
        unread: bytes,
    ) -> None:
        connection = stream.connection
        transport = connection.transport
        request = bytes_of(head) + unread
        new_protocol: Any = config.ws_protocol_class
        protocol = new_protocol(config=config, server_state=service.state, app_state=template.state)
        connection.channel.resume_reading()
        service.connection_lost(connection)
        connection.handler = None
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(request)

    return hand_over


def bytes_of(head: RequestHead) -> bytes:
    """The head as the codec has understood it, in bytes again."""
    lines = [b"%b %b HTTP/1.1\r\n" % (head.method.encode("ascii"), head.target)]
    lines += [b"%b: %b\r\n" % field for field in head.headers]
    return b"".join(lines) + b"\r\n"


def load_engines(config: Config) -> None:
    """Import what the config asks for, ahead of the first connection. Raises ConfigError."""
    if isinstance(config.http, str) and ":" not in config.http:
        http_codec(config.http, core)
        websocket_opener(config, core)


class Connections(NamedTuple):
    """What a listening socket calls for each connection; and what tells their clients to leave."""

    # Any: to asyncio a protocol is what inherits from its own class.
    new: Callable[[], Any]
    drain: Callable[[], None]


def connections(
    config: Config,
    server_state: ServerState,
    app_state: AppState,
    context: contextvars.Context,
    loop: asyncio.AbstractEventLoop,
) -> Connections:
    plain = plain_connections(config, server_state, app_state, context, loop)
    if config.ssl is None:
        return plain
    tls = core.tls.Tls(config.ssl, loop, server_state, config.timeout_tls_handshake)
    transport, protocol = core.tls.TlsTransport, plain.new
    return plain._replace(new=lambda: transport(tls, protocol()))


def plain_connections(
    config: Config,
    server_state: ServerState,
    app_state: AppState,
    context: contextvars.Context,
    loop: asyncio.AbstractEventLoop,
) -> Connections:
    if not isinstance(config.http, str) or ":" in config.http:
        protocol: Callable[..., asyncio.Protocol] = config.http_protocol_class
        # Its requests run in copies of the context that it is made in.
        return Connections(
            new=lambda: context.copy().run(
                protocol, config=config, server_state=server_state, app_state=app_state, _loop=loop
            ),
            drain=lambda: None,
        )
    values = settings(config, config.http)
    limits = (values.limit_request_line, values.limit_request_head, values.limit_request_fields)
    new_handler = handler_factory(core, http_codec(config.http, core), limits)
    service = core.service.Service(config.served_app, values, server_state, app_state, new_handler)
    service.new_websocket = websocket_opener(config, core)
    service.ws_missing = config.ws == "auto" and service.new_websocket is None
    service.start(loop, context)
    connection = core.connection.Connection
    return Connections(new=lambda: connection(service), drain=service.drain)
