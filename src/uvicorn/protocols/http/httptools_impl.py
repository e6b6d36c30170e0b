"""HTTP/1 over httptools: HttpToolsProtocol, and the RequestResponseCycle of its requests."""

from __future__ import annotations

import re
from typing import Any

import httptools

from ...config import Config
from ...logging import TRACE_LOG_LEVEL
from ...state import ServerState
from ...wire import STATUS_LINES
from ..utils import (
    get_client_addr,
    get_local_addr,
    get_path_with_query_string,
    get_remote_addr,
    is_ssl,
)
from .cycle import Cycle
from .flow_control import HIGH_WATER_LIMIT, FlowControl, service_unavailable
from .protocol import HttpProtocol

__all__ = [
    "HEADER_RE",
    "HEADER_VALUE_RE",
    "HIGH_WATER_LIMIT",
    "STATUS_LINE",
    "TRACE_LOG_LEVEL",
    "Config",
    "FlowControl",
    "HttpToolsProtocol",
    "RequestResponseCycle",
    "ServerState",
    "get_client_addr",
    "get_local_addr",
    "get_path_with_query_string",
    "get_remote_addr",
    "httptools",
    "is_ssl",
    "service_unavailable",
]

# What a response must not have: RFC 9110 section 5.1, a name is a token; 5.5, no control bytes.
HEADER_RE = re.compile(rb"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")
HEADER_VALUE_RE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
STATUS_LINE = {status: STATUS_LINES[status] + b"\r\n" for status in range(100, 600)}


class RequestResponseCycle(Cycle):
    """One request and its response."""


class HttpToolsProtocol(HttpProtocol):
    """One connection. on_*() are called once a head is whole; they may add to `scope`.

    on_header() puts a field into `headers`: the app does not see fields that it leaves out.
    """

    engine = "httptools"

    def head_received(self) -> None:
        self.on_message_begin()
        self.on_url(self.handler.codec.head.target)
        received = list(self.headers)
        # The scope has the same list.
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
        # Looked up only now: a program may have replaced the class.
        return RequestResponseCycle(**facts)
