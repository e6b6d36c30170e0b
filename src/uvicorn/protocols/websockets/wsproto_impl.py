"""WSProtocol, over the package wsproto."""

from __future__ import annotations

from .protocol import WebSocketConnection

__all__ = ["WSProtocol"]


class WSProtocol(WebSocketConnection):
    """One connection, from its handshake on."""

    engine = "wsproto"
