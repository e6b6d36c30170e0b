"""The lifespan protocol, in all the ways that an app may take part in it."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from typing import Any

import pytest

from tests.server.apps import WithLifespan, hello, quiet
from tests.server.conftest import Drive, Log
from uvicorn.lifespan.off import LifespanOff
from uvicorn.lifespan.on import LifespanOn

WAITING = "INFO Waiting for application startup."
COMPLETE = "INFO Application startup complete."
STOPPING = "INFO Waiting for application shutdown."
STOPPED = "INFO Application shutdown complete."
UNSUPPORTED = "INFO ASGI 'lifespan' protocol appears unsupported."
START_FAILED = "ERROR Application startup failed. Exiting."
STOP_FAILED = "ERROR Application shutdown failed. Exiting."
RAISED = "ERROR Exception in 'lifespan' protocol\n"

both_modes = pytest.mark.parametrize("mode", ["auto", "on"])


def lived(drive: Drive, app: Any, mode: str = "auto") -> LifespanOn:
    """A lifespan that went through startup, and through shutdown unless startup failed."""
    lifespan = LifespanOn(quiet(app, lifespan=mode))

    async def live() -> None:
        await lifespan.startup()
        if not lifespan.should_exit:
            await lifespan.shutdown()

    drive(live())
    return lifespan


@both_modes
def test_an_app_hears_of_startup_and_shutdown(mode: str, drive: Drive, log: Log) -> None:
    app = WithLifespan()
    lifespan = lived(drive, app, mode)
    assert app.heard == ["lifespan.startup", "lifespan.shutdown"]
    assert not lifespan.should_exit
    assert log.lines == [WAITING, COMPLETE, STOPPING, STOPPED]


def test_the_scope_is_that_of_the_specification(drive: Drive) -> None:
    scopes = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)
        await WithLifespan()(scope, receive, send)

    lifespan = lived(drive, app)
    assert scopes == [
        {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    ]
    assert scopes[0]["state"] is lifespan.state


def test_an_app_may_raise_when_it_does_not_know_the_protocol(drive: Drive, log: Log) -> None:
    lifespan = lived(drive, hello, "auto")
    assert not lifespan.should_exit
    assert log.lines == [WAITING, UNSUPPORTED, COMPLETE]


def test_an_app_that_raises_fails_where_a_lifespan_is_asked_for(drive: Drive, log: Log) -> None:
    lifespan = lived(drive, hello, "on")
    assert lifespan.should_exit
    assert log.lines == [WAITING, RAISED, START_FAILED]
    assert log.records[1].exc_info is not None


@both_modes
def test_an_app_that_raises_after_it_has_heard_of_startup_has_failed(
    mode: str, drive: Drive, log: Log
) -> None:
    """It knows the protocol; something else is wrong."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        raise ConnectionError("no database")

    assert lived(drive, app, mode).should_exit
    assert log.lines == [WAITING, RAISED, START_FAILED]


def test_an_app_that_raises_after_its_last_answer_is_shown(drive: Drive, log: Log) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await WithLifespan()(scope, receive, send)
        raise ValueError("after all")

    lived(drive, app, "on")
    assert sorted(log.lines) == sorted([WAITING, COMPLETE, STOPPING, RAISED, STOPPED])


def test_an_app_may_return_without_an_answer(drive: Drive, log: Log) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        pass

    assert not lived(drive, app, "on").should_exit
    assert log.lines == [WAITING, COMPLETE, STOPPING, STOPPED]


def says_failed(at: str, message: str | None, then_raises: bool) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while True:
            kind = (await receive())["type"]
            if kind == f"lifespan.{at}":
                answer = {"type": f"{kind}.failed"}
                await send(answer if message is None else {**answer, "message": message})
                if then_raises:
                    raise RuntimeError("as frameworks do")
                return
            await send({"type": f"{kind}.complete"})

    return app


@both_modes
@pytest.mark.parametrize("message", [None, "", "no database"])
@pytest.mark.parametrize("then_raises", [True, False])
def test_a_failed_startup_always_counts(
    mode: str, message: str | None, then_raises: bool, drive: Drive, log: Log
) -> None:
    lifespan = lived(drive, says_failed("startup", message, then_raises), mode)
    assert lifespan.should_exit
    assert log.lines == [WAITING, *([f"ERROR {message}"] if message else []), START_FAILED]


@both_modes
@pytest.mark.parametrize("then_raises", [True, False])
def test_a_failed_shutdown_is_logged(mode: str, then_raises: bool, drive: Drive, log: Log) -> None:
    lifespan = lived(drive, says_failed("shutdown", "no more disk", then_raises), mode)
    assert lifespan.should_exit
    assert log.lines == [WAITING, COMPLETE, STOPPING, "ERROR no more disk", STOP_FAILED]


@both_modes
def test_an_app_that_raises_at_shutdown_is_shown(mode: str, drive: Drive, log: Log) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        raise ValueError("at shutdown")

    assert lived(drive, app, mode).should_exit
    assert log.lines == [WAITING, COMPLETE, STOPPING, RAISED, STOP_FAILED]


@both_modes
def test_an_app_that_raises_while_it_serves_is_shown(mode: str, drive: Drive, log: Log) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await meanwhile.wait()
        raise ValueError("meanwhile")

    async def live() -> None:
        await lifespan.startup()
        meanwhile.set()
        await lifespan.shutdown_event.wait()
        await lifespan.shutdown()

    meanwhile = asyncio.Event()
    lifespan = LifespanOn(quiet(app, lifespan=mode))
    drive(live())
    assert log.lines == [WAITING, COMPLETE, RAISED]


WRONG = {
    "startup twice": ["startup.complete", "startup.complete"],
    "failed after complete": ["startup.complete", "startup.failed"],
    "shutdown before startup": ["shutdown.complete"],
    "shutdown twice": ["startup.complete", "shutdown.complete", "shutdown.complete"],
    "startup after shutdown": ["startup.complete", "shutdown.complete", "startup.complete"],
}


@pytest.mark.parametrize("messages", WRONG.values(), ids=list(WRONG))
def test_messages_in_the_wrong_order_are_the_apps_error(messages: list[str], drive: Drive) -> None:
    errors = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            for message in messages:
                await send({"type": f"lifespan.{message}"})
        except AssertionError as error:
            errors.append(str(error))

    lived(drive, app)
    assert errors == ["Got invalid state transition on lifespan protocol."]


@pytest.mark.parametrize(
    "kind", ["http.response.start", "lifespan.startup", "lifespan.startup.done", "startup.complete"]
)
def test_a_message_of_another_protocol_is_the_apps_error(kind: str, drive: Drive) -> None:
    errors = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await send({"type": kind})
        except RuntimeError as error:
            errors.append(str(error))

    lived(drive, app)
    assert errors == [f"Unexpected ASGI message '{kind}' in the lifespan protocol."]


def test_state_that_the_app_sets_is_there(drive: Drive) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["state"]["database"] = "open"
        await WithLifespan()(scope, receive, send)

    assert lived(drive, app).state == {"database": "open"}


variable = contextvars.ContextVar("variable", default="unset")


def test_the_context_holds_what_the_app_had_set_by_the_end_of_startup(drive: Drive) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        variable.set("by the app")
        await send({"type": "lifespan.startup.complete"})
        variable.set("later")
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    lifespan = lived(drive, app)
    assert lifespan.context[variable] == "by the app"
    assert variable.get() == "unset"


def test_the_context_of_an_app_without_lifespan_is_that_of_the_server(drive: Drive) -> None:
    async def live(lifespan: Any) -> None:
        variable.set("by the server")
        await lifespan.startup()
        await lifespan.shutdown()

    on, off = LifespanOn(quiet(hello)), LifespanOff(quiet(hello))
    for lifespan in (on, off):
        drive(live(lifespan))
        assert lifespan.context[variable] == "by the server"


def test_an_app_without_lifespan_is_not_called(drive: Drive, log: Log) -> None:
    app = WithLifespan()
    lifespan = LifespanOff(quiet(app, lifespan="off"))

    async def live() -> None:
        await lifespan.startup()
        await lifespan.shutdown()
        lifespan.abandon()

    drive(live())
    assert (lifespan.should_exit, lifespan.state) == (False, {})
    assert (app.heard, log.lines) == ([], [])


def test_an_abandoned_app_is_cancelled_and_says_nothing(drive: Drive, log: Log) -> None:
    begun, ended = asyncio.Event(), []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    lifespan = LifespanOn(quiet(app, lifespan="on"))

    async def live() -> None:
        starting = asyncio.ensure_future(lifespan.startup())
        await begun.wait()
        lifespan.abandon()
        await lifespan.startup_event.wait()
        starting.cancel()

    drive(live())
    assert ended == [True]
    assert not log.has("Exception")


def test_loading_is_part_of_a_lifespan_that_comes_first() -> None:
    config = quiet(hello)
    LifespanOn(config)
    assert config.loaded
    assert logging.getLogger("uvicorn.error").isEnabledFor(logging.INFO)
