"""Whatever is sent without end is cut off at its limit, and never held beyond it."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass

import pytest

from tests.cases import http1
from tests.codecs.driving import NewCodec, all_codecs, codec_maker
from uvicorn import wire
from uvicorn.core.interfaces import HttpCodec
from uvicorn.errors import ProtocolError

LINE, BLOCK, FIELDS = LIMITS = (256, 1024, 20)


@pytest.fixture(params=all_codecs(), ids="-".join)
def engine(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param


@pytest.fixture
def new_codec(engine: tuple[str, str]) -> NewCodec:
    return codec_maker(*engine, LIMITS)


@dataclass(frozen=True)
class Endless:
    """`start`, then `unit` again and again: refused when `most` bytes have come."""

    name: str
    start: bytes
    unit: bytes
    most: int
    verdict: tuple[int, str]


GET = b"GET / HTTP/1.1\r\n"
BODY = http1.chunked(b"")
EXTENSIONS = wire.LIMIT_CHUNK_EXTENSIONS
ENDLESS = [
    Endless("a method", b"", b"G", LINE + 1, http1.LINE_TOO_LONG),
    Endless("a target", b"GET /", b"a", LINE + 1, http1.LINE_TOO_LONG),
    Endless("a target behind an empty line", b"\r\nGET /", b"a", LINE + 3, http1.LINE_TOO_LONG),
    Endless("a name", GET, b"n", len(GET) + BLOCK + 1, http1.BLOCK_TOO_LONG),
    Endless("a value", GET + b"X:", b"v", len(GET) + BLOCK + 1, http1.BLOCK_TOO_LONG),
    Endless("blanks", GET + b"X:", b" ", len(GET) + BLOCK + 1, http1.BLOCK_TOO_LONG),
    Endless("large fields", GET, b"X: " + b"v" * 95 + b"\r\n", len(GET) + BLOCK + 1,
            http1.BLOCK_TOO_LONG),
    Endless("small fields", GET, b"a:\r\n", len(GET) + 4 * FIELDS + 1, http1.TOO_MANY_FIELDS),
    Endless("digits of a chunk size", BODY, b"0", len(BODY) + 17, http1.BAD_SIZE),
    Endless("a chunk extension", BODY + b"1;", b"a", len(BODY) + 2 + EXTENSIONS,
            http1.EXTENSION_TOO_LONG),
    Endless("a quoted chunk extension", BODY + b'1;a="', b"b", len(BODY) + 2 + EXTENSIONS,
            http1.EXTENSION_TOO_LONG),
    Endless("blanks of a chunk extension", BODY + b"1", b" ", len(BODY) + 2 + EXTENSIONS,
            http1.EXTENSION_TOO_LONG),
    Endless("chunks with extensions", BODY, b"1;a=b\r\nx\r\n", len(BODY) + 1024 * 10 + 2,
            http1.EXTENSION_TOO_LONG),
    Endless("a trailer name", BODY + b"0\r\n", b"n", len(BODY) + 3 + BLOCK + 1,
            http1.TRAILER_TOO_LONG),
    Endless("a trailer value", BODY + b"0\r\nX:", b"v", len(BODY) + 3 + BLOCK + 1,
            http1.TRAILER_TOO_LONG),
    Endless("small trailers", BODY + b"0\r\n", b"a:\r\n", len(BODY) + 3 + 4 * FIELDS + 1,
            http1.TOO_MANY_TRAILERS),
]  # fmt: skip


def take_events(codec: HttpCodec) -> None:
    while codec.next_event() != wire.NEED_DATA:
        pass


@pytest.mark.parametrize("size", [1, 7, 100, 4096, 100_000])
@pytest.mark.parametrize("endless", ENDLESS, ids=lambda endless: endless.name)
def test_what_does_not_end_is_cut_off_at_its_limit(
    endless: Endless, size: int, new_codec: NewCodec
) -> None:
    codec = new_codec()
    # A codec may wait for the end of a line before it looks at it again.
    latest = endless.most + len(endless.unit) - 1
    wire_bytes = endless.start + endless.unit * ((latest + size) // len(endless.unit) + 1)
    fed = 0
    with pytest.raises(ProtocolError) as refused:
        while fed < latest:
            codec.feed(wire_bytes[fed : fed + size])
            fed += size
            take_events(codec)
            assert len(codec.unread()) <= LINE + BLOCK + size
    assert (refused.value.status, refused.value.reason) == endless.verdict
    assert endless.most <= fed < latest + size


@pytest.mark.parametrize("endless", ENDLESS, ids=lambda endless: endless.name)
def test_one_byte_less_than_the_limit_is_taken(endless: Endless, new_codec: NewCodec) -> None:
    codec = new_codec()
    wire_bytes = endless.start + endless.unit * (endless.most // len(endless.unit) + 1)
    codec.feed(wire_bytes[: endless.most - 1])
    take_events(codec)


@pytest.mark.parametrize("request_bytes", [
    http1.head(b"Content-Length: 1000000") + b"x" * 1_000_000,
    http1.head(b"Transfer-Encoding: chunked") + b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n0\r\n\r\n",
    http1.head(b"Transfer-Encoding: chunked") + b"1\r\nx\r\n" * 10_000 + b"0\r\n\r\n",
    http1.head(b"X: " + b"x" * 60_000),
], ids=["length", "one chunk", "many chunks", "head"])  # fmt: skip
def test_nothing_of_a_request_is_held_behind_it(
    request_bytes: bytes, engine: tuple[str, str]
) -> None:
    codec = codec_maker(*engine)()
    for rest in (http1.NEXT, request_bytes):
        tracemalloc.start()
        codec.feed(bytes(bytearray(rest)))
        take_events(codec)
        codec.start_next()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert held < 5000


def test_a_read_that_is_all_body_is_handed_on_as_it_is(new_codec: NewCodec) -> None:
    codec = new_codec()
    codec.feed(http1.head(b"Content-Length: 100000"))
    assert codec.next_event() == wire.HEAD
    for _ in range(10):
        part = b"x" * 10_000
        codec.feed(part)
        assert codec.next_event() == wire.BODY
        assert codec.body is part
    assert codec.next_event() == wire.END
