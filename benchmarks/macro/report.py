"""Tables for the terminal, out of a record."""

from __future__ import annotations

import statistics

from .record import Record
from .scenarios import METRICS, METRICS_OF

Table = list[list[str]]


def text(record: Record) -> str:
    """Return everything worth reading about a run."""
    return "\n\n".join(
        part
        for part in (
            _head(record),
            "Medians, below them min..max; us: CPU time of the server per request\n"
            + _laid_out(_medians(record), 1),
            "Bounds\n" + _laid_out(_bounds(record), 3),
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
        f"{options['connections']} connections\n"
        f"servers in Python run on {', '.join(pythons) or '-'}\n"
        f"time on the server's core that went to others: mean {statistics.mean(shares):.1%}, "
        f"most {max(shares):.1%}"
    )


def _medians(record: Record) -> Table:
    """One row per server and one below it for the spread; a reason where there are no numbers."""
    seen = {metric for row in record["summary"].values() for metric in row}
    failed = {(f["server"], m) for f in record["failures"] for m in METRICS_OF[f["scenario"]]}
    seen |= {metric for _, metric in failed}
    metrics = [metric for metric in METRICS if metric.name in seen]
    table = [["", *(metric.title for metric in metrics)], ["", *(m.unit for m in metrics)]]
    for server in record["servers"]:
        if server in record["unavailable"]:
            table.append([server, f"skipped: {record['unavailable'][server]}"])
            continue
        medians, spreads = [server], [""]
        for metric in metrics:
            found = record["summary"].get(server, {}).get(metric.name)
            mark = "!" if (server, metric.name) in failed else ""
            medians.append(_short(found["median"]) + mark if found else "FAIL" if mark else "-")
            spread = f"{_short(found['min'])}..{_short(found['max'])}" if found else ""
            spreads.append(spread)
        table += [medians, spreads]
    return table


def _bounds(record: Record) -> Table:
    table = [
        ["metric", "server", "against", "measured", "against", "medians", "minima", "at most", ""]
    ]
    for bound in record["bounds"]:
        table.append(
            [
                bound["metric"],
                bound["server"],
                bound.get("against", ""),
                _short(bound["measured"]),
                _short(bound["reference"]) if "against" in bound else "",
                "-" if bound["result"] is None else f"{bound['result']:.2f} {bound['unit']}",
                "-" if bound["minima"] is None else f"{bound['minima']:.2f} {bound['unit']}",
                f"{bound['at_most']:.2f} {bound['unit']}",
                bound["verdict"],
            ]
        )
    return table


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"


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
