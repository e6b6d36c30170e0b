"""Server: loads the config, starts the app, listens, waits, and ends in good order.

    run > serve > _serve: startup   lifespan startup, then sockets
                          main_loop sleeps until should_exit (or ticks, where something asks)
                          shutdown  no new connections; running requests finish, or are
                                    cancelled when their time is over; lifespan shutdown

It names no protocol: connections register themselves in `server_state`, and all that is asked
of one is shutdown(), and when time is over disconnect() and abort(), if it has them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from functools import cached_property
from types import FrameType
from typing import TYPE_CHECKING, Any

from . import sockets as listening
from ._ansi import style
from .config import STARTUP_FAILURE, Config
from .loops import runner
from .notify import Notifier
from .pidfile import pid_file
from .recycling import Recycling
from .signals import HANDLED_SIGNALS, SignalHandler
from .state import ServerState, Shuttable

if TYPE_CHECKING:
    from .assemble import Connections
    from .lifespan.off import LifespanOff
    from .lifespan.on import LifespanOn

__all__ = ["HANDLED_SIGNALS", "Config", "Server", "ServerState", "logger"]

# Seconds between two calls of on_tick(), if somebody needs them.
TICK = 0.1

# Seconds that idle connections may take to close before the log says that we wait for them.
QUIET_WAIT = 0.1

# Seconds that apps have to return once they were told that the client is gone, and that their
# tasks have once they were cancelled.
DISCONNECT_GRACE = 0.5
CANCEL_GRACE = 0.25

# The graceful time is for requests, the app's shutdown and what the app has left in our own loop,
# together. Seconds that the second and the third have even if it is over.
LIFESPAN_GRACE = 0.5
LEFTOVER_GRACE = 0.1

# Seconds that leftovers have at most.
LONGEST_LEFTOVER = 5.0

CANCEL_MESSAGE = "Task cancelled, timeout graceful shutdown exceeded"

logger = logging.getLogger("uvicorn.error")


class Server(SignalHandler):
    """One server of one Config. Set `should_exit`, from any thread, and it ends."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.server_state = ServerState()
        self.started = False
        self.last_notified = 0.0
        self.servers: list[asyncio.Server] = []
        self.lifespan: LifespanOn | LifespanOff
        self._should_exit = False
        self._force_exit = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._told: set[Shuttable] = set()
        self._ends_at: float | None = None
        self._listeners: listening.Listeners | None = None
        self._connections: Connections | None = None
        self._retires = False
        # In a worker: its place among the others; and whether another one serves in it now.
        self.worker_index: int | None = None
        self.has_successor = False
        self._captured_signals: list[int] = []

    # To end it

    @property
    def should_exit(self) -> bool:
        return self._should_exit

    @should_exit.setter
    def should_exit(self, value: bool) -> None:
        self._should_exit = value
        self._wake()

    @property
    def force_exit(self) -> bool:
        """Wait for nothing any more."""
        return self._force_exit

    @force_exit.setter
    def force_exit(self, value: bool) -> None:
        self._force_exit = value
        self._wake()

    @cached_property
    def recycling(self) -> Recycling:
        return Recycling(self.config)

    @property
    def limit_max_requests(self) -> int | None:
        """The limit with its random part."""
        return self.recycling.most_requests

    @limit_max_requests.setter
    def limit_max_requests(self, value: int | None) -> None:
        self.recycling.most_requests = value

    @cached_property
    def notifier(self) -> Notifier:
        """What tells the service manager. Assign Notifier() to have it told nothing.

        In a thread a server is a part of something else, which speaks for itself.
        """
        is_main = threading.current_thread() is threading.main_thread()
        return Notifier.from_environment() if is_main else Notifier()

    # The whole life

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve on a loop of its own, until told to end."""
        loop_factory = self.config.get_loop_factory()
        runner.run(self.serve(sockets=sockets), loop_factory, self._time_for_leftovers)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve on the running loop. Signals that end the server are raised again afterwards."""
        if not self.config.loaded:
            # Before signals are captured, so that they can interrupt a long import.
            self.config.load()
        with self.capture_signals():
            await self._serve(sockets)

    async def _serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._use_running_loop()
        config = self.config
        if not config.loaded:
            config.load()
        assert config.lifespan_class is not None
        self.lifespan = config.lifespan_class(config)
        if self.worker_index is not None:
            self._show_in_state("worker_index", self.worker_index)
        pid = os.getpid()
        self._log_process("Started", pid)
        with self._pid_file():
            await self.startup(sockets=sockets)
            try:
                if not self.should_exit:
                    await self.main_loop()
            finally:
                # Also when our own task is cancelled: nothing stays open.
                if self.started:
                    await self.shutdown(sockets=sockets)
        self._log_process("Finished", pid)

    @contextlib.contextmanager
    def _pid_file(self) -> Generator[None, None, None]:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(pid_file(self.config.pid_file))
            except OSError as exc:
                logger.error(exc)
                sys.exit(STARTUP_FAILURE)
            yield

    # Startup

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the app, then listen: on `sockets`, or where the config says."""
        self._use_running_loop()
        if not await self._start_lifespan():
            self.should_exit = True
            return
        try:
            await self._listen(sockets)
        except BaseException as exc:
            if isinstance(exc, OSError):
                logger.error(exc)
            await self._stop_lifespan()
            if isinstance(exc, OSError):
                sys.exit(STARTUP_FAILURE)
            raise
        self.started = True
        self.notifier.ready(self._where())

    async def _start_lifespan(self) -> bool:
        """Whether the app is ready. Told to exit meanwhile, the server gives it a last grace."""
        answered = False
        try:
            answered = await self._finish(self.lifespan.startup(), self._grace, from_now=False)
        finally:
            if not answered:
                logger.error("Application startup was interrupted. Exiting.")
                self.lifespan.abandon()
        return answered and not self.lifespan.should_exit

    async def _listen(self, sockets: list[socket.socket] | None) -> None:
        from .assemble import connections

        config = self.config
        self.server_state.default_headers = config.encoded_headers
        self._connections = connections(
            config,
            self.server_state,
            self.lifespan.state,
            self.lifespan.context,
            asyncio.get_running_loop(),
        )
        factory = self._connections.new
        if sockets is not None:
            # Whoever bound them has said so in the log.
            self.servers = await listening.listen_on_all(sockets, config, factory)
            return
        listeners = listening.open_listeners(config)
        try:
            self.servers = await listening.listen_on_all(listeners.sockets, config, factory)
        except BaseException:
            listeners.close()
            raise
        self._listeners = listeners
        self._log_started_message(listeners.sockets)

    def _log_started_message(self, listeners: Sequence[socket.socket]) -> None:
        if self._listeners is not None:
            self._listeners.log()

    def _where(self) -> str:
        return "the sockets it was given" if self._listeners is None else str(self._listeners)

    @staticmethod
    def _log_process(what: str, pid: int) -> None:
        coloured = style("%d", colour="cyan")
        logger.info(
            f"{what} server process [%d]",
            pid,
            extra={"color_message": f"{what} server process [{coloured}]"},
        )

    # While it runs

    async def main_loop(self) -> None:
        """Return when the server should end. An idle server sleeps here without waking."""
        self._use_running_loop()
        interval = TICK if self._has_to_tick() else None
        counter = 0
        while not await self.on_tick(counter):
            counter = (counter + 1) % 864_000
            await self._sleep(interval)

    async def on_tick(self, counter: int) -> bool:
        """Whether to end now. Override it, and it is called every TICK seconds."""
        await self._notify()
        if self.recycling.is_on:
            reason = self.recycling.reason(self.server_state.total_requests)
            return (bool(reason) and self._retire(reason)) or self.should_exit
        return self.should_exit

    def _retire(self, reason: str) -> bool:
        """Whether to end now: with a supervisor, not before a successor serves."""
        if not self._retires:
            self._retires = True
            if not self.notifier.retire(reason):
                logger.info("%s Terminating process.", reason)
                return True
        return False

    def _has_to_tick(self) -> bool:
        overridden = getattr(self.on_tick, "__func__", None) is not _ON_TICK
        config = self.config
        return (
            # A signal does not wake the selector loop of Windows.
            sys.platform == "win32"
            or overridden
            or config.callback_notify is not None
            or self.recycling.is_on
        )

    async def _notify(self) -> None:
        notify = self.config.callback_notify
        now = time.time()
        if notify is not None and now - self.last_notified > self.config.timeout_notify:
            self.last_notified = now
            await notify()

    def _show_in_state(self, name: str, value: Any) -> None:
        """Have the app find it in the state of each later scope."""
        self.lifespan.state[f"uvicorn_{name}"] = value

    # Shutdown

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let requests finish while their time lasts, stop the app."""
        self._use_running_loop()
        logger.info("Shutting down")
        self._show_in_state("draining", True)
        self.notifier.stopping()
        try:
            await self._end_all(sockets)
        finally:
            self.notifier.ended()

    async def _end_all(self, sockets: list[socket.socket] | None) -> None:
        if self.has_successor:
            # Clients go there by themselves; none meets a connection that closes under it.
            await self._stop_listening(sockets)
            patience = min(self.config.timeout_keep_alive, self._grace or float("inf"))
            await self._drain(lambda: not self.server_state.connections, patience)
        else:
            if self.config.timeout_drain:
                logger.info("Serving on for %g s while clients leave", self.config.timeout_drain)
                await self._drain(lambda: False, self.config.timeout_drain)
            await self._stop_listening(sockets)
        self._ends_at = None if self._grace is None else time.monotonic() + self._grace
        await self._until(self._all_done, QUIET_WAIT)
        try:
            await asyncio.wait_for(self._wait_tasks_to_complete(), self._time_left(0))
        except asyncio.TimeoutError:
            await self._end_overdue()
        if self.force_exit:
            self.lifespan.abandon()
        else:
            await self._stop_lifespan()

    async def _drain(self, done: Callable[[], bool], seconds: float) -> None:
        """Serve on for a while, each response the last one of its connection."""
        if self._connections is not None:
            self._connections.drain()
        await self._until(done, seconds)

    async def _stop_listening(self, sockets: list[socket.socket] | None) -> None:
        if self._listeners is not None:
            # First, so that nobody connects between the last look and the end.
            self._listeners.remove_files()
        await listening.accept_queued(self.servers, self.config.backlog)
        for server in self.servers:
            server.close()
        for sock in sockets or ():
            sock.close()
        if self._listeners is not None:
            self._listeners.close()

    async def _wait_tasks_to_complete(self) -> None:
        state = self.server_state
        if self._open_connections() and not self.force_exit:
            logger.info("Waiting for connections to close. (CTRL+C to force quit)")
            await self._until(lambda: not self._open_connections())
        if state.tasks and not self.force_exit:
            logger.info("Waiting for background tasks to complete. (CTRL+C to force quit)")
            await self._until(lambda: not state.tasks)

    async def _end_overdue(self) -> None:
        """The time is over: apps hear that the client is gone, then their tasks are cancelled."""
        grace = min(DISCONNECT_GRACE, self._grace or 0)
        for connection in list(self.server_state.connections):
            disconnect = getattr(connection, "disconnect", None)
            if disconnect is not None:
                disconnect()
        await self._until(lambda: not self.server_state.tasks, grace)
        await self._cancel_tasks()
        for connection in list(self.server_state.connections):
            abort = getattr(connection, "abort", None)
            if abort is not None:
                abort()

    async def _cancel_tasks(self) -> None:
        tasks = self.server_state.tasks
        if not tasks:
            return
        logger.error("Cancel %s running task(s), timeout graceful shutdown exceeded", len(tasks))
        for task in list(tasks):
            task.cancel(msg=CANCEL_MESSAGE)
        await self._until(lambda: not tasks, CANCEL_GRACE)
        if tasks and not self.force_exit:
            logger.error("%d task(s) ignored their cancellation, going on without them", len(tasks))

    async def _stop_lifespan(self) -> None:
        left = self._time_left(LIFESPAN_GRACE)
        if not await self._finish(self.lifespan.shutdown(), left, from_now=True):
            logger.error("Application shutdown was interrupted. Exiting.")
            self.lifespan.abandon()

    def _open_connections(self) -> set[Shuttable]:
        """All of them, each told to end: one that was just accepted may have joined late."""
        connections = self.server_state.connections
        for connection in connections - self._told:
            self._told.add(connection)
            connection.shutdown()
        return connections

    def _all_done(self) -> bool:
        return not self._open_connections() and not self.server_state.tasks

    @property
    def _grace(self) -> float | None:
        return self.config.timeout_graceful_shutdown

    def _time_left(self, at_least: float) -> float | None:
        """Seconds of the graceful time; all of it as long as the shutdown has not begun."""
        if self._grace is None:
            return None
        left = self._grace if self._ends_at is None else self._ends_at - time.monotonic()
        return max(left, min(at_least, self._grace))

    def _time_for_leftovers(self) -> float | None:
        left = self._time_left(LEFTOVER_GRACE)
        return None if left is None else min(left, LONGEST_LEFTOVER)

    # Signals

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Within it, signals end this server; afterwards they are raised again, last one first."""
        with self._capture():
            yield
        if self._captured_signals:
            # The default for SIGTERM ends the process here, with no clean-up by Python.
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(AttributeError, OSError, ValueError):
                    stream.flush()
        while self._captured_signals:
            signal.raise_signal(self._captured_signals.pop())

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came: end in good order; at once if it is the second Ctrl+C."""
        self._captured_signals.append(sig)
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        else:
            self.should_exit = True

    # Waiting

    def _use_running_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._woken = asyncio.Event()

    def _wake(self) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody sleeps
                self._loop.call_soon_threadsafe(self._woken.set)

    async def _sleep(self, seconds: float | None) -> None:
        """Sleep for `seconds`, or for ever; less if someone wakes the server."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()

    async def _until(self, done: Callable[[], bool], limit: float | None = None) -> bool:
        """Look again and again, until `done()`, for `limit` seconds at most, or a forced exit."""
        deadline = None if limit is None else time.monotonic() + limit
        pause = 0.001
        while not done():
            if self.force_exit or (deadline is not None and time.monotonic() >= deadline):
                return False
            await self._sleep(pause)
            pause = min(pause * 2, TICK)
        return True

    async def _finish(
        self, work: Coroutine[Any, Any, None], limit: float | None, from_now: bool
    ) -> bool:
        """Whether `work` ended in time: `limit` seconds from now, or from when we should exit."""
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(lambda _: self._woken.set())
        deadline: float | None = None
        try:
            while not task.done():
                if deadline is None and limit is not None and (from_now or self.should_exit):
                    deadline = time.monotonic() + limit
                left = None if deadline is None else deadline - time.monotonic()
                if self.force_exit or (left is not None and left <= 0):
                    return False
                await self._sleep(left)
        finally:
            task.cancel()
        task.result()
        return True


# As it is here; whatever else is found in its place wants to be called.
_ON_TICK = Server.on_tick
