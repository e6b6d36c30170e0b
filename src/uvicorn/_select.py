"""Compiled or pure: the only place that decides which form of the core this process uses.

The environment variable UVICORN_EXTENSIONS says `require` (fail without the extensions),
`skip` (pure Python) or nothing (the extensions if all of them are there).
"""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from .errors import ConfigError

PURE = "uvicorn.core"
COMPILED = "uvicorn._speed"
# Every module of the core, and those that only the compiled form has.
MODULES = (
    *("interfaces", "octets", "steps", "waiter", "done", "channel", "encode", "framing"),
    *("scope", "answers", "access", "service", "app_interface", "exchange", "connection"),
    *("http1_stream", "http1", "frames", "utf8", "deflate", "messages", "handshake", "denial"),
    *("farewell", "session", "websocket", "tls", "type_versions", "log_methods"),
)
NATIVE_MODULES = ("http1_codec", "ws_codec")


class Core:
    """One form of the core: `core.framing` is uvicorn.core.framing or its compiled twin."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.compiled = package == COMPILED

    def __getattr__(self, module: str) -> ModuleType:
        if module.startswith("_"):
            raise AttributeError(module)
        return importlib.import_module(f"{self.package}.{module}")

    @property
    def HttpCodec(self) -> Any:
        return self.interfaces.HttpCodec

    @property
    def Framing(self) -> Any:
        return self.framing.Framing

    @property
    def native_http_codec(self) -> Any:
        """The codec over csrc/, or None in pure Python."""
        return self.http1_codec.NativeHttpCodec if self.compiled else None

    @property
    def Messages(self) -> Any:
        return self.messages.Messages

    @property
    def native_ws_codec(self) -> Any:
        """The codec over csrc/, or None in pure Python."""
        return self.ws_codec.NativeWsCodec if self.compiled else None

    def __repr__(self) -> str:
        return "compiled" if self.compiled else "pure"


def choose(wish: str) -> Core:
    if wish not in ("", "require", "skip"):
        raise ConfigError(f"UVICORN_EXTENSIONS is {wish!r}: use 'require', 'skip', or unset it.")
    if wish != "skip":
        missing = [m for m in MODULES + NATIVE_MODULES if find_spec(f"{COMPILED}.{m}") is None]
        if not missing:
            return Core(COMPILED)
        if wish == "require":
            raise ConfigError(
                "UVICORN_EXTENSIONS is 'require', but the compiled core lacks "
                f"{', '.join(missing)}: install a wheel, or build with a C compiler."
            )
    return Core(PURE)


core = choose(os.environ.get("UVICORN_EXTENSIONS", ""))
