"""What a Priority field says (RFC 9218 section 4), a dictionary of RFC 9651."""

from __future__ import annotations

import re
from functools import lru_cache

DEFAULT = (3, False)

VALUE = rb'(?:"(?:[ !#-\[\]-~]|\\["\\])*"|[^\s",;=]+)'
MEMBER = re.compile(
    rb"([a-z*][a-z0-9_.*-]*)(?:=(%b))?(?:; *[a-z*][a-z0-9_.*-]*(?:=%b)?)*[ \t]*(?:,[ \t]*|$)"
    % (VALUE, VALUE)
)


# Browsers send a handful of values.
@lru_cache(64)
def read_priority(value: bytes) -> tuple[int, bool] | None:
    """Urgency and incremental; None if the value is no dictionary. A parameter of another type or
    out of range is ignored."""
    urgency, incremental = DEFAULT
    value = value.strip(b" ")
    at = 0
    while at < len(value):
        member = MEMBER.match(value, at)
        if member is None:
            return None
        at = member.end()
        if member[1] == b"u":
            urgency = read_urgency(member[2])
        elif member[1] == b"i":
            incremental = member[2] in (None, b"?1")
    return urgency, incremental


def read_urgency(value: bytes | None) -> int:
    if value is not None and re.fullmatch(rb"0{0,14}[0-7]", value):
        return int(value)
    return DEFAULT[0]
