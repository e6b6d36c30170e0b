"""The ASGI lifespan protocol: one call of the app that lasts as long as the server.

The call runs in a task of its own. startup() sends the app "lifespan.startup" and waits for its
answer, shutdown() the same with "lifespan.shutdown". With lifespan "auto", an app that raises
before it answers is one that does not know the protocol; with "on" that is a failed startup.
An app that says "startup.failed" has always failed.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._types import LifespanReceiveMessage, LifespanSendMessage
    from ..config import Config

STATE_TRANSITION_ERROR = "Got invalid state transition on lifespan protocol."


class LifespanOn:
    """`state` is the app's, for every request's scope; `context` holds the ContextVars that the
    app had set when its startup was complete. `should_exit` says that either has failed.
    """

    def __init__(self, config: Config) -> None:
        if not config.loaded:
            config.load()
        self.config = config
        self.logger = logging.getLogger("uvicorn.error")
        self.startup_event = asyncio.Event()
        self.shutdown_event = asyncio.Event()
        self.receive_queue: asyncio.Queue[LifespanReceiveMessage] = asyncio.Queue()
        self.error_occurred = False
        self.startup_failed = False
        self.shutdown_failed = False
        self.should_exit = False
        self.state: dict[str, Any] = {}
        self.context = contextvars.copy_context()
        self._task: asyncio.Task[None] | None = None
        self._abandoned = False

    async def startup(self) -> None:
        self.logger.info("Waiting for application startup.")
        self.context = contextvars.copy_context()
        self._task = asyncio.get_running_loop().create_task(self.main(), name="lifespan")
        self.receive_queue.put_nowait({"type": "lifespan.startup"})
        await self.startup_event.wait()
        if self.startup_failed or (self.error_occurred and self.config.lifespan == "on"):
            self.logger.error("Application startup failed. Exiting.")
            self.should_exit = True
        else:
            self.logger.info("Application startup complete.")

    async def shutdown(self) -> None:
        if self.error_occurred:
            return
        self.logger.info("Waiting for application shutdown.")
        self.receive_queue.put_nowait({"type": "lifespan.shutdown"})
        await self.shutdown_event.wait()
        if self.shutdown_failed or self.error_occurred:
            self.logger.error("Application shutdown failed. Exiting.")
            self.should_exit = True
        else:
            self.logger.info("Application shutdown complete.")

    def abandon(self) -> None:
        """The server must end and the app does not answer: cancel its call."""
        self._abandoned = True
        if self._task is not None:
            self._task.cancel()

    async def main(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": self.config.asgi_version, "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self.config.loaded_app(scope, self.receive, self.send)
        except BaseException as exc:
            self._app_raised(exc)
        finally:
            self.startup_event.set()
            self.shutdown_event.set()

    async def send(self, message: LifespanSendMessage) -> None:
        kind = message["type"]
        if kind.startswith("lifespan.startup."):
            assert not self.startup_event.is_set(), STATE_TRANSITION_ERROR
            assert not self.shutdown_event.is_set(), STATE_TRANSITION_ERROR
            self._startup_answered(message)
        elif kind.startswith("lifespan.shutdown."):
            assert self.startup_event.is_set(), STATE_TRANSITION_ERROR
            assert not self.shutdown_event.is_set(), STATE_TRANSITION_ERROR
            self._shutdown_answered(message)
        else:
            raise RuntimeError(f"Unexpected ASGI message '{kind}' in the lifespan protocol.")

    async def receive(self) -> LifespanReceiveMessage:
        return await self.receive_queue.get()

    # What the answers mean

    def _startup_answered(self, message: LifespanSendMessage) -> None:
        # This runs in the app's own context: what it has set by now is what requests shall see.
        self.context = contextvars.copy_context()
        self.startup_failed = message["type"] == "lifespan.startup.failed"
        self.startup_event.set()
        self._log_message(message)

    def _shutdown_answered(self, message: LifespanSendMessage) -> None:
        self.shutdown_failed = message["type"] == "lifespan.shutdown.failed"
        self.shutdown_event.set()
        self._log_message(message)

    def _app_raised(self, exc: BaseException) -> None:
        self.error_occurred = True
        if self.startup_failed or self.shutdown_failed or self._abandoned:
            return
        if self.config.lifespan == "auto" and not self.startup_event.is_set():
            self.logger.info("ASGI 'lifespan' protocol appears unsupported.")
        else:
            self.logger.error("Exception in 'lifespan' protocol\n", exc_info=exc)

    def _log_message(self, message: LifespanSendMessage) -> None:
        text = message.get("message")
        if text:
            self.logger.error(text)
