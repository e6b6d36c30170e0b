"""The rounds: every scenario on every server, side by side and in rotated order."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from . import h2load, wrk, ws_load
from .load import Ready, Run
from .measure import Options, Outcome, Sample, kinds
from .peers import Peer
from .process import ServerProcess
from .scenarios import Scenario
from .servers import Server


@dataclass(frozen=True)
class Taken:
    """A sample, and where and when it was taken."""

    server: str
    round: int
    sample: Sample


@dataclass(frozen=True)
class Failure:
    """A measurement that broke off."""

    server: str
    scenario: str
    round: int
    reason: str


@dataclass
class Results:
    """All that the rounds brought."""

    taken: list[Taken] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    interrupted: bool = False


def run(
    servers: Sequence[Server],
    scenarios: Sequence[Scenario],
    peers: dict[str, Peer],
    options: Options,
    logs: Path,
) -> Results:
    """Measure everything `options.rounds` times; what fails is noted and does not stop the rest.
    Ctrl-C ends it with what there is.

    Each round begins with another server, so that none is always the first after a pause.
    """
    results = Results()
    measure = kinds(_load(peers))
    try:
        for number in range(options.rounds):
            first = number % max(1, len(servers))
            for scenario in scenarios:
                starts = {
                    server.name: partial(
                        ServerProcess,
                        server,
                        scenario,
                        peers[server.peer].bin_folder,
                        options.server_core,
                        logs / f"server-{server.name}.log",
                    )
                    for server in (*servers[first:], *servers[:first])
                    if server.runs(scenario)
                }
                for name, outcome in measure[scenario.measure](starts, scenario, options).items():
                    _keep(results, outcome, name, scenario, number + 1)
    except KeyboardInterrupt:
        results.interrupted = True
    return results


def _load(peers: dict[str, Peer]) -> Ready:
    """Return what makes the load of a scenario's protocol ready."""

    def ready(scenario: Scenario, port: int, connections: int) -> AbstractContextManager[Run]:
        if scenario.http2:
            return h2load.ready(scenario, port, connections)
        if not scenario.websocket:
            return wrk.ready(scenario, port, connections)
        python = peers[ws_load.PEER].bin_folder / "python"
        return ws_load.ready(python, scenario, port, connections)

    return ready


def _keep(results: Results, outcome: Outcome, server: str, scenario: Scenario, number: int) -> None:
    """Add the outcome to the results, and tell it on standard error."""
    results.taken += [Taken(server, number, sample) for sample in outcome.samples]
    parts = []
    for metric in scenario.metrics:
        values = [sample.value for sample in outcome.samples if sample.metric == metric]
        if values:
            parts.append(f"{metric} {statistics.median(values):.1f}")
    if outcome.failure is not None:
        reason = _reason(outcome.failure)
        results.failures.append(Failure(server, scenario.name, number, reason))
        parts += ["FAILED", reason, *getattr(outcome.failure, "__notes__", [])]
    print(f"round {number} {scenario.name:<10} {server:<20}", *parts, file=sys.stderr)


def _reason(error: BaseException) -> str:
    """Return one line for the record; a system error without the file names in its text."""
    if isinstance(error, OSError):
        return f"{type(error).__name__}: {error.strerror or error}"
    if isinstance(error, subprocess.SubprocessError):
        return type(error).__name__
    return str(error)
