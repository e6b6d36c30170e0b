"""A loop and one AppInterface with messages of the test's own: all that a Waiter needs."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any

from tests.core.settings import core_settings
from tests.fakes import SteppedLoop
from uvicorn.state import ServerState

NewTask = Callable[..., "asyncio.Task[Any]"]


class World:
    """A loop, and one build's AppInterface with messages as the test puts them in."""

    def __init__(self, build: Any, new_task: NewTask, debug: bool) -> None:
        self.loop = SteppedLoop()
        self.loop.set_debug(debug)
        self.new_task = new_task
        self.letters: list[dict[str, Any]] = []
        self.events: list[Any] = []
        letters = self.letters

        class Mailbox(build.app_interface.AppInterface):  # type: ignore[misc]
            def has_message(self) -> bool:
                return bool(letters)

            def next_message(self) -> dict[str, Any]:
                return letters.pop(0)

        service = build.service.Service(None, core_settings(), ServerState(), {}, None)
        service.start(self.loop, contextvars.copy_context())
        self.mailbox = Mailbox({}, service)
        self.receive = self.mailbox.receive

    def start(self, coroutine: Any) -> Any:
        """A task that has come to its first wait."""
        task = self.new_task(coroutine, loop=self.loop)
        self.turn()
        return task

    def turn(self) -> None:
        self.loop.run_until_complete(self.loop.passes())
        assert not self.loop.errors

    def call(self, function: Callable[..., Any], *args: Any) -> None:
        """As a transport does: no task is running."""
        self.loop.call_soon(function, *args)
        self.turn()

    def put(self, *numbers: int) -> None:
        """Add messages, and say so."""
        self.letters += [{"number": number} for number in numbers]
        self.mailbox.wake()

    def post(self, *numbers: int) -> None:
        """As put(), with a note before and after."""
        self.events.append("before")
        self.put(*numbers)
        self.events.append("after")

    async def listen(self, count: int = 1, name: str = "") -> None:
        """Note the numbers that come, and a cancellation."""
        try:
            for _ in range(count):
                message = await self.receive()
                self.events.append(f"{name}{message['number']}")
        except asyncio.CancelledError as error:
            self.events.append((f"{name}cancelled", *error.args))
            raise
