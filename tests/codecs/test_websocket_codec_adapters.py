"""What the WebSocket adapters check by themselves, and what they leave to their libraries."""

from __future__ import annotations

import pytest
from websockets.streams import StreamReader
from wsproto.frame_protocol import FrameDecoder

from tests.cases.websocket import (
    BAD_OPCODE,
    BAD_RESERVED,
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    FRAGMENTED_CONTROL,
    LONG_CONTROL,
    MASKED,
    NOT_MASKED,
    OPCODES,
    PING,
    RSV1,
    RSV2,
    RSV3,
    TEXT,
    TOO_LONG,
    Extension,
    closing,
    deflated,
    frame,
    header,
)
from tests.codecs.ws_driving import Engine, drive, on_every_codec, ws_codec_maker
from uvicorn import _select

SECOND_BYTES = (0, 1, 125, 126, 127, 128, 129, 253, 254, 255)


def verdict(first: int, second: int, extended: bool) -> tuple[int, str] | None:
    """What the first two bytes of a frame decide, as csrc/wsframe.h says it."""
    opcode = first & 15
    if first & (RSV2 | RSV3):
        return BAD_RESERVED
    if first & RSV1 and not (extended and opcode in (TEXT, BINARY)):
        return BAD_RESERVED
    if opcode not in OPCODES.values():
        return BAD_OPCODE
    if opcode >= CLOSE and not first & FIN:
        return FRAGMENTED_CONTROL
    if not second & MASKED:
        return NOT_MASKED
    if opcode >= CLOSE and second & 127 > 125:
        return LONG_CONTROL
    return None


@on_every_codec
@pytest.mark.parametrize("extension", [None, Extension()], ids=["plain", "extended"])
def test_every_first_byte_is_judged_alike(extension: Extension | None, engine: Engine) -> None:
    new_codec = ws_codec_maker(engine, extension=extension)
    wrong = [
        (first, second, outcome.refused)
        for first in range(256)
        for second in SECOND_BYTES
        if (outcome := drive(new_codec(), [bytes((first, second))])).refused
        != verdict(first, second, extension is not None)
    ]
    assert not wrong


@pytest.fixture(params=["websockets", "wsproto"])
def library(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, list[bytes]]:
    """The name of one, and all bytes that it has been given."""
    given: list[bytes] = []
    reader, method = {
        "websockets": (StreamReader, "feed_data"),
        "wsproto": (FrameDecoder, "receive_bytes"),
    }[request.param]
    take = getattr(reader, method)

    def taken(self: object, data: bytes) -> None:
        given.append(bytes(data))
        take(self, data)

    monkeypatch.setattr(reader, method, taken)
    return request.param, given


RIGHT = (
    frame(TEXT, b"Hello")
    + frame(BINARY, b"b" * 70_000, final=False)
    + frame(PING, b"p")
    + frame(CONTINUATION)
    + closing(1000, b"bye")
)


@pytest.mark.parametrize("size", [7, 4096, 100_000])
def test_a_library_reads_each_frame_that_is_right(
    size: int, library: tuple[str, list[bytes]]
) -> None:
    name, given = library
    pieces = [RIGHT[at : at + size] for at in range(0, len(RIGHT), size)]
    assert drive(ws_codec_maker((_select.PURE, name))(), pieces).refused is None
    assert b"".join(given) == RIGHT


def test_a_library_sees_no_reserved_bit(library: tuple[str, list[bytes]]) -> None:
    name, given = library
    payload = deflated(b"Hello")[0]
    codec = ws_codec_maker((_select.PURE, name), extension=Extension())()
    outcome = drive(codec, [frame(TEXT, payload, reserved=RSV1)])
    assert [event.content for event in outcome.events] == ["Hello"]
    assert b"".join(given) == frame(TEXT, payload)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (b"\x83\x80", BAD_OPCODE),
        (b"\x81\x05Hello", NOT_MASKED),
        (header(BINARY, 1 << 40), TOO_LONG),
        (header(CONTINUATION, 0), (1002, "Continuation of no message")),
    ],
)
def test_a_library_sees_nothing_of_what_is_refused(
    wrong: bytes, expected: tuple[int, str], library: tuple[str, list[bytes]]
) -> None:
    name, given = library
    outcome = drive(ws_codec_maker((_select.PURE, name))(), [wrong + RIGHT])
    assert outcome.refused == expected
    assert given == []


def test_a_library_sees_nothing_behind_a_close_frame(library: tuple[str, list[bytes]]) -> None:
    name, given = library
    drive(ws_codec_maker((_select.PURE, name))(), [RIGHT + RIGHT])
    assert b"".join(given) == RIGHT
