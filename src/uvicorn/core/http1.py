"""HTTP/1 on one connection: pulls events from the codec and makes an exchange of each request.

1.  While a response is under way the next request is not pulled. What a pipelining client
    sends meanwhile stays in the codec; over the high-water mark reading pauses. Up to there
    the end of the client is seen.
2.  The app starts when the events that are there have been taken: a body that came with its
    head is there when the app asks for it.
3.  A request that is wrong is answered by the server, once, and the connection ends. If a
    response has begun by then, it is cut off.
4.  When we close before the client has sent all, a Farewell takes the connection over; when it
    asks for a WebSocket, and the server has them, another handler does.
5.  Deadlines: a head must end in time (408), an idle connection is closed in silence.
"""

from __future__ import annotations

from typing import Any

from ..errors import ProtocolError
from ..wire import BODY, END, HEAD, HIGH_WATER
from .app_call import app_call
from .connection import Connection
from .exchange import Exchange, new_exchange
from .farewell import Farewell
from .http1_stream import Http1Stream
from .interfaces import Handler, HttpCodec, Stream
from .scope import ScopeTemplate
from .service import Service, service_unavailable


class Http1(Handler):
    def __init__(self, connection: Connection, codec: HttpCodec, service: Service) -> None:
        self.connection = connection
        self.channel = connection.channel
        self.codec = codec
        self.service = service
        self.stream = Http1Stream(self.channel, service.encoder, self)
        self.template = ScopeTemplate(
            self.channel.transport,
            service.settings.root_path,
            service.settings.asgi_version,
            service.app_state,
            service.settings.trusted,
        )
        self.exchange: Exchange | None = None
        self.app_started = False
        self.request_ended = False
        self.in_head = False
        self.advancing = False
        self.stopping = False
        self.eof = False
        self.requests = 0
        connection.set_deadline(service.timeout_request_head)

    # From the connection.

    def data_received(self, data: bytes) -> None:
        if self.channel.closing:
            # Some transports deliver what they hold even after close().
            return
        self.codec.feed(data)
        self.advance()
        if self.channel.closing or self.connection.handler is not self:
            return
        exchange = self.exchange
        if exchange is not None:
            exchange.wake()
            if self.request_ended and self.codec.unread_size() > HIGH_WATER:
                self.channel.pause_reading()
        elif self.eof:
            self.channel.close()
        elif not self.channel.writable:
            self.channel.pause_reading()
        else:
            # An answer given without the body may have left reading paused.
            self.channel.resume_reading()
            if not self.in_head and self.codec.unread_size():
                self.in_head = True
                self.connection.set_deadline(self.service.timeout_request_head)

    def eof_received(self) -> None:
        self.eof = True
        exchange = self.exchange
        if exchange is None and self.codec.unread_size():
            # What was sent ahead is answered; resume() closes if it is no whole request.
            self.service.loop.call_soon(self.resume)
        elif exchange is None or exchange.response_complete:
            self.channel.close()
        else:
            # The client may have closed only its half: what the app still sends is sent.
            # So are the answers to what it has sent ahead.
            if not self.codec.unread_size():
                self.stream.keep_alive = False
            exchange.disconnect()

    def connection_lost(self) -> None:
        if self.exchange is not None:
            self.exchange.connection_lost()
            self.exchange = None

    def writable(self) -> None:
        self.resume()

    def deadline_reached(self) -> None:
        if self.exchange is not None:
            # The response is complete, the rest of the request has not come in time.
            self.linger()
        elif self.in_head and self.codec.unread().strip():
            self.refuse(ProtocolError(408, "Request head not complete in time"))
        else:
            self.channel.close()

    def shutdown(self) -> None:
        self.stopping = True
        exchange = self.exchange
        if exchange is None:
            # A first request may still be on its way: see end_silence().
            if self.requests:
                self.close_when_idle(2)
        elif exchange.response_complete:
            # Only the rest of a body that nobody wants is missing.
            self.linger()
        elif not self.stream.head_sent:
            # Only a head that has not left yet can say that the connection ends.
            self.stream.keep_alive = False

    def end_silence(self) -> None:
        # Whole requests that wait in the codec for their turn are no silence.
        if self.exchange is None and (self.in_head or not self.codec.unread_size()):
            # As if it had ended its half: it has nothing to add to our last words.
            self.eof = True
            self.deadline_reached()

    def close_when_idle(self, passes: int) -> None:
        """Close after so many passes of the loop: they read what the kernel holds already."""
        if self.is_idle() and not self.codec.unread_size() and self.connection.handler is self:
            if passes == 0:
                self.channel.close()
            else:
                self.service.loop.call_soon(self.close_when_idle, passes - 1)

    def disconnect(self) -> None:
        if self.exchange is not None:
            self.exchange.disconnect()
        else:
            self.channel.close()

    def is_idle(self) -> bool:
        return self.exchange is None and not self.in_head

    # The request.

    def advance(self) -> None:
        """Pull events until none is left, or until a response must end first."""
        if self.advancing:
            return
        self.advancing = True
        try:
            while self.can_pull() and self.take(self.codec.next_event()):
                pass
        except ProtocolError as error:
            self.refuse(error)
        finally:
            self.advancing = False

    def can_pull(self) -> bool:
        if self.exchange is None:
            channel = self.channel
            return channel.writable and not channel.closing and self.connection.handler is self
        return not self.request_ended

    def take(self, event: int) -> bool:
        """Act on one event; answers whether to go on."""
        if event == HEAD:
            if self.codec.upgrade and self.open_websocket():
                return False
            self.open_exchange()
            return True
        exchange = self.exchange
        if exchange is None:
            return False
        if event == BODY:
            exchange.feed(self.codec.body)
            return True
        if event == END:
            self.request_ended = True
            exchange.finish()
            if exchange.response_complete:
                self.end_exchange()
                return True
        if not self.app_started:
            self.start_app(exchange)
        return event == END

    def open_exchange(self) -> None:
        codec = self.codec
        self.in_head = False
        self.app_started = False
        self.request_ended = False
        self.requests += 1
        self.connection.deadline = 0.0
        keep_alive = codec.keep_alive and not self.stopping and not self.service.draining
        self.stream.start(codec.method, codec.http_minor, keep_alive)
        exchange = new_exchange(self.stream, self.template.build(codec), self.service)
        exchange.expect_continue = codec.expect_continue
        self.exchange = exchange

    def open_websocket(self) -> bool:
        """Hand the connection over, if a WebSocket is asked for and served."""
        codec = self.codec
        new_websocket = self.service.new_websocket
        if (
            new_websocket is None
            or codec.upgrade != b"websocket"
            or codec.method != "GET"
            or has_body(codec.headers)
        ):
            self.warn_of_upgrade()
            return False
        self.in_head = False
        self.requests += 1
        self.connection.deadline = 0.0
        self.stream.start("GET", 1, False)
        self.hand_over(new_websocket)
        # What was told to this handler, the next one must know; the app may accept before.
        if self.eof:
            self.connection.eof_received()
        elif self.stopping:
            self.service.loop.call_soon(self.stop_successor)
        return True

    def stop_successor(self) -> None:
        self.connection.shutdown()

    def hand_over(self, new_websocket: Any) -> None:
        new_websocket(self.connection, self.codec, self.stream, self.template, self.service.app)

    def warn_of_upgrade(self) -> None:
        self.service.logger.warning("Unsupported upgrade request.")
        if self.service.ws_missing and self.codec.upgrade == b"websocket":
            self.service.logger.warning(
                "No WebSocket engine is installed: pip install 'uvicorn[standard]'."
            )

    def start_app(self, exchange: Exchange) -> None:
        self.app_started = True
        app = self.service.app
        if self.service.is_overloaded():
            self.service.logger.warning("Exceeded concurrency limit.")
            app = service_unavailable
        if exchange.buffered:
            # The body is on its way already: the client did not wait for 100.
            exchange.expect_continue = False
        if self.eof:
            exchange.disconnect()
        self.service.spawn(self.new_call(exchange, app))

    def new_call(self, exchange: Exchange, app: Any) -> Any:
        return app_call(exchange, app)

    # The response.

    def stream_ended(self, stream: Stream) -> None:
        self.service.answered[0] += 1
        if not self.stream.keep_alive:
            self.end_connection()
        elif self.request_ended:
            self.end_exchange()
        elif self.stopping:
            self.linger()
        else:
            # The rest of the body is thrown away, but not for ever.
            self.channel.resume_reading()
            self.connection.set_deadline(self.service.timeout_keep_alive)

    def end_exchange(self) -> None:
        """Request and response are both whole: be ready for the next request."""
        self.exchange = None
        self.request_ended = False
        self.codec.start_next()
        self.connection.set_deadline(self.service.timeout_keep_alive)
        if self.eof and not self.codec.unread_size():
            self.channel.close()
        elif not self.advancing and (self.codec.unread_size() or not self.channel.reading):
            # Not from inside of the app's send().
            self.service.loop.call_soon(self.resume)
        if self.stopping:
            self.close_when_idle(2)

    def resume(self) -> None:
        """Go on with what the codec holds, then with what the client sends."""
        if (
            self.exchange is None
            and self.channel.writable
            and not self.channel.closing
            and self.connection.handler is self
        ):
            self.channel.resume_reading()
            if self.codec.unread_size():
                self.channel.cork()
                try:
                    self.data_received(b"")
                finally:
                    self.channel.uncork()

    def end_connection(self) -> None:
        """The last response is whole: close, so that the client can still read it."""
        unread = self.codec.unread_size()
        if self.request_ended and unread and not self.stopping:
            self.service.logger.info(
                "Bytes after the last request were thrown away (%s).", self.connection.peer()
            )
        self.exchange = None
        if self.eof or (self.request_ended and not unread):
            self.channel.close()
        else:
            self.linger()

    def linger(self) -> None:
        if self.eof:
            self.channel.close()
        else:
            self.connection.handler = Farewell(self.connection)

    def refuse(self, error: ProtocolError) -> None:
        """Answer a wrong request, say why in the log, and end the connection."""
        self.service.logger.warning(
            "Invalid HTTP request received. %s (%s).", error.reason, self.connection.peer()
        )
        exchange = self.exchange
        self.exchange = None
        if exchange is not None:
            exchange.connection_lost()
            if exchange.response_started:
                self.stream.abort()
                return
        self.stream.start("GET", 1, False)
        body = error.reason.encode("ascii")
        headers: list[Any] = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
        ]
        if error.status == 426:
            headers += [(b"upgrade", b"websocket"), (b"sec-websocket-version", b"13")]
        self.stream.send_head(error.status, headers)
        self.channel.write(body)
        self.linger()


def has_body(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a request has one, by its framing fields."""
    for name, value in headers:
        if name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0")):
            return True
    return False
