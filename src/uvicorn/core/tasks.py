"""Tasks that start at once. The compiled twin makes one without a dict of its own."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any

# Its eager_start and context are younger than Python 3.10.
Task: Any = asyncio.Task


class EagerTasks:
    """Makes tasks that run up to their first wait, each in its own copy of one context."""

    def __init__(self, loop: asyncio.AbstractEventLoop, context: contextvars.Context) -> None:
        self.loop = loop
        self.context = context

    def start(self, coroutine: Any) -> Any:
        context = self.context.copy()
        return Task(coroutine, loop=self.loop, eager_start=True, context=context)
