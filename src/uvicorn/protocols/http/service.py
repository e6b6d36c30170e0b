"""What the protocol objects of one server share, on the pure core."""

from __future__ import annotations

from typing import Any

from ..._select import PURE, Core
from ...assemble import settings, websocket_opener
from ...codecs import http_codec
from ...config import Config
from ...core.service import Service
from ...state import ServerState
from .handler import CycleHandler


def make_service(config: Config, state: ServerState, engine: str) -> Service:
    values = settings(config, engine)
    pure = Core(PURE)
    codec = http_codec(engine, pure)
    limits = values.limit_request_line, values.limit_request_head, values.limit_request_fields

    def new_handler(protocol: Any, alpn: str) -> CycleHandler:
        return CycleHandler(protocol, codec(*limits), protocol.service)

    service = Service(config.served_app, values, state, {}, new_handler)
    service.new_websocket = websocket_opener(config, pure)
    return service
