"""The abstract nouns: what a codec, a handler and a stream promise to each other.

A Connection drives a Handler with bytes, a Handler pulls events from a codec and makes
Exchanges, an Exchange answers into a Stream. None of them knows more than its neighbour.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._shapes import Fields, Waiting
    from .._types import ASGIReceiveEvent
    from .deflate import Deflate


class RequestHead:
    """One request without its body, the same for every version of HTTP.

    `method` (str); `target` (bytes as received, without blanks or control bytes: a path with its
    query, "*", an absolute URL, or CONNECT's authority); `headers` (list of (name, value) in
    received order, names in lower case); `http_version` ("1.0", "1.1", "2"); `authority` (from
    :authority, and then there may be no Host field; else b""); `protocol` (what the client asks
    to switch to, in lower case: an Upgrade that Connection lists, or :protocol, else b"");
    `expect_continue`; `may_be_forwarded` (False if the codec knows that no field in `headers` is
    named x-forwarded-for or x-forwarded-proto).
    """

    def __init__(self) -> None:
        self.method = ""
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.http_version = "1.1"
        self.authority = b""
        self.protocol = b""
        self.expect_continue = False
        self.may_be_forwarded = True


class HttpCodec:
    """Bytes to events, for the server side of one HTTP/1 connection.

    feed(), then next_event() until NEED_DATA. The events of one request are HEAD, then any
    number of BODY, then END; after END, next_event() returns NEED_DATA until start_next().

    After HEAD: `head`, the same object each time, valid until start_next(), which puts a new
    list of headers into it; `http_minor` (0 or 1); `keep_alive` (the peer allows another request).
    After BODY: `body`, never empty, owned by the caller.

    next_event() raises ProtocolError when the peer is wrong; after that, only close. The rules
    are those of RFC 9112; limits are in bytes: `limit_line` of the request line (414),
    `limit_head` of the header block or trailer block without the request line (431),
    `limit_fields` fields in one block (431). A codec never holds more than one read beyond them.
    """

    def __init__(self, limit_line: int, limit_head: int, limit_fields: int) -> None:
        self.limit_line = limit_line
        self.limit_head = limit_head
        self.limit_fields = limit_fields
        self.head = RequestHead()
        self.http_minor = 1
        self.keep_alive = True
        self.body = b""

    def feed(self, data: bytes) -> None:
        """Add bytes as they came; `data` must not change afterwards."""
        raise NotImplementedError

    def next_event(self) -> int:
        """Return wire.NEED_DATA, HEAD, BODY or END."""
        raise NotImplementedError

    def start_next(self) -> None:
        """Be ready for the next HEAD; only after END and the whole response."""
        raise NotImplementedError

    def unread(self) -> bytes:
        """Bytes fed but not used in any event yet. After HEAD: what an upgrade hands over."""
        raise NotImplementedError

    def unread_size(self) -> int:
        """The length of unread(); between requests that is the start of a head."""
        return len(self.unread())


class WsCodec:
    """Bytes to events, for the server side of one WebSocket connection (RFC 6455, RFC 7692).

    feed(), then next_event() until NEED_DATA. TEXT is a whole message in `text`, BINARY one in
    `data`; fragments are put together and inflated, `size` is the message's length in bytes.
    PING and PONG have `data`. CLOSE has `code`, wire.NO_CODE if the frame has none, and `reason`;
    after it there are no more events. These attributes are valid until next_event() is called
    again; their values do not change, so the caller may keep them.

    next_event() raises ProtocolError(close code, reason) when the peer is wrong; after that, only
    close. A message may have `max_size` bytes (1009), also while it is inflated, and
    wire.LIMIT_FRAGMENTS fragments (1008). Frames are encoded elsewhere: see frames.py.
    """

    def __init__(self, max_size: int, deflate: Deflate | None) -> None:
        self.text = ""
        self.data = b""
        self.size = 0
        self.code = 0
        self.reason = ""

    def feed(self, data: bytes) -> None:
        """Add bytes as they came; `data` must not change afterwards."""
        raise NotImplementedError

    def next_event(self) -> int:
        """Return wire.NEED_DATA, TEXT, BINARY, PING, PONG or CLOSE."""
        raise NotImplementedError

    def unread_size(self) -> int:
        """How many of the bytes fed are not in an event yet."""
        raise NotImplementedError


class MessageSource:
    """What receive() waits for. `disconnect_told`: the app has received the disconnect."""

    def __init__(self) -> None:
        self.waiters: list[Waiting] | None = None
        self.disconnect_told = False

    def has_message(self) -> bool:
        """Whether next_message() may be called."""
        raise NotImplementedError

    def next_message(self) -> ASGIReceiveEvent:
        """Remove the next message and return it; the app owns the dict. A disconnect is returned
        again each time."""
        raise NotImplementedError


class Stream:
    """Where one response goes: an HTTP/1 connection, or one HTTP/2 stream.

    send_head() once, then send_body() until `end`; the caller keeps that order and has
    checked the body's length. Nothing here waits: see drained(). What is sent to a client that
    is gone is thrown away without an error.
    """

    def send_head(self, status: int, headers: Fields) -> int:
        """Send the head of a final response; returns its Content-Length, or -1 without one.

        Raises RuntimeError for names, values or a status that HTTP forbids; nothing is
        sent then.
        """
        raise NotImplementedError

    def send_body(self, data: bytes, end: bool) -> None:
        """Send a part of the body, which may be empty; `end` says that it is the last one.

        `data` must not change afterwards. When the last part is written, the handler's
        stream_ended() is called, mostly before this returns.
        """
        raise NotImplementedError

    def prepare_accept(self, head: RequestHead) -> None:
        """Keep what send_accept() needs from a WebSocket's request. May raise ProtocolError."""
        raise NotImplementedError

    def hand_over(self, handler: Handler) -> None:
        """From now on `handler` hears of the stream, in place of the one before."""
        raise NotImplementedError

    def send_accept(self, headers: Fields) -> None:
        """Accept a WebSocket's handshake, in place of send_head(); send_body() then sends the
        frames of that WebSocket. Raises RuntimeError as send_head() does."""
        raise NotImplementedError

    def send_together(self, head: bytes, data: bytes) -> None:
        """As send_body() with `head + data`, but large data is not copied."""
        raise NotImplementedError

    def send_informational(self, status: int, headers: Fields) -> None:
        """Send a head of status 100 to 199, before send_head(). Raises RuntimeError as it does."""
        raise NotImplementedError

    def send_trailers(self, headers: Fields) -> None:
        """Send the fields that follow the body, in place of send_body() with `end`. Raises
        RuntimeError where the client could not read them."""
        raise RuntimeError("Trailers are not sent on this connection.")

    def send_file(self, file: int, offset: int, count: int, end: bool) -> None:
        """As send_body() with a part of an open file. Raises RuntimeError where it is not
        possible."""
        raise RuntimeError("Files are not sent on this connection.")

    def abort(self) -> None:
        """End the stream here. What was written leaves, but without the end of the body: the
        client sees that the response is incomplete."""
        raise NotImplementedError

    def finish_connection(self) -> None:
        """Answer what was accepted on the connection, then end it."""
        raise NotImplementedError

    def linger(self) -> None:
        """Our half ends, the client may still send: it can read what was written, what it sends
        is thrown away, and the handler hears no more of the stream."""
        raise NotImplementedError

    def close(self) -> None:
        """Send what is left, then end both halves. May be called more than once."""
        raise NotImplementedError

    def reset(self) -> None:
        """End both halves now; what was not sent is lost."""
        raise NotImplementedError

    def set_deadline(self, seconds: float) -> None:
        """Call the handler's deadline_reached() after so many seconds; replaces the last one."""
        raise NotImplementedError

    def peer(self) -> str:
        """The client's address for the log."""
        raise NotImplementedError

    def head_only(self) -> bool:
        """Whether the response has no body: it answers HEAD, or is 2xx to CONNECT."""
        raise NotImplementedError

    def is_full(self) -> bool:
        """Whether a writer should wait for drained()."""
        raise NotImplementedError

    def drained(self) -> Awaitable[None]:
        """An awaitable that is done when the stream has room again, or is gone."""
        raise NotImplementedError

    def is_writable(self) -> bool:
        """Whether what is written now leaves at once, as far as is known."""
        raise NotImplementedError

    def is_reading(self) -> bool:
        """Whether reading is not paused."""
        raise NotImplementedError

    def pause_reading(self) -> None:
        """Hold the client back. Bytes that are on their way may still come, a second call does
        nothing."""
        raise NotImplementedError

    def resume_reading(self) -> None:
        """Undo pause_reading(), however often it was called. No data comes before this returns."""
        raise NotImplementedError


class TimedConnection:
    """What the service's clock checks. `deadline` is a time of that clock, or 0 for none, and
    `deadline_set` the time when it was set."""

    def __init__(self) -> None:
        self.deadline = 0.0
        self.deadline_set = 0.0

    def put_off(self, now: float, seconds: float) -> None:
        """The clock was behind: move a deadline that was set at `now` by so many seconds."""
        if self.deadline_set == now and self.deadline > 0.0:
            self.deadline += seconds

    def check_deadline(self, now: float) -> None:
        """Act on the deadline if it has passed, and abort if the client reads nothing."""
        raise NotImplementedError

    def shutdown(self) -> None:
        """Finish what was accepted, then close."""
        raise NotImplementedError

    def abort(self) -> None:
        """Close now."""
        raise NotImplementedError


class Handler:
    """What a Connection drives. One instance per connection, replaced by an upgrade.

    Faults of the peer and of the app are answered here; what a method raises is a fault of ours.
    """

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer, in order, which do not change. The channel is corked meanwhile. May
        still be called after the handler has closed, never after connection_lost()."""
        raise NotImplementedError

    def eof_received(self) -> None:
        """The peer has ended its half; it may still read."""
        raise NotImplementedError

    def connection_lost(self) -> None:
        """Nothing comes and nothing leaves any more: tell the app, and let go of all."""
        raise NotImplementedError

    def writable(self) -> None:
        """The transport has room again after it was full."""
        raise NotImplementedError

    def resume(self) -> None:
        """There is room for what was held back: go on with it."""
        raise NotImplementedError

    def stream_ended(self, stream: Stream) -> None:
        """Our part on this stream is complete. Called from inside of the app's send(): only note
        it, and decide in the next pass of the loop."""
        raise NotImplementedError

    def deadline_reached(self) -> None:
        """The deadline that this handler set on its connection has passed; there is none now."""
        raise NotImplementedError

    def shutdown(self) -> None:
        """Finish what was accepted, then close. May be called more than once."""
        raise NotImplementedError

    def end_silence(self) -> None:
        """After shutdown(): stop waiting for a client that has sent no whole request, or of which
        only the end of its half is missing. What is under way goes on. May be called more than
        once."""
        raise NotImplementedError

    def end_grace(self) -> None:
        """The graceful time is over: tell the app that the client is gone."""
        raise NotImplementedError

    def is_idle(self) -> bool:
        """Whether nothing is under way that the end of the connection would cut off."""
        return True
