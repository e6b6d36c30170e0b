"""From WebSocket frames to messages, the same for every codec (RFC 6455 sections 5.4 to 5.6).

A codec reads a frame's header, asks open_frame() whether the frame may come, reads its payload
and gives that to close_frame(), which returns an event, or NEED_DATA while the message goes on.

1.  Fragments of two messages do not mix; control frames may come between fragments.
2.  A message's length is checked when a header announces it, and while it inflates.
3.  Text is UTF-8: a part that cannot be is refused before the message is whole. A codec that
    gets a payload in pieces passes each to check_piece().
4.  A close frame has no body, or a code that may be sent and a reason in UTF-8 (section 5.5.1).
"""

from __future__ import annotations

from ..errors import ProtocolError
from ..wire import (
    ABNORMAL_CLOSE,
    BAD_DATA,
    BINARY,
    CLOSE,
    CONTINUATION,
    LIMIT_FRAGMENTS,
    MESSAGE_TOO_LONG,
    NEED_DATA,
    NO_CODE,
    NORMAL_CLOSE,
    PING,
    POLICY_VIOLATION,
    PROTOCOL_ERROR,
    TEXT,
)
from .deflate import Deflate
from .interfaces import WsCodec
from .utf8 import Utf8


class Messages(WsCodec):
    """The base of all WebSocket codecs: they read frames, this knows what frames mean."""

    def __init__(self, max_size: int, deflate: Deflate | None) -> None:
        super().__init__(max_size, deflate)
        self.max_size = max_size
        self.deflate = deflate
        self.kind = 0
        self.compressed = False
        self.announced = 0
        self.fragments = 0
        self.parts: bytearray | None = None
        self.utf8: Utf8 | None = None
        self.checked = False
        self.closed = False

    def open_frame(self, opcode: int, compressed: bool, length: int) -> None:
        """A header has come. Raises ProtocolError if its frame may not."""
        if opcode >= CLOSE:
            return
        self.checked = False
        if opcode == CONTINUATION:
            if self.kind == 0:
                raise ProtocolError(PROTOCOL_ERROR, "Continuation of no message")
            self.fragments += 1
            if self.fragments > LIMIT_FRAGMENTS:
                raise ProtocolError(POLICY_VIOLATION, "Too many fragments")
        elif self.kind:
            raise ProtocolError(PROTOCOL_ERROR, "New message within a message")
        else:
            self.kind = opcode
            self.compressed = compressed
            self.announced = 0
            self.fragments = 1
        if length > self.max_size - self.announced:
            raise ProtocolError(MESSAGE_TOO_LONG, "Message too long")
        self.announced += length

    def close_frame(self, opcode: int, final: bool, payload: bytes) -> int:
        """The payload has come: returns the event that it completes, or NEED_DATA."""
        if opcode == CLOSE:
            return self.read_close(payload)
        if opcode >= PING:
            self.data = payload
            return opcode
        if not final or self.parts is not None:
            self.add(payload)
            if not final:
                return NEED_DATA
            payload = bytes(self.parts or b"")
        return self.end_message(payload)

    def shows_pieces(self, opcode: int) -> bool:
        """Whether a payload that comes in pieces must go through check_piece()."""
        return opcode < CLOSE and self.kind == TEXT and not self.compressed

    def check_piece(self, piece: bytes) -> None:
        """Check one of the pieces, unmasked; then the whole need not be checked."""
        self.checked = True
        self.check_text(piece)

    def add(self, payload: bytes) -> None:
        if self.parts is None:
            self.parts = bytearray()
        self.parts += payload
        if not self.checked:
            self.check_text(payload)

    def check_text(self, part: bytes) -> None:
        if self.kind == TEXT and not self.compressed:
            if self.utf8 is None:
                self.utf8 = Utf8()
            if not self.utf8.check(part):
                raise not_utf8()

    def end_message(self, payload: bytes) -> int:
        kind = self.kind
        self.kind = 0
        self.parts = None
        self.utf8 = None
        if self.compressed and self.deflate is not None:
            payload = self.deflate.inflate(payload, self.max_size)
        self.size = len(payload)
        if kind == BINARY:
            self.data = payload
        else:
            self.text = decode(payload)
        return kind

    def read_close(self, payload: bytes) -> int:
        self.code = NO_CODE
        self.reason = ""
        if payload:
            code = int.from_bytes(payload[:2], "big")
            if len(payload) < 2 or not may_be_sent(code):
                raise ProtocolError(PROTOCOL_ERROR, "Bad close code")
            self.code = code
            self.reason = decode(payload[2:])
        self.closed = True
        return CLOSE


def may_be_sent(code: int) -> bool:
    """Whether a close frame may have this code (RFC 6455 section 7.4, IANA's registry)."""
    reserved = (1004, NO_CODE, ABNORMAL_CLOSE)
    return (NORMAL_CLOSE <= code <= 1014 and code not in reserved) or 3000 <= code <= 4999


def decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise not_utf8() from None


def not_utf8() -> ProtocolError:
    return ProtocolError(BAD_DATA, "Text that is not UTF-8")
