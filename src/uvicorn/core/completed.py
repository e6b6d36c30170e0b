"""What send() returns when nothing has to wait."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from .._shapes import Thrown


class Completed:
    """An awaitable that is done already; it also passes for a coroutine.

    `await` on it costs no suspension, and asyncio.create_task() accepts it, because it has
    the methods of collections.abc.Coroutine.
    """

    def __await__(self) -> Generator[object, object, None]:
        return self

    def __iter__(self) -> Completed:
        return self

    def __next__(self) -> NoReturn:
        # Compiled, this bare form ends the iteration without an exception object.
        raise StopIteration

    def send(self, value: object) -> NoReturn:
        raise StopIteration

    def throw(self, typ: Thrown, value: Thrown = None, traceback: object = None) -> NoReturn:
        raise typ if value is None else value

    def close(self) -> None: ...
