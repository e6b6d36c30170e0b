"""Names that others import, mostly workers for gunicorn: asyncio.run() with a loop of one's own.

Python has `loop_factory` since 3.12. Our own code does not need it: see loops/runner.py.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import TypeVar

__all__ = ["asyncio_run", "iscoroutinefunction"]

T = TypeVar("T")

if sys.version_info >= (3, 12):
    from inspect import iscoroutinefunction

    asyncio_run = asyncio.run
else:
    from asyncio import iscoroutinefunction

    def asyncio_run(
        main: Coroutine[object, None, T],
        *,
        debug: bool | None = None,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> T:
        """Run `main` on a loop that `loop_factory` makes, else on asyncio's; returns its result."""
        if loop_factory is None:
            return asyncio.run(main, debug=debug)
        loop = loop_factory()
        asyncio.set_event_loop(loop)
        try:
            if debug is not None:
                loop.set_debug(debug)
            return loop.run_until_complete(main)
        finally:
            _close(loop)

    def _close(loop: asyncio.AbstractEventLoop) -> None:
        try:
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            loop.close()
