"""All cases of what a WebSocket client sends. See websocket.py for what a case is."""

from __future__ import annotations

from tests.cases import (
    websocket_closes,
    websocket_deflate,
    websocket_fragments,
    websocket_framing,
    websocket_limits,
    websocket_texts,
)

CASES = [
    *websocket_framing.CASES,
    *websocket_fragments.CASES,
    *websocket_texts.CASES,
    *websocket_closes.CASES,
    *websocket_limits.CASES,
    *websocket_deflate.CASES,
]
