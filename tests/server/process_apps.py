"""Applications for servers in processes of their own; tests/server/test_process.py."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
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


async def tells_environment(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the variables of socket activation that a child would be told."""
    command = [sys.executable, "-c", "import os; print(*(n for n in os.environ if 'LISTEN_' in n))"]
    told = subprocess.run(command, capture_output=True, text=True).stdout.strip() or "none"
    headers = [(b"content-length", b"%d" % len(told))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told.encode()})
