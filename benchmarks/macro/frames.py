"""WebSocket frames as a client writes them and a server answers them (RFC 6455 section 5.2)."""

from __future__ import annotations

import base64
import hashlib
import os

TEXT = 1
BINARY = 2
FIN = 0x80
COMPRESSED = 0x40
MASKED = 0x80
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
OFFER = "permessage-deflate; client_max_window_bits"


def client_frame(opcode: int, payload: bytes, compressed: bool = False) -> bytes:
    """Return a message in one frame, masked."""
    size = len(payload)
    first = FIN | opcode | (COMPRESSED if compressed else 0)
    if size < 126:
        header = bytes((first, MASKED | size))
    elif size < 0x10000:
        header = bytes((first, MASKED | 126)) + size.to_bytes(2, "big")
    else:
        header = bytes((first, MASKED | 127)) + size.to_bytes(8, "big")
    key = os.urandom(4)
    stream = int.from_bytes((key * (size // 4 + 1))[:size], "big")
    masked = (int.from_bytes(payload, "big") ^ stream).to_bytes(size, "big")
    return header + key + masked


def new_key() -> str:
    """Return a Sec-WebSocket-Key."""
    return base64.b64encode(os.urandom(16)).decode()


def accept_of(key: str) -> str:
    """Return the Sec-WebSocket-Accept that answers a key."""
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()
