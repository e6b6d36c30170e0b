"""HTTP/2 over hpack, in pure Python: the codec for where the native one is not built.

Only what Huffman code and the static table are is the library's, see hpack.py. h2, which brings it,
decides too much by itself: what should end one stream often ends the connection there, and nobody
can look first. So frames, states and windows are our own, as in the native codec.

Each frame is one method, which answers an event, or NEED_DATA for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

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
from . import http2_frames as frames
from . import http2_refusals as why
from .hpack import Decoder, Field
from .http2_fields import RequestFields, check_trailers
from .http2_frames import check_header, fail, read_number, without_padding, without_priority
from .http2_output import UNHEARD, Output
from .priority import read_priority

if TYPE_CHECKING:
    from ..core.http2_codec import Http2Limits, StreamState

# What has come of the client's preface.
NOT_GREETED, SETTINGS_NEXT, GREETED = range(3)
# How many times the limit for its list a block in several frames may take as it is sent.
BLOCK_TO_LIST = 2
# Blocks whose requests are kept as long as the table is what it was, and how large they may be.
MOST_KNOWN = 32
LONGEST_KNOWN = 512


class H2Codec(Output):
    """Mixin for a Http2Codec of either build, which has the StreamState to make."""

    stream_class: ClassVar[type[StreamState]]

    def __init__(self, limits: Http2Limits) -> None:
        super().__init__(limits)
        self.head.http_version = "2"
        self.decoder = Decoder(limits.head, limits.fields)
        # Clients ask for the same again and again, and say so in the same bytes.
        self.known: dict[bytes, RequestFields] = {}
        self.may_know = False
        # Priorities of streams that have not begun.
        self.early: dict[int, tuple[int, bool]] = {}
        self.fed = b""
        self.at = 0  # the first byte of fed that is not used
        self.greeted = NOT_GREETED
        self.over = False
        self.refusing = False
        # The header block that has begun, on stream block_stream unless that is 0.
        self.block = b""
        self.block_ends = False
        self.block_stream = 0
        self.depends_on_itself = False
        self.credit = float(H2_CREDIT)
        self.filled_at = 0.0
        # Bytes of DATA that have come and were not given back.
        self.arrived = 0
        self.first_window = frames.FIRST_WINDOW

    def start(self) -> None:
        limits = self.limits
        pairs = [
            (frames.MOST_STREAMS, limits.streams),
            (frames.INITIAL_WINDOW, limits.stream_window),
            (frames.FRAME_SIZE, limits.frame_size),
            (frames.LIST_SIZE, limits.head),
            (frames.CONNECT_PROTOCOL, int(limits.websockets)),
            (frames.NO_PRIORITIES, 1),
        ]
        self.write(frames.SETTINGS, 0, 0, b"".join([frames.SETTING.pack(*pair) for pair in pairs]))
        more = limits.connection_window - frames.FIRST_WINDOW
        if more > 0:
            self.write(frames.WINDOW_UPDATE, 0, 0, frames.NUMBER.pack(more))

    def feed(self, data: bytes, now: float) -> None:
        self.fed = self.fed[self.at :] + data if self.at < len(self.fed) else data
        self.at = 0
        gained = (now - self.filled_at) * H2_CREDIT_PER_SECOND
        self.credit = min(self.credit + gained, H2_CREDIT)
        self.filled_at = now

    def refuse_new(self) -> None:
        self.refusing = True

    def consumed(self, stream: StreamState, size: int) -> None:
        if stream.receives:
            stream.taken += size
            if stream.taken * 2 >= self.limits.stream_window:
                self.write(frames.WINDOW_UPDATE, 0, stream.number, frames.NUMBER.pack(stream.taken))
                stream.received -= stream.taken
                stream.taken = 0

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
        if self.greeted == NOT_GREETED and not self.read_preface():
            return NEED_DATA
        while len(fed) - self.at >= frames.HEADER_SIZE:
            high, low, kind, flags, number = frames.HEADER.unpack_from(fed, self.at)
            number &= frames.NUMBER_BITS
            start = self.at + frames.HEADER_SIZE
            end = start + (high << 8 | low)
            if end - start > self.limits.frame_size:
                fail(H2_FRAME_SIZE_ERROR, why.FRAME_SIZE)
            if self.block_stream or self.greeted != GREETED:
                self.check_order(kind, flags, number)
            else:
                check_header(kind, number, end - start)
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
        preface = self.fed[: len(frames.PREFACE)]
        if not frames.PREFACE.startswith(preface):
            fail(H2_PROTOCOL_ERROR, why.BAD_PREFACE)
        if len(preface) < len(frames.PREFACE):
            return False
        self.at = len(frames.PREFACE)
        self.greeted = SETTINGS_NEXT
        return True

    def check_order(self, kind: int, flags: int, number: int) -> None:
        """Where one frame alone may come."""
        if self.greeted != GREETED:
            if kind != frames.SETTINGS or flags & frames.ACK:
                fail(H2_PROTOCOL_ERROR, why.NO_SETTINGS)
            if number:
                fail(H2_PROTOCOL_ERROR, why.FRAME_NOT_ALLOWED)
        elif kind != frames.CONTINUATION or number != self.block_stream:
            fail(H2_PROTOCOL_ERROR, why.FRAME_NOT_ALLOWED)

    def spend(self, cost: int) -> None:
        self.credit -= cost
        if self.credit < 0:
            fail(H2_ENHANCE_YOUR_CALM, why.TOO_MUCH)

    def refuse(self, stream: StreamState, code: int, reason: str) -> int:
        """A stream error (RFC 9113 section 5.4.2)."""
        self.spend(H2_COST_OF_RESET)
        self.write_reset(stream, code)
        self.close(stream, True)
        self.stream = stream
        self.code = code
        self.reason = reason
        return RESET

    def refuse_number(self, number: int, code: int, reason: str) -> int:
        """The same for a frame that is wrong whatever its stream: one that is over ignores it."""
        if number > self.latest:
            fail(code, reason)
        stream = self.streams.get(number)
        return NEED_DATA if stream is None else self.refuse(stream, code, reason)

    # Frames of the connection.

    def read_unknown(self, flags: int, number: int, payload: bytes) -> int:
        """GOAWAY too: the client opens no more streams, which changes nothing here."""
        self.spend(1)
        return NEED_DATA

    def read_ping(self, flags: int, number: int, payload: bytes) -> int:
        self.spend(1)
        if flags & frames.ACK:
            self.data = payload
            return PONG_RECEIVED
        self.write(frames.PING, frames.ACK, 0, payload)
        return NEED_DATA

    def read_settings(self, flags: int, number: int, payload: bytes) -> int:
        self.greeted = GREETED
        self.spend(1)
        if len(payload) % frames.SETTING.size or (flags & frames.ACK and payload):
            fail(H2_FRAME_SIZE_ERROR, why.FRAME_SIZE)
        if flags & frames.ACK:
            return NEED_DATA
        before = self.first_window
        for key, value in frames.SETTING.iter_unpack(payload):
            self.apply(key, value)
        self.write(frames.SETTINGS, frames.ACK, 0, b"")
        self.stream = None
        return WINDOW if self.first_window > before else NEED_DATA

    def apply(self, key: int, value: int) -> None:
        """That of the table means nothing to an encoder that has none."""
        if key == frames.INITIAL_WINDOW:
            if value > frames.LARGEST_WINDOW:
                fail(H2_FLOW_CONTROL_ERROR, why.BAD_SETTING)
            more = value - self.first_window
            self.first_window = value
            for stream in self.streams.values():
                stream.window += more
                if stream.window > frames.LARGEST_WINDOW:
                    fail(H2_FLOW_CONTROL_ERROR, why.WINDOW_OVERFLOW)
        elif key == frames.FRAME_SIZE:
            if not frames.SMALLEST_FRAME_SIZE <= value <= frames.LARGEST_FRAME_SIZE:
                fail(H2_PROTOCOL_ERROR, why.BAD_SETTING)
            self.frame_size = value
        elif key in frames.SWITCHES and value > 1:
            fail(H2_PROTOCOL_ERROR, why.BAD_SETTING)

    def read_priority_update(self, flags: int, number: int, payload: bytes) -> int:
        """RFC 9218 section 7.1."""
        self.spend(1)
        number = read_number(payload)
        if number % 2 == 0:
            fail(H2_PROTOCOL_ERROR, why.FRAME_NOT_ALLOWED)
        priority = read_priority(payload[frames.NUMBER.size :])
        if priority is None:
            return NEED_DATA
        stream = self.streams.get(number)
        if stream is not None:
            before = stream.urgency, stream.incremental
            stream.urgency, stream.incremental = priority
            self.stream = stream
            return PRIORITY_CHANGED if priority != before else NEED_DATA
        if number > self.latest:
            self.early[number] = priority
            if len(self.early) + self.open_streams > self.limits.streams:
                fail(H2_PROTOCOL_ERROR, why.TOO_MANY_STREAMS)
        return NEED_DATA

    # Frames of streams.

    def read_window_update(self, flags: int, number: int, payload: bytes) -> int:
        more = read_number(payload)
        if more < H2_SMALL:
            self.spend(1)
        if number == 0:
            self.window += more
            if more == 0:
                fail(H2_PROTOCOL_ERROR, why.EMPTY_INCREMENT)
            if self.window > frames.LARGEST_WINDOW:
                fail(H2_FLOW_CONTROL_ERROR, why.WINDOW_OVERFLOW)
            self.stream = None
            return WINDOW
        stream = self.streams.get(number)
        if stream is None:
            return self.ignore(number)
        if more == 0:
            return self.refuse(stream, H2_PROTOCOL_ERROR, why.EMPTY_INCREMENT)
        stream.window += more
        if stream.window > frames.LARGEST_WINDOW:
            return self.refuse(stream, H2_FLOW_CONTROL_ERROR, why.WINDOW_OVERFLOW)
        self.stream = stream
        return WINDOW if stream.sends else NEED_DATA

    def read_priority(self, flags: int, number: int, payload: bytes) -> int:
        """Obsolete (RFC 9113 section 5.3.2), but for what is wrong with it."""
        self.spend(1)
        if len(payload) != frames.PRIORITY_SIZE:
            code, reason = H2_FRAME_SIZE_ERROR, why.STREAM_FRAME_SIZE
        elif read_number(payload) == number:
            code, reason = H2_PROTOCOL_ERROR, why.DEPENDS_ON_ITSELF
        else:
            return NEED_DATA
        return self.refuse_number(number, code, reason)

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
        self.code = frames.NUMBER.unpack(payload)[0]
        self.reason = ""
        return RESET

    def ignore(self, number: int) -> int:
        """RST_STREAM or frames.WINDOW_UPDATE for a stream that is not open: it may be late."""
        if number > self.latest:
            fail(H2_PROTOCOL_ERROR, why.IDLE_STREAM)
        return NEED_DATA

    def read_data(self, flags: int, number: int, payload: bytes) -> int:
        size = len(payload)
        ends = flags & frames.END_STREAM != 0
        stream = self.streams.get(number)
        if flags & frames.PADDED:
            if not size:
                return self.refuse_number(number, H2_FRAME_SIZE_ERROR, why.STREAM_FRAME_SIZE)
            payload = without_padding(payload)
        self.give_back(size)
        if not payload and not ends:
            self.spend(1)
        if stream is None or stream.body_left == UNHEARD:
            return self.ignore_body(stream, number, ends)
        if not stream.receives:
            return self.refuse(stream, H2_STREAM_CLOSED, why.STREAM_CLOSED)
        stream.received += size
        if stream.received > max(self.limits.stream_window, frames.FIRST_WINDOW):
            return self.refuse(stream, H2_FLOW_CONTROL_ERROR, why.STREAM_WINDOW)
        if stream.body_left >= 0:
            stream.body_left -= len(payload)
            if stream.body_left < 0 or (ends and stream.body_left):
                return self.refuse(stream, H2_PROTOCOL_ERROR, why.WRONG_LENGTH)
        self.stream = stream
        if ends:
            self.end_of_request(stream)
        elif size > len(payload):
            self.consumed(stream, size - len(payload))
        if payload:
            self.body = payload
            self.ending = stream if ends else None
            return BODY
        return END if ends else NEED_DATA

    def ignore_body(self, stream: StreamState | None, number: int, ends: bool) -> int:
        """DATA or HEADERS on a stream that is over, or of which nobody hears."""
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

    def give_back(self, size: int) -> None:
        """DATA is in the connection's window again as soon as it has come."""
        window = max(self.limits.connection_window, frames.FIRST_WINDOW)
        self.arrived += size
        if self.arrived > window:
            fail(H2_FLOW_CONTROL_ERROR, why.CONNECTION_WINDOW)
        if self.arrived * 2 >= window:
            self.write(frames.WINDOW_UPDATE, 0, 0, frames.NUMBER.pack(self.arrived))
            self.arrived = 0

    # Header blocks.

    def read_headers(self, flags: int, number: int, payload: bytes) -> int:
        fragment, self.depends_on_itself = without_priority(flags, number, payload)
        self.block_ends = flags & frames.END_STREAM != 0
        return self.add_to_block(flags, number, fragment)

    def read_continuation(self, flags: int, number: int, payload: bytes) -> int:
        if len(payload) < H2_SMALL:
            self.spend(1)
        return self.add_to_block(flags, number, payload)

    def add_to_block(self, flags: int, number: int, fragment: bytes) -> int:
        block = self.block + fragment
        if self.block and len(block) > BLOCK_TO_LIST * self.limits.head:
            fail(H2_ENHANCE_YOUR_CALM, why.BLOCK_TOO_LONG)
        if not flags & frames.END_HEADERS:
            self.block = block
            self.block_stream = number
            return NEED_DATA
        self.block = b""
        self.block_stream = 0
        if number > self.latest:
            return self.read_request(number, block)
        fields = self.decode(block)
        stream = self.streams.get(number)
        if stream is not None and stream.body_left != UNHEARD:
            return self.read_trailers(stream, fields)
        if stream is None and number not in self.closed:
            fail(H2_PROTOCOL_ERROR, why.OLD_STREAM)
        return self.ignore_body(stream, number, self.block_ends)

    def read_trailers(self, stream: StreamState, fields: list[Field]) -> int:
        if not stream.receives:
            return self.refuse(stream, H2_STREAM_CLOSED, why.STREAM_CLOSED)
        if self.decoder.excess is not None:
            return self.refuse(stream, H2_ENHANCE_YOUR_CALM, self.decoder.excess[1])
        try:
            if self.depends_on_itself:
                fail(H2_PROTOCOL_ERROR, why.DEPENDS_ON_ITSELF)
            if not self.block_ends:
                fail(H2_PROTOCOL_ERROR, why.TRAILERS_NOT_LAST)
            check_trailers(fields)
            if stream.body_left > 0:
                fail(H2_PROTOCOL_ERROR, why.WRONG_LENGTH)
        except ProtocolError as error:
            return self.refuse(stream, error.status, error.reason)
        self.end_of_request(stream)
        self.stream = stream
        return END

    def read_request(self, number: int, block: bytes) -> int:
        request = self.known.get(block)
        fields = self.decode(block) if request is None else []
        self.latest = number
        stream = self.stream_class(number, self.first_window, -1)
        stream.receives = not self.block_ends
        if self.refusing:
            self.write_reset(stream, H2_REFUSED_STREAM)
            self.close(stream, True)
            return NEED_DATA
        if self.open_streams >= self.limits.streams:
            return self.refuse(stream, H2_REFUSED_STREAM, why.TOO_MANY_STREAMS)
        try:
            if self.depends_on_itself:
                fail(H2_PROTOCOL_ERROR, why.DEPENDS_ON_ITSELF)
            if request is None:
                request = self.new_request(fields, block)
            self.check_request(request)
        except ProtocolError as error:
            if error.status >= 400:
                return self.leave_answer(stream, error)
            return self.refuse(stream, error.status, error.reason)
        stream.body_left = request.length
        stream.connects = request.connects
        request.fill(self.head)
        self.prioritize(stream, request)
        self.open(stream)
        self.stream = stream
        self.ending = stream if self.block_ends else None
        return HEAD

    def decode(self, block: bytes) -> list[Field]:
        changes = self.decoder.changes
        fields = self.decoder.decode(block)
        self.may_know = self.decoder.changes == changes
        if not self.may_know or len(self.known) >= MOST_KNOWN:
            self.known.clear()
        return fields

    def new_request(self, fields: list[Field], block: bytes) -> RequestFields:
        if self.decoder.excess is not None:
            raise ProtocolError(*self.decoder.excess)
        request = RequestFields(fields)
        if self.may_know and len(block) <= LONGEST_KNOWN:
            self.known[block] = request
        return request

    def check_request(self, request: RequestFields) -> None:
        """What depends on the server, and on the frame."""
        if self.block_ends and request.length > 0:
            fail(H2_PROTOCOL_ERROR, why.WRONG_LENGTH)
        if request.protocol and not self.limits.websockets:
            fail(H2_PROTOCOL_ERROR, why.NO_WEBSOCKETS)
        if len(request.target) > self.limits.line:
            raise ProtocolError(*why.PATH_TOO_LONG)

    def leave_answer(self, stream: StreamState, error: ProtocolError) -> int:
        """A request that is too large: the handler answers, and hears no more of it."""
        if stream.receives:
            stream.body_left = UNHEARD
            stream.receives = False
        self.open(stream)
        self.stream = stream
        self.error = error
        return REFUSED

    def prioritize(self, stream: StreamState, request: RequestFields) -> None:
        """A frame that has come before counts, else the field."""
        priority = None
        if self.early:
            priority = self.early.pop(stream.number, None)
            self.early = {key: self.early[key] for key in self.early if key > stream.number}
        if priority is None and request.priority is not None:
            priority = read_priority(request.priority)
        if priority is not None:
            stream.urgency, stream.incremental = priority


FRAMES = {
    frames.DATA: H2Codec.read_data,
    frames.HEADERS: H2Codec.read_headers,
    frames.PRIORITY: H2Codec.read_priority,
    frames.RST_STREAM: H2Codec.read_rst_stream,
    frames.SETTINGS: H2Codec.read_settings,
    frames.PING: H2Codec.read_ping,
    frames.WINDOW_UPDATE: H2Codec.read_window_update,
    frames.CONTINUATION: H2Codec.read_continuation,
    frames.PRIORITY_UPDATE: H2Codec.read_priority_update,
}
