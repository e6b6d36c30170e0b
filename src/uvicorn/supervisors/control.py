"""What a supervisor and a worker say to each other: small messages over two pipes, one each way.

    worker to supervisor    Ready once it serves; Alive from a thread, again and again; Blocked when
                            its event loop has stood still for a while; Retiring when it has
                            reached a limit and wants a successor
    supervisor to worker    Stop, ReopenLogs

The end of a pipe says that the other side is gone. So each side keeps its own ends alone.
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
    """The event loop has stood still for so many seconds; the stacks are in their pipe."""

    seconds: float


class Retiring(NamedTuple):
    """The worker serves on until its successor does."""

    reason: str


class Stop(NamedTuple):
    """End in good order. With a successor, clients have time to go there by themselves."""

    has_successor: bool = False


class ReopenLogs(NamedTuple):
    """Log files were renamed: open them anew."""


Message = Ready | Alive | Blocked | Retiring | Stop | ReopenLogs

# The most messages that are taken at a time: who says more must not keep the others waiting.
MOST_AT_ONCE = 100

# All that comes over a link is one of these, or it is not from us.
KINDS = (Ready, Alive, Blocked, Retiring, Stop, ReopenLogs)


class Link:
    """One side of the two pipes. It may be passed to a process that is being spawned."""

    def __init__(
        self, reader: Connection[object, object], writer: Connection[object, object]
    ) -> None:
        self.reader = reader
        self.writer = writer
        # In a worker its event loop speaks, and the thread that answers.
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[object, ...]:
        return Link, (self.reader, self.writer)

    def never_block(self) -> None:
        """Rather lose a message than wait for a reader that does not read."""
        if sys.platform != "win32":
            os.set_blocking(self.writer.fileno(), False)

    def send(self, message: Message) -> bool:
        """Say it; whether there was still somebody to hear it, and room for it."""
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
        """What has come by now, in order; the rest of very much the next time."""
        messages: list[Message] = []
        with contextlib.suppress(OSError):
            while len(messages) < MOST_AT_ONCE and not self.reader.closed and self.reader.poll():
                message = self.receive()
                if message is None:
                    # Else it would wake whoever waits for it, for ever.
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
