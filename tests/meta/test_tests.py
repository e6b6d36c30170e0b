"""Tests are deterministic and complete: none sleeps, none is skipped."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.meta.sources import ROOT, python_files, shown, tree

SLEEPS = {"time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep", "sleep"}
SKIPS = {"skip", "skipif", "importorskip", "xfail"}
FILES = python_files(ROOT / "tests")
# Applications that tests serve do what applications do.
SERVED = "app_"


def sleeping(path: Path) -> list[str]:
    """Places that wait for time to pass; sleep(0) lets others run, and passes none."""
    return [
        f"{shown(path)}:{node.lineno}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in SLEEPS
        and not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]


def skipping(path: Path) -> list[str]:
    return [
        f"{shown(path)}:{node.lineno}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in SKIPS
        and ast.unparse(node.value) in ("pytest", "pytest.mark", "unittest")
    ]


def test_no_test_sleeps() -> None:
    files = [path for path in FILES if not path.name.startswith(SERVED)]
    assert not [place for path in files for place in sleeping(path)]


def test_no_test_is_skipped() -> None:
    assert not [place for path in FILES for place in skipping(path)]


def test_test_files_have_names_of_their_own() -> None:
    """Pytest imports them by that name alone."""
    names = [path.name for path in FILES if path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))
