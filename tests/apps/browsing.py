"""Headless Chromium: whether it is here, and what a page looks like once its scripts have run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--mute-audio", "--hide-scrollbars"),
)


def browser() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path is not None), None)


def page_of(url: str, folder: Path, *arguments: str) -> str:
    """The document at `url` as HTML, with what its scripts have made of it when all has loaded."""
    path = browser()
    assert path is not None, f"CI is set, but none of {', '.join(NAMES)} is here: install one."
    command = [path, *QUIET, f"--user-data-dir={folder}", *arguments, "--dump-dom", url]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
