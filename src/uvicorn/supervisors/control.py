"""Messages between a supervisor and a worker, over two pipes, one each way.

    worker to supervisor    Ready once it serves; Alive from a thread, again and again; Blocked when
                            its event loop has stood still for a while; Retiring when it has
                            reached a limit and wants a successor
    supervisor to worker    Stop, ReopenLogs

The end of a pipe means that the other side is gone. So each side keeps only its own ends open.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import threading
from multiprocessing.connection import Connection
from typing import NamedTuple


class Ready(NamedTuple):
    """The worker serves."""


class Alive(NamedTuple):
    """The process answers. For `blocked` seconds its event loop has not turned.

    `cpu` is how many seconds of CPU time it has used so far.
    """

    blocked: float = 0.0
    cpu: float = 0.0


class Blocked(NamedTuple):
    """The event loop has stood still for `seconds`; the stacks are in their own pipe."""

    seconds: float


class Retiring(NamedTuple):
    """The worker serves on until its successor does."""

    reason: str


class Stop(NamedTuple):
    """End in good order. With a successor, clients have time to move to it by themselves."""

    has_successor: bool = False


class ReopenLogs(NamedTuple):
    """Log files were renamed: open them anew."""


Message = Ready | Alive | Blocked | Retiring | Stop | ReopenLogs

# The most messages that are read at a time: a worker that sends more must not delay the others.
MOST_AT_ONCE = 100

# Every message of ours is one of these; anything else is not from us.
KINDS = (Ready, Alive, Blocked, Retiring, Stop, ReopenLogs)


class Link:
    """One side of the two pipes. It may be passed to a process that is being spawned."""

    def __init__(
        self, reader: Connection[object, object], writer: Connection[object, object]
    ) -> None:
        self.reader = reader
        self.writer = writer
        # In a worker, its event loop and the thread that answers both send.
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[object, ...]:
        return Link, (self.reader, self.writer)

    def never_block(self) -> None:
        """Lose a message rather than wait for a reader that does not read."""
        if sys.platform != "win32":
            os.set_blocking(self.writer.fileno(), False)

    def send(self, message: Message) -> bool:
        """Send it; returns False if the other side is gone, or there is no room."""
        with contextlib.suppress(OSError), self._lock:
            self.writer.send(message)
            return True
        return False

    def receive(self) -> Message | None:
        """Wait for the next message; None when the other side is gone."""
        try:
            message = self.reader.recv()
        except (EOFError, OSError):
            return None
        return message if isinstance(message, KINDS) else None

    def received(self) -> list[Message]:
        """The messages that have come, in order; MOST_AT_ONCE at most, the rest next time."""
        messages: list[Message] = []
        with contextlib.suppress(OSError):
            while len(messages) < MOST_AT_ONCE and not self.reader.closed and self.reader.poll():
                message = self.receive()
                if message is None:
                    # Otherwise each wait() for it would return at once, for ever.
                    self.reader.close()
                    break
                messages.append(message)
        return messages

    def close(self) -> None:
        self.reader.close()
        self.writer.close()


def linked() -> tuple[Link, Link]:
    """The two sides of a new link."""
    from_worker, to_supervisor = multiprocessing.Pipe(duplex=False)
    from_supervisor, to_worker = multiprocessing.Pipe(duplex=False)
    return Link(from_worker, to_worker), Link(from_supervisor, to_supervisor)
