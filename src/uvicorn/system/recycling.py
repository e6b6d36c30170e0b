"""Recycling: when a process has served enough, by requests, by time or by memory.

Each limit has a random part, drawn once per process, so that processes which were started
together do not end together.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..options import Options

MIB = 1 << 20

# Seconds between two checks of the memory.
LOOK = 1.0


class Recycling:
    """The limits of one process; its lifetime begins when this is made."""

    def __init__(self, config: Options) -> None:
        requests, memory = config.limit_max_requests, config.limit_max_memory
        seconds = config.limit_max_lifetime
        self.most_requests = plus_random(requests, config.limit_max_requests_jitter)
        self.most_memory = plus_random(memory, config.limit_max_memory_jitter)
        # Drawn in milliseconds.
        jitter = round(config.limit_max_lifetime_jitter * 1000)
        random_part = plus_random(0, jitter) or 0
        self.most_seconds = None if seconds is None else seconds + random_part / 1000
        self.began = self.looked = time.monotonic()

    @property
    def is_on(self) -> bool:
        limits = (self.most_requests, self.most_memory, self.most_seconds)
        return any(limit is not None for limit in limits)

    def reason(self, requests: int) -> str:
        """Why the process should end now, after so many requests; "" if it should not."""
        if self.most_requests is not None and requests >= self.most_requests:
            return f"Maximum request limit of {self.most_requests} exceeded."
        now = time.monotonic()
        if self.most_seconds is not None and now - self.began >= self.most_seconds:
            return f"Maximum lifetime of {self.most_seconds:g} s exceeded."
        if self.most_memory is not None and now - self.looked >= LOOK:
            self.looked = now
            used = resident_memory() // MIB
            if used >= self.most_memory:
                return f"Maximum memory of {self.most_memory} MiB exceeded, by {used} MiB in use."
        return ""


def plus_random(limit: int | None, jitter: int) -> int | None:
    if limit is None or not jitter:
        return limit
    # Imported here: it imports a lot, and few servers use it.
    import random

    return limit + random.randint(0, jitter)


def check(config: Options) -> None:
    """Raise ConfigError if memory cannot be measured."""
    if config.limit_max_memory is not None:
        _meter()


def resident_memory() -> int:
    """Bytes of this process that are in memory now (RSS)."""
    return _meter()()


def _meter() -> Callable[[], int]:
    if os.path.exists("/proc/self/statm"):
        return _from_proc
    try:
        psutil = importlib.import_module("psutil")
    except ImportError:
        raise ConfigError(
            "limit_max_memory needs psutil on this system: pip install psutil."
        ) from None
    process = psutil.Process()
    return lambda: int(process.memory_info().rss)


def _from_proc() -> int:
    """proc(5): the second number in statm, in pages."""
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")
