"""Sleeper: waits in a loop until a condition is true; wake() makes it check at once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine

# The longest time between two checks, in seconds.
LONGEST_PAUSE = 0.1


class Sleeper:
    """For one task that sleeps. When it is in a hurry, it stops waiting."""

    def __init__(self, is_in_a_hurry: Callable[[], bool]) -> None:
        self._is_in_a_hurry = is_in_a_hurry
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()

    def use_running_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._woken = asyncio.Event()

    def wake(self) -> None:
        """May be called from any thread, and from signal handlers."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody sleeps
                self._loop.call_soon_threadsafe(self._woken.set)

    async def sleep(self, seconds: float | None) -> None:
        """Sleep for `seconds`, or for ever; less if it is woken."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()

    async def until(self, done: Callable[[], bool], seconds: float | None = None) -> bool:
        """Check again and again, until `done()`, for at most `seconds`; returns whether it is."""
        deadline = None if seconds is None else time.monotonic() + seconds
        pause = 0.001
        while not done():
            if self._is_in_a_hurry() or (deadline is not None and time.monotonic() >= deadline):
                return False
            await self.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return True

    async def finish(
        self,
        work: Coroutine[object, None, None],
        seconds: float | None,
        counts: Callable[[], bool] = lambda: True,
    ) -> bool:
        """Whether `work` ended in time; else it is cancelled. `seconds` begin once `counts()`."""
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(lambda _: self._woken.set())
        deadline: float | None = None
        try:
            while not task.done():
                if deadline is None and seconds is not None and counts():
                    deadline = time.monotonic() + seconds
                left = None if deadline is None else deadline - time.monotonic()
                if self._is_in_a_hurry() or (left is not None and left <= 0):
                    return False
                await self.sleep(left)
        finally:
            task.cancel()
        task.result()
        return True
