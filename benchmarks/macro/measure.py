"""One measurement of each kind: fresh server processes, numbers out, the processes gone.

A kind takes all servers at once and notes for each what came out, so that what will be compared
can be taken side by side.
"""

from __future__ import annotations

import contextlib
import math
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from . import client, procfs
from .load import LoadFailed, Ready, Run
from .process import ServerFailed, ServerProcess
from .scenarios import Scenario, WrongAnswer

STARTS = 7
WARM_UP = 0.5
WARM_CONNECTIONS = 50
SETTLE = 1.0
QUIET_SECONDS = 0.2
QUIET_SHARE = 0.05
FAILURES = (ServerFailed, LoadFailed, WrongAnswer, OSError, subprocess.SubprocessError)


@dataclass(frozen=True)
class Options:
    """What the command line chose."""

    rounds: int
    seconds: int
    connections: int
    idle_connections: int
    server_core: int
    load_core: int
    patience: float


@dataclass(frozen=True)
class Sample:
    """One value of one metric, and the counts that it was made of."""

    metric: str
    value: float
    counts: dict[str, float]


@dataclass
class Outcome:
    """What came out for one server; after a failure there are no further samples."""

    samples: list[Sample] = field(default_factory=list)
    failure: BaseException | None = None

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Keep a failure of the block instead of raising it."""
        try:
            yield
        except FAILURES as error:
            self.failure = error


Starts = Mapping[str, Callable[[], ServerProcess]]
Outcomes = dict[str, Outcome]
Kind = Callable[[Starts, Scenario, Options], Outcomes]


def kinds(ready: Ready) -> dict[str, Kind]:
    """Return each kind of measurement by the name that scenarios give it; `ready` is the load."""
    return {"cpu": partial(cpu, ready), "idle": idle, "startup": startup}


def cpu(ready: Ready, starts: Starts, scenario: Scenario, options: Options) -> Outcomes:
    """CPU time of the server per request or message, in microseconds, in windows of 1 s.

    All servers are up, and the windows go round them: a slow second of the machine then meets
    one window of each, not the whole measurement of one.
    """
    outcomes = {name: Outcome() for name in starts}
    connections = scenario.connections or options.connections
    with contextlib.ExitStack() as stack:
        running = {}
        for name, start in starts.items():
            with outcomes[name].noted():
                running[name] = stack.enter_context(start())
                with (
                    _blamed(running[name]),
                    ready(scenario, running[name].port, connections) as run,
                ):
                    run(WARM_UP)
        wait_for_quiet(options)
        for _ in range(options.seconds):
            for name, process in running.items():
                if outcomes[name].failure is None:
                    with (
                        outcomes[name].noted(),
                        _blamed(process),
                        ready(scenario, process.port, connections) as run,
                    ):
                        outcomes[name].samples.append(_window(process, run, scenario, options))
    return outcomes


@contextlib.contextmanager
def _blamed(process: ServerProcess) -> Iterator[None]:
    """Let a server that has ended be the reason that its load has failed."""
    try:
        yield
    except LoadFailed:
        process.check_alive()
        raise


def _window(process: ServerProcess, run: Run, scenario: Scenario, options: Options) -> Sample:
    """Measure one second, and how much of the server's core others took meanwhile.

    The clock is read right before wrk or h2load starts and right after it ends, so opening the
    connections counts too, and up to one answer per connection that wrk did not wait for: each is
    well below a hundredth of the requests. h2load and WebSockets wait for all answers, and
    WebSockets are open before.
    """
    began, busy = time.monotonic(), procfs.busy_seconds(options.server_core)
    before = process.cpu_seconds()
    result = run(1)
    used = process.cpu_seconds() - before
    others = procfs.busy_seconds(options.server_core) - busy - used
    process.check_alive()
    counts = {
        "cpu_seconds": round(used, 6),
        "requests": result.requests,
        "requests_per_second": round(result.requests / result.seconds, 1),
        "others_share": round(max(0.0, others / (time.monotonic() - began)), 3),
        "load_us": round(result.cpu_seconds / result.requests * 1e6, 3),
    }
    return Sample(scenario.name, used / result.requests * 1e6, counts)


def wait_for_quiet(options: Options) -> None:
    """Return once both cores are idle, or when `options.patience` seconds have passed."""
    cores = (options.server_core, options.load_core)
    deadline = time.monotonic() + options.patience
    while time.monotonic() < deadline:
        before = [procfs.busy_seconds(core) for core in cores]
        time.sleep(QUIET_SECONDS)
        after = [procfs.busy_seconds(core) for core in cores]
        if all(b - a <= QUIET_SECONDS * QUIET_SHARE for a, b in zip(before, after, strict=True)):
            return


def idle(starts: Starts, scenario: Scenario, options: Options) -> Outcomes:
    """Memory of an open connection that made one request, or of an open WebSocket, in kB: growth
    of the RSS, shared out."""
    outcomes = {name: Outcome() for name in starts}
    count = scenario.connections or options.idle_connections
    for name, start in starts.items():
        with outcomes[name].noted(), start() as process:
            outcomes[name].samples.append(_growth(process, scenario, count))
    return outcomes


def _growth(process: ServerProcess, scenario: Scenario, count: int) -> Sample:
    for _ in range(WARM_CONNECTIONS):
        client.ask_once(scenario, process.port)
    time.sleep(SETTLE)
    before = process.memory_kb()
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(client.opened(scenario, process.port)) for _ in range(count)]
        time.sleep(SETTLE)
        after = process.memory_kb()
        if closed := sum(not client.is_open(connection) for connection in sockets):
            raise ServerFailed(f"{closed} of {count} idle connections were closed by the server")
    rss, pss = ((b - a) / count for a, b in zip(before, after, strict=True))
    counts = {"connections": count, "pss_kb": round(pss, 3), "rss_before_kb": before[0]}
    return Sample(scenario.name, rss, counts)


def startup(starts: Starts, scenario: Scenario, options: Options) -> Outcomes:
    """From spawn to the first answer, in ms, and RSS after it, in MB; 7 starts over the rounds.

    One start before them is thrown away: it may write byte code.
    """
    outcomes = {name: Outcome() for name in starts}
    for number in range(1 + math.ceil(STARTS / options.rounds)):
        wait_for_quiet(options)
        for name, start in starts.items():
            if outcomes[name].failure is None:
                with outcomes[name].noted(), start() as process:
                    if number:
                        outcomes[name].samples += _start_samples(process)
    return outcomes


def _start_samples(process: ServerProcess) -> list[Sample]:
    rss, pss = process.memory_kb()
    return [
        Sample("first", process.start_seconds * 1e3, {}),
        Sample("start", rss / 1024, {"pss_kb": pss}),
    ]
