"""Runs of h2load, the load of the HTTP/2 scenarios.

A run is a number of requests, not a time: at the end of a time h2load would leave those alone that
are under way, which are hundreds of large bodies or a whole upload.
"""

from __future__ import annotations

import contextlib
import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from .load import GRACE, Load, LoadFailed, Run
from .scenarios import Scenario

# OpenSSL's first, which wrk gets too; some servers would choose another one by themselves.
CIPHER = "TLS_AES_256_GCM_SHA384"
# A run that is long enough to see how many requests a second holds.
PROBE_SECONDS = 0.1
FASTER_AT_MOST = 10

FINISHED = re.compile(r"finished in ([0-9.]+)(us|ms|s),")
REQUESTS = re.compile(
    r"requests: (\d+) total, .* (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout"
)
DATA = re.compile(r"traffic: .* \((\d+)\) data")
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


def available() -> bool:
    """Return whether h2load is installed."""
    return shutil.which("h2load") is not None


@dataclass(frozen=True)
class Target:
    """What is asked, and over how many connections; `body` is a file or empty."""

    scenario: Scenario
    port: int
    connections: int
    body: str

    @property
    def least(self) -> int:
        """The requests that are under way at a time."""
        return self.connections * self.scenario.depth

    def command_line(self, requests: int) -> list[str]:
        """Return h2load's argv; one thread, as it has one core."""
        scenario = self.scenario
        options = ["-t1", f"-c{self.connections}", f"-m{scenario.depth}", f"-n{requests}"]
        for name, value in scenario.headers:
            options += ["-H", f"{name}: {value}"]
        if self.body:
            options += ["-d", self.body]
        if scenario.tls:
            options += ["--npn-list=h2", f"--tls13-ciphers={CIPHER}"]
        url = f"{'https' if scenario.tls else 'http'}://127.0.0.1:{self.port}{scenario.path}"
        return ["h2load", *options, url]


@contextlib.contextmanager
def ready(scenario: Scenario, port: int, connections: int) -> Iterator[Run]:
    """See load.Ready; inside, it is known how many requests take a second."""
    with tempfile.NamedTemporaryFile(prefix="benchmark-body-") as file:
        file.write(scenario.body)
        file.flush()
        target = Target(scenario, port, connections, file.name if scenario.body else "")
        rate = _requests_per_second(target)

        def run(seconds: float) -> Load:
            return _run(target, max(target.least, int(rate * seconds)), seconds)

        yield run


def _requests_per_second(target: Target) -> float:
    requests = target.least
    while True:
        load = _run(target, requests, 0.0)
        if load.seconds >= PROBE_SECONDS:
            return load.requests / load.seconds
        requests += int(requests * min(FASTER_AT_MOST, 2 * PROBE_SECONDS / load.seconds))


def _run(target: Target, requests: int, seconds: float) -> Load:
    """Have so many requests answered; LoadFailed if one of them is not, or has not all its body."""
    before = _cpu_seconds()
    try:
        done = subprocess.run(
            target.command_line(requests),
            capture_output=True,
            text=True,
            check=False,
            timeout=2 * seconds + GRACE,
        )
    except subprocess.TimeoutExpired as error:
        raise LoadFailed(f"h2load: {requests} requests take more than {error.timeout:.0f} s") from (
            error
        )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().rpartition("\n")[2]
        raise LoadFailed(f"h2load ended with {done.returncode}: {last}")
    return parse(done.stdout, len(target.scenario.expect), _cpu_seconds() - before)


def parse(text: str, body_size: int, cpu_seconds: float) -> Load:
    """Return what h2load says; LoadFailed if a request failed, or its answer had another length."""
    finished, counted = FINISHED.search(text), REQUESTS.search(text)
    data = DATA.search(text)
    if finished is None or counted is None or data is None:
        raise LoadFailed(f"h2load: {text.strip().rpartition(chr(10))[2]}")
    total, succeeded, failed, errored, late = map(int, counted.groups())
    if succeeded < total or failed or errored or late:
        raise LoadFailed(
            f"h2load: {failed} of {total} requests failed, {errored} of them without an answer"
        )
    if (size := int(data[1])) != total * body_size:
        raise LoadFailed(f"h2load: {size} bytes of bodies, not {total} times {body_size}")
    return Load(total, float(finished[1]) * UNITS[finished[2]], cpu_seconds)


def _cpu_seconds() -> float:
    """Return the CPU time of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
