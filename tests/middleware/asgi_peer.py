"""The server's side of a call, played by a test: what the app receives, and what it has sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from tests.apps.serving import until

Message = dict[str, Any]


def http_scope(method: str = "GET", headers: Iterable[Any] = (), **fields: Any) -> Any:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 1234),
        "server": ("127.0.0.1", 8000),
        **fields,
    }


def body_in_parts(*parts: bytes) -> list[Message]:
    """The messages of a request whose body comes so."""
    last = len(parts)
    return [
        {"type": "http.request", "body": part, "more_body": number != last}
        for number, part in enumerate(parts, 1)
    ]


class Peer:
    """Gives `messages`, then waits for leave() and says http.disconnect; takes what is sent.

    What is to happen on a message that is sent, `on_send` does, in the loop.
    """

    def __init__(
        self,
        messages: Iterable[Message] = ({"type": "http.request", "body": b""},),
        on_send: Callable[[Message], None] = lambda message: None,
    ) -> None:
        self.messages = iter(messages)
        self.on_send = on_send
        self.received = 0
        self.sent: list[Message] = []
        self.left = asyncio.Event()

    async def receive(self) -> Any:
        for message in self.messages:
            self.received += 1
            return message
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        # Others have time to do what they should not do yet.
        await asyncio.sleep(0)
        self.on_send(message)
        self.sent.append(message)

    def leave(self) -> None:
        self.left.set()

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def parts(self) -> list[bytes]:
        return [message["body"] for message in self.sent[1:]]

    @property
    def is_whole(self) -> bool:
        return bool(self.sent) and not self.sent[-1].get("more_body", True)


def call(app: Any, peer: Peer | None = None, scope: dict[str, Any] | None = None) -> Peer:
    """One call of an ASGI app, to its end; raises what it raises."""
    peer = peer or Peer()
    run(app(scope or http_scope(), peer.receive, peer.send))
    return peer


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    async def within_time() -> None:
        await asyncio.wait_for(coroutine, 20)

    asyncio.run(within_time())


async def until_true(ask: Callable[[], Any]) -> None:
    """As until(), for the loop's own thread: it goes on meanwhile."""
    await asyncio.get_running_loop().run_in_executor(None, until, ask)
