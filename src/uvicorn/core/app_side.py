"""What an app is called with, a scope, receive() and send(), and how its call ends.

The waiting is the same for HTTP and WebSocket. receive() and send() may be called in a thread
that hands coroutines to the loop.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable
from typing import Any

from .interfaces import News
from .service import Service
from .steps import get_ident
from .waiter import new_waiter

if sys.version_info >= (3, 12):
    from inspect import markcoroutinefunction
else:

    def markcoroutinefunction(function: Any) -> None:
        """Before 3.12 there is no mark, and a compiled function cannot be given asyncio's own."""


class AppSide(News):
    def __init__(self, scope: dict[str, Any], service: Service) -> None:
        super().__init__()
        self.scope = scope
        self.service = service

    # What a subclass fills in, beside has_news() and next_message().

    def asked(self) -> None:
        """The app has called receive()."""

    def take(self, message: dict[str, Any]) -> Awaitable[None]:
        """Act on a message of the app's; RuntimeError if it may not come."""
        raise NotImplementedError

    def app_returned(self, result: Any) -> None:
        """The app has come back: was all said, and nothing else?"""
        raise NotImplementedError

    def app_failed(self, error: BaseException) -> None:
        """The app has raised: say so in the log, and to a peer that waits."""
        raise NotImplementedError

    # The app.

    def receive(self) -> Awaitable[dict[str, Any]]:
        if get_ident() != self.service.thread:
            return self.receive_in_loop()
        self.asked()
        return new_waiter(self, self.service.loop)

    async def receive_in_loop(self) -> dict[str, Any]:
        return await self.receive()

    def wake(self) -> None:
        """Let those go on who wait in receive(), as long as there is something for them."""
        waiters = self.waiters
        while waiters and self.has_news():
            waiter = waiters.pop(0)
            waiter.wake()

    def send(self, message: dict[str, Any]) -> Awaitable[None]:
        if get_ident() != self.service.thread:
            return self.send_in_loop(message)
        if type(message) is not dict:
            message = dict(message)
        return self.take(message)

    async def send_in_loop(self, message: dict[str, Any]) -> None:
        await self.send(message)


# What they answer passes for a coroutine, and so they for coroutine functions: asgiref's
# async_to_sync(), which WsgiToAsgi calls with send(), looks for that and warns of all else.
markcoroutinefunction(AppSide.receive)
markcoroutinefunction(AppSide.send)
