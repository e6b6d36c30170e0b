"""What an HTTP/2 codec and a handler promise to each other (RFC 9113, RFC 7541).

A codec knows the frames, the header compression, the state of each stream and both kinds of
windows of one connection. It does not know who writes when: that is the handler's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .interfaces import RequestHead

if TYPE_CHECKING:
    from .._shapes import Fields


class Http2Limits:
    """What a server allows on one connection: the settings that it sends, and sizes of requests.

    Windows and frames are in bytes, `streams` are those that a client may have open at a time.
    `line` is for :path (414), `head` for all fields as RFC 9113 section 6.5.2 counts them (431),
    `fields` for their number (431).
    """

    def __init__(self, line: int, head: int, fields: int) -> None:
        self.line = line
        self.head = head
        self.fields = fields
        self.streams = 128
        self.stream_window = 262144
        self.connection_window = 1048576
        self.frame_size = 16384
        self.websockets = True


class StreamState:
    """One stream. The handler keeps its own Stream in `owner`; all else is the codec's to write.

    `sends`: our half is open; `receives`: the client's is. `window`: bytes that the client allows
    on this stream, below 0 after it has taken some back. `urgency` (0 first, 7 last) and
    `incremental`: RFC 9218 section 4. A client that has said nothing of either is not known to want
    one response after the other, so that is True until it has.
    """

    def __init__(self, number: int, window: int, content_length: int) -> None:
        self.owner: Any = None
        self.number = number
        self.window = window
        self.sends = True
        self.receives = True
        self.urgency = 3
        self.incremental = True
        # For the codec alone: bytes of the body that are still to come, or -1; bytes that have come
        # and were not yet given back to the client's window; those of them that were taken; whether
        # it is a CONNECT, whose 2xx has no length.
        self.body_left = content_length
        self.received = 0
        self.taken = 0
        self.connects = False


class Http2Codec:
    """Bytes to events and back, for the server side of one HTTP/2 connection.

    start() first. Then feed(), and next_event() until NEED_DATA. What a call has written is
    collected until take(). Events, and what they come with:

    HEAD      `stream`, a new one, and `head`, the same object each time, with other headers each
              time; it stands until the next call. The host is the first of its headers
    BODY      `stream`, `body`, never empty. The caller says by consumed() when it has been taken
    END       `stream`: the request is whole. Trailers have been checked and dropped
    RESET     `stream` is over: by the client, or by us because of what it did. `code` (RFC 9113
              section 7); `reason`, for the log, where it was our doing, else ""
    REFUSED   `stream`, a new one: answer with `error` (a ProtocolError: 414 or 431), then forget it
    WINDOW    the client takes more: on `stream`, or on all of them if that is None
    PRIORITY  `stream` has another `urgency` or `incremental` (RFC 9218 section 7)
    PONG      an answer to ping(), with its 8 bytes in `data`

    Between HEAD and END or RESET a stream has any number of BODY events. After RESET nothing
    comes of it any more. A request that is malformed is no event but for the RESET of a stream that
    had one before; `reason` is said then, `stream` may be one that nobody has heard of.

    Raises ProtocolError(code, reason) where the connection has to end (RFC 9113 section 5.4.1):
    then goaway(code), take(), and close. So does more of what costs us and gains nothing (pings,
    settings, resets, empty frames, ...) than a bucket of `credit` holds: ENHANCE_YOUR_CALM. The
    bucket fills up by `now` of feed().
    """

    def __init__(self, limits: Http2Limits) -> None:
        self.limits = limits
        self.stream: Any = None
        self.head = RequestHead()
        self.body = b""
        self.code = 0
        self.reason = ""
        self.error: Any = None
        self.data = b""
        # The longest payload of a frame that the client takes (SETTINGS_MAX_FRAME_SIZE).
        self.frame_size = 16384
        # Streams of which one half at least is open, and the number of the latest one.
        self.open_streams = 0
        self.latest = 0

    def start(self) -> None:
        """Write the server's preface: our SETTINGS, and the window of the connection."""
        raise NotImplementedError

    def feed(self, data: bytes, now: float) -> None:
        """Take bytes as they came, the client's preface at first; `now` is in seconds."""
        raise NotImplementedError

    def next_event(self) -> int:
        """Answer wire.NEED_DATA, HEAD, BODY, END, RESET, REFUSED, WINDOW, PRIORITY or PONG."""
        raise NotImplementedError

    def refuse_new(self) -> None:
        """From now on new streams get REFUSED_STREAM: a client may try them elsewhere."""
        raise NotImplementedError

    def consumed(self, stream: StreamState, size: int) -> None:
        """The body has been taken so far: let the client send as much again, in time."""
        raise NotImplementedError

    def room(self, stream: StreamState) -> int:
        """Bytes of body that may be sent now: both windows allow them. Never below 0."""
        raise NotImplementedError

    def send_head(self, stream: StreamState, status: int, headers: Fields, defaults: Fields) -> int:
        """Write a final response's head; answers its Content-Length, or -1 without one.

        `defaults` come first, but for `date` and `server` that the app's `headers` have
        themselves. Names are put in lower case; what belongs to connections of HTTP/1 is left out
        (RFC 9113 section 8.2.2). RuntimeError as of Stream.send_head(); nothing is written then.
        """
        raise NotImplementedError

    def send_informational(self, stream: StreamState, status: int, headers: Fields) -> None:
        """Write a head of status 100 to 199; errors as of send_head()."""
        raise NotImplementedError

    def send_body(self, stream: StreamState, data: bytes, start: int, stop: int, end: bool) -> None:
        """Write data[start:stop], at most room(), in frames as the client wants them.

        With `end` our half is over, and the stream if the client's is.
        """
        raise NotImplementedError

    def send_trailers(self, stream: StreamState, headers: Fields) -> None:
        """Write the fields behind a body: that ends our half. Errors as of send_head()."""
        raise NotImplementedError

    def reset(self, stream: StreamState, code: int) -> None:
        """End both halves of a stream, if one is open. It costs the client nothing."""
        raise NotImplementedError

    def ping(self, data: bytes) -> None:
        """Write a PING of 8 bytes."""
        raise NotImplementedError

    def goaway(self, code: int, last: int) -> None:
        """Write a GOAWAY: streams above `last` are not served."""
        raise NotImplementedError

    def pending_size(self) -> int:
        """How many bytes take() would give."""
        raise NotImplementedError

    def take(self) -> bytes:
        """All that has been written since the last time."""
        raise NotImplementedError
