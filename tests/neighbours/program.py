"""What is said about a program: what to install, how to start it, what to ask, how it ends.

In a command and its environment `{port}` is a free port of the loopback interface, `{home}` the
folder in which the command runs, and which is its home folder, too.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import NamedTuple


class Ask(NamedTuple):
    """One HTTP request: a GET, or a POST of JSON where there is a body.

    `path` and `body` may hold `<name>` of what is already known: a key of an answer in JSON, or a
    group of an `expected` that was found. `expected` is a regular expression.
    """

    path: str
    expected: str
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Talk(NamedTuple):
    """One conversation over WebSocket: each message is sent, then one that matches is waited for.

    An empty message is not sent, an empty pattern is not waited for.
    """

    path: str
    turns: tuple[tuple[str | bytes, str], ...]
    subprotocols: tuple[str, ...] = ()


@dataclass(frozen=True)
class Start:
    """One way to start a program, what to ask of it, and how it must end."""

    command: str
    asks: tuple[Ask | Talk, ...]
    environment: dict[str, str] = field(default_factory=dict)
    stop: signal.Signals = signal.SIGTERM
    # As Python says it: -15 is the end by SIGTERM. It is what the program gives on uvicorn 0.54.
    status: int = 0
    # Seconds until it answers, and until it has ended.
    patience: float = 90
    grace: float = 20


@dataclass(frozen=True)
class Program:
    """What to install, `name` first, and how to start it."""

    name: str
    requirements: tuple[str, ...]
    starts: tuple[Start, ...]
    files: dict[str, str] = field(default_factory=dict)
