"""Tables for the terminal, out of a record."""

from __future__ import annotations

import statistics

from .record import Record, Statistics
from .scenarios import HTTP, HTTP2, METRICS, METRICS_OF, WEBSOCKET, Metric

LOAD = "(load)"
Table = list[list[str]]


def text(record: Record) -> str:
    """Return everything worth reading about a run."""
    return "\n\n".join(
        part
        for part in (
            _head(record),
            _protocol(record, HTTP, "request"),
            _protocol(record, HTTP2, "request"),
            _protocol(record, WEBSOCKET, "message"),
            "Bounds\n" + _laid_out(_bounds(record), 3),
            _skipped(record),
            _failures(record),
        )
        if part
    )


def _head(record: Record) -> str:
    machine, options = record["machine"], record["options"]
    pythons = sorted({v["python"] for v in record["versions"].values() if "python" in v})
    shares = [r["counts"].get("others_share", 0.0) for r in record["rounds"]] or [0.0]
    return (
        f"{record['date']}  commit {record['commit']}\n"
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']} {machine['kernel']}\n"
        f"{options['rounds']} rounds of {options['seconds']} s; "
        f"{options['connections']} connections of HTTP\n"
        f"servers in Python run on {', '.join(pythons) or '-'}\n"
        f"time on the server's core that went to others: mean {statistics.mean(shares):.1%}, "
        f"most {max(shares):.1%}"
    )


def _protocol(record: Record, protocol: str, unit: str) -> str:
    """Return the table of a protocol's metrics, or nothing if none was measured."""
    seen = {metric for row in record["summary"].values() for metric in row}
    seen |= {metric for _, metric in _failed(record)}
    metrics = [m for m in METRICS if m.protocol == protocol and m.name in seen]
    if not metrics:
        return ""
    return (
        f"{protocol}: medians, below them min..max; us: CPU time of the server per {unit}, "
        f"{LOAD}: of the load generator\n" + _laid_out(_medians(record, metrics), 1)
    )


def _failed(record: Record) -> set[tuple[str, str]]:
    """Return server and metric of each measurement that failed."""
    return {(f["server"], m) for f in record["failures"] for m in METRICS_OF[f["scenario"]]}


def _medians(record: Record, metrics: list[Metric]) -> Table:
    """Two rows per server that has any of the metrics, the second for the spread."""
    failed = _failed(record)
    table = [["", *(metric.title for metric in metrics)], ["", *(m.unit for m in metrics)]]
    rows = {**record["summary"], LOAD: record.get("load", {})}
    for server in (*record["servers"], LOAD):
        marks = ["!" if (server, metric.name) in failed else "" for metric in metrics]
        found = [rows.get(server, {}).get(metric.name) for metric in metrics]
        if any(marks) or any(found):
            table.append([server, *map(_median, found, marks)])
            table.append(["", *map(_spread, found)])
    return table


def _median(found: Statistics | None, mark: str) -> str:
    return _short(found["median"]) + mark if found else "FAIL" if mark else "-"


def _spread(found: Statistics | None) -> str:
    return f"{_short(found['min'])}..{_short(found['max'])}" if found else ""


def _bounds(record: Record) -> Table:
    table = [
        ["metric", "server", "against", "measured", "against", "medians", "minima", "at most", ""]
    ]
    for bound in record["bounds"]:
        table.append(
            [
                bound["metric"],
                bound["server"],
                _against(bound),
                _short(bound["measured"]),
                _short(bound["reference"]) if "against" in bound else "",
                "-" if bound["result"] is None else f"{bound['result']:.2f} {bound['unit']}",
                "-" if bound["minima"] is None else f"{bound['minima']:.2f} {bound['unit']}",
                f"{bound['at_most']:.2f} {bound['unit']}",
                bound["verdict"],
            ]
        )
    return table


def _against(bound: dict[str, str]) -> str:
    """Return the server that is compared with, and the metric if it is another one."""
    return f"{bound.get('against', '')} {bound.get('against_metric', '')}".strip()


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _skipped(record: Record) -> str:
    """Return a line per server that could not be had, with the reason."""
    return "\n".join(
        f"SKIPPED: {server}: {reason}" for server, reason in record["unavailable"].items()
    )


def _failures(record: Record) -> str:
    """Return a line per failed measurement; `!` and FAIL in the table point here."""
    return "\n".join(
        f"FAILED: {f['server']}, {f['scenario']}, round {f['round']}: {f['reason']}"
        for f in record["failures"]
    )


def _laid_out(table: Table, words: int) -> str:
    """Return the table with its columns aligned, the first `words` of them to the left.

    A row that is not full runs over the columns.
    """
    full = max(len(row) for row in table)
    columns = zip(*(row for row in table if len(row) == full), strict=True)
    widths = [max(len(cell) for cell in column) for column in columns]
    widths[0] = max(len(row[0]) for row in table)
    lines = []
    for row in table:
        cells = [row[0].ljust(widths[0]), *row[1:]]
        if len(row) == full:
            cells = [
                *map(str.ljust, row[:words], widths),
                *map(str.rjust, row[words:], widths[words:]),
            ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
