"""The protocol class over the best engine that is installed here; None without one."""

from __future__ import annotations

from importlib.util import find_spec

from .protocol import WebSocketConnection

__all__ = ["AutoWebSocketsProtocol"]

AutoWebSocketsProtocol: type[WebSocketConnection] | None

if find_spec("websockets") is not None:
    from .websockets_sansio_impl import WebSocketsSansIOProtocol as AutoWebSocketsProtocol
elif find_spec("wsproto") is not None:
    from .wsproto_impl import WSProtocol as AutoWebSocketsProtocol
else:
    AutoWebSocketsProtocol = None
