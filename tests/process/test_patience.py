"""Which time counts against a worker, and what its event loop is seen to do. No processes."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from uvicorn.supervisors.patience import SLOWER, Condition, Patience, Sample, sample
from uvicorn.supervisors.pulse import Pulse

SUSPICIOUS = 2.0


class World:
    """A clock that is set by hand, and a process that does what the test says."""

    def __init__(self) -> None:
        self.now = 100.0
        self.found: Sample | None = Sample(1.0, Condition.IDLE)
        self.patience = Patience(SUSPICIOUS, lambda: self.now, lambda pid: self.found)

    def after(self, seconds: float, cpu: float, condition: Condition) -> Patience:
        """Look at it so many seconds later; meanwhile it has used so much CPU time."""
        self.now += seconds
        used = 0.0 if self.found is None else self.found.cpu
        self.found = Sample(used + cpu, condition)
        self.patience.look(1)
        return self.patience

    def says(self, blocked: float = 0.0) -> None:
        assert self.found is not None
        self.patience.heard(blocked, self.found.cpu)


@pytest.fixture
def world() -> World:
    world = World()
    world.says()
    return world


# Silence


def test_all_time_counts_against_a_process_that_is_stopped(world: World) -> None:
    assert world.after(3.0, 0.0, Condition.IDLE).silent == 3.0
    assert world.after(0.5, 0.0, Condition.IDLE).silent == 3.5


def test_only_the_time_that_it_was_given_counts_against_a_starved_process(world: World) -> None:
    assert world.after(60.0, 0.25, Condition.WANTS_CPU).silent == 0.25
    assert world.after(60.0, 0.25, Condition.WANTS_CPU).silent == 0.5


def test_whoever_holds_the_gil_uses_up_its_time(world: World) -> None:
    assert world.after(5.0, 5.0, Condition.WANTS_CPU).silent == 5.0


def test_several_threads_use_up_no_more_time_than_there_was(world: World) -> None:
    assert world.after(3.0, 12.0, Condition.WANTS_CPU).silent == 3.0


def test_a_slow_disk_costs_little_but_not_for_ever(world: World) -> None:
    assert world.after(6.0, 0.0, Condition.WANTS_DISK).silent == 6.0 / SLOWER


def test_where_the_system_says_nothing_time_counts_little(world: World) -> None:
    world.found = None
    world.now += 6.0
    world.patience.look(1)
    assert world.patience.silent == 6.0 / SLOWER


def test_an_answer_ends_the_silence(world: World) -> None:
    world.after(3.0, 0.0, Condition.IDLE)
    world.says()
    assert world.after(1.0, 0.0, Condition.IDLE).silent == 0.0
    assert world.after(1.0, 0.0, Condition.IDLE).silent == 2.0


def test_a_short_silence_is_not_looked_into(world: World) -> None:
    world.patience.look_at = lambda pid: pytest.fail("It was looked at.")
    world.now += SUSPICIOUS - 0.1
    world.patience.look(1)
    assert world.patience.silent == 0.0


# A loop that stands still


def test_a_loop_that_stands_still_is_counted_while_the_process_answers(world: World) -> None:
    for blocked in (1.0, 2.0, 3.0, 4.0):
        world.now += 1.0
        world.says(blocked)
        world.patience.look(1)
    assert world.patience.silent == 0.0
    assert world.patience.blocked == 3.0
    world.says(0.5)
    assert world.patience.blocked == 0.0


def test_a_starved_loop_does_not_stand_still(world: World) -> None:
    for blocked in (10.0, 20.0, 30.0):
        world.says(blocked)
        world.after(10.0, 0.5, Condition.WANTS_CPU)
    assert world.patience.blocked == 1.5


# What the system says


def stat(state: str, utime: int = 0, stime: int = 0) -> str:
    fields = [state, *["0"] * 10, str(utime), str(stime), "0"]
    return f"1 (a (strange) name) {' '.join(fields)}\n"


@pytest.mark.parametrize(
    ("threads", "condition"),
    [
        ("SS", Condition.IDLE),
        ("TT", Condition.IDLE),
        ("SR", Condition.WANTS_CPU),
        ("DSR", Condition.WANTS_CPU),
        ("SD", Condition.WANTS_DISK),
    ],
)
def test_the_condition_of_a_process_is_that_of_its_threads(
    threads: str, condition: Condition, tmp_path: Path
) -> None:
    ticks = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
    for number, state in enumerate(threads):
        thread = tmp_path / "7" / "task" / str(number)
        thread.mkdir(parents=True)
        (thread / "stat").write_text(stat(state))
    (tmp_path / "7" / "task" / "gone").mkdir()
    (tmp_path / "7" / "stat").write_text(stat("S", ticks, ticks))
    assert sample(7, str(tmp_path)) == Sample(2.0, condition)


def test_a_process_that_is_gone_has_no_condition(tmp_path: Path) -> None:
    assert sample(7, str(tmp_path)) is None


def test_this_process_wants_the_processor() -> None:
    found = sample(os.getpid())
    assert found is None or found.condition is Condition.WANTS_CPU


# The pulse


class Looking:
    """A thread that looks at a loop while that one stands still."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pulse = Pulse(lambda: self.now)

    def seen(self) -> float:
        """What the other thread sees now; ours waits for it, as an app that blocks does."""
        found: list[float] = []
        thread = threading.Thread(target=lambda: found.append(self.pulse.blocked()))
        thread.start()
        thread.join()
        return found[0]


def test_a_loop_that_has_not_started_does_not_stand_still() -> None:
    assert Looking().seen() == 0.0


def test_a_task_that_blocks_the_loop_is_seen() -> None:
    looking = Looking()

    async def blocks() -> list[float]:
        looking.pulse.start(asyncio.get_running_loop())
        ages = [looking.seen()]
        for _ in range(2):
            looking.now += 4.0
            ages.append(looking.seen())
        return ages

    assert asyncio.run(blocks()) == [0.0, 4.0, 8.0]


def test_several_tasks_that_block_one_pass_are_several_turns() -> None:
    looking = Looking()
    ages: list[float] = []

    async def blocks() -> None:
        looking.now += 4.0
        ages.append(looking.seen())
        looking.now += 3.0
        ages.append(looking.seen())

    async def main() -> None:
        looking.pulse.start(asyncio.get_running_loop())
        await asyncio.gather(*(blocks() for _ in range(3)))

    asyncio.run(main())
    assert ages == [0.0, 3.0] * 3


def test_a_beat_is_a_turn_of_an_idle_loop() -> None:
    looking = Looking()
    loop = asyncio.new_event_loop()
    looking.pulse.start(loop)
    looking.now += 1.0
    assert looking.seen() == 1.0
    looking.pulse.beat()
    assert looking.seen() == 0.0
    loop.close()
