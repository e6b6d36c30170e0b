"""uvloop, or winloop, its port to Windows."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable

from ..errors import ConfigError

NAME = "winloop" if sys.platform == "win32" else "uvloop"


class NotInstalled(ConfigError, ImportError):
    """The loop is not installed; it is also an ImportError, which callers catch."""


def uvloop_loop_factory(use_subprocess: bool = False) -> Callable[[], asyncio.AbstractEventLoop]:
    """Raises NotInstalled, or another error that the import raises."""
    try:
        module = importlib.import_module(NAME)
    except ModuleNotFoundError as exc:
        if exc.name != NAME:
            raise
        raise NotInstalled(
            f"The event loop {NAME} is not installed: pip install {NAME}, or choose --loop asyncio."
        ) from None
    factory: Callable[[], asyncio.AbstractEventLoop] = module.new_event_loop
    return factory
