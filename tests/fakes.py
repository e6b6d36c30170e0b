"""Fakes for what the core touches of the world: a transport, and a loop with a clock to set.

Both behave as asyncio's own where the core can see them, and keep a record of all else.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from typing import Any

HIGH_WATER = 64 * 1024
START = 1000.0


class SteppedLoop(asyncio.SelectorEventLoop):
    """A real loop whose clock stands still until advance(); its timers go by that clock."""

    def __init__(self) -> None:
        self.now = START
        super().__init__()
        self.errors: list[dict[str, Any]] = []
        self.set_exception_handler(lambda loop, context: self.errors.append(context))

    def time(self) -> float:
        return self.now

    async def passes(self, count: int = 12) -> None:
        """Let the loop go round so often: whatever can go on without waiting has done so."""
        for _ in range(count):
            await asyncio.sleep(0)

    async def advance(self, seconds: float, step: float = 0.25) -> None:
        """Let time go by in steps, so that what sets itself a timer again is called again."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(self.now + step, end)
            await self.passes(3)
        await self.passes()


class FakeTransport(asyncio.Transport):
    """A socket's transport, without the socket.

    What the server writes arrives at once, unless `client_reads` is false: then it stays in the
    buffer, and the protocol is paused above `high_water`, until take(). As in asyncio, close()
    lets the buffer leave first, connection_lost() comes in a later pass of the loop, and
    a write after write_eof() raises. What is written after close() is kept in `late`; `threads`
    are those that have called.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        extra: dict[str, Any] | None = None,
        *,
        half_close: bool = True,
        high_water: int = HIGH_WATER,
    ) -> None:
        super().__init__(extra)
        self.loop = loop
        self.half_close = half_close
        self.high_water = high_water
        self.client_reads = True
        self.write_error: Exception | None = None
        self.writes: list[bytes] = []
        self.late: list[bytes] = []
        self.threads: set[int] = set()
        self.arrived = bytearray()
        self.buffer = bytearray()
        self.reading = True
        self.paused_reading = 0
        self.closing = False
        self.aborted = False
        self.eof_written = False
        self.lost = False
        self.full = False

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def get_protocol(self) -> Any:
        return self.protocol

    # For the server.

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.threads.add(threading.get_ident())
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data argument must be bytes, not {type(data).__name__}")
        if self.eof_written:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self.write_error is not None:
            raise self.write_error
        if self.closing:
            self.late.append(bytes(data))
            return
        self.writes.append(bytes(data))
        self.buffer += data
        if self.client_reads:
            self.leave()
        elif len(self.buffer) > self.high_water and not self.full:
            self.full = True
            self.protocol.pause_writing()

    def writelines(self, parts: Iterable[Any]) -> None:
        self.write(b"".join(parts))

    def write_eof(self) -> None:
        if not self.closing:
            self.eof_written = True

    def can_write_eof(self) -> bool:
        return self.half_close

    def pause_reading(self) -> None:
        self.reading = False
        self.paused_reading += 1

    def resume_reading(self) -> None:
        self.threads.add(threading.get_ident())
        if not self.closing:
            self.reading = True

    def is_reading(self) -> bool:
        return self.reading and not self.closing

    def get_write_buffer_size(self) -> int:
        return len(self.buffer)

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            self.reading = False
            if not self.buffer:
                self.loop.call_soon(self.lose, None)

    def abort(self) -> None:
        self.aborted = True
        self.closing = True
        self.reading = False
        self.buffer.clear()
        self.loop.call_soon(self.lose, None)

    # For the test.

    def take(self, size: int | None = None) -> None:
        """The client takes so many bytes, or all there are."""
        self.leave(size)

    def leave(self, size: int | None = None) -> None:
        size = len(self.buffer) if size is None else size
        self.arrived += self.buffer[:size]
        del self.buffer[:size]
        if self.full and len(self.buffer) <= self.high_water // 4:
            self.full = False
            self.protocol.resume_writing()
        if self.closing and not self.buffer:
            self.loop.call_soon(self.lose, None)

    def lose(self, error: Exception | None) -> None:
        """The connection is gone, by an error or because it was closed."""
        if not self.lost:
            self.lost = True
            self.closing = True
            self.buffer.clear()
            self.protocol.connection_lost(error)
