"""The frames of HTTP/2 for the codec in Python: what csrc/h2frame.h says of them.

A frame is refused by the nine bytes in front of it where they decide: that ends the connection.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple, NoReturn

from ..errors import ProtocolError
from ..wire import H2_FRAME_SIZE_ERROR, H2_PROTOCOL_ERROR
from . import http2_refusals as why

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADER = Struct(">HBBBL")
HEADER_SIZE = 9
NUMBER = Struct(">L")
SETTING = Struct(">HL")
# Without the bit that is reserved.
NUMBER_BITS = LARGEST_WINDOW = 0x7FFFFFFF

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY = range(8)
WINDOW_UPDATE, CONTINUATION, PRIORITY_UPDATE = 8, 9, 16
ACK, END_STREAM, END_HEADERS, PADDED, HAS_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20

# RFC 9113 section 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1.
ENABLE_PUSH, MOST_STREAMS, INITIAL_WINDOW, FRAME_SIZE, LIST_SIZE = range(2, 7)
CONNECT_PROTOCOL, NO_PRIORITIES = 8, 9
SWITCHES = ENABLE_PUSH, CONNECT_PROTOCOL, NO_PRIORITIES
FIRST_WINDOW = 65535
SMALLEST_FRAME_SIZE, LARGEST_FRAME_SIZE = 16384, 2**24 - 1

PRIORITY_SIZE = 5


class Rule(NamedTuple):
    """Which streams a frame may be on, and its length."""

    on_stream: bool
    on_connection: bool
    least: int = 0
    most: int = LARGEST_FRAME_SIZE


# PUSH_PROMISE is for servers alone, and CONTINUATION stands within a header block alone.
RULES = {
    DATA: Rule(True, False),
    HEADERS: Rule(True, False),
    PRIORITY: Rule(True, False),
    RST_STREAM: Rule(True, False, 4, 4),
    SETTINGS: Rule(False, True),
    PUSH_PROMISE: Rule(False, False),
    PING: Rule(False, True, 8, 8),
    GOAWAY: Rule(False, True, 8),
    WINDOW_UPDATE: Rule(True, True, 4, 4),
    CONTINUATION: Rule(False, False),
    PRIORITY_UPDATE: Rule(False, True, 4),
}


def fail(code: int, reason: str) -> NoReturn:
    """The connection ends."""
    raise ProtocolError(code, reason)


def check_header(kind: int, number: int, length: int) -> None:
    """One that is not too long, and not within a header block."""
    rule = RULES.get(kind)
    if rule is None:
        return
    fits = rule.on_stream if number else rule.on_connection
    # No server opens a stream that pushes nothing.
    if not fits or (number % 2 == 0 and number and kind != PRIORITY):
        fail(H2_PROTOCOL_ERROR, why.FRAME_NOT_ALLOWED)
    if not rule.least <= length <= rule.most:
        fail(H2_FRAME_SIZE_ERROR, why.FRAME_SIZE)


def read_number(payload: bytes) -> int:
    number: int = NUMBER.unpack_from(payload)[0]
    return number & NUMBER_BITS


def without_padding(payload: bytes) -> bytes:
    """What stands between the length of the padding and the padding."""
    if payload[0] >= len(payload):
        fail(H2_PROTOCOL_ERROR, why.BAD_PADDING)
    return payload[1 : len(payload) - payload[0]]


def without_priority(flags: int, number: int, payload: bytes) -> tuple[bytes, bool]:
    """The fragment of a header block in HEADERS, and whether the stream depends on itself."""
    least = PRIORITY_SIZE if flags & HAS_PRIORITY else 0
    if len(payload) < least + bool(flags & PADDED):
        fail(H2_FRAME_SIZE_ERROR, why.FRAME_SIZE)
    if flags & PADDED:
        payload = without_padding(payload)
        if len(payload) < least:
            fail(H2_PROTOCOL_ERROR, why.BAD_PADDING)
    return payload[least:], least > 0 and read_number(payload) == number
