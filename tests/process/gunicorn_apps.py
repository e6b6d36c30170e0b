"""Applications, workers and settings for gunicorn; tests/process/test_gunicorn.py.

gunicorn reads this module as its configuration too: names that are no settings of its version mean
nothing to it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import threading
from typing import Any, ClassVar

import uvicorn
from uvicorn.workers import UvicornWorker

# Settings

# Since gunicorn 25.1; it would be a file in the home directory.
control_socket_disable = True

SHOWN = (
    *("access_log", "backlog", "limit_max_requests", "timeout_graceful_shutdown"),
    *("timeout_keep_alive", "timeout_notify", "workers", "http", "loop"),
)


def post_worker_init(worker: UvicornWorker) -> None:
    # As apps do when they are imported.
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    logging.basicConfig()
    options = {name: getattr(worker.config, name) for name in SHOWN}
    worker.log.info("Options: %s", json.dumps(options))


def worker_int(worker: UvicornWorker) -> None:
    worker.log.info("Hook: worker_int")


def worker_abort(worker: UvicornWorker) -> None:
    worker.log.info("Hook: worker_abort")


def worker_exit(server: Any, worker: UvicornWorker) -> None:
    worker.log.info("Hook: worker_exit, %r", signal.getsignal(signal.SIGTERM))


# Applications


async def lifespan(receive: Any, send: Any) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def answer(send: Any, text: str) -> None:
    headers = [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers the process id, or does what its path says."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    if scope["path"] == "/block":
        threading.Event().wait()
    elif scope["path"] == "/slow":
        # Until the rest of the body is there: the test says when.
        while (await receive())["more_body"]:
            pass
    elif scope["path"] == "/stuck":
        await receive()
        await asyncio.Event().wait()
    await answer(send, str(os.getpid()))


async def never_starts(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "lifespan"
    await asyncio.Event().wait()


async def fails_to_start(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "lifespan"
    await send({"type": "lifespan.startup.failed", "message": "no database"})


# Workers


class WithUnknownOption(UvicornWorker):
    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {"colour": "green"}


class WithWrongOption(UvicornWorker):
    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {"headers": [("a b", "c")]}


class WithUnknownLoop(UvicornWorker):
    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {"loop": "nowhere:loop"}


class Overriding(UvicornWorker):
    """What subclasses out there override: the methods leave a line in the log."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        **UvicornWorker.CONFIG_KWARGS,
        "headers": [("x-worker", "of our own")],
    }

    def init_signals(self) -> None:
        self.log.info("Overridden: init_signals")
        super().init_signals()

    def _install_sigquit_handler(self) -> None:
        self.log.info("Overridden: _install_sigquit_handler")
        super()._install_sigquit_handler()

    async def _serve(self) -> None:
        self.log.info("Overridden: _serve")
        await super()._serve()

    async def callback_notify(self) -> None:
        self.log.info("Overridden: callback_notify")
        await super().callback_notify()


class ServesByItself(UvicornWorker):
    """As people wrote it who wanted a server of their own."""

    def run(self) -> None:
        self.config.app = self.wsgi
        server: Any = uvicorn.Server(self.config)
        asyncio.run(server.serve(sockets=self.sockets))
