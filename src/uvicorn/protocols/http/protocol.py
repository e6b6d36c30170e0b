"""What H11Protocol and HttpToolsProtocol have in common: a connection of the pure core.

Its handler calls it at every request.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from ..._select import PURE, Core
from ...assemble import settings, websocket_opener
from ...codecs import http_codec
from ...config import Config
from ...core.http1 import Http1
from ...core.interfaces import HttpCodec, Stream
from ...core.service import Service
from ...errors import ProtocolError
from ...state import ServerState
from ..shared import ServedProtocol
from .cycle import Cycle
from .flow_control import FlowControl

if TYPE_CHECKING:
    from ..._shapes import Transport
    from ..._types import AppState, ASGI3Application, HTTPScope
    from ...core.service import NewWebSocket


class HttpProtocol(ServedProtocol):
    """One connection, made as `cls(config=, server_state=, app_state=, _loop=)`.

    A subclass may replace `app`, `app_state` and `transport` at any time. `scope`, `headers`
    and `cycle` are those of the latest request.
    """

    handler: CycleHandler
    scope: HTTPScope | None

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: AppState | None = None,
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.access_logger = logging.getLogger("uvicorn.access")
        self.access_log = self.access_logger.hasHandlers()
        self.limit_concurrency = config.limit_concurrency
        self.timeout_keep_alive = config.timeout_keep_alive
        self.flow: FlowControl | None = None
        self.server: tuple[str, int | None] | None = None
        self.client: tuple[str, int] | None = None
        self.scheme: str | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.cycle: Cycle | None = None
        # Any: it is None before connection_made(), and nobody uses it then.
        self._transport: Any = None

    @staticmethod
    def make_service(config: Config, state: ServerState, engine: str) -> Service:
        values = settings(config, engine)
        pure = Core(PURE)
        codec = http_codec(engine, pure)
        limits = values.limit_request_line, values.limit_request_head, values.limit_request_fields

        def new_handler(protocol: HttpProtocol, alpn: str) -> CycleHandler:
            return CycleHandler(protocol, codec(*limits), protocol.service)

        service = Service(config.served_app, values, state, {}, new_handler)
        service.new_websocket = websocket_opener(config, pure)
        return service

    @property
    def asgi_version(self) -> str:
        return self.config.asgi_version

    @property
    def ws_protocol_class(self) -> type | None:
        return self.config.ws_protocol_class

    @property
    def transport(self) -> Any:
        return self._transport

    @transport.setter
    def transport(self, transport: Transport) -> None:
        self._transport = transport
        if self.flow is not None:
            self.flow.switch(transport)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        super().connection_made(transport)
        common = self.handler.template.common
        self.server = common["server"]
        self.client = common["client"]
        self.scheme = common["scheme"]

    def connection_lost(self, exc: Exception | None) -> None:
        # A subclass may have closed the transport without passing it on to us.
        if self.flow is not None:
            super().connection_lost(exc)

    # Methods for subclasses to override; by default each does what the core does.

    def handle_events(self) -> None:
        """Bytes have come: act on what they complete."""
        Http1.advance(self.handler)

    def head_received(self) -> None:
        """A request's head is whole; after this its cycle is made."""

    def new_cycle(self, **facts: Any) -> Cycle:
        raise NotImplementedError

    def on_response_complete(self) -> None:
        Http1.stream_ended(self.handler, self.handler.stream)

    def send_400_response(self, msg: str) -> None:
        """Refuse what the client has sent, and end the connection."""
        Http1.refuse(self.handler, ProtocolError(400, msg))


class CycleHandler(Http1):
    """Takes app, app state, scope and cycle class from the protocol when a request comes."""

    def __init__(self, protocol: HttpProtocol, codec: HttpCodec, service: Service) -> None:
        protocol.channel = protocol.flow = flow = FlowControl(protocol.transport, service.loop)
        super().__init__(protocol, codec, service)
        self.protocol = protocol
        flow.stream = self.stream
        flow.service = service

    def advance(self) -> None:
        self.protocol.handle_events()

    def open_exchange(self) -> None:
        protocol = self.protocol
        self.template.state = protocol.app_state
        super().open_exchange()
        plain = self.exchange
        assert plain is not None
        headers = plain.scope["headers"]
        assert isinstance(headers, list)
        protocol.headers = headers
        protocol.scope = plain.scope
        protocol.head_received()
        cycle = protocol.new_cycle(
            # The protocol may have replaced our scope.
            scope=protocol.scope,
            transport=protocol.transport,
            flow=protocol.flow,
            logger=protocol.logger,
            access_logger=protocol.access_logger,
            access_log=protocol.access_log,
            default_headers=protocol.server_state.default_headers,
            message_event=asyncio.Event(),
            on_response=protocol.on_response_complete,
        )
        cycle.app = protocol.app
        cycle.expect_continue = plain.expect_continue
        self.exchange = protocol.cycle = cycle

    def hand_over(self, new_websocket: NewWebSocket, app: ASGI3Application) -> None:
        protocol = self.protocol
        self.template.state = protocol.app_state
        super().hand_over(new_websocket, protocol.app)

    def stream_ended(self, stream: Stream) -> None:
        assert self.protocol.cycle is not None
        self.protocol.cycle.on_response()

    def refuse(self, error: ProtocolError) -> None:
        if error.status == 400:
            self.protocol.send_400_response(error.reason)
        else:
            super().refuse(error)
