"""The fastest loop that is installed: uvloop (winloop on Windows), else asyncio's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .asyncio import asyncio_loop_factory
from .uvloop import uvloop_loop_factory


def auto_loop_factory(use_subprocess: bool = False) -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        return uvloop_loop_factory(use_subprocess=use_subprocess)
    except ImportError:
        return asyncio_loop_factory(use_subprocess=use_subprocess)
