"""Status and reason for each way in which a peer can be wrong, one text for all codecs.

The numbers are those of csrc/http1.h, csrc/chunked.h and csrc/wsframe.h; the native codecs look
their errors up here, the adapters raise them by name through `refusal()`. core/framing.py checks
fields together (Host, Content-Length, Transfer-Encoding, the target's form), core/messages.py
checks frames together.
"""

from __future__ import annotations

from ..errors import ProtocolError
from ..wire import PROTOCOL_ERROR

BAD_METHOD = -10
BAD_TARGET = -11
BAD_VERSION = -12
OTHER_VERSION = -13
BAD_LINE_END = -14
BAD_NAME = -15
BAD_VALUE = -16
OBS_FOLD = -17
LINE_TOO_LONG = -20
BLOCK_TOO_LONG = -21
TOO_MANY_FIELDS = -22
CHUNK_BAD_SIZE = -30
CHUNK_BAD_EXTENSION = -31
CHUNK_BAD_LINE_END = -32
CHUNK_BAD_TRAILER = -33
CHUNK_EXTENSION_TOO_LONG = -34
CHUNK_TRAILER_TOO_LONG = -35
CHUNK_TOO_MANY_TRAILERS = -36

FRAME_BAD_RESERVED = -40
FRAME_BAD_OPCODE = -41
FRAME_FRAGMENTED_CONTROL = -42
FRAME_LONG_CONTROL = -43
FRAME_NOT_MASKED = -44
FRAME_LENGTH_NOT_MINIMAL = -45
FRAME_LENGTH_TOO_LARGE = -46

REFUSALS: dict[int, tuple[int, str]] = {
    BAD_METHOD: (400, "Bad request method"),
    BAD_TARGET: (400, "Bad request target"),
    BAD_VERSION: (400, "Bad HTTP version"),
    OTHER_VERSION: (505, "HTTP version not supported"),
    BAD_LINE_END: (400, "Bare CR or LF in request head"),
    BAD_NAME: (400, "Bad header name"),
    BAD_VALUE: (400, "Control byte in header value"),
    OBS_FOLD: (400, "Folded header line"),
    LINE_TOO_LONG: (414, "Request line too long"),
    BLOCK_TOO_LONG: (431, "Request header block too long"),
    TOO_MANY_FIELDS: (431, "Too many request headers"),
    CHUNK_BAD_SIZE: (400, "Bad chunk size"),
    CHUNK_BAD_EXTENSION: (400, "Bad chunk extension"),
    CHUNK_BAD_LINE_END: (400, "Bad line end in chunked body"),
    CHUNK_BAD_TRAILER: (400, "Bad trailer"),
    CHUNK_EXTENSION_TOO_LONG: (400, "Chunk extensions too long"),
    CHUNK_TRAILER_TOO_LONG: (431, "Trailer block too long"),
    CHUNK_TOO_MANY_TRAILERS: (431, "Too many trailers"),
    FRAME_BAD_RESERVED: (PROTOCOL_ERROR, "Reserved bit set"),
    FRAME_BAD_OPCODE: (PROTOCOL_ERROR, "Reserved opcode"),
    FRAME_FRAGMENTED_CONTROL: (PROTOCOL_ERROR, "Fragmented control frame"),
    FRAME_LONG_CONTROL: (PROTOCOL_ERROR, "Control frame too long"),
    FRAME_NOT_MASKED: (PROTOCOL_ERROR, "Frame not masked"),
    FRAME_LENGTH_NOT_MINIMAL: (PROTOCOL_ERROR, "Frame length not minimal"),
    FRAME_LENGTH_TOO_LARGE: (PROTOCOL_ERROR, "Frame length too large"),
}


def refusal(verdict: int) -> ProtocolError:
    """The error to raise for one of the numbers above."""
    return ProtocolError(*REFUSALS[verdict])
