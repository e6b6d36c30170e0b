"""Patience: for how long a worker has not answered, and its event loop not turned.

Time counts only while the system lets the process run, or the process does not want to run:

1.  While one of its threads waits for a processor, the CPU time that the process has used counts.
    A starved process answers with its first CPU time; one that holds the GIL uses it all up.
2.  While none does, all time counts: it is stopped, or waits for something of its own.
3.  While one waits for the disk, or the system does not show the state of a process, one second in
    SLOWER counts. A slow disk is no fault of the worker, but it may be slow for ever.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

SLOWER = 6

PROC = "/proc"


class Condition(Enum):
    WANTS_CPU = "a thread of it runs or would like to"
    WANTS_DISK = "a thread of it cannot be interrupted"
    IDLE = "it sleeps, or is stopped"


class Sample(NamedTuple):
    cpu: float
    condition: Condition


def sample(pid: int, proc: str = PROC) -> Sample | None:
    """The state of a process, by proc(5); None if the system does not show it, or it is gone."""
    try:
        with open(f"{proc}/{pid}/stat", "rb") as stat:
            used = _after_name(stat.read())
        cpu = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
        return Sample(cpu, _condition(f"{proc}/{pid}/task"))
    except (OSError, IndexError, ValueError, AttributeError):
        return None


def _condition(tasks: str) -> Condition:
    found = Condition.IDLE
    for thread in os.listdir(tasks):
        try:
            with open(f"{tasks}/{thread}/stat", "rb") as stat:
                state = _after_name(stat.read())[0]
        except FileNotFoundError:
            continue
        if state == b"R":
            return Condition.WANTS_CPU
        if state == b"D":
            found = Condition.WANTS_DISK
    return found


def _after_name(stat: bytes) -> list[bytes]:
    """The fields of a stat file from the third on: the second may hold anything."""
    return stat.rpartition(b")")[2].split()


class Patience:
    """With one process. Call heard() at each answer, and look() now and then.

    `silent` and `blocked` are seconds. look() reads the state of the process only after it has not
    answered, or not turned its loop, for `suspicious` seconds.
    """

    def __init__(
        self,
        suspicious: float,
        clock: Callable[[], float] = time.monotonic,
        look_at: Callable[[int], Sample | None] = sample,
    ) -> None:
        self.suspicious = suspicious
        self.clock = clock
        self.look_at = look_at
        self.begin_anew()

    def begin_anew(self) -> None:
        self.silent = self.blocked = 0.0
        self._said_blocked = 0.0
        self._heard_at = self._counted_to = self.clock()
        self._cpu: float | None = None

    def heard(self, blocked: float, cpu: float) -> None:
        """The process has answered: for how long its loop is blocked, and its CPU time."""
        self._heard_at = self.clock()
        self.silent = 0.0
        if blocked < self._said_blocked:
            self.blocked = 0.0
        self._said_blocked = blocked
        if blocked < self.suspicious:
            self._counted_to, self._cpu = self._heard_at, cpu

    def look(self, pid: int) -> None:
        now = self.clock()
        is_silent = now - self._heard_at >= self.suspicious
        if not is_silent and self._said_blocked < self.suspicious:
            return
        seconds = self._seconds_that_count(now - self._counted_to, self.look_at(pid))
        self._counted_to = now
        self.blocked += seconds
        if is_silent:
            self.silent += seconds

    def _seconds_that_count(self, passed: float, found: Sample | None) -> float:
        if found is None:
            return passed / SLOWER
        used = 0.0 if self._cpu is None else found.cpu - self._cpu
        self._cpu = found.cpu
        if found.condition is Condition.IDLE:
            return passed
        if found.condition is Condition.WANTS_DISK:
            return passed / SLOWER
        # Several threads may use more CPU time than has passed.
        return min(passed, max(0.0, used))
