"""WebSocketProtocol, over the package websockets."""

from __future__ import annotations

from .protocol import WebSocketConnection

__all__ = ["WebSocketProtocol"]


class WebSocketProtocol(WebSocketConnection):
    """One connection, from its handshake on."""

    engine = "websockets"
