"""What is installed: the build of the core, the engines and the loop, as text."""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from . import Core

logger = logging.getLogger("uvicorn.error")

SLOW = (
    "The compiled core is not there, so requests cost several times the CPU. Install a wheel for"
    " this Python, or a C compiler and then uvicorn once more: pip install --force-reinstall"
    " --no-cache-dir uvicorn. UVICORN_EXTENSIONS=skip says that you want pure Python."
)


def loop_name(loop: str) -> str:
    """The loop that a value of `loop` means here."""
    if loop == "auto":
        fast = "winloop" if sys.platform == "win32" else "uvloop"
        return fast if find_spec(fast) else "asyncio"
    return "left to asyncio" if loop == "none" else loop


def in_use(http: type | str, http2: bool, ws: type | str, loop: str) -> str:
    """One line: what a server with these options runs on."""
    from .._select import core
    from . import best_http_codec, best_ws_engine, http2_codecs

    if http == "auto":
        http = best_http_codec(core)
    if ws == "auto":
        ws = best_ws_engine(core) or "none"
    h2 = http2_codecs(core)[0] if http2 else "none"
    return (
        f"Core: {core!r}. HTTP: {_shown(http)}. HTTP/2: {h2}."
        f" WebSocket: {_shown(ws)}. Loop: {loop_name(loop)}."
    )


def lines() -> list[str]:
    """What is installed, the default first, for --version."""
    try:
        from .._select import core
    except ConfigError as exc:
        # A wrong UVICORN_EXTENSIONS must not make --version fail.
        return [f"Core: {exc}"]
    from . import HTTP_CODECS, WS_CODECS, http2_codecs, http_codec, ws_engine

    http = [name for name in HTTP_CODECS if _is_there(http_codec, name, core)]
    ws = [name for name in WS_CODECS if _is_there(ws_engine, name, core)]
    return [
        f"Core: {core!r}",
        f"HTTP: {', '.join(http)}",
        f"HTTP/2: {', '.join(http2_codecs(core)) or 'none'}",
        f"WebSocket: {', '.join(each for each in ws if each != 'websockets-sansio') or 'none'}",
        f"Loop: {', '.join(dict.fromkeys([loop_name('auto'), 'asyncio']))}",
    ]


@functools.cache
def warn_of_slow_core() -> None:
    """Warn once, with what to do, if CPython runs the pure core and nobody has asked for that."""
    from .._select import core

    is_asked_for = os.environ.get("UVICORN_EXTENSIONS") or sys.implementation.name != "cpython"
    if not core.compiled and not is_asked_for:
        logger.warning(SLOW)


def _is_there(engine: Callable[[str, Core], object], name: str, core: Core) -> bool:
    try:
        return engine(name, core) is not None
    except ConfigError:
        return False


def _shown(engine: type | str) -> str:
    return engine if isinstance(engine, str) else engine.__qualname__
