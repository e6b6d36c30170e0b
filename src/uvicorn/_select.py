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
from typing import TYPE_CHECKING

from .errors import ConfigError

if TYPE_CHECKING:
    from .core import (
        connection,
        framing,
        http1,
        http2,
        http2_codec,
        interfaces,
        messages,
        service,
        tls,
        websocket,
    )

    FramingClass = type[framing.Framing]
    Http2CodecClass = type[http2_codec.Http2Codec]
    HttpCodecClass = type[interfaces.HttpCodec]
    MessagesClass = type[messages.Messages]
    StreamStateClass = type[http2_codec.StreamState]
    WsCodecClass = type[interfaces.WsCodec]

PURE = "uvicorn.core"
COMPILED = "uvicorn._speed"
# Modules of the compiled form that the pure one does not have.
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

    if TYPE_CHECKING:
        # What is used of it, in either form: the compiled one has the types of its source.
        class connection:
            Connection = connection.Connection

        class framing:
            Framing = framing.Framing

        class http1:
            Http1 = http1.Http1

        class http2:
            Http2 = http2.Http2

        class http2_codec:
            Http2Codec = http2_codec.Http2Codec
            Http2Limits = http2_codec.Http2Limits
            StreamState = http2_codec.StreamState

        class interfaces:
            HttpCodec = interfaces.HttpCodec
            WsCodec = interfaces.WsCodec

        class messages:
            Messages = messages.Messages

        class service:
            Service = service.Service

        class tls:
            Tls = tls.Tls
            TlsTransport = tls.TlsTransport

        class websocket:
            open_websocket = staticmethod(websocket.open_websocket)

        class http1_codec:
            NativeHttpCodec = interfaces.HttpCodec

        class native_http2:
            NativeHttp2Codec = http2_codec.Http2Codec

        class ws_codec:
            NativeWsCodec = interfaces.WsCodec

    def __init__(self, package: str) -> None:
        self.package = package
        self.compiled = package == COMPILED

    def __getattr__(self, module: str) -> ModuleType:
        if module.startswith("_"):
            raise AttributeError(module)
        return importlib.import_module(f"{self.package}.{module}")

    @property
    def HttpCodec(self) -> HttpCodecClass:
        return self.interfaces.HttpCodec

    @property
    def Framing(self) -> FramingClass:
        return self.framing.Framing

    @property
    def native_http_codec(self) -> HttpCodecClass | None:
        """The codec over csrc/, or None in pure Python."""
        return self.http1_codec.NativeHttpCodec if self.compiled else None

    @property
    def Http2Codec(self) -> Http2CodecClass:
        return self.http2_codec.Http2Codec

    @property
    def StreamState(self) -> StreamStateClass:
        return self.http2_codec.StreamState

    @property
    def native_http2_codec(self) -> Http2CodecClass | None:
        """The codec over csrc/, or None in pure Python."""
        return self.native_http2.NativeHttp2Codec if self.compiled else None

    @property
    def Messages(self) -> MessagesClass:
        return self.messages.Messages

    @property
    def native_ws_codec(self) -> WsCodecClass | None:
        """The codec over csrc/, or None in pure Python."""
        return self.ws_codec.NativeWsCodec if self.compiled else None

    def __repr__(self) -> str:
        return "compiled" if self.compiled else "pure"


def modules(package: str) -> set[str]:
    """The modules in a package; each module of the core must have a compiled twin."""
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
