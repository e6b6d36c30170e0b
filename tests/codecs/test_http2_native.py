"""What only the native HTTP/2 codec has: what it costs, and how it writes."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hpack import Decoder

from tests.codecs.driving import codec_maker
from tests.codecs.http2_driving import http2_codec_maker
from uvicorn import wire
from uvicorn._select import COMPILED

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DEFAULTS = [(b"server", b"uvicorn"), (b"date", b"Fri, 28 Nov 2025 09:00:00 GMT")]
HEADERS = [(b"content-type", b"text/plain"), (b"content-length", b"13")]
DATA, HEADERS_FRAME, RST_STREAM, SETTINGS, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 8, 9
END_STREAM, END_HEADERS = 1, 4
# :method GET, :scheme http, :path /, and :authority, which is added to the table.
GET = b"\x82\x86\x84\x41\x09localhost"
# The same with three fields more, all of them added: one known, one not, one of the static table.
FIRST = GET + b"\x40\x0auser-agent\x01a" + b"\x40\x05x-own\x01b" + b"\x50\x04gzip"
AGAIN = b"\x82\x86\x84\xc1\xc0\xbf\xbe"
Frame = tuple[int, int, int, bytes]


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return (
        len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload
    )


def frames(data: bytes) -> list[Frame]:
    found = []
    while data:
        end = 9 + int.from_bytes(data[:3], "big")
        found.append((data[3], data[4], int.from_bytes(data[5:9], "big"), data[9:end]))
        data = data[end:]
    return found


def get(stream: int, block: bytes = GET, end: bool = True) -> bytes:
    return frame(HEADERS_FRAME, END_HEADERS | end, stream, block)


def settings(*pairs: tuple[int, int]) -> bytes:
    return b"".join(key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in pairs)


def native_codec() -> Any:
    """The tests of this file want more fields, and a longer head, than the cases."""
    return http2_codec_maker((COMPILED, "native"))(head=65536, fields=200, streams=128)


@pytest.fixture
def codec() -> Any:
    """One whose client has said hello."""
    codec = native_codec()
    codec.start()
    hear(codec, PREFACE + frame(SETTINGS, 0, 0))
    codec.take()
    return codec


def hear(codec: Any, data: bytes) -> list[Any]:
    """Feed it; the states of the streams that have begun."""
    begun = []
    codec.feed(data, 0.0)
    while (event := codec.next_event()) != wire.NEED_DATA:
        if event == wire.HEAD:
            begun.append(codec.stream)
    return begun


def head_of(codec: Any, data: bytes) -> list[tuple[bytes, bytes]]:
    codec.feed(data, 0.0)
    assert codec.next_event() == wire.HEAD
    headers: list[tuple[bytes, bytes]] = codec.head.headers
    codec.reset(codec.stream, wire.H2_CANCEL)
    assert codec.next_event() == wire.NEED_DATA
    codec.take()
    return headers


def answer(codec: Any, stream: Any, headers: Any = HEADERS, defaults: Any = DEFAULTS) -> None:
    codec.send_head(stream, 200, headers, defaults)
    codec.send_body(stream, b"Hello, world!", 0, 13, True)


def answered(codec: Any, decoder: Decoder) -> list[tuple[bytes, bytes]]:
    """The head of the one response that is there."""
    block = b"".join(payload for kind, *_, payload in frames(codec.take()) if kind)
    return [(bytes(name), bytes(value)) for name, value in decoder.decode(block, raw=True)]


# What it costs.


def test_an_idle_connection_holds_little() -> None:
    """No tables before the first request, no room for what is written before it is."""

    def idle() -> Any:
        codec = native_codec()
        codec.start()
        hear(codec, PREFACE + frame(SETTINGS, 0, 0))
        codec.take()
        return codec

    idle()
    tracemalloc.start()
    try:
        codecs = [idle() for _ in range(100)]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / len(codecs) < 1500


def test_a_long_body_is_copied_once(codec: Any) -> None:
    (stream,) = hear(codec, get(1))
    hear(codec, b"".join(frame(WINDOW_UPDATE, 0, number, b"\0\x10\0\0") for number in (0, 1)))
    body = b"x" * 1_000_000
    tracemalloc.start()
    try:
        codec.send_body(stream, body, 0, len(body), True)
        data = codec.take()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(data) == len(body) + 9 * 62
    assert peak < 1.01 * len(body)
    assert b"".join(payload for *_, payload in frames(data)) == body


def test_a_read_that_is_all_body_is_not_copied(codec: Any) -> None:
    hear(codec, get(1, end=False) + frame(DATA, 0, 1, bytes(16384))[:9])
    data = bytes(10000)
    codec.feed(data, 0.0)
    assert codec.next_event() == wire.BODY
    assert codec.body is data


def test_what_was_fed_is_not_held_but_for_what_is_incomplete(codec: Any) -> None:
    hear(codec, get(1, end=False))
    tracemalloc.start()
    try:
        hear(codec, frame(DATA, 0, 1, bytes(16384)) * 3 + get(3)[:5])
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2000


# Objects of requests.


def test_a_field_that_comes_as_an_index_is_the_object_that_it_was(codec: Any) -> None:
    first = head_of(codec, get(1, FIRST))
    again = head_of(codec, get(3, AGAIN))
    assert again == first == [
        (b"host", b"localhost"),
        (b"user-agent", b"a"),
        (b"x-own", b"b"),
        (b"accept-encoding", b"gzip"),
    ]  # fmt: skip
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert first is not again


def test_known_names_are_the_objects_of_http1(codec: Any) -> None:
    http1 = codec_maker(COMPILED, "native")()
    http1.feed(b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: a\r\nAccept-Encoding: b\r\n\r\n")
    assert http1.next_event() == wire.HEAD
    known = {name: name for name, _ in http1.head.headers}
    names = [name for name, _ in head_of(codec, get(1, FIRST))]
    assert [name for name in names if known.get(name) is name] == [
        *(b"host", b"user-agent", b"accept-encoding"),
    ]  # fmt: skip


def test_a_name_from_the_table_is_the_object_of_its_entry(codec: Any) -> None:
    before = head_of(codec, get(1, GET + b"\x40\x05x-own\x01b"))[1]
    after = head_of(codec, get(3, b"\x82\x86\x84\xbf\x7e\x01c"))[1]
    assert after == (b"x-own", b"c")
    assert after[0] is before[0]


def test_objects_go_with_their_entries(codec: Any) -> None:
    """The table holds a bit more than 20 fields of 200 bytes, whatever has come."""
    tracemalloc.start()
    try:
        for number in range(200):
            value = b"%03d" % number * 66
            block = GET.replace(b"\x41", b"\x01") + b"\x40\x05x-own\x7f\x47" + value
            assert head_of(codec, get(2 * number + 1, block))[1] == (b"x-own", value)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 25_000


def test_a_field_whose_name_makes_way_for_it_is_read_right(codec: Any) -> None:
    """The new entry takes the place of the one that its name comes from."""
    value = b"y" * 3000
    head_of(codec, get(1, GET.replace(b"\x41", b"\x01") + b"\x40\x05x-own\x7f\xb9\x16" + value))
    other = b"z" * 3000
    block = GET.replace(b"\x41", b"\x01") + b"\x7e\x7f\xb9\x16" + other
    assert head_of(codec, get(3, block))[1] == (b"x-own", other)
    assert head_of(codec, get(5, b"\x82\x86\x84\x01\x01a\xbe"))[1] == (b"x-own", other)


def test_what_was_malformed_is_no_better_as_an_index(codec: Any) -> None:
    """The table has the entry, and nobody has vouched for it."""
    for stream, block in ((1, GET + b"\x40\x05X-own\x01b"), (3, b"\x82\x86\x84\xbf\xbe")):
        codec.feed(get(stream, block), 0.0)
        assert codec.next_event() == wire.RESET
        assert codec.reason == "Bad header name"
    assert head_of(codec, get(5, b"\x82\x86\x84\xbf")) == [(b"host", b"localhost")]


def test_cookies_are_joined_where_the_first_one_stood_though_the_host_moves(codec: Any) -> None:
    cookies = b"\x60\x03a=1" + b"\x60\x03b=2"
    block = b"\x82\x86\x84" + b"\x00\x01x\x01y" + cookies + b"\x00\x04host\x01h" + b"\xbe"
    assert head_of(codec, get(1, block)) == [
        *((b"host", b"h"), (b"x", b"y"), (b"cookie", b"a=1; b=2; b=2")),
    ]  # fmt: skip


def test_a_head_says_whether_it_may_be_forwarded(codec: Any) -> None:
    """Also where the field comes as an index."""
    again = b"\x82\x86\x84\xbf\xbe"
    for name in (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-fox"):
        added = b"\x40" + bytes((len(name),)) + name + b"\x01a"
        for block in (GET + added, again):
            head_of(codec, get(codec.latest + 2 if codec.latest else 1, block))
            assert codec.head.may_be_forwarded is (name != b"x-forwarded-fox")


# How it writes.


def test_the_end_goes_into_the_last_frame_if_that_has_not_left(codec: Any) -> None:
    one, two, three = hear(codec, get(1) + get(3) + get(5))
    codec.send_head(one, 204, [], [])
    codec.send_body(one, b"", 0, 0, True)
    codec.send_head(two, 200, [], [])
    codec.send_body(two, b"abc", 0, 3, False)
    codec.send_body(two, b"", 0, 0, True)
    sent = [(kind, flags & END_STREAM, stream) for kind, flags, stream, _ in frames(codec.take())]
    assert sent == [(HEADERS_FRAME, 1, 1), (HEADERS_FRAME, 0, 3), (DATA, 1, 3)]
    codec.send_head(three, 200, [], [])
    codec.take()
    codec.send_body(three, b"", 0, 0, True)
    assert frames(codec.take()) == [(DATA, END_STREAM, 5, b"")]
    assert codec.open_streams == 0


def test_the_end_does_not_go_into_the_frame_of_another_stream(codec: Any) -> None:
    one, two = hear(codec, get(1) + get(3))
    codec.send_head(one, 200, [], [])
    codec.send_head(two, 200, [], [])
    codec.send_body(one, b"", 0, 0, True)
    codec.ping(b"12345678")
    codec.send_body(two, b"", 0, 0, True)
    sent = [(kind, flags & END_STREAM, stream) for kind, flags, stream, _ in frames(codec.take())]
    assert [each for each in sent if each[1]] == [(DATA, 1, 1), (DATA, 1, 3)]


def test_what_all_responses_have_takes_a_byte_each_from_the_third_on(codec: Any) -> None:
    decoder = Decoder()
    sizes = []
    for stream in hear(codec, b"".join(get(number) for number in (1, 3, 5, 7))):
        codec.send_head(stream, 200, HEADERS, DEFAULTS)
        data = codec.take()
        sizes.append(len(data) - 9)
        assert decoder.decode(data[9:], raw=True) == [(b":status", b"200"), *DEFAULTS, *HEADERS]
    assert sizes[2:] == [5, 5]


def test_the_client_may_take_its_table_away(codec: Any) -> None:
    """What has been sent by an index is then spelt out again."""
    decoder = Decoder()
    for number, size in enumerate((4096, 4096, 4096, 0, 0, 4096, 60, 4096, 100000, 100000)):
        hear(codec, frame(SETTINGS, 0, 0, settings((1, size))))
        codec.take()
        decoder.max_allowed_table_size = size
        (stream,) = hear(codec, get(2 * number + 1))
        codec.send_head(stream, 200, HEADERS, DEFAULTS)
        assert answered(codec, decoder) == [(b":status", b"200"), *DEFAULTS, *HEADERS]


def test_fields_of_equal_value_need_not_be_the_same_objects(codec: Any) -> None:
    decoder = Decoder()
    for stream in hear(codec, b"".join(get(number) for number in range(1, 199, 2))):
        number = stream.number
        headers = [(b"x-%d" % (number % 7), b"%d" % (number % 5)), *HEADERS]
        headers.append((b"etag", b"%d" % number))
        answer(codec, stream, [(bytes(bytearray(name)), value) for name, value in headers])
        data = codec.take()
        size = int.from_bytes(data[:3], "big")
        assert list(decoder.decode(data[9 : 9 + size], raw=True))[3:] == headers


def test_a_head_that_is_longer_than_a_frame_is_split(codec: Any) -> None:
    (stream,) = hear(codec, get(1))
    headers = [(b"x-%d" % number, b"~" * 1500) for number in range(40)]
    codec.send_head(stream, 200, headers, [])
    codec.send_body(stream, b"", 0, 0, True)
    sent = frames(codec.take())
    assert [kind for kind, *_ in sent] == [HEADERS_FRAME] + [CONTINUATION] * (len(sent) - 1)
    assert [flags for _, flags, *_ in sent] == [END_STREAM, *[0] * (len(sent) - 2), END_HEADERS]
    assert all(len(payload) == 16384 for *_, payload in sent[:-1])
    assert len(sent) > 3
    block = b"".join(payload for *_, payload in sent)
    decoder = Decoder(max_header_list_size=1 << 20)
    assert decoder.decode(block, raw=True) == [(b":status", b"200"), *headers]


# What an application may say.


def test_fields_are_put_as_http2_wants_them(codec: Any) -> None:
    (stream,) = hear(codec, get(1))
    headers: list[Any] = [
        *((b"X-Own", b" a\t"), [b"x-own", b""], (b"Connection", b"close"), (b"Keep-Alive", b"5")),
        *((b"upgrade", b"h2c"), (b"proxy-connection", b"x"), (b"Date", b"now"), (b"x-own", b"c")),
    ]
    assert codec.send_head(stream, 200, headers, DEFAULTS) == -1
    assert answered(codec, Decoder()) == [
        *((b":status", b"200"), (b"server", b"uvicorn"), (b"x-own", b"a"), (b"x-own", b"")),
        *((b"date", b"now"), (b"x-own", b"c")),
    ]  # fmt: skip


LENGTH = (b"content-length", b"3")


@pytest.mark.parametrize(
    ("method", "status", "headers", "length"),
    [
        (b"GET", 200, [LENGTH], 3),
        (b"GET", 304, [LENGTH], 3),
        (b"GET", 204, [LENGTH], -1),
        (b"GET", 200, [LENGTH, (b"Transfer-Encoding", b"chunked")], -1),
        (b"GET", 200, [(b"transfer-encoding", b"identity"), LENGTH], 3),
        (b"CONNECT", 200, [LENGTH], -1),
        (b"CONNECT", 404, [LENGTH], 3),
    ],
)
def test_a_length_is_told_where_it_may_be(
    codec: Any, method: bytes, status: int, headers: Any, length: int
) -> None:
    connect = b"\x02\x07CONNECT\x01\x04a:80"
    (stream,) = hear(codec, get(1, connect if method == b"CONNECT" else GET))
    assert codec.send_head(stream, status, headers, []) == length
    assert answered(codec, Decoder())[1:] == ([LENGTH] if length >= 0 else [])


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ([(b"a b", b"")], "Invalid HTTP header name."),
        ([(b":status", b"200")], "Invalid HTTP header name."),
        ([(b"", b"")], "Invalid HTTP header name."),
        ([("a", b"")], "Invalid HTTP header name."),
        ([(b"a", "b")], "Invalid HTTP header value."),
        ([(b"a", b"b\r\nc")], "Invalid HTTP header value."),
        ([(b"a", b"b\0")], "Invalid HTTP header value."),
        ([(b"a",)], "ASGI headers must be pairs of bytes."),
        ([b"a"], "ASGI headers must be pairs of bytes."),
        ([7], "ASGI headers must be pairs of bytes."),
        ([LENGTH, LENGTH], "More than one Content-Length."),
        ([(b"content-length", b"-1")], "Invalid HTTP header value: a bad Content-Length."),
        ([(b"transfer-encoding", b"gzip")], "The server does no transfer coding but chunked."),
    ],
)
def test_nothing_is_written_of_a_head_that_is_refused(codec: Any, headers: Any, error: str) -> None:
    (stream,) = hear(codec, get(1))
    good = [(b"x-good", b"1")]
    for send in (
        lambda: codec.send_head(stream, 200, good + headers, DEFAULTS),
        lambda: codec.send_informational(stream, 103, good + headers),
        lambda: codec.send_trailers(stream, good + headers),
    ):
        with pytest.raises(RuntimeError) as raised:
            send()
        assert str(raised.value) == error
    assert codec.take() == b""
    codec.send_head(stream, 200, good, [])
    assert answered(codec, Decoder()) == [(b":status", b"200"), *good]


def test_a_status_must_be_one_of_http2(codec: Any) -> None:
    (stream,) = hear(codec, get(1))
    for status in (0, 99, 100, 101, 199, 600, 1000):
        with pytest.raises(RuntimeError, match="Invalid HTTP status code"):
            codec.send_head(stream, status, [], [])
    for status in (99, 101, 200):
        with pytest.raises(RuntimeError, match="Invalid HTTP status code"):
            codec.send_informational(stream, status, [])
    assert codec.take() == b""


def test_nothing_is_written_to_a_stream_that_is_over(codec: Any) -> None:
    (stream,) = hear(codec, get(1))
    hear(codec, frame(RST_STREAM, 0, 1, bytes(4)))
    assert codec.room(stream) == 0
    assert codec.send_head(stream, 200, HEADERS, DEFAULTS) == 13
    codec.send_informational(stream, 103, [])
    codec.send_body(stream, b"abc", 0, 3, True)
    codec.send_trailers(stream, [])
    codec.consumed(stream, 10)
    codec.reset(stream, 8)
    assert codec.take() == b""
    assert codec.open_streams == 0


def test_a_part_has_to_be_within_its_data(codec: Any) -> None:
    (stream,) = hear(codec, get(1))
    codec.send_head(stream, 200, [], [])
    for start, stop in ((-1, 2), (0, 4), (3, 2)):
        with pytest.raises(ValueError, match="not in the data"):
            codec.send_body(stream, b"abc", start, stop, False)
    with pytest.raises(ValueError, match="8 bytes"):
        codec.ping(b"1234567")
