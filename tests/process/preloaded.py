"""An application that tells in which process it was imported, and which one serves it."""

from __future__ import annotations

import os
from typing import Any

from tests.process.worker_apps import answer

IMPORTED_IN = os.getpid()


async def app(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    await answer(send, f"{IMPORTED_IN} {os.getpid()}")
