"""What a Priority field says (RFC 9218 section 4), a dictionary of RFC 9651."""

from __future__ import annotations

import re
from functools import lru_cache

DEFAULT = (3, False)
# Nobody has more to say in two parameters, and to look at 16 kB would cost a client one small frame
# and us 9 ms.
LONGEST = 200

# A string, bytes, or what has none of the marks between members: a number, a token, a boolean.
VALUE = rb'(?:"(?:[ !#-\[\]-~]|\\["\\])*"|:[A-Za-z0-9+/=]*:|[!#-+\--:<>-~]+)'
MEMBER = re.compile(
    rb"([a-z*][a-z0-9_.*-]*)(?:=(%b))?(?:; *[a-z*][a-z0-9_.*-]*(?:=%b)?)*[ \t]*(?:,[ \t]*|$)"
    % (VALUE, VALUE)
)


# Browsers send a handful of values.
@lru_cache(64)
def read_priority(value: bytes) -> tuple[int, bool] | None:
    """Urgency and incremental; None for what is no dictionary, or longer than LONGEST.

    A parameter of another type or out of range is as if it was not there.
    """
    if len(value) > LONGEST:
        return None
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
