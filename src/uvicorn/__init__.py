"""An ASGI web server: `uvicorn main:app`, or run(), or Config and Server.

The names are imported when they are used, so that a process pays only for what it needs.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from ._version import VERSION

if TYPE_CHECKING:
    from .cli import main
    from .config import Config
    from .main import run
    from .server import Server

__version__ = VERSION
__all__ = ["main", "run", "Config", "Server"]  # noqa: RUF022  (known in this order)

_HOMES = {
    "main": "uvicorn.main",
    "run": "uvicorn.main",
    "Config": "uvicorn.config",
    "Server": "uvicorn.server",
}


class _Package(ModuleType):
    """Keeps `uvicorn.main` the command: an import of the submodule would take its name."""

    def __setattr__(self, name: str, value: object) -> None:
        if name != "main" or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
