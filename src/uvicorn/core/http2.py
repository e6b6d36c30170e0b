"""HTTP/2 on one connection (RFC 9113): makes an exchange, or a WebSocket, of each stream.

phase     new streams
SERVING   are served
LEAVING   are served; the client has been told to open no more, and may not have heard it yet
REFUSING  get REFUSED_STREAM; when the last one has ended, so does the connection
OVER      are not heard

1.  All events of a read are pulled before an app is started or woken, so a request that is reset in
    the read that brought it costs no call, and a body that came with its head is there at once.
2.  While the transport is full nothing is pulled. So the answers that wait for a client that reads
    nothing are bounded, by one read and by the streams that it may have.
3.  A stream that is wrong ends alone, and the codec tells the client. A connection that is wrong
    ends with GOAWAY, and all its streams with it.
4.  A server that ends sends GOAWAY twice (section 6.8): the first one closes nothing; the second
    one, when the client has heard the first, has the number of the last stream that is served.
5.  A connection without streams is closed after `timeout_keep_alive`. A client with streams that
    says nothing for `http2_keep_alive_interval` is pinged, and dropped if it does not answer.
"""

from __future__ import annotations

from typing import Any

from ..errors import ProtocolError
from ..wire import (
    BODY,
    END,
    H2_NO_ERROR,
    HEAD,
    LEAVING,
    NEED_DATA,
    OVER,
    PONG_RECEIVED,
    REFUSED,
    REFUSING,
    RESET,
    SERVING,
    WINDOW,
)
from .answers import plain_text
from .connection import Connection
from .exchange import new_exchange
from .http2_codec import Http2Codec
from .http2_stream import Http2Stream, new_http2_stream
from .http2_writer import Http2Writer
from .interfaces import Handler
from .lingering import LingeringClose
from .scope import ScopeTemplate
from .service import Service

EVERY_STREAM = 0x7FFFFFFF
LEAVING_PING = b"leaving."
ALIVE_PING = b"alive? ."
# A client has so many seconds to hear that an idle connection ends, before it does.
LEAVING_SECONDS = 1.0


class Http2(Handler):
    def __init__(self, connection: Connection, codec: Http2Codec, service: Service) -> None:
        self.connection = connection
        self.channel = connection.channel
        self.codec = codec
        self.service = service
        settings = service.settings
        self.writer = Http2Writer(codec, connection, self)
        self.template = ScopeTemplate(
            self.channel.transport,
            settings.root_path,
            settings.asgi_version,
            service.app_state,
            settings.trusted,
        )
        self.template.extensions = {"http.response.early_hint": {}, "http.response.trailers": {}}
        self.streams: set[Http2Stream] = set()
        # Those of them that are WebSockets: only these have deadlines.
        self.websockets: set[Http2Stream] = set()
        # Something has come for these in this read.
        self.touched: list[Http2Stream] = []
        self.warned: tuple[str, ...] = ()
        self.phase = SERVING
        self.eof = False
        self.heard = False
        self.pinged = False
        self.idle_since = service.time()
        self.idle_seconds = service.timeout_request_head
        self.ping_interval = float(settings.http2_keep_alive_interval or 0.0)
        self.ping_timeout = float(settings.http2_keep_alive_timeout)
        self.due = 0.0
        self.set_due(self.idle_seconds)
        connection.speaks = "HTTP/2"
        codec.start()
        self.writer.written()

    # From the connection.

    def data_received(self, data: bytes) -> None:
        if not self.channel.closing:
            self.heard = True
            self.codec.feed(data, self.service.time())
            self.advance()

    def eof_received(self) -> None:
        """No window grows any more, and no request comes; what is under way may still be sent."""
        self.eof = True
        self.phase = max(self.phase, REFUSING)
        for stream in list(self.streams):
            if stream.exchange is not None:
                stream.exchange.tell_disconnect()
            elif stream.successor is not None:
                stream.successor.eof_received()
            if stream.backlog is not None and self.codec.room(stream.state) == 0:
                stream.reset()
        self.settle()

    def connection_lost(self) -> None:
        self.lose_streams()
        self.writer.lost()

    def lose_streams(self) -> None:
        self.phase = OVER
        streams = self.streams
        self.streams = set()
        self.websockets = set()
        for stream in streams:
            stream.lost()

    def writable(self) -> None:
        self.resume()
        for websocket in self.successors():
            websocket.writable()

    def resume(self) -> None:
        if not self.channel.closing and self.phase != OVER:
            self.channel.cork()
            try:
                self.advance()
            finally:
                self.channel.uncork()

    def is_idle(self) -> bool:
        return not self.streams

    # The requests.

    def advance(self) -> None:
        """Go as far as what has come allows."""
        self.writer.in_read = True
        try:
            self.pull()
            self.run_touched()
        except ProtocolError as error:
            self.fail(error)
        finally:
            self.writer.in_read = False
        if self.phase == OVER:
            return
        self.writer.write_backlogs()
        self.writer.push()
        if self.channel.writable:
            self.channel.resume_reading()
        else:
            self.channel.pause_reading()
        self.settle()

    def pull(self) -> None:
        codec = self.codec
        while self.channel.writable and not self.channel.closing:
            event = codec.next_event()
            if event == HEAD:
                self.open_stream()
            elif event == END:
                self.stream_of_event().body_ended()
            elif event == BODY:
                self.stream_of_event().body_received(codec.body)
            elif event == NEED_DATA:
                return
            else:
                self.act_on(event)

    def stream_of_event(self) -> Http2Stream:
        """The stream that the codec speaks of; its app will be woken."""
        stream: Http2Stream = self.codec.stream.owner
        self.touched.append(stream)
        return stream

    def act_on(self, event: int) -> None:
        codec = self.codec
        if event == RESET:
            if codec.reason:
                self.warn(codec.reason)
            stream = codec.stream.owner
            if stream is not None:
                self.forget(stream)
                stream.lost()
        elif event == REFUSED:
            self.warn(codec.error.reason)
            self.answer(self.new_stream("GET"), codec.error)
        elif event == WINDOW:
            self.writer.write_backlogs()
            for stream in list(self.websockets):
                if stream.successor is not None and stream.is_writable():
                    stream.successor.writable()
        elif event == PONG_RECEIVED and self.phase == LEAVING and codec.data == LEAVING_PING:
            self.refuse_new()

    def successors(self) -> list[Handler]:
        return [each.successor for each in self.websockets if each.successor is not None]

    def new_stream(self, method: str) -> Http2Stream:
        state = self.codec.stream
        stream = new_http2_stream(self.writer, self, state, self.connection, method)
        state.owner = stream
        self.streams.add(stream)
        return stream

    def open_stream(self) -> None:
        head = self.codec.head
        stream = self.new_stream(head.method)
        if self.service.draining:
            self.shutdown()
        if head.protocol:
            self.open_websocket(stream)
            return
        exchange = new_exchange(stream, self.template.build(head), self.service)
        exchange.expect_continue = head.expect_continue
        stream.exchange = exchange
        self.touched.append(stream)

    def open_websocket(self, stream: Http2Stream) -> None:
        service = self.service
        head = self.codec.head
        new_websocket: Any = service.new_websocket
        # First: the app may answer, and so end the stream, before this returns.
        self.websockets.add(stream)
        try:
            new_websocket(stream, head, self.template, service, service.app, b"")
        except ProtocolError as error:
            self.warn(error.reason)
            self.answer(stream, error)

    def run_touched(self) -> None:
        """Start the apps of new requests, wake the others."""
        touched = self.touched
        if not touched:
            return
        self.touched = []
        for stream in touched:
            exchange = stream.exchange
            if exchange is None:
                continue
            if stream.app_started:
                exchange.wake()
            elif stream in self.streams:
                stream.app_started = True
                if exchange.buffered:
                    # The client did not wait for 100.
                    exchange.expect_continue = False
                exchange.call(self.service.app)

    # The responses.

    def stream_ended(self, stream: Any) -> None:
        self.end_stream(stream)

    def end_stream(self, stream: Http2Stream) -> None:
        stream.ended()
        self.forget(stream)

    def forget(self, stream: Http2Stream) -> None:
        self.streams.discard(stream)
        if self.websockets:
            self.websockets.discard(stream)
        if not self.streams:
            self.pinged = False
            self.idle_since = self.service.time()
            self.idle_seconds = self.service.timeout_keep_alive
            if self.due > self.idle_since + 2.0 * self.idle_seconds:
                self.set_due(self.idle_seconds)
            if self.phase == REFUSING:
                self.service.loop.call_soon(self.resume)

    def answer(self, stream: Http2Stream, error: ProtocolError) -> None:
        """Give the server's own answer to a request that no app gets to see."""
        body = error.reason.encode("ascii")
        stream.send_head(error.status, plain_text(body))
        stream.send_body(body, True)

    def warn(self, reason: str) -> None:
        """Each reason is one line: a client may send a thousand such requests in one read."""
        if reason not in self.warned:
            self.warned += (reason,)
            self.service.logger.warning(
                "Invalid HTTP request received. %s (%s).", reason, self.connection.peer()
            )

    # The end.

    def fail(self, error: ProtocolError) -> None:
        """The client has broken the protocol: say with what, and hear no more."""
        self.warn(error.reason)
        self.codec.goaway(error.status, self.codec.latest)
        self.lose_streams()
        self.linger()

    def shutdown(self) -> None:
        if self.phase == SERVING:
            self.phase = LEAVING
            self.codec.goaway(H2_NO_ERROR, EVERY_STREAM)
            self.codec.ping(LEAVING_PING)
            self.writer.written()
            for websocket in self.successors():
                websocket.shutdown()

    def refuse_new(self) -> None:
        self.phase = REFUSING
        self.codec.refuse_new()
        self.codec.goaway(H2_NO_ERROR, self.codec.latest)
        self.writer.written()
        self.settle()

    def settle(self) -> None:
        """End the connection if nothing is left to be done on it."""
        if self.phase == REFUSING and not self.streams and not self.channel.closing:
            self.linger()

    def linger(self) -> None:
        self.phase = OVER
        self.writer.push()
        if self.eof:
            self.channel.close()
        else:
            self.connection.handler = LingeringClose(self.connection)

    def end_silence(self) -> None:
        if self.phase == LEAVING:
            self.refuse_new()
        for websocket in self.successors():
            websocket.end_silence()

    def end_grace(self) -> None:
        if not self.streams:
            self.channel.close()
        for stream in list(self.streams):
            if stream.exchange is not None:
                stream.exchange.tell_disconnect()
            elif stream.successor is not None:
                stream.successor.end_grace()

    # Deadlines.

    def set_due(self, seconds: float) -> None:
        self.due = self.service.deadline(seconds)
        self.arrange_deadline()

    def arrange_deadline(self) -> None:
        """The connection has the nearest of all."""
        nearest = self.writer.earliest(self.due)
        for stream in self.websockets:
            if 0.0 < stream.deadline < nearest:
                nearest = stream.deadline
        self.connection.deadline = nearest

    def deadline_reached(self) -> None:
        now = self.service.time()
        for stream in list(self.websockets):
            stream.check_deadline(now)
        for stream in self.writer.stalled(now):
            stream.give_up()
        if self.phase == OVER:
            return
        if self.due <= now:
            self.due_reached(now)
        else:
            self.arrange_deadline()

    def due_reached(self, now: float) -> None:
        if not self.streams:
            left = self.idle_since + self.idle_seconds - now
            if left > 0.0:
                self.set_due(left)
            elif self.phase == SERVING:
                self.shutdown()
                self.set_due(LEAVING_SECONDS)
            else:
                self.refuse_new()
        elif self.heard or self.ping_interval == 0.0:
            self.heard = self.pinged = False
            self.set_due(self.ping_interval or self.service.timeout_keep_alive)
        elif not self.pinged:
            self.pinged = True
            self.codec.ping(ALIVE_PING)
            self.writer.written()
            self.set_due(self.ping_timeout)
        else:
            if self.service.trace:
                self.service.log_trace(self.connection.peer(), "HTTP/2 ping timeout")
            self.channel.abort()
