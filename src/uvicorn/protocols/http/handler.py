"""The HTTP/1 handler that lets its protocol object have a say at every request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ...core.http1 import Http1
from ...core.interfaces import HttpCodec, Stream
from ...core.service import Service
from ...errors import ProtocolError
from .flow_control import FlowControl

if TYPE_CHECKING:
    from .cycle import Cycle
    from .protocol import HttpProtocol


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
        protocol.headers = plain.scope["headers"]
        protocol.scope = plain.scope
        protocol.head_received()
        cycle: Cycle = protocol.new_cycle(
            # The protocol may have put another one in the place of ours.
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

    def hand_over(self, new_websocket: Any, app: Any) -> None:
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
