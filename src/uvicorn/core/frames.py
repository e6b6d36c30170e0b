"""WebSocket frames as a server sends them: final or whole, never masked (RFC 6455 section 5.2).

Pure functions, so that one frame can go to many peers. The compiled twin is C, over
csrc/wsframe.h.
"""

from __future__ import annotations

from ..wire import TEXT

FIN = 0x80
COMPRESSED = 0x40


def frame_header(opcode: int, size: int, compressed: bool = False) -> bytes:
    """The header of a message in one frame; with `compressed`, reserved bit 1 (RFC 7692)."""
    first = FIN | COMPRESSED | opcode if compressed else FIN | opcode
    if size < 126:
        return bytes((first, size))
    if size < 0x10000:
        return bytes((first, 126)) + size.to_bytes(2, "big")
    return bytes((first, 127)) + size.to_bytes(8, "big")


def encode_frame(opcode: int, data: bytes, compressed: bool = False) -> bytes:
    """A whole message, or a control frame of at most 125 bytes."""
    return frame_header(opcode, len(data), compressed) + data


def encode_text(text: str) -> bytes:
    """A whole text message. Raises UnicodeEncodeError for lone surrogates."""
    return encode_frame(TEXT, text.encode())
