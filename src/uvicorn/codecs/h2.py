"""HTTP/2 over hpack, in pure Python: the codec for where the native one is not built.

Only the tables and the Huffman code of header compression are the library's. h2, which brings it,
decides too much by itself: of what is to end a stream alone much ends the connection there, when
its state has changed already. So frames, states and windows are our own, as in the native codec.

Each frame is one method, which answers an event or NEED_DATA. Of the streams that are over, only the
latest numbers are known.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, ClassVar, NamedTuple, NoReturn

from ..errors import ProtocolError
from ..wire import (
    BODY,
    END,
    H2_COST_OF_RESET,
    H2_CREDIT,
    H2_CREDIT_PER_SECOND,
    H2_ENHANCE_YOUR_CALM,
    H2_FLOW_CONTROL_ERROR,
    H2_FRAME_SIZE_ERROR,
    H2_NO_ERROR,
    H2_PROTOCOL_ERROR,
    H2_REFUSED_STREAM,
    H2_SMALL,
    H2_STREAM_CLOSED,
    HEAD,
    NEED_DATA,
    PONG_RECEIVED,
    REFUSED,
    RESET,
    WINDOW,
)
from ..wire import PRIORITY as PRIORITY_CHANGED
from . import http2_refusals as why
from .hpack import NO_TABLE, Decoder, Field, encode
from .http2_fields import RequestFields, check_trailers, encode_fields
from .priority import read_priority

if TYPE_CHECKING:
    from typing import Any

    from ..core.http2_codec import Http2Codec, Http2Limits, StreamState
else:
    Http2Codec = object  # the base of either build comes in when the class is made

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADER = Struct(">HBBBL")
HEADER_SIZE = 9
NUMBER = Struct(">L")
SETTING = Struct(">HL")
NUMBER_BITS = LARGEST_WINDOW = 0x7FFFFFFF

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY = range(8)
WINDOW_UPDATE, CONTINUATION, PRIORITY_UPDATE = 8, 9, 16
ACK, END_STREAM, END_HEADERS, PADDED, HAS_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20

ENABLE_PUSH, MOST_STREAMS, INITIAL_WINDOW, FRAME_SIZE, LIST_SIZE = range(2, 7)
CONNECT_PROTOCOL, NO_PRIORITIES = 8, 9

# What has come of the client's preface.
NOT_GREETED, SETTINGS_NEXT, GREETED = range(3)

# Before SETTINGS say otherwise (RFC 9113 section 6.5.2).
FIRST_WINDOW = 65535
SMALLEST_FRAME_SIZE = 16384
LARGEST_FRAME_SIZE = 2**24 - 1

# So many streams that are over are known.
MOST_CLOSED = 256
# In place of the bytes of a body that are still to come: it is thrown away.
UNHEARD = -2
# How often the limit for the list a block may take as it is sent.
BLOCK_TO_LIST = 2


class Rule(NamedTuple):
    """What the nine bytes in front of a frame have to say: which streams, how long."""

    on_stream: bool
    on_connection: bool
    least: int = 0
    most: int = LARGEST_FRAME_SIZE


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


class H2Codec(Http2Codec):
    """Mixin for a Http2Codec of either build."""

    stream_class: ClassVar[type[StreamState]]
    __slots__ = ()
    # The made class has slots for its state, see adapter.py.
    slots: ClassVar[tuple[str, ...]] = (
        "decoder",
        "streams",
        "closed",
        "early",
        "fed",
        "at",
        "greeted",
        "over",
        "refusing",
        "ending",
        "block",
        "block_flags",
        "block_stream",
        "block_size",
        "depends_on_itself",
        "credit",
        "filled_at",
        "arrived",
        "window",
        "first_window",
        "written",
        "written_size",
        "start_of_block",
    )

    def __init__(self, limits: Http2Limits) -> None:
        super().__init__(limits)
        self.head.http_version = "2"
        self.decoder = Decoder(limits.head, limits.fields)
        self.streams: dict[int, StreamState] = {}
        # Of those that are over, whether the client may not know yet: what comes is ignored.
        self.closed: dict[int, bool] = {}
        # Priorities of streams that have not begun.
        self.early: dict[int, tuple[int, bool]] = {}
        self.fed = b""
        self.at = 0  # the first byte of fed that is not used
        self.greeted = NOT_GREETED
        self.over = False
        self.refusing = False
        self.ending: StreamState | None = None
        # The header block that has begun, on stream block_stream unless that is 0.
        self.block: list[bytes] = []
        self.block_flags = 0
        self.block_stream = 0
        self.block_size = 0
        self.depends_on_itself = False
        self.credit = float(H2_CREDIT)
        self.filled_at = 0.0
        # Bytes of DATA that have come and were not given back.
        self.arrived = 0
        self.window = self.first_window = FIRST_WINDOW
        self.written: list[bytes] = []
        self.written_size = 0
        self.start_of_block = NO_TABLE

    # What comes.

    def feed(self, data: bytes, now: float) -> None:
        self.fed = self.fed[self.at :] + data if self.at < len(self.fed) else data
        self.at = 0
        gained = (now - self.filled_at) * H2_CREDIT_PER_SECOND
        self.credit = min(self.credit + gained, H2_CREDIT)
        self.filled_at = now

    def next_event(self) -> int:
        if self.over:
            return NEED_DATA
        if self.ending is not None:
            self.stream, self.ending = self.ending, None
            return END
        try:
            event = self.read_frames()
        except ProtocolError:
            self.over = True
            raise
        if event == NEED_DATA and self.at == len(self.fed):
            self.fed = b""
            self.at = 0
        return event

    def read_frames(self) -> int:
        fed = self.fed
        if self.greeted != GREETED and not self.read_preface():
            return NEED_DATA
        while len(fed) - self.at >= HEADER_SIZE:
            high, low, kind, flags, number = HEADER.unpack_from(fed, self.at)
            number &= NUMBER_BITS
            start = self.at + HEADER_SIZE
            end = start + (high << 8 | low)
            self.check_header(kind, flags, number, end - start)
            if end > len(fed):
                break
            self.at = end
            read = FRAMES.get(kind, H2Codec.read_unknown)
            event = read(self, flags, number, fed[start:end])
            if event != NEED_DATA:
                return event
        return NEED_DATA

    def read_preface(self) -> bool:
        """Whether all of it was there."""
        if self.greeted == NOT_GREETED:
            preface = self.fed[: len(PREFACE)]
            if not PREFACE.startswith(preface):
                fail(H2_PROTOCOL_ERROR, why.BAD_PREFACE)
            if len(preface) < len(PREFACE):
                return False
            self.at = len(PREFACE)
            self.greeted = SETTINGS_NEXT
        return True

    def check_header(self, kind: int, flags: int, number: int, length: int) -> None:
        """What nine bytes decide, but for the errors that end a stream alone."""
        if length > self.limits.frame_size:
            fail(H2_FRAME_SIZE_ERROR, why.FRAME_SIZE)
        if self.block_stream:
            if kind != CONTINUATION or number != self.block_stream:
                fail(H2_PROTOCOL_ERROR, why.FRAME_NOT_ALLOWED)
            return
        if self.greeted != GREETED:
            if kind != SETTINGS or flags & ACK:
                fail(H2_PROTOCOL_ERROR, why.NO_SETTINGS)
            self.greeted = GREETED
        rule = RULES.get(kind)
        if rule is not None:
            fits = rule.on_stream if number else rule.on_connection
            # No server opens a stream that pushes nothing.
            if not fits or (number % 2 == 0 and number and kind != PRIORITY):
                fail(H2_PROTOCOL_ERROR, why.FRAME_NOT_ALLOWED)
            if not rule.least <= length <= rule.most:
                fail(H2_FRAME_SIZE_ERROR, why.FRAME_SIZE)

    def spend(self, cost: int) -> None:
        self.credit -= cost
        if self.credit < 0:
            fail(H2_ENHANCE_YOUR_CALM, why.TOO_MUCH)

    # Frames of the connection.

    def read_unknown(self, flags: int, number: int, payload: bytes) -> int:
        self.spend(1)
        return NEED_DATA

    def read_goaway(self, flags: int, number: int, payload: bytes) -> int:
        """The client opens no more streams, as far as we need know."""
        self.spend(1)
        return NEED_DATA

    def read_ping(self, flags: int, number: int, payload: bytes) -> int:
        self.spend(1)
        if not flags & ACK:
            self.write(PING, ACK, 0, payload)
            return NEED_DATA
        self.data = payload
        return PONG_RECEIVED

    def read_settings(self, flags: int, number: int, payload: bytes) -> int:
        self.spend(1)
        if (flags & ACK and payload) or len(payload) % SETTING.size:
            fail(H2_FRAME_SIZE_ERROR, why.FRAME_SIZE)
        if flags & ACK:
            return NEED_DATA
        before = self.first_window
        for key, value in SETTING.iter_unpack(payload):
            self.apply(key, value)
        self.write(SETTINGS, ACK, 0, b"")
        self.stream = None
        return WINDOW if self.first_window > before else NEED_DATA

    def apply(self, key: int, value: int) -> None:
        if key in (ENABLE_PUSH, CONNECT_PROTOCOL, NO_PRIORITIES):
            if value > 1:
                fail(H2_PROTOCOL_ERROR, why.BAD_SETTING)
        elif key == INITIAL_WINDOW:
            if value > LARGEST_WINDOW:
                fail(H2_FLOW_CONTROL_ERROR, why.BAD_SETTING)
            more = value - self.first_window
            self.first_window = value
            for stream in self.streams.values():
                stream.window += more
                if stream.window > LARGEST_WINDOW:
                    fail(H2_FLOW_CONTROL_ERROR, why.WINDOW_OVERFLOW)
        elif key == FRAME_SIZE:
            if not SMALLEST_FRAME_SIZE <= value <= LARGEST_FRAME_SIZE:
                fail(H2_PROTOCOL_ERROR, why.BAD_SETTING)
            self.frame_size = value

    def read_window_update(self, flags: int, number: int, payload: bytes) -> int:
        more = NUMBER.unpack(payload)[0] & NUMBER_BITS
        if more < H2_SMALL:
            self.spend(1)
        if number == 0:
            if more == 0:
                fail(H2_PROTOCOL_ERROR, why.EMPTY_INCREMENT)
            self.window += more
            if self.window > LARGEST_WINDOW:
                fail(H2_FLOW_CONTROL_ERROR, why.WINDOW_OVERFLOW)
            self.stream = None
            return WINDOW
        stream = self.streams.get(number)
        if stream is None:
            return self.ignore(number)
        if more == 0:
            return self.refuse(stream, H2_PROTOCOL_ERROR, why.EMPTY_INCREMENT)
        stream.window += more
        if stream.window > LARGEST_WINDOW:
            return self.refuse(stream, H2_FLOW_CONTROL_ERROR, why.WINDOW_OVERFLOW)
        self.stream = stream
        return WINDOW if stream.sends else NEED_DATA

    def read_priority(self, flags: int, number: int, payload: bytes) -> int:
        """Obsolete (RFC 9113 section 5.3.2), but for what is wrong with it."""
        self.spend(1)
        if len(payload) != 5:
            code, reason = H2_FRAME_SIZE_ERROR, why.STREAM_FRAME_SIZE
        elif depends_on(payload) == number:
            code, reason = H2_PROTOCOL_ERROR, why.DEPENDS_ON_ITSELF
        else:
            return NEED_DATA
        if number > self.latest:
            fail(code, reason)
        stream = self.streams.get(number)
        return NEED_DATA if stream is None else self.refuse(stream, code, reason)

    def read_priority_update(self, flags: int, number: int, payload: bytes) -> int:
        self.spend(1)
        number = NUMBER.unpack_from(payload)[0] & NUMBER_BITS
        if number % 2 == 0:
            fail(H2_PROTOCOL_ERROR, why.FRAME_NOT_ALLOWED)
        priority = read_priority(payload[NUMBER.size :])
        stream = self.streams.get(number)
        if stream is not None:
            stream.urgency, stream.incremental = priority
            self.stream = stream
            return PRIORITY_CHANGED
        if number > self.latest:
            self.early[number] = priority
            # RFC 9218 section 7.1.
            if len(self.early) + self.open_streams > self.limits.streams:
                fail(H2_PROTOCOL_ERROR, why.TOO_MANY_STREAMS)
        return NEED_DATA

    # Frames of streams.

    def read_rst_stream(self, flags: int, number: int, payload: bytes) -> int:
        stream = self.streams.get(number)
        if stream is None:
            if number in self.closed:
                self.closed[number] = False
            return self.ignore(number)
        if stream.sends:
            self.spend(H2_COST_OF_RESET)
        self.close(stream, False)
        self.stream = stream
        self.code = NUMBER.unpack(payload)[0]
        self.reason = ""
        return RESET

    def read_data(self, flags: int, number: int, payload: bytes) -> int:
        size = len(payload)
        stream = self.streams.get(number)
        if flags & PADDED:
            if not size and stream is not None:
                return self.refuse(stream, H2_FRAME_SIZE_ERROR, why.STREAM_FRAME_SIZE)
            payload = without_padding(payload)
        ends = bool(flags & END_STREAM)
        self.give_back(size)
        if not payload and not ends:
            self.spend(1)
        if stream is None or stream.body_left == UNHEARD:
            return self.read_unheard(stream, number, ends)
        if not stream.receives:
            return self.refuse(stream, H2_STREAM_CLOSED, why.STREAM_CLOSED)
        if stream.received + size > max(self.limits.stream_window, FIRST_WINDOW):
            return self.refuse(stream, H2_FLOW_CONTROL_ERROR, why.STREAM_WINDOW)
        if stream.body_left >= 0:
            stream.body_left -= len(payload)
            if stream.body_left < 0 or (ends and stream.body_left):
                return self.refuse(stream, H2_PROTOCOL_ERROR, why.WRONG_LENGTH)
        stream.received += size
        if size > len(payload):
            self.consumed(stream, size - len(payload))
        self.stream = stream
        if ends:
            self.end_of_request(stream)
        if payload:
            self.body = payload
            self.ending = stream if ends else None
            return BODY
        return END if ends else NEED_DATA

    def read_unheard(self, stream: StreamState | None, number: int, ends: bool) -> int:
        """More of a body that nobody wants."""
        if stream is not None:
            if ends:
                stream.body_left = 0
            return NEED_DATA
        if number > self.latest:
            fail(H2_PROTOCOL_ERROR, why.IDLE_STREAM)
        if not self.closed.get(number):
            fail(H2_STREAM_CLOSED, why.STREAM_CLOSED)
        self.closed[number] = not ends
        return NEED_DATA

    def ignore(self, number: int) -> int:
        """RST_STREAM or WINDOW_UPDATE for a stream that is not open: it may be late."""
        if number > self.latest:
            fail(H2_PROTOCOL_ERROR, why.IDLE_STREAM)
        return NEED_DATA

    def give_back(self, size: int) -> None:
        """Bytes of DATA are in the connection's window again as soon as they have come."""
        self.arrived += size
        if self.arrived * 2 >= max(self.limits.connection_window, FIRST_WINDOW):
            self.write(WINDOW_UPDATE, 0, 0, NUMBER.pack(self.arrived))
            self.arrived = 0

    # Header blocks.

    def read_headers(self, flags: int, number: int, payload: bytes) -> int:
        least = bool(flags & PADDED) + (5 if flags & HAS_PRIORITY else 0)
        if len(payload) < least:
            fail(H2_FRAME_SIZE_ERROR, why.FRAME_SIZE)
        at = least
        if flags & PADDED:
            if payload[0] > len(payload) - least:
                fail(H2_PROTOCOL_ERROR, why.BAD_PADDING)
            payload = payload[: len(payload) - payload[0]]
        depends = payload[at - 5 : at] if flags & HAS_PRIORITY else b""
        self.depends_on_itself = bool(depends) and depends_on(depends) == number
        self.block_flags = flags
        return self.add_to_block(flags, number, payload[at:])

    def read_continuation(self, flags: int, number: int, payload: bytes) -> int:
        if len(payload) < H2_SMALL:
            self.spend(1)
        return self.add_to_block(flags, number, payload)

    def add_to_block(self, flags: int, number: int, fragment: bytes) -> int:
        self.block.append(fragment)
        self.block_size += len(fragment)
        if self.block_size > BLOCK_TO_LIST * self.limits.head:
            fail(H2_ENHANCE_YOUR_CALM, why.BLOCK_TOO_LONG)
        if not flags & END_HEADERS:
            self.block_stream = number
            return NEED_DATA
        block = b"".join(self.block)
        self.block = []
        self.block_size = self.block_stream = 0
        fields = self.decoder.decode(block)
        ends = bool(self.block_flags & END_STREAM)
        stream = self.streams.get(number)
        if stream is not None and stream.body_left != UNHEARD:
            return self.read_trailers(stream, fields, ends)
        if number > self.latest:
            return self.read_request(number, fields, ends)
        if stream is None and number not in self.closed:
            fail(H2_PROTOCOL_ERROR, why.OLD_STREAM)
        return self.read_unheard(stream, number, ends)

    def read_trailers(self, stream: StreamState, fields: list[Field], ends: bool) -> int:
        excess = self.decoder.excess
        if not stream.receives:
            return self.refuse(stream, H2_STREAM_CLOSED, why.STREAM_CLOSED)
        if self.depends_on_itself:
            return self.refuse(stream, H2_PROTOCOL_ERROR, why.DEPENDS_ON_ITSELF)
        if not ends:
            return self.refuse(stream, H2_PROTOCOL_ERROR, why.TRAILERS_NOT_LAST)
        if excess is not None:
            return self.refuse(stream, H2_ENHANCE_YOUR_CALM, excess[1])
        try:
            check_trailers(fields)
        except ProtocolError as error:
            return self.refuse(stream, error.status, error.reason)
        if stream.body_left > 0:
            return self.refuse(stream, H2_PROTOCOL_ERROR, why.WRONG_LENGTH)
        self.end_of_request(stream)
        self.stream = stream
        return END

    def read_request(self, number: int, fields: list[Field], ends: bool) -> int:
        self.latest = number
        early = self.early.pop(number, None)
        if self.early:
            self.early = {key: value for key, value in self.early.items() if key > number}
        stream = self.stream_class(number, self.first_window, -1)
        stream.receives = not ends
        if self.refusing:
            self.write_reset(stream, H2_REFUSED_STREAM)
            self.remember(stream, True)
            return NEED_DATA
        if self.open_streams >= self.limits.streams:
            return self.refuse(stream, H2_REFUSED_STREAM, why.TOO_MANY_STREAMS)
        if self.depends_on_itself:
            return self.refuse(stream, H2_PROTOCOL_ERROR, why.DEPENDS_ON_ITSELF)
        try:
            if self.decoder.excess is not None:
                raise ProtocolError(*self.decoder.excess)
            request = RequestFields(fields)
            if ends and request.length > 0:
                fail(H2_PROTOCOL_ERROR, why.WRONG_LENGTH)
            request.fill(self.head, self.limits)
        except ProtocolError as error:
            if error.status < 400:
                return self.refuse(stream, error.status, error.reason)
            return self.answer_with(stream, error)
        stream.body_left = request.length
        stream.connects = self.head.method == "CONNECT"
        if request.priority is not None:
            early = early or read_priority(request.priority)
        if early is not None:
            stream.urgency, stream.incremental = early
        self.open(stream)
        self.ending = stream if ends else None
        return HEAD

    # Streams.

    def open(self, stream: StreamState) -> None:
        self.streams[stream.number] = stream
        self.open_streams += 1
        self.stream = stream

    def answer_with(self, stream: StreamState, error: ProtocolError) -> int:
        if stream.receives:
            stream.body_left = UNHEARD
            stream.receives = False
        self.open(stream)
        self.error = error
        return REFUSED

    def refuse(self, stream: StreamState, code: int, reason: str) -> int:
        """A stream error (RFC 9113 section 5.4.2)."""
        self.spend(H2_COST_OF_RESET)
        self.write_reset(stream, code)
        self.close(stream, True)
        self.stream = stream
        self.code = code
        self.reason = reason
        return RESET

    def end_of_request(self, stream: StreamState) -> None:
        stream.receives = False
        if not stream.sends:
            self.close(stream, False)

    def end_of_response(self, stream: StreamState) -> None:
        stream.sends = False
        if stream.body_left == UNHEARD:
            self.write_reset(stream, H2_NO_ERROR)
        if not stream.receives:
            self.close(stream, stream.body_left == UNHEARD)

    def close(self, stream: StreamState, by_us: bool) -> None:
        if self.streams.pop(stream.number, None) is not None:
            self.open_streams -= 1
        self.remember(stream, by_us)
        stream.sends = stream.receives = False
        if by_us and self.ending is stream:
            self.ending = None

    def remember(self, stream: StreamState, by_us: bool) -> None:
        still_sends = stream.receives or stream.body_left == UNHEARD
        self.closed[stream.number] = by_us and still_sends
        if len(self.closed) > MOST_CLOSED:
            del self.closed[next(iter(self.closed))]

    # What the handler asks for.

    def start(self) -> None:
        limits = self.limits
        pairs = [
            (MOST_STREAMS, limits.streams),
            (INITIAL_WINDOW, limits.stream_window),
            (FRAME_SIZE, limits.frame_size),
            (LIST_SIZE, limits.head),
            (NO_PRIORITIES, 1),
        ]
        if limits.websockets:
            pairs.append((CONNECT_PROTOCOL, 1))
        self.write(SETTINGS, 0, 0, b"".join([SETTING.pack(*pair) for pair in pairs]))
        more = limits.connection_window - FIRST_WINDOW
        if more > 0:
            self.write(WINDOW_UPDATE, 0, 0, NUMBER.pack(more))

    def refuse_new(self) -> None:
        self.refusing = True

    def consumed(self, stream: StreamState, size: int) -> None:
        if stream.receives:
            stream.taken += size
            if stream.taken * 2 >= self.limits.stream_window:
                self.write(WINDOW_UPDATE, 0, stream.number, NUMBER.pack(stream.taken))
                stream.received -= stream.taken
                stream.taken = 0

    def room(self, stream: StreamState) -> int:
        return max(min(stream.window, self.window), 0) if stream.sends else 0

    def send_head(
        self, stream: StreamState, status: int, headers: list[Any], defaults: list[Any]
    ) -> int:
        if not 200 <= status <= 599:
            raise RuntimeError("Invalid HTTP status code: it must be from 200 to 599.")
        has_length = status != 204 and not (stream.connects and status < 300)
        parts, length = encode_fields(headers, defaults, has_length)
        self.write_block(stream, [STATUS_FIELDS[status], *parts], 0)
        return length

    def send_informational(self, stream: StreamState, status: int, headers: list[Any]) -> None:
        if not 100 <= status <= 199 or status == 101:
            raise RuntimeError("Invalid HTTP status code: it must be from 100 to 199, but not 101.")
        parts, _ = encode_fields(headers, has_length=False)
        self.write_block(stream, [STATUS_FIELDS[status], *parts], 0)

    def send_trailers(self, stream: StreamState, headers: list[Any]) -> None:
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

    def reset(self, stream: StreamState, code: int) -> None:
        if stream.sends or stream.receives:
            self.write_reset(stream, code)
            self.close(stream, True)

    def ping(self, data: bytes) -> None:
        self.write(PING, 0, 0, data)

    def goaway(self, code: int, last: int) -> None:
        self.write(GOAWAY, 0, 0, NUMBER.pack(last) + NUMBER.pack(code))

    # How it is written.

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
        block = b"".join((self.start_of_block, *parts))
        self.start_of_block = b""
        most = self.frame_size
        kind, left = HEADERS, flags
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


def depends_on(priority: bytes) -> int:
    number: int = NUMBER.unpack_from(priority)[0]
    return number & NUMBER_BITS


def without_padding(payload: bytes) -> bytes:
    if not payload or payload[0] >= len(payload):
        fail(H2_PROTOCOL_ERROR, why.BAD_PADDING)
    return payload[1 : len(payload) - payload[0]]


STATUS_FIELDS = [encode(b":status", b"%d" % status) for status in range(600)]
FRAMES = {
    DATA: H2Codec.read_data,
    HEADERS: H2Codec.read_headers,
    PRIORITY: H2Codec.read_priority,
    RST_STREAM: H2Codec.read_rst_stream,
    SETTINGS: H2Codec.read_settings,
    PING: H2Codec.read_ping,
    GOAWAY: H2Codec.read_goaway,
    WINDOW_UPDATE: H2Codec.read_window_update,
    CONTINUATION: H2Codec.read_continuation,
    PRIORITY_UPDATE: H2Codec.read_priority_update,
}
