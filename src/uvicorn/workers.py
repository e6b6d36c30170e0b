"""Workers for gunicorn, which listens, starts processes and replaces them; each worker is a server.

    gunicorn -k uvicorn.workers.UvicornWorker main:app

gunicorn starts a worker and imports the app in it, then run() serves. It sends

    SIGTERM         end; requests have `graceful_timeout`
    SIGQUIT SIGINT  end soon; requests have QUICK_GRACE
    SIGUSR1         reopen the log files
    SIGABRT         the loop has been blocked for `timeout`; write the stacks and end

No worker closes an idle connection that its client may be about to use while another worker goes
on: after SIGHUP, and after `max_requests`, it serves on until its clients have left, for
`keepalive` at most.

A worker that ends when told to, or after its last request, exits with 0; one that was blocked
with 1; one that could not start with 3, so that gunicorn ends instead of trying for ever.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import mmap
import os
import signal
import socket
import struct
import sys
import time
from dataclasses import fields
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from .config import STARTUP_FAILURE, Config
from .errors import ConfigError
from .loops import runner
from .options import Options
from .server import Server
from .shutdown import LEFTOVER_GRACE
from .system.notify import Notifier

if TYPE_CHECKING:
    from ._types import ASGIApplication

    # Options by their names; their types differ.
    Values = dict[str, Any]

    class HaltServer(BaseException):
        """gunicorn.errors.HaltServer: the arbiter shows `reason` and ends with `exit_status`."""

        def __init__(self, reason: str, exit_status: int) -> None: ...

    class Setting(Protocol):
        def get(self) -> Any: ...

    class Settings(Protocol):
        """gunicorn.config.Config: each setting by its name, and as an attribute."""

        settings: dict[str, Setting]
        workers: int
        timeout: int
        graceful_timeout: int
        max_requests: int
        reload: bool

        def worker_int(self, worker: Worker, /) -> object: ...

    class Log(Protocol):
        """gunicorn.glogging.Logger"""

        error_log: logging.Logger
        access_log: logging.Logger

        def info(self, text: str, /, *facts: object) -> None: ...
        def warning(self, text: str, /, *facts: object) -> None: ...
        def error(self, text: str, /, *facts: object) -> None: ...
        def reopen_files(self) -> None: ...

    class Listener(Protocol):
        sock: socket.socket

    class Worker:
        """What we use of gunicorn.workers.base.Worker; gunicorn has no types."""

        cfg: Settings
        log: Log
        wsgi: ASGIApplication
        sockets: list[Listener]
        age: int
        ppid: int
        max_requests: int
        alive: bool
        booted: bool
        aborted: bool

        def __init__(self, *args: object, **kwargs: object) -> None: ...
        def init_signals(self) -> None: ...
        def notify(self) -> None: ...
        def handle_quit(self, sig: int, frame: FrameType | None) -> None: ...
        def handle_abort(self, sig: int, frame: FrameType | None) -> None: ...

else:
    try:
        from gunicorn.errors import HaltServer
        from gunicorn.workers.base import Worker
    except ImportError as exc:
        raise ImportError(
            "uvicorn.workers needs gunicorn, which is not for Windows: pip install 'gunicorn>=23'."
        ) from exc

__all__ = ["UvicornH11Worker", "UvicornWorker"]

# The longest time between two signs of life: in seconds, and as a part of gunicorn's `timeout`.
NOTIFY_SECONDS = 1.0
NOTIFY_PART = 0.25

# gunicorn kills when `graceful_timeout` is over. We begin to cut requests off so many seconds
# before that, or this part of it, so that the app can still shut down.
LAST_SECONDS = 2.0
LAST_PART = 0.6

# gunicorn tells old workers to end after it has started new ones, but it may be slow.
JUST_STARTED = 10.0

# Seconds for requests and for the app's shutdown, if the worker must end soon.
QUICK_GRACE = 1.0

# The descriptor: gunicorn may redirect it, and the app may replace sys.stderr.
STDERR = 2

# gunicorn's settings and our options. Those that its version or ours does not have are left out.
SETTINGS = {
    "keepalive": "timeout_keep_alive",
    "backlog": "backlog",
    "forwarded_allow_ips": "forwarded_allow_ips",
    "root_path": "root_path",
}
# These only if they are set: Python warns of gunicorn's default for ssl_version.
SETTINGS_IF_SET = {
    "keyfile": "ssl_keyfile",
    "certfile": "ssl_certfile",
    "ssl_version": "ssl_version",
    "cert_reqs": "ssl_cert_reqs",
    "ca_certs": "ssl_ca_certs",
    "ciphers": "ssl_ciphers",
    "ssl_context": "ssl_context_factory",
}

# Settings that gunicorn's own workers use and these do not.
IGNORED = (
    *("access_log_format", "threads", "worker_connections", "statsd_host", "proxy_protocol"),
    *("limit_request_line", "limit_request_fields", "limit_request_field_size"),
    *("secure_scheme_headers", "pre_request", "post_request", "http_protocols"),
    *("asgi_loop", "asgi_lifespan", "websocket_max_message_size"),
)

OPTIONS = frozenset(field.name for field in fields(Options))


class Successors:
    """What the arbiter notes about the workers that it starts; all of them can read it.

    It sends a worker the same signal for a reload and for the end of all. In a reload it has just
    started the full number of new workers, each with a higher `age`.
    """

    # The age of the youngest, the full number of workers, and when the youngest was started.
    NOTE = struct.Struct("QQd")

    def __init__(self) -> None:
        # Forked processes share it.
        self._memory = mmap.mmap(-1, self.NOTE.size)

    def note(self, age: int, workers: int) -> None:
        self.NOTE.pack_into(self._memory, 0, age, workers, time.monotonic())

    def has(self, age: int) -> bool:
        """Whether a worker of this age has successors that were just started."""
        youngest, workers, at = self.NOTE.unpack_from(self._memory)
        return bool(youngest - age >= workers and time.monotonic() - at < JUST_STARTED)


SUCCESSORS = Successors()


class UvicornWorker(Worker):
    """The worker class. In a subclass, CONFIG_KWARGS has options that override gunicorn's."""

    CONFIG_KWARGS: ClassVar[Values] = {"loop": "auto", "http": "auto"}

    config: Config

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Called in the arbiter, before the fork. A mistake in the options ends the arbiter."""
        super().__init__(*args, **kwargs)
        self._server: WorkerServer | None = None
        self._is_quick = False
        SUCCESSORS.note(self.age, self.cfg.workers)
        _share("uvicorn.error", self.log.error_log)
        _share("uvicorn.access", self.log.access_log)
        try:
            self.config = self._configured()
        except ConfigError as exc:
            reason = f"{type(self).__name__} cannot be configured: {exc}"
            raise HaltServer(reason, STARTUP_FAILURE) from exc

    @classmethod
    def check_config(cls, cfg: Settings, log: Log) -> None:
        """gunicorn calls it when it starts."""
        for name in ignored_settings(cfg, OPTIONS):
            log.warning("The setting %s has no effect with %s.", name, cls.__name__)

    def _configured(self) -> Config:
        unknown = ", ".join(sorted(self.CONFIG_KWARGS.keys() - OPTIONS))
        if unknown:
            raise ConfigError(f"CONFIG_KWARGS has what is no option: {unknown}.")
        options = {
            "app": None,
            # Otherwise WEB_CONCURRENCY would decide, which is for gunicorn.
            "workers": 1,
            "log_config": None,
            "access_log": self.log.access_log.hasHandlers(),
            "callback_notify": self.callback_notify,
            "timeout_notify": self.notify_seconds,
            # gunicorn has added the jitter.
            "limit_max_requests": self.max_requests if self.cfg.max_requests else None,
            **options_from(self.cfg, OPTIONS),
        }
        return Config(**{**options, **self.CONFIG_KWARGS})

    @property
    def notify_seconds(self) -> float:
        return min(NOTIFY_SECONDS, self.cfg.timeout * NOTIFY_PART) or NOTIFY_SECONDS

    # The life of the process

    def run(self) -> None:
        """Serve until told to end; SystemExit if that does not go well."""
        # gunicorn sets this when the app is imported, but a failed startup is a failed boot, too.
        self.booted = False
        if not self.alive:
            return
        try:
            loop_factory = self.config.get_loop_factory()
            runner.run(self._serve(), loop_factory, self._time_for_leftovers)
        except ConfigError as exc:
            self.log.error("%s", exc)
            sys.exit(STARTUP_FAILURE)
        finally:
            # Python ends with the default handlers: one more signal would look like a crash.
            for sig in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT, signal.SIGUSR1):
                signal.signal(sig, signal.SIG_IGN)

    async def _serve(self) -> None:
        self.config.app = self.wsgi
        self._install_sigquit_handler()
        server = self._server = WorkerServer(self.config, self)
        try:
            await server.serve(sockets=[each.sock for each in self.sockets])
        finally:
            self.booted = server.started
        if self.aborted:
            sys.exit(1)
        if self.alive and not server.started:
            sys.exit(STARTUP_FAILURE)

    def _time_for_leftovers(self) -> float | None:
        return LEFTOVER_GRACE if self._server is None else self._server.ending.time_for_leftovers()

    async def callback_notify(self) -> None:
        """Show gunicorn that the loop runs; without gunicorn, end."""
        self.notify()
        if self.alive and os.getppid() != self.ppid:
            self.log.info("gunicorn is gone, shutting down.")
            self.alive = False

    # Signals

    def init_signals(self) -> None:
        # A handler that is enabled already would stay below gunicorn's for SIGABRT.
        faulthandler.disable()
        super().init_signals()
        # It writes the stacks even if the code lets no Python handler run.
        faulthandler.enable(STDERR)

    def _install_sigquit_handler(self) -> None:
        """In the loop that serves: the app may have set its own handler when it was imported."""
        signal.signal(signal.SIGQUIT, self.handle_quit)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """SIGQUIT or SIGINT: end soon. Ctrl+C sends both, and the second one changes nothing."""
        if self._server is None:
            super().handle_quit(sig, frame)
        elif not self._is_quick:
            self._is_quick = True
            self.alive = False
            self.cfg.worker_int(self)
            self._server.hurry()

    def handle_abort(self, sig: int, frame: FrameType | None) -> None:
        """SIGABRT: raise SystemExit where the loop is blocked, and end soon if that is caught.

        If the code lets no handler run, gunicorn's next signal kills the process.
        """
        self.aborted = True
        if self._server is not None:
            self._server.hurry()
        super().handle_abort(sig, frame)

    def handle_usr1(self, sig: int, frame: FrameType | None) -> None:
        """SIGUSR1: reopen the log files, but not in the middle of a line."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.log.reopen_files()
        else:
            loop.call_soon_threadsafe(self.log.reopen_files)


class UvicornH11Worker(UvicornWorker):
    """h11 on asyncio, for systems where no parser and no event loop can be compiled."""

    CONFIG_KWARGS: ClassVar[Values] = {"loop": "asyncio", "http": "h11"}


class WorkerServer(Server):
    """The server of a worker: it ends when the worker is not `alive`, and shows it lives till then.

    Only gunicorn speaks to the service manager.
    """

    def __init__(self, config: Config, worker: UvicornWorker) -> None:
        super().__init__(config)
        self.worker = worker
        self.notifier = Notifier()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT:
            self.worker.handle_quit(sig, frame)
        elif self.worker.alive:
            # The signal may come again and again; only the first one counts.
            self.worker.alive = False
            self.has_successor = SUCCESSORS.has(self.worker.age)
            super().handle_exit(sig, frame)

    def hurry(self) -> None:
        """End with little time for requests; with none, if the server waits for them already."""
        if self.should_exit:
            self.force_exit = True
        grace = self.config.timeout_graceful_shutdown
        quick = QUICK_GRACE if grace is None else min(grace, QUICK_GRACE)
        self.config.timeout_graceful_shutdown = quick
        self.config.timeout_drain = 0
        self.has_successor = False
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        # gunicorn's reloader says in this way, from a thread, that a file has changed.
        if not self.worker.alive and not self.should_exit and self.worker.cfg.reload:
            self.hurry()
        return await super().on_tick(counter) or not self.worker.alive

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        beating = asyncio.get_running_loop().create_task(self._beat())
        try:
            if self._retires:
                # It goes on listening: a successor starts only when this one is gone.
                await self.ending.drain(self._has_nothing_left, self.ending.keep_alive)
            await super().shutdown(sockets)
        finally:
            beating.cancel()

    def _has_nothing_left(self) -> bool:
        return self.should_exit or not self.server_state.connections

    async def _beat(self) -> None:
        """Show that we live: `graceful_timeout` may be longer than `timeout`."""
        while True:
            await self.worker.callback_notify()
            await asyncio.sleep(self.worker.notify_seconds)


# Settings


def options_from(cfg: Settings, known: frozenset[str]) -> Values:
    """The options that gunicorn's settings decide, if they are among `known`."""
    last = min(LAST_SECONDS, cfg.graceful_timeout * LAST_PART)
    options: Values = {"timeout_graceful_shutdown": cfg.graceful_timeout - last}
    names = {name: option for name, option in SETTINGS.items() if name in cfg.settings}
    names |= {name: option for name, option in SETTINGS_IF_SET.items() if _is_set(cfg, name)}
    for name, option in names.items():
        options[option] = cfg.settings[name].get()
    if "ssl_context" in names:
        # The hook reads gunicorn's settings, not our Config.
        hook = options["ssl_context_factory"]
        options["ssl_context_factory"] = lambda config, default: hook(cfg, default)
    return {option: value for option, value in options.items() if option in known}


def ignored_settings(cfg: Settings, known: frozenset[str]) -> list[str]:
    """The settings that are set and have no effect."""
    mapped = {**SETTINGS, **SETTINGS_IF_SET}
    unknown = [name for name, option in mapped.items() if option not in known]
    return [name for name in (*IGNORED, *unknown) if _is_set(cfg, name)]


def _is_set(cfg: Settings, name: str) -> bool:
    """Whether a setting is not what it is by default."""
    setting = cfg.settings.get(name)
    return setting is not None and setting.get() != type(setting)().get()


def _share(name: str, theirs: logging.Logger) -> None:
    """Make our logger of this name write to where gunicorn's logger writes, at its level."""
    ours = logging.getLogger(name)
    ours.handlers = theirs.handlers
    ours.setLevel(theirs.level)
    # False, unless somebody has configured gunicorn's logger otherwise.
    ours.propagate = theirs.propagate
