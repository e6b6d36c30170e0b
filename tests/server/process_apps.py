"""Applications for servers in processes of their own; tests/server/test_process.py."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

from tests.server.apps import WithLifespan, hello

with_lifespan = WithLifespan()


async def stuck(scope: Any, receive: Any, send: Any) -> None:
    """Never answers, whatever it hears."""
    await asyncio.Event().wait()


async def ignores_cancellation(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.complete"})
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


async def never_starts(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "lifespan"
    await asyncio.Event().wait()


async def leaves_threads(scope: Any, receive: Any, send: Any) -> None:
    """One of the loop's executor and one of its own, which never end."""
    threading.Thread(target=threading.Event().wait).start()
    asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
    await hello(scope, receive, send)


async def exits(scope: Any, receive: Any, send: Any) -> None:
    raise SystemExit(7)


async def prints(scope: Any, receive: Any, send: Any) -> None:
    """Shows what it was started with, on the way out without a newline that would flush it."""
    os.environ.setdefault("FROM_THE_ENV_FILE", "nothing")
    print("env:", os.environ["FROM_THE_ENV_FILE"], end="")
    await hello(scope, receive, send)
