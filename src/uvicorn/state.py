"""What a server and its connections share: frozen settings, and counts that change."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from . import wire

if TYPE_CHECKING:
    from .forwarded import TrustedHosts


class DeflateSettings(NamedTuple):
    """How permessage-deflate (RFC 7692) is negotiated and done.

    `window_bits` is the base-two logarithm of the most window bytes, 9 to 15, for both sides;
    `memory_level` is zlib's, 1 to 9, `level` its compression level, 0 to 9. Messages of fewer
    bytes than `threshold` are sent as they are. Without takeover a side starts each message
    anew: smaller memory, less compression.
    """

    window_bits: int = 12
    memory_level: int = 5
    level: int = 6
    threshold: int = 256
    server_takeover: bool = True
    client_takeover: bool = True


class Settings(NamedTuple):
    """The values that the core reads, frozen: times in seconds, sizes in bytes.

    `default_headers` go on every response before the app's own, names in lower case; the
    date is added by the core when `date_header` is set. None means no limit; as `trusted`,
    that nobody may speak for another client.
    """

    root_path: str = ""
    asgi_version: Literal["2.0", "3.0"] = "3.0"
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
    ws_max_size: int = wire.LIMIT_MESSAGE
    ws_max_queue: int = 32
    ws_ping_interval: float | None = 20.0
    ws_ping_timeout: float | None = 20.0
    ws_close_timeout: float = 10.0
    ws_deflate: DeflateSettings | None = None
    ws_log_close: bool = False
    trusted: TrustedHosts | None = None


class Shuttable(Protocol):
    """What a server needs of a connection: to end it politely."""

    def shutdown(self) -> None: ...


class Counting(Protocol):
    """So many requests have been answered by someone."""

    @property
    def count(self) -> int: ...


class ServerState:
    """Counts and sets that connections keep up to date while a server runs."""

    def __init__(self) -> None:
        # One of each service; a protocol of someone else's may count here.
        self.counters: list[Counting] = []
        self._counted_here = 0
        self.connections: set[Shuttable] = set()
        self.tasks: set[asyncio.Task[object]] = set()
        self.default_headers: list[tuple[bytes, bytes]] = []

    @property
    def total_requests(self) -> int:
        """Requests that have been answered."""
        return self._counted_here + sum(counter.count for counter in self.counters)

    @total_requests.setter
    def total_requests(self, number: int) -> None:
        self._counted_here += number - self.total_requests
