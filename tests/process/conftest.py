"""Servers with workers, in real processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.apps.serving import BUILDS, VARIANTS, Process, Variant, process
from tests.process.supervised import APPS, Start, wait_for_workers

# What keeps processes knows neither parsers nor builds: one variant of each build, and each loop.
VARIANT = VARIANTS[0] if BUILDS[0] == "compiled" else VARIANTS[-1]

# gunicorn is not for Windows.
collect_ignore_glob = ["test_gunicorn*.py"] if sys.platform == "win32" else []


@pytest.fixture(params=[VARIANT], ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    chosen: Variant = request.param
    return chosen


@pytest.fixture
def start(variant: Variant) -> Iterator[Start]:
    """Starts a server with workers, and waits until all of them serve."""
    with ExitStack() as stack:

        def begin(
            *arguments: str, workers: int = 2, app: str = "app", waits: bool = True, **env: str
        ) -> Process:
            target = app if ":" in app else f"{APPS}:{app}"
            command = [sys.executable, "-W", "error", "-m", "uvicorn", target]
            command += ["--port", "0", "--no-use-colors", "--no-access-log"]
            command += ["--workers", str(workers), *variant.arguments, *arguments]
            server = stack.enter_context(process(command, {**variant.environment, **env}))
            server.wait_for_port()
            if waits:
                wait_for_workers(server, workers)
            return server

        yield begin
