"""The HTTP response that a client gets in place of a WebSocket.

An app's own (`websocket.http.response.start` and `.body`, the ASGI extension Denial Response)
or one of ours; both are an Exchange. An app's start waits for the first part of its body, so
that a body known by then has a length.
"""

from __future__ import annotations

from typing import Any

from .exchange import Exchange
from .interfaces import Stream
from .service import Service

START = "websocket.http.response.start"
BODY = "websocket.http.response.body"


class Denial:
    def __init__(self, stream: Stream, scope: dict[str, Any], service: Service) -> None:
        self.exchange = Exchange(stream, scope, service)
        # The line of a WebSocket is another one, and the session's.
        self.exchange.access = None
        self.held: dict[str, Any] | None = None

    def answer(self, status: int, body: bytes) -> None:
        """The whole of a response of our own."""
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
        ]
        self.exchange.take({"type": "http.response.start", "status": status, "headers": headers})
        self.exchange.take({"type": "http.response.body", "body": body})

    def start(self, message: dict[str, Any]) -> int:
        """Take an app's start; answers the status."""
        status = message["status"]
        if not isinstance(status, int) or not 100 <= status <= 599:
            raise RuntimeError(f"The status of '{START}' must be from 100 to 599.")
        headers = list(message.get("headers") or ())
        self.held = {"type": "http.response.start", "status": status, "headers": headers}
        return status

    def part(self, message: dict[str, Any]) -> bool:
        """Take a part of its body; answers whether that was the last one."""
        kind = message["type"]
        if kind != BODY:
            raise RuntimeError(f"Expected ASGI message '{BODY}', but got '{kind}'.")
        body = message.get("body", b"")
        more = message.get("more_body", False)
        if self.held is not None and not more and isinstance(body, (bytes, bytearray)):
            headers = self.held["headers"]
            if not any(bytes(name).lower() == b"content-length" for name, _ in headers):
                headers.append((b"content-length", b"%d" % len(body)))
        self.send_held()
        self.exchange.take({"type": "http.response.body", "body": body, "more_body": more})
        return not more

    def send_held(self) -> None:
        held = self.held
        if held is not None:
            self.held = None
            self.exchange.take(held)

    def app_ended(self) -> None:
        """The app has nothing more to say: it should have said all."""
        self.send_held()
        self.exchange.app_returned(None)
