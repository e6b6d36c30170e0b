"""The exchange with the names that other programs use: run_asgi(), transport, keep_alive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from ...core.app_interface import AppCall
from ...core.exchange import Exchange
from ...wire import BROKEN, COMPLETE
from .flow_control import FlowControl

if TYPE_CHECKING:
    from ..._shapes import Transport
    from ..._types import ASGI3Application, HTTPScope


class Cycle(Exchange):
    """One request and its response; `flow` knows where the response goes.

    `disconnected`, `response_started`, `response_complete`, `body` and `scope` are the
    exchange's own. run_asgi() is called with `app` in place of the server's app.
    """

    def __init__(
        self,
        scope: HTTPScope,
        transport: Transport,
        flow: FlowControl,
        logger: logging.Logger,
        access_logger: logging.Logger,
        access_log: bool,
        default_headers: list[tuple[bytes, bytes]],
        message_event: asyncio.Event,
        on_response: Callable[..., None],
    ) -> None:
        super().__init__(flow.stream, scope, flow.service)
        self.app: ASGI3Application = flow.service.app
        self.transport = transport
        self.flow = flow
        self.logger = logger
        self.access_logger = access_logger
        self.access_log = access_log
        self.default_headers = default_headers
        self.message_event = message_event
        self.on_response = on_response

    @property
    def keep_alive(self) -> bool:
        """Whether the connection goes on after this response; may be set."""
        kept: bool = self.stream.keep_alive  # type: ignore[attr-defined]  # an Http1Stream here
        return kept

    @keep_alive.setter
    def keep_alive(self, value: bool) -> None:
        self.stream.keep_alive = value  # type: ignore[attr-defined]  # an Http1Stream here

    @property
    def response_started(self) -> bool:
        return self.status > 0

    @property
    def response_complete(self) -> bool:
        return self.phase in (COMPLETE, BROKEN)

    def new_call(self, app: ASGI3Application) -> Coroutine[object, None, None]:
        return self.run_asgi(self.app)

    def wake(self) -> None:
        super().wake()
        self.message_event.set()

    async def run_asgi(self, app: ASGI3Application) -> None:
        """Call the app, and answer the client if the app does not."""
        await AppCall(self, app)
