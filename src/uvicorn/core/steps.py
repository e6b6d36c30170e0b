"""What Python and C do in different ways, and nothing else: steps, tasks, versions of classes.

This module, `octets`, `utf8` and `frames` have compiled twins that are written separately. Every
other module of the core is compiled from its `.py`.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from .._shapes import Steps
    from .._types import ASGIReceiveEvent

T = TypeVar("T")

# Typed by hand: eager_start and context are not there in Python 3.10.
Task: Callable[..., asyncio.Task[None]] = asyncio.Task


def get_ident() -> int:
    """The number of the running thread."""
    return threading.get_ident()


class Returned:
    """What step() returns at the end: `value` is what the coroutine has returned."""

    def __init__(self, value: object) -> None:
        self.value = value


def step(awaitable: Steps) -> object:
    """Run a coroutine up to its next wait; returns what it waits for, or a Returned.

    C can do that without an exception: 34,900 to 30,200 instructions a request.
    """
    try:
        return awaitable.send(None)
    except StopIteration as stop:
        return Returned(stop.value)


def bind(method: Callable[..., object], instance: object) -> Any:
    """`method` bound to `instance`. Pure classes have subclasses, so it is looked up by name."""
    return getattr(instance, method.__name__)


def run_in(context: contextvars.Context, callback: Callable[[T], object], value: T) -> None:
    context.run(callback, value)


class Given:
    """The base of an awaitable that gives one message. C gives it without a traceback."""

    # None means not a future yet, so that asyncio.gather() and the like make a task of it.
    _asyncio_future_blocking: bool | None = None

    def __init__(self) -> None:
        self.waits = False

    def poll(self) -> ASGIReceiveEvent | None:
        """The message; or None: it waits for one if `waits`, else for a pass of the loop."""
        raise NotImplementedError

    def __next__(self) -> object:
        message = self.poll()
        if message is not None:
            raise StopIteration(message)
        return self if self.waits else None


class EagerTasks:
    """Makes tasks that run up to their first wait, each in its own copy of one context."""

    def __init__(self, loop: asyncio.AbstractEventLoop, context: contextvars.Context) -> None:
        self.loop = loop
        self.context = context

    def start(self, coroutine: Coroutine[object, None, None]) -> asyncio.Task[None] | None:
        """Returns the task, or None where its first step was the last."""
        context = self.context.copy()
        task = Task(coroutine, loop=self.loop, eager_start=True, context=context)
        return None if task.done() else task


class TypeVersions:
    """After note(), are_known() returns whether nothing in some classes has changed since.

    CPython counts changes for its own caches. Python code cannot see that: it is never known here.
    """

    def __init__(self, kinds: tuple[type, ...]) -> None:
        self.kinds = kinds

    def are_known(self) -> bool:
        return False

    def note(self) -> None: ...
