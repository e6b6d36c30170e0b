"""uvloop, or winloop, which is the same for Windows."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable

from ..errors import ConfigError

NAME = "winloop" if sys.platform == "win32" else "uvloop"


class NotInstalled(ConfigError, ImportError):
    """There is no such loop here; also what an import that fails raises."""


def uvloop_loop_factory(use_subprocess: bool = False) -> Callable[[], asyncio.AbstractEventLoop]:
    """Raises NotInstalled, or what else the import raises."""
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
