"""The tables of HTTP/2, on every codec and both builds, however the bytes are split."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.cases.http2 import (
    NEXT,
    NEXT_EVENTS,
    NEXT_STREAM,
    PREFACE,
    PROTOCOL,
    STREAMS,
    Case,
    End,
    Head,
    Reset,
    get,
    settings,
)
from tests.cases.http2_floods import FLOODS, FREE, Flood
from tests.cases.http2_requests import CASES
from tests.codecs.http2_driving import (
    Driver,
    Engine,
    NewHttp2Codec,
    Outcome,
    all_http2_codecs,
    drive,
    engine_name,
    http2_codec_maker,
)
from uvicorn import wire
from uvicorn.codecs import http2_refusals as why
from uvicorn.wire import H2_CREDIT, H2_CREDIT_PER_SECOND, H2_ENHANCE_YOUR_CALM

# Up to this size a case is fed byte by byte.
SHORT = 3000
TOO_MUCH = H2_ENHANCE_YOUR_CALM, why.TOO_MUCH


@pytest.fixture(params=all_http2_codecs(), ids=engine_name)
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.param


@pytest.fixture
def new_codec(engine: Engine) -> NewHttp2Codec:
    return http2_codec_maker(engine)


def expected(case: Case) -> Outcome:
    return Outcome(case.events, case.sent, case.ended)


def with_next(outcome: Outcome) -> Outcome:
    if outcome.ended is not None:
        return outcome
    return Outcome([*outcome.events, *NEXT_EVENTS], outcome.sent)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def splits(data: bytes) -> Iterator[list[bytes]]:
    size = len(data)
    if size <= SHORT:
        yield split(data, list(range(1, size)))
    chance = random.Random(size)
    for cuts in (1, 1, 2, 5, 20):
        yield split(data, sorted(chance.randrange(size + 1) for _ in range(cuts)))


def test_no_two_cases_have_the_same_name() -> None:
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)


def test_frames_mean_what_their_case_says(new_codec: NewHttp2Codec) -> None:
    told = {case.name: drive(new_codec, case, [case.data]) for case in CASES}
    wrong = {
        case.name: (told[case.name], expected(case))
        for case in CASES
        if told[case.name] != expected(case)
    }
    assert wrong == {}


def test_frames_mean_the_same_in_pieces(new_codec: NewHttp2Codec) -> None:
    wrong = {
        case.name
        for case in CASES
        for pieces in splits(case.data)
        if drive(new_codec, case, pieces) != expected(case)
    }
    assert wrong == set()


def test_a_request_can_follow_whatever_does_not_end_the_connection(
    new_codec: NewHttp2Codec,
) -> None:
    wrong = {
        case.name
        for case in CASES
        if case.ready and not is_full(case)
        for pieces in ([case.data + NEXT], [case.data, NEXT])
        if drive(new_codec, case, pieces) != with_next(expected(case))
    }
    assert wrong == set()


def is_full(case: Case) -> bool:
    """Whether as many streams as are allowed are open, or the numbers are used up."""
    heads = {event.stream for event in case.events if isinstance(event, Head)}
    ends = {event.stream for event in case.events if isinstance(event, Reset)}
    return (not case.answers and len(heads - ends) >= STREAMS) or max(
        heads, default=0
    ) > NEXT_STREAM


def test_nothing_is_told_behind_the_end_of_a_connection(new_codec: NewHttp2Codec) -> None:
    def tells(case: Case) -> bool:
        outcome = drive(new_codec, case, [case.data, NEXT, b"", case.data, NEXT])
        return outcome.events != case.events

    assert [case.name for case in CASES if case.ended and tells(case)] == []


# Floods.


def flooded(new_codec: NewHttp2Codec, flood: Flood, count: int, piece: int) -> Outcome:
    driver = Driver(new_codec(), flood.answers)
    driver.feed(PREFACE + settings() + flood.start)
    for start in range(0, count, piece):
        stop = min(start + piece, count)
        driver.feed(b"".join(flood.unit(index) for index in range(start, stop)))
        if driver.outcome.ended is not None:
            break
    return driver.outcome


@pytest.mark.parametrize("piece", [7, 1000])
def test_a_flood_ends_the_connection_when_the_bucket_is_empty(
    new_codec: NewHttp2Codec, piece: int
) -> None:
    """SETTINGS at the start cost 1 as well, and so may what a flood starts with."""

    def verdicts(flood: Flood) -> tuple[object, object]:
        highest = flood.cost + (flood.cost > 1)
        spared = flooded(new_codec, flood, H2_CREDIT // highest - 2, piece)
        ended = flooded(new_codec, flood, H2_CREDIT // flood.cost + 1, piece)
        return spared.ended, ended.ended

    wrong = {flood.name: told for flood in FLOODS if (told := verdicts(flood)) != (None, TOO_MUCH)}
    assert wrong == {}


def test_what_a_client_may_do_as_often_as_it_likes_costs_nothing(
    new_codec: NewHttp2Codec,
) -> None:
    wrong = {
        flood.name: outcome.ended
        for flood in FREE
        if (outcome := flooded(new_codec, flood, H2_CREDIT + 1, 1000)).ended is not None
    }
    assert wrong == {}


def test_the_bucket_fills_up_with_time(new_codec: NewHttp2Codec) -> None:
    ping = FLOODS[0].unit(0)
    driver = Driver(new_codec())
    driver.feed(PREFACE + settings(), now=100.0)
    for second in range(5):
        driver.feed(ping * (H2_CREDIT_PER_SECOND - 2), now=101.0 + second)
    driver.feed(ping * (H2_CREDIT - 2), now=106.0)
    assert driver.outcome.ended is None
    driver.feed(ping * H2_CREDIT_PER_SECOND, now=107.0)
    assert driver.outcome.ended is None
    driver.feed(ping * 5, now=107.0)
    assert driver.outcome.ended == TOO_MUCH


def test_the_headers_of_a_request_are_the_callers(new_codec: NewHttp2Codec) -> None:
    """The same object tells of the next one, with another list."""
    codec = new_codec()
    codec.feed(PREFACE + settings(), 0.0)
    assert codec.next_event() == wire.NEED_DATA
    lists = []
    for number in (1, 3, 5):
        codec.feed(get(number), 0.0)
        assert codec.next_event() == wire.HEAD
        assert codec.head.headers == [(b"host", b"a")]
        lists.append(codec.head.headers)
        lists[-1].append((b"x-app", b"1"))
        assert codec.next_event() == wire.END
    assert [len(headers) for headers in lists] == [2, 2, 2]


def test_more_fields_than_a_codec_remembers_are_as_right_or_wrong(
    new_codec: NewHttp2Codec,
) -> None:
    driver = Driver(new_codec(streams=10_000))
    driver.feed(PREFACE + settings())
    for index in range(3000):
        driver.feed(get(2 * index + 1, (b"x-%d" % index, b"y")))
    driver.feed(get(9001, (b"x-1", b"y")) + get(9003, (b"x-1", b"y\n")))
    *_, head, end, reset = driver.outcome.events
    assert head == Head(9001, headers=((b"host", b"a"), (b"x-1", b"y")))
    assert (end, reset) == (End(9001), Reset(9003, PROTOCOL, why.REASONS[why.BAD_VALUE]))
