"""The errors that cross layers. Both builds of the core raise and catch these same classes."""

from __future__ import annotations

__all__ = ["ClientDisconnected", "ConfigError", "ProtocolError"]


class ProtocolError(Exception):
    """The peer broke its protocol. Carries the answer to give; afterwards only close.

    `status` is the HTTP status to answer with (RFC 9110 section 15), or a WebSocket's close
    code (RFC 6455 section 7.4); `reason` one line of ASCII for the answer and for the log; it
    never holds any of the peer's bytes.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class ConfigError(Exception):
    """A setting that cannot work. The text is one line that says what to do."""


class ClientDisconnected(OSError):
    """Raised into the app by `send()` when the peer is gone (ASGI spec 2.4)."""
