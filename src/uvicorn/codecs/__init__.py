"""HTTP/1 engines by name. Nothing is imported but what is chosen.

    native      our own in C, part of the compiled core
    httptools   over llhttp
    h11         over h11, in pure Python
    auto        the first of these that is there

An adapter works with either build of the core: its class is made for the one it is given.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..core import framing, interfaces
    from .adapter import Adapter

HTTP_CODECS = ("native", "httptools", "h11")


class Core(Protocol):
    """One build of the core, as far as a codec needs it."""

    @property
    def HttpCodec(self) -> type[interfaces.HttpCodec]: ...

    @property
    def Framing(self) -> type[framing.Framing]: ...

    @property
    def native_http_codec(self) -> type[interfaces.HttpCodec] | None: ...


made: dict[tuple[str, type], type[interfaces.HttpCodec]] = {}


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
    if key not in made:
        made[key] = make_codec(name, core)
    return made[key]


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
