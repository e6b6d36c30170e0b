"""Pulse: whether an event loop turns, as another thread sees it.

The loop beats by a timer. Timers run once per pass, and a pass runs all that is ready: twelve
requests that compute for two seconds each are one pass of 24. So the loop has also turned if it
runs another task than at the last look. This costs requests nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Pulse:
    """start() and beat() are for the loop's thread, blocked() is for one other thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turned_at = 0.0
        self._task: asyncio.Task[object] | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self.beat()
        self._loop = loop

    def beat(self) -> None:
        self._turned_at = self.clock()

    def blocked(self) -> float:
        """For how many seconds the loop has not turned."""
        if self._loop is None:
            return 0.0
        task = asyncio.current_task(self._loop)
        if task is not self._task:
            # Kept until the next look, so that no new task can have its address.
            self._task = task
            self.beat()
        return max(0.0, self.clock() - self._turned_at)
