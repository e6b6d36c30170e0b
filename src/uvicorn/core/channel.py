"""The writing half of a connection; it also pauses and resumes the reading half.

Bytes that belong together leave together: push() collects, write() collects and flushes.
While the channel is corked (a read is being handled) nothing leaves before uncork(), except
what exceeds the high-water mark. hold() is for a response head: it leaves with the bytes that
follow, at the latest in the next pass of the loop.

A writer whose client reads everything at once never has to wait for the transport. So that the
loop turns nevertheless, a writer that has had its TURN waits for one pass of it in drained().
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..wire import HIGH_WATER
from .octets import join

if TYPE_CHECKING:
    from .._shapes import Transport

# A head and one large chunk with its size and its end.
FEW_PARTS = 4

# Bytes that may be written while the loop stands still; each write counts as so many more.
TURN = 262144
WRITE_COST = 256


class Channel:
    def __init__(self, transport: Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport = transport
        self.transport_write = transport.write
        self.loop = loop
        self.pending: list[bytes] = []
        self.pending_size = 0
        self.turn_size = 0
        self.corked = False
        self.flush_scheduled = False
        self.writable = True
        self.reading = True
        self.closing = False
        self.closed = False
        self.stalled_since = 0.0
        self.stalled_size = 0
        self.space: asyncio.Event | None = None

    def cork(self) -> None:
        self.corked = True
        self.turn_size = 0

    def uncork(self) -> None:
        self.corked = False
        if self.pending_size:
            self.flush()

    def push(self, data: bytes) -> None:
        """Collect bytes; more bytes follow at once."""
        self.pending.append(data)
        self.pending_size += len(data)

    def write(self, data: bytes) -> None:
        self.pending.append(data)
        self.pending_size += len(data)
        self.turn_size += WRITE_COST
        if not self.corked or self.pending_size > HIGH_WATER:
            self.flush()

    def release(self) -> None:
        """Send what was held: nothing follows it."""
        if self.pending_size and not self.corked:
            self.flush()

    def hold(self, data: bytes) -> None:
        """Collect bytes that may wait for the next ones, but not for long."""
        self.pending.append(data)
        self.pending_size += len(data)
        if not self.corked and not self.flush_scheduled:
            self.flush_scheduled = True
            self.loop.call_soon(self.flush_held)

    def flush_held(self) -> None:
        self.flush_scheduled = False
        if self.pending_size:
            self.flush()

    def flush(self) -> None:
        parts = self.pending
        size = self.pending_size
        self.turn_size += size
        if self.closing:
            parts.clear()
            self.pending_size = 0
            return
        self.pending_size = 0
        if len(parts) == 1:
            data = parts[0]
            parts.clear()
            self.transport_write(data)
        elif size <= HIGH_WATER or len(parts) > FEW_PARTS:
            data = join(parts)
            parts.clear()
            self.transport_write(data)
        else:
            # Large bodies are not copied. Not by writelines(): asyncio's has no flow control
            # in Python 3.12 and 3.13, and after a reset it may watch a socket that is gone.
            self.pending = []
            for part in parts:
                self.transport_write(part)

    def is_full(self) -> bool:
        """Whether a writer should wait for drained()."""
        return not self.writable or self.turn_size > TURN

    async def drained(self) -> None:
        """Wait until the transport has room again, or is gone; and let others have a turn."""
        if self.turn_size > TURN:
            self.turn_size = 0
            await asyncio.sleep(0)
        while not self.writable and not self.closed:
            if self.space is None:
                self.space = asyncio.Event()
            await self.space.wait()

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        self.wake()

    def wake(self) -> None:
        if self.space is not None:
            self.space.set()
            self.space = None

    def pause_reading(self) -> None:
        if self.reading and not self.closed:
            self.reading = False
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        if not self.reading and not self.closed:
            self.reading = True
            self.transport.resume_reading()

    def is_stalled(self, now: float, seconds: float) -> bool:
        """Whether bytes wait for a client that has read none of them for so many seconds."""
        if self.closed or (self.writable and not self.closing):
            self.stalled_since = 0.0
            return False
        size = self.transport.get_write_buffer_size()
        if size == 0 or size != self.stalled_size or self.stalled_since == 0.0:
            self.stalled_since = now
            self.stalled_size = size
            return False
        return now - self.stalled_since >= seconds

    def end_writing(self) -> bool:
        """Send what is left and end our half; returns whether the transport can do that."""
        if self.pending_size:
            self.flush()
        if self.closing or not self.transport.can_write_eof():
            return False
        self.closing = True
        self.transport.write_eof()
        return True

    def is_drained(self) -> bool:
        """Whether the transport has sent all that it was given."""
        return self.closed or self.transport.get_write_buffer_size() == 0

    def close(self) -> None:
        """Send what is left, then close."""
        if self.pending_size:
            self.flush()
        if not self.closed:
            self.closing = True
            self.transport.close()

    def abort(self) -> None:
        """Close now; what was not sent is lost."""
        self.pending = []
        self.pending_size = 0
        if not self.closed:
            self.closing = True
            self.transport.abort()

    def lost(self) -> None:
        """The transport is gone: nothing leaves any more, nobody waits any more."""
        self.closing = True
        self.closed = True
        self.pending = []
        self.pending_size = 0
        self.wake()
