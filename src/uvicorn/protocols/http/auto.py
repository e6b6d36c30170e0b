"""The protocol class over the best parser that is installed here."""

from __future__ import annotations

from importlib.util import find_spec

from .protocol import HttpProtocol

__all__ = ["AutoHTTPProtocol"]

AutoHTTPProtocol: type[HttpProtocol]

if find_spec("httptools") is None:
    from .h11_impl import H11Protocol as AutoHTTPProtocol
else:
    from .httptools_impl import HttpToolsProtocol as AutoHTTPProtocol
