"""Command line of the macro benchmark: `python -m benchmarks.macro`, Python 3.11 or newer."""

from __future__ import annotations

import argparse
import fcntl
import fnmatch
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Protocol, TypeVar

from . import h2load, record, report, runner, tls, wrk, ws_load
from .measure import Options
from .peers import Peer, Unavailable, Workshop
from .scenarios import HTTP, HTTP2, SCENARIOS, Scenario
from .servers import SERVERS, Server

CACHE = Path(__file__).parent.parent / ".cache"
SPARE_FILES = 200


class Named(Protocol):
    """A row of a table, chosen by its name."""

    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    this = argparse.ArgumentParser(prog="python -m benchmarks.macro", description=__doc__)
    this.add_argument("--servers", nargs="+", default=["*"], metavar="PATTERN")
    this.add_argument("--scenarios", nargs="+", default=["*"], metavar="PATTERN")
    this.add_argument("--rounds", type=int, default=5)
    this.add_argument("--seconds", type=int, default=3, help="windows of 1 s per round (default 3)")
    this.add_argument("--connections", type=int, default=64, help="for HTTP (default 64)")
    this.add_argument("--idle-connections", type=int, default=5000)
    this.add_argument(
        "--patience",
        type=float,
        default=5,
        metavar="SECONDS",
        help="how long to wait for idle cores before each scenario (default 5)",
    )
    this.add_argument("--quick", action="store_true", help="1 round of 1 s")
    this.add_argument("--python", default="python3.13", help="what the servers run on")
    this.add_argument("--cache", type=Path, default=CACHE, help="where peers are made and kept")
    this.add_argument("--list", action="store_true", help="name servers and scenarios, and end")
    this.add_argument("--no-save", action="store_true", help="write no JSON")
    this.add_argument("--show", type=Path, metavar="JSON", help="print a saved result, and end")
    return this


def chosen(table: Sequence[N], patterns: list[str]) -> list[N]:
    """Return the rows whose name matches a pattern; a pattern that matches none is an error."""
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(row.name, pattern) for row in table):
            raise SystemExit(f"nothing is called {pattern!r}; see --list")
    return [row for row in table if any(fnmatch.fnmatchcase(row.name, p) for p in patterns)]


def options_from(arguments: argparse.Namespace) -> Options:
    """Return the run's options; servers get the first core, the load and this program the last."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise SystemExit("two cores are needed: one for the server, one for the load")
    return Options(
        rounds=1 if arguments.quick else arguments.rounds,
        seconds=1 if arguments.quick else arguments.seconds,
        connections=arguments.connections,
        idle_connections=arguments.idle_connections,
        server_core=cores[0],
        load_core=cores[-1],
        patience=arguments.patience,
    )


def made(
    servers: Sequence[Server], loads: Sequence[str], cache: Path, python: str
) -> tuple[dict[str, Peer], dict[str, str]]:
    """Make the peers, those of `loads` too; return what is ready, and per server why it is not."""
    workshop = Workshop(cache, python)
    peers: dict[str, Peer] = {}
    missing: dict[str, str] = {}
    for name in dict.fromkeys([*loads, *(server.peer for server in servers)]):
        print(f"preparing {name}", file=sys.stderr)
        try:
            peers[name] = workshop.make(name)
        except Unavailable as error:
            if name in loads:
                raise SystemExit(f"the load for WebSockets is missing: {error}") from error
            print(f"skipping {name}: {error}", file=sys.stderr)
            missing[name] = str(error)
    return peers, {s.name: missing[s.peer] for s in servers if s.peer in missing}


def loads_of(scenarios: Sequence[Scenario]) -> list[str]:
    """Return the peers that the load needs; without a program that it needs, this is the end."""
    loaded = [scenario for scenario in scenarios if scenario.measure == "cpu"]
    protocols = {scenario.protocol for scenario in loaded}
    if HTTP in protocols and not wrk.available():
        raise SystemExit("wrk is not installed (Debian: apt-get install wrk)")
    if HTTP2 in protocols and not h2load.available():
        raise SystemExit("h2load is not installed (Debian: apt-get install nghttp2-client)")
    if not tls.available() and any(scenario.tls for scenario in scenarios):
        raise SystemExit("openssl is not installed (Debian: apt-get install openssl)")
    return [ws_load.PEER] if any(scenario.websocket for scenario in loaded) else []


def prepare_process(options: Options) -> None:
    """Put this process on the load's core, and let it open enough files."""
    os.sched_setaffinity(0, {options.load_core})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.idle_connections + SPARE_FILES > hard:
        raise SystemExit(f"--idle-connections: no more than {hard - SPARE_FILES} (ulimit -n)")


def end(number: int, frame: FrameType | None) -> None:
    """End by an exception on SIGTERM, so that what was started is ended too."""
    raise SystemExit(128 + number)


def wait_for(lock: IO[str]) -> None:
    """Let one run at a time use the cache and the cores."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("waiting for another run to end", file=sys.stderr)
        fcntl.flock(lock, fcntl.LOCK_EX)


def main() -> int:
    """Run what the command line says; 1 if a bound was missed or a measurement failed."""
    arguments = parser().parse_args()
    servers = chosen(SERVERS, arguments.servers)
    scenarios = chosen(SCENARIOS, arguments.scenarios)
    if arguments.list:
        print("servers:  ", *(server.name for server in servers))
        print("scenarios:", *(scenario.name for scenario in scenarios))
        return 0
    if arguments.show:
        print(report.text(json.loads(arguments.show.read_text())))
        return 0
    loads = loads_of(scenarios)
    servers = [server for server in servers if any(map(server.runs, scenarios))]
    signal.signal(signal.SIGTERM, end)
    options = options_from(arguments)
    cache = arguments.cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        wait_for(lock)
        peers, missing = made(servers, loads, cache, arguments.python)
        prepare_process(options)
        ready = [server for server in servers if server.name not in missing]
        results = runner.run(ready, scenarios, peers, options, cache)
    names = [server.name for server in servers]
    result = record.make(results, options, peers, missing, names)
    print(report.text(result))
    if results.interrupted:
        print("\ninterrupted: not written")
        return 130
    if not arguments.no_save:
        print(f"\nwritten: benchmarks/results/{record.save(result).name}")
    return 0 if record.passed(result) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
