"""Fixtures that every folder uses: above all `build`, the core in both of its forms."""

from __future__ import annotations

import signal

import pytest

from tests.meta.build import stale_line
from uvicorn import _select

BUILDS = [_select.COMPILED, _select.PURE] if _select.core.compiled else [_select.PURE]

# A job in the background of a shell has SIGINT ignored, and so would all processes of the tests.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What is not quick: a test with the fixture `variant`, which is served by a real process, and these
# folders and files with processes of their own, real clients, or searches at random. A test that
# is quick all the same, since nothing else shows a module at work, bears the mark itself.
SLOW = {
    "apps",
    *("test_websocket_bounds", "test_websocket_random", "test_response_fuzz"),
    *(
        "test_websocket_codec_roundtrips",
        "test_memory",
        "test_http2_differential",
        "test_http2_at_random",
    ),
    *("test_scripts", "test_supervising_scripts", "test_supervisor_subclasses"),
    *("test_gunicorn", "test_parent", "test_reload", "test_workers", "test_workers_tls"),
    *("test_process", "test_first_process", "test_starting"),
    *("test_nginx", "test_containers", "test_systemd"),
    *("test_interface_command", "test_wsgi_frameworks"),
}

# Of the engines, those that `auto` takes; the others have the table of cases as one test.
QUICK_ENGINES = {"native"} if _select.core.compiled else {"httptools", "websockets"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path, callspec = item.path, getattr(item, "callspec", None)
        values = callspec.params.values() if callspec else ()
        pairs = [each for each in values if isinstance(each, tuple) and len(each) == 2]
        engines = {name for package, name in pairs if package in BUILDS}
        fixtures = getattr(item, "fixturenames", ())
        slow = SLOW & {path.stem, path.parent.name} or "variant" in fixtures
        if not slow and engines <= QUICK_ENGINES:
            item.add_marker("quick")


@pytest.fixture(params=BUILDS, ids=lambda package: repr(_select.Core(package)))
def build(request: pytest.FixtureRequest) -> _select.Core:
    """`build.framing` is the module uvicorn.core.framing, then its compiled twin."""
    return _select.Core(request.param)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Whoever runs one file hears of it too; a test in tests/meta fails."""
    if line := stale_line():
        terminalreporter.write_line(line, red=True)
