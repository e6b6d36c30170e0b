"""HTTP/1 over httptools: HttpToolsProtocol, and the RequestResponseCycle of its requests."""

from __future__ import annotations

from typing import Any

import httptools

from .cycle import Cycle
from .flow_control import HIGH_WATER_LIMIT, FlowControl, service_unavailable
from .protocol import HttpProtocol

__all__ = [
    "HIGH_WATER_LIMIT",
    "FlowControl",
    "HttpToolsProtocol",
    "RequestResponseCycle",
    "httptools",
    "service_unavailable",
]


class RequestResponseCycle(Cycle):
    """One request and its response."""


class HttpToolsProtocol(HttpProtocol):
    """One connection. Its on_*() calls come once a head is whole; `scope` may be added to.

    on_header() puts a field into `headers`: what it leaves out, the app does not see.
    """

    engine = "httptools"

    def head_received(self) -> None:
        self.on_message_begin()
        self.on_url(self.handler.codec.head.target)
        received = list(self.headers)
        # The list is the scope's, too.
        self.headers.clear()
        for name, value in received:
            self.on_header(name, value)
        self.on_headers_complete()

    def on_message_begin(self) -> None: ...

    def on_url(self, url: bytes) -> None: ...

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None: ...

    def new_cycle(self, **facts: Any) -> Cycle:
        # Looked up now: someone may have put another class in its place.
        return RequestResponseCycle(**facts)
