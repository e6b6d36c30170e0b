"""The fixtures `log` and `fresh_loggers` of the server's tests; and a2wsgi hidden."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.server.conftest import fresh_loggers, log

__all__ = ["fresh_loggers", "log"]


@pytest.fixture
def without_a2wsgi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "a2wsgi", None)


@pytest.fixture(scope="session")
def hiding_a2wsgi(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process in which a2wsgi is not installed."""
    folder: Path = tmp_path_factory.mktemp("hidden")
    (folder / "a2wsgi.py").write_text("raise ModuleNotFoundError('hidden', name='a2wsgi')\n")
    before = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *([before] if before else [])])}
