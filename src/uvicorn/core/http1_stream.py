"""The writing side of an HTTP/1 connection: one response after the other.

The head waits in the channel for what follows it, so that a response known in one step is
one write. A body is delimited by its length, by chunks, or by the end of the connection.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from .connection import Connection
from .encode import DefaultHeaders, HeadEncoder
from .handshake import switch_fields
from .interfaces import Handler, RequestHead, Stream
from .lingering import LingeringClose

if TYPE_CHECKING:
    from .._shapes import Fields

LAST_CHUNK = b"0\r\n\r\n"


class Http1Stream(Stream):
    def __init__(self, connection: Connection, defaults: DefaultHeaders, handler: Handler) -> None:
        self.connection = connection
        self.channel = connection.channel
        self.encoder = HeadEncoder(defaults)
        self.handler = handler
        self.minor = 1
        self.is_head = False
        self.is_connect = False
        self.keep_alive = True
        self.head_sent = False
        # The fields of 101 for the key of a WebSocket's client.
        self.switch_fields: Fields = []

    def start(self, method: str, minor: int, keep_alive: bool) -> None:
        """Be ready for the response to the next request."""
        self.minor = minor
        self.is_head = method == "HEAD"
        # The codec lets no request follow a CONNECT.
        self.is_connect = not keep_alive and method == "CONNECT"
        self.keep_alive = keep_alive
        self.head_sent = False
        self.encoder.until_close = False

    def send_head(self, status: int, headers: Fields) -> int:
        encoder = self.encoder
        encoder.close = not self.keep_alive
        encoder.tunnel = self.is_connect
        head = encoder.encode(status, headers, self.minor, self.is_head)
        self.keep_alive = not encoder.close
        self.head_sent = True
        if self.is_connect and status < 300:
            self.is_head = True
        self.channel.hold(head)
        return encoder.length

    def send_body(self, data: bytes, end: bool) -> None:
        channel = self.channel
        if not self.encoder.chunked:
            if data:
                channel.write(data)
            elif end:
                channel.release()
        elif data:
            channel.push(b"%x\r\n" % len(data))
            channel.push(data)
            channel.write(b"\r\n0\r\n\r\n" if end else b"\r\n")
        elif end:
            channel.write(LAST_CHUNK)
        if end:
            self.handler.stream_ended(self)

    def prepare_accept(self, head: RequestHead) -> None:
        self.switch_fields = switch_fields(head.headers)

    def hand_over(self, handler: Handler) -> None:
        self.handler = self.connection.handler = handler
        self.connection.speaks = "WebSocket"

    def send_accept(self, headers: Fields) -> None:
        head = self.encoder.encode_switch(self.switch_fields + headers)
        self.encoder.chunked = False
        self.head_sent = True
        self.channel.write(head)

    def send_together(self, head: bytes, data: bytes) -> None:
        self.channel.push(head)
        self.channel.write(data)

    def send_informational(self, status: int, headers: Fields) -> None:
        self.channel.write(self.encoder.encode_informational(status, headers))

    def abort(self) -> None:
        self.keep_alive = False
        if self.encoder.until_close and self.head_sent:
            # Only a reset shows this client that the body is not whole.
            self.channel.abort()
        else:
            self.channel.close()

    def finish_connection(self) -> None:
        if self.head_sent:
            handler = self.handler
            handler.shutdown()
        else:
            self.keep_alive = False

    def linger(self) -> None:
        self.connection.handler = LingeringClose(self.connection)

    def close(self) -> None:
        self.channel.close()

    def reset(self) -> None:
        self.channel.abort()

    def set_deadline(self, seconds: float) -> None:
        self.connection.set_deadline(seconds)

    def peer(self) -> str:
        return self.connection.peer()

    def head_only(self) -> bool:
        return self.is_head

    def is_full(self) -> bool:
        return self.channel.is_full()

    def drained(self) -> Awaitable[None]:
        return self.channel.drained()

    def is_writable(self) -> bool:
        return self.channel.writable

    def is_reading(self) -> bool:
        return self.channel.reading

    def pause_reading(self) -> None:
        self.channel.pause_reading()

    def resume_reading(self) -> None:
        self.channel.resume_reading()
