"""The engines by name. Only the chosen one is imported.

HTTP/1:

    native      our own in C, part of the compiled core
    httptools   over llhttp
    h11         over h11, in pure Python
    auto        the first of these that is installed

HTTP/2:

    native      our own in C, part of the compiled core
    h2          over hpack, which compresses headers for h2, in pure Python
    auto        the first of these that is installed, or none

WebSocket:

    native              our own in C, part of the compiled core
    websockets          over websockets, with a bit of C
    websockets-sansio   the same: websockets is always used without its I/O
    wsproto             over wsproto, in pure Python
    auto                the first of these that is installed, or none

An adapter works with either build of the core: its class is made for the build in use.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..core import framing, http2_codec, interfaces, messages
    from .adapter import Adapter
    from .ws_adapter import WsAdapter

HTTP_CODECS = ("native", "httptools", "h11")
WS_CODECS = ("native", "websockets", "websockets-sansio", "wsproto")


class Core(Protocol):
    """One build of the core, as far as a codec needs it."""

    @property
    def compiled(self) -> bool: ...

    @property
    def HttpCodec(self) -> type[interfaces.HttpCodec]: ...

    @property
    def Framing(self) -> type[framing.Framing]: ...

    @property
    def native_http_codec(self) -> type[interfaces.HttpCodec] | None: ...

    @property
    def Http2Codec(self) -> type[http2_codec.Http2Codec]: ...

    @property
    def StreamState(self) -> type[http2_codec.StreamState]: ...

    @property
    def native_http2_codec(self) -> type[http2_codec.Http2Codec] | None: ...

    @property
    def Messages(self) -> type[messages.Messages]: ...

    @property
    def native_ws_codec(self) -> type[interfaces.WsCodec] | None: ...


# By the name of a library and the base class, one for each build.
made_http: dict[tuple[str, type], type[interfaces.HttpCodec]] = {}
made_http2: dict[type, type[http2_codec.Http2Codec]] = {}
made_ws: dict[tuple[str, type], type[interfaces.WsCodec]] = {}


def http_codec(name: str, core: Core) -> type[interfaces.HttpCodec]:
    """The codec class for an engine's name. Raises ConfigError where there is none."""
    if name == "auto":
        name = best_http_codec(core)
    if name == "native":
        if core.native_http_codec is None:
            raise ConfigError(
                "The native HTTP engine is not built here: choose --http httptools or --http h11."
            )
        return core.native_http_codec
    if name not in HTTP_CODECS:
        raise ConfigError(
            f"Unknown HTTP engine {name!r}: choose one of auto, {', '.join(HTTP_CODECS)}."
        )
    if find_spec(name) is None:
        raise ConfigError(
            f"The HTTP engine {name} is not installed: pip install {name}, or choose another one."
        )
    key = name, core.HttpCodec
    if key not in made_http:
        made_http[key] = make_codec(name, core)
    return made_http[key]


def best_http_codec(core: Core) -> str:
    if core.native_http_codec is not None:
        return "native"
    return "httptools" if find_spec("httptools") else "h11"


def make_codec(name: str, core: Core) -> type[interfaces.HttpCodec]:
    mixin: type[Adapter]
    if name == "httptools":
        from .httptools import HttptoolsCodec as mixin
    else:
        from .h11 import H11Codec as mixin
    namespace = {"framing_class": core.Framing, "__slots__": mixin.slots}
    return type(mixin.__name__, (mixin, core.HttpCodec), namespace)


def http2_codecs(core: Core) -> list[str]:
    """The names of the codecs of HTTP/2 that are there, the best first."""
    native = ["native"] if core.compiled else []
    return [*native, "h2"] if find_spec("hpack") else native


def has_http2_codec(core: Core) -> bool:
    return bool(http2_codecs(core))


def best_http2_codec(core: Core) -> type[http2_codec.Http2Codec]:
    """The codec of HTTP/2; only if has_http2_codec() says that there is one."""
    return core.native_http2_codec or library_http2_codec(core)


def library_http2_codec(core: Core) -> type[http2_codec.Http2Codec]:
    base = core.Http2Codec
    if base not in made_http2:
        from .h2 import H2Codec

        namespace = {"stream_class": core.StreamState}
        made_http2[base] = type(H2Codec.__name__, (H2Codec, base), namespace)
    return made_http2[base]


def ws_codec(name: str, core: Core) -> type[interfaces.WsCodec] | None:
    """The same for WebSocket. None if `auto` finds no engine: no WebSockets are served then."""
    engine = ws_engine(name, core)
    if engine is None or engine == "native":
        return core.native_ws_codec if engine else None
    key = engine, core.Messages
    if key not in made_ws:
        made_ws[key] = make_ws_codec(engine, core)
    return made_ws[key]


def ws_engine(name: str, core: Core) -> str | None:
    """The engine that a name means here, without importing it: native, or that of a library."""
    if name == "auto":
        return best_ws_engine(core)
    if name not in WS_CODECS:
        raise ConfigError(
            f"Unknown WebSocket engine {name!r}: choose one of auto, {', '.join(WS_CODECS)}."
        )
    if name == "native":
        if not core.compiled:
            raise ConfigError(
                "The native WebSocket engine is not built here: choose --ws websockets or"
                " --ws wsproto."
            )
        return name
    library = "websockets" if name == "websockets-sansio" else name
    if find_spec(library) is None:
        raise ConfigError(
            f"The WebSocket engine {library} is not installed: pip install {library}, or choose"
            " another one."
        )
    return library


def best_ws_engine(core: Core) -> str | None:
    if core.compiled:
        return "native"
    return next((name for name in ("websockets", "wsproto") if find_spec(name)), None)


def make_ws_codec(library: str, core: Core) -> type[interfaces.WsCodec]:
    mixin: type[WsAdapter]
    if library == "websockets":
        from .websockets import WebsocketsCodec as mixin
    else:
        from .wsproto import WsprotoCodec as mixin
    return type(mixin.__name__, (mixin, core.Messages), {"__slots__": mixin.slots})
