"""WebSocketProtocol, over the package websockets."""

from __future__ import annotations

from ...config import Config, UvicornDeprecationWarning
from ...errors import ClientDisconnected
from ...logging import TRACE_LOG_LEVEL
from ...state import ServerState
from ..utils import (
    get_client_addr,
    get_local_addr,
    get_path_with_query_string,
    get_remote_addr,
    is_ssl,
)
from .protocol import WebSocketConnection

__all__ = [
    "TRACE_LOG_LEVEL",
    "ClientDisconnected",
    "Config",
    "ServerState",
    "UvicornDeprecationWarning",
    "WebSocketProtocol",
    "get_client_addr",
    "get_local_addr",
    "get_path_with_query_string",
    "get_remote_addr",
    "is_ssl",
]


class WebSocketProtocol(WebSocketConnection):
    """One connection, from its handshake on."""

    engine = "websockets"
