"""Every message between server and app as a line of the log `uvicorn.asgi`, at level TRACE.

Payloads are never shown: a body is its size, headers and state are `<...>`.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from .._types import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    ASGISendEvent,
    Scope,
)
from ..logging import TRACE_LOG_LEVEL

# What the log shows in place of a payload; only some are shown by their length.
PLACEHOLDER_FORMAT = {
    "body": "<{length} bytes>",
    "bytes": "<{length} bytes>",
    "text": "<{length} chars>",
    "headers": "<...>",
    "state": "<...>",
}


class MessageLoggerMiddleware:
    """Lines are "client:port - ASGI [number] what"; each call of the app has a number."""

    def __init__(self, app: ASGI3Application) -> None:
        self.app: Callable[..., Awaitable[object]] = app
        self.logger = logging.getLogger("uvicorn.asgi")
        self.numbers = itertools.count(1)

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> Any:  # None, if the app is correct
        prefix = prefix_of(scope, next(self.numbers))

        def log(what: str, *args: object) -> None:
            self.logger.log(TRACE_LOG_LEVEL, f"%s {what}", prefix, *args)

        async def logged_receive() -> ASGIReceiveEvent:
            message = await receive()
            log("Receive %s", Shown(message))
            return message

        async def logged_send(message: ASGISendEvent) -> None:
            log("Send %s", Shown(message))
            await send(message)

        log("Started scope=%s", Shown(scope))
        try:
            # It must be None; if it is not, the server logs that.
            result = await self.app(scope, logged_receive, logged_send)
        except BaseException:
            log("Raised exception")
            raise
        log("Completed")
        return result


def prefix_of(scope: Scope, number: int) -> str:
    client = scope.get("client")
    if isinstance(client, (tuple, list)):
        return f"{client[0]}:{client[1]} - ASGI [{number}]"
    return f"ASGI [{number}]"


class Shown:
    """A message or scope as the log shows it; made into text only if someone logs it."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self.fields = message_with_placeholders(fields)

    def __str__(self) -> str:
        return str(self.fields)


def message_with_placeholders(message: Mapping[str, object]) -> dict[str, object]:
    """A copy of the message, or scope, without its payload."""
    return {name: without_payload(name, value) for name, value in message.items()}


def without_payload(name: str, value: object) -> object:
    if name not in PLACEHOLDER_FORMAT or value is None:
        return value
    if "{length}" not in PLACEHOLDER_FORMAT[name]:
        return PLACEHOLDER_FORMAT[name]
    if isinstance(value, (bytes, bytearray, memoryview, str)):
        return PLACEHOLDER_FORMAT[name].format(length=len(value))
    # A mistake of the app, which the server reports.
    return f"<{type(value).__name__}>"
