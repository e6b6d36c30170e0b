"""One run of wrk."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .scenarios import Scenario

SCRIPT = Path(__file__).with_name("load.lua")
GRACE = 10.0


class LoadFailed(Exception):
    """wrk did not run, or saw errors."""


@dataclass(frozen=True)
class Load:
    """What wrk counted; `seconds` is its own window."""

    requests: int
    seconds: float


def available() -> bool:
    """Return whether wrk is installed."""
    return shutil.which("wrk") is not None


def command_line(scenario: Scenario, port: int, connections: int, seconds: int) -> list[str]:
    """Return wrk's argv; one thread, as it has one core."""
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT)]
    for name, value in scenario.headers:
        options += ["-H", f"{name}: {value}"]
    url = f"http://127.0.0.1:{port}{scenario.path}"
    arguments = [scenario.method, str(len(scenario.body)), str(scenario.depth)]
    return ["wrk", *options, url, "--", *arguments]


def run(scenario: Scenario, port: int, connections: int, seconds: float) -> Load:
    """Load the server for `seconds`; any error or non-2xx answer raises LoadFailed.

    wrk takes whole seconds; a fraction is cut off by SIGINT, after which it reports as usual.
    """
    whole = max(1, int(seconds))
    argv = command_line(scenario, port, connections, whole)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as wrk:
        try:
            if seconds < whole:
                time.sleep(seconds)
                wrk.send_signal(signal.SIGINT)
            output, _ = wrk.communicate(timeout=whole + GRACE)
        except BaseException:
            wrk.kill()
            raise
    return _parse(output.decode(errors="replace"), wrk.returncode)


def _parse(output: str, code: int) -> Load:
    last = output.strip().rpartition("\n")[2]
    if code != 0 or not last.startswith("{"):
        raise LoadFailed(f"wrk ended with {code}: {last}")
    counts = json.loads(last)
    errors = {k: counts[k] for k in ("connect", "read", "write", "status", "timeout") if counts[k]}
    if errors:
        raise LoadFailed("wrk: " + ", ".join(f"{n} {kind} errors" for kind, n in errors.items()))
    if not counts["requests"]:
        raise LoadFailed("wrk: no request was answered")
    return Load(counts["requests"], counts["microseconds"] / 1e6)
