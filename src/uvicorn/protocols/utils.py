"""What protocols read from a transport and from a scope."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..core.access import client_address
from ..core.scope import own_address, peer_address
from ..errors import ClientDisconnected

if TYPE_CHECKING:
    from .._shapes import Addressed
    from .._types import WWWScope

__all__ = [
    "ClientDisconnected",
    "get_client_addr",
    "get_local_addr",
    "get_path_with_query_string",
    "get_remote_addr",
    "is_ssl",
]


class _Named:
    """A transport that knows its addresses, or has a socket that does."""

    def __init__(self, transport: Addressed) -> None:
        self.transport = transport

    def get_extra_info(self, name: str, default: object = None) -> object:
        address = self.transport.get_extra_info(name)
        sock = self.transport.get_extra_info("socket")
        if address is None and sock is not None:
            with contextlib.suppress(OSError):
                return sock.getpeername() if name == "peername" else sock.getsockname()
        return address


def get_remote_addr(transport: Addressed) -> tuple[str, int] | None:
    """(host, port) of the client; None for a unix socket."""
    return peer_address(_Named(transport))


def get_local_addr(transport: Addressed) -> tuple[str, int | None] | None:
    """(host, port) of the server, or (path, None) for a unix socket."""
    return own_address(_Named(transport))


def is_ssl(transport: Addressed) -> bool:
    return bool(transport.get_extra_info("sslcontext"))


def get_client_addr(scope: WWWScope) -> str:
    """The client as "host:port"; "" for a unix socket."""
    return client_address(scope)


def get_path_with_query_string(scope: WWWScope) -> str:
    """The path, percent-encoded again, with its query."""
    path = quote(scope["path"])
    query: bytes = scope["query_string"]
    return f"{path}?{query.decode('ascii')}" if query else path
