"""Server: loads the config, starts the app, listens, waits, and ends in good order.

    run > serve > _serve: startup   loads engines and binds, starts the app, then listens
                          main_loop sleeps until should_exit (or ticks, where something asks)
                          shutdown  see shutdown.py

It names no protocol: connections register themselves in `server_state`. The server calls
shutdown() on each, then, where a connection has them, end_silence() and, when the time is over,
end_grace() and abort().
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
from collections.abc import Generator, Sequence
from functools import cached_property
from types import FrameType
from typing import TYPE_CHECKING

from ._ansi import style
from .config import STARTUP_FAILURE, Config
from .listen import sockets as listening
from .loops import runner
from .shutdown import Shutdown
from .state import ServerState
from .system.notify import Notifier
from .system.pidfile import pid_file
from .system.recycling import Recycling
from .system.signals import (
    HANDLED_SIGNALS,
    SignalHandler,
    end_is_forced,
    flush_output,
    sigterm_ends_the_first_process,
)
from .system.sleeper import Sleeper
from .system.startup import log_failure

if TYPE_CHECKING:
    from .assemble import Connections
    from .lifespan.off import LifespanOff
    from .lifespan.on import LifespanOn

__all__ = ["HANDLED_SIGNALS", "Config", "Server", "ServerState", "logger"]

# Seconds between two calls of on_tick(), if something needs ticks.
TICK = 0.1

logger = logging.getLogger("uvicorn.error")


class Server(SignalHandler):
    """One server of one Config. To end it, set `should_exit`, from any thread."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.server_state = ServerState()
        self.started = False
        self.last_notified = 0.0
        self.servers: list[asyncio.Server] = []
        self.lifespan: LifespanOn | LifespanOff
        self._should_exit = False
        self._force_exit = False
        # A method and not a lambda: a server can be pickled, so that another process runs it.
        self.sleeper = Sleeper(self._is_in_a_hurry)
        self.ending = Shutdown(self)
        self._listeners: listening.Listeners | None = None
        self._connections: Connections | None = None
        self._retires = False
        # run() was called, so the caller of run() gets the reason why it could not start.
        self._is_run = False
        # In a worker: its index; and whether a successor serves with this index now.
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
        self.sleeper.wake()

    @property
    def force_exit(self) -> bool:
        """Wait for nothing any more."""
        return self._force_exit

    @force_exit.setter
    def force_exit(self, value: bool) -> None:
        self._force_exit = value
        self.sleeper.wake()

    def _is_in_a_hurry(self) -> bool:
        return self.force_exit

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
        """Tells the service manager. Assign Notifier() so that it is told nothing.

        A server in a thread is a part of another program, which speaks for itself.
        """
        is_main = threading.current_thread() is threading.main_thread()
        return Notifier.from_environment() if is_main else Notifier()

    # The whole life

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve on a loop of its own, until told to end."""
        runner.refuse_inside_of_a_loop()
        self._is_run = True
        with sigterm_ends_the_first_process(lambda: self.started):
            loop_factory = self.config.get_loop_factory()
            if not self.config.loaded:
                # Before the loop runs, so that the app may run one when it is imported.
                self.config.load()
            runner.run(self.serve(sockets=sockets), loop_factory, self.ending.time_for_leftovers)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve on the running loop. Signals that end the server are raised again afterwards."""
        try:
            if not self.config.loaded:
                # Before signals are captured, so that they can interrupt a long import.
                self.config.load()
            with self.capture_signals():
                await self._serve(sockets)
        except Exception as exc:
            if not self.started and not self._is_run:
                # In a task that nobody awaits, only this line shows it.
                log_failure(exc)
            raise

    async def _serve(self, sockets: list[socket.socket] | None = None) -> None:
        self.sleeper.use_running_loop()
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
            with end_at_os_error():
                stack.enter_context(pid_file(self.config.pid_file))
            yield

    # Startup

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load engines and bind, start the app, then listen: on `sockets` if they are given."""
        self.sleeper.use_running_loop()
        with contextlib.ExitStack() as undo:
            self._prepare(sockets)
            undo.callback(self._close_listeners)
            if not await self._start_lifespan():
                self.should_exit = True
                return
            try:
                with end_at_os_error():
                    await self._listen(sockets)
            except BaseException:
                await self.ending.stop_lifespan()
                raise
            undo.pop_all()
        self.started = True
        self.notifier.ready(self._where())

    def _prepare(self, sockets: list[socket.socket] | None) -> None:
        """Fail here, before the app has started, if engines or addresses cannot work."""
        from .assemble import load_engines

        load_engines(self.config)
        if sockets is None:
            with end_at_os_error():
                self._listeners = listening.open_listeners(self.config, listens=False)

    def _close_listeners(self) -> None:
        if self._listeners is not None:
            self._listeners.close()

    async def _start_lifespan(self) -> bool:
        """Whether the app is ready. After `should_exit`, the app has only the graceful time."""
        answered = False
        try:
            answered = await self.sleeper.finish(
                self.lifespan.startup(), self.ending.time_left(0), lambda: self.should_exit
            )
            answered = answered and not self.force_exit
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
            # The process that bound them has logged them.
            self.servers = await listening.listen_on_all(sockets, config, factory)
            return
        assert self._listeners is not None
        self._listeners.listen(config.backlog)
        self.servers = await listening.listen_on_all(self._listeners.sockets, config, factory)
        self._log_started_message(self._listeners.sockets)

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
        self.sleeper.use_running_loop()
        interval = TICK if self._has_to_tick() else None
        counter = 0
        while not await self.on_tick(counter):
            counter = (counter + 1) % 864_000
            await self.sleeper.sleep(interval)

    async def on_tick(self, counter: int) -> bool:
        """Whether to end now. Override it, and it is called every TICK seconds."""
        await self._notify()
        if self.recycling.is_on:
            reason = self.recycling.reason(self.server_state.total_requests)
            return (bool(reason) and self._retire(reason)) or self.should_exit
        return self.should_exit

    def _retire(self, reason: str) -> bool:
        """Whether to end now; with a supervisor, only when a successor serves."""
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

    def _show_in_state(self, name: str, value: object) -> None:
        """Put it into the state of each later scope, for the app."""
        self.lifespan.state[f"uvicorn_{name}"] = value

    # Shutdown

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let requests finish in their time, stop the app."""
        self.sleeper.use_running_loop()
        logger.info("Shutting down")
        self._show_in_state("draining", True)
        self.notifier.stopping()
        try:
            await self.ending.run(sockets)
        finally:
            self.notifier.ended()

    async def _wait_tasks_to_complete(self) -> None:
        await self.ending.wait()

    def drain_connections(self) -> None:
        """From now on each response is the last one of its connection."""
        if self._connections is not None:
            self._connections.drain()

    async def stop_listening(self, sockets: list[socket.socket] | None) -> None:
        """Accept what has connected by now, and nothing more."""
        if self._listeners is not None:
            # First, so that nobody connects between the last look and the end.
            self._listeners.remove_files()
        await listening.accept_queued(self.servers, self.config.backlog)
        for server in self.servers:
            server.close()
        for sock in sockets or ():
            sock.close()
        self._close_listeners()

    # Signals

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Within it, signals end this server; afterwards they are raised again, last one first.

        Nested in another one of the same server it does nothing.
        """
        if self._is_capturing:
            yield
            return
        with self.handling_signals():
            yield
        self.raise_captured()

    def raise_captured(self) -> None:
        if self._captured_signals:
            # The default for SIGTERM ends the process here, with no clean-up by Python.
            flush_output()
        while self._captured_signals:
            signal.raise_signal(self._captured_signals.pop())

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came: end in good order. End at once at the second Ctrl+C; also if the same
        signal comes again while the app starts: then there is nothing to lose yet."""
        is_second = sig in self._captured_signals
        self._captured_signals.append(sig)
        if not self.should_exit:
            self.should_exit = True
        elif sig == signal.SIGINT or (is_second and not self.started):
            end_is_forced.set()
            self.force_exit = True
            if not self.started and hasattr(self, "lifespan"):
                self.lifespan.interrupt()


@contextlib.contextmanager
def end_at_os_error() -> Generator[None, None, None]:
    """An OSError becomes one line in the log, and the end of the process."""
    try:
        yield
    except OSError as exc:
        logger.error(exc)
        sys.exit(STARTUP_FAILURE)


# Our own method: if another one is found in its place, that one must be called.
_ON_TICK = Server.on_tick
