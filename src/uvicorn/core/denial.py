"""The HTTP response that a client gets in place of a WebSocket.

It is the app's own (`websocket.http.response.start` and `.body`, the ASGI extension Denial
Response) or one of ours; both are an Exchange. The start waits for the first part of the body, so
that a body that is whole by then has a length.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..wire import REQUEST, RESPONSE
from .access import client_address, full_path
from .answers import plain_text
from .exchange import Exchange, status_of
from .interfaces import Stream
from .service import Service

if TYPE_CHECKING:
    from .._shapes import AppMessage, Fields
    from .._types import WebSocketScope

START = "websocket.http.response.start"
BODY = "websocket.http.response.body"
LINE = '%s - "WebSocket %s" %d'


class Denial:
    # Any: an exchange has the scope of HTTP, but this one uses only what both scopes have.
    def __init__(self, stream: Stream, scope: Any, service: Service) -> None:
        self.scope: WebSocketScope = scope
        self.logger = service.logger
        self.exchange = Exchange(stream, scope, service)
        self.exchange.denies = True
        self.held: AppMessage | None = None

    def answer(self, status: int, body: bytes) -> None:
        """Send a whole response of our own."""
        self.start({"status": status, "headers": plain_text(body)})
        self.part({"type": BODY, "body": body})

    def start(self, message: AppMessage) -> None:
        """Hold the app's start until its body begins."""
        status = status_of(message, START)
        self.held = {"status": status, "headers": app_fields(message)}

    def part(self, message: AppMessage) -> bool:
        """Send a part of the body; returns whether that was the last one."""
        kind = message["type"]
        if kind != BODY:
            raise RuntimeError(f"Expected ASGI message '{BODY}', but got '{kind}'.")
        exchange = self.exchange
        if exchange.phase > RESPONSE:
            raise RuntimeError(f"Unexpected ASGI message '{BODY}' after the response has ended.")
        body = message.get("body", b"")
        more = message.get("more_body", False)
        held = self.held
        if held is not None:
            if not more and isinstance(body, (bytes, bytearray)):
                held = with_length(held, len(body))
            exchange.start_response(held)
            self.held = None
        try:
            exchange.send_body({"body": body, "more_body": more})
        finally:
            if held is not None:
                self.log(held["status"])
        return not more

    def app_ended(self) -> None:
        """The app has returned: its response should be complete."""
        if self.exchange.phase > REQUEST:
            self.exchange.app_returned(None)
        else:
            # Its start has not been sent, so the client can still get a 500.
            self.exchange.fail("ASGI callable returned without completing response.", None)
            self.log(500)

    def answer_for_app(self) -> None:
        """The app has failed: answer for it, if its response is not complete."""
        started = self.exchange.phase > REQUEST
        if self.exchange.phase <= RESPONSE:
            self.exchange.answer_for_app()
        if not started:
            self.log(500)

    def log(self, status: object) -> None:
        self.logger.info(LINE, client_address(self.scope), full_path(self.scope), status)


def app_fields(message: AppMessage) -> Fields:
    """The header fields of an app's message: pairs; the encoder checks what is in them."""
    try:
        return [(name, value) for name, value in message.get("headers") or ()]
    except (TypeError, ValueError) as error:
        raise RuntimeError("ASGI headers must be pairs of bytes.") from error


def names(fields: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    return {name.lower() for name, _ in fields if isinstance(name, bytes)}


def with_length(start: AppMessage, length: int) -> AppMessage:
    fields = start["headers"]
    if b"content-length" in names(fields):
        return start
    return {**start, "headers": [*fields, (b"content-length", b"%d" % length)]}
