"""What send() answers when nothing has to wait."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any


class Completed:
    """An awaitable that is done already; it also passes for a coroutine.

    `await` on it costs no suspension, and asyncio.create_task() takes it, because it has
    the methods of collections.abc.Coroutine.
    """

    def __await__(self) -> Generator[Any, None, None]:
        return self

    def __iter__(self) -> Completed:
        return self

    def __next__(self) -> Any:
        # Compiled, this bare form ends the iteration without an exception object.
        raise StopIteration

    def send(self, value: Any) -> Any:
        raise StopIteration

    def throw(self, typ: Any, value: Any = None, traceback: Any = None) -> Any:
        raise typ if value is None else value

    def close(self) -> None: ...
