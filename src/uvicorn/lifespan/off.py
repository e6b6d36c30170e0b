"""No lifespan: the app gets no startup and no shutdown event."""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._types import AppState
    from ..config import Config


class LifespanOff:
    def __init__(self, config: Config) -> None:
        self.should_exit = False
        self.state: AppState = {}
        self.context = contextvars.copy_context()

    async def startup(self) -> None:
        self.context = contextvars.copy_context()

    async def shutdown(self) -> None:
        pass

    def abandon(self) -> None:
        pass

    def interrupt(self) -> None:
        pass
