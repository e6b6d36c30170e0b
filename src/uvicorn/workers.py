"""Workers for gunicorn: it listens, starts processes and replaces them; each of these is a server.

    gunicorn -k uvicorn.workers.UvicornWorker main:app

gunicorn starts a worker and imports the app in it, then run() serves. It sends

    SIGTERM         end; requests have `graceful_timeout`
    SIGQUIT SIGINT  end soon; requests have QUICK_GRACE
    SIGUSR1         open the log files anew
    SIGABRT         the loop has been blocked for `timeout`; leave the stacks behind and go

None closes an idle connection under its client where another worker goes on: after SIGHUP, and
when `max_requests` are over, it serves on until its clients have left, for `keepalive` at most.

A worker that ends as it was told, or after its last request, exits with 0; one that was blocked
with 1; one that could not start with 3, which makes gunicorn end rather than try for ever.
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

    # Options by their names; which one a setting is, is not known by its type.
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
        """What is used of gunicorn.workers.base.Worker; gunicorn has no types."""

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

# Seconds between two signs of life at most, and the part of gunicorn's patience at most.
NOTIFY_SECONDS = 1.0
NOTIFY_PART = 0.25

# gunicorn kills when `graceful_timeout` is over. So many seconds before, or this part of it,
# requests begin to be cut off, so that the app can still shut down.
LAST_SECONDS = 2.0
LAST_PART = 0.6

# gunicorn tells old workers to end as soon as it has started new ones, but in a hurry it is not.
JUST_STARTED = 10.0

# Seconds that requests have, and the shutdown of the app, if it has to be quick.
QUICK_GRACE = 1.0

# The descriptor: gunicorn may let it lead elsewhere, and the app may replace sys.stderr.
STDERR = 2

# Our options by the settings of gunicorn. What its version or ours does not have is left out.
SETTINGS = {
    "keepalive": "timeout_keep_alive",
    "backlog": "backlog",
    "forwarded_allow_ips": "forwarded_allow_ips",
    "root_path": "root_path",
}
# These if they are set: gunicorn's own default for ssl_version is one that Python warns of.
SETTINGS_IF_SET = {
    "keyfile": "ssl_keyfile",
    "certfile": "ssl_certfile",
    "ssl_version": "ssl_version",
    "cert_reqs": "ssl_cert_reqs",
    "ca_certs": "ssl_ca_certs",
    "ciphers": "ssl_ciphers",
    "ssl_context": "ssl_context_factory",
}

# What gunicorn's own workers heed and these do not.
IGNORED = (
    *("access_log_format", "threads", "worker_connections", "statsd_host", "proxy_protocol"),
    *("limit_request_line", "limit_request_fields", "limit_request_field_size"),
    *("secure_scheme_headers", "pre_request", "post_request", "http_protocols"),
    *("asgi_loop", "asgi_lifespan", "websocket_max_message_size"),
)

OPTIONS = frozenset(field.name for field in fields(Options))


class Successors:
    """What the arbiter notes of the workers that it starts, for all of them to see.

    To a worker it sends the same signal for a reload and for the end of all. In a reload it has
    just started as many as there shall be, each with a higher `age`.
    """

    # The age of the youngest, how many there shall be, and when it was started.
    NOTE = struct.Struct("QQd")

    def __init__(self) -> None:
        # Forks share it.
        self._memory = mmap.mmap(-1, self.NOTE.size)

    def note(self, age: int, workers: int) -> None:
        self.NOTE.pack_into(self._memory, 0, age, workers, time.monotonic())

    def has(self, age: int) -> bool:
        """Whether a worker of this age has successors that were just started."""
        youngest, workers, at = self.NOTE.unpack_from(self._memory)
        return bool(youngest - age >= workers and time.monotonic() - at < JUST_STARTED)


SUCCESSORS = Successors()


class UvicornWorker(Worker):
    """The worker class. Subclass it, and CONFIG_KWARGS holds options that override gunicorn's."""

    CONFIG_KWARGS: ClassVar[Values] = {"loop": "auto", "http": "auto"}

    config: Config

    def __init__(self, *args: object, **kwargs: object) -> None:
        """In the arbiter, before the fork. What is wrong with the options ends the arbiter."""
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
            # Else WEB_CONCURRENCY would decide, which is for gunicorn.
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
        # To gunicorn it has when the app is imported; a failed startup is no less a failed boot.
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
        # What is enabled already would stay below gunicorn's handler of SIGABRT.
        faulthandler.disable()
        super().init_signals()
        # It writes the stacks even of code that lets no handler of Python's run.
        faulthandler.enable(STDERR)

    def _install_sigquit_handler(self) -> None:
        """In the loop that is to serve: the app may have taken the signal when it was imported."""
        signal.signal(signal.SIGQUIT, self.handle_quit)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """SIGQUIT or SIGINT: end soon. With Ctrl+C both come, the second means nothing more."""
        if self._server is None:
            super().handle_quit(sig, frame)
        elif not self._is_quick:
            self._is_quick = True
            self.alive = False
            self.cfg.worker_int(self)
            self._server.hurry()

    def handle_abort(self, sig: int, frame: FrameType | None) -> None:
        """SIGABRT: raise SystemExit where the loop is blocked, and end soon if that is caught.

        Code that lets no handler run is killed by gunicorn's next signal.
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
    """h11 on asyncio: where no parser and no event loop can be compiled."""

    CONFIG_KWARGS: ClassVar[Values] = {"loop": "asyncio", "http": "h11"}


class WorkerServer(Server):
    """The server of a worker: it ends when that is no more `alive`, and shows until then it lives.

    A service manager hears of gunicorn alone.
    """

    def __init__(self, config: Config, worker: UvicornWorker) -> None:
        super().__init__(config)
        self.worker = worker
        self.notifier = Notifier()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT:
            self.worker.handle_quit(sig, frame)
        elif self.worker.alive:
            # It may come again and again, and means nothing more.
            self.worker.alive = False
            self.has_successor = SUCCESSORS.has(self.worker.age)
            super().handle_exit(sig, frame)

    def hurry(self) -> None:
        """End with little time for requests; with none, if they are waited for already."""
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
                # It listens meanwhile: a successor starts only when this one is gone.
                await self.ending.drain(self._has_nothing_left, self.ending.keep_alive)
            await super().shutdown(sockets)
        finally:
            beating.cancel()

    def _has_nothing_left(self) -> bool:
        return self.should_exit or not self.server_state.connections

    async def _beat(self) -> None:
        """`graceful_timeout` may be longer than `timeout`."""
        while True:
            await self.worker.callback_notify()
            await asyncio.sleep(self.worker.notify_seconds)


# Settings


def options_from(cfg: Settings, known: frozenset[str]) -> Values:
    """Of the options `known`, those that gunicorn's settings decide."""
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
    """What was set to no effect."""
    mapped = {**SETTINGS, **SETTINGS_IF_SET}
    unknown = [name for name, option in mapped.items() if option not in known]
    return [name for name in (*IGNORED, *unknown) if _is_set(cfg, name)]


def _is_set(cfg: Settings, name: str) -> bool:
    """Whether a setting is not what it is by default."""
    setting = cfg.settings.get(name)
    return setting is not None and setting.get() != type(setting)().get()


def _share(name: str, theirs: logging.Logger) -> None:
    """Have our logger of this name write what and where a logger of gunicorn's does."""
    ours = logging.getLogger(name)
    ours.handlers = theirs.handlers
    ours.setLevel(theirs.level)
    # False, unless somebody has configured gunicorn's logger otherwise.
    ours.propagate = theirs.propagate
