"""Puts a server's connections together: settings, codec, handler and connection.

Only this place knows which handler a new connection gets; so Connection needs to know none of
them.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ._select import Core, core
from .codecs import best_http2_codec, http_codec, ws_codec, ws_engine
from .forwarded import TrustedHosts
from .state import DeflateSettings, ServerState, Settings

if TYPE_CHECKING:
    from ._types import AppState, ASGI3Application
    from .config import Config
    from .core.connection import Connection
    from .core.http2_codec import Http2Codec, Http2Limits
    from .core.interfaces import Handler, HttpCodec, RequestHead, Stream
    from .core.scope import ScopeTemplate
    from .core.service import NewHandler, NewWebSocket, Service


def settings(config: Config, engine: object) -> Settings:
    """The part of a loaded configuration that the core reads; `engine` is the parser's name."""
    derived: dict[str, Any] = {
        "default_headers": tuple(config.encoded_headers),
        "ws_deflate": deflate_settings(config) if config.ws_per_message_deflate else None,
        "trusted": TrustedHosts(config.forwarded_allow_ips) if config.proxy_headers else None,
    }
    if engine == "h11" and config.h11_max_incomplete_event_size is not None:
        derived["limit_request_head"] = config.h11_max_incomplete_event_size
    named = {name: getattr(config, name) for name in Settings._fields if name not in derived}
    return Settings(**named, **derived)


def deflate_settings(config: Config) -> DeflateSettings:
    return DeflateSettings._make(
        getattr(config, f"ws_deflate_{name}") for name in DeflateSettings._fields
    )


def handler_factory(form: Core, codec: type[HttpCodec], limits: tuple[int, int, int]) -> NewHandler:
    """A function that makes the handler of a new connection; `alpn` is what ALPN has agreed on."""
    http1 = form.http1.Http1

    def new_handler(connection: Connection, alpn: str) -> Handler:
        service = connection.service
        if alpn == "h2" and service.new_http2 is not None:
            return service.new_http2(connection)
        return http1(connection, codec(*limits), service)

    return new_handler


def http2_opener(
    config: Config, form: Core, websockets: bool
) -> Callable[[Connection], Handler] | None:
    """A function that makes the handler of an HTTP/2 connection; None where it is not served."""
    if not config.serves_http2:
        return None

    @functools.cache
    def codec_and_limits() -> tuple[type[Http2Codec], Http2Limits]:
        # Imported with the first HTTP/2 connection: many servers never see one.
        limits = form.http2_codec.Http2Limits(
            config.limit_request_line, config.limit_request_head, config.limit_request_fields
        )
        limits.streams = config.http2_max_concurrent_streams
        limits.stream_window = config.http2_initial_stream_window_size
        limits.connection_window = config.http2_initial_connection_window_size
        limits.frame_size = config.http2_max_frame_size
        limits.websockets = websockets
        return best_http2_codec(form), limits

    def open_http2(connection: Connection) -> Handler:
        codec, limits = codec_and_limits()
        return form.http2.Http2(connection, codec(limits), connection.service)

    return open_http2


def websocket_opener(config: Config, form: Core) -> NewWebSocket | None:
    """A function that serves a WebSocket on a stream; None where none are served."""
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
    """For another program's protocol class: it gets the transport, and the request once more."""

    def hand_over(
        # Any: only an Http1Stream is known to have a connection.
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
    """Import what the config asks for, before the first connection. Raises ConfigError."""
    if isinstance(config.http, str) and ":" not in config.http:
        http_codec(config.http, core)
        websocket_opener(config, core)


class Connections(NamedTuple):
    """`new` makes a connection's protocol; after `drain`, each response ends its connection."""

    # Any: for asyncio, a protocol inherits from asyncio's own class.
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
    handshake, protocol = core.tls_handshake.TlsHandshake, plain.new
    return plain._replace(new=lambda: handshake(tls, protocol()))


def plain_connections(
    config: Config,
    server_state: ServerState,
    app_state: AppState,
    context: contextvars.Context,
    loop: asyncio.AbstractEventLoop,
) -> Connections:
    if not isinstance(config.http, str) or ":" in config.http:
        protocol: Callable[..., asyncio.Protocol] = config.http_protocol_class
        # Its requests run in copies of the context in which it is made.
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
    # Another program's class knows only the WebSockets of HTTP/1.1.
    websockets = isinstance(config.ws, str) and ":" not in config.ws and config.ws != "none"
    service.new_http2 = http2_opener(config, core, websockets and not service.ws_missing)
    service.start(loop, context)
    connection = core.connection.Connection
    return Connections(new=lambda: connection(service), drain=service.drain)
