"""A client that speaks HTTP/2 over a real connection within the running loop, by the library h2."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any

import h2.config
import h2.connection
import h2.events

import uvicorn
from tests.server.serving_loop import port_of

FIELDS = [(":scheme", "http"), (":authority", "test")]


class Answer:
    """What has come on one stream."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self.ended = False
        self.code: int | None = None


class Http2Client:
    """`goaways` has the numbers of the last streams, as the server has said them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        config = h2.config.H2Configuration(client_side=True, header_encoding=None)
        config.validate_outbound_headers = False
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self.answers: dict[int, Answer] = {}
        self.goaways: list[int] = []
        self.unread = b""
        self.flush()

    @classmethod
    async def connect(
        cls, server: uvicorn.Server, context: ssl.SSLContext | None = None
    ) -> Http2Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port_of(server), ssl=context))

    def flush(self) -> None:
        self.writer.write(self.h2.data_to_send())

    def ask(self, path: str = "/", method: str = "GET", *, end: bool = True, more: Any = ()) -> int:
        number: int = self.h2.get_next_available_stream_id()
        self.h2.send_headers(
            number, [(":method", method), (":path", path), *FIELDS, *more], end_stream=end
        )
        self.answers[number] = Answer()
        self.flush()
        return number

    async def upload(self, number: int, data: bytes) -> None:
        """Send a body and end it, as the server opens its windows."""
        sent = 0
        while sent < len(data):
            room = min(self.h2.local_flow_control_window(number), 16384, len(data) - sent)
            if room == 0:
                await self.hear()
            else:
                self.h2.send_data(number, data[sent : sent + room])
                self.flush()
                sent += room
        self.h2.end_stream(number)
        self.flush()

    async def answer(self, number: int) -> Answer:
        answer = self.answers[number]
        while not answer.ended:
            await self.hear()
        return answer

    async def hear(self) -> None:
        """Take what comes next; EOFError at the end of the connection."""
        data = await asyncio.wait_for(self.reader.read(65536), 60)
        if not data:
            raise EOFError
        self.unread += data
        while len(self.unread) >= 9:
            size = 9 + int.from_bytes(self.unread[:3], "big")
            if len(self.unread) < size:
                break
            frame, self.unread = self.unread[:size], self.unread[size:]
            if frame[3] == 7:
                # The library is deaf from then on, and the server may have more to say.
                self.goaways.append(int.from_bytes(frame[9:13], "big"))
                continue
            for event in self.h2.receive_data(frame):
                self.note(event)
        self.flush()

    async def rest(self) -> None:
        """Listen until the server closes."""
        with contextlib.suppress(EOFError):
            while True:
                await self.hear()

    def note(self, event: Any) -> None:
        answer = self.answers.get(getattr(event, "stream_id", None) or 0, Answer())
        if isinstance(event, h2.events.ResponseReceived):
            answer.status = int(dict(event.headers)[b":status"])
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            answer.ended = True
        elif isinstance(event, h2.events.StreamReset):
            answer.ended, answer.code = True, event.error_code

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()
