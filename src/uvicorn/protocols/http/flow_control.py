"""The channel with the name and the methods that other programs use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ...core.answers import plain_text
from ...core.channel import Channel
from ...core.interfaces import Stream
from ...core.service import Service
from ...wire import HIGH_WATER

if TYPE_CHECKING:
    from ..._shapes import Transport
    from ..._types import ASGIReceiveCallable, ASGISendCallable, Scope

__all__ = ["CLOSE_HEADER", "HIGH_WATER_LIMIT", "FlowControl", "service_unavailable"]

CLOSE_HEADER = (b"connection", b"close")
HIGH_WATER_LIMIT = HIGH_WATER


async def service_unavailable(
    scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """An app that is called in place of the app while the server is overloaded."""
    body = b"Service Unavailable"
    headers = [*plain_text(body), CLOSE_HEADER]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class FlowControl(Channel):
    """The channel of one connection. `stream` and `service` are where its responses go."""

    stream: Stream
    service: Service

    def __init__(self, transport: Transport, loop: asyncio.AbstractEventLoop | None = None) -> None:
        super().__init__(transport, loop or asyncio.get_running_loop())

    def switch(self, transport: Transport) -> None:
        """Write to another transport, which wraps the real one."""
        self.transport = transport
        self.transport_write = transport.write

    @property
    def read_paused(self) -> bool:
        return not self.reading

    @property
    def write_paused(self) -> bool:
        return not self.writable

    async def drain(self) -> None:
        """Wait until the transport has room again, or is gone."""
        await self.drained()
