"""What a server and its connections share: frozen settings, and counts that change."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from .forwarded import TrustedHosts


class DeflateSettings(NamedTuple):
    """How permessage-deflate (RFC 7692) is negotiated and done: the options ws_deflate_*.

    `window_bits` is the base-two logarithm of the largest window in bytes, 9 to 15, for both
    sides; `memory_level` is zlib's, 1 to 9, `level` its compression level, 0 to 9. Messages of
    fewer bytes than `threshold` are sent uncompressed. Without takeover a side starts each
    message anew: less memory, less compression.
    """

    window_bits: int
    memory_level: int
    level: int
    threshold: int
    server_takeover: bool
    client_takeover: bool


class Settings(NamedTuple):
    """The values that the core reads, frozen: times in seconds, sizes in bytes.

    A field with the name of an option is that option; only the table of options has its default.
    `default_headers` go on every response before the app's own, names in lower case; the core
    adds the date if `date_header` is set. None means no limit; `trusted` None means that nobody
    may speak for another client.
    """

    root_path: str
    asgi_version: Literal["2.0", "3.0"]
    default_headers: tuple[tuple[bytes, bytes], ...]
    date_header: bool
    access_log: bool
    limit_concurrency: int | None
    limit_request_line: int
    limit_request_head: int
    limit_request_fields: int
    timeout_keep_alive: float
    timeout_request_head: float
    timeout_write_stall: float
    ws_max_size: int
    ws_max_queue: int
    ws_ping_interval: float | None
    ws_ping_timeout: float | None
    ws_close_timeout: float
    ws_deflate: DeflateSettings | None
    ws_log_close: bool
    trusted: TrustedHosts | None
    http2_keep_alive_interval: float | None
    http2_keep_alive_timeout: float


class Shuttable(Protocol):
    """What a server needs of a connection: to end it in good order."""

    def shutdown(self) -> None: ...


class Counting(Protocol):
    """Counts the requests that somebody has answered."""

    @property
    def count(self) -> int: ...


class ServerState:
    """Counts and sets that connections keep up to date while a server runs."""

    def __init__(self) -> None:
        # One from each service; a protocol class of another program may count here too.
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
