"""One request of a WSGI app: what its thread does, and what the loop does for that."""

from __future__ import annotations

import asyncio
import contextvars
import io
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Any

from ..._types import (
    ASGIReceiveCallable,
    ASGISendCallable,
    ExcInfo,
    HTTPResponseStartEvent,
    HTTPScope,
    WSGIApp,
)
from .environ import build_environ
from .threads import Bell

READ_SIZE = 64 * 1024
# How much an app may have made that is not sent yet, before it has to wait: bytes and parts.
# Waiting for each part costs a switch of threads there and one back.
MOST_UNSENT = 64 * 1024
MOST_UNSENT_PARTS = 32
# Body messages that are held for an app that sends before it reads, and how many parts it may send
# so until they are dropped. If they were held for ever, nobody would see that the client leaves.
MOST_AHEAD = 16
MOST_UNREAD = 1000

logger = logging.getLogger("uvicorn.error")


Outgoing = tuple[HTTPResponseStartEvent | None, Sequence[bytes], bool]


class ClientGone(ConnectionResetError):
    """Raised into the app, and ignored when the app raises it again."""


class Call:
    """One request: run() answers it in a thread, serve() acts for that in the loop.

    The thread notes what it wants and rings the bell. If it has to wait for that, it waits at a
    gate that serve() opens when all is done. `outbox` is what the loop has to send: (head or None,
    parts, whether they are the last ones). `bodyless` responses have no body; for all others
    `left` counts down their Content-Length, and is negative without one.
    """

    # For the thread.
    head: HTTPResponseStartEvent | None = None
    head_made = False
    bodyless = False
    left = -1
    complete = False
    made_size = made_parts = 0
    wants_body = False
    gate: Lock | None = None
    ended = False
    error: BaseException | None = None
    # For the loop; `ahead` has messages that the app has not read yet.
    waiter: asyncio.Future[None] | None = None
    receiving: asyncio.Task[None] | None = None
    rung = False
    over = False
    gone = False
    sent_size = sent_parts = 0
    dropped = False
    sent_unread = 0
    failure: Exception | None = None

    def __init__(self, app: WSGIApp, scope: HTTPScope, message: Any, bell: Bell) -> None:
        self.app = app
        self.scope = scope
        # Any: only messages of type `http.request`.
        self.message = message
        self.bell = bell
        self.context = contextvars.copy_context()
        self.ahead: list[Any] = []
        self.outbox: deque[Outgoing] = deque()

    # In the thread

    def run(self) -> None:
        # The client may have left while the request waited.
        if not self.over:
            self.context.run(self.answer)
        if self.over and self.error is not None and not isinstance(self.error, ClientGone):
            logger.error("Exception in a WSGI app that was cancelled\n", exc_info=self.error)
        self.ended = True
        self.bell.ring(self)

    def answer(self) -> None:
        message = self.message
        if message.get("more_body"):
            part = message.get("body", b"")
            body: io.BufferedIOBase = io.BufferedReader(Body(self, part), READ_SIZE)
        else:
            body = io.BytesIO(message.get("body", b""))
        try:
            response = self.app(build_environ(self.scope, message, body), self.start_response)
            try:
                self.respond(response)
            finally:
                close = getattr(response, "close", None)
                if close is not None:
                    close()
        except BaseException as error:
            self.error = error

    def start_response(
        self, status: str, headers: Iterable[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        if exc_info is not None:
            try:
                if self.head_made:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.head is not None:
            raise RuntimeError("start_response() was called before, so it needs exc_info.")
        number = int(status[:3])
        fields = [
            (name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers
        ]
        self.left = next((int(text) for name, text in fields if name == b"content-length"), -1)
        self.bodyless = number in (204, 304) or self.scope["method"] == "HEAD"
        self.head = {"type": "http.response.start", "status": number, "headers": fields}
        return self.write

    def write(self, data: bytes) -> None:
        """What start_response() returns."""
        if data:
            self.put(data)
        if self.gone:
            raise ClientGone("The client has gone.")

    def respond(self, response: Iterable[bytes]) -> None:
        if type(response) is list or type(response) is tuple:
            self.put_last(response)
            return
        for part in response:
            if self.bodyless:
                break
            if part:
                self.put(part)
            if self.gone:
                return
        if not self.complete:
            self.put_last(())
            self.bell.ring(self)

    def put(self, part: bytes) -> None:
        """Queue one part; wait if too much is not sent yet, unless it is the last part."""
        self.count((part,))
        self.complete = self.left == 0 and not self.bodyless
        self.hand_over((part,), self.pop_head())
        self.made_size += len(part)
        self.made_parts += 1
        if self.complete:
            self.bell.ring(self)
        elif (
            self.made_size - self.sent_size > MOST_UNSENT
            or self.made_parts - self.sent_parts >= MOST_UNSENT_PARTS
        ):
            self.wait()
        else:
            self.bell.ring(self)
            if self.failure is not None:
                raise self.failure

    def put_last(self, parts: Sequence[bytes]) -> None:
        """Queue all the parts that are left; the loop sends them at the next ring."""
        if self.complete and not any(parts):
            return
        size = self.count(parts, last=True)
        head = self.pop_head()
        if head is not None and self.left < 0:
            self.add_length(head, size)
        self.complete = True
        self.hand_over(parts or (b"",), head)

    def pop_head(self) -> HTTPResponseStartEvent | None:
        """The head, if it has not been queued yet; only once."""
        if self.head_made:
            return None
        self.head_made = True
        return self.head

    def hand_over(self, parts: Sequence[bytes], head: HTTPResponseStartEvent | None) -> None:
        # In one step: the loop may read it at any time.
        self.outbox.append((head, parts, self.complete))

    def count(self, parts: Sequence[bytes], last: bool = False) -> int:
        """The size of parts to send. Raises RuntimeError if they may not be sent."""
        if self.head is None:
            raise RuntimeError("The WSGI app has not called start_response().")
        size = 0
        for part in parts:
            if not isinstance(part, bytes):
                raise TypeError(f"The WSGI app must give bytes, not {type(part).__name__}.")
            size += len(part)
        if self.left >= 0 and not self.bodyless:
            self.left -= size
            if self.left < 0 or (last and self.left > 0):
                wrong = "longer" if self.left < 0 else "shorter"
                raise RuntimeError(f"Response content {wrong} than Content-Length")
        return size

    def add_length(self, head: HTTPResponseStartEvent, size: int) -> None:
        """Add Content-Length: the whole body is known before the head is sent."""
        headers = head.get("headers", ())
        hidden = self.bodyless and not (size and self.scope["method"] == "HEAD")
        if not hidden and not any(name == b"transfer-encoding" for name, _ in headers):
            head["headers"] = [*headers, (b"content-length", b"%d" % size)]

    def wait(self) -> None:
        """Wait until the loop has done what the thread has noted."""
        gate = Lock()
        gate.acquire()
        self.gate = gate
        self.bell.ring(self)
        gate.acquire()
        if self.failure is not None:
            raise self.failure

    def next_part(self) -> tuple[bytes, bool]:
        """The next part of the request's body, and whether there is more."""
        self.wants_body = True
        self.wait()
        if self.dropped:
            raise OSError("The body was left unread for too long while the response was sent.")
        if not self.ahead:
            raise ClientGone("The client has gone.")
        message = self.ahead.pop(0)
        return message.get("body", b""), message.get("more_body", False)

    # In the loop

    def wake(self) -> None:
        """The thread has rung the bell."""
        self.rung = True
        if self.over:
            self.abandon()
        elif self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def abandon(self) -> None:
        """The loop does no more for the thread; if the thread waits, it goes on."""
        self.over = self.gone = True
        gate, self.gate = self.gate, None
        if gate is not None:
            gate.release()

    async def serve(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        try:
            while not self.ended or self.rung or self.outbox:
                if not self.rung:
                    self.waiter = self.bell.loop.create_future()
                    await self.waiter
                self.rung = False
                # Before acting: what the thread wants from here on rings again.
                gate, self.gate = self.gate, None
                try:
                    await self.act(receive, send)
                finally:
                    if gate is not None:
                        gate.release()
        finally:
            self.abandon()
            if self.receiving is not None:
                self.receiving.cancel()
        error = self.failure or self.error
        if error is not None and not isinstance(error, ClientGone):
            raise error

    async def act(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Do what the thread wants."""
        try:
            # First send: the client may wait for that before it sends more.
            await self.transmit(receive, send)
            if self.wants_body:
                self.wants_body = False
                await self.fetch(receive)
        except OSError:
            self.gone = True
            self.outbox.clear()
        except Exception as error:
            self.failure = error
            self.outbox.clear()

    async def transmit(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        while self.outbox:
            head, parts, complete = self.outbox.popleft()
            if self.gone or self.failure is not None:
                continue
            if head is not None:
                await send(head)
            last = len(parts) if complete else 0
            for number, part in enumerate(parts, 1):
                more = number != last
                await send({"type": "http.response.body", "body": part, "more_body": more})
                self.sent_size += len(part)
            self.sent_parts += 1
            if not complete:
                self.look_out(receive)

    async def fetch(self, receive: ASGIReceiveCallable) -> None:
        """Receive until a part of the body is there, or the client has left."""
        self.sent_unread = 0
        while not self.ahead and not self.gone and not self.dropped:
            receiving, self.receiving = self.receiving, None
            await (receiving or self.receive_one(receive))

    async def receive_one(self, receive: ASGIReceiveCallable) -> None:
        message = await receive()
        if message["type"] == "http.disconnect":
            self.gone = True
        else:
            self.ahead.append(message)

    def look_out(self, receive: ASGIReceiveCallable) -> None:
        """Receive while streaming, from the second part on, to see whether the client leaves."""
        self.sent_unread += 1
        if self.sent_unread == 1 or (self.receiving is not None and not self.receiving.done()):
            return
        if len(self.ahead) >= MOST_AHEAD:
            if self.sent_unread < MOST_UNREAD:
                return
            self.ahead.clear()
            self.dropped = True
        self.receiving = self.bell.loop.create_task(self.receive_one(receive))


class Body(io.RawIOBase):
    """A request's body as the thread reads it from the client; io.BufferedReader does the rest."""

    def __init__(self, call: Call, part: bytes) -> None:
        self.call = call
        self.part = memoryview(part)
        self.more = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.part:
            if not self.more:
                return 0
            part, self.more = self.call.next_part()
            self.part = memoryview(part)
        size = min(len(buffer), len(self.part))
        buffer[:size] = self.part[:size]
        self.part = self.part[size:]
        return size
