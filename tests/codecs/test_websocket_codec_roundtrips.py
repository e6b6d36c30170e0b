"""Whatever a client says, in whatever frames and pieces: it comes out of every codec as it was."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases.websocket import (
    BINARY,
    CONTINUATION,
    PING,
    PONG,
    RSV1,
    TEXT,
    Event,
    Extension,
    binary,
    close,
    closing,
    frame,
    text,
)
from tests.codecs.ws_driving import Engine, Outcome, drive, on_every_codec, ws_codec_maker

SETTINGS = settings(derandomize=True, database=None, deadline=None, max_examples=100)

keys = st.binary(min_size=4, max_size=4)
long_texts = st.builds(str.__mul__, st.text(min_size=1, max_size=9), st.integers(1, 9000))
long_data = st.builds(bytes.__mul__, st.binary(min_size=1, max_size=9), st.integers(1, 9000))
contents = st.text(max_size=40) | st.binary(max_size=40) | long_texts | long_data
controls = st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125))
extensions = st.none() | st.builds(Extension, st.integers(9, 15), st.booleans())


@dataclass(frozen=True)
class Part:
    """One frame of a message: where it ends, in thousandths of the payload; what follows it."""

    cut: int
    key: bytes
    controls: list[tuple[int, bytes]]


@dataclass(frozen=True)
class Message:
    content: str | bytes
    compressed: bool
    parts: list[Part]


parts = st.builds(Part, st.integers(0, 1000), keys, st.lists(controls, max_size=2))
messages = st.builds(Message, contents, st.booleans(), st.lists(parts, min_size=1, max_size=5))


class Client:
    """What a client has sent, and what has to come out of it."""

    def __init__(self, extension: Extension | None) -> None:
        self.extension = extension
        self.sent = b""
        self.events: list[Event] = []
        self.compressor: Any = None

    def say(self, message: Message) -> None:
        content = message.content
        opcode = TEXT if isinstance(content, str) else BINARY
        payload = content.encode() if isinstance(content, str) else content
        reserved = 0
        if message.compressed and self.extension is not None:
            payload, reserved = self.deflate(payload, self.extension), RSV1
        self.send_frames(opcode, payload, reserved, message.parts)
        event = text(content) if isinstance(content, str) else binary(content)
        # What stands behind the last frame is behind the message.
        after = len(message.parts[-1].controls)
        self.events.insert(len(self.events) - after, event)

    def send_frames(self, opcode: int, payload: bytes, reserved: int, parts: list[Part]) -> None:
        cuts = sorted(len(payload) * part.cut // 1000 for part in parts)
        cuts[-1] = len(payload)
        start = 0
        for number, (end, part) in enumerate(zip(cuts, parts, strict=True)):
            final = number == len(parts) - 1
            self.sent += frame(opcode, payload[start:end], final, reserved, part.key)
            opcode, reserved, start = CONTINUATION, 0, end
            for control, data in part.controls:
                self.sent += frame(control, data, key=part.key)
                self.events.append(Event(control, data))

    def deflate(self, data: bytes, extension: Extension) -> bytes:
        if self.compressor is None or not extension.takeover:
            self.compressor = zlib.compressobj(6, zlib.DEFLATED, -extension.bits)
        return bytes(self.compressor.compress(data) + self.compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]

    def leave(self) -> None:
        self.sent += closing(1000, b"bye")
        self.events.append(close(1000, "bye"))


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """At these thousandths of it, and byte by byte where there are no places."""
    ends = sorted(len(data) * place // 1000 for place in places) or range(1, len(data))
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


@on_every_codec
@pytest.mark.parametrize("way", ["at once", "in pieces", "byte by byte"])
@SETTINGS
@given(said=st.lists(messages, max_size=6), extension=extensions, data=st.data())
def test_what_comes_out_is_what_went_in(
    engine: Engine, way: str, said: list[Message], extension: Extension | None, data: Any
) -> None:
    client = Client(extension)
    for message in said:
        client.say(message)
    client.leave()
    codec = ws_codec_maker(engine, limit=1_000_000, extension=extension)()
    places = data.draw(st.lists(st.integers(0, 1000), min_size=1)) if way == "in pieces" else []
    pieces = cut(client.sent, places) if way != "at once" else [client.sent]
    if len(client.sent) > 5000 and way == "byte by byte":
        pieces = cut(client.sent, list(range(1000)))
    assert drive(codec, pieces) == Outcome(client.events)
