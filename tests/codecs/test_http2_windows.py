"""Windows of HTTP/2 in both directions, and a body in frames (RFC 9113 section 5.2)."""

from __future__ import annotations

import pytest

from tests.cases import http2
from tests.cases.http2 import (
    CONNECTION_WINDOW,
    DATA,
    END_STREAM,
    FIRST_WINDOW,
    FRAME_SIZE,
    INITIAL_WINDOW,
    LARGEST_FRAME,
    PADDED,
    STREAM_WINDOW,
    WINDOW_UPDATE,
    Frame,
    data,
    frame,
    get,
    padded,
    post,
    reset,
    settings,
    window_update,
)
from tests.codecs.http2_driving import (
    Driver,
    NewHttp2Codec,
    all_http2_codecs,
    engine_name,
    http2_codec_maker,
)
from tests.codecs.http2_driving import (
    frames as http2_frames,
)
from uvicorn import wire
from uvicorn.codecs import http2_refusals

PART = 10_000


@pytest.fixture(params=all_http2_codecs(), ids=engine_name)
def new_codec(request: pytest.FixtureRequest) -> NewHttp2Codec:
    return http2_codec_maker(request.param)


def connected(new_codec: NewHttp2Codec, sent: bytes = b"") -> Driver:
    driver = Driver(new_codec())
    driver.feed(http2.PREFACE + settings() + sent)
    assert driver.outcome.ended is None
    driver.given_back.clear()
    return driver


def given_back(driver: Driver, stream: int) -> int:
    """All increments since the last time."""
    total = sum(size for number, size in driver.given_back if number == stream)
    driver.given_back = [pair for pair in driver.given_back if pair[0] != stream]
    return total


# What the client may send.


def test_a_stream_gets_its_window_back_when_half_of_it_was_consumed(
    new_codec: NewHttp2Codec,
) -> None:
    driver = connected(new_codec, post() + data(1, bytes(PART)) * 4)
    stream = driver.streams[1]
    driver.consume(stream, STREAM_WINDOW // 2 - 1)
    assert given_back(driver, 1) == 0
    driver.consume(stream, 1)
    assert given_back(driver, 1) == STREAM_WINDOW // 2


def test_what_nobody_consumes_is_not_given_back(new_codec: NewHttp2Codec) -> None:
    driver = connected(new_codec, post() + data(1, bytes(PART)) * 7)
    assert given_back(driver, 1) == 0


def test_the_connection_gets_its_window_back_without_being_asked(
    new_codec: NewHttp2Codec,
) -> None:
    driver = connected(new_codec, post(1) + post(3))
    for _ in range(CONNECTION_WINDOW // 2 // (2 * PART)):
        assert given_back(driver, 0) == 0
        driver.feed(data(1, bytes(PART)) + data(3, bytes(PART)))
    driver.feed(data(3, bytes(PART)))
    assert CONNECTION_WINDOW // 2 <= given_back(driver, 0) <= 8 * PART


def test_a_frame_beyond_the_connections_window_ends_the_connection(
    new_codec: NewHttp2Codec,
) -> None:
    """It has to be longer than half of the window: at half, the client has all of it again."""
    for size, ended in (
        (FIRST_WINDOW, None),
        (FIRST_WINDOW + 1, (http2.FLOW_CONTROL, http2_refusals.CONNECTION_WINDOW)),
    ):
        limits = {"frame_size": 100_000, "stream_window": 100_000, "connection_window": 0}
        driver = Driver(new_codec(**limits))
        driver.feed(http2.PREFACE + settings() + post() + data(1, bytes(size)))
        assert driver.outcome.ended == ended


def test_a_body_of_any_size_can_be_sent(new_codec: NewHttp2Codec) -> None:
    """By a client that keeps to its windows."""
    driver = Driver(new_codec())
    allowed = {0: FIRST_WINDOW, 1: STREAM_WINDOW}
    driver.given_back.append((0, CONNECTION_WINDOW - FIRST_WINDOW))
    driver.feed(http2.PREFACE + settings() + post())
    left = 2_000_000
    while left:
        for number in allowed:
            allowed[number] += given_back(driver, number)
        size = min(left, LARGEST_FRAME, *allowed.values())
        assert size > 0
        driver.feed(data(1, bytes(size), size == left))
        driver.consume(driver.streams[1], size)
        left -= size
        for number in allowed:
            allowed[number] -= size
    assert driver.outcome.ended is None
    body, end = driver.outcome.events[-2:]
    assert isinstance(body, http2.Body) and len(body.data) == 2_000_000
    assert end == http2.End(1)


def test_padding_needs_nobody_who_consumes_it(new_codec: NewHttp2Codec) -> None:
    driver = connected(new_codec, post())
    for _ in range(STREAM_WINDOW // 2 // 256 + 1):
        driver.feed(frame(DATA, PADDED, 1, padded(b"", 255)))
    assert given_back(driver, 1) >= STREAM_WINDOW // 2


def test_a_stream_that_has_ended_is_given_nothing_back(new_codec: NewHttp2Codec) -> None:
    driver = connected(new_codec, post() + data(1, bytes(PART)) * 6 + data(1, b"", True))
    driver.consume(driver.streams[1], 6 * PART)
    assert given_back(driver, 1) == 0


def test_a_body_that_is_thrown_away_does_not_shrink_the_connections_window(
    new_codec: NewHttp2Codec,
) -> None:
    driver = connected(new_codec, post())
    driver.codec.reset(driver.streams[1], wire.H2_NO_ERROR)
    total = 0
    for _ in range(100):
        driver.feed(data(1, bytes(PART)))
        total += given_back(driver, 0)
    assert total >= 100 * PART - CONNECTION_WINDOW // 2
    assert driver.outcome.ended is None


# What we may send.


def bodies(driver: Driver, stream: int = 1) -> list[tuple[int, bool]]:
    """Size of each DATA frame that was written, and whether it is the last."""
    return [
        (len(sent.payload), sent.flags & END_STREAM != 0)
        for sent in driver.take()
        if sent.kind == DATA and sent.stream == stream
    ]


def answer(driver: Driver, size: int, end: bool = True, stream: int = 1) -> None:
    state = driver.streams[stream]
    driver.codec.send_body(state, bytes(size + 2), 1, size + 1, end)


def opened(new_codec: NewHttp2Codec, sent: bytes = b"") -> Driver:
    """With the head of a response already written."""
    driver = connected(new_codec, get() + sent)
    driver.codec.send_head(driver.streams[1], 200, [], [])
    driver.take()
    return driver


def test_there_is_as_much_room_as_the_smaller_window_has(new_codec: NewHttp2Codec) -> None:
    driver = opened(new_codec)
    codec, stream = driver.codec, driver.streams[1]
    assert codec.room(stream) == FIRST_WINDOW
    driver.feed(window_update(1, 10_000))
    assert codec.room(stream) == FIRST_WINDOW
    driver.feed(window_update(0, 5_000))
    assert codec.room(stream) == FIRST_WINDOW + 5_000
    driver.feed(window_update(0, 20_000))
    assert codec.room(stream) == FIRST_WINDOW + 10_000


def test_what_is_sent_takes_room_from_both_windows(new_codec: NewHttp2Codec) -> None:
    driver = opened(new_codec, get(3))
    answer(driver, 60_000, end=False)
    assert driver.codec.room(driver.streams[1]) == FIRST_WINDOW - 60_000
    assert driver.codec.room(driver.streams[3]) == FIRST_WINDOW - 60_000
    driver.feed(window_update(0, 60_000))
    assert driver.codec.room(driver.streams[1]) == FIRST_WINDOW - 60_000
    assert driver.codec.room(driver.streams[3]) == FIRST_WINDOW


def test_a_window_that_was_taken_back_is_no_room(new_codec: NewHttp2Codec) -> None:
    driver = opened(new_codec)
    answer(driver, 1000, end=False)
    driver.feed(settings((INITIAL_WINDOW, 0)))
    assert driver.streams[1].window == -1000
    assert driver.codec.room(driver.streams[1]) == 0
    driver.feed(window_update(1, 1000))
    assert driver.codec.room(driver.streams[1]) == 0
    driver.feed(window_update(1, 1))
    assert driver.codec.room(driver.streams[1]) == 1


def test_a_new_stream_has_the_window_that_settings_said_last(new_codec: NewHttp2Codec) -> None:
    driver = connected(new_codec, settings((INITIAL_WINDOW, 5)) + get())
    assert driver.streams[1].window == 5


def test_a_body_is_cut_into_frames_as_large_as_the_client_takes(new_codec: NewHttp2Codec) -> None:
    driver = opened(new_codec)
    answer(driver, 40_000)
    assert bodies(driver) == [(16384, False), (16384, False), (40_000 - 2 * 16384, True)]


def test_a_client_may_take_larger_frames(new_codec: NewHttp2Codec) -> None:
    driver = opened(new_codec, settings((FRAME_SIZE, 50_000)))
    assert driver.codec.frame_size == 50_000
    answer(driver, 50_000, end=False)
    answer(driver, 5)
    assert sum(size for size, _ in bodies(driver)) == 50_005


def test_only_the_last_frame_of_a_body_ends_it(new_codec: NewHttp2Codec) -> None:
    driver = opened(new_codec)
    answer(driver, 2 * 16384)
    assert bodies(driver) == [(16384, False), (16384, True)]


def test_the_part_of_the_body_that_was_asked_for_is_sent(new_codec: NewHttp2Codec) -> None:
    driver = opened(new_codec)
    driver.codec.send_body(driver.streams[1], b"0123456789", 3, 7, False)
    driver.codec.send_body(driver.streams[1], b"0123456789", 0, 10, True)
    sent = [frame.payload for frame in driver.take() if frame.kind == DATA]
    assert b"".join(sent) == b"34560123456789"


def test_no_window_is_told_of_a_stream_whose_response_has_ended(new_codec: NewHttp2Codec) -> None:
    driver = connected(new_codec, post())
    driver.answer(driver.streams[1], 200)
    driver.feed(window_update(1, 5) + window_update(0, 5))
    assert driver.outcome.events[-1] == http2.Window(0)
    assert http2.Window(1, FIRST_WINDOW + 5) not in driver.outcome.events


def test_what_is_written_on_a_stream_that_is_over_is_dropped(new_codec: NewHttp2Codec) -> None:
    driver = opened(new_codec, reset(1))
    stream = driver.streams[1]
    room = driver.codec.room(driver.streams[1])
    driver.codec.send_head(stream, 200, [], [])
    driver.codec.send_informational(stream, 103, [])
    answer(driver, 5)
    driver.codec.send_trailers(stream, [(b"x", b"y")])
    driver.codec.consumed(stream, 100_000)
    driver.codec.reset(stream, wire.H2_CANCEL)
    assert driver.take() == []
    assert room == 0 or driver.codec.room(stream) == room


def test_the_server_says_what_it_allows(new_codec: NewHttp2Codec) -> None:
    codec = new_codec()
    codec.start()
    first, update = http2_frames(codec.take())
    pairs = {
        int.from_bytes(first.payload[at : at + 2], "big"): int.from_bytes(
            first.payload[at + 2 : at + 6], "big"
        )
        for at in range(0, len(first.payload), 6)
    }
    assert pairs.get(http2.FRAME_SIZE, LARGEST_FRAME) == LARGEST_FRAME
    pairs.pop(http2.FRAME_SIZE, None)
    assert pairs == {
        http2.MOST_STREAMS: http2.STREAMS,
        http2.INITIAL_WINDOW: STREAM_WINDOW,
        http2.LIST_SIZE: http2.HEAD,
        http2.CONNECT_PROTOCOL: 1,
        http2.NO_PRIORITIES: 1,
    }
    assert update == Frame(WINDOW_UPDATE, 0, 0, http2.number(CONNECTION_WINDOW - FIRST_WINDOW))


def test_a_server_without_websockets_does_not_offer_extended_connect(
    new_codec: NewHttp2Codec,
) -> None:
    codec = new_codec(websockets=False)
    codec.start()
    first, *_ = http2_frames(codec.take())
    assert http2.number(http2.CONNECT_PROTOCOL, 2) + http2.number(1) not in first.payload
