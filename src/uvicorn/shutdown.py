"""Shutdown: how a server ends, in the time that it has.

1.  Clients leave, if there is time for that: with a successor, or in `timeout_drain`.
2.  The server accepts what the kernel has queued, and nothing more.
3.  All connections are told to end. What was accepted is answered; clients that have sent no whole
    request, or only have to end their half, have PATIENCE, all of them together.
4.  When the graceful time is over, apps get `http.disconnect`, then their tasks are cancelled and
    connections closed.
5.  The app's own shutdown has the rest of that time.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from .state import ServerState, Shuttable

if TYPE_CHECKING:
    from .config import Config
    from .lifespan.off import LifespanOff
    from .lifespan.on import LifespanOn
    from .system.sleeper import Sleeper

# Seconds for clients that send nothing; at a reload a developer waits for them.
PATIENCE = 1.0
PATIENCE_IN_RELOAD = 0.2

# Seconds for idle connections to close before the log says that we wait for them.
QUIET_WAIT = 0.1

# Seconds that apps have to return after they were told that the client is gone, and seconds that
# their tasks have after they were cancelled.
DISCONNECT_GRACE = 0.5
CANCEL_GRACE = 0.25

# Requests, the app's shutdown and what the app has left in our own loop share the graceful time.
# The second and the third have these seconds even if it is over.
LIFESPAN_GRACE = 0.5
LEFTOVER_GRACE = 0.1

# Seconds that leftovers have at most.
LONGEST_LEFTOVER = 5.0

CANCEL_MESSAGE = "Task cancelled, timeout graceful shutdown exceeded"

logger = logging.getLogger("uvicorn.error")


class Ending(Protocol):
    """What a Shutdown asks of its server."""

    config: Config
    server_state: ServerState
    sleeper: Sleeper
    lifespan: LifespanOn | LifespanOff
    has_successor: bool
    force_exit: bool

    async def stop_listening(self, sockets: list[socket.socket] | None) -> None: ...

    def drain_connections(self) -> None: ...

    async def _wait_tasks_to_complete(self) -> None: ...


class Shutdown:
    """The end of one server, once: run()."""

    def __init__(self, server: Ending) -> None:
        self.server = server
        self.config = server.config
        self._ends_at: float | None = None
        self._told: set[Shuttable] = set()

    async def run(self, sockets: list[socket.socket] | None) -> None:
        server = self.server
        if server.has_successor:
            # Clients go there by themselves; no connection closes while its client sends.
            await server.stop_listening(sockets)
            await self.drain(self._nobody_stays, self.keep_alive)
        else:
            if self.config.timeout_drain:
                logger.info("Serving on for %g s while clients leave", self.config.timeout_drain)
                await self.drain(lambda: False, self.config.timeout_drain)
            await server.stop_listening(sockets)
        self._ends_at = None if self._grace is None else time.monotonic() + self._grace
        patience = PATIENCE_IN_RELOAD if self.config.reload else PATIENCE
        silence = Silence(self.open_connections, patience)
        try:
            await server.sleeper.until(self._all_done, QUIET_WAIT)
            await asyncio.wait_for(server._wait_tasks_to_complete(), self.time_left(0))
        except asyncio.TimeoutError:
            await self._end_overdue()
        finally:
            silence.stop()
        if server.force_exit:
            server.lifespan.abandon()
        else:
            await self.stop_lifespan()

    # Clients leave

    @property
    def keep_alive(self) -> float:
        """Seconds in which a client may still use its idle connection, within the graceful time."""
        limit = float("inf") if self._grace is None else self._grace
        return min(self.config.timeout_keep_alive, limit)

    def _nobody_stays(self) -> bool:
        """All clients have left; or the successor was told to end too."""
        return not (self.server.has_successor and self.server.server_state.connections)

    async def drain(self, done: Callable[[], bool], seconds: float) -> None:
        """Serve on for a while, each response the last one of its connection."""
        self.server.drain_connections()
        await self.server.sleeper.until(done, seconds)

    # Requests end

    def open_connections(self) -> set[Shuttable]:
        """All open ones; those that are new since the last call are told to end."""
        connections = self.server.server_state.connections
        for connection in connections - self._told:
            self._told.add(connection)
            connection.shutdown()
        return connections

    def _all_done(self) -> bool:
        return not self.open_connections() and not self.server.server_state.tasks

    async def wait(self) -> None:
        """Wait for connections, then for tasks, for ever."""
        server, tasks = self.server, self.server.server_state.tasks
        if self.open_connections() and not server.force_exit:
            logger.info("Waiting for connections to close. (CTRL+C to force quit)")
            await server.sleeper.until(lambda: not self.open_connections())
        if tasks and not server.force_exit:
            logger.info("Waiting for background tasks to complete. (CTRL+C to force quit)")
            await server.sleeper.until(lambda: not tasks)

    # The time is over

    async def _end_overdue(self) -> None:
        """Tell apps that their client is gone, then cancel their tasks."""
        state = self.server.server_state
        call_each(state.connections, "end_grace")
        grace = min(DISCONNECT_GRACE, self._grace or 0)
        await self.server.sleeper.until(lambda: not state.tasks, grace)
        await self._cancel_tasks()
        call_each(state.connections, "abort")

    async def _cancel_tasks(self) -> None:
        server, tasks = self.server, self.server.server_state.tasks
        if not tasks:
            return
        logger.error("Cancel %s running task(s), timeout graceful shutdown exceeded", len(tasks))
        for task in list(tasks):
            task.cancel(msg=CANCEL_MESSAGE)
        await server.sleeper.until(lambda: not tasks, CANCEL_GRACE)
        if tasks and not server.force_exit:
            logger.error("%d task(s) ignored their cancellation, going on without them", len(tasks))

    async def stop_lifespan(self) -> None:
        lifespan, left = self.server.lifespan, self.time_left(LIFESPAN_GRACE)
        if not await self.server.sleeper.finish(lifespan.shutdown(), left):
            logger.error("Application shutdown was interrupted. Exiting.")
            lifespan.abandon()

    # Time

    @property
    def _grace(self) -> float | None:
        # Read each time: a worker of gunicorn may shorten it during the shutdown.
        return self.config.timeout_graceful_shutdown

    def time_left(self, at_least: float) -> float | None:
        """Seconds left of the graceful time; all of it before the shutdown has begun."""
        if self._grace is None:
            return None
        left = self._grace if self._ends_at is None else self._ends_at - time.monotonic()
        return max(left, min(at_least, self._grace))

    def time_for_leftovers(self) -> float | None:
        """Seconds for what the app has left in the loop; few if the end is forced."""
        if self.server.force_exit:
            return LEFTOVER_GRACE
        left = self.time_left(LEFTOVER_GRACE)
        return None if left is None else min(left, LONGEST_LEFTOVER)


class Silence:
    """Ends connections whose client sends nothing: after `patience`, then again at half of it.

    Again because a connection may become silent later, when its response ends.
    """

    def __init__(self, connections: Callable[[], set[Shuttable]], patience: float) -> None:
        self._connections = connections
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(patience, self._end)

    def _end(self) -> None:
        self._timer = self._loop.call_later(self._patience / 2, self._end)
        call_each(self._connections(), "end_silence")

    def stop(self) -> None:
        self._timer.cancel()


def call_each(connections: set[Shuttable], what: str) -> None:
    """Call a method of each connection that has it; an error in one does not stop the others."""
    for connection in list(connections):
        method = getattr(connection, what, None)
        if method is not None:
            try:
                method()
            except Exception as error:
                logger.error("Exception at the end of a connection\n", exc_info=error)
