"""WebSocket apps that many tests use, and the messages they send."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import anyio

from tests.core.apps import body as http_body
from tests.core.apps import start as http_start

Message = dict[str, Any]
CONNECT = {"type": "websocket.connect"}


def accept(subprotocol: str | None = None, headers: Iterable[Any] | None = None) -> Message:
    message: Message = {"type": "websocket.accept"}
    if subprotocol is not None:
        message["subprotocol"] = subprotocol
    if headers is not None:
        message["headers"] = headers
    return message


def say(data: str | bytes) -> Message:
    return {"type": "websocket.send", "text" if isinstance(data, str) else "bytes": data}


def close(code: int | None = None, reason: str | None = None) -> Message:
    message: Message = {"type": "websocket.close"}
    if code is not None:
        message["code"] = code
    if reason is not None:
        message["reason"] = reason
    return message


def heard(data: str | bytes) -> Message:
    """What receive() gives for a message of the peer's."""
    return {"type": "websocket.receive", "text" if isinstance(data, str) else "bytes": data}


def gone(code: int, reason: str = "") -> Message:
    return {"type": "websocket.disconnect", "code": code, "reason": reason}


def start(status: int = 401, headers: Iterable[Any] = ()) -> Message:
    return {"type": "websocket.http.response.start", "status": status, "headers": headers}


def body(data: Any = b"", more: bool = False) -> Message:
    return {"type": "websocket.http.response.body", "body": data, "more_body": more}


class Listener:
    """An app that accepts and keeps what it gets until the peer is gone.

    `steps`, if it is given, must be released once for each receive() after the first.
    """

    def __init__(self, *first: Message, steps: asyncio.Semaphore | None = None) -> None:
        self.first = first or (accept(),)
        self.steps = steps
        self.got: list[Message] = []
        self.scope: Any = None
        self.send: Any = None
        self.receive: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.receive, self.send = scope, receive, send
        self.got.append(await receive())
        for message in self.first:
            await send(message)
        while self.got[-1]["type"] != "websocket.disconnect":
            if self.steps is not None:
                await self.steps.acquire()
            self.got.append(await receive())

    def step(self, count: int = 1) -> None:
        assert self.steps is not None
        for _ in range(count):
            self.steps.release()

    @property
    def messages(self) -> list[Any]:
        """The data of all messages, in their order."""
        received = [message for message in self.got if message["type"] == "websocket.receive"]
        return [message.get("text", message.get("bytes")) for message in received]

    @property
    def disconnect(self) -> Message | None:
        last = self.got[-1]
        return last if last["type"] == "websocket.disconnect" else None


def slow(*first: Message) -> Listener:
    """A Listener that reads as the test lets it."""
    return Listener(*first, steps=asyncio.Semaphore(0))


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send(accept())
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        await send(say(message["text"] if "text" in message else message["bytes"]))


def says(*messages: Message) -> Any:
    """An app that sends these, then waits for the end."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)
        while (await receive())["type"] != "websocket.disconnect":
            pass

    return app


def accepted(body: Any) -> Any:
    """An app that accepts and then does this with its receive() and send()."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == CONNECT
        await send(accept())
        await body(receive, send)

    return app


class Calls:
    """An app for both protocols that keeps what it was called for."""

    def __init__(self) -> None:
        self.types: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.types.append(scope["type"])
        if scope["type"] == "websocket":
            await echo(scope, receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        await send(http_start(200, [(b"content-length", b"4")]))
        await send(http_body(b"http"))


def told(messages: Iterable[Message]) -> list[str]:
    """The texts among what receive() gave."""
    return [message["text"] for message in messages if "text" in message]


async def pause(seconds: float) -> None:
    """Until the test moves its clock on so far."""
    with anyio.move_on_after(seconds):
        await asyncio.Event().wait()
