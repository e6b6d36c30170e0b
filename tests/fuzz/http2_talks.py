"""Lets the client of h2 talk with a codec at random, and spoils what it has said.

    python tests/fuzz/http2_talks.py --seconds 60 --seed 1

Three things must hold:

1.  What one side has sent is what the other one has received, of streams that were not reset:
    heads, bodies, trailers. The library's own checks of what it receives pass.
2.  What the client has said, mutated, means the same whole and in pieces, and ends in events, in a
    ProtocolError, or in waiting for more.
3.  When all streams have ended, none is open.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    DataReceived,
    InformationalResponseReceived,
    ResponseReceived,
    SettingsAcknowledged,
    StreamReset,
    TrailersReceived,
)
from h2.settings import SettingCodes
from hpack import HeaderTuple, NeverIndexedHeaderTuple

from tests.codecs.http2_driving import Engine, all_http2_codecs, http2_codec_maker
from tests.fuzz.differential import main
from uvicorn import wire
from uvicorn.errors import ProtocolError

Fields = list[tuple[bytes, bytes]]
NewCodec = Callable[[], Any]

EVERY_STREAM = (1 << 31) - 1
LARGEST_PAD = 255
SETTINGS = (
    (SettingCodes.HEADER_TABLE_SIZE, (0, 60, 500, 4096, 10000)),
    (SettingCodes.INITIAL_WINDOW_SIZE, (0, 10, 1000, 65535, 200000)),
    (SettingCodes.MAX_FRAME_SIZE, (16384, 20000)),
)
DEFAULTS = [(b"server", b"uvicorn"), (b"date", b"Fri, 28 Nov 2025 09:00:00 GMT")]
# The first ones are the same objects in each response.
ALWAYS = [(b"content-type", b"text/plain"), (b"vary", b"accept"), (b"x-frame-options", b"deny")]
NAMES = [b"x-%d" % number for number in range(8)] + [
    b"accept",
    b"user-agent",
    b"etag",
    b"set-cookie",
]


@dataclass
class Message:
    """What one side has sent, or the other one received."""

    heads: list[Fields] = field(default_factory=list)
    body: bytes = b""
    ended: bool = False
    reset: bool = False


class Talk:
    """A client of h2 and a codec; step() does one thing at random."""

    def __init__(self, codec: Any, chance: random.Random) -> None:
        self.codec = codec
        self.chance = chance
        self.client = H2Connection(H2Configuration(client_side=True, header_encoding=None))
        self.client.initiate_connection()
        codec.start()
        # What the client has said so far, all of it.
        self.said = b""
        self.now = 0.0
        self.setting = True
        self.states: dict[int, Any] = {}
        self.requests: dict[int, Message] = {}
        self.received: dict[int, Message] = {}
        self.responses: dict[int, Message] = {}
        self.answers: dict[int, Message] = {}
        self.steps = [
            *(self.client_opens, self.client_opens, self.client_sends, self.client_sends),
            *(self.client_ends, self.client_ends, self.client_resets, self.client_sets),
            *(self.server_begins, self.server_begins, self.server_sends, self.server_sends),
            *(self.server_ends, self.server_ends, self.server_resets, self.both_ping),
            *(self.client_to_server, self.client_to_server, self.server_to_client),
        ]

    def step(self) -> None:
        self.chance.choice(self.steps)()

    def a_field(self, name: bytes) -> tuple[bytes, bytes]:
        value = self.chance.choice(
            (b"", b"1", b"a b", b"\xe9" * 3, self.chance.randbytes(4).hex().encode())
        )
        return name, value * self.chance.choice((1, 1, 1, 2, 30, 300))

    def some_fields(self) -> Fields:
        names = self.chance.sample(NAMES, self.chance.randrange(len(NAMES)))
        return [self.a_field(name) for name in names]

    def fields_on_the_wire(self, fields: Fields) -> list[HeaderTuple]:
        kinds = (HeaderTuple, HeaderTuple, NeverIndexedHeaderTuple)
        return [self.chance.choice(kinds)(*each) for each in fields]

    def one_of(self, messages: dict[int, Message]) -> int:
        """A stream of which that half is open, or 0."""
        going = [number for number in messages if self.is_going(number, messages)]
        return self.chance.choice(going) if going else 0

    def is_going(self, number: int, messages: dict[int, Message]) -> bool:
        return not messages[number].ended and not self.requests[number].reset

    # The client.

    def client_opens(self) -> None:
        if self.client.open_outbound_streams >= 100:
            return
        number = self.client.get_next_available_stream_id()
        method = self.chance.choice((b"GET", b"POST", b"PATCH"))
        path = self.chance.choice((b"/", b"/index.html", b"/a?b=%d" % number, b"/" + b"x" * 500))
        fields = self.some_fields()
        head = [(b":method", method), (b":scheme", b"http"), (b":path", path)]
        head.append((b":authority", b"localhost:8000"))
        ends = self.chance.random() < 0.5
        self.client.send_headers(number, self.fields_on_the_wire(head + fields), end_stream=ends)
        told = [(b":method", method), (b":path", path), (b"host", b"localhost:8000"), *fields]
        self.requests[number] = Message([told], ended=ends)

    def client_sends(self) -> None:
        if number := self.one_of(self.requests):
            pad = self.chance.choice((None, None, 0, 1, LARGEST_PAD))
            room = self.client.local_flow_control_window(number)
            room = min(room, self.client.max_outbound_frame_size) - LARGEST_PAD - 1
            data = self.chance.randbytes(min(max(room, 0), self.chance.choice((0, 1, 1000, 20000))))
            self.client.send_data(number, data, pad_length=pad if room > 0 else None)
            self.requests[number].body += data

    def client_ends(self) -> None:
        if number := self.one_of(self.requests):
            if self.chance.random() < 0.3:
                self.client.send_headers(number, [(b"x-trailer", b"1")], end_stream=True)
            else:
                self.client.end_stream(number)
            self.requests[number].ended = True

    def client_resets(self) -> None:
        number = self.one_of(self.requests) or self.one_of(self.responses)
        if number and self.chance.random() < 0.3:
            self.client.reset_stream(number, wire.H2_CANCEL)
            self.requests[number].reset = True

    def client_sets(self) -> None:
        """Not twice at a time: the library takes the first ACK for all that is on its way."""
        if self.setting:
            return
        self.setting = True
        code, values = self.chance.choice(SETTINGS)
        self.client.update_settings({code: self.chance.choice(values)})

    # The server.

    def server_begins(self) -> None:
        waiting = [number for number, state in self.states.items() if state.sends]
        waiting = [n for n in waiting if n not in self.responses and not self.requests[n].reset]
        if not waiting:
            return
        number = self.chance.choice(waiting)
        sent = self.responses[number] = Message()
        if self.chance.random() < 0.2:
            self.codec.send_informational(self.states[number], 103, [(b"link", b"</a>")])
            sent.heads.append([(b":status", b"103"), (b"link", b"</a>")])
            # The library takes none any more when it has reset the stream.
            self.server_to_client()
        status = self.chance.choice((200, 200, 204, 304, 404, 599))
        fields = self.chance.sample(ALWAYS, self.chance.randrange(4)) + self.some_fields()
        if self.chance.random() < 0.05:
            fields.append((b"x-long", self.chance.randbytes(25000).hex().encode()))
        given = [(self.chance.choice((bytes.title, bytes))(name), value) for name, value in fields]
        given.append((b"Connection", b"close"))
        self.codec.send_head(self.states[number], status, given, DEFAULTS)
        sent.heads.append([(b":status", b"%d" % status), *DEFAULTS, *fields])

    def server_sends(self) -> None:
        if number := self.one_of(self.responses):
            state = self.states[number]
            data = self.chance.randbytes(self.chance.choice((0, 1, 1000, 50000)))
            start = self.chance.randrange(len(data) + 1)
            stop = start + min(self.codec.room(state), len(data) - start)
            self.codec.send_body(state, data, start, stop, False)
            if state.sends:
                self.responses[number].body += data[start:stop]

    def server_ends(self) -> None:
        if number := self.one_of(self.responses):
            state, sent = self.states[number], self.responses[number]
            # The library takes no empty DATA in a window below 0 (RFC 9113 section 6.9.1 does).
            if state.window < 0 or self.chance.random() < 0.3:
                self.codec.send_trailers(state, [(b"x-trailer", b"2")])
                sent.heads.append([(b"x-trailer", b"2")])
            else:
                self.codec.send_body(state, b"", 0, 0, True)
            sent.ended = True

    def server_resets(self) -> None:
        going = [number for number, state in self.states.items() if state.sends or state.receives]
        if going and self.chance.random() < 0.2:
            number = self.chance.choice(going)
            self.codec.reset(self.states[number], wire.H2_INTERNAL_ERROR)
            self.requests[number].reset = True

    def both_ping(self) -> None:
        self.client.ping(b"01234567")
        self.codec.ping(b"76543210")

    # What goes from one to the other.

    def pieces(self, data: bytes) -> list[bytes]:
        if len(data) < 2 or self.chance.random() < 0.3:
            return [data]
        cuts = sorted(self.chance.randrange(1, len(data)) for _ in range(self.chance.randrange(6)))
        return [data[i:j] for i, j in zip([0, *cuts], [*cuts, len(data)], strict=True)]

    def client_to_server(self) -> None:
        data = self.client.data_to_send()
        self.said += data
        for piece in self.pieces(data):
            self.now += 1.0
            self.codec.feed(piece, self.now)
            while (event := self.codec.next_event()) != wire.NEED_DATA:
                self.hear(event)

    def hear(self, event: int) -> None:
        codec, state = self.codec, self.codec.stream
        if event == wire.HEAD:
            head = codec.head
            told = [(b":method", head.method.encode()), (b":path", head.target), *head.headers]
            self.states[state.number] = state
            self.received[state.number] = Message([told])
        elif event == wire.BODY:
            self.received[state.number].body += codec.body
            codec.consumed(state, len(codec.body))
        elif event == wire.END:
            self.received[state.number].ended = True
        elif event == wire.RESET:
            assert not codec.reason, codec.reason
        else:
            assert event in (wire.WINDOW, wire.PONG_RECEIVED), event

    def server_to_client(self) -> None:
        """Frame by frame: the library takes longer ones from the next call on."""
        data = self.codec.take()
        while data:
            end = 9 + int.from_bytes(data[:3], "big")
            for event in self.client.receive_data(data[:end]):
                self.see(event)
            data = data[end:]

    def see(self, event: Any) -> None:
        if isinstance(event, DataReceived):
            self.answers[event.stream_id].body += event.data
            size = event.flow_controlled_length
            if size and not self.requests[event.stream_id].reset:
                self.client.acknowledge_received_data(size, event.stream_id)
        elif isinstance(event, ResponseReceived | InformationalResponseReceived | TrailersReceived):
            head = [(bytes(name), bytes(value)) for name, value in event.headers]
            self.answers.setdefault(event.stream_id, Message()).heads.append(head)
        elif isinstance(event, SettingsAcknowledged):
            self.setting = False
        elif isinstance(event, StreamReset):
            self.requests[event.stream_id].reset = True

    # The end.

    def finish(self) -> str:
        """End all streams; what is wrong then, or an empty text."""
        self.settle()
        for number, state in self.states.items():
            if number not in self.responses and state.sends:
                self.responses[number] = Message([[(b":status", b"200")]])
                self.codec.send_head(state, 200, [], [])
        for messages, end in (
            (self.requests, self.client_ends),
            (self.responses, self.server_ends),
        ):
            while self.one_of(messages):
                end()
        self.settle()
        for number in self.requests:
            if not self.requests[number].reset:
                for sent, got in (
                    (self.requests[number], self.received.get(number)),
                    (self.responses[number], self.answers.get(number)),
                ):
                    if got is None or (sent.heads, sent.body) != (got.heads, got.body):
                        return f"stream {number}: {shown(sent)}\nreceived: {shown(got)}"
        return f"{self.codec.open_streams} streams are open" if self.codec.open_streams else ""

    def settle(self) -> None:
        for _ in range(6):
            self.client_to_server()
            self.server_to_client()


def shown(message: Message | None) -> str:
    return f"{message.heads} and {len(message.body)} bytes" if message else "nothing"


# What the client has said, spoilt.


def spoilt(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(data) + 1)
        end = at + chance.choice((1, 1, 4, 9, 40))
        part = chance.choice(
            (b"", bytes([chance.randrange(256)]), data[at:end] * 2, b"\x00\x00\x04")
        )
        data = data[:at] + part + data[end:]
    return data


def told(codec: Any, pieces: list[bytes]) -> list[Any]:
    """The events, with parts of a body as one, and the end. What is whole is answered."""
    events: list[Any] = []
    codec.start()
    try:
        for piece in pieces:
            codec.feed(piece, 0.0)
            while (event := codec.next_event()) != wire.NEED_DATA:
                note(events, event, codec)
            codec.take()
    except ProtocolError as error:
        events.append((error.status, error.reason))
        assert codec.next_event() == wire.NEED_DATA
        codec.goaway(error.status, codec.latest)
        assert codec.take()
    return events


def note(events: list[Any], event: int, codec: Any) -> None:
    state = codec.stream
    number = state.number if state is not None else 0
    if event == wire.HEAD:
        events.append((event, number, codec.head.method, codec.head.target, codec.head.headers))
    elif event == wire.BODY:
        codec.consumed(state, len(codec.body))
        if events and events[-1][:2] == (event, number):
            events[-1] = (event, number, events[-1][2] + codec.body)
        else:
            events.append((event, number, codec.body))
    elif event == wire.PONG_RECEIVED:
        events.append((event, codec.data))
    elif event == wire.RESET:
        events.append((event, number, codec.code, codec.reason))
    else:
        events.append((event, number))
        if event in (wire.END, wire.REFUSED):
            codec.send_head(state, 200, ALWAYS, DEFAULTS)
            codec.send_body(state, b"", 0, 0, True)


def difference(chance: random.Random, new_codec: NewCodec, data: bytes) -> str:
    whole = told(new_codec(), [data])
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice((1, 5, 50))))
    pieces = [data[i:j] for i, j in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    parts = told(new_codec(), pieces)
    for one, other in zip_longest(whole, parts):
        if one != other:
            return f"{data!r}\nwhole: {one}\nin pieces: {other}"
    return ""


def talk(chance: random.Random, new_codec: NewCodec, steps: int) -> str:
    """Hold one conversation, and spoil it a few times; what was wrong."""
    one = Talk(new_codec(), chance)
    for _ in range(steps):
        one.step()
    wrong = one.finish()
    for _ in range(10):
        wrong = wrong or difference(chance, new_codec, spoilt(chance, one.said[:20000]))
    return wrong


def findings_of(
    new_codec: NewCodec, seed: int, go_on: Callable[[int], bool], steps: int = 200
) -> list[str]:
    """Runs while go_on(number of talks so far), up to ten findings."""
    found: list[str] = []
    count = 0
    while go_on(count) and len(found) < 10:
        wrong = talk(random.Random(seed + count), new_codec, steps)
        if wrong:
            found.append(f"seed {seed + count}: {wrong}")
        count += 1
    return found


def codec_maker(engine: Engine) -> NewCodec:
    """With the limits that a server has if nobody says others."""
    usual = {"line": 16384, "head": 65536, "fields": 200, "streams": 128}
    windows = {"stream_window": 262144, "connection_window": 1048576}
    return partial(http2_codec_maker(engine), **usual, **windows)


def findings(seed: int, go_on: Callable[[int], bool]) -> list[str]:
    """Each codec holds the same talks."""
    makers = [codec_maker(engine) for engine in all_http2_codecs()]
    found: list[str] = []
    count = 0
    while go_on(count) and len(found) < 10:
        for new_codec in makers:
            found += findings_of(new_codec, seed + count, lambda done: done < 1)
        count += 1
    return found


if __name__ == "__main__":
    sys.exit(main(__doc__, findings))
