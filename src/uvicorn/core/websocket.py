"""A WebSocket on a stream: pulls messages from the codec, and keeps the time.

phase     the peer
READING   may send more
AT_END    has sent its last frame: a close frame, or a wrong one
HOLDING   has, and first the app gets the time to answer what came before
OVER      has been answered

1.  Events are pulled as long as the session has room. What is left stays in the codec; over the
    high-water mark reading pauses. The app wakes when all has been pulled, so a burst costs one
    wake-up.
2.  A ping goes out every `ws_ping_interval`. A peer that sends nothing at all, neither pong nor
    data, for `ws_ping_timeout` is closed with 1011; while we do not read, its time does not run.
3.  After our close frame the peer has `ws_close_timeout` for its own.
4.  We tell a peer that breaks the protocol why, by a close frame, and read no more from it.
5.  The app first gets what came in the same read before that, or before the peer's close frame:
    the end waits until the app asks for more, and some passes of the loop for its other tasks,
    but ANSWER_SECONDS at most.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import ProtocolError
from ..wire import (
    AT_END,
    BINARY,
    CLOSE,
    CLOSING,
    DENIED,
    HIGH_WATER,
    HOLDING,
    INTERNAL_ERROR,
    LIMIT_CONTROL_FRAMES,
    NEED_DATA,
    OPEN,
    OVER,
    PING,
    POLICY_VIOLATION,
    PONG,
    READING,
    SERVICE_RESTART,
    TEXT,
)
from .deflate import Deflate, negotiate
from .frames import encode_frame
from .handshake import Offer
from .interfaces import Handler, RequestHead, Stream, WsCodec
from .scope import ScopeTemplate
from .service import Service
from .session import Session

if TYPE_CHECKING:
    from .._types import ASGI3Application

PING_DATA = b"uvicorn"
PING_FRAME = encode_frame(PING, PING_DATA)
ANSWER_SECONDS = 1.0
ANSWER_PASSES = 4
CONTROLS_SECONDS = 1.0


class WebSocket(Handler):
    def __init__(self, stream: Stream, service: Service, codec: WsCodec) -> None:
        self.stream = stream
        self.service = service
        self.codec = codec
        settings = self.service.settings
        self.ping_interval = float(settings.ws_ping_interval or 0.0)
        self.ping_timeout = float(settings.ws_ping_timeout or 0.0)
        self.close_timeout = float(settings.ws_close_timeout)
        self.started = False
        self.awaits_pong = False
        self.heard = False
        self.phase = READING
        self.error: ProtocolError | None = None
        self.seen = 0
        self.eof = False
        self.controls = 0
        self.controls_since = 0.0

    def open(self, session: Session, app: ASGI3Application) -> None:
        """Let the app decide about the handshake."""
        self.session = session
        session.call(app)

    # From the stream's connection.

    def data_received(self, data: bytes) -> None:
        self.heard = True
        if self.phase == READING:
            self.seen = self.session.messages_received
            self.codec.feed(data)
            self.advance()

    def eof_received(self) -> None:
        """A peer that ends its half without a close frame is gone."""
        self.eof = True
        self.advance()
        if self.phase == READING or self.phase == OVER:
            self.stream.close()

    def connection_lost(self) -> None:
        self.eof = True
        self.session.peer_gone()
        self.advance()

    def writable(self) -> None:
        self.advance()

    def resume(self) -> None:
        if not self.started and self.session.state == OPEN:
            self.started = True
            self.wait_for_ping()
        self.advance()

    def deadline_reached(self) -> None:
        if self.phase == AT_END or self.phase == HOLDING:
            self.end()
        elif self.session.state != OPEN:
            # The peer has had long enough to answer our close frame.
            self.stream.reset()
        elif not self.awaits_pong:
            self.awaits_pong = True
            self.heard = False
            self.stream.send_body(PING_FRAME, False)
            if self.ping_timeout > 0.0:
                self.stream.set_deadline(self.ping_timeout)
            else:
                self.wait_for_ping()
        elif self.heard or not self.stream.is_reading():
            # It is busy sending, or we do not read; its pong may come behind that.
            self.heard = False
            self.stream.set_deadline(self.ping_timeout)
        else:
            if self.service.trace:
                self.service.log_trace(self.stream.peer(), "WebSocket keepalive ping timeout")
            self.session.end(INTERNAL_ERROR, "keepalive ping timeout")
            # Nobody will answer it. What has not been sent keeps the time that a close has.
            self.stream.close()

    def stream_ended(self, stream: Stream) -> None:
        """Our last frame is sent, or the whole response that denies the handshake."""
        if self.session.state == DENIED:
            self.stream.linger()
        elif self.session.state == CLOSING:
            self.stream.set_deadline(self.close_timeout)
            # A full queue may hold back the peer's own close frame.
            self.service.loop.call_soon(self.resume)

    def shutdown(self) -> None:
        self.session.end(SERVICE_RESTART, "")

    def end_silence(self) -> None:
        """Rule 3, in less time."""
        if self.session.state > OPEN:
            self.stream.reset()

    def end_grace(self) -> None:
        self.stream.close()

    def is_idle(self) -> bool:
        return self.session.state > OPEN

    # The messages.

    def advance(self) -> None:
        """Pull while the session has room, wake the app, and go on if that has made room."""
        session = self.session
        while self.pull():
            session.wake()
            if not self.may_pull():
                if self.codec.unread_size() > HIGH_WATER:
                    self.stream.pause_reading()
                break
        else:
            session.wake()
            if self.phase == READING:
                self.stream.resume_reading()
            elif self.phase != OVER:
                self.hold_end()
        if session.lost and session.state != OPEN:
            session.log_closed()

    def may_pull(self) -> bool:
        return self.session.has_room() and (self.stream.is_writable() or self.eof)

    def pull(self) -> bool:
        """Returns whether events may be left that there is no room for."""
        if self.phase != READING:
            return False
        if self.eof and self.session.state < OPEN:
            self.session.nothing_follows()
            return False
        try:
            while self.may_pull():
                event = self.codec.next_event()
                if event == CLOSE:
                    self.phase = AT_END
                    return False
                if event == NEED_DATA:
                    if self.eof:
                        self.session.nothing_follows()
                    return False
                self.act_on(event)
        except ProtocolError as error:
            self.phase = AT_END
            self.error = error
            return False
        return True

    def act_on(self, event: int) -> None:
        codec = self.codec
        session = self.session
        if event == TEXT:
            session.message_received({"type": "websocket.receive", "text": codec.text}, codec.size)
        elif event == BINARY:
            session.message_received({"type": "websocket.receive", "bytes": codec.data}, codec.size)
        else:
            self.act_on_control(event)

    def act_on_control(self, event: int) -> None:
        now = self.service.time()
        if now - self.controls_since >= CONTROLS_SECONDS:
            self.controls_since = now
            self.controls = 0
        self.controls += 1
        if self.controls > LIMIT_CONTROL_FRAMES:
            raise ProtocolError(POLICY_VIOLATION, "Too many control frames")
        if event == PING:
            if self.session.state == OPEN:
                self.stream.send_body(encode_frame(PONG, self.codec.data), False)
        elif self.awaits_pong and self.codec.data == PING_DATA:
            self.awaits_pong = False
            self.wait_for_ping()

    def wait_for_ping(self) -> None:
        self.awaits_pong = False
        if self.ping_interval > 0.0 and self.session.state == OPEN:
            self.stream.set_deadline(self.ping_interval)

    # The end.

    def hold_end(self) -> None:
        """End, or first let the app answer what came just before the end."""
        session = self.session
        if session.lost or session.state != OPEN or session.messages_received == self.seen:
            self.end()
            return
        if self.phase == AT_END:
            self.phase = HOLDING
            self.stream.set_deadline(ANSWER_SECONDS)
        if session.is_settled():
            self.service.loop.call_soon(self.end_when_settled, ANSWER_PASSES)

    def end_when_settled(self, passes: int) -> None:
        if self.phase == OVER:
            return
        if passes > 0 and self.session.is_settled():
            self.service.loop.call_soon(self.end_when_settled, passes - 1)
        elif passes == 0:
            self.end()

    def end(self) -> None:
        session = self.session
        self.phase = OVER
        if self.error is not None:
            self.fail(self.error)
        else:
            session.close_received(self.codec.code, self.codec.reason)
        if self.error is None or self.eof:
            self.stream.close()
        session.wake()

    def fail(self, error: ProtocolError) -> None:
        """Log why, tell the peer, and read no more."""
        self.service.logger.warning(
            "Invalid WebSocket data received. %s (%s).", error.reason, self.stream.peer()
        )
        self.session.end(error.status, error.reason)
        self.session.nothing_follows()
        self.session.log_closed()
        self.stream.linger()


def open_websocket(
    stream: Stream,
    head: RequestHead,
    template: ScopeTemplate,
    service: Service,
    app: ASGI3Application,
    unread: bytes,
    new_codec: Callable[[int, Deflate | None], WsCodec],
) -> WebSocket:
    """Serve the WebSocket that a request asks for, on the stream of that request.

    `unread` is what has come for it. Raises ProtocolError; nothing has been sent then.
    """
    settings = service.settings
    offer = Offer(head.headers)
    stream.prepare_accept(head)
    deflate = None
    if settings.ws_deflate is not None:
        deflate = negotiate(offer.extensions, settings.ws_deflate)
    codec = new_codec(settings.ws_max_size, deflate)
    scope = template.build_websocket(head, offer.subprotocols.copy())
    websocket = WebSocket(stream, service, codec)
    session = Session(websocket, stream, scope, service, deflate)
    session.offer = offer
    stream.hand_over(websocket)
    if service.trace:
        service.log_trace(stream.peer(), "WebSocket connection made")
    codec.feed(unread)
    websocket.open(session, app)
    return websocket
