"""The tables of what was run, in a page of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

RULE = re.compile(r"^\|[-|]+\|$")


class Row(Protocol):
    """A line of a table; its first cell is a name."""

    @property
    def name(self) -> str: ...

    def cells(self) -> Iterable[str]: ...


def line(row: Row) -> str:
    cells = (" ".join(cell.replace("|", "\\|").split()) for cell in row.cells())
    return f"| {' | '.join(cells)} |"


def put(page: Path, heading: str, rows: Sequence[Row], order: Sequence[str]) -> None:
    """Under that heading, in the place of the rows of the same names; those of others stay."""
    before, title, after = page.read_text(encoding="utf-8").partition(f"## {heading}\n")
    if not title:
        raise SystemExit(f"{page} has no heading {heading!r}.")
    lines = after.split("\n")
    first = next(index for index, text in enumerate(lines) if RULE.match(text)) + 1
    last = next(index for index, text in enumerate([*lines[first:], ""], first) if not text)
    fresh = {row.name for row in rows}
    table = [(name_of(text), text) for text in lines[first:last]]
    table = [(name, text) for name, text in table if name in order and name not in fresh]
    table += [(row.name, line(row)) for row in rows]
    table.sort(key=lambda pair: order.index(pair[0]))
    lines[first:last] = [text for _, text in table]
    page.write_text(before + title + "\n".join(lines), encoding="utf-8")


def name_of(text: str) -> str:
    return text.split("|")[1].strip()
