"""What an HTTP/2 codec writes of a response: its fields, in blocks that a client can read."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hpack import Decoder

from tests.cases import http2
from tests.cases.http2 import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    FRAME_SIZE,
    HEADERS,
    RST_STREAM,
    TABLE_SIZE,
    Field,
    Frame,
    fields,
    get,
    post,
    reset,
    settings,
)
from tests.codecs.http2_driving import (
    Driver,
    NewHttp2Codec,
    all_http2_codecs,
    engine_name,
    http2_codec_maker,
)
from uvicorn import wire

DEFAULTS = [(b"server", b"uvicorn"), (b"date", b"Sat, 28 Nov 2026 09:00:00 GMT")]


@pytest.fixture(params=all_http2_codecs(), ids=engine_name)
def new_codec(request: pytest.FixtureRequest) -> NewHttp2Codec:
    return http2_codec_maker(request.param)


class Block(NamedTuple):
    stream: int
    fields: list[Field]
    ends: bool


class Client:
    """Has one codec to talk to, and reads what it writes."""

    def __init__(self, new_codec: NewHttp2Codec, sent: bytes | None = None) -> None:
        self.driver = Driver(new_codec())
        self.codec = self.driver.codec
        self.decoder = Decoder()
        self.driver.feed(http2.PREFACE + settings() + (get() if sent is None else sent))
        self.stream = self.driver.streams[1]

    def blocks(self) -> list[Block]:
        """Of all header blocks that were written. The end of a stream may stand on DATA behind."""
        answer: list[Block] = []
        ends: set[int] = set()
        block, started = b"", None
        for frame in self.driver.take():
            if frame.flags & END_STREAM and frame.kind in (HEADERS, DATA):
                ends.add(frame.stream)
            if frame.kind in (HEADERS, CONTINUATION):
                assert (frame.kind == HEADERS) == (started is None)
                block += frame.payload
                started = frame.stream
                if frame.flags & END_HEADERS:
                    decoded = [
                        (name, value) for name, value in self.decoder.decode(block, raw=True)
                    ]
                    answer.append(Block(frame.stream, decoded, False))
                    block, started = b"", None
            else:
                assert started is None
        assert started is None
        last = {block.stream: number for number, block in enumerate(answer)}
        return [
            block._replace(ends=block.stream in ends and last[block.stream] == number)
            for number, block in enumerate(answer)
        ]

    def head(
        self,
        status: int,
        headers: list[Field],
        defaults: list[Field] = [],  # noqa: B006
    ) -> tuple[int, list[Field]]:
        """What send_head() answers, and the fields that it has written."""
        length = self.codec.send_head(self.stream, status, headers, defaults)
        ((_, written, _),) = self.blocks()
        return length, written


def status(code: int) -> Field:
    return b":status", b"%d" % code


@pytest.mark.parametrize("code", [200, 204, 299, 304, 404, 418, 500, 599])
def test_a_head_begins_with_its_status(new_codec: NewHttp2Codec, code: int) -> None:
    assert Client(new_codec).head(code, []) == (-1, [status(code)])


def test_defaults_come_first_and_the_apps_fields_in_its_order(new_codec: NewHttp2Codec) -> None:
    own = [(b"x-b", b"1"), (b"content-length", b"5"), (b"x-a", b"2"), (b"x-b", b"3")]
    assert Client(new_codec).head(200, own, DEFAULTS) == (5, [status(200), *DEFAULTS, *own])


def test_an_app_may_have_a_date_and_a_server_of_its_own(new_codec: NewHttp2Codec) -> None:
    server, date = DEFAULTS
    own = [(b"Date", b"today"), (b"server", b"mine")]
    told = [(b"date", b"today"), (b"server", b"mine")]
    client = Client(new_codec)
    assert client.head(200, own, DEFAULTS) == (-1, [status(200), *told])
    client = Client(new_codec)
    assert client.head(200, [(b"SERVER", b"uvicorn")], DEFAULTS)[1] == [status(200), date, server]


def test_names_are_sent_in_lower_case_and_values_without_blanks(new_codec: NewHttp2Codec) -> None:
    sent = [(b"Content-Type", b" text/plain"), (b"X-Empty", b""), (b"X-Tab", b"a\tb \t")]
    told = [(b"content-type", b"text/plain"), (b"x-empty", b""), (b"x-tab", b"a\tb")]
    assert Client(new_codec).head(200, sent) == (-1, [status(200), *told])


def test_what_belongs_to_connections_of_http1_is_left_out(new_codec: NewHttp2Codec) -> None:
    sent = [
        (b"Connection", b"close"),
        (b"keep-alive", b"timeout=5"),
        (b"proxy-connection", b"x"),
        (b"upgrade", b"h2c"),
        (b"transfer-encoding", b"chunked"),
        (b"x", b"y"),
    ]
    assert Client(new_codec).head(200, sent) == (-1, [status(200), (b"x", b"y")])


@pytest.mark.parametrize("coding", [b"chunked", b"Chunked"])
def test_chunks_take_the_place_of_a_length(new_codec: NewHttp2Codec, coding: bytes) -> None:
    sent = [(b"content-length", b"5"), (b"transfer-encoding", coding)]
    assert Client(new_codec).head(200, sent) == (-1, [status(200)])


def test_what_has_no_body_has_no_length(new_codec: NewHttp2Codec) -> None:
    assert Client(new_codec).head(204, [(b"content-length", b"5")]) == (-1, [status(204)])


def test_a_tunnel_has_no_length(new_codec: NewHttp2Codec) -> None:
    connect = fields((b":method", b"CONNECT"), (b":authority", b"a:1"), end=False)
    length = b"content-length", b"5"
    assert Client(new_codec, connect).head(200, [length]) == (-1, [status(200)])
    assert Client(new_codec, connect).head(502, [length]) == (5, [status(502), length])


WRONG = [
    (199, []),
    (100, []),
    (600, []),
    (0, []),
    (-200, []),
    (200, [(b"", b"x")]),
    (200, [(b"a b", b"x")]),
    (200, [(b":status", b"200")]),
    (200, [(b"a\r\nb", b"x")]),
    (200, [(b"x", b"a\r\nb")]),
    (200, [(b"x", b"a\x00b")]),
    (200, [(b"x", b"a\nb")]),
    (200, [(b"content-length", b"five")]),
    (200, [(b"content-length", b"5"), (b"content-length", b"5")]),
    (200, [(b"transfer-encoding", b"gzip")]),
    (200, [("x", b"y")]),
    (200, [(b"x", "y")]),
    (200, [(b"x", bytearray(b"y"))]),
    (200, [(b"x",)]),
    (200, [None]),
]


@pytest.mark.parametrize(("code", "headers"), WRONG)
def test_what_http_forbids_is_not_sent(
    new_codec: NewHttp2Codec, code: int, headers: list[Field]
) -> None:
    client = Client(new_codec)
    with pytest.raises(RuntimeError):
        client.codec.send_head(client.stream, code, headers, DEFAULTS)
    assert client.blocks() == []
    assert client.head(200, [(b"x", b"y")], DEFAULTS) == (
        -1,
        [status(200), *DEFAULTS, (b"x", b"y")],
    )


def test_hints_come_before_a_response(new_codec: NewHttp2Codec) -> None:
    client = Client(new_codec)
    link = b"link", b"</a.css>; rel=preload"
    client.codec.send_informational(client.stream, 103, [link, (b"content-length", b"5")])
    client.codec.send_informational(client.stream, 100, [])
    client.codec.send_head(client.stream, 200, [], [])
    client.codec.send_body(client.stream, b"", 0, 0, True)
    assert client.blocks() == [
        Block(1, [status(103), link], False),
        Block(1, [status(100)], False),
        Block(1, [status(200)], True),
    ]


@pytest.mark.parametrize("code", [99, 101, 200])
def test_other_statuses_are_no_hint(new_codec: NewHttp2Codec, code: int) -> None:
    client = Client(new_codec)
    with pytest.raises(RuntimeError):
        client.codec.send_informational(client.stream, code, [])
    assert client.blocks() == []


def test_trailers_end_a_response(new_codec: NewHttp2Codec) -> None:
    client = Client(new_codec)
    client.codec.send_head(client.stream, 200, [], DEFAULTS)
    client.codec.send_body(client.stream, b"hello", 0, 5, False)
    client.blocks()
    client.codec.send_trailers(client.stream, [(b"X-Checksum", b"1"), (b"connection", b"close")])
    assert client.blocks() == [Block(1, [(b"x-checksum", b"1")], True)]
    assert client.codec.open_streams == 0


def test_trailers_that_http_forbids_are_not_sent(new_codec: NewHttp2Codec) -> None:
    client = Client(new_codec)
    client.codec.send_head(client.stream, 200, [], DEFAULTS)
    client.blocks()
    with pytest.raises(RuntimeError):
        client.codec.send_trailers(client.stream, [(b":status", b"200")])
    assert client.blocks() == []
    assert client.stream.sends


def test_a_block_that_is_longer_than_a_frame_goes_on_in_others(new_codec: NewHttp2Codec) -> None:
    client = Client(new_codec)
    large = [(b"x-%d" % number, b"y" * 9000) for number in range(5)]
    client.codec.send_head(client.stream, 200, large, DEFAULTS)
    client.codec.send_body(client.stream, b"hi", 0, 2, True)
    written = list(client.driver.take())
    kinds = [frame.kind for frame in written]
    assert kinds[0] == HEADERS and kinds[-1] == DATA and set(kinds[1:-1]) == {CONTINUATION}
    assert [frame.flags & END_HEADERS for frame in written[:-1]] == [0] * (len(kinds) - 2) + [4]
    assert not any(frame.flags & END_STREAM for frame in written[:-1])
    block = b"".join(frame.payload for frame in written[:-1])
    assert max(len(frame.payload) for frame in written) <= 16384
    decoder = Decoder(max_header_list_size=100_000)
    assert [tuple(pair) for pair in decoder.decode(block, raw=True)][-5:] == large


@pytest.mark.parametrize("sizes", [(0,), (100,), (0, 4096), (2**32 - 1,), (64, 0, 200)])
def test_a_client_may_change_the_size_of_its_table(
    new_codec: NewHttp2Codec, sizes: tuple[int, ...]
) -> None:
    """Its decoder refuses a block that does not begin with what RFC 7541 section 4.2 asks for."""
    client = Client(new_codec, get(1) + get(3) + get(5))
    own = [(b"x-a", b"1"), (b"x-b", b"2" * 40)]
    for number in (1, 3, 5):
        client.stream = client.driver.streams[number]
        assert client.head(200, own, DEFAULTS) == (-1, [status(200), *DEFAULTS, *own])
        if number == 3:
            client.driver.feed(b"".join(settings((TABLE_SIZE, size)) for size in sizes))
            client.decoder.max_allowed_table_size = sizes[-1]
            client.driver.take()


def test_many_responses_are_read_by_one_decoder(new_codec: NewHttp2Codec) -> None:
    client = Client(new_codec)
    for number in range(3, 401, 2):
        client.driver.feed(get(number))
        client.stream = client.driver.streams[number]
        own = [
            (b"x-same", b"1"),
            (b"x-other", b"%d" % number),
            (b"etag", b"%d" % (number % 7) * 50),
        ]
        assert client.head(200, own, DEFAULTS) == (-1, [status(200), *DEFAULTS, *own])
        client.codec.send_body(client.stream, b"", 0, 0, True)


# Ends.


def test_a_stream_is_over_when_both_halves_have_ended(new_codec: NewHttp2Codec) -> None:
    client = Client(new_codec, post())
    assert client.codec.open_streams == 1
    client.codec.send_head(client.stream, 200, [], [])
    client.codec.send_body(client.stream, b"", 0, 0, True)
    assert (client.stream.sends, client.stream.receives) == (False, True)
    assert client.codec.open_streams == 1
    client.driver.feed(http2.data(1, b"", True))
    assert (client.stream.sends, client.stream.receives) == (False, False)
    assert client.codec.open_streams == 0


def test_a_stream_can_be_reset_once(new_codec: NewHttp2Codec) -> None:
    client = Client(new_codec, post())
    client.codec.reset(client.stream, wire.H2_CANCEL)
    client.codec.reset(client.stream, wire.H2_INTERNAL_ERROR)
    assert client.driver.take() == [Frame(RST_STREAM, 0, 1, http2.number(wire.H2_CANCEL))]
    assert client.codec.open_streams == 0
    assert (client.stream.sends, client.stream.receives) == (False, False)


def test_new_streams_can_be_refused(new_codec: NewHttp2Codec) -> None:
    client = Client(new_codec, post())
    client.codec.refuse_new()
    client.driver.feed(get(3) + http2.data(1, b"x"))
    assert client.driver.outcome.events == [
        http2.posted(),
        http2.Body(1, b"x"),
    ]
    assert client.driver.outcome.sent[-1] == http2.reset_frame(3, wire.H2_REFUSED_STREAM)
    assert client.codec.latest >= 1


def test_a_request_that_is_too_large_is_answered_and_its_body_not_heard(
    new_codec: NewHttp2Codec,
) -> None:
    client = Client(new_codec)
    client.driver.feed(post(3, (b"x", b"y" * 4000)) + http2.data(3, b"body"))
    client.driver.feed(http2.data(3, b"more") + reset(3))
    last = client.driver.outcome.events[-1]
    assert isinstance(last, http2.TooLarge) and last.stream == 3
    assert client.driver.outcome.ended is None


def test_ping_and_goaway_are_written_as_said(new_codec: NewHttp2Codec) -> None:
    client = Client(new_codec)
    client.codec.ping(b"12345678")
    client.codec.goaway(wire.H2_NO_ERROR, 2**31 - 1)
    client.codec.goaway(wire.H2_PROTOCOL_ERROR, 1)
    assert client.driver.take() == [
        Frame(http2.PING, 0, 0, b"12345678"),
        Frame(http2.GOAWAY, 0, 0, http2.number(2**31 - 1) + http2.number(0)),
        Frame(http2.GOAWAY, 0, 0, http2.number(1) + http2.number(1)),
    ]


def test_frames_may_be_as_large_as_the_client_says(new_codec: NewHttp2Codec) -> None:
    client = Client(new_codec, settings((FRAME_SIZE, 20_000)) + get())
    client.codec.send_head(client.stream, 200, [(b"x", b"y" * 30_000)], [])
    written = client.driver.take()
    assert all(len(frame.payload) <= 20_000 for frame in written)
