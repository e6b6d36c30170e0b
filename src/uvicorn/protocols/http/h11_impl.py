"""HTTP/1 over h11: H11Protocol, and the RequestResponseCycle of each of its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11

from ...config import Config
from ...core.interfaces import HttpCodec
from ...logging import TRACE_LOG_LEVEL
from ...state import ServerState
from ...wire import REASONS
from ..utils import (
    get_client_addr,
    get_local_addr,
    get_path_with_query_string,
    get_remote_addr,
    is_ssl,
)
from .cycle import Cycle
from .flow_control import CLOSE_HEADER, HIGH_WATER_LIMIT, FlowControl, service_unavailable
from .protocol import HttpProtocol

if TYPE_CHECKING:
    from ..._shapes import Transport
    from ..._types import HTTPScope

__all__ = [
    "CLOSE_HEADER",
    "HIGH_WATER_LIMIT",
    "STATUS_PHRASES",
    "TRACE_LOG_LEVEL",
    "Config",
    "FlowControl",
    "H11Protocol",
    "RequestResponseCycle",
    "ServerState",
    "get_client_addr",
    "get_local_addr",
    "get_path_with_query_string",
    "get_remote_addr",
    "h11",
    "is_ssl",
    "service_unavailable",
]

STATUS_PHRASES = {status: REASONS.get(status, b"") for status in range(100, 600)}


class RequestResponseCycle(Cycle):
    """One request and its response. `conn` is the connection's codec."""

    def __init__(
        self,
        scope: HTTPScope,
        conn: object,
        transport: Transport,
        flow: FlowControl,
        **facts: Any,
    ) -> None:
        super().__init__(scope, transport, flow, **facts)
        self.conn = conn


class H11Protocol(HttpProtocol):
    engine = "h11"

    @property
    def conn(self) -> HttpCodec:
        return self.handler.codec

    def new_cycle(self, **facts: Any) -> Cycle:
        # Looked up only now: a program may have replaced the class.
        return RequestResponseCycle(conn=self.conn, **facts)
