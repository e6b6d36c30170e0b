"""What all connections of one server share: app, settings, default headers, clock.

The clock is coarse on purpose. One timer per loop looks at the deadlines of all connections;
between its ticks `now` stands still, so that setting a deadline costs no call. A deadline
is therefore kept late by up to two ticks, never early. With no connection nothing ticks.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import sys
from collections.abc import Callable
from typing import Any

from ..state import ServerState, Settings
from .access import AccessLog
from .encode import DefaultHeaders
from .interfaces import Handler
from .steps import EagerTasks, get_ident

EAGER_TASKS = sys.version_info >= (3, 12)
LONGEST_TICK = 1.0
# What is left of a response's way to the client when the server has closed its half.
LINGER_SECONDS = 2.0
TRACE = 5


class Service:
    def __init__(
        self,
        app: Any,
        settings: Settings,
        state: ServerState,
        app_state: dict[str, Any],
        new_handler: Callable[[Any, str], Handler],
    ) -> None:
        self.app = app
        self.settings = settings
        self.state = state
        self.app_state = app_state
        self.new_handler = new_handler
        self.logger = logging.getLogger("uvicorn.error")
        # Takes over a connection that asks for a WebSocket; None where none are served.
        self.new_websocket: Callable[..., Any] | None = None
        # They would be, but nothing that can is installed.
        self.ws_missing = False
        # Called at the end of each response with scope, status, bytes of body and seconds.
        self.on_response: Callable[[dict[str, Any], int, int, float], None] | None = None
        self.access: AccessLog | None = None
        self.eager: EagerTasks | None = None
        self.defaults = DefaultHeaders(settings.default_headers, settings.date_header)
        self.timeout_keep_alive = float(settings.timeout_keep_alive)
        self.timeout_request_head = float(settings.timeout_request_head)
        self.limit_concurrency = settings.limit_concurrency or 0
        # No response promises its client another one on the same connection.
        self.draining = False
        self.running = 0
        self.answered = state.answered
        # In `state` may be connections of other makes too.
        self.connections: set[Any] = set()
        self.now = 0.0
        self.tick_seconds = LONGEST_TICK
        self.ticking = False
        self.trace = self.logger.isEnabledFor(TRACE)

    def start(self, loop: asyncio.AbstractEventLoop, context: contextvars.Context) -> None:
        """Bind to the loop that serves, and to the context that every request gets a copy of."""
        self.loop = loop
        self.thread = get_ident()
        self.context = context
        eager = EAGER_TASKS and loop.get_task_factory() is None
        self.eager = EagerTasks(loop, context) if eager else None
        if self.settings.access_log:
            self.access = AccessLog(logging.getLogger("uvicorn.access"), loop)
        shortest = min(self.timeout_keep_alive, self.timeout_request_head)
        self.tick_seconds = min(max(shortest / 4, 0.05), LONGEST_TICK)

    def drain(self) -> None:
        """Serve on, but let clients know that each connection has had its last request."""
        self.draining = True

    # Requests.

    def is_overloaded(self) -> bool:
        """Whether one more request would reach the limit; it counts itself."""
        return self.limit_concurrency > 0 and self.running + 1 >= self.limit_concurrency

    def response_ended(self, scope: dict[str, Any], status: int, size: int, seconds: float) -> None:
        """One response has ended, of so many bytes of body; seconds are 0 unless asked for."""
        self.answered[0] += 1
        if self.on_response is not None:
            self.on_response(scope, status, size, seconds)

    def spawn(self, coroutine: Any) -> None:
        """Run one app call as a task, at once up to its first wait where Python can."""
        self.running += 1
        if self.eager is not None:
            task = self.eager.start(coroutine)
            if task.done():
                self.running -= 1
                return
        else:
            # A task copies the context that it is made in.
            task = self.context.run(self.loop.create_task, coroutine)
        self.state.tasks.add(task)
        # Also for a task that was cancelled before its first step.
        task.add_done_callback(self.task_ended)

    def task_ended(self, task: Any) -> None:
        self.state.tasks.discard(task)
        self.running -= 1

    # The clock.

    def deadline(self, seconds: float) -> float:
        return self.now + seconds + self.tick_seconds

    def connection_made(self, connection: Any) -> None:
        self.state.connections.add(connection)
        self.connections.add(connection)
        if not self.ticking:
            self.ticking = True
            self.now = self.loop.time()
            self.defaults.renew()
            self.loop.call_later(self.tick_seconds, self.tick)

    def connection_lost(self, connection: Any) -> None:
        self.state.connections.discard(connection)
        self.connections.discard(connection)

    def tick(self) -> None:
        self.now = self.loop.time()
        self.defaults.renew()
        self.ticking = len(self.connections) > 0
        if self.ticking:
            # First of all: what goes wrong at one connection must not stop the clock.
            self.loop.call_later(self.tick_seconds, self.tick)
        for connection in list(self.connections):
            try:
                connection.check_deadline(self.now)
            except Exception as error:
                self.logger.error("Exception at a deadline\n", exc_info=error)
                connection.abort()
