"""The writing half of a connection: what leaves together, when, and what never leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes import FakeTransport, SteppedLoop
from uvicorn.wire import HIGH_WATER

BIG = b"b" * (HIGH_WATER + 1)
FULL = b"f" * HIGH_WATER


class Pipe:
    """A channel on a fake transport, for which it is the whole protocol."""

    def __init__(self, build: Any, loop: SteppedLoop, **options: Any) -> None:
        self.loop = loop
        self.transport = FakeTransport(loop, **options)
        self.channel = build.channel.Channel(self.transport, loop)
        self.transport.set_protocol(self)

    def pause_writing(self) -> None:
        self.channel.pause_writing()

    def resume_writing(self) -> None:
        self.channel.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self.channel.lost()

    def passes(self) -> None:
        self.loop.run_until_complete(self.loop.passes())

    @property
    def writes(self) -> list[bytes]:
        return self.transport.writes


NewPipe = Callable[..., Pipe]


@pytest.fixture
def pipe(build: Any) -> Iterator[NewPipe]:
    loop = SteppedLoop()
    pipes: list[Pipe] = []

    def new_pipe(**options: Any) -> Pipe:
        pipes.append(Pipe(build, loop, **options))
        return pipes[-1]

    try:
        yield new_pipe
        loop.run_until_complete(loop.passes())
        assert not loop.errors
        assert [pipe.transport.late for pipe in pipes if pipe.transport.late] == []
    finally:
        loop.close()


# What leaves together: steps -> writes. A step of a name alone is called without bytes.


@pytest.mark.parametrize(
    ("steps", "writes"),
    [
        ("write a", ["a"]),
        ("write a, write b", ["a", "b"]),
        ("push a", []),
        ("push a, push b, write c", ["abc"]),
        ("push a, release", ["a"]),
        ("push a, flush", ["a"]),
        ("hold a", []),
        ("hold a, write b", ["ab"]),
        ("hold a, push b, write c, write d", ["abc", "d"]),
        ("hold a, release", ["a"]),
        ("hold a, release, hold b, write c", ["a", "bc"]),
        ("release", []),
        ("cork, write a", []),
        ("cork, write a, uncork", ["a"]),
        ("cork, hold a, push b, write c, uncork", ["abc"]),
        ("cork, write a, hold b, write c, release, uncork", ["abc"]),
        ("cork, hold a, release", []),
        ("cork, cork, write a, uncork, write b", ["a", "b"]),
        ("cork, uncork", []),
        ("uncork", []),
        ("cork, hold a, uncork, write b", ["a", "b"]),
        ("hold a, cork, write b, uncork", ["ab"]),
        ("cork, push a, flush, write b, uncork", ["a", "b"]),
    ],
)
def test_bytes_that_belong_together_leave_together(pipe, steps, writes):
    one = pipe()
    for step in steps.split(", "):
        name, _, data = step.partition(" ")
        getattr(one.channel, name)(*([data.encode()] if data else []))
    assert [data.decode() for data in one.writes] == writes


def test_what_is_held_leaves_in_the_next_pass_of_the_loop(pipe):
    one = pipe()
    one.channel.hold(b"a")
    one.channel.hold(b"b")
    assert one.writes == []
    one.passes()
    assert one.writes == [b"ab"]


def test_what_is_held_again_after_a_write_leaves_too(pipe):
    one = pipe()
    for number in range(5):
        one.channel.hold(b"head")
        one.channel.write(b"body")
        one.channel.hold(b"next")
        one.passes()
        assert one.writes == [b"headbody", b"next"] * (number + 1)


@pytest.mark.parametrize("corked", [False, True])
def test_what_grows_over_the_high_water_mark_leaves_at_once(pipe, corked):
    one = pipe()
    if corked:
        one.channel.cork()
    one.channel.push(b"a")
    one.channel.push(FULL)
    assert one.writes == []
    one.channel.write(b"c")
    assert b"".join(one.writes) == b"a" + FULL + b"c"
    one.channel.write(b"d")
    assert b"".join(one.writes) == b"a" + FULL + b"c" + (b"" if corked else b"d")


def test_a_corked_channel_collects_up_to_the_high_water_mark(pipe):
    one = pipe()
    one.channel.cork()
    for _ in range(HIGH_WATER // 1024):
        one.channel.write(b"k" * 1024)
    assert one.writes == []
    one.channel.write(b"!")
    # Not one system call for each: these are the small answers to a pipeline.
    assert 1 <= len(one.writes) <= 2


def test_large_pieces_keep_their_order(pipe):
    one = pipe()
    pieces = [b"1", BIG, b"2", FULL, b"3"]
    for piece in pieces:
        one.channel.push(piece)
    one.channel.write(b"4")
    one.channel.write(BIG)
    one.channel.hold(b"5")
    one.channel.release()
    assert bytes(one.transport.arrived) == b"".join([*pieces, b"4", BIG, b"5"])


def test_an_error_of_the_transport_loses_its_bytes_and_none_is_sent_twice(pipe):
    for data in (b"a", BIG):
        one = pipe()
        one.transport.write_error = OSError("gone")
        one.channel.push(b"head")
        with pytest.raises(OSError, match="gone"):
            one.channel.write(data)
        one.transport.write_error = None
        one.channel.write(b"b")
        one.channel.release()
        assert one.writes == [b"b"]


# A client that does not read.


def wait(one: Pipe) -> asyncio.Task[None]:
    task = one.loop.create_task(one.channel.drained())
    one.passes()
    return task


def fill(one: Pipe) -> None:
    one.transport.client_reads = False
    one.channel.write(BIG)


def test_drained_returns_at_once_while_there_is_room(pipe):
    assert wait(pipe()).done()


def test_drained_waits_until_the_client_has_read(pipe):
    one = pipe()
    fill(one)
    assert not one.channel.writable
    waiting = [wait(one), wait(one)]
    one.transport.take(10)
    one.passes()
    assert [task.done() for task in waiting] == [False, False]
    one.transport.take()
    one.passes()
    assert [task.done() for task in waiting] == [True, True]
    assert one.channel.writable


def test_drained_waits_again_if_there_is_no_room_by_the_time_it_goes_on(pipe):
    one = pipe()
    fill(one)
    task = wait(one)
    one.transport.take()
    one.channel.write(BIG)
    one.passes()
    assert not task.done()
    one.transport.take()
    one.passes()
    assert task.done()


@pytest.mark.parametrize("end", ["lose", "abort"])
def test_nobody_waits_for_a_connection_that_is_gone(pipe, end):
    one = pipe()
    fill(one)
    task = wait(one)
    if end == "lose":
        one.transport.lose(OSError())
    else:
        one.channel.abort()
    one.passes()
    assert task.done()
    assert one.channel.closed


def test_a_client_that_takes_nothing_is_stalled_after_its_time(pipe):
    one = pipe()
    fill(one)
    assert [one.channel.is_stalled(now, 10) for now in (100.0, 105.0, 109.9, 110.0)] == [
        False,
        False,
        False,
        True,
    ]


def test_a_client_that_takes_anything_is_not_stalled(pipe):
    one = pipe()
    fill(one)
    for now in range(100, 200, 9):
        assert not one.channel.is_stalled(float(now), 10)
        one.transport.take(1)


def test_a_client_with_nothing_to_take_is_not_stalled(pipe):
    one = pipe()
    assert not any(one.channel.is_stalled(float(now), 10) for now in range(100, 200))
    fill(one)
    one.transport.take()
    assert not any(one.channel.is_stalled(float(now), 10) for now in range(200, 300))


def test_the_time_of_a_stalled_client_starts_anew_with_the_next_bytes(pipe):
    one = pipe()
    fill(one)
    assert not one.channel.is_stalled(100.0, 10)
    one.transport.take()
    assert not one.channel.is_stalled(109.0, 10)
    fill(one)
    assert not one.channel.is_stalled(111.0, 10)
    assert not one.channel.is_stalled(120.0, 10)
    assert one.channel.is_stalled(121.0, 10)


@pytest.mark.parametrize("end", ["close", "end_writing"])
def test_a_client_that_does_not_take_the_last_bytes_is_stalled(pipe, end):
    one = pipe()
    one.transport.client_reads = False
    one.channel.write(b"few")
    assert not one.channel.is_stalled(90.0, 10)
    getattr(one.channel, end)()
    assert not one.channel.is_stalled(100.0, 10)
    assert one.channel.is_stalled(110.0, 10)
    one.transport.lose(None)
    assert not one.channel.is_stalled(120.0, 10)


# Reading.


def test_reading_is_paused_and_resumed_once_for_many_calls(pipe):
    one = pipe()
    for _ in range(3):
        one.channel.pause_reading()
    assert (one.transport.is_reading(), one.transport.paused_reading) == (False, 1)
    for _ in range(3):
        one.channel.resume_reading()
    assert one.transport.is_reading()
    assert one.channel.reading


def test_a_transport_that_is_gone_is_left_alone(pipe):
    one = pipe()
    one.transport.lose(None)
    one.channel.pause_reading()
    one.channel.resume_reading()
    one.channel.close()
    one.channel.abort()
    assert (one.transport.paused_reading, one.transport.aborted) == (0, False)
    assert one.channel.is_drained()


# The end.


@pytest.mark.parametrize("corked", [False, True])
def test_close_sends_what_was_collected_and_nothing_after_it(pipe, corked):
    one = pipe()
    if corked:
        one.channel.cork()
    one.channel.hold(b"a")
    one.channel.push(b"b")
    one.channel.close()
    for method in (one.channel.write, one.channel.push, one.channel.hold):
        method(b"late")
    one.channel.release()
    one.channel.uncork()
    one.channel.close()
    one.passes()
    assert bytes(one.transport.arrived) == b"ab"
    assert (one.transport.aborted, one.channel.closed) == (False, True)


def test_close_waits_for_a_slow_client(pipe):
    one = pipe()
    fill(one)
    one.channel.write(b"end")
    one.channel.close()
    one.passes()
    assert not one.channel.closed
    assert not one.channel.is_drained()
    one.transport.take()
    one.passes()
    assert bytes(one.transport.arrived) == BIG + b"end"
    assert one.channel.closed


def test_abort_throws_away_what_was_collected(pipe):
    one = pipe()
    one.channel.write(b"sent")
    one.channel.hold(b"a")
    one.channel.push(b"b")
    one.channel.abort()
    one.channel.write(b"late")
    one.passes()
    assert one.writes == [b"sent"]
    assert one.transport.aborted


def test_abort_may_follow_close(pipe):
    one = pipe()
    fill(one)
    one.channel.close()
    one.channel.abort()
    one.passes()
    assert one.transport.aborted
    assert one.channel.closed


def test_what_is_held_when_the_connection_goes_is_forgotten(pipe):
    one = pipe()
    one.channel.hold(b"a")
    one.transport.lose(None)
    one.channel.hold(b"b")
    one.channel.write(b"c")
    one.channel.uncork()
    one.passes()
    assert one.writes == []


def test_ending_our_half_sends_what_was_collected_and_leaves_the_other_open(pipe):
    one = pipe()
    one.channel.hold(b"a")
    assert one.channel.end_writing()
    one.channel.write(b"late")
    one.passes()
    assert one.writes == [b"a"]
    assert one.transport.eof_written
    assert one.transport.is_reading()
    assert not one.channel.end_writing()


def test_a_transport_that_has_no_half_is_not_ended_but_gets_the_bytes(pipe):
    one = pipe(half_close=False)
    one.channel.hold(b"a")
    assert not one.channel.end_writing()
    assert one.writes == [b"a"]
    assert not one.transport.eof_written
    assert not one.channel.closing
