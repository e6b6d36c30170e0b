"""What receive() answers, alone: an awaitable, a coroutine and a future to asyncio's tasks."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from tests.fakes import SteppedLoop

VARIABLE = contextvars.ContextVar("VARIABLE", default="of nobody")
NewTask = Callable[..., "asyncio.Task[Any]"]


def c_task(coroutine: Any, loop: Any) -> Any:
    return asyncio.Task(coroutine, loop=loop)


def python_task(coroutine: Any, loop: Any) -> Any:
    return asyncio.tasks._PyTask(coroutine, loop=loop)  # type: ignore[attr-defined]


class World:
    """A loop, and one build's News and Waiters of it."""

    def __init__(self, build: Any, new_task: NewTask, debug: bool) -> None:
        self.loop = SteppedLoop()
        self.loop.set_debug(debug)
        self.new_task = new_task
        self.new_waiter = build.waiter.new_waiter

        class Mailbox(build.app_side.AppSide):
            """Messages as the test puts them in."""

            def has_news(self) -> bool:
                return bool(self.letters)

            def next_message(self) -> dict[str, Any]:
                return self.letters.pop(0)

        self.news = Mailbox({}, build.service.Service(None, SETTINGS, None, {}, None))
        self.news.letters = []

    def waiter(self) -> Any:
        return self.new_waiter(self.news, self.loop)

    def task(self, coroutine: Any) -> Any:
        task = self.new_task(coroutine, self.loop)
        self.turn()
        return task

    def turn(self) -> None:
        self.loop.run_until_complete(self.loop.passes())

    def put(self, *numbers: int) -> None:
        """News, as they come from the transport: no task is running."""
        self.loop.call_soon(self.put_and_wake, *numbers)
        self.turn()

    def put_and_wake(self, *numbers: int) -> None:
        self.news.letters += [{"number": number} for number in numbers]
        self.news.wake()


SETTINGS = __import__("uvicorn.state").state.Settings()
