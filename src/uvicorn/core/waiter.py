"""What receive() returns: it gives the message when there is one, and waits until then.

As an awaitable it also passes for a coroutine, so that asyncio.create_task() accepts it. While it
waits it also is a future for asyncio's tasks: with a real future the task would go on in the next
pass of the loop, which costs the pass. When a message comes from the transport no task is
running, so the task's next step can run at once, as an eager task's first one does.

An app that calls receive() again after the disconnect gets it again, but waits a pass of the loop
for it: an app that never looks at what it receives must not stop the loop.

For a task, an object with `_asyncio_future_blocking` and these methods is a future; the protocol
is that of asyncio.isfuture() and the same in all Pythons since 3.5.
"""

from __future__ import annotations

import asyncio
import contextvars
from asyncio import CancelledError, current_task
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, NoReturn

from .interfaces import MessageSource
from .steps import Given, run_in

if TYPE_CHECKING:
    from .._shapes import Thrown
    from .._types import ASGIReceiveEvent


def new_waiter(source: MessageSource, loop: asyncio.AbstractEventLoop) -> Waiter:
    """As calling the class; compiled, this saves a tuple of arguments and their parsing."""
    waiter = Waiter.__new__(Waiter)
    waiter.prepare(source, loop)
    return waiter


class Waiter(Given):
    """For one message, and the one task that awaits it."""

    def __init__(self, source: MessageSource, loop: asyncio.AbstractEventLoop) -> None:
        self.prepare(source, loop)

    def prepare(self, source: MessageSource, loop: asyncio.AbstractEventLoop) -> None:
        self.source = source
        self.loop = loop
        self.callback: Callable[[Waiter], object] | None = None
        self.context: contextvars.Context | None = None
        self.waits = False
        self.has_paused = False
        self.was_cancelled = False
        self.message: object = None

    def wake(self) -> None:
        """Let the task go on: now if no task is running, else in the next pass of the loop."""
        if not self.waits:
            return
        self.waits = False
        context = self.context
        if context is None or self.callback is None or current_task(self.loop) is not None:
            self.call_soon()
        else:
            run_in(context, self.callback, self)

    def call_soon(self) -> None:
        if self.callback is not None:
            self.loop.call_soon(self.callback, self, context=self.context)

    # For the coroutine or the task that awaits it.

    def __await__(self) -> Generator[object, None, ASGIReceiveEvent]:
        return self

    def __iter__(self) -> Waiter:
        return self

    def poll(self) -> ASGIReceiveEvent | None:
        source = self.source
        if source.has_message():
            if source.disconnect_told and not self.has_paused:
                self.has_paused = True
                return None
            return source.next_message()
        # No message yet; or another task was faster.
        self.waits = True
        self.callback = None
        self._asyncio_future_blocking = True
        if source.waiters is None:
            source.waiters = []
        source.waiters.append(self)
        return None

    def send(self, value: None) -> object:
        return next(self)

    def throw(self, kind: Thrown, value: Thrown = None, traceback: object = None) -> NoReturn:
        self.stop_waiting()
        raise kind if value is None else value

    def close(self) -> None:
        self.stop_waiting()

    def stop_waiting(self) -> None:
        """Stop waiting; what comes is for others."""
        self.waits = False
        if self.source.waiters is not None and self in self.source.waiters:
            self.source.waiters.remove(self)

    # For the task, as a future.

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self.loop

    def add_done_callback(
        self, callback: Callable[[Waiter], object], *, context: contextvars.Context | None = None
    ) -> None:
        self.callback = callback
        self.context = context

    def remove_done_callback(self, callback: Callable[[Waiter], object]) -> int:
        known = self.callback == callback
        if known:
            self.callback = self.context = None
        return int(known)

    def cancel(self, msg: object = None) -> bool:
        if not self.waits:
            return False
        self.stop_waiting()
        self.was_cancelled = True
        self.message = msg
        self.call_soon()
        return True

    def done(self) -> bool:
        return not self.waits

    def cancelled(self) -> bool:
        return self.was_cancelled

    def result(self) -> None:
        if self.was_cancelled:
            # The code that cancels may recognise it by the message, as anyio's scopes do.
            raise CancelledError() if self.message is None else CancelledError(self.message)

    def exception(self) -> None:
        self.result()
