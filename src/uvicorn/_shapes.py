"""The shapes of what others hand to us, for type checkers alone: nothing imports this at run time.

Transports, protocols and coroutines are known by their methods, here as in asyncio: those of a
server may be uvloop's, compiled, or of someone else's make. `Any` stands where the value is
another program's own affair, or where Python's own signature has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypedDict

# ASGI.


class AppMessage(TypedDict, total=False):
    """What an app sends, before it has been looked at: one of ASGISendEvent, or something else.

    It has the keys of all of them. What must be checked before it can be used is an `object`.
    """

    type: str
    status: object
    headers: Iterable[tuple[bytes, bytes]]
    body: object
    more_body: object
    trailers: object
    more_trailers: object
    links: Iterable[bytes]
    bytes: object
    text: object
    subprotocol: str | None
    code: object
    reason: object


# Header fields that are to be sent. What an app has given is held to bytes by their encoder.
Fields = list[tuple[bytes, bytes]]

# asyncio.


class Addressed(Protocol):
    """What knows the two ends of a connection."""

    def get_extra_info(self, name: str, default: Any = None) -> Any: ...


class Transport(Addressed, Protocol):
    """A socket's transport as connections use it: asyncio's, uvloop's, or that of TLS over one."""

    def set_protocol(self, protocol: Any, /) -> None: ...
    def write(self, data: bytes, /) -> None: ...
    def write_eof(self) -> None: ...
    def can_write_eof(self) -> bool: ...
    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...
    def get_write_buffer_limits(self) -> tuple[int, int]: ...
    def get_write_buffer_size(self) -> int: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def is_closing(self) -> bool: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


class StreamProtocol(Protocol):
    """What a transport calls. `transport` is whichever the protocol can do with."""

    def connection_made(self, transport: Any, /) -> None: ...
    def data_received(self, data: bytes, /) -> None: ...
    def eof_received(self) -> bool | None: ...
    def connection_lost(self, error: Exception | None, /) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...


class Steps(Protocol):
    """What a task drives: a coroutine, a generator, or what passes for one."""

    def send(self, value: None, /) -> object: ...
    def throw(self, error: BaseException, /) -> object: ...
    def close(self) -> object: ...


# What throw() is given, and with it perhaps the exception, as its class came first.
Thrown = Any


class Waiting(Protocol):
    """Somebody in receive()."""

    def wake(self) -> None: ...
