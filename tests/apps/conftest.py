"""One server process for each app and variant, shared by the tests of a module."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.apps import browsing
from tests.apps.serving import VARIANTS, Process, Variant, in_process

# Where changes are checked (CI is set) these clients must be there; elsewhere they may be missing.
IN_BROWSER = ("test_browser.py", "test_chat.py", "test_http2_browser.py")
CLIENTS = {file: browsing.browser() for file in IN_BROWSER}
CLIENTS["test_curl.py"] = shutil.which("curl")
CLIENTS["test_h2load.py"] = shutil.which("h2load")
collect_ignore = [] if os.environ.get("CI") else [file for file in CLIENTS if not CLIENTS[file]]


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    chosen: Variant = request.param
    return chosen


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, variant: Variant) -> Iterator[Process]:
    """The app that the module names as APP, on every variant; it must not log any error."""
    arguments = getattr(request.module, "ARGUMENTS", ())
    with in_process(request.module.APP, variant, "--no-access-log", *arguments) as process:
        yield process


@pytest.fixture
def client(server: Process) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10, trust_env=False) as client:
        yield client


@pytest.fixture(autouse=True)
def log_is_clean(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Fails a test whose server logs an error, unless the test asks for the log's new part."""
    if "server" not in request.fixturenames:
        yield lambda: ""
        return
    process: Process = request.getfixturevalue("server")
    before = len(process.log)
    asked = []

    def new_part() -> str:
        asked.append(True)
        return process.log[before:]

    yield new_part
    if not asked:
        new = process.log[before:]
        assert "ERROR" not in new and "Traceback" not in new, new
