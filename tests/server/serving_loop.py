"""A server inside the running loop, and requests to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import uvicorn

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


@contextlib.asynccontextmanager
async def serving(server: uvicorn.Server, **arguments: Any) -> AsyncIterator[asyncio.Task[None]]:
    """`server.serve()` in a task, from when it listens; told to end, and awaited, at the end."""
    task = asyncio.ensure_future(server.serve(**arguments))
    await until(lambda: server.started or task.done())
    try:
        yield task
    finally:
        server.should_exit = True
        await asyncio.wait_for(asyncio.wait([task]), 60)
    task.result()


async def serve_for_a_while(server: uvicorn.Server) -> None:
    """`server.serve()`, where it should not start; if it does it is told to end."""
    asyncio.get_running_loop().call_later(10, setattr, server, "should_exit", True)
    await server.serve()


async def until(done: Callable[[], Any], seconds: float = 60.0) -> None:
    """Let the loop run until `done()`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not done():
        assert asyncio.get_running_loop().time() < deadline, "It has not come true in time."
        await asyncio.sleep(0)


def port_of(server: uvicorn.Server) -> int:
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


class Client:
    """One connection; a response is read up to the end of its Content-Length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, server: uvicorn.Server) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port_of(server)))

    def send(self, data: bytes = REQUEST) -> None:
        self.writer.write(data)

    async def response(self) -> tuple[int, bytes]:
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 60)
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        return int(head.split()[1]), await asyncio.wait_for(self.reader.readexactly(length), 60)

    async def rest(self) -> bytes:
        """All until the server closes."""
        return await asyncio.wait_for(self.reader.read(), 60)

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


async def ask(server: uvicorn.Server) -> tuple[int, bytes]:
    """One request on a connection of its own."""
    client = await Client.connect(server)
    client.send()
    try:
        return await client.response()
    finally:
        await client.close()
