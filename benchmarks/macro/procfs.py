"""CPU time and memory of a process and all its descendants, as Linux tells them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
CPUCLOCK_SCHED = 2


class Stat(NamedTuple):
    """The fields of /proc/<pid>/stat that are used here (proc(5)); times in clock ticks."""

    parent: int
    reaped: int
    started: int


def stat(pid: int) -> Stat | None:
    """Return the process's numbers, None if it is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return Stat(int(fields[1]), int(fields[13]) + int(fields[14]), int(fields[19]))


def tree(root: int) -> dict[int, Stat]:
    """Return the living processes from `root` down."""
    everyone = {int(entry.name): stat(int(entry.name)) for entry in PROC.glob("[0-9]*")}
    found: dict[int, Stat] = {}
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        if (numbers := everyone.get(pid)) is None:
            continue
        found[pid] = numbers
        waiting += [child for child, s in everyone.items() if s is not None and s.parent == pid]
    return found


def cpu_seconds(root: int) -> float:
    """Return user and system time of the tree so far, with all threads and reaped children.

    The CPU clock of another process (clock_getcpuclockid(3)) counts every thread, ended ones
    too, in nanoseconds; /proc/<pid>/stat has the same sum in ticks of 10 ms.
    """
    total = 0.0
    for pid, numbers in tree(root).items():
        total += numbers.reaped / TICKS_PER_SECOND
        total += time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)
    return total


def busy_seconds(core: int) -> float:
    """Return for how long the core has been busy with anything, or stolen by another guest."""
    for line in (PROC / "stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            user, nice, system, _idle, _iowait, *rest = map(int, line.split()[1:9])
            return (user + nice + system + sum(rest)) / TICKS_PER_SECOND
    raise ValueError(f"no core {core}")


def memory_kb(root: int) -> tuple[int, int]:
    """Return the resident set of the tree in kB of 1024 bytes: RSS (shared pages count in each
    process), PSS (shared pages count in part)."""
    rss = pss = 0
    for pid in tree(root):
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                rss += int(line.split()[1])
            elif line.startswith("Pss:"):
                pss += int(line.split()[1])
    return rss, pss
