"""`--interface` on the command line, with real processes."""

from __future__ import annotations

import os
import signal
import sys

import httpx
import pytest

from tests.apps.serving import FEW, VARIANTS, Variant, Wire, get, in_process, process, until
from uvicorn.config import STARTUP_FAILURE

APPS = "tests.middleware.app_interfaces"
each_variant = pytest.mark.parametrize("variant", FEW, ids=str)


def answer_of(app: str, variant: Variant, *arguments: str, **environment: str) -> tuple[str, str]:
    """(answer, log)"""
    with in_process(f"{APPS}:{app}", variant, *arguments, environment=environment) as server:
        answer = httpx.get(server.url, trust_env=False).text
        server.signal(signal.SIGTERM)
        assert server.wait() == -signal.SIGTERM
        return answer, server.log


@each_variant
@pytest.mark.parametrize(
    ("app", "arguments", "expected"),
    [
        ("asgi3", (), "http of ASGI 3.0"),
        ("asgi3", ("--interface", "asgi3"), "http of ASGI 3.0"),
        ("ASGI2", (), "http of ASGI 2.0"),
        ("asgi2_function", ("--interface", "asgi2"), "http of ASGI 2.0"),
        ("make_asgi2", ("--factory",), "http of ASGI 2.0"),
    ],
)
def test_an_asgi_app_is_called_by_its_interface(
    variant: Variant, app: str, arguments: tuple[str, ...], expected: str
) -> None:
    answer, log = answer_of(app, variant, *arguments)
    assert answer == expected
    assert "factory detected" not in log


@each_variant
@pytest.mark.parametrize("app", ["wsgi", "make_wsgi"])
def test_a_wsgi_app_is_served(variant: Variant, app: str, hiding_a2wsgi: dict[str, str]) -> None:
    factory = ("--factory",) if app == "make_wsgi" else ()
    answer, log = answer_of(app, variant, "--interface", "wsgi", *factory, **hiding_a2wsgi)
    assert answer.startswith("wsgi in ")
    # As with every app that knows no lifespan.
    assert "ASGI 'lifespan' protocol appears unsupported." in log


@each_variant
def test_a_wsgi_app_is_served_by_a2wsgi(variant: Variant) -> None:
    answer, log = answer_of("wsgi", variant, "--interface", "wsgi")
    assert answer.startswith("wsgi in ")
    # It knows the lifespan for its apps.
    assert "Application shutdown complete." in log


def test_the_interface_may_come_from_the_environment(hiding_a2wsgi: dict[str, str]) -> None:
    answer, _ = answer_of("wsgi", VARIANTS[0], UVICORN_INTERFACE="wsgi", **hiding_a2wsgi)
    assert answer.startswith("wsgi in ")


def test_all_messages_are_logged_at_level_trace(hiding_a2wsgi: dict[str, str]) -> None:
    arguments = ("--interface", "wsgi", "--log-level", "trace")
    _, log = answer_of("wsgi", VARIANTS[0], *arguments, **hiding_a2wsgi)
    assert "ASGI [2] Started scope={'type': 'http'," in log
    assert "ASGI [2] Send {'type': 'http.response.body', 'body': '<" in log
    assert "ASGI [2] Completed" in log


def test_a_wsgi_app_that_knows_no_lifespan_cannot_have_one(hiding_a2wsgi: dict[str, str]) -> None:
    command = [sys.executable, "-m", "uvicorn", f"{APPS}:wsgi", "--port", "0"]
    command += ["--interface", "wsgi", "--lifespan", "on"]
    with process(command, hiding_a2wsgi) as server:
        assert server.wait() == STARTUP_FAILURE
        assert "A WSGI app answers HTTP requests only, not 'lifespan'." in server.log


@each_variant
def test_an_app_that_never_answers_does_not_hold_up_the_end(
    variant: Variant, hiding_a2wsgi: dict[str, str]
) -> None:
    arguments = ("--interface", "wsgi", "--timeout-graceful-shutdown", "0.1")
    with in_process(f"{APPS}:wsgi", variant, *arguments, environment=hiding_a2wsgi) as server:
        with Wire(server.port) as wire:
            threads = threads_of(server.pid)
            wire.send(get("/stuck"))
            until(lambda: threads_of(server.pid) > threads)
            server.signal(signal.SIGTERM)
            assert server.wait() == -signal.SIGTERM
        assert "Cancel 1 running task(s), timeout graceful shutdown exceeded" in server.log
        assert "ignored their cancellation" not in server.log


def threads_of(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/task"))


def test_a_wsgi_app_is_served_by_several_workers(hiding_a2wsgi: dict[str, str]) -> None:
    command = [sys.executable, "-W", "error", "-m", "uvicorn", f"{APPS}:wsgi", "--port", "0"]
    command += ["--no-use-colors", "--interface", "wsgi", "--workers", "2"]
    with process(command, {**VARIANTS[0].environment, **hiding_a2wsgi}) as server:
        server.wait_for_port()
        until(lambda: server.log.count("is ready") == 2, 60)
        pid = int(httpx.get(server.url, trust_env=False).text.removeprefix("wsgi in "))
        assert pid != server.pid
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert "Traceback" not in server.log
