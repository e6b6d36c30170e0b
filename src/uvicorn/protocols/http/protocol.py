"""What H11Protocol and HttpToolsProtocol have in common: a connection of the pure core."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from ...config import Config
from ...core.http1 import Http1
from ...errors import ProtocolError
from ...state import ServerState
from ..shared import ServedProtocol
from .cycle import Cycle
from .flow_control import FlowControl
from .handler import CycleHandler
from .service import make_service


class HttpProtocol(ServedProtocol):
    """One connection, made as `cls(config=, server_state=, app_state=, _loop=)`.

    A subclass may replace `app`, `app_state` and `transport` at any time. `scope`, `headers`
    and `cycle` are those of the latest request.
    """

    handler: CycleHandler

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any] | None = None,
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
        self._transport: Any = None

    make_service = staticmethod(make_service)

    @property
    def asgi_version(self) -> str:
        return self.config.asgi_version

    @property
    def ws_protocol_class(self) -> type[Any] | None:
        return self.config.ws_protocol_class

    @property
    def transport(self) -> Any:
        return self._transport

    @transport.setter
    def transport(self, transport: Any) -> None:
        self._transport = transport
        if self.flow is not None:
            self.flow.switch(transport)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        super().connection_made(transport)
        common = self.handler.template.common
        self.server, self.client, self.scheme = (
            common[key] for key in ("server", "client", "scheme")
        )

    def connection_lost(self, exc: Exception | None) -> None:
        # A subclass may have closed the transport without letting us have it.
        if self.flow is not None:
            super().connection_lost(exc)

    # What a subclass may override; each does what the core does.

    def handle_events(self) -> None:
        """Bytes have come: act on what they complete."""
        Http1.advance(self.handler)

    def head_received(self) -> None:
        """A request's head is whole; its cycle is made after this."""

    def new_cycle(self, **facts: Any) -> Cycle:
        raise NotImplementedError

    def on_response_complete(self) -> None:
        Http1.stream_ended(self.handler, self.handler.stream)

    def send_400_response(self, msg: str) -> None:
        """Refuse what the client has sent, and end the connection."""
        Http1.refuse(self.handler, ProtocolError(400, msg))
