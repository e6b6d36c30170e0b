"""The base of all protocol classes: a connection of the pure core that shares one Service.

The first connection of a server and an engine makes their service.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakValueDictionary

from ..config import Config
from ..core.connection import Connection
from ..core.service import Service
from ..state import ServerState

if TYPE_CHECKING:
    from .._types import AppState, WWWScope

# A service lives as long as a connection needs it.
services: WeakValueDictionary[tuple[object, Config, ServerState, str], Service]
services = WeakValueDictionary()


class ServedProtocol(Connection, asyncio.Protocol):
    """One connection, made as `cls(config=, server_state=, app_state=, _loop=)`."""

    engine: ClassVar[str]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: AppState | None = None,
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not config.loaded:
            config.load()
        self.loop = _loop or asyncio.get_running_loop()
        super().__init__(self.shared_service(config, server_state))
        self.config = config
        self.app = config.served_app
        self.app_state: AppState = {} if app_state is None else app_state
        self.logger = logging.getLogger("uvicorn.error")
        self.root_path = config.root_path
        self.server_state = server_state
        self.connections = server_state.connections
        self.tasks = server_state.tasks
        self.scope: WWWScope | None = None

    def shared_service(self, config: Config, state: ServerState) -> Service:
        make = type(self).make_service
        key = make, config, state, self.engine
        service = services.get(key)
        if service is None:
            service = services[key] = make(config, state, self.engine)
            service.start(self.loop, contextvars.copy_context())
        return service

    @staticmethod
    def make_service(config: Config, state: ServerState, engine: str) -> Service:
        raise NotImplementedError
