"""What a server and its connections share: frozen settings, and counts that change."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple, Protocol

from . import wire


class Settings(NamedTuple):
    """The values that the core reads, frozen: times in seconds, sizes in bytes.

    `default_headers` go on every response before the app's own, names in lower case; the
    date is added by the core when `date_header` is set. None means no limit.
    """

    root_path: str = ""
    asgi_version: str = "3.0"
    default_headers: tuple[tuple[bytes, bytes], ...] = ((b"server", b"uvicorn"),)
    date_header: bool = True
    access_log: bool = False
    limit_concurrency: int | None = None
    limit_request_line: int = wire.LIMIT_REQUEST_LINE
    limit_request_head: int = wire.LIMIT_REQUEST_HEAD
    limit_request_fields: int = wire.LIMIT_REQUEST_FIELDS
    timeout_keep_alive: float = 5.0
    timeout_request_head: float = 30.0
    timeout_write_stall: float = 60.0


class Shuttable(Protocol):
    """What a server needs of a connection: to end it politely."""

    def shutdown(self) -> None: ...


class ServerState:
    """Counts and sets that connections keep up to date while a server runs."""

    def __init__(self) -> None:
        self.total_requests = 0
        self.connections: set[Shuttable] = set()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.default_headers: list[tuple[bytes, bytes]] = []
