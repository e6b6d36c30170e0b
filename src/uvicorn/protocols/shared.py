"""One Service for all protocol objects of a server and an engine, made by the first of them."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from weakref import WeakValueDictionary

from ..config import Config
from ..core.service import Service
from ..state import ServerState

MakeService = Callable[[Config, ServerState, str], Service]

# A service lives as long as a connection needs it.
services: WeakValueDictionary[tuple[Config, ServerState, str, MakeService], Service]
services = WeakValueDictionary()


def shared_service(
    config: Config,
    state: ServerState,
    engine: str,
    loop: asyncio.AbstractEventLoop,
    make: MakeService,
) -> Service:
    key = config, state, engine, make
    service = services.get(key)
    if service is None:
        service = services[key] = make(config, state, engine)
        service.start(loop, contextvars.copy_context())
    return service
