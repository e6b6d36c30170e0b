"""Hooks for the supervisor's own process; each writes what it sees to the file named by WITNESS."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any


def note(text: str) -> None:
    with open(os.environ["WITNESS"], "a") as file:
        file.write(f"{text} in {os.getpid()}\n")


@contextlib.contextmanager
def hook(config: Any) -> Iterator[None]:
    note(f"before {config.workers}")
    try:
        yield
    finally:
        note("after")


def failing_hook(config: Any) -> Any:
    raise ValueError("no migration")


def no_manager(config: Any) -> Any:
    return None
