"""Whatever a client sends, a WebSocket codec holds no more of it than it must."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.cases.websocket import (
    BINARY,
    CONTINUATION,
    LIMIT,
    NEXT,
    PING,
    RSV1,
    TEXT,
    Extension,
    binary,
    deflated,
    ended_stream,
    fragments,
    frame,
    header,
    masked,
    text,
)
from tests.codecs.ws_driving import (
    Engine,
    Outcome,
    deflate_of,
    drive,
    on_every_codec,
    ws_codec_maker,
)
from uvicorn import wire
from uvicorn._select import Core
from uvicorn.core.interfaces import WsCodec
from uvicorn.errors import ProtocolError

# A codec's own state, and what an interpreter needs for a handful of small objects.
LITTLE = 5000
READ = 64 * 1024
SIZE = 32 * READ


def pulled(codec: WsCodec, data: bytes) -> None:
    codec.feed(data)
    while codec.next_event() != wire.NEED_DATA:
        pass


def memory(run: Callable[[], object]) -> tuple[int, int]:
    """Bytes that are still held behind it, and the most that were held in it."""
    tracemalloc.start()
    try:
        kept = run()
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del kept
    return held, peak


def reads(data: bytes, size: int = READ) -> Iterable[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


LARGE = b"0123456789abcdef" * (LIMIT // 16)
HELD_BEHIND = {
    "data": [frame(BINARY, LARGE)],
    "a text": [frame(TEXT, LARGE)],
    "a text that is not ASCII": [frame(TEXT, "€".encode() * 30_000)],
    "data whose header came before it": [header(BINARY, LIMIT), masked(b"b" * LIMIT)],
    "a text whose header came before it": [header(TEXT, LIMIT), masked(b"t" * LIMIT)],
    "data in many reads": [*reads(frame(BINARY, LARGE), 1000)],
    "a text in many reads": [*reads(frame(TEXT, LARGE), 1000)],
    "data in fragments": [fragments(BINARY, *reads(LARGE, 1000))],
    "a text in fragments": [fragments(TEXT, *reads(LARGE, 1000))],
    "many messages": [frame(TEXT, b"t" * 1000) * 100],
    "a read with a part of a header behind it": [frame(TEXT, LARGE) + header(TEXT, 1000)[:7]],
    "a read with a header behind it": [frame(TEXT, LARGE) + header(TEXT, 1000)],
}


@on_every_codec
@pytest.mark.parametrize("name", HELD_BEHIND)
def test_nothing_of_a_message_is_held_behind_it(name: str, engine: Engine) -> None:
    codec = ws_codec_maker(engine)()
    pulled(codec, NEXT)

    def run() -> None:
        for data in HELD_BEHIND[name]:
            pulled(codec, bytes(bytearray(data)))

    assert memory(run)[0] < LITTLE


@on_every_codec
def test_a_header_costs_no_room_for_what_it_promises(engine: Engine) -> None:
    codec = ws_codec_maker(engine, limit=1 << 40)()
    pulled(codec, NEXT)
    assert memory(lambda: pulled(codec, header(BINARY, 1 << 40)))[1] < LITTLE


@on_every_codec
def test_a_promise_costs_no_more_than_some_room_beyond_what_has_come(engine: Engine) -> None:
    codec = ws_codec_maker(engine, limit=1 << 40)()
    pulled(codec, header(BINARY, 1 << 40))
    part = bytes(READ)
    assert memory(lambda: pulled(codec, part))[0] < 256 * 1024 + LITTLE


@on_every_codec
@pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])
def test_a_large_frame_in_many_reads_is_held_once_and_copied_once(
    opcode: int, engine: Engine
) -> None:
    codec = ws_codec_maker(engine, limit=SIZE)()
    pulled(codec, NEXT)
    sent = [*reads(frame(opcode, b"a" * SIZE))]

    def all_but_the_last() -> None:
        for data in sent[:-1]:
            pulled(codec, data)
            # What has come is the frame's: nothing is put together again with the next read.
            assert codec.unread_size() == 0

    held, peak = memory(all_but_the_last)
    # Room that grows is doubled, and the old one is there while it is copied.
    assert held < 2 * SIZE
    assert peak < 2 * SIZE + 4 * READ
    codec.feed(sent[-1])
    assert memory(codec.next_event)[1] < 2 * SIZE + 4 * READ
    assert (codec.text or codec.data.decode()) == "a" * SIZE


@on_every_codec
def test_a_large_frame_is_not_moved_with_each_read(engine: Engine) -> None:
    """That would cost the square of its length. Room is made for more than has come, so what is
    held stays the same for many reads."""
    codec = ws_codec_maker(engine, limit=SIZE)()
    pulled(codec, header(BINARY, SIZE))
    part = b"b" * 4096
    sizes = []
    tracemalloc.start()
    for _ in range(SIZE // len(part) - 1):
        pulled(codec, part)
        sizes.append(tracemalloc.get_traced_memory()[0] // len(part))
    tracemalloc.stop()
    assert len(set(sizes)) < len(sizes) // 5


@on_every_codec
@pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])
def test_fragments_are_held_once(opcode: int, engine: Engine) -> None:
    codec = ws_codec_maker(engine, limit=SIZE)()
    pulled(codec, NEXT)

    def all_but_the_last() -> None:
        for number, part in enumerate(reads(b"a" * SIZE, 1000)):
            pulled(codec, frame(CONTINUATION if number else opcode, part, final=False))

    assert memory(all_but_the_last)[0] < 1.25 * SIZE


@on_every_codec
def test_small_fragments_are_not_held_one_by_one(engine: Engine) -> None:
    codec = ws_codec_maker(engine)()
    pulled(codec, NEXT)
    sent = fragments(BINARY, *[b"ab"] * 10_000, final=False)
    assert memory(lambda: pulled(codec, sent))[0] < 25_000 + LITTLE


@on_every_codec
def test_a_frame_byte_by_byte_is_not_held_byte_by_byte(engine: Engine) -> None:
    codec = ws_codec_maker(engine)()
    pulled(codec, header(BINARY, 20_000))

    def run() -> None:
        for _ in range(9_999):
            pulled(codec, b"ab")

    assert memory(run)[0] < 25_000 + LITTLE


@on_every_codec
def test_a_read_of_many_frames_is_not_copied_for_each(engine: Engine) -> None:
    """Frames are taken out of a read one after the other; what is left stays where it is."""
    codec = ws_codec_maker(engine)()
    read = frame(BINARY, b"b" * 10) * 50_000
    codec.feed(read)
    assert codec.next_event() == wire.BINARY
    _, peak = memory(codec.next_event)
    assert peak < LITTLE
    assert codec.unread_size() == len(read) - 2 * len(frame(BINARY, b"b" * 10))


@on_every_codec
def test_a_message_has_so_many_fragments_at_most(engine: Engine) -> None:
    codec: Any = ws_codec_maker(engine)()
    codec.open_frame(TEXT, False, 0)
    for _ in range(wire.LIMIT_FRAGMENTS - 2):
        codec.open_frame(CONTINUATION, False, 0)
    last = frame(CONTINUATION, b"a", final=False)
    assert drive(codec, [last]) == Outcome([])
    assert drive(codec, [last]) == Outcome([], (1008, "Too many fragments"))


@on_every_codec
def test_fragments_are_counted_for_each_message(engine: Engine) -> None:
    codec: Any = ws_codec_maker(engine)()
    for _ in range(2):
        codec.open_frame(TEXT, False, 0)
        for _ in range(wire.LIMIT_FRAGMENTS - 2):
            codec.open_frame(CONTINUATION, False, 0)
        assert drive(codec, [frame(PING) + frame(CONTINUATION, b"a")]).events[1] == text("a")


# Of what inflates.

MEGABYTE = 1 << 20
BOMB = deflated(bytes(100 * MEGABYTE))[0]
JUST_BEYOND = ended_stream(bytes(MEGABYTE + 1))
BOMBS = {
    "a bomb": BOMB,
    "a bomb behind a stream that ends within the limit": ended_stream(bytes(MEGABYTE - 1)) + BOMB,
    "a bomb behind a stream that ends at the limit": ended_stream(bytes(MEGABYTE)) + BOMB,
    "a bomb behind a stream that ends just beyond the limit": JUST_BEYOND + BOMB,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_makes_no_more_than_the_limit(name: str, build: Core) -> None:
    deflate = deflate_of(build.package, Extension())

    def run() -> None:
        with pytest.raises(ProtocolError) as refused:
            deflate.inflate(BOMBS[name], MEGABYTE)
        assert refused.value.status == 1009

    # zlib's answer is in parts before it is in one.
    assert memory(run)[1] < 3 * MEGABYTE


def test_a_window_costs_nothing_before_it_is_used(build: Core) -> None:
    assert memory(lambda: deflate_of(build.package, Extension()))[0] < LITTLE


def test_without_takeover_no_window_is_held(build: Core) -> None:
    deflate = deflate_of(build.package, Extension(takeover=False))
    payload = deflated(b"message" * 1000)[0]
    assert memory(lambda: deflate.inflate(payload, LIMIT)[:0])[0] < LITTLE


@on_every_codec
def test_a_compressed_message_is_not_held_behind_it(engine: Engine) -> None:
    codec = ws_codec_maker(engine, extension=Extension(takeover=False))()
    pulled(codec, NEXT)
    sent = frame(BINARY, deflated(bytes(LIMIT))[0], reserved=RSV1)
    assert memory(lambda: pulled(codec, sent))[0] < LITTLE
    assert drive(codec, [sent]) == Outcome([binary(bytes(LIMIT))])
