"""core.frames: the frames that a server sends, the same in both builds."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from websockets.frames import Frame
from websockets.streams import StreamReader

from tests.cases.websocket import BINARY, CLOSE, PING, PONG, TEXT
from uvicorn._select import Core

HEADERS = [
    (TEXT, 0, False, b"\x81\x00"),
    (TEXT, 5, False, b"\x81\x05"),
    (BINARY, 5, False, b"\x82\x05"),
    (CLOSE, 2, False, b"\x88\x02"),
    (PING, 0, False, b"\x89\x00"),
    (PONG, 125, False, b"\x8a\x7d"),
    (TEXT, 5, True, b"\xc1\x05"),
    (BINARY, 0, True, b"\xc2\x00"),
    (TEXT, 125, False, b"\x81\x7d"),
    (TEXT, 126, False, b"\x81\x7e\x00\x7e"),
    (TEXT, 127, False, b"\x81\x7e\x00\x7f"),
    (BINARY, 256, True, b"\xc2\x7e\x01\x00"),
    (BINARY, 65535, False, b"\x82\x7e\xff\xff"),
    (BINARY, 65536, False, b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    (BINARY, 65537, True, b"\xc2\x7f\x00\x00\x00\x00\x00\x01\x00\x01"),
    (BINARY, 1 << 32, False, b"\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00"),
    (TEXT, (1 << 63) - 1, False, b"\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"),
]
TEXTS = ["", "a", "Hello", "a" * 125, "a" * 126, "ü", "€" * 50, "𝄞" * 70_000, "\0", "\U0010ffff"]


@pytest.mark.parametrize(("opcode", "size", "compressed", "header"), HEADERS)
def test_headers_are_in_their_shortest_form(
    opcode: int, size: int, compressed: bool, header: bytes, build: Core
) -> None:
    assert build.frames.frame_header(opcode, size, compressed) == header


def test_a_header_is_not_compressed_by_default(build: Core) -> None:
    assert build.frames.frame_header(TEXT, 5) == b"\x81\x05"
    assert build.frames.encode_frame(TEXT, b"Hello") == b"\x81\x05Hello"


@pytest.mark.parametrize(
    ("opcode", "size", "compressed", "header"), [row for row in HEADERS if row[1] < 100_000]
)
def test_a_frame_is_its_header_and_its_data(
    opcode: int, size: int, compressed: bool, header: bytes, build: Core
) -> None:
    data = (bytes(range(256)) * 300)[:size]
    frame = build.frames.encode_frame(opcode, data, compressed)
    assert type(frame) is bytes
    assert frame == header + data


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_sent_as_utf8(text: str, build: Core) -> None:
    frame = build.frames.encode_text(text)
    assert type(frame) is bytes
    assert frame == build.frames.encode_frame(TEXT, text.encode())


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\udcff" * 200, "€\ud83d"])
def test_a_lone_surrogate_is_not_sent(text: str, build: Core) -> None:
    with pytest.raises(UnicodeEncodeError):
        build.frames.encode_text(text)


def parsed(data: bytes) -> Frame:
    """By another reader."""
    stream = StreamReader()
    stream.feed_data(data)
    parser: Generator[None, None, Frame] = Frame.parse(stream.read_exact, mask=False)
    with pytest.raises(StopIteration) as end:
        next(parser)
    assert not stream.buffer
    return end.value.value


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_another_reader_reads_what_is_written(opcode: int, size: int, build: Core) -> None:
    frame = parsed(build.frames.encode_frame(opcode, b"a" * size))
    assert (frame.opcode, frame.data, frame.fin, frame.rsv1) == (opcode, b"a" * size, True, False)
