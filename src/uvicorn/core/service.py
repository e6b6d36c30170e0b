"""What all connections of one server share: app, settings, default headers, clock.

The clock is coarse on purpose: one timer serves all connections, and to set a deadline costs no
call. A deadline may be late by a tenth of its length and a tenth of a second, but never early.

1.  While deadlines are being set the clock ticks: `now` is behind by a tick at most, and each
    deadline is that much later. Otherwise it rests until the earliest deadline; with no connection
    it stops.
2.  A deadline is rounded up to a grain of a tenth of its length, so that the deadlines of many
    connections coincide: when the earliest has come, all connections are checked.
3.  When the loop has stood still, because an app blocks it, the clock was further behind: the
    deadlines that were set meanwhile are put off by that.
4.  Before a connection hears of its deadline, what the kernel holds for it is read.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from ..state import ServerState, Settings
from .access import AccessLog
from .encode import DefaultHeaders
from .interfaces import Handler, TimedConnection
from .steps import EagerTasks, get_ident

if TYPE_CHECKING:
    from .._types import AppState, HTTPScope
    from .._types import ASGI3Application as ASGI3Application
    from .interfaces import RequestHead, Stream
    from .scope import ScopeTemplate

    # Called with the Connection, which this module does not know, and what ALPN has agreed on.
    NewHandler = Callable[[Any, str], Handler]

EAGER_TASKS = sys.version_info >= (3, 12)
TICK = 0.04
# `now` may be behind by this much: a tick, and the delay of timers in a loop that turns.
BEHIND = 0.05
# uvloop's timers count milliseconds, and may fire half a millisecond too early.
ROUNDING = 0.001
SHORTEST_GRAIN = 0.05
LONGEST_GRAIN = 1.0
# How long a client has to read the end of a response after the server has closed its half.
LINGER_SECONDS = 2.0
TRACE = 5

if TYPE_CHECKING:
    # Called with the request's stream, head and template, the service, the app, and the bytes
    # that have come after the head.
    NewWebSocket = Callable[
        [Stream, RequestHead, ScopeTemplate, "Service", ASGI3Application, bytes], object
    ]


class Counter:
    """Counts without an object for each number."""

    def __init__(self) -> None:
        self.count = 0


class Service:
    def __init__(
        self,
        app: ASGI3Application,
        settings: Settings,
        state: ServerState,
        app_state: AppState,
        new_handler: NewHandler,
    ) -> None:
        self.app = app
        self.settings = settings
        self.state = state
        self.app_state = app_state
        self.new_handler = new_handler
        self.logger = logging.getLogger("uvicorn.error")
        # Serves a WebSocket on a stream that asks for one; None where none are served.
        self.new_websocket: NewWebSocket | None = None
        # Makes the handler of a connection that speaks HTTP/2; None where it is not served.
        self.new_http2: Callable[[Any], Handler] | None = None
        # WebSockets are wanted, but no engine for them is installed.
        self.ws_missing = False
        # Called at the end of each response with scope, status, bytes of body and seconds.
        self.on_response: Callable[[HTTPScope, int, int, float], None] | None = None
        self.access: AccessLog | None = None
        self.eager: EagerTasks | None = None
        self.defaults = DefaultHeaders(settings.default_headers, settings.date_header)
        self.timeout_keep_alive = float(settings.timeout_keep_alive)
        self.timeout_request_head = float(settings.timeout_request_head)
        self.limit_concurrency = settings.limit_concurrency or 0
        # No response promises its client another one on the same connection.
        self.draining = False
        self.running = 0
        self.answered = Counter()
        state.counters.append(self.answered)
        # `state` may also have connections of other classes.
        self.connections: set[TimedConnection] = set()
        self.now = 0.0
        self.ticking = False
        # Whether a deadline has been set since the last tick.
        self.used = False
        self.earliest = 0.0
        # A client that reads nothing has no deadline: it is checked this often.
        self.longest_rest = max(settings.timeout_write_stall / 40, SHORTEST_GRAIN)
        self.timer: asyncio.TimerHandle | None = None
        self.trace = self.logger.isEnabledFor(TRACE)

    def start(self, loop: asyncio.AbstractEventLoop, context: contextvars.Context) -> None:
        """Bind to the loop that serves, and to the context of which each request gets a copy."""
        self.loop = loop
        self.thread = get_ident()
        self.context = context
        eager = EAGER_TASKS and loop.get_task_factory() is None
        self.eager = EagerTasks(loop, context) if eager else None
        if self.settings.access_log:
            self.access = AccessLog(logging.getLogger("uvicorn.access"), loop)

    def drain(self) -> None:
        """Serve on, but let each response say that it is the last one of its connection."""
        self.draining = True

    # Requests.

    def is_overloaded(self) -> bool:
        """Whether one more request would reach the limit; it counts itself."""
        return self.limit_concurrency > 0 and self.running + 1 >= self.limit_concurrency

    def response_ended(self, scope: HTTPScope, status: int, size: int, seconds: float) -> None:
        """One response has ended. `size` is the length of its body; `seconds` is 0 without
        on_response."""
        self.answered.count += 1
        if self.on_response is not None:
            self.on_response(scope, status, size, seconds)

    def spawn(self, coroutine: Coroutine[object, None, None]) -> None:
        """Run one app call as a task; from Python 3.12 on, at once up to its first wait."""
        self.running += 1
        if self.eager is not None:
            task = self.eager.start(coroutine)
            if task is None:
                self.running -= 1
                return
        else:
            # A task copies the context that it is made in.
            task = self.context.run(self.loop.create_task, coroutine)
        self.state.tasks.add(task)
        # Also for a task that was cancelled before its first step.
        task.add_done_callback(self.task_ended)

    def task_ended(self, task: asyncio.Task[None]) -> None:
        self.state.tasks.discard(task)
        self.running -= 1

    def log_trace(self, peer: str, text: str) -> None:
        self.logger.log(TRACE, "%s - %s", peer, text)

    # The clock.

    def deadline(self, seconds: float) -> float:
        """The time that is so many seconds from now, for a connection that is in `connections`."""
        if not self.ticking:
            self.wind()
        self.used = True
        grain = min(max(seconds / 10, SHORTEST_GRAIN), LONGEST_GRAIN)
        due = -(-(self.now + seconds + BEHIND) // grain) * grain
        if due < self.earliest:
            self.earliest = due
        return due

    def time(self) -> float:
        """The loop's time, but behind by up to a tick."""
        if not self.ticking:
            self.wind()
        return self.now

    def connection_made(self, connection: TimedConnection) -> None:
        self.state.connections.add(connection)
        self.connections.add(connection)
        if not self.ticking:
            self.wind()
        if len(self.connections) == 1:
            self.earliest = self.now + self.longest_rest

    def connection_lost(self, connection: TimedConnection) -> None:
        self.state.connections.discard(connection)
        self.connections.discard(connection)

    def wind(self) -> None:
        self.ticking = True
        self.now = self.loop.time()
        self.defaults.renew()
        self.defaults.fresh = True
        self.set_timer()

    def set_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        seconds = self.earliest - self.now
        if self.ticking and not 0.0 < seconds < TICK:
            seconds = TICK
        self.timer = self.loop.call_later(seconds + ROUNDING, self.tick)

    def tick(self) -> None:
        self.timer = None
        now = self.loop.time()
        if self.used and now - self.now > BEHIND:
            for connection in self.connections:
                connection.put_off(self.now, now - self.now - BEHIND)
        self.now = now
        self.defaults.renew()
        self.ticking = self.defaults.fresh = self.used
        self.used = False
        if not self.connections:
            self.ticking = self.defaults.fresh = False
        elif now < self.earliest:
            self.set_timer()
        else:
            self.loop.call_soon(self.look, 1)

    def look(self, passes: int) -> None:
        """Tell connections of their deadlines, after so many passes of the loop."""
        if passes > 0:
            self.loop.call_soon(self.look, passes - 1)
            return
        self.earliest = self.now + self.longest_rest
        for connection in list(self.connections):
            try:
                connection.check_deadline(self.now)
            except Exception as error:
                self.logger.error("Exception at a deadline\n", exc_info=error)
                connection.abort()
            if 0.0 < connection.deadline < self.earliest:
                self.earliest = connection.deadline
        self.set_timer()
