"""What a load generator counted: wrk for HTTP/1.1, h2load for HTTP/2, ws_load for WebSocket."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from .scenarios import Scenario

GRACE = 10.0
READY = "ready"
ERRORS = ("connect", "read", "write", "status", "timeout")


class LoadFailed(Exception):
    """The load generator did not run, or saw errors."""


@dataclass(frozen=True)
class Load:
    """What was counted: answered requests or messages, in how many seconds of the load's own
    window, and the CPU time that the load itself took for them."""

    requests: int
    seconds: float
    cpu_seconds: float


Run = Callable[[float], Load]
"""Load the server for so many seconds; any error or wrong answer raises LoadFailed."""

Ready = Callable[[Scenario, int, int], AbstractContextManager[Run]]
"""`with ready(scenario, port, connections) as run`: what is needed before the load may begin."""


def parse(program: str, line: str, cpu_seconds: float | None = None) -> Load:
    """Return what the program says in JSON; `cpu_seconds` too, unless it is given."""
    try:
        counts = json.loads(line)
    except ValueError:
        raise LoadFailed(f"{program}: {line}") from None
    errors = [f"{counts[kind]} {kind} errors" for kind in ERRORS if counts[kind]]
    if errors:
        said = f" ({counts['first']})" if counts.get("first") else ""
        raise LoadFailed(f"{program}: {', '.join(errors)}{said}")
    if not counts["requests"]:
        raise LoadFailed(f"{program}: no request was answered")
    if cpu_seconds is None:
        cpu_seconds = counts["cpu_microseconds"] / 1e6
    return Load(counts["requests"], counts["microseconds"] / 1e6, cpu_seconds)
