"""What an app is called with, a scope, receive() and send(), and its call from start to end.

Both are the same for HTTP and WebSocket. receive() and send() may be called in a thread that
hands coroutines to the loop.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Coroutine, Generator
from types import CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

from .interfaces import MessageSource
from .service import Service
from .steps import Returned, bind, get_ident, step
from .waiter import new_waiter

if TYPE_CHECKING:
    from .._shapes import AppMessage, Thrown
    from .._types import ASGI3Application, ASGIReceiveEvent, WWWScope

if sys.version_info >= (3, 12):
    from inspect import markcoroutinefunction
else:

    def markcoroutinefunction(function: object) -> None:
        """Before 3.12 there is no mark, and a compiled function cannot be given asyncio's own."""


class AppInterface(MessageSource):
    def __init__(self, scope: WWWScope, service: Service) -> None:
        super().__init__()
        self.scope = scope
        self.service = service

    # What a subclass fills in, besides has_message() and next_message().

    def asked(self) -> None:
        """The app has called receive()."""

    def handle(self, message: AppMessage) -> Awaitable[None]:
        """Act on a message from the app. Raises RuntimeError if it may not come now."""
        raise NotImplementedError

    def refuse(self, status: int, text: bytes) -> None:
        """Send the peer this answer; the app is not called."""
        raise NotImplementedError

    def app_returned(self, result: object) -> None:
        """The app has returned: log and answer if it has not sent all, or returned a value."""
        raise NotImplementedError

    def app_failed(self, error: BaseException) -> None:
        """The app has raised: log it, and answer a peer that waits."""
        raise NotImplementedError

    # The app.

    def call(self, app: ASGI3Application) -> None:
        """Start the app's call, or refuse it if too many are running."""
        service = self.service
        if service.is_overloaded():
            service.logger.warning("Exceeded concurrency limit.")
            self.refuse(503, b"Service Unavailable")
        else:
            service.spawn(self.new_call(app))

    def new_call(self, app: ASGI3Application) -> Coroutine[object, None, None]:
        """As calling AppCall; compiled, this saves a tuple of arguments and their parsing."""
        call = AppCall.__new__(AppCall)
        call.prepare(self, app)
        return call

    def receive(self) -> Awaitable[ASGIReceiveEvent]:
        if get_ident() != self.service.thread:
            return self.receive_in_loop()
        self.asked()
        return new_waiter(self, self.service.loop)

    async def receive_in_loop(self) -> ASGIReceiveEvent:
        return await self.receive()

    def wake(self) -> None:
        """Let those who wait in receive() go on, as long as there is a message for them."""
        waiters = self.waiters
        while waiters and self.has_message():
            waiter = waiters.pop(0)
            waiter.wake()

    def send(self, message: Any) -> Awaitable[None]:
        # Any: an app may give any mapping.
        if get_ident() != self.service.thread:
            return self.send_in_loop(message)
        if type(message) is not dict:
            message = dict(message)
        return self.handle(message)

    async def send_in_loop(self, message: AppMessage) -> None:
        await self.send(message)


# What they return passes for a coroutine, so they pass for coroutine functions: asgiref's
# async_to_sync(), which WsgiToAsgi calls with send(), checks that and warns otherwise.
markcoroutinefunction(AppInterface.receive)
markcoroutinefunction(AppInterface.send)
# Looked up once: binding them by hand is half of what `side.receive` costs.
RECEIVE = AppInterface.receive
SEND = AppInterface.send


class AppCall:
    """One call of the app, as the coroutine that a task drives; it raises nothing.

    A task accepts any object with the methods of collections.abc.Coroutine. This one passes each
    step straight to the app's own coroutine, so a task that is cancelled before its first step
    still lets the app answer.
    """

    def __init__(self, side: AppInterface, app: ASGI3Application) -> None:
        self.prepare(side, app)

    def prepare(self, side: AppInterface, app: ASGI3Application) -> None:
        self.side = side
        self.app = app
        # Any: a coroutine, or what passes for one; None before open().
        self.awaitable: Any = None

    def __await__(self) -> AppCall:
        return self

    def __iter__(self) -> AppCall:
        return self

    def __next__(self) -> object:
        try:
            if self.awaitable is None:
                self.open()
            taken = step(self.awaitable)
            if type(taken) is not Returned:
                return taken
        except BaseException as error:
            # Also SystemExit and a cancellation: the client gets an answer all the same.
            self.side.app_failed(error)
        else:
            self.ended(taken)
        raise StopIteration

    def ended(self, returned: Returned) -> None:
        self.side.app_returned(returned.value)

    def send(self, value: None) -> object:
        return next(self)

    def throw(self, kind: Thrown, value: Thrown = None, traceback: object = None) -> object:
        """Let the app see a cancellation; it may go on."""
        try:
            if self.awaitable is None:
                self.open()
            return self.awaitable.throw(kind if value is None else value)
        except StopIteration as stop:
            self.side.app_returned(stop.value)
        except BaseException as error:
            self.side.app_failed(error)
        raise StopIteration

    def close(self) -> None:
        if self.awaitable is not None:
            self.awaitable.close()

    def open(self) -> None:
        side = self.side
        awaitable: Any = self.app(side.scope, bind(RECEIVE, side), bind(SEND, side))
        kind = type(awaitable)
        if kind is not CoroutineType and kind is not GeneratorType:
            awaitable = awaitable.__await__()
            if not hasattr(awaitable, "send"):
                awaitable = drive(awaitable)
        self.awaitable = awaitable

    # For debugging: Task.get_stack(), repr(task).

    @property
    def cr_frame(self) -> object:
        return getattr(self.awaitable, "cr_frame", None)

    @property
    def cr_code(self) -> object:
        return getattr(self.awaitable, "cr_code", None)

    @property
    def cr_running(self) -> object:
        return getattr(self.awaitable, "cr_running", False)

    @property
    def cr_await(self) -> object:
        return getattr(self.awaitable, "cr_await", None)


def drive(iterator: Any) -> Generator[object, None, object]:
    """A generator over an iterator that has no send() and throw() of its own."""
    return (yield from iterator)
