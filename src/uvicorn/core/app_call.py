"""One call of the app, as the coroutine that a task drives. Its compiled twin is C."""

from __future__ import annotations

from typing import Any

from .exchange import Exchange


async def app_call(exchange: Exchange, app: Any) -> None:
    """Run the app; however it ends, the exchange answers for it and nothing is raised."""
    try:
        result = await app(exchange.scope, exchange.receive, exchange.send)
    except BaseException as error:
        # Also SystemExit and a cancellation: the client is answered all the same.
        exchange.app_failed("Exception in ASGI application\n", error)
    else:
        exchange.app_returned(result)
