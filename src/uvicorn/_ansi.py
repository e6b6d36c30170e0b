"""Colours for a terminal: ECMA-48 sequences, the few that the log uses."""

from __future__ import annotations

RESET = "\x1b[0m"
BOLD = "\x1b[1m"

COLOURS: dict[str, str] = {
    "red": "\x1b[31m",
    "green": "\x1b[32m",
    "yellow": "\x1b[33m",
    "blue": "\x1b[34m",
    "cyan": "\x1b[36m",
    "bright_red": "\x1b[91m",
    "bright_white": "\x1b[97m",
}


def style(text: str, colour: str | None = None, bold: bool = False) -> str:
    """`text` between the sequences that colour it and the one that ends them."""
    return f"{COLOURS[colour] if colour else ''}{BOLD if bold else ''}{text}{RESET}"
