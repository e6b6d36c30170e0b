"""What the WebSocket protocol classes have in common: a connection of the pure core.

It begins at the handshake, so it reads HTTP first; what is no handshake is answered as HTTP.
"""

from __future__ import annotations

from typing import Any

from ..._select import PURE, Core
from ...assemble import handler_factory, settings
from ...codecs import http_codec, ws_codec
from ...config import Config
from ...core.service import Service
from ...core.websocket import open_websocket
from ...state import ServerState
from ..shared import ServedProtocol


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
        codec: Any = ws_codec(engine, pure)

        def open_session(
            stream: Any, head: Any, template: Any, service: Any, app: Any, unread: bytes
        ) -> None:
            protocol = stream.connection
            given = stream, head, template, service, protocol.app, unread
            protocol.scope = open_websocket(*given, codec).session.scope

        service.new_websocket = open_session
        return service
