"""One HTTP/2 stream: where one response, or one WebSocket, goes.

What the windows do not take waits in a Backlog. What has been taken of a request's body is given
back to the client's window at once, but not while reading is paused: so each stream has its own
back-pressure, and none holds up its siblings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from ..errors import ProtocolError
from ..wire import H2_CANCEL, H2_INTERNAL_ERROR, H2_NO_ERROR, HIGH_WATER
from .connection import Connection
from .exchange import Exchange
from .http2_codec import Http2Codec, StreamState
from .http2_writer import Backlog, Http2Writer
from .interfaces import Handler, RequestHead, Stream
from .service import Service

if TYPE_CHECKING:
    from .._shapes import Fields


def new_http2_stream(
    writer: Http2Writer, handler: Handler, state: StreamState, connection: Connection, method: str
) -> Http2Stream:
    """As calling the class; compiled, this saves a tuple of arguments and their parsing."""
    stream = Http2Stream.__new__(Http2Stream)
    stream.open(writer, handler, state, connection, method)
    return stream


class Http2Stream(Stream):
    def open(
        self,
        writer: Http2Writer,
        handler: Handler,
        state: StreamState,
        connection: Connection,
        method: str,
    ) -> None:
        self.writer = writer
        self.codec: Http2Codec = writer.codec
        self.handler = handler
        self.state = state
        self.connection = connection
        self.service: Service = connection.service
        self.is_head = method == "HEAD"
        self.is_connect = method == "CONNECT"
        self.exchange: Exchange | None = None
        # The WebSocket that has the stream.
        self.successor: Handler | None = None
        self.backlog: Backlog | None = None
        self.app_started = False
        self.reading = True
        # Bytes of the body that the client's window does not have back yet.
        self.withheld = 0
        self.deadline = 0.0

    # From the handler.

    def body_received(self, data: bytes) -> None:
        size = len(data)
        if self.exchange is not None:
            self.exchange.feed(data)
        elif self.successor is not None:
            self.successor.data_received(data)
        if self.reading:
            self.codec.consumed(self.state, size)
        else:
            self.withheld += size

    def body_ended(self) -> None:
        if self.exchange is not None:
            self.exchange.finish()
        elif self.successor is not None:
            self.successor.eof_received()

    def lost(self) -> None:
        """The client has reset the stream, or is gone."""
        self.drop_backlog()
        self.deadline = 0.0
        if self.exchange is not None:
            self.exchange.connection_lost()
        if self.successor is not None:
            self.successor.connection_lost()

    # The response.

    def send_head(self, status: int, headers: Fields) -> int:
        defaults = self.service.defaults
        if not defaults.fresh:
            defaults.renew()
        length = self.codec.send_head(self.state, status, headers, defaults.fields)
        if self.is_connect and status < 300:
            self.is_head = True
        self.writer.written()
        return length

    def send_body(self, data: bytes, end: bool) -> None:
        state = self.state
        if not state.sends:
            return
        ends = end and self.successor is None
        if self.backlog is None and self.writer.takes(state, len(data)):
            if data or ends:
                self.codec.send_body(state, data, 0, len(data), ends)
                self.writer.written()
                if ends:
                    self.handler.stream_ended(self)
        else:
            self.hold_back(data, ends, None)
        if end and self.successor is not None:
            self.successor.stream_ended(self)

    def send_together(self, head: bytes, data: bytes) -> None:
        self.send_body(head, False)
        self.send_body(data, False)

    def send_trailers(self, headers: Fields) -> None:
        if not self.state.sends:
            return
        if self.backlog is not None:
            self.hold_back(b"", True, headers)
            return
        self.codec.send_trailers(self.state, headers)
        self.writer.written()
        self.handler.stream_ended(self)

    def send_informational(self, status: int, headers: Fields) -> None:
        self.codec.send_informational(self.state, status, headers)
        self.writer.written()

    def hold_back(self, data: bytes, ends: bool, trailers: Fields | None) -> None:
        """Keep it until the windows take it."""
        if not data and not ends:
            return
        backlog = self.backlog
        is_new = backlog is None or (backlog.size == 0 and not backlog.ends)
        if backlog is None:
            backlog = self.backlog = Backlog(self, self.state)
        if data:
            backlog.parts.append(data)
            backlog.size += len(data)
        backlog.ends = ends
        backlog.trailers = trailers
        if is_new:
            self.writer.add(backlog)

    def drop_backlog(self) -> None:
        if self.backlog is not None:
            self.writer.drop(self.backlog)
            self.backlog = None

    # A WebSocket (RFC 8441).

    def prepare_accept(self, head: RequestHead) -> None:
        if head.protocol != b"websocket":
            raise ProtocolError(501, "Unsupported protocol")

    def hand_over(self, handler: Handler) -> None:
        self.successor = handler

    def send_accept(self, headers: Fields) -> None:
        self.send_head(200, headers)

    # The end.

    def abort(self) -> None:
        self.end(H2_INTERNAL_ERROR)

    def finish_connection(self) -> None:
        """Nothing: the other streams of the connection have no part in it."""

    def linger(self) -> None:
        self.close()

    def close(self) -> None:
        """Send what is left and end our half; then the client's, which nobody hears any more."""
        successor = self.successor
        self.successor = None
        self.deadline = 0.0
        self.send_body(b"", True)
        if successor is not None:
            successor.connection_lost()

    def reset(self) -> None:
        self.end(H2_CANCEL)

    def end(self, code: int) -> None:
        """End both halves."""
        self.drop_backlog()
        if self.state.sends or self.state.receives:
            self.codec.reset(self.state, code)
            self.writer.written()
        self.handler.stream_ended(self)
        if self.successor is not None:
            self.successor.connection_lost()

    def give_up(self) -> None:
        """The client takes nothing: it gets no more, and the app hears that it is gone."""
        self.codec.reset(self.state, H2_CANCEL)
        self.writer.written()
        self.handler.stream_ended(self)
        self.lost()

    def ended(self) -> None:
        """Our half has ended: the rest of what the client sends is of no use."""
        self.deadline = 0.0
        if self.state.receives:
            self.codec.reset(self.state, H2_NO_ERROR)
            self.writer.written()

    def set_deadline(self, seconds: float) -> None:
        self.deadline = self.service.deadline(seconds)
        connection = self.connection
        if connection.deadline == 0.0 or self.deadline < connection.deadline:
            connection.deadline = self.deadline

    def check_deadline(self, now: float) -> None:
        if 0.0 < self.deadline <= now:
            self.deadline = 0.0
            if self.successor is not None:
                self.successor.deadline_reached()

    # What it is, and back-pressure.

    def peer(self) -> str:
        return self.connection.peer()

    def head_only(self) -> bool:
        return self.is_head

    def is_full(self) -> bool:
        backlog = self.backlog
        return (backlog is not None and backlog.size > HIGH_WATER) or (
            self.connection.channel.is_full()
        )

    def drained(self) -> Awaitable[None]:
        return self.wait_for_space()

    async def wait_for_space(self) -> None:
        await self.connection.channel.drained()
        backlog = self.backlog
        while backlog is not None and backlog.size > 0 and self.backlog is backlog:
            if backlog.space is None:
                backlog.space = asyncio.Event()
            await backlog.space.wait()

    def is_writable(self) -> bool:
        backlog = self.backlog
        return self.connection.channel.writable and (backlog is None or backlog.size == 0)

    def is_reading(self) -> bool:
        return self.reading

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True
        if self.withheld:
            size = self.withheld
            self.withheld = 0
            self.codec.consumed(self.state, size)
            self.writer.written()
