"""WebSocketsSansIOProtocol, over the sans-IO part of the package websockets."""

from __future__ import annotations

from ...config import Config
from ...errors import ClientDisconnected
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
from .protocol import WebSocketConnection

__all__ = [
    "STATUS_PHRASES",
    "TRACE_LOG_LEVEL",
    "ClientDisconnected",
    "Config",
    "ServerState",
    "WebSocketsSansIOProtocol",
    "get_client_addr",
    "get_local_addr",
    "get_path_with_query_string",
    "get_remote_addr",
    "is_ssl",
]

STATUS_PHRASES = {status: REASONS.get(status, b"").decode() for status in range(100, 600)}


class WebSocketsSansIOProtocol(WebSocketConnection):
    """One connection, from its handshake on."""

    engine = "websockets"
