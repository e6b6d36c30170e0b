"""One HTTP request and its response, as the app sees them (ASGI spec, HTTP 2.3).

It knows no HTTP version: the request comes through feed() and finish(), the response goes
into a Stream.

phase     the app has sent                       when it fails, the client gets
REQUEST   nothing                                500
RESPONSE  the head, perhaps a part of the body   a response that is cut off
TRAILERS  all but the promised trailers          a response that is cut off
COMPLETE  all                                    nothing more
BROKEN    a body that misses its length          nothing more
GONE      anything, nobody hears it              nothing more

1.  receive() gives all body bytes that are there, then waits; after the body it waits until the
    response ends or the client leaves, and gives `http.disconnect`.
2.  send() takes one `http.response.start`, then `http.response.body` until `more_body` is
    false. Anything else is a RuntimeError in the app.
3.  The body is held to Content-Length: neither longer nor shorter. Responses that have no
    body (HEAD, 1xx, 204, 304) drop what the app sends.
4.  Once the client is gone, send() does nothing.
5.  Where the stream can, early hints (103) go before the head, and trailers behind the body
    (extensions http.response.early_hint and http.response.trailers).
6.  If an app fails before its response has started, the server answers 500; after that it cuts
    the response off, so that the client sees that it is not whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from ..wire import BROKEN, COMPLETE, GONE, HIGH_WATER, REQUEST, RESPONSE, TRAILERS
from .answers import plain_text
from .app_interface import AppInterface
from .completed import Completed
from .interfaces import Stream
from .service import Service

if TYPE_CHECKING:
    from .._shapes import AppMessage, Fields
    from .._types import HTTPDisconnectEvent, HTTPRequestEvent, HTTPScope

NOTHING = Completed()
HINT_EXTENSION = "http.response.early_hint"
TRAILERS_EXTENSION = "http.response.trailers"


def new_exchange(stream: Stream, scope: HTTPScope, service: Service) -> Exchange:
    """As calling the class; compiled, this saves a tuple of arguments and their parsing."""
    exchange = Exchange.__new__(Exchange)
    exchange.open(stream, scope, service)
    return exchange


class Exchange(AppInterface):
    def __init__(self, stream: Stream, scope: HTTPScope, service: Service) -> None:
        self.open(stream, scope, service)

    def open(self, stream: Stream, scope: HTTPScope, service: Service) -> None:
        # As in AppInterface; to call its __init__ costs more than these four lines.
        self.scope: HTTPScope = scope
        self.service = service
        self.waiters = None
        self.disconnect_told = False
        self.stream = stream
        self.access = service.access
        self.body = b""
        self.buffer: bytearray | None = None
        self.buffered = 0
        self.expect_continue = False
        self.request_ended = False
        self.body_delivered = False
        self.disconnected = False
        self.phase = REQUEST
        self.status = 0
        self.no_body = False
        self.trailers: Fields | None = None
        # Whether it denies a WebSocket, which has a log line and counts of its own.
        self.denies = False
        self.left = -1
        self.sent = 0
        self.began = service.loop.time() if service.on_response is not None else 0.0

    # The request, from the handler, which wakes the app when it has passed on all there is.

    def feed(self, data: bytes) -> None:
        """Add a part of the body; nothing is kept once the response is complete."""
        if self.phase > RESPONSE or self.disconnected:
            return
        if self.buffered == 0:
            self.body = data
        else:
            if self.buffer is None:
                self.buffer = bytearray(self.body)
            self.buffer += data
        self.buffered += len(data)
        if self.buffered > HIGH_WATER:
            self.stream.pause_reading()

    def finish(self) -> None:
        self.request_ended = True

    def tell_disconnect(self) -> None:
        """The client has ended its half: receive() says so, what the app sends is still sent."""
        self.disconnected = True
        self.wake()

    def connection_lost(self) -> None:
        self.end(GONE)
        self.expect_continue = False
        self.tell_disconnect()

    # receive()

    def asked(self) -> None:
        if self.expect_continue and self.phase == REQUEST:
            self.expect_continue = False
            self.stream.send_informational(100, [])

    def has_message(self) -> bool:
        return (
            self.buffered > 0
            or (self.request_ended and not self.body_delivered)
            or self.disconnected
            or self.phase > RESPONSE
        )

    def next_message(self) -> HTTPRequestEvent | HTTPDisconnectEvent:
        whole = self.request_ended and not self.body_delivered
        if self.phase > RESPONSE or (self.disconnected and not whole):
            self.disconnect_told = True
            return {"type": "http.disconnect"}
        body = self.body
        if self.buffer is not None:
            body = bytes(self.buffer)
            self.buffer = None
        if self.buffered > HIGH_WATER:
            self.stream.resume_reading()
        self.body = b""
        self.buffered = 0
        self.body_delivered = self.request_ended
        return {"type": "http.request", "body": body, "more_body": not self.request_ended}

    # send()

    def handle(self, message: AppMessage) -> Awaitable[None]:
        phase = self.phase
        if phase == GONE:
            return unheard()
        kind = message["type"]
        if phase == REQUEST:
            if kind == "http.response.start":
                self.start_response(message)
            else:
                self.send_hint(kind, message)
        elif phase > RESPONSE:
            raise RuntimeError(
                f"Unexpected ASGI message '{kind}' sent, after response already completed."
            )
        elif kind == "http.response.body" and phase == RESPONSE:
            self.send_body(message)
        else:
            self.send_trailers(kind, message)
        if self.stream.is_full():
            return self.stream.drained()
        return NOTHING

    def start_response(self, message: AppMessage) -> None:
        status = status_of(message, "http.response.start")
        headers = message.get("headers", ())
        if type(headers) is not list:
            # Any iterable will do, but its own code must not run while a head is encoded.
            headers = list(headers)
        if "trailers" in message and message["trailers"] and self.offers(TRAILERS_EXTENSION):
            self.trailers = []
        length = self.stream.send_head(status, headers)
        self.no_body = status < 200 or status == 204 or status == 304 or self.is_head()
        self.left = -1 if self.no_body else length
        self.status = status
        self.phase = RESPONSE
        self.expect_continue = False
        if self.access is not None and not self.denies:
            self.access.log(self.scope, status)

    def is_head(self) -> bool:
        # The method as the client sent it; a middleware may have changed the scope.
        return self.stream.head_only()

    def send_body(self, message: AppMessage) -> None:
        data = as_bytes(message.get("body", b""))
        end = not message.get("more_body", False)
        if self.no_body:
            data = b""
        elif self.left >= 0:
            self.left -= len(data)
            if self.left < 0 or (end and self.left > 0):
                longer = self.left < 0
                self.cut_off(BROKEN)
                raise RuntimeError(
                    "Response content longer than Content-Length"
                    if longer
                    else "Response content shorter than Content-Length"
                )
        self.sent += len(data)
        if end and self.trailers is not None:
            self.phase = TRAILERS
            self.stream.send_body(data, False)
            return
        if end:
            self.complete()
        self.stream.send_body(data, end)
        if end:
            self.wake()

    def complete(self) -> None:
        """The app has said all, and needs no more of the request."""
        self.end(COMPLETE)
        self.buffer = None
        self.body = b""
        self.buffered = 0

    def offers(self, extension: str) -> bool:
        extensions = self.scope.get("extensions")
        return extensions is not None and extension in extensions

    def send_hint(self, kind: str, message: AppMessage) -> None:
        """Early hints (RFC 8297): Link fields with what the client may already ask for."""
        if kind != HINT_EXTENSION or not self.offers(kind):
            raise RuntimeError(f"Expected ASGI message 'http.response.start', but got '{kind}'.")
        self.stream.send_informational(103, [(b"link", link) for link in message["links"]])

    def send_trailers(self, kind: str, message: AppMessage) -> None:
        """Collect fields that follow the body; they leave when all of them are there."""
        trailers = self.trailers
        if self.phase != TRAILERS or trailers is None or kind != TRAILERS_EXTENSION:
            expected = TRAILERS_EXTENSION if self.phase == TRAILERS else "http.response.body"
            raise RuntimeError(f"Expected ASGI message '{expected}', but got '{kind}'.")
        trailers += message.get("headers") or ()
        if not message.get("more_trailers", False):
            self.complete()
            if self.no_body:
                self.stream.send_body(b"", True)
            else:
                self.stream.send_trailers(trailers)
            self.wake()

    def refuse(self, status: int, text: bytes) -> None:
        """Answer in the app's place, and end the connection."""
        self.stream.finish_connection()
        self.start_response({"status": status, "headers": plain_text(text)})
        self.send_body({"body": text})

    def end(self, phase: int) -> None:
        """Nothing more leaves; the service hears of a response, once."""
        if (self.phase == RESPONSE or self.phase == TRAILERS) and not self.denies:
            service = self.service
            began = self.began
            seconds = service.loop.time() - began if began > 0.0 else 0.0
            service.response_ended(self.scope, self.status, self.sent, seconds)
        self.phase = phase

    # How the app ended.

    def app_failed(self, error: BaseException) -> None:
        self.fail("Exception in ASGI application\n", error)

    def fail(self, text: str, error: BaseException | None) -> None:
        try:
            self.service.logger.error(text, exc_info=error)
        finally:
            # Even if a filter of the log fails, the client must not wait for ever.
            if self.phase <= RESPONSE:
                self.answer_for_app()

    def answer_for_app(self) -> None:
        """Answer 500; if the app's response has begun, cut it off."""
        if self.phase == RESPONSE or self.phase == TRAILERS:
            self.cut_off(COMPLETE)
            return
        try:
            self.refuse(500, b"Internal Server Error")
        except Exception as error:
            # This is not the app's fault: most likely a filter of the access log.
            self.cut_off(COMPLETE)
            self.service.logger.error("Exception in the server\n", exc_info=error)

    def cut_off(self, phase: int) -> None:
        """End a response that is not whole, so that the client sees that."""
        self.end(phase)
        self.stream.abort()
        self.wake()

    def app_returned(self, result: object) -> None:
        if result is not None:
            self.fail(f"ASGI callable should return None, but returned '{result}'.", None)
            if self.phase < GONE:
                self.stream.finish_connection()
        elif self.phase == COMPLETE or self.phase == GONE:
            return
        elif self.disconnected and self.phase < BROKEN:
            # Nobody waits for an answer, so the app was right to stop.
            self.cut_off(COMPLETE)
        elif self.phase == REQUEST:
            self.fail("ASGI callable returned without starting response.", None)
        else:
            self.fail("ASGI callable returned without completing response.", None)


async def unheard() -> None:
    """What send() returns when the client is gone; an app that goes on must not stop the loop."""
    await asyncio.sleep(0)


def status_of(start: AppMessage, kind: str) -> int:
    """The status of a response that the app starts with a message of this kind."""
    said = start["status"]
    try:
        status = said if isinstance(said, int) else 0
    except OverflowError:
        # Compiled, it is a C int.
        status = 0
    if not 100 <= status <= 599:
        raise RuntimeError(f"The status of '{kind}' must be from 100 to 599.")
    return status


def as_bytes(data: object) -> bytes:
    if type(data) is bytes:
        return data
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise RuntimeError(
        f"The body of 'http.response.body' must be bytes, not {type(data).__name__}."
    )
