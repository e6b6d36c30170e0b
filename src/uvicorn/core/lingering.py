"""The end of a connection that we close before the client has sent all.

The client must still be able to read our last response: a close with unread bytes in the kernel
would be a reset, and the client would lose it. So our half is closed, what comes is thrown away,
and after LINGER_SECONDS the connection is aborted, unless the response is still being sent.
"""

from __future__ import annotations

from .connection import Connection
from .interfaces import Handler, Stream
from .service import LINGER_SECONDS


class LingeringClose(Handler):
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.channel = connection.channel
        self.server_ends = False
        self.channel.resume_reading()
        if self.channel.end_writing():
            connection.set_deadline(LINGER_SECONDS)
        else:
            self.channel.close()

    def data_received(self, data: bytes) -> None:
        """Too late."""

    def eof_received(self) -> None:
        self.channel.close()

    def connection_lost(self) -> None: ...

    def writable(self) -> None: ...

    def resume(self) -> None: ...

    def stream_ended(self, stream: Stream) -> None: ...

    def deadline_reached(self) -> None:
        if self.channel.is_drained():
            self.channel.abort()
        else:
            # The client still reads our response; if not, it counts as stalled.
            self.connection.set_deadline(LINGER_SECONDS)

    def shutdown(self) -> None:
        self.server_ends = True

    def end_silence(self) -> None:
        """A close that has only just begun has until the next call."""
        if self.server_ends and self.channel.is_drained():
            self.channel.abort()
        self.server_ends = True

    def end_grace(self) -> None:
        self.channel.close()
