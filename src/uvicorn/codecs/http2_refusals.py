"""Why a connection of HTTP/2, or a stream of it, is ended: one text for all codecs.

The negative numbers are those of csrc/hpack_decoder.h and csrc/h2field.h; codecs look them up here,
and name the others. Which error code goes with a reason is up to where it is noticed: one of the
HPACK numbers is a COMPRESSION_ERROR of the connection (RFC 9113 section 4.3), one of the field
numbers makes a request malformed, a PROTOCOL_ERROR of its stream (section 8.1.1).
"""

from __future__ import annotations

# HPACK.
CUT_SHORT = -60
BAD_INTEGER = -61
BAD_INDEX = -62
BAD_HUFFMAN = -63
BAD_SIZE = -64
MISPLACED_SIZE = -65
# Fields.
BAD_NAME = -80
BAD_VALUE = -81
BAD_PSEUDO = -82
CONNECTION_FIELD = -83
BAD_METHOD = -84
BAD_SCHEME = -85
BAD_AUTHORITY = -86
BAD_PATH = -87
BAD_PROTOCOL = -88
LATE_PSEUDO = -89
REPEATED = -90
MISSING = -91
NOT_ALLOWED = -92

REASONS: dict[int, str] = {
    CUT_SHORT: "Header block ends within a field",
    BAD_INTEGER: "Bad integer in header block",
    BAD_INDEX: "Bad index in header block",
    BAD_HUFFMAN: "Bad Huffman code in header block",
    BAD_SIZE: "Bad table size in header block",
    MISPLACED_SIZE: "Misplaced table size in header block",
    BAD_NAME: "Bad header name",
    BAD_VALUE: "Bad header value",
    BAD_PSEUDO: "Unknown pseudo-header",
    CONNECTION_FIELD: "Connection-specific header",
    BAD_METHOD: "Bad request method",
    BAD_SCHEME: "Bad request scheme",
    BAD_AUTHORITY: "Bad Host header",
    BAD_PATH: "Bad request target",
    BAD_PROTOCOL: "Bad :protocol",
    LATE_PSEUDO: "Pseudo-header behind other headers",
    REPEATED: "Repeated pseudo-header",
    MISSING: "Missing pseudo-header",
    NOT_ALLOWED: "Pseudo-header that is not allowed",
}

# Of requests; the stream ends with PROTOCOL_ERROR.
MISSING_HOST = "Missing Host header"
MORE_HOSTS = "More than one Host"
OTHER_HOST = "Host header unlike :authority"
BAD_LENGTH = "Bad Content-Length"
MORE_LENGTHS = "More than one Content-Length"
WRONG_LENGTH = "Body unlike Content-Length"
NO_WEBSOCKETS = "Extended CONNECT is not served"
PSEUDO_IN_TRAILERS = "Pseudo-header in trailers"
TRAILERS_NOT_LAST = "Trailers without END_STREAM"
DEPENDS_ON_ITSELF = "Stream that depends on itself"
EMPTY_INCREMENT = "WINDOW_UPDATE of 0 bytes"
# With REFUSED errors.
PATH_TOO_LONG = (414, "Request line too long")
LIST_TOO_LARGE = (431, "Request header block too long")
TOO_MANY_FIELDS = (431, "Too many request headers")

# Streams, each with another code.
STREAM_WINDOW = "More DATA than the stream's window"
WINDOW_OVERFLOW = "Window above 2^31-1"
STREAM_CLOSED = "Frame on a closed stream"
STREAM_FRAME_SIZE = "Bad frame size"
TOO_MANY_STREAMS = "Too many streams"

# Connections.
BAD_PREFACE = "Bad preface"
NO_SETTINGS = "No SETTINGS behind the preface"
FRAME_SIZE = "Bad frame size"
FRAME_NOT_ALLOWED = "Frame that is not allowed here"
BAD_PADDING = "More padding than frame"
BAD_SETTING = "Bad setting"
IDLE_STREAM = "Frame on an idle stream"
OLD_STREAM = "Stream number not above the ones before"
CONNECTION_WINDOW = "More DATA than the connection's window"
BLOCK_TOO_LONG = "Header block too long"
TOO_MUCH = "Too many frames that gain nothing"
