"""HTTP/1 on one connection: pulls events from the codec and makes an exchange of each request.

phase     of a request                        the next event is pulled
IDLE      nothing has come                    yes
IN_HEAD   a part of its head has come         yes
IN_BODY   its exchange is there, a body comes yes
ENDED     it is whole                         when the response has ended
REPLACED  another handler has the connection  never

1.  What a pipelining client sends while a response is under way stays in the codec; over the
    high-water mark reading pauses. Up to there we see it if the client ends its half.
2.  The app starts when all events of the read have been pulled: a body that came with its head
    is there when the app asks for it.
3.  A response ends inside of the app's send(), and is only noted there. Only settle() decides
    how the connection goes on.
4.  The server answers a request that is wrong, once, and the connection ends. If a response has
    begun by then, it is cut off.
5.  When we close before the client has sent all, a LingeringClose takes the connection over; when
    the client asks for a WebSocket, and the server has them, a WebSocket does.
6.  Deadlines: a head must end in time (408), an idle connection is closed in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ProtocolError
from ..wire import (
    BODY,
    COMPLETE,
    END,
    ENDED,
    HEAD,
    HIGH_WATER,
    HTTP2_PREFACE,
    IDLE,
    IN_BODY,
    IN_HEAD,
    REPLACED,
    REQUEST,
    RESPONSE,
)
from .answers import plain_text
from .connection import Connection
from .exchange import Exchange, new_exchange
from .framing import has_body
from .http1_stream import Http1Stream
from .interfaces import Handler, HttpCodec, Stream
from .scope import ScopeTemplate
from .service import Service

if TYPE_CHECKING:
    from .service import ASGI3Application, NewWebSocket


class Http1(Handler):
    def __init__(self, connection: Connection, codec: HttpCodec, service: Service) -> None:
        self.connection = connection
        self.channel = connection.channel
        self.codec = codec
        self.service = service
        self.stream = Http1Stream(connection, service.defaults, self)
        self.template = ScopeTemplate(
            self.channel.transport,
            service.settings.root_path,
            service.settings.asgi_version,
            service.app_state,
            service.settings.trusted,
        )
        self.exchange: Exchange | None = None
        self.phase = IDLE
        self.app_started = False
        self.advancing = False
        self.stopping = False
        self.eof = False
        self.requests = 0
        connection.set_deadline(service.timeout_request_head)

    # From the connection.

    def data_received(self, data: bytes) -> None:
        # Some transports deliver what they hold even after close().
        if not self.channel.closing:
            self.codec.feed(data)
            self.advance()

    def eof_received(self) -> None:
        self.eof = True
        exchange = self.exchange
        unread = self.codec.unread_size()
        if exchange is not None and exchange.phase <= RESPONSE:
            # The client may have closed only its half: what the app still sends is sent, and
            # requests that it has sent ahead are answered.
            if not unread:
                self.stream.keep_alive = False
            exchange.tell_disconnect()
        elif unread and self.phase != IN_BODY:
            # Requests sent ahead are answered; advance() closes if there is no whole one.
            self.service.loop.call_soon(self.resume)
        else:
            self.channel.close()

    def connection_lost(self) -> None:
        if self.exchange is not None:
            self.exchange.connection_lost()
            self.exchange = None

    def writable(self) -> None:
        self.resume()

    def resume(self) -> None:
        if not self.channel.closing and self.phase != REPLACED:
            self.channel.cork()
            try:
                self.advance()
            finally:
                self.channel.uncork()

    def deadline_reached(self) -> None:
        if self.exchange is not None:
            # The response is complete, the rest of the request has not come in time.
            self.linger()
        elif self.phase == IN_HEAD:
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
        elif exchange.phase > RESPONSE:
            self.service.loop.call_soon(self.resume)
        elif not self.stream.head_sent:
            # Only a head that has not been sent yet can say that the connection ends.
            self.stream.keep_alive = False

    def end_silence(self) -> None:
        # A client whose whole requests wait in the codec is not silent.
        if self.exchange is None and (self.phase == IN_HEAD or not self.has_more()):
            # As if it had ended its half, so that the close does not linger.
            self.eof = True
            self.deadline_reached()

    def close_when_idle(self, passes: int) -> None:
        """Close after so many passes of the loop, which read what the kernel holds already."""
        if self.phase == IDLE and not self.has_more():
            if passes == 0:
                self.channel.close()
            else:
                self.service.loop.call_soon(self.close_when_idle, passes - 1)

    def end_grace(self) -> None:
        if self.exchange is not None:
            self.exchange.tell_disconnect()
        else:
            self.channel.close()

    def is_idle(self) -> bool:
        # A response may have ended without settle(): before Python 3.12, apps start later.
        exchange = self.exchange
        answered = exchange is not None and exchange.phase == COMPLETE
        return self.phase == IDLE or (answered and self.phase == ENDED)

    # The request.

    def advance(self) -> None:
        """Do all that can be done with what has come, and prepare for what may come next."""
        if self.advancing:
            return
        self.advancing = True
        try:
            self.pull()
            while self.exchange is not None:
                self.exchange.wake()
                if not self.settle():
                    break
                self.pull()
        except ProtocolError as error:
            self.refuse(error)
        finally:
            self.advancing = False
        self.tend_reading()

    def pull(self) -> None:
        """Pull events until none is left, or until a response must end before the next one."""
        codec = self.codec
        while self.may_pull():
            event = codec.next_event()
            if event == HEAD:
                if codec.head.protocol and self.open_websocket():
                    return
                self.open_exchange()
                continue
            exchange = self.exchange
            if exchange is None:
                return
            if event == BODY:
                exchange.feed(codec.body)
                continue
            if event == END:
                self.phase = ENDED
                exchange.finish()
            if not self.app_started:
                self.start_app(exchange)
            if not self.settle():
                return

    def may_pull(self) -> bool:
        if self.exchange is None:
            channel = self.channel
            return channel.writable and not channel.closing and self.phase != REPLACED
        return self.phase == IN_BODY

    def has_more(self) -> bool:
        """Whether a request has begun in the codec; empty lines between requests do not count."""
        codec = self.codec
        return codec.unread_size() > 0 and len(codec.unread().strip(b"\r\n")) > 0

    def tend_reading(self) -> None:
        """Pause or resume reading, and set the deadline for a head that has begun."""
        channel = self.channel
        if channel.closing or self.phase == REPLACED:
            return
        if self.phase == ENDED:
            if self.codec.unread_size() > HIGH_WATER:
                channel.pause_reading()
        elif self.exchange is None:
            if self.eof:
                channel.close()
            elif not channel.writable:
                channel.pause_reading()
            else:
                # An answer given without the body may have left reading paused.
                channel.resume_reading()
                if self.phase == IDLE and self.has_more():
                    self.phase = IN_HEAD
                    self.connection.set_deadline(self.service.timeout_request_head)

    def open_exchange(self) -> None:
        codec = self.codec
        head = codec.head
        self.phase = IN_BODY
        self.app_started = False
        self.requests += 1
        self.connection.deadline = 0.0
        keep_alive = codec.keep_alive and not self.stopping and not self.service.draining
        self.stream.start(head.method, codec.http_minor, keep_alive)
        exchange = new_exchange(self.stream, self.template.build(head), self.service)
        exchange.expect_continue = head.expect_continue
        self.exchange = exchange

    def open_websocket(self) -> bool:
        """Hand the connection over, if a WebSocket is asked for and served."""
        head = self.codec.head
        new_websocket = self.service.new_websocket
        if (
            new_websocket is None
            or head.protocol != b"websocket"
            or head.method != "GET"
            or has_body(head.headers)
        ):
            self.warn_of_upgrade()
            return False
        self.requests += 1
        self.connection.deadline = 0.0
        self.stream.start("GET", 1, False)
        if self.service.trace:
            self.service.log_trace(self.connection.peer(), "Upgrading to WebSocket")
        self.hand_over(new_websocket, self.service.app)
        self.phase = REPLACED
        # The next handler must know what this one was told; the app may accept before.
        if self.eof:
            self.connection.eof_received()
        elif self.stopping:
            self.service.loop.call_soon(self.stop_successor)
        return True

    def stop_successor(self) -> None:
        self.connection.shutdown()

    def hand_over(self, new_websocket: NewWebSocket, app: ASGI3Application) -> None:
        codec = self.codec
        new_websocket(self.stream, codec.head, self.template, self.service, app, codec.unread())

    def warn_of_upgrade(self) -> None:
        self.service.logger.warning("Unsupported upgrade request.")
        if self.service.ws_missing and self.codec.head.protocol == b"websocket":
            self.service.logger.warning(
                "No WebSocket engine is installed: pip install 'uvicorn[standard]'."
            )

    def start_app(self, exchange: Exchange) -> None:
        self.app_started = True
        if exchange.buffered:
            # The body has begun to come: the client did not wait for 100.
            exchange.expect_continue = False
        if self.eof:
            exchange.tell_disconnect()
        exchange.call(self.service.app)

    # The response.

    def stream_ended(self, stream: Stream) -> None:
        if not self.advancing:
            self.service.loop.call_soon(self.resume)

    def settle(self) -> bool:
        """Decide how the connection goes on after a response; returns whether with a request."""
        exchange = self.exchange
        if exchange is None or exchange.phase <= RESPONSE or self.channel.closing:
            return False
        if not self.stream.keep_alive or (self.phase == IN_BODY and self.stopping):
            self.end_connection()
        elif self.phase == ENDED:
            self.exchange = None
            self.phase = IDLE
            self.codec.start_next()
            self.connection.set_deadline(self.service.timeout_keep_alive)
            if self.stopping:
                self.close_when_idle(2)
            return True
        elif self.connection.deadline == 0.0:
            # The rest of the body is thrown away, but not for ever.
            self.channel.resume_reading()
            self.connection.set_deadline(self.service.timeout_keep_alive)
        return False

    def end_connection(self) -> None:
        """The last response is complete: close, so that the client can still read it."""
        unread = self.codec.unread_size()
        if self.phase == ENDED and unread and not self.stopping:
            self.service.logger.info(
                "Bytes after the last request were thrown away (%s).", self.connection.peer()
            )
        self.exchange = None
        if self.phase == ENDED and not unread:
            self.channel.close()
        else:
            self.linger()

    def linger(self) -> None:
        self.phase = REPLACED
        if self.eof:
            self.channel.close()
        else:
            self.stream.linger()

    def begins_http2(self, error: ProtocolError) -> bool:
        """Hand the connection over where a client speaks HTTP/2 from the first byte (RFC 9113
        section 3.3). Over TLS it would have said so before."""
        new_http2 = self.service.new_http2
        if error.status != 505 or self.requests > 0 or new_http2 is None:
            return False
        begun = self.codec.unread()[: len(HTTP2_PREFACE)]
        if not HTTP2_PREFACE.startswith(begun) or self.template.common["scheme"] != "http":
            return False
        self.phase = REPLACED
        self.connection.handler = handler = new_http2(self.connection)
        handler.data_received(self.codec.unread())
        if self.eof:
            self.connection.eof_received()
        elif self.stopping:
            self.service.loop.call_soon(self.stop_successor)
        return True

    def refuse(self, error: ProtocolError) -> None:
        """Answer a wrong request, say why in the log, and end the connection."""
        if self.begins_http2(error):
            return
        self.service.logger.warning(
            "Invalid HTTP request received. %s (%s).", error.reason, self.connection.peer()
        )
        exchange = self.exchange
        self.exchange = None
        if exchange is not None:
            begun = exchange.phase > REQUEST
            exchange.connection_lost()
            if begun:
                self.stream.abort()
                return
        self.stream.start("GET", 1, False)
        body = error.reason.encode("ascii")
        headers = plain_text(body)
        if error.status == 426:
            headers += [(b"upgrade", b"websocket"), (b"sec-websocket-version", b"13")]
        self.stream.send_head(error.status, headers)
        self.channel.write(body)
        self.linger()
