"""One run of wrk."""

from __future__ import annotations

import contextlib
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .load import GRACE, Load, LoadFailed, Run, parse
from .scenarios import Scenario

SCRIPT = Path(__file__).with_name("load.lua")


def available() -> bool:
    """Return whether wrk is installed."""
    return shutil.which("wrk") is not None


def command_line(scenario: Scenario, port: int, connections: int, seconds: int) -> list[str]:
    """Return wrk's argv; one thread, as it has one core."""
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT)]
    for name, value in scenario.headers:
        options += ["-H", f"{name}: {value}"]
    url = f"{'https' if scenario.tls else 'http'}://127.0.0.1:{port}{scenario.path}"
    arguments = [scenario.method, str(len(scenario.body)), str(scenario.depth)]
    return ["wrk", *options, url, "--", *arguments]


@contextlib.contextmanager
def ready(scenario: Scenario, port: int, connections: int) -> Iterator[Run]:
    """See load.Ready; wrk opens its connections itself, in each run."""
    yield partial(run, scenario, port, connections)


def run(scenario: Scenario, port: int, connections: int, seconds: float) -> Load:
    """Load the server for `seconds`; any error or non-2xx answer raises LoadFailed.

    wrk takes whole seconds; a fraction is cut off by SIGINT, after which it reports as usual.
    """
    whole = max(1, int(seconds))
    argv = command_line(scenario, port, connections, whole)
    before = _cpu_seconds()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as wrk:
        try:
            if seconds < whole:
                time.sleep(seconds)
                wrk.send_signal(signal.SIGINT)
            output, _ = wrk.communicate(timeout=whole + GRACE)
        except BaseException:
            wrk.kill()
            raise
    last = output.decode(errors="replace").strip().rpartition("\n")[2]
    if wrk.returncode:
        raise LoadFailed(f"wrk ended with {wrk.returncode}: {last}")
    return parse("wrk", last, _cpu_seconds() - before)


def _cpu_seconds() -> float:
    """Return the CPU time of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
