"""The shapes of what others pass to us, only for type checkers: nothing imports this at run time.

Transports, protocols and coroutines are known by their methods, here as in asyncio: a server may
have uvloop's, compiled ones, or those of another program. `Any` stands where only another program
knows the type, or where Python's own signature has it.
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


# Header fields to send. The encoder checks that those from an app are bytes.
Fields = list[tuple[bytes, bytes]]

# asyncio.


class Addressed(Protocol):
    """An object that knows the two ends of a connection."""

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
    """What a transport calls. `transport` is any that the protocol can use."""

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


# The argument of throw(): an exception; or its class, and then the exception may follow.
Thrown = Any


class Waiting(Protocol):
    """Somebody in receive()."""

    def wake(self) -> None: ...
