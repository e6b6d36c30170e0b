"""A venv for each program, with this checkout, or the reference, put over its uvicorn."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE = "uvicorn==0.54.*"
# What would make a program find something else than its venv has, or serve otherwise than it says.
NOT_PASSED_ON = ("PYTHON", "UVICORN_", "VIRTUAL_ENV", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS")


class Failed(Exception):
    """A command that had to work did not; says its last lines."""


def environment(venv: Path, home: Path, more: dict[str, str]) -> dict[str, str]:
    """Of a command in that venv."""
    passed_on = {
        name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED_ON)
    }
    path = f"{venv / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    own = {"PATH": path, "HOME": str(home), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    return {**passed_on, **own, **more}


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What the command prints; it has twenty minutes."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1200,
        check=False,
    )
    if done.returncode:
        last = "\n".join(done.stdout.strip().splitlines()[-5:])
        raise Failed(f"{' '.join(map(str, command[1:5]))}: {last}")
    return done.stdout


def make(venv: Path, requirements: tuple[str, ...], python: str = sys.executable) -> Path:
    """A venv with what is required; one that is there is taken as it is."""
    done = venv / "installed"
    if not done.exists():
        run(python, "-m", "venv", "--clear", venv)
        run(venv / "bin" / "pip", "install", "--quiet", *requirements)
        done.touch()
    return venv


def wheel(folder: Path, python: str) -> Path:
    """The checkout, compiled and packed for that Python."""
    builder = make(folder / "builder", ("setuptools>=77", "cython~=3.2.0", "wheel"), python)
    # Not into build/ of the checkout, where modules that are gone may still lie.
    fresh = folder / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    settings = fresh / "setup.cfg"
    settings.write_text(f"[build]\nbuild_base = {fresh / 'build'}\n", encoding="utf-8")
    os.environ |= {"DIST_EXTRA_CONFIG": str(settings), "UVICORN_EXTENSIONS": "require"}
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", fresh)
    run(builder / "bin" / "python", "-m", "pip", "wheel", *options, ROOT)
    del os.environ["DIST_EXTRA_CONFIG"]
    (made,) = fresh.glob("*.whl")
    return made


def put_uvicorn(venv: Path, requirement: str | Path) -> None:
    """In the place of the one that the program has brought."""
    pip = venv / "bin" / "pip"
    run(pip, "install", "--quiet", "--force-reinstall", "--no-deps", requirement)


def version(venv: Path, distribution: str) -> str:
    ask = f"import importlib.metadata as m; print(m.version({distribution!r}))"
    return run(venv / "bin" / "python", "-c", ask).strip()
