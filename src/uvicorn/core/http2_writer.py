"""Who writes when on an HTTP/2 connection, and how it leaves.

1.  What fits into both windows is written at once. Else it waits in a Backlog, one for each
    stream, until the client or the transport takes more.
2.  The backlog with the lowest urgency goes first (RFC 9218 section 10); among equals, the one that
    has waited longest. It goes on until it is done if its stream is not incremental. Else, also if
    the client has said nothing of priorities, it is the last one again after a frame.
3.  While a read is being handled nothing leaves, unless it grows over the high-water mark. So the
    answers to one read are one write. At other times bytes leave in the next pass of the loop,
    together with what others write in this pass.
4.  A stream is stalled if nothing of it has left for `timeout_write_stall` and that was up to the
    client: its window is closed, or the connection's is and nothing of any stream has left. A
    stream that waits for its turn, or for the transport, is not.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ..wire import HIGH_WATER
from .channel import Channel
from .connection import Connection
from .http2_codec import Http2Codec, StreamState
from .interfaces import Handler, Stream
from .service import Service

if TYPE_CHECKING:
    from .._shapes import Fields


class Backlog:
    """What a stream has to send and may not yet; `ends` once that is all of its response."""

    def __init__(self, stream: Stream, state: StreamState) -> None:
        self.stream = stream
        self.state = state
        self.parts: list[bytes] = []
        # Bytes of the first part that have been sent, and of all parts that have not.
        self.at = 0
        self.size = 0
        self.ends = False
        self.trailers: Fields | None = None
        self.space: asyncio.Event | None = None
        # Frames of it that have left, by now and when its deadline was set; then those of all.
        self.frames = 0
        self.frames_then = 0
        self.all_frames_then = 0
        self.deadline = 0.0

    def wake(self) -> None:
        if self.space is not None:
            self.space.set()
            self.space = None


class Http2Writer:
    def __init__(self, codec: Http2Codec, connection: Connection, handler: Handler) -> None:
        self.codec = codec
        self.connection = connection
        self.channel: Channel = connection.channel
        self.service: Service = connection.service
        # Hears of streams whose backlog has ended.
        self.handler = handler
        self.backlogs: list[Backlog] = []
        self.in_read = False
        self.scheduled = False
        self.frames = 0
        self.stall_seconds = float(self.service.settings.timeout_write_stall)

    def takes(self, state: StreamState, size: int) -> bool:
        """Whether so many bytes of a stream can be written now: nothing is before them."""
        if self.backlogs or not self.channel.writable:
            return size == 0 and not self.backlogs
        return size <= self.codec.room(state)

    def add(self, backlog: Backlog) -> None:
        self.backlogs.append(backlog)
        if backlog.deadline <= self.service.time():
            self.watch(backlog)
        if backlog.deadline < self.connection.deadline:
            self.connection.deadline = backlog.deadline
        self.write_backlogs()

    def drop(self, backlog: Backlog) -> None:
        """Its stream is over."""
        if backlog in self.backlogs:
            self.backlogs.remove(backlog)
        backlog.parts = []
        backlog.size = 0
        backlog.wake()

    def write_backlogs(self) -> None:
        """Write of what waits as much as the windows and the transport take."""
        while self.backlogs and self.channel.writable and not self.channel.closing:
            backlog = self.choose()
            if backlog is None:
                break
            self.write_frame(backlog)
            self.written()

    def choose(self) -> Backlog | None:
        best: Backlog | None = None
        for backlog in self.backlogs:
            if best is not None and backlog.state.urgency >= best.state.urgency:
                continue
            if backlog.size == 0 or self.codec.room(backlog.state) > 0:
                best = backlog
        return best

    def write_frame(self, backlog: Backlog) -> None:
        """Write the next bytes of one stream, a frame at most."""
        codec = self.codec
        if backlog.parts:
            part = backlog.parts[0]
            size = min(len(part) - backlog.at, codec.room(backlog.state), codec.frame_size)
            stop = backlog.at + size
            end = backlog.ends and size == backlog.size and backlog.trailers is None
            codec.send_body(backlog.state, part, backlog.at, stop, end)
            self.frames += 1
            backlog.frames += 1
            backlog.at = stop
            backlog.size -= size
            if stop == len(part):
                backlog.parts.pop(0)
                backlog.at = 0
        if backlog.size == 0:
            self.end(backlog)
        elif backlog.state.incremental:
            self.backlogs.remove(backlog)
            self.backlogs.append(backlog)

    def end(self, backlog: Backlog) -> None:
        """All of it has been written."""
        self.backlogs.remove(backlog)
        if backlog.trailers is not None:
            self.codec.send_trailers(backlog.state, backlog.trailers)
        elif backlog.ends and backlog.state.sends:
            self.codec.send_body(backlog.state, b"", 0, 0, True)
        backlog.wake()
        if backlog.ends:
            self.handler.stream_ended(backlog.stream)

    # Clients that take nothing.

    def watch(self, backlog: Backlog) -> None:
        backlog.deadline = self.service.deadline(self.stall_seconds)
        backlog.frames_then = backlog.frames
        backlog.all_frames_then = self.frames

    def earliest(self, due: float) -> float:
        """The first deadline of all, or `due`."""
        for backlog in self.backlogs:
            due = min(due, backlog.deadline)
        return due

    def stalled(self, now: float) -> list[Any]:
        """The streams that are; whoever is not has a new deadline."""
        streams = []
        for backlog in self.backlogs:
            if backlog.deadline > now:
                continue
            if self.is_stalled(backlog):
                streams.append(backlog.stream)
            else:
                self.watch(backlog)
        return streams

    def is_stalled(self, backlog: Backlog) -> bool:
        if backlog.frames != backlog.frames_then or not self.channel.writable:
            return False
        return backlog.state.window <= 0 or self.frames == backlog.all_frames_then

    # How it leaves.

    def written(self) -> None:
        """The codec has been given something."""
        if self.codec.pending_size() > HIGH_WATER:
            self.push()
        elif not self.in_read and not self.scheduled:
            self.scheduled = True
            self.service.loop.call_soon(self.push_scheduled)

    def push_scheduled(self) -> None:
        self.scheduled = False
        self.push()

    def push(self) -> None:
        """Let the transport have what the codec has collected."""
        if self.codec.pending_size() > 0:
            data = self.codec.take()
            if not self.channel.closing:
                self.channel.write(data)

    def lost(self) -> None:
        """The connection is gone: nobody waits any more."""
        backlogs = self.backlogs
        self.backlogs = []
        for backlog in backlogs:
            backlog.wake()
