"""What is compiled in this checkout, and whether it is what the sources say: setup.py is asked."""

from __future__ import annotations

import os
import runpy
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.meta.sources import PACKAGE, ROOT, SPEED
from uvicorn import _select

SUFFIX = str(sysconfig.get_config_var("EXT_SUFFIX"))
COMMAND = "UVICORN_EXTENSIONS=require python setup.py -q build_ext --inplace"


@contextmanager
def setup_of(folder: Path) -> Iterator[dict[str, Any]]:
    """The names of setup.py; its functions take paths from the folder that it stands in."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield runpy.run_path(str(ROOT / "setup.py"))
    finally:
        os.chdir(before)


def stale_line() -> str:
    """What to do before the tests tell something about the sources; "" where there is nothing.

    An installed wheel brings extensions and sources together, and is not looked at; nor is what
    UVICORN_EXTENSIONS=skip does not load.
    """
    in_place = {path.name.removesuffix(SUFFIX) for path in SPEED.glob(f"*{SUFFIX}")}
    elsewhere = Path(_select.__file__).resolve().parent != PACKAGE.resolve()
    if not in_place or elsewhere or os.environ.get("UVICORN_EXTENSIONS") == "skip":
        return ""
    with setup_of(ROOT) as setup:
        if stale := [module for module in sorted(setup["SOURCES"]) if setup["stale"](module)]:
            return f"Older than its sources, or missing: {', '.join(stale)}. Compile: {COMMAND}"
        if left := sorted(in_place - setup["SOURCES"].keys()):
            paths = " ".join(f"src/uvicorn/_speed/{module}{SUFFIX}" for module in left)
            return f"Compiled from sources that are gone. Remove: rm {paths}"
    return ""
