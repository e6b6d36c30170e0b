"""The ASGI lifespan protocol: one call of the app that lasts as long as the server.

The server asks two questions in it, `startup` and `shutdown`, and waits for the answer of each:

    question    the app receives       it answers                        when
    startup     lifespan.startup       lifespan.startup.complete|failed  before any other answer
    shutdown    lifespan.shutdown      lifespan.shutdown.complete|failed after startup's

An app that answers "failed" has failed. One that returns sends no more answers, and that is no
fault. One that raises has failed, unless lifespan is "auto" and it has not received the first
question: then it does not know the protocol, and is served without it.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._types import AppState, LifespanReceiveMessage, LifespanSendMessage
    from ..config import Config

STATE_TRANSITION_ERROR = "Got invalid state transition on lifespan protocol."

# The names of the two questions in messages and in the log.
STARTUP, SHUTDOWN = "startup", "shutdown"


class Interrupted(BaseException):
    """Raised in an app that blocks the loop, because nothing else would end its startup."""


class Question:
    """One of the two questions, and its answer."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.answered = False
        self.failed = False


class LifespanOn:
    """`state` is the app's, for the scope of every request; `context` holds the ContextVars that
    the app had set when its startup was complete. `should_exit` says that one of the two failed.
    """

    def __init__(self, config: Config) -> None:
        if not config.loaded:
            config.load()
        self.config = config
        self.logger = logging.getLogger("uvicorn.error")
        self.receive_queue: asyncio.Queue[LifespanReceiveMessage] = asyncio.Queue()
        self.error_occurred = False
        self.should_exit = False
        self.state: AppState = {}
        self.context = contextvars.copy_context()
        self._questions = {STARTUP: Question(), SHUTDOWN: Question()}
        self._call: asyncio.Task[None] | None = None
        self._has_heard = False
        self._is_abandoned = False

    # From the server.

    async def startup(self) -> None:
        self.context = contextvars.copy_context()
        self.logger.info("Waiting for application startup.")
        self._call = asyncio.get_running_loop().create_task(self.main(), name="lifespan")
        await self._ask(STARTUP)

    async def shutdown(self) -> None:
        if self.error_occurred:
            return
        self.logger.info("Waiting for application shutdown.")
        await self._ask(SHUTDOWN)

    def abandon(self) -> None:
        """The server must end and the app does not answer: cancel its call."""
        self._is_abandoned = True
        if self._call is not None:
            self._call.cancel()

    def interrupt(self) -> None:
        """From a signal handler: raise in the app if it blocks the loop."""
        if self._call is not None and asyncio.current_task(self._call.get_loop()) is self._call:
            self._is_abandoned = True
            raise Interrupted

    async def _ask(self, name: str) -> None:
        question = self._questions[name]
        self.receive_queue.put_nowait(
            {"type": "lifespan.startup"} if name == STARTUP else {"type": "lifespan.shutdown"}
        )
        await question.over.wait()
        if self._is_abandoned:
            # The caller of abandon() has logged it.
            return
        if question.failed:
            self.logger.error("Application %s failed. Exiting.", name)
            self.should_exit = True
        else:
            self.logger.info("Application %s complete.", name)

    # The app's call.

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
            for question in self._questions.values():
                question.over.set()

    async def receive(self) -> LifespanReceiveMessage:
        message = await self.receive_queue.get()
        self._has_heard = True
        return message

    async def send(self, message: LifespanSendMessage) -> None:
        kind, _, answer = message["type"].rpartition(".")
        name = kind.removeprefix("lifespan.")
        if name == kind or name not in self._questions or answer not in ("complete", "failed"):
            raise RuntimeError(
                f"Unexpected ASGI message '{message['type']}' in the lifespan protocol."
            )
        if not self._may_answer(name):
            raise AssertionError(STATE_TRANSITION_ERROR)
        if name == STARTUP:
            # This runs in the app's own context: requests see what the app has set by now.
            self.context = contextvars.copy_context()
        question = self._questions[name]
        question.answered = True
        question.failed = answer == "failed"
        question.over.set()
        text = message.get("message")
        if text:
            self.logger.error(text)

    def _may_answer(self, name: str) -> bool:
        startup, shutdown = self._questions.values()
        return not shutdown.answered and startup.answered == (name == SHUTDOWN)

    def _app_raised(self, exc: BaseException) -> None:
        self.error_occurred = True
        questions = self._questions.values()
        if self._is_abandoned or any(question.failed for question in questions):
            # That is logged already.
            return
        if self.config.lifespan == "auto" and not self._has_heard:
            self.logger.info("ASGI 'lifespan' protocol appears unsupported.")
            return
        self.logger.error("Exception in 'lifespan' protocol\n", exc_info=exc)
        for question in questions:
            question.failed = not question.answered

    # Names of the reference, for programs that look inside.

    @property
    def startup_event(self) -> asyncio.Event:
        return self._questions[STARTUP].over

    @property
    def shutdown_event(self) -> asyncio.Event:
        return self._questions[SHUTDOWN].over

    @property
    def startup_failed(self) -> bool:
        return self._questions[STARTUP].failed

    @property
    def shutdown_failed(self) -> bool:
        return self._questions[SHUTDOWN].failed
