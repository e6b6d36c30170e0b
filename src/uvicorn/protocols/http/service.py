"""One Service for all protocol objects of a server, made by the first of them."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any
from weakref import WeakValueDictionary

from ..._select import PURE, Core
from ...assemble import settings, websocket_opener
from ...codecs import http_codec
from ...config import Config
from ...core.service import Service
from ...state import ServerState
from .handler import CycleHandler

# A service lives as long as a connection needs it.
services: WeakValueDictionary[tuple[Config, ServerState, str], Service] = WeakValueDictionary()


def shared_service(
    config: Config, state: ServerState, engine: str, loop: asyncio.AbstractEventLoop
) -> Service:
    key = config, state, engine
    service = services.get(key)
    if service is None:
        service = services[key] = make_service(config, state, engine)
        service.start(loop, contextvars.copy_context())
    return service


def make_service(config: Config, state: ServerState, engine: str) -> Service:
    values = settings(config, engine)
    pure = Core(PURE)
    codec = http_codec(engine, pure)
    limits = values.limit_request_line, values.limit_request_head, values.limit_request_fields

    def new_handler(protocol: Any, alpn: str) -> CycleHandler:
        return CycleHandler(protocol, codec(*limits), protocol.service)

    service = Service(config.loaded_app, values, state, {}, new_handler)
    service.new_websocket = websocket_opener(config, pure)
    return service
