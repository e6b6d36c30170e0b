"""Fixtures that every folder uses: above all `build`, the core in both of its forms."""

from __future__ import annotations

import pytest

from tests.meta.build import stale_line
from uvicorn import _select

BUILDS = [_select.COMPILED, _select.PURE] if _select.core.compiled else [_select.PURE]


@pytest.fixture(params=BUILDS, ids=lambda package: repr(_select.Core(package)))
def build(request: pytest.FixtureRequest) -> _select.Core:
    """`build.framing` is the module uvicorn.core.framing, then its compiled twin."""
    return _select.Core(request.param)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Whoever runs one file hears of it too; a test in tests/meta fails."""
    if line := stale_line():
        terminalreporter.write_line(line, red=True)
