"""Constants of the wire, shared by both builds and by every codec.

They live here because a constant typed in a `.pxd` vanishes from the Python namespace.
"""

from __future__ import annotations

import http

# What next_event() returns, see core/interfaces.py.
NEED_DATA = 0
HEAD = 1
BODY = 2
END = 3

# What an HTTP/2 codec's next_event() returns besides these, see core/http2_codec.py.
RESET = 4
REFUSED = 5
WINDOW = 6
PRIORITY = 7
PONG_RECEIVED = 8

# The first bytes of an HTTP/2 client (RFC 9113 section 3.4).
HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

# Error codes of HTTP/2 (RFC 9113 section 7).
H2_NO_ERROR = 0
H2_PROTOCOL_ERROR = 1
H2_INTERNAL_ERROR = 2
H2_FLOW_CONTROL_ERROR = 3
H2_SETTINGS_TIMEOUT = 4
H2_STREAM_CLOSED = 5
H2_FRAME_SIZE_ERROR = 6
H2_REFUSED_STREAM = 7
H2_CANCEL = 8
H2_COMPRESSION_ERROR = 9
H2_CONNECT_ERROR = 10
H2_ENHANCE_YOUR_CALM = 11
H2_INADEQUATE_SECURITY = 12
H2_HTTP_1_1_REQUIRED = 13

# What an HTTP/2 client may do that costs us and brings it nothing: a bucket that holds so much and
# fills up by so much a second, and what each action costs. A page that the user leaves may cancel
# all of its requests at once, and a proxy pings every few seconds: both are far from these limits.
H2_CREDIT = 10_000
H2_CREDIT_PER_SECOND = 1_000
# PING, SETTINGS, PRIORITY, PRIORITY_UPDATE, frames of an unknown type, DATA without a byte or an
# end, CONTINUATION and WINDOW_UPDATE below H2_SMALL bytes: each costs 1. A stream that the client
# resets before our response has ended, or makes us reset, costs this:
H2_COST_OF_RESET = 10
H2_SMALL = 1024

# What a WebSocket codec's next_event() returns: NEED_DATA, or an opcode (RFC 6455 section 11.8).
CONTINUATION = 0
TEXT = 1
BINARY = 2
CLOSE = 8
PING = 9
PONG = 10

# Close codes of WebSockets (RFC 6455 section 7.4.1, IANA's registry). NO_CODE, a close frame
# without one, and ABNORMAL_CLOSE, no close frame at all, are never sent.
NORMAL_CLOSE = 1000
PROTOCOL_ERROR = 1002
NO_CODE = 1005
ABNORMAL_CLOSE = 1006
BAD_DATA = 1007
POLICY_VIOLATION = 1008
MESSAGE_TOO_LONG = 1009
INTERNAL_ERROR = 1011
SERVICE_RESTART = 1012

# The states of a WebSocket session. Frames are sent in OPEN, and read in OPEN and CLOSING.
CONNECTING, DENIED, OPEN, CLOSING, CLOSED = range(5)

# The phases of a WebSocket's end, see core/websocket.py.
READING, AT_END, HOLDING, OVER = range(4)

# The phases of a request on a connection of HTTP/1, see core/http1.py.
IDLE, IN_HEAD, IN_BODY, ENDED, REPLACED = range(5)

# The phases of a connection of HTTP/2, see core/http2.py. The last one is OVER, as above.
SERVING, LEAVING, REFUSING = range(3)

# The phases of an exchange, see core/exchange.py.
REQUEST, TRAILERS, RESPONSE, COMPLETE, BROKEN, GONE = range(6)

# The phases of a connection over TLS, see core/tls.py.
BOTH_OPEN, PEER_ENDED, WE_ENDED, BOTH_ENDED, SHUT = range(5)

# WebSocket limits: bytes of one message (close code 1009), fragments of one message and control
# frames that a peer may send within a second (both 1008).
LIMIT_MESSAGE = 16 * 1024 * 1024
LIMIT_FRAGMENTS = 64 * 1024
LIMIT_CONTROL_FRAMES = 1000

# Request limits by default: bytes of the request line (414), bytes of the header block
# and of the trailer block (431), fields in one block (431).
LIMIT_REQUEST_LINE = 16 * 1024
LIMIT_REQUEST_HEAD = 64 * 1024
LIMIT_REQUEST_FIELDS = 200

# Bytes of all chunk extensions of one message together. Only attackers send them.
LIMIT_CHUNK_EXTENSIONS = 4 * 1024

# Hexadecimal digits of a chunk size: 16 fill 64 bits, and more is an overflow.
CHUNK_SIZE_DIGITS = 16

# Content-Length has at most 18 digits here, so that it fits into a signed 64-bit number.
CONTENT_LENGTH_DIGITS = 18

# Request body bytes an exchange holds before reading pauses, and response bytes a channel
# collects before it writes: both as asyncio's own high-water mark.
HIGH_WATER = 64 * 1024

REASONS: dict[int, bytes] = {status.value: status.phrase.encode() for status in http.HTTPStatus}
# By status, from 100 on; without the CRLF at the end.
STATUS_LINES: list[bytes] = [
    b"HTTP/1.1 %d %b" % (status, REASONS.get(status, b"")) for status in range(600)
]

# Request fields that decide the framing; the numbers are those of csrc/http1.h.
HOST = 0
CONTENT_LENGTH = 1
TRANSFER_ENCODING = 2
CONNECTION = 3
UPGRADE = 4
EXPECT = 5
FRAMING_FIELDS: dict[bytes, int] = {
    b"host": HOST,
    b"content-length": CONTENT_LENGTH,
    b"transfer-encoding": TRANSFER_ENCODING,
    b"connection": CONNECTION,
    b"upgrade": UPGRADE,
    b"expect": EXPECT,
}
