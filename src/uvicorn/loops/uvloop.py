"""uvloop, or winloop, which is the same for Windows. Raises ImportError if it is not there."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable


def uvloop_loop_factory(use_subprocess: bool = False) -> Callable[[], asyncio.AbstractEventLoop]:
    module = importlib.import_module("winloop" if sys.platform == "win32" else "uvloop")
    factory: Callable[[], asyncio.AbstractEventLoop] = module.new_event_loop
    return factory
