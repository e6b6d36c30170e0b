"""Loggers as they were before each test, what they log, and a loop of each kind to run in."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from uvicorn.loops import runner
from uvicorn.loops.asyncio import asyncio_loop_factory
from uvicorn.loops.uvloop import uvloop_loop_factory

LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")
LOOPS = {"asyncio": asyncio_loop_factory, "uvloop": uvloop_loop_factory}


def nginx_path() -> str | None:
    """Debian keeps it where ordinary users do not look."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


# Makes what follows it the first process of a space of its own, for those who are root there too.
UNSHARE = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
UNSHARE += ["--kill-child=SIGKILL"]


def may_unshare() -> bool:
    try:
        return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


# Where changes are checked (CI is set) these must be there; elsewhere they may be missing.
collect_ignore = []
if not os.environ.get("CI"):
    if not nginx_path():
        collect_ignore.append("test_nginx.py")
    if not may_unshare():
        collect_ignore.append("test_first_process.py")

Drive = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(autouse=True)
def fresh_loggers() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(each.level, each.handlers, each.propagate) for each in loggers]
    for each in loggers:
        each.level, each.handlers, each.propagate = logging.NOTSET, [], True
        each.disabled = False
    logging.getLogger("uvicorn").setLevel(logging.INFO)
    yield
    for each, (level, handlers, propagate) in zip(loggers, before, strict=True):
        each.setLevel(level)
        each.handlers, each.propagate = handlers, propagate


class Log(logging.Handler):
    """What was logged, as lines "LEVEL message"."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.lines.append(f"{record.levelname} {record.getMessage()}")

    def has(self, text: str) -> bool:
        return any(text in line for line in self.lines)


@pytest.fixture
def log(fresh_loggers: None) -> Log:
    handler = Log()
    logging.getLogger("uvicorn").addHandler(handler)
    return handler


@pytest.fixture(params=sorted(LOOPS))
def drive(request: pytest.FixtureRequest) -> Drive:
    """Runs a coroutine to its end on a loop of its own."""
    factory: Callable[[], asyncio.AbstractEventLoop] = LOOPS[request.param]()
    return lambda coroutine: runner.run(coroutine, factory)
