"""The abstract nouns: what a codec, a handler and a stream promise to each other.

A Connection drives a Handler with bytes, a Handler pulls events from a codec and makes
Exchanges, an Exchange answers into a Stream. Nobody knows more than its neighbour here.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._shapes import Fields, Waiting
    from .._types import ASGIReceiveEvent
    from .deflate import Deflate


class RequestHead:
    """One request but for its body, whichever version of HTTP it came in.

    `method` (str); `target` (bytes as received, without blanks or control bytes: a path with its
    query, "*", an absolute URL, or CONNECT's authority); `headers` (list of (name, value) in
    received order, names in lower case); `http_version` ("1.0", "1.1", "2"); `authority` (of
    :authority, then no Host field need be there, else b""); `protocol` (what the client wants to
    go on with, in lower case: an Upgrade that Connection lists, or :protocol, else b"");
    `expect_continue`; `may_be_forwarded` (False from a codec that has seen that nothing in
    `headers` is named x-forwarded-for or x-forwarded-proto; then nobody need look).
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
    number of BODY, then END; after END, next_event() answers NEED_DATA until start_next().

    After HEAD: `head`, the same object each time, valid until start_next(), which gives it
    another list of headers; `http_minor` (0 or 1); `keep_alive` (the peer allows another request).
    After BODY: `body`, never empty, owned by the caller.

    Raises ProtocolError when the peer is wrong; after that, only close. The rules are those
    of RFC 9112; limits are in bytes: `limit_line` of the request line (414), `limit_head` of
    the header block or trailer block without the request line (431), `limit_fields` fields
    in one block (431). Whatever is fed, a codec holds no more than one read beyond them.
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
        """Take bytes as they came; `data` must not change afterwards."""
        raise NotImplementedError

    def next_event(self) -> int:
        """Answer wire.NEED_DATA, HEAD, BODY or END."""
        raise NotImplementedError

    def start_next(self) -> None:
        """After END and the whole response: be ready for the next HEAD."""
        raise NotImplementedError

    def unread(self) -> bytes:
        """Bytes fed but not used in any event yet. After HEAD: what an upgrade takes over."""
        raise NotImplementedError

    def unread_size(self) -> int:
        """How many bytes unread() would give; between requests that is the start of a head."""
        return len(self.unread())


class WsCodec:
    """Bytes to events, for the server side of one WebSocket connection (RFC 6455, RFC 7692).

    feed(), then next_event() until NEED_DATA. TEXT is a whole message in `text`, BINARY one in
    `data`; fragments are put together and inflated, `size` is the message's length in bytes.
    PING and PONG have `data`. CLOSE has `code`, 1005 if the frame gave none, and `reason`;
    after it there are no more events.

    Raises ProtocolError(close code, reason) when the peer is wrong; after that, only close. A
    message is held to `max_size` bytes (1009), also while it is inflated, and to
    wire.LIMIT_FRAGMENTS (1008). Frames are encoded elsewhere: see frames.py.
    """

    def __init__(self, max_size: int, deflate: Deflate | None) -> None:
        self.text = ""
        self.data = b""
        self.size = 0
        self.code = 0
        self.reason = ""

    def feed(self, data: bytes) -> None:
        """Take bytes as they came; `data` must not change afterwards."""
        raise NotImplementedError

    def next_event(self) -> int:
        """Answer wire.NEED_DATA, TEXT, BINARY, PING, PONG or CLOSE."""
        raise NotImplementedError

    def unread_size(self) -> int:
        """How many bytes were fed that are in no event yet."""
        raise NotImplementedError


class MessageSource:
    """What receive() waits for. `disconnect_told` once the app has been given the disconnect."""

    def __init__(self) -> None:
        self.waiters: list[Waiting] | None = None
        self.disconnect_told = False

    def has_message(self) -> bool:
        raise NotImplementedError

    def next_message(self) -> ASGIReceiveEvent:
        """The message for the app; has_message() has been true."""
        raise NotImplementedError


class Stream:
    """Where one response goes: an HTTP/1 connection, or one HTTP/2 stream.

    send_head() once, then send_body() until `end`; the caller keeps that order and has
    checked the body's length. Nothing here waits: see drained().
    """

    def send_head(self, status: int, headers: Fields) -> int:
        """Take a final response's head; answers its Content-Length, or -1 without one.

        Raises RuntimeError for names, values or a status that HTTP forbids; nothing is
        sent then.
        """
        raise NotImplementedError

    def send_body(self, data: bytes, end: bool) -> None:
        raise NotImplementedError

    def prepare_accept(self, head: RequestHead) -> None:
        """Note what send_accept() needs of a WebSocket's request. May raise ProtocolError."""
        raise NotImplementedError

    def hand_over(self, handler: Handler) -> None:
        """From now on another handler hears of the stream."""
        raise NotImplementedError

    def send_accept(self, headers: Fields) -> None:
        """Take a WebSocket's handshake; after it, bodies are bytes of that WebSocket."""
        raise NotImplementedError

    def send_together(self, head: bytes, data: bytes) -> None:
        """As send_body() of both in one, without making them one: for large data."""
        raise NotImplementedError

    def send_informational(self, status: int, headers: Fields) -> None:
        """Send a head of status 100 to 199: not the response yet, so not after send_head()."""
        raise NotImplementedError

    def send_trailers(self, headers: Fields) -> None:
        """In place of send_body() with `end`: fields that follow the body. RuntimeError where
        the client could not read them."""
        raise RuntimeError("Trailers are not sent on this connection.")

    def send_file(self, file: int, offset: int, count: int, end: bool) -> None:
        """As send_body(), of a part of an open file. RuntimeError where that can't be done."""
        raise RuntimeError("Files are not sent on this connection.")

    def abort(self) -> None:
        """End the stream here. What was written leaves, but no end is put to the body: the
        client sees that a response is incomplete."""
        raise NotImplementedError

    def finish_connection(self) -> None:
        """What was accepted on the connection is still answered, then it ends."""
        raise NotImplementedError

    def linger(self) -> None:
        """We have said our last, the client may have not: what was written is for it to read,
        what it sends is thrown away, and nobody hears of the stream any more."""
        raise NotImplementedError

    def close(self) -> None:
        """Send what is left, then end both halves."""
        raise NotImplementedError

    def reset(self) -> None:
        """End both halves now; what was not sent is lost."""
        raise NotImplementedError

    def set_deadline(self, seconds: float) -> None:
        """Call the handler's deadline_reached() then; it takes the place of the one before."""
        raise NotImplementedError

    def peer(self) -> str:
        """The client's address for the log."""
        raise NotImplementedError

    def head_only(self) -> bool:
        """Whether the response has no body: that to HEAD, and 2xx to CONNECT."""
        raise NotImplementedError

    def is_full(self) -> bool:
        """Whether a writer should wait for drained()."""
        raise NotImplementedError

    def drained(self) -> Awaitable[None]:
        """An awaitable that is done when the stream takes more, or is gone."""
        raise NotImplementedError

    def is_writable(self) -> bool:
        """Whether what is written leaves, as far as is known."""
        raise NotImplementedError

    def is_reading(self) -> bool:
        raise NotImplementedError

    def pause_reading(self) -> None:
        raise NotImplementedError

    def resume_reading(self) -> None:
        raise NotImplementedError


class TimedConnection:
    """What the service's clock looks at. `deadline` is a time of that clock, or 0 for none, and
    `deadline_set` what the clock showed when it was set."""

    def __init__(self) -> None:
        self.deadline = 0.0
        self.deadline_set = 0.0

    def put_off(self, now: float, seconds: float) -> None:
        """The clock was behind: give a deadline that was set at `now` so many seconds more."""
        if self.deadline_set == now and self.deadline > 0.0:
            self.deadline += seconds

    def check_deadline(self, now: float) -> None:
        """Act on the deadline if it has passed, and look for a client that takes nothing."""
        raise NotImplementedError

    def shutdown(self) -> None:
        """Finish what was accepted, then close."""
        raise NotImplementedError

    def abort(self) -> None:
        """Close now."""
        raise NotImplementedError


class Handler:
    """What a Connection drives. One instance per connection, replaced by an upgrade."""

    def data_received(self, data: bytes) -> None:
        raise NotImplementedError

    def eof_received(self) -> None:
        """The peer has ended its half; it may still read."""
        raise NotImplementedError

    def connection_lost(self) -> None:
        raise NotImplementedError

    def writable(self) -> None:
        """The transport takes bytes again after it was full."""
        raise NotImplementedError

    def resume(self) -> None:
        """There is room for what was held back: go on with it."""
        raise NotImplementedError

    def stream_ended(self, stream: Stream) -> None:
        """The response on this stream is complete."""
        raise NotImplementedError

    def deadline_reached(self) -> None:
        """The deadline that this handler set on its connection has passed."""
        raise NotImplementedError

    def shutdown(self) -> None:
        """Finish what was accepted, then close. May be called more than once."""
        raise NotImplementedError

    def end_silence(self) -> None:
        """After shutdown(): wait no longer for a client that has sent no whole request, or that
        owes nothing but its own end. What is under way goes on. May be called more than once."""
        raise NotImplementedError

    def end_grace(self) -> None:
        """The graceful time is over: tell the app that the client is gone."""
        raise NotImplementedError

    def is_idle(self) -> bool:
        """Whether nothing is under way that the end of the connection would cut off."""
        return True
