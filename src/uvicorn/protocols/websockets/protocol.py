"""What the WebSocket protocol classes have in common: a connection of the pure core.

It begins with the handshake, so it reads HTTP first; a request that is no handshake is answered
as HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._select import PURE, Core
from ...assemble import handler_factory, settings
from ...codecs import http_codec, ws_codec
from ...config import Config
from ...core.service import Service
from ...core.websocket import open_websocket
from ...state import ServerState
from ..shared import ServedProtocol

if TYPE_CHECKING:
    from ..._types import ASGI3Application
    from ...core.interfaces import RequestHead
    from ...core.scope import ScopeTemplate


class WebSocketConnection(ServedProtocol):
    """One connection; `scope` is that of its handshake."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.handler.template.state = self.app_state  # type: ignore[attr-defined]  # an Http1

    @staticmethod
    def make_service(config: Config, state: ServerState, engine: str) -> Service:
        pure = Core(PURE)
        values = settings(config, "auto")
        limits = values.limit_request_line, values.limit_request_head, values.limit_request_fields
        new_handler = handler_factory(pure, http_codec("auto", pure), limits)
        service = Service(config.served_app, values, state, {}, new_handler)
        codec = ws_codec(engine, pure)
        assert codec is not None

        def open_session(
            # Any: only an Http1Stream is known to have a connection.
            stream: Any,
            head: RequestHead,
            template: ScopeTemplate,
            service: Service,
            app: ASGI3Application,
            unread: bytes,
        ) -> None:
            protocol = stream.connection
            given = stream, head, template, service, protocol.app, unread
            protocol.scope = open_websocket(*given, codec).session.scope

        service.new_websocket = open_session
        return service
