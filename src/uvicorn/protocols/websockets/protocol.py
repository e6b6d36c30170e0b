"""What the WebSocket protocol classes have in common: a connection of the pure core.

It begins at the handshake, so it reads HTTP first; what is no handshake is answered as HTTP.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, ClassVar

from ..._select import PURE, Core
from ...assemble import handler_factory, settings
from ...codecs import http_codec, ws_codec
from ...config import Config
from ...core.connection import Connection
from ...core.service import Service
from ...core.websocket import open_websocket
from ...state import ServerState
from ..shared import shared_service


class WebSocketConnection(Connection, asyncio.Protocol):
    """One connection, made as `cls(config=, server_state=, app_state=, _loop=)`."""

    engine: ClassVar[str]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any] | None = None,
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not config.loaded:
            config.load()
        self.loop = _loop or asyncio.get_running_loop()
        super().__init__(shared_service(config, server_state, self.engine, self.loop, make_service))
        self.config = config
        self.app = config.loaded_app
        self.app_state: dict[str, Any] = {} if app_state is None else app_state
        self.logger = logging.getLogger("uvicorn.error")
        self.root_path = config.root_path
        self.server_state = server_state
        self.connections = server_state.connections
        self.tasks = server_state.tasks
        self.scope: dict[str, Any] | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.handler.template.state = self.app_state  # type: ignore[attr-defined]  # an Http1


def make_service(config: Config, state: ServerState, engine: str) -> Service:
    pure = Core(PURE)
    values = settings(config, "auto")
    limits = values.limit_request_line, values.limit_request_head, values.limit_request_fields
    new_handler = handler_factory(pure, http_codec("auto", pure), limits)
    service = Service(config.loaded_app, values, state, {}, new_handler)
    codec: Any = ws_codec(engine, pure)

    def open_session(connection: Any, http: Any, stream: Any, template: Any, app: Any) -> None:
        websocket = open_websocket(connection, http, stream, template, connection.app, codec)
        connection.scope = websocket.session.scope

    service.new_websocket = open_session
    return service
