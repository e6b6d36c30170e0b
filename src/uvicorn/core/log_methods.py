"""Whether the methods that a record goes through are still those of `logging` and our formatter.

Programs replace them at any time, as sentry-sdk does with Logger.callHandlers. A function's globals
show where it was defined, whatever its name. A class is checked again when it has changed.
"""

from __future__ import annotations

import logging
from itertools import chain
from operator import attrgetter

from .. import logging as ours
from .steps import TypeVersions

# All methods that are called for one line.
METHODS: dict[type, tuple[str, ...]] = {
    logging.Logger: (
        *("info", "isEnabledFor", "_log", "findCaller", "makeRecord", "handle", "filter"),
        "callHandlers",
    ),
    logging.StreamHandler: (
        *("handle", "filter", "acquire", "release", "emit", "format", "flush", "handleError"),
    ),
    ours.AccessFormatter: (
        *("format", "usesTime", "formatMessage", "_add_fields", "get_status_code"),
        "color_level_name",
    ),
    logging.LogRecord: ("__init__", "getMessage"),
    logging.PercentStyle: ("format", "usesTime", "_format"),
}
KINDS = tuple(METHODS)
GETTERS = [(kind, attrgetter(*names)) for kind, names in METHODS.items()]
NAMES = frozenset(name for names in METHODS.values() for name in names)
OWN = (vars(logging), vars(ours))


class LogMethods:
    def __init__(self) -> None:
        self.versions = TypeVersions(KINDS)
        self.seen: list[tuple[object, ...]] = []
        self.are_own = False

    def look(self) -> bool:
        """Whether the methods of the classes are the original ones, now."""
        if not self.versions.are_known():
            seen = [get(kind) for kind, get in GETTERS]
            self.versions.note()
            if seen != self.seen:
                self.seen = seen
                self.are_own = all(map(is_own, chain.from_iterable(seen)))
        return self.are_own


def is_own(method: object) -> bool:
    place = getattr(method, "__globals__", None)
    return place is OWN[0] or place is OWN[1]


def are_plain(instances: list[object]) -> bool:
    """Whether a logger, its handler and its formatter have the methods of their classes."""
    return all(map(NAMES.isdisjoint, map(vars, instances)))
