"""The table of requests, on every codec and both builds, however the bytes are split."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.cases.http1 import NEXT, NEXT_REQUEST, Case
from tests.cases.http1_requests import CASES
from tests.codecs.driving import (
    NewCodec,
    Outcome,
    adapters_over_compiled,
    codec_maker,
    drive,
    each_codec_once,
)
from uvicorn import wire
from uvicorn.core.interfaces import HttpCodec
from uvicorn.errors import ProtocolError

# Up to this size a case is split at every position, beyond it near its end and at random.
SHORT = 64


def expected(case: Case) -> Outcome:
    return Outcome(case.requests, case.refused, case.unread)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def splits(data: bytes) -> Iterator[list[bytes]]:
    size = len(data)
    if size <= 1000:
        yield split(data, list(range(1, size)))
    if size <= SHORT:
        yield from (split(data, [cut]) for cut in range(1, size))
    else:
        chance = random.Random(size)
        yield from (split(data, [cut]) for cut in range(size - 10, size))
        for cuts in (1, 2, 3, 5, 10, 30):
            yield split(data, sorted(chance.randrange(1, size) for _ in range(cuts)))


def test_no_two_cases_have_the_same_name() -> None:
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("engine", each_codec_once(), ids="-".join)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_requests_mean_what_their_case_says(case: Case, engine: tuple[str, str]) -> None:
    check(case, codec_maker(*engine))


def test_the_adapters_say_the_same_over_the_compiled_core() -> None:
    """They are the same programs on another base, so each one has the whole table as one test."""
    for engine in adapters_over_compiled():
        for case in CASES:
            check(case, codec_maker(*engine))


def check(case: Case, new_codec: NewCodec) -> None:
    """At once, in pieces, and with a request behind them."""
    assert drive(new_codec(), [case.data]) == expected(case), case.name
    # A codec may wait for the end of a line before it looks at it again.
    end_of_line = [b"\r\n"] if case.refused else []
    for pieces in splits(case.data):
        assert drive(new_codec(), pieces + end_of_line) == expected(case), (case.name, pieces)
    if not case.unread and all(request.ended for request in case.requests):
        assert drive(new_codec(), [case.data + NEXT]) == with_next(case), case.name
        assert drive(new_codec(), [case.data, NEXT]) == with_next(case), case.name


def with_next(case: Case) -> Outcome:
    if case.refused is not None:
        return expected(case)
    if case.requests[-1].keep_alive:
        return Outcome([*case.requests, NEXT_REQUEST])
    return Outcome(case.requests, unread=NEXT)


# For the whole table: one test for each engine, which names the cases that are wrong.


def test_nothing_is_told_behind_a_refusal(new_codec: NewCodec) -> None:
    def is_told(case: Case) -> bool:
        codec = new_codec()
        codec.feed(case.data)
        events_until_refused(codec)
        for _ in range(3):
            if events_until_refused(codec):
                return True
            codec.feed(NEXT)
        return False

    assert [case.name for case in CASES if case.refused and is_told(case)] == []


def events_until_refused(codec: HttpCodec) -> list[int]:
    events = []
    with suppress(ProtocolError):
        while (event := codec.next_event()) != wire.NEED_DATA:
            events.append(event)
            if event == wire.END:
                codec.start_next()
    return events


@pytest.mark.parametrize(
    ("line", "forwarded"),
    [
        (b"X-Forwarded-For: 192.0.2.1", True),
        (b"x-forwarded-proto: https", True),
        (b"X-FORWARDED-FOR:", True),
        (b"X-Forwarded-Host: a", False),
        (b"Forwarded: for=192.0.2.1", False),
        (b"X-Forwarded-Fo: 192.0.2.1", False),
        (b"X-Other: 1", False),
    ],
)
def test_a_codec_that_says_nothing_was_forwarded_has_looked(
    line: bytes, forwarded: bool, new_codec: NewCodec
) -> None:
    codec = new_codec()
    looks = "Native" in type(codec).__name__
    for _ in range(2):
        codec.feed(b"GET / HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n" % line)
        assert codec.next_event() == wire.HEAD
        assert codec.head.may_be_forwarded == (forwarded or not looks)
        assert codec.next_event() == wire.END
        codec.start_next()
        codec.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert codec.next_event() == wire.HEAD
        assert codec.head.may_be_forwarded is not looks
        assert codec.next_event() == wire.END
        codec.start_next()
