"""Files that tests of reloading write and touch."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def touch(path: Path) -> Path:
    """A later time of modification, and nothing else."""
    modified = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(modified, modified))
    return path
