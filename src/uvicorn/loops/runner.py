"""Run one coroutine on a loop of its own, and do not wait for ever for tasks and threads left."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine

logger = logging.getLogger("uvicorn.error")

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

if sys.version_info >= (3, 11):
    from asyncio import Runner
else:

    class Runner:
        """The part of asyncio.Runner that run() needs, for Python 3.10."""

        def __init__(self, *, loop_factory: LoopFactory | None = None) -> None:
            self._loop = (loop_factory or asyncio.new_event_loop)()
            asyncio.set_event_loop(self._loop)

        def get_loop(self) -> asyncio.AbstractEventLoop:
            return self._loop

        def run(self, coro: Coroutine[object, None, None]) -> None:
            self._loop.run_until_complete(coro)

        def close(self) -> None:
            try:
                self._loop.run_until_complete(self._loop.shutdown_asyncgens())
                self._loop.run_until_complete(self._loop.shutdown_default_executor())
            finally:
                asyncio.set_event_loop(None)
                self._loop.close()


INSIDE = (
    "A server that makes its own event loop cannot run inside of another: there, write"
    " `await Server(config).serve()`."
)


def refuse_inside_of_a_loop() -> None:
    """Raise RuntimeError if run() cannot work here, before anything is made for it."""
    loop = _running_loop()
    if loop is not None and not _may_nest(loop):
        raise RuntimeError(INSIDE)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _may_nest(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether nest_asyncio, which notebooks use, has patched the loop."""
    return hasattr(loop, "_nest_patched")


def run(
    main: Coroutine[object, None, None],
    loop_factory: LoopFactory | None,
    grace: Callable[[], float | None] = lambda: None,
) -> None:
    """As asyncio.run(), but a task or thread that does not end is left behind after a while.

    grace() returns how many seconds tasks have after they were cancelled, and at its second call,
    how many the threads of the loop's own executor have; None is for ever. Inside of a loop that
    may be nested, that loop runs `main`, and its other tasks go on.
    """
    running = _running_loop()
    if running is not None and _may_nest(running):
        running.run_until_complete(main)
        return
    try:
        runner = Runner(loop_factory=loop_factory)
        loop = runner.get_loop()
    except BaseException:
        main.close()
        raise
    ends: list[BaseException] = []
    try:
        runner.run(_keep(main, ends))
    finally:
        if _end_tasks(loop, grace()) and _end_threads(loop, grace()):
            runner.close()
    for end in ends:
        raise end


async def _keep(main: Coroutine[object, None, None], ends: list[BaseException]) -> None:
    """Await `main`, and keep an exception that ends the process: some loops (rloop) ignore it."""
    try:
        await main
    except (KeyboardInterrupt, SystemExit) as exc:
        ends.append(exc)


def _end_tasks(loop: asyncio.AbstractEventLoop, grace: float | None) -> bool:
    """Cancel the tasks that still run; returns whether all have ended: the loop can be closed."""
    tasks = asyncio.all_tasks(loop)
    if not tasks:
        return True
    for task in tasks:
        task.cancel()
    _, stuck = loop.run_until_complete(asyncio.wait(tasks, timeout=grace))
    for task in stuck:
        logger.error("Task %r ignored its cancellation and is left behind.", task.get_name())
    return not stuck


def _end_threads(loop: asyncio.AbstractEventLoop, grace: float | None) -> bool:
    """Wait for the threads of the loop's own executor; returns whether they have ended."""
    ending = loop.create_task(loop.shutdown_default_executor())
    _, stuck = loop.run_until_complete(asyncio.wait([ending], timeout=grace))
    if stuck:
        logger.error("A thread of the default executor still works and is left behind.")
    return not stuck
