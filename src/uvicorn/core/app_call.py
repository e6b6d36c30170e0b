"""One call of the app, as the coroutine that a task drives.

A task takes whatever has the methods of collections.abc.Coroutine. This one hands each step
straight to the app's own coroutine, so a task that is cancelled before its first step still
lets the app answer.
"""

from __future__ import annotations

from types import CoroutineType, GeneratorType
from typing import Any

from .app_side import AppSide
from .steps import Returned, bind, step

# Looked up once: binding them by hand is half of what `side.receive` costs.
RECEIVE = AppSide.receive
SEND = AppSide.send


def app_call(side: AppSide, app: Any) -> AppCall:
    """As calling the class; compiled, this saves a tuple of arguments and their parsing."""
    call = AppCall.__new__(AppCall)
    call.prepare(side, app)
    return call


class AppCall:
    """Runs the app; however it ends, its side answers for it and nothing is raised."""

    def __init__(self, side: AppSide, app: Any) -> None:
        self.prepare(side, app)

    def prepare(self, side: AppSide, app: Any) -> None:
        self.side = side
        self.app = app
        self.awaitable: Any = None

    def __await__(self) -> AppCall:
        return self

    def __iter__(self) -> AppCall:
        return self

    def __next__(self) -> Any:
        try:
            if self.awaitable is None:
                self.open()
            taken = step(self.awaitable)
            if type(taken) is not Returned:
                return taken
        except BaseException as error:
            # Also SystemExit and a cancellation: the client is answered all the same.
            self.side.app_failed(error)
        else:
            self.ended(taken)
        raise StopIteration

    def ended(self, returned: Returned) -> None:
        self.side.app_returned(returned.value)

    def send(self, value: Any) -> Any:
        return next(self)

    def throw(self, kind: Any, value: Any = None, traceback: Any = None) -> Any:
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
        awaitable = self.app(side.scope, bind(RECEIVE, side), bind(SEND, side))
        kind = type(awaitable)
        if kind is not CoroutineType and kind is not GeneratorType:
            awaitable = awaitable.__await__()
            if not hasattr(awaitable, "send"):
                awaitable = drive(awaitable)
        self.awaitable = awaitable

    # For the eyes of asyncio and of people: Task.get_stack(), repr(task).

    @property
    def cr_frame(self) -> Any:
        return getattr(self.awaitable, "cr_frame", None)

    @property
    def cr_code(self) -> Any:
        return getattr(self.awaitable, "cr_code", None)

    @property
    def cr_running(self) -> Any:
        return getattr(self.awaitable, "cr_running", False)

    @property
    def cr_await(self) -> Any:
        return getattr(self.awaitable, "cr_await", None)


def drive(iterator: Any) -> Any:
    """A generator over an iterator that has no send() and throw() of its own."""
    return (yield from iterator)
