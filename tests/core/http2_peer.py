"""A client that speaks HTTP/2 with a server of serving.py, by the library h2."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.settings

from tests.core.serving import Client, Server
from tests.fakes import FakeTransport

GOAWAY = 7
Fields = list[tuple[bytes, bytes]]
PEERS: dict[str, Any] = {"peername": ("192.0.2.1", 40000), "sockname": ("198.51.100.1", 80)}


@dataclass
class Answer:
    """What has come on one stream."""

    status: int = 0
    headers: Fields = field(default_factory=list)
    hints: list[Fields] = field(default_factory=list)
    body: bytes = b""
    trailers: Fields | None = None
    ended: bool = False
    code: int | None = None

    def header(self, name: bytes) -> bytes | None:
        return dict(self.headers).get(name)


class Http2Client(Client):
    """One connection. `reads` says whether it gives the server its windows back."""

    def __init__(self, server: Server, *, window: int = 65535, **options: Any) -> None:
        super().__init__(server, FakeTransport(server.loop, PEERS, **options))
        server.clients.append(self)
        config = h2.config.H2Configuration(client_side=True, header_encoding=None)
        self.h2 = h2.connection.H2Connection(config)
        self.h2.local_settings = h2.settings.Settings(
            client=True,
            initial_values={
                h2.settings.SettingCodes.ENABLE_PUSH: 0,
                h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window,
            },
        )
        self.reads = True
        self.taken = 0
        self.answers: dict[int, Answer] = {}
        self.goaways: list[tuple[int, int]] = []
        self.pings: list[bytes] = []
        self.pongs: list[bytes] = []
        self.answers_pings = True
        self.h2.initiate_connection()
        self.flush()

    # What it says.

    def flush(self) -> None:
        data = self.h2.data_to_send()
        if data:
            self.send(data)
        self.hear()

    def head(
        self,
        path: str = "/",
        method: str = "GET",
        fields: Any = (),
        *,
        end: bool = True,
        **more: Any,
    ) -> int:
        """Say the head of a request, without sending it yet; its stream."""
        number: int = self.h2.get_next_available_stream_id()
        pseudo = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "test")]
        self.h2.send_headers(number, [*pseudo, *fields], end_stream=end, **more)
        self.answers[number] = Answer()
        return number

    def ask(self, path: str = "/", method: str = "GET", fields: Any = (), **more: Any) -> int:
        number = self.head(path, method, fields, **more)
        self.flush()
        return number

    def data(self, number: int, data: bytes, *, end: bool = False) -> None:
        self.h2.send_data(number, data, end_stream=end)
        self.flush()

    def upload(self, number: int, data: bytes, *, end: bool = True) -> int:
        """Send as much as the windows allow; how much that was. `end` is for the last of it."""
        sent = 0
        while sent < len(data):
            room = min(self.h2.local_flow_control_window(number), 16384, len(data) - sent)
            if room <= 0:
                break
            self.data(number, data[sent : sent + room], end=end and sent + room == len(data))
            sent += room
        return sent

    def reset(self, number: int, code: int = 8) -> None:
        self.h2.reset_stream(number, code)
        self.flush()

    def give(self, size: int, number: int | None = None) -> None:
        """Let the server send more."""
        self.h2.increment_flow_control_window(size, number)
        self.flush()

    def new_answer(self) -> Answer:
        return Answer()

    # What it hears.

    def hear(self) -> None:
        while frame := self.next_frame():
            if frame[3] == GOAWAY:
                # The library is deaf from then on, and the server may have more to say.
                code, last = (int.from_bytes(frame[at : at + 4], "big") for at in (13, 9))
                self.goaways.append((code, last))
                continue
            for event in self.h2.receive_data(frame):
                self.note(event)
            out = self.h2.data_to_send()
            if out and not self.transport.closing:
                self.send(out)

    def next_frame(self) -> bytes:
        """The next whole frame, or nothing."""
        data = self.wire[self.taken :]
        end = 9 + int.from_bytes(data[:3], "big")
        if len(data) < end:
            return b""
        self.taken += end
        return data[:end]

    def note(self, event: Any) -> None:
        answer = self.answers.get(getattr(event, "stream_id", None) or 0, Answer())
        if isinstance(event, h2.events.InformationalResponseReceived):
            answer.hints.append(event.headers)
        elif isinstance(event, h2.events.ResponseReceived):
            answer.status = int(dict(event.headers)[b":status"])
            answer.headers = [pair for pair in event.headers if pair[0] != b":status"]
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            if self.reads and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            answer.trailers = event.headers
        elif isinstance(event, h2.events.StreamEnded):
            answer.ended = True
        elif isinstance(event, h2.events.StreamReset):
            answer.code = event.error_code
        elif isinstance(event, h2.events.PingReceived):
            self.pings.append(event.ping_data)
        elif isinstance(event, h2.events.PingAckReceived):
            self.pongs.append(event.ping_data)

    def answer(self, number: int) -> Answer:
        self.hear()
        return self.answers[number]

    def text(self, number: int) -> tuple[int, bytes]:
        """Status and body of a response that is whole."""
        answer = self.answer(number)
        assert answer.ended, answer
        return answer.status, answer.body
