"""One WebSocket conversation, as the app sees it (ASGI spec, WebSocket 2.4).

It knows no HTTP version: messages come from its handler, frames go into a Stream.

1.  The app gets `websocket.connect` first. It accepts, closes (403), or answers with a response
    of its own, which is a Denial.
2.  Messages wait in a queue. When it is full, the handler pulls no more; when the app has
    emptied it, the handler goes on.
3.  The side that closes first says why. The app gets the code and reason after all messages that
    came before: the peer's, or its own; 1006 for a peer that was never accepted, 1005 for one
    that left without a close frame.
4.  Once the peer is gone, send() raises ClientDisconnected. What the app sends after its own
    close is a RuntimeError.
5.  When an app returns, the WebSocket is closed with 1000; when it fails, with 1011, or before it
    has accepted with a response of status 500.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from ..errors import ClientDisconnected
from ..wire import (
    ABNORMAL_CLOSE,
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    CONNECTING,
    DENIED,
    HIGH_WATER,
    INTERNAL_ERROR,
    NO_CODE,
    NORMAL_CLOSE,
    OPEN,
    TEXT,
)
from .access import client_address, full_path
from .app_interface import AppInterface
from .completed import Completed
from .deflate import Deflate
from .denial import Denial, app_fields, names
from .frames import encode_frame, encode_text, frame_header
from .handshake import Offer
from .interfaces import Handler, Stream
from .messages import may_be_sent
from .service import Service

if TYPE_CHECKING:
    from .. import _shapes, _types

NOTHING = Completed()
# A message from this size on is not copied to put its header in front.
LARGE = 16 * 1024
# The most bytes of a control frame (RFC 6455 section 5.5), without the code.
LONGEST_REASON = 123
ACCEPTED_LINE = '%s - "WebSocket %s" [accepted]'
CLOSED_LINE = (
    '%s - "WebSocket %s" [closed %d] after %.3f s,'
    " received %d messages of %d bytes, sent %d messages of %d bytes"
)
OWN_FIELDS = frozenset((b"upgrade", b"sec-websocket-accept", b"sec-websocket-extensions"))
SUBPROTOCOL = b"sec-websocket-protocol"


class Session(AppInterface):
    def __init__(
        self,
        handler: Handler,
        stream: Stream,
        scope: _types.WebSocketScope,
        service: Service,
        deflate: Deflate | None,
    ) -> None:
        super().__init__(scope, service)
        self.handler = handler
        self.stream = stream
        self.deflate = deflate
        self.limit = service.settings.ws_max_queue
        self.offer: Offer | None = None
        self.denial: Denial | None = None
        self.state = CONNECTING
        self.queue: list[_types.WebSocketEvent] = [{"type": "websocket.connect"}]
        self.queued = 0
        self.held_back = False
        self.resumes_handler = False
        self.disconnected: _types.WebSocketDisconnectEvent | None = None
        self.app_closed = False
        self.lost = False
        self.code = 0
        self.accepted_at = 0.0
        self.messages_received = 0
        self.bytes_received = 0
        self.messages_sent = 0
        self.bytes_sent = 0

    # From the handler.

    def has_room(self) -> bool:
        """Whether the handler may pull: there is room, or all is thrown away anyway."""
        if self.state == OPEN:
            self.held_back = self.queued > HIGH_WATER or len(self.queue) >= self.limit
            return not self.held_back
        return self.state == CLOSING

    def message_received(self, message: _types.WebSocketReceiveEvent, size: int) -> None:
        """Queue it for the app, which gets it at the next wake()."""
        if self.state == OPEN:
            self.queue.append(message)
            self.queued += size
            self.messages_received += 1
            self.bytes_received += size

    def close_received(self, code: int, reason: str) -> None:
        self.tell_disconnect(code, reason)
        if self.state == OPEN:
            self.send_close(code, reason)
        self.state = CLOSED

    def end(self, code: int, reason: str) -> None:
        """Close from our side, and tell the app: the peer is at fault, or the server stops."""
        if self.state == CONNECTING:
            self.refuse(500, b"Internal Server Error")
        elif self.state == OPEN:
            self.send_close(code, reason)

    def refuse(self, status: int, text: bytes) -> None:
        """Answer the handshake with a response of our own."""
        self.tell_disconnect(ABNORMAL_CLOSE, "")
        self.denial = Denial(self.stream, self.scope, self.service)
        self.state = DENIED
        self.denial.answer(status, text)

    def peer_gone(self) -> None:
        """What is sent from now on does not arrive."""
        self.lost = True

    def nothing_follows(self) -> None:
        """All that the peer has sent is in the queue, and nothing more comes."""
        self.tell_disconnect(ABNORMAL_CLOSE if self.state < OPEN else NO_CODE, "")
        if self.state >= OPEN:
            self.state = CLOSED

    def tell_disconnect(self, code: int, reason: str) -> None:
        if self.disconnected is None:
            self.disconnected = {"type": "websocket.disconnect", "code": code, "reason": reason}
            self.code = self.code or code
            if self.waiters:
                # Later: the app itself may have ended it, in another task.
                self.service.loop.call_soon(self.wake_all)

    def wake_all(self) -> None:
        self.wake()

    # receive()

    def asked(self) -> None:
        if self.resumes_handler and not self.queue:
            self.resumes_handler = False
            self.service.loop.call_soon(self.handler.resume)

    def is_settled(self) -> bool:
        """Whether the queue is empty and the app waits; if not, resume() is called when it does."""
        self.resumes_handler = len(self.queue) > 0 or not self.waiters
        return not self.resumes_handler

    def has_message(self) -> bool:
        return len(self.queue) > 0 or self.disconnected is not None

    def next_message(self) -> _types.WebSocketEvent:
        queue = self.queue
        if not queue:
            assert self.disconnected is not None
            self.disconnect_told = True
            return self.disconnected.copy()
        message = queue.pop(0)
        if not queue:
            self.queued = 0
            if self.held_back:
                self.held_back = False
                # Not from inside of the app's receive().
                self.service.loop.call_soon(self.handler.resume)
        return message

    # send()

    def handle(self, message: _shapes.AppMessage) -> Awaitable[None]:
        kind = message["type"]
        if self.state == OPEN and not self.lost:
            if kind == "websocket.send":
                self.send_message(message)
            elif kind == "websocket.close":
                self.close(message)
            else:
                raise RuntimeError(
                    "Expected ASGI message 'websocket.send' or 'websocket.close',"
                    f" but got '{kind}'."
                )
        elif self.app_closed:
            raise RuntimeError(
                f"Unexpected ASGI message '{kind}', after sending 'websocket.close'."
                if self.denial is None
                else f"Unexpected ASGI message '{kind}' sent, after response already completed."
            )
        elif self.is_gone():
            # A careful app closes at its end, also what is closed already.
            return NOTHING if kind == "websocket.close" else client_is_gone()
        elif self.denial is None:
            self.answer(kind, message)
        elif self.denial.part(message):
            self.app_closed = True
            self.tell_disconnect(ABNORMAL_CLOSE, "")
        if self.stream.is_full():
            return self.drained()
        return NOTHING

    async def drained(self) -> None:
        await self.stream.drained()
        if self.lost:
            raise ClientDisconnected

    def send_message(self, message: _shapes.AppMessage) -> None:
        data = message.get("bytes")
        if data is not None:
            if type(data) is not bytes:
                data = as_bytes(data)
            self.send_data(BINARY, data)
            return
        text = message.get("text")
        if type(text) is not str:
            if not isinstance(text, str):
                raise RuntimeError("'websocket.send' needs 'bytes' or 'text'.")
            # str() of an enum's member would be its name.
            text = str.__str__(text)
        if self.deflate is None and len(text) < LARGE:
            frame = encode_text(text)
            size = len(frame)
            self.messages_sent += 1
            self.bytes_sent += size - 2 if size < 128 else size - 4
            self.stream.send_body(frame, False)
        else:
            self.send_data(TEXT, text.encode())

    def send_data(self, opcode: int, data: bytes) -> None:
        size = len(data)
        self.messages_sent += 1
        self.bytes_sent += size
        compressed = self.deflate is not None and size >= self.deflate.threshold
        if compressed:
            data = self.deflate.deflate(data)  # type: ignore[union-attr]  # `compressed` says so
            size = len(data)
        if size < LARGE:
            self.stream.send_body(encode_frame(opcode, data, compressed), False)
        else:
            self.stream.send_together(frame_header(opcode, size, compressed), data)

    def close(self, message: _shapes.AppMessage) -> None:
        code = message.get("code")
        code = NORMAL_CLOSE if code is None else code
        reason = message.get("reason") or ""
        if not isinstance(code, int) or not NORMAL_CLOSE <= code <= 4999:
            raise RuntimeError("The code of 'websocket.close' may not be sent.")
        if code != NO_CODE and not may_be_sent(code):
            raise RuntimeError("The code of 'websocket.close' may not be sent.")
        if not isinstance(reason, str) or len(reason.encode()) > LONGEST_REASON:
            raise RuntimeError("The reason of 'websocket.close' must be text of up to 123 bytes.")
        reason = str.__str__(reason)
        self.app_closed = True
        self.send_close(code, reason)

    def send_close(self, code: int, reason: str) -> None:
        """Send our close frame; the peer has a while to send its own."""
        self.tell_disconnect(code, reason)
        self.state = CLOSING
        self.code = code
        self.stream.send_body(encode_frame(CLOSE, close_payload(code, reason)), True)

    # The answer to the handshake.

    def answer(self, kind: str, message: _shapes.AppMessage) -> None:
        if kind == "websocket.accept":
            self.accept(message)
        elif kind == "websocket.close":
            self.app_closed = True
            self.refuse(403, b"")
        elif kind == "websocket.http.response.start":
            denial = Denial(self.stream, self.scope, self.service)
            denial.start(message)
            self.denial = denial
            self.state = DENIED
        else:
            raise RuntimeError(
                "Expected ASGI message 'websocket.accept', 'websocket.close' or"
                f" 'websocket.http.response.start' but got '{kind}'."
            )

    def accept(self, message: _shapes.AppMessage) -> None:
        offer = self.offer
        assert offer is not None
        headers = offer.answer(message.get("subprotocol"))
        if self.deflate is not None:
            headers.append((b"sec-websocket-extensions", self.deflate.answer))
        fields = app_fields(message)
        if OWN_FIELDS & names(fields) or SUBPROTOCOL in names(headers) & names(fields):
            raise RuntimeError("The server itself sends this header of the handshake.")
        self.stream.send_accept(headers + fields)
        self.offer = None
        self.state = OPEN
        self.accepted_at = self.service.loop.time()
        self.service.loop.call_soon(self.handler.resume)
        self.log(ACCEPTED_LINE)

    # How the app ended.

    def app_returned(self, result: object) -> None:
        if result is not None:
            self.fail(f"ASGI callable should return None, but returned '{result}'.", None)
        elif self.lost:
            self.log_closed()
        elif self.denial is not None:
            self.tell_disconnect(ABNORMAL_CLOSE, "")
            self.denial.app_ended()
        elif self.state == CONNECTING:
            # A client that has left needs no answer.
            if self.disconnected is None:
                self.fail("ASGI callable returned without completing handshake.", None)
        elif self.state == OPEN:
            self.app_closed = True
            self.send_close(NORMAL_CLOSE, "")

    def app_failed(self, error: BaseException) -> None:
        if not isinstance(error, ClientDisconnected) or not self.is_gone():
            self.fail("Exception in ASGI application\n", error)
        elif self.lost:
            self.log_closed()

    def is_gone(self) -> bool:
        return self.lost or self.disconnected is not None

    def fail(self, text: str, error: BaseException | None) -> None:
        try:
            self.service.logger.error(text, exc_info=error)
        finally:
            self.app_closed = True
            if self.lost:
                self.log_closed()
            else:
                self.answer_for_app()

    def answer_for_app(self) -> None:
        if self.denial is not None:
            self.tell_disconnect(ABNORMAL_CLOSE, "")
            self.denial.answer_for_app()
        elif self.state == CONNECTING:
            self.refuse(500, b"Internal Server Error")
        elif self.state == OPEN:
            self.send_close(INTERNAL_ERROR, "")

    # The log.

    def log(self, line: str, *more: object) -> None:
        scope = self.scope
        self.service.logger.info(line, client_address(scope), full_path(scope), *more)

    def log_closed(self) -> None:
        """The line at the end, if the option ws_log_close is set."""
        accepted_at = self.accepted_at
        self.accepted_at = 0.0
        if accepted_at > 0.0 and self.service.settings.ws_log_close:
            self.log(
                CLOSED_LINE,
                self.code or NO_CODE,
                self.service.loop.time() - accepted_at,
                self.messages_received,
                self.bytes_received,
                self.messages_sent,
                self.bytes_sent,
            )


async def client_is_gone() -> None:
    """What send() returns. The error comes when it is awaited, as from any coroutine, and after a
    pass of the loop: an app that goes on must not stop the loop."""
    await asyncio.sleep(0)
    raise ClientDisconnected


def as_bytes(data: object) -> bytes:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise RuntimeError(f"The bytes of 'websocket.send' must be bytes, not {type(data).__name__}.")


def close_payload(code: int, reason: str) -> bytes:
    """The payload of a close frame; NO_CODE stands for a frame without a code."""
    return b"" if code == NO_CODE else code.to_bytes(2, "big") + reason.encode()
