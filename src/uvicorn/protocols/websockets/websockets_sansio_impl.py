"""WebSocketsSansIOProtocol, over the sans-IO part of the package websockets."""

from __future__ import annotations

from .protocol import WebSocketConnection

__all__ = ["WebSocketsSansIOProtocol"]


class WebSocketsSansIOProtocol(WebSocketConnection):
    """One connection, from its handshake on."""

    engine = "websockets"
