"""Compiled or pure: the only place that decides which form of the core this process uses.

The environment variable UVICORN_EXTENSIONS says `require` (fail without the extensions),
`skip` (pure Python) or nothing (the extensions if all of them are there).
"""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from .errors import ConfigError

PURE = "uvicorn.core"
COMPILED = "uvicorn._speed"
# What the compiled form has beyond the modules of the pure one.
NATIVE_CODECS = {
    "http1_codec",
    "native_control",
    "native_head_reader",
    "native_head_writer",
    "native_http2",
    "native_output",
    "ws_codec",
}


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
    def Http2Codec(self) -> Any:
        return self.http2_codec.Http2Codec

    @property
    def StreamState(self) -> Any:
        return self.http2_codec.StreamState

    @property
    def native_http2_codec(self) -> Any:
        """The codec over csrc/, or None in pure Python."""
        return self.native_http2.NativeHttp2Codec if self.compiled else None

    @property
    def Messages(self) -> Any:
        return self.messages.Messages

    @property
    def native_ws_codec(self) -> Any:
        """The codec over csrc/, or None in pure Python."""
        return self.ws_codec.NativeWsCodec if self.compiled else None

    def __repr__(self) -> str:
        return "compiled" if self.compiled else "pure"


def modules(package: str) -> set[str]:
    """Those that can be imported from it; each of the core is to have a compiled twin."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return {module.name for module in iter_modules(places)} if places else set()


def choose(wish: str) -> Core:
    if wish not in ("", "require", "skip"):
        raise ConfigError(f"UVICORN_EXTENSIONS is {wish!r}: use 'require', 'skip', or unset it.")
    if wish != "skip":
        missing = (modules(PURE) | NATIVE_CODECS) - modules(COMPILED)
        if not missing:
            return Core(COMPILED)
        if wish == "require":
            raise ConfigError(
                "UVICORN_EXTENSIONS is 'require', but the compiled core lacks "
                f"{', '.join(sorted(missing))}: install a wheel, or build with a C compiler."
            )
    return Core(PURE)


core = choose(os.environ.get("UVICORN_EXTENSIONS", ""))
