"""Test suites of others, out of their source distributions, on the reference and on this checkout.

A suite is a row: what it needs beside its distribution. A test that ends otherwise
on ours than on the reference is a difference; what fails on both is the suite's or the machine's.
"""

from __future__ import annotations

import subprocess
import tarfile
import xml.etree.ElementTree as Xml
from pathlib import Path
from typing import NamedTuple

from tests.neighbours import venvs
from tests.neighbours.trying import MARK, kill_all

Results = dict[str, str]
FAILED = {"failure", "error"}
# Differences that a line of the table names.
MOST = 5


class Suite(NamedTuple):
    name: str
    # Beside itself.
    requirements: tuple[str, ...]
    # Of the suite, and missing in the distribution: in our words.
    files: dict[str, str] = {}  # noqa: RUF012


SUITES = (
    Suite(
        "uvicorn-worker",
        ("pytest", "httpx", "trustme", "cryptography", "gunicorn", "h11", "httptools"),
    ),
    Suite(
        "sse-starlette",
        (
            *("pytest", "pytest-asyncio", "asgi-lifespan", "httpx2", "uvicorn", "fastapi"),
            *("portend", "psutil", "tenacity", "testcontainers"),
        ),
        {
            "tests/anyio_compat.py": """\
import contextlib

@contextlib.contextmanager
def collapse_excgroups():
    try:
        yield
    except BaseExceptionGroup as group:
        error = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        raise error
""",
            "tests/conftest.py": """\
import pytest
from sse_starlette import sse

@pytest.fixture(autouse=True)
def reset_shutdown_state():
    sse._thread_state.__dict__.clear()
    sse.AppStatus.should_exit = False
    sse.AppStatus.enable_automatic_graceful_drain = True
    yield
    sse._thread_state.__dict__.clear()
    sse.AppStatus.should_exit = False
    sse.AppStatus.enable_automatic_graceful_drain = True
""",
        },
    ),
    Suite("httpx-ws", ("pytest", "pytest-cov", "starlette", "uvicorn[standard]", "trio")),
    Suite(
        "fastapi-cli",
        ("pytest", "coverage[toml]", "fastapi", "httpx", "httpx2", "uvicorn[standard]"),
    ),
)


def sources(suite: Suite, folder: Path, python: Path) -> Path:
    """The unpacked source distribution, fresh."""
    packed = folder / "sources"
    if not list(packed.glob("*.tar.gz")):
        options = ("--quiet", "--no-deps", "--no-binary", ":all:", "--dest", packed)
        venvs.run(python, "-m", "pip", "download", *options, suite.name)
    (archive,) = packed.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(packed, filter="data")
    where = packed / archive.name.removesuffix(".tar.gz")
    for file, text in suite.files.items():
        (where / file).write_text(text, encoding="utf-8")
    return where


def outcomes(where: Path, venv: Path, report: Path) -> Results:
    """What became of each test. One that fails runs once more: some count on a quiet machine."""
    results = run_tests(where, venv, report, "--cache-clear")
    if FAILED & set(results.values()):
        results.update(
            run_tests(where, venv, report, "--last-failed", "--last-failed-no-failures=none")
        )
    return results


def run_tests(where: Path, venv: Path, report: Path, *options: str) -> Results:
    report.unlink(missing_ok=True)
    python = str(venv / "bin" / "python")
    command = [python, "-m", "pytest", "-q", "--continue-on-collection-errors", "tests"]
    log = report.with_suffix(".log")
    with log.open("wb") as written:
        subprocess.run(
            [*command, f"--junitxml={report}", *options],
            cwd=where,
            env=venvs.environment(venv, where, {MARK: str(where)}),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            timeout=1500,
            check=False,
        )
    # The suite of uvicorn-worker leaves those that its SIGUSR2 has started.
    kill_all(where)
    if not report.exists():
        raise venvs.Failed(f"pytest wrote no report; see {log}")
    return {
        f"{case.get('classname')}::{case.get('name')}": of_case(case)
        for case in Xml.parse(report).iter("testcase")
    }


def of_case(case: Xml.Element) -> str:
    for kind in ("failure", "error", "skipped"):
        if case.find(kind) is not None:
            return kind
    return "passed"


def counted(results: Results) -> str:
    kinds = sorted(set(results.values()), key=["passed", "skipped", "failure", "error"].index)
    return ", ".join(f"{list(results.values()).count(kind)} {kind}" for kind in kinds)


class Compared(NamedTuple):
    """One suite on both servers."""

    name: str
    version: str
    before: Results
    now: Results

    def differences(self) -> list[str]:
        return [
            f"`{test}` {self.before.get(test, 'missing')}, now {self.now.get(test, 'missing')}"
            for test in sorted({*self.before, *self.now})
            if self.before.get(test) != self.now.get(test)
        ]

    def cells(self) -> tuple[str, ...]:
        all_of_them = self.differences()
        said = "; ".join(all_of_them[:MOST]) or "none"
        if len(all_of_them) > MOST:
            said += f"; and {len(all_of_them) - MOST} more"
        return self.name, self.version, counted(self.before), counted(self.now), said


def compare(suite: Suite, folder: Path, ours: str | Path, python: str) -> Compared:
    venv = venvs.make(folder / f"suite-{suite.name}", suite.requirements, python)
    where = sources(suite, venv, venv / "bin" / "python")
    venvs.run(venv / "bin" / "pip", "install", "--quiet", where)
    results = []
    for name, uvicorn in (("reference", venvs.REFERENCE), ("ours", ours)):
        venvs.put_uvicorn(venv, uvicorn)
        results.append(outcomes(where, venv, venv / f"{name}.xml"))
    return Compared(suite.name, venvs.version(venv, suite.name), *results)
