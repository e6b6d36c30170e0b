"""When a process has served enough: the limits, their random parts, and what the server does."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import uvicorn
from tests.server.apps import hello, quiet
from tests.server.conftest import Drive, Log
from tests.server.serving_loop import serving
from uvicorn.errors import ConfigError
from uvicorn.system import recycling
from uvicorn.system.recycling import MIB, Recycling


class Clock:
    """time.monotonic() of the module, as a test wants it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("uvicorn.system.recycling.time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def limits(**options: Any) -> Recycling:
    return Recycling(quiet(hello, **options))


def test_without_limits_it_is_off() -> None:
    assert not limits().is_on
    assert limits().reason(10**9) == ""


@pytest.mark.parametrize("option", ["limit_max_requests", "limit_max_memory"])
def test_any_limit_turns_it_on(option: str) -> None:
    assert limits(**{option: 1}).is_on
    assert limits(limit_max_lifetime=1).is_on


def test_requests_are_counted_up_to_their_limit() -> None:
    it = limits(limit_max_requests=5)
    assert it.reason(4) == ""
    assert it.reason(5) == "Maximum request limit of 5 exceeded."


def test_a_lifetime_begins_when_the_limits_are_made(clock: Clock) -> None:
    it = limits(limit_max_lifetime=60)
    clock.now += 59.9
    assert it.reason(0) == ""
    clock.now += 0.1
    assert it.reason(0) == "Maximum lifetime of 60 s exceeded."


def test_memory_is_looked_at_once_a_second(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    used = 99 * MIB

    def measure() -> int:
        looks.append(clock.now)
        return used

    monkeypatch.setattr(recycling, "resident_memory", measure)
    it = limits(limit_max_memory=100)
    for _ in range(25):
        clock.now += 0.125
        assert it.reason(0) == ""
    assert len(looks) == 3
    used = 100 * MIB
    clock.now += 1
    assert it.reason(0) == "Maximum memory of 100 MiB exceeded, by 100 MiB in use."


@pytest.mark.parametrize(
    ("limit", "drawn"),
    {"limit_max_requests": "most_requests", "limit_max_memory": "most_memory"}.items(),
)
def test_a_random_part_is_drawn_once_for_each_process(limit: str, drawn: str) -> None:
    options = {limit: 10, f"{limit}_jitter": 3}
    assert {getattr(limits(**options), drawn) for _ in range(200)} == {10, 11, 12, 13}
    assert getattr(limits(**{f"{limit}_jitter": 3}), drawn) is None


def test_a_lifetime_is_longer_by_a_random_part() -> None:
    options = {"limit_max_lifetime": 10, "limit_max_lifetime_jitter": 2}
    drawn = {limits(**options).most_seconds for _ in range(50)}
    assert len(drawn) > 10
    assert all(seconds is not None and 10 <= seconds <= 12 for seconds in drawn)
    assert limits(limit_max_lifetime_jitter=2).most_seconds is None


def test_memory_in_use_is_what_the_system_says() -> None:
    before = recycling.resident_memory()
    kept = b"x" * (64 * MIB)
    assert 60 * MIB < recycling.resident_memory() - before < 70 * MIB
    status = Path("/proc/self/status").read_text()
    said = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    assert abs(int(said) * 1024 - recycling.resident_memory()) < 8 * MIB
    del kept


def test_elsewhere_psutil_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    process = SimpleNamespace(memory_info=lambda: SimpleNamespace(rss=77))
    psutil = SimpleNamespace(Process=lambda: process)
    monkeypatch.setattr("uvicorn.system.recycling.os.path.exists", lambda path: False)
    monkeypatch.setitem(sys.modules, "psutil", psutil)
    assert recycling.resident_memory() == 77


def test_without_either_the_option_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uvicorn.system.recycling.os.path.exists", lambda path: False)
    monkeypatch.setitem(sys.modules, "psutil", None)
    quiet(hello).check()
    with pytest.raises(ConfigError, match="pip install psutil"):
        quiet(hello, limit_max_memory=1).check()


def test_a_server_ends_when_its_life_is_over(drive: Drive, log: Log) -> None:
    server = uvicorn.Server(quiet(hello, limit_max_lifetime=3600))

    async def main() -> None:
        async with serving(server) as task:
            server.recycling.began -= 3600
            await asyncio.wait_for(asyncio.wait([task]), 60)

    drive(main())
    assert log.has("INFO Maximum lifetime of 3600 s exceeded. Terminating process.")
