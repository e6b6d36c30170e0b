"""The record of a run: one dictionary of plain values, printed by `report` and kept as JSON."""

from __future__ import annotations

import json
import platform
import statistics
import tomllib
from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .measure import Options
from .peers import CHECKOUT, Peer, commit
from .runner import Results
from .scenarios import METRICS, METRICS_OF

BOUNDS = Path(__file__).with_name("bounds.toml")
RESULTS = CHECKOUT / "benchmarks" / "results"

Record = dict[str, Any]
Statistics = dict[str, float]
Summary = dict[str, dict[str, Statistics]]


def make(
    results: Results,
    options: Options,
    peers: dict[str, Peer],
    unavailable: dict[str, str],
    servers: list[str],
) -> Record:
    """Return the record; it names versions and the machine, but no paths."""
    summary = _summary(results)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": peers["ours"].versions["commit"] if "ours" in peers else commit(),
        "machine": _machine(),
        "options": asdict(options),
        "versions": {name: peer.versions for name, peer in peers.items()},
        "servers": servers,
        "unavailable": unavailable,
        "summary": summary,
        "load": _load(results),
        "bounds": _judged(summary, {(f.server, f.scenario) for f in results.failures}),
        "failures": [asdict(failure) for failure in results.failures],
        "rounds": [
            {"server": taken.server, "round": taken.round, **asdict(taken.sample)}
            for taken in results.taken
        ],
    }


def save(record: Record) -> Path:
    """Write results/<date>-<commit>.json and return its path."""
    stamp = datetime.fromisoformat(record["date"]).strftime("%Y%m%dT%H%M%SZ")
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{stamp}-{record['commit']}.json"
    path.write_text(json.dumps(record, indent=1) + "\n")
    return path


def passed(record: Record) -> bool:
    """Return whether nothing failed and no bound was missed; one without numbers is not missed."""
    return not record["failures"] and all(b["verdict"] != "FAIL" for b in record["bounds"])


def _summary(results: Results) -> Summary:
    """Return server -> metric -> median, min, max and the number of values."""
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for taken in results.taken:
        values[taken.server, taken.sample.metric].append(taken.sample.value)
    summary: Summary = defaultdict(dict)
    for (server, metric), found in values.items():
        summary[server][metric] = _statistics(found)
    return dict(summary)


def _load(results: Results) -> dict[str, Statistics]:
    """Return metric -> CPU time of the load per request, against all servers together."""
    values: dict[str, list[float]] = defaultdict(list)
    for taken in results.taken:
        if "load_us" in taken.sample.counts:
            values[taken.sample.metric].append(taken.sample.counts["load_us"])
    return {metric: _statistics(found) for metric, found in values.items()}


def _statistics(found: list[float]) -> Statistics:
    return {
        "median": statistics.median(found),
        "min": min(found),
        "max": max(found),
        "values": len(found),
    }


def _judged(summary: Summary, failed: set[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the bounds with what was measured and PASS, FAIL or n/a (nothing to compare).

    A server that failed in a round has missed its bound, whatever the other rounds say. The ratio
    of the minima stands beside that of the medians: on a noisy machine it is the steadier one.
    """
    broken = {(server, metric) for server, name in failed for metric in METRICS_OF[name]}
    units = {metric.name: metric.unit for metric in METRICS}
    judged = []
    for bound in tomllib.loads(BOUNDS.read_text())["bound"]:
        metric, against = bound["metric"], bound.get("against")
        value, least = _value(summary, bound["server"], metric)
        metric_other = bound.get("against_metric", metric)
        other, least_other = _value(summary, against, metric_other) if against else (1.0, 1.0)
        ratio = value / other if value is not None and other else None
        minima = least / least_other if least is not None and least_other else None
        verdict = "n/a" if ratio is None else "PASS" if ratio <= bound["at_most"] else "FAIL"
        if (bound["server"], metric) in broken:
            verdict = "FAIL"
        judged.append(
            {
                **bound,
                "unit": "x" if against else units[metric],
                "measured": value,
                "reference": other if against else None,
                "result": ratio,
                "minima": minima,
                "verdict": verdict,
            }
        )
    return judged


def _value(summary: Summary, server: str, metric: str) -> tuple[float | None, float | None]:
    """Return median and minimum, None where there are none."""
    found = summary.get(server, {}).get(metric, {})
    return found.get("median"), found.get("min")


def _machine() -> dict[str, str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": str(len(models)),
        "system": platform.system(),
        "kernel": platform.release(),
    }
