"""The table of WebSocket messages, on every codec and both builds, however the bytes are split."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.cases.websocket import CLOSE, NEXT, NEXT_EVENT, Case
from tests.cases.websocket_messages import CASES
from tests.codecs.ws_driving import (
    Engine,
    NewWsCodec,
    Outcome,
    drive,
    on_each_codec_once,
    on_every_codec,
    ws_adapters_over_compiled,
    ws_codec_maker,
)
from uvicorn import wire
from uvicorn.core.interfaces import WsCodec

# Up to this size a case is split at every position, beyond it near its ends and at random.
SHORT = 64
BYTE_BY_BYTE = 1000
REFUSED = [case for case in CASES if case.refused]


def codec_maker_of(case: Case, engine: Engine) -> NewWsCodec:
    return ws_codec_maker(engine, case.limit, case.deflate)


def expected(case: Case) -> Outcome:
    return Outcome(case.events, case.refused, case.unread)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def splits(data: bytes) -> Iterator[list[bytes]]:
    size = len(data)
    if size <= BYTE_BY_BYTE:
        yield split(data, list(range(1, size)))
    if size <= SHORT:
        yield from (split(data, [cut]) for cut in range(1, size))
    else:
        chance = random.Random(size)
        yield from (split(data, [cut]) for cut in (*range(1, 16), *range(size - 10, size)))
        for cuts in (1, 2, 3, 5, 10, 30):
            yield split(data, sorted(chance.randrange(1, size) for _ in range(cuts)))


def test_no_two_cases_have_the_same_name() -> None:
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)


@on_each_codec_once
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_frames_mean_what_their_case_says(case: Case, engine: Engine) -> None:
    check(case, codec_maker_of(case, engine))


def test_the_adapters_say_the_same_over_the_compiled_core() -> None:
    """They are the same programs on another base, so each one has the whole table as one test."""
    for engine in ws_adapters_over_compiled():
        for case in CASES:
            check(case, codec_maker_of(case, engine))


def check(case: Case, new_codec: NewWsCodec) -> None:
    """At once, in pieces, and with a message behind them."""
    assert drive(new_codec(), [case.data]) == expected(case), case.name
    for pieces in splits(case.data):
        assert drive(new_codec(), pieces) == expected(case), (case.name, pieces)
    if case.finished:
        assert drive(new_codec(), [case.data + NEXT]) == with_next(case), case.name
        assert drive(new_codec(), [case.data, NEXT]) == with_next(case), case.name


def with_next(case: Case) -> Outcome:
    if case.refused is not None:
        return expected(case)
    if case.events and case.events[-1].opcode == CLOSE:
        return Outcome(case.events, None, case.unread + len(NEXT))
    return Outcome([*case.events, NEXT_EVENT])


# What holds for the whole table: one test for each engine, which names the cases that are wrong.


@on_every_codec
def test_nothing_is_refused_before_the_byte_that_decides(engine: Engine) -> None:
    def is_early(case: Case) -> bool:
        before = drive(codec_maker_of(case, engine)(), [case.data[:-1]])
        return replace(before, unread=0) != Outcome(case.events)

    assert [case.name for case in REFUSED if is_early(case)] == []


@on_every_codec
def test_nothing_is_told_behind_a_refusal(engine: Engine) -> None:
    def is_told(case: Case) -> bool:
        codec = codec_maker_of(case, engine)()
        assert drive(codec, [case.data]).refused, case.name
        for _ in range(3):
            codec.feed(NEXT)
            if codec.next_event() != wire.NEED_DATA:
                return True
        return False

    assert [case.name for case in REFUSED if is_told(case)] == []


@on_every_codec
def test_what_is_pulled_late_is_the_same(engine: Engine) -> None:
    def is_other(case: Case) -> bool:
        codec: WsCodec = codec_maker_of(case, engine)()
        for piece in split(case.data, sorted({len(case.data) // 3, len(case.data) // 2})):
            codec.feed(piece)
        assert codec.unread_size() == len(case.data), case.name
        return drive(codec, [b""]) != expected(case)

    assert [case.name for case in CASES if case.finished and is_other(case)] == []
