"""The streams of one HTTP/2 connection and what is written on them, for the codec in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wire import H2_NO_ERROR
from .hpack import NO_TABLE, encode
from .http2_fields import encode_fields
from .http2_frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    FIRST_WINDOW,
    GOAWAY,
    HEADER,
    HEADER_SIZE,
    HEADERS,
    NUMBER,
    PING,
    RST_STREAM,
)

if TYPE_CHECKING:
    from .._shapes import Fields
    from ..core.http2_codec import Http2Codec, Http2Limits, StreamState
else:
    Http2Codec = object  # the base of either build comes in when the class is made

# In place of the bytes of a body that are still to come: nobody hears of them.
UNHEARD = -2
# So many streams that are over are known.
MOST_CLOSED = 256

STATUS_FIELDS = [encode(b":status", b"%d" % status) for status in range(600)]


class Output(Http2Codec):
    def __init__(self, limits: Http2Limits) -> None:
        super().__init__(limits)
        self.streams: dict[int, StreamState] = {}
        # Of those that are over, whether the client may not know yet: what it sends is ignored.
        self.closed: dict[int, bool] = {}
        self.ending: StreamState | None = None
        self.window = FIRST_WINDOW
        self.written: list[bytes] = []
        self.written_size = 0
        self.start_of_block = NO_TABLE

    # Streams.

    def open(self, stream: StreamState) -> None:
        self.streams[stream.number] = stream
        self.open_streams += 1

    def end_of_request(self, stream: StreamState) -> None:
        stream.receives = False
        if not stream.sends:
            self.close(stream, False)

    def end_of_response(self, stream: StreamState) -> None:
        stream.sends = False
        unheard = stream.body_left == UNHEARD
        if unheard:
            # RFC 9113 section 8.1.
            self.write_reset(stream, H2_NO_ERROR)
        if not stream.receives:
            self.close(stream, unheard)

    def close(self, stream: StreamState, by_us: bool) -> None:
        """`by_us`: by RST_STREAM, so that an END which is still to be told is not."""
        if self.streams.pop(stream.number, None) is not None:
            self.open_streams -= 1
        still_sends = stream.receives or stream.body_left == UNHEARD
        self.closed[stream.number] = by_us and still_sends
        if len(self.closed) > MOST_CLOSED:
            del self.closed[next(iter(self.closed))]
        stream.sends = stream.receives = False
        if by_us and self.ending is stream:
            self.ending = None

    def reset(self, stream: StreamState, code: int) -> None:
        if stream.sends or stream.receives:
            self.write_reset(stream, code)
            self.close(stream, True)

    # Responses.

    def room(self, stream: StreamState) -> int:
        return max(min(stream.window, self.window), 0) if stream.sends else 0

    def send_head(self, stream: StreamState, status: int, headers: Fields, defaults: Fields) -> int:
        if not 200 <= status <= 599:
            raise RuntimeError("Invalid HTTP status code: it must be from 200 to 599.")
        has_length = status != 204 and not (stream.connects and status < 300)
        parts, length = encode_fields(headers, defaults, has_length)
        self.write_block(stream, [STATUS_FIELDS[status], *parts], 0)
        return length

    def send_informational(self, stream: StreamState, status: int, headers: Fields) -> None:
        if not 100 <= status <= 199 or status == 101:
            raise RuntimeError("Invalid HTTP status code: it must be from 100 to 199, but not 101.")
        parts, _ = encode_fields(headers, has_length=False)
        self.write_block(stream, [STATUS_FIELDS[status], *parts], 0)

    def send_trailers(self, stream: StreamState, headers: Fields) -> None:
        parts, _ = encode_fields(headers, has_length=False)
        self.write_block(stream, parts, END_STREAM)

    def send_body(self, stream: StreamState, data: bytes, start: int, stop: int, end: bool) -> None:
        if not stream.sends:
            return
        size = stop - start
        stream.window -= size
        self.window -= size
        while size > self.frame_size:
            self.write(DATA, 0, stream.number, data[start : start + self.frame_size])
            start += self.frame_size
            size -= self.frame_size
        if size or end:
            self.write(DATA, END_STREAM if end else 0, stream.number, data[start:stop])
        if end:
            self.end_of_response(stream)

    # The connection.

    def ping(self, data: bytes) -> None:
        self.write(PING, 0, 0, data)

    def goaway(self, code: int, last: int) -> None:
        self.write(GOAWAY, 0, 0, NUMBER.pack(last) + NUMBER.pack(code))

    def write(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        size = len(payload)
        header = HEADER.pack(size >> 8, size & 0xFF, kind, flags, number)
        self.written += (header, payload)
        self.written_size += HEADER_SIZE + size

    def write_reset(self, stream: StreamState, code: int) -> None:
        self.write(RST_STREAM, 0, stream.number, NUMBER.pack(code))

    def write_block(self, stream: StreamState, parts: list[bytes], flags: int) -> None:
        if not stream.sends:
            return
        block = self.start_of_block + b"".join(parts)
        self.start_of_block = b""
        kind, left, most = HEADERS, flags, self.frame_size
        while len(block) > most:
            self.write(kind, left, stream.number, block[:most])
            kind, left, block = CONTINUATION, 0, block[most:]
        self.write(kind, left | END_HEADERS, stream.number, block)
        if flags & END_STREAM:
            self.end_of_response(stream)

    def pending_size(self) -> int:
        return self.written_size

    def take(self) -> bytes:
        data = b"".join(self.written)
        self.written.clear()
        self.written_size = 0
        return data
