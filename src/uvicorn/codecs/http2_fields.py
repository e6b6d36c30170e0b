"""What the fields of an HTTP/2 request may be and mean, and those of a response in bytes.

The rules are those of csrc/h2field.h, and where a field is in HTTP/1 as well, of core/framing.py
and core/encode.py. A request that breaks them is malformed: its stream ends with PROTOCOL_ERROR
(RFC 9113 section 8.1.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..core.encode import is_chunked, read_length
from ..core.framing import AUTHORITY
from ..core.octets import content_length, is_field_value, is_token
from ..errors import ProtocolError
from ..wire import H2_PROTOCOL_ERROR
from . import http2_refusals as why
from .hpack import Field, encode

if TYPE_CHECKING:
    from ..core.interfaces import RequestHead

NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
VALUE = re.compile(rb"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")
TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# Each pseudo-header, what it may be, and what is said of others.
PSEUDO: dict[bytes, tuple[re.Pattern[bytes], int]] = {
    b":method": (TOKEN, why.BAD_METHOD),
    b":scheme": (re.compile(rb"[A-Za-z][A-Za-z0-9+\-.]*"), why.BAD_SCHEME),
    b":path": (re.compile(rb"/[!-~]*|\*"), why.BAD_PATH),
    b":authority": (AUTHORITY, why.BAD_AUTHORITY),
    b":protocol": (TOKEN, why.BAD_PROTOCOL),
}
# Those that have to be there, and those that may not (sections 8.3.1 and 8.5, RFC 8441 section 4).
OF_REQUEST = {b":method", b":scheme", b":path"}, {b":protocol"}
OF_CONNECT = {b":method", b":authority"}, {b":scheme", b":path"}
OF_PROTOCOL = {b":method", b":scheme", b":path", b":authority"}, set[bytes]()

# Section 8.2.2.
CONNECTION_FIELDS = {
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"transfer-encoding",
    b"upgrade",
}
SPECIAL = {b"host", b"content-length", b"cookie", b"expect", b"priority"}


def malformed(reason: int | str) -> ProtocolError:
    text = why.REASONS[reason] if isinstance(reason, int) else reason
    return ProtocolError(H2_PROTOCOL_ERROR, text)


# Fields that were right before, as clients send the same ones with each request. Only so many are
# kept, and only short ones.
RIGHT: set[Field] = set()
MOST_RIGHT = 1024
LONGEST_RIGHT = 256


def check_field(field: Field) -> None:
    """A field by itself."""
    if field in RIGHT:
        return
    name, value = field
    if name.startswith(b":"):
        if name not in PSEUDO:
            raise malformed(why.BAD_PSEUDO)
        pattern, reason = PSEUDO[name]
        if pattern.fullmatch(value) is None:
            raise malformed(reason)
    else:
        check_regular(name, value)
    if len(name) + len(value) <= LONGEST_RIGHT:
        if len(RIGHT) >= MOST_RIGHT:
            RIGHT.clear()
        RIGHT.add(field)


def check_regular(name: bytes, value: bytes) -> None:
    if NAME.fullmatch(name) is None:
        raise malformed(why.BAD_NAME)
    if VALUE.fullmatch(value) is None:
        raise malformed(why.BAD_VALUE)
    if name in CONNECTION_FIELDS or (name == b"te" and value.lower() != b"trailers"):
        raise malformed(why.CONNECTION_FIELD)
    if name == b"host" and AUTHORITY.fullmatch(value) is None:
        raise malformed(why.BAD_AUTHORITY)


def check_trailers(fields: list[Field]) -> None:
    for field in fields:
        if field[0] in PSEUDO:
            raise malformed(why.PSEUDO_IN_TRAILERS)
        check_field(field)


class RequestFields:
    """One request: what a RequestHead is filled with, and more. `length` is its Content-Length or
    -1, `priority` that field's value or None, `connects` whether it is CONNECT without :protocol.
    """

    def __init__(self, fields: list[Field]) -> None:
        self.pseudo: dict[bytes, bytes] = {}
        # The first one is kept for the host.
        self.headers: list[Field] = [(b"", b"")]
        self.host: bytes | None = None
        self.cookie_at = 0
        self.length = -1
        self.priority: bytes | None = None
        self.expect_continue = False
        for field in fields:
            check_field(field)
            name, value = field
            if name in PSEUDO:
                self.add_pseudo(name, value)
            elif name not in SPECIAL or self.add_special(name, value):
                self.headers.append(field)
        self.check_complete()

    def add_pseudo(self, name: bytes, value: bytes) -> None:
        if len(self.headers) > 1 or self.host is not None:
            raise malformed(why.LATE_PSEUDO)
        if name in self.pseudo:
            raise malformed(why.REPEATED)
        self.pseudo[name] = value

    def add_special(self, name: bytes, value: bytes) -> bool:
        """Whether the field is one of the headers as it is."""
        if name == b"host":
            if self.host is not None:
                raise malformed(why.MORE_HOSTS)
            self.host = value
            return False
        if name == b"cookie":
            if self.cookie_at:
                joined = self.headers[self.cookie_at][1] + b"; " + value
                self.headers[self.cookie_at] = name, joined
                return False
            self.cookie_at = len(self.headers)
        elif name == b"content-length":
            if self.length >= 0:
                raise malformed(why.MORE_LENGTHS)
            self.length = content_length(value)
            if self.length < 0:
                raise malformed(why.BAD_LENGTH)
        elif name == b"expect":
            self.expect_continue = value.lower() == b"100-continue"
        elif name == b"priority":
            self.priority = value if self.priority is None else self.priority + b"," + value
        return True

    def check_complete(self) -> None:
        pseudo = self.pseudo
        needed, refused = OF_REQUEST
        if pseudo.get(b":method") == b"CONNECT":
            needed, refused = OF_PROTOCOL if b":protocol" in pseudo else OF_CONNECT
        if not needed <= pseudo.keys():
            raise malformed(why.MISSING)
        if refused & pseudo.keys():
            raise malformed(why.NOT_ALLOWED)
        self.read_authority(needed is OF_CONNECT[0])
        self.method = pseudo[b":method"].decode("ascii")
        self.target = pseudo.get(b":path", self.authority)
        self.protocol = pseudo.get(b":protocol", b"").lower()
        if self.target == b"*" and self.method != "OPTIONS":
            raise malformed(why.BAD_PATH)

    def read_authority(self, connects: bool) -> None:
        authority = self.pseudo.get(b":authority")
        self.connects = connects
        self.authority = authority or b""
        if connects:
            host, _, port = self.authority.rpartition(b":")
            if not host or not port.isdigit():
                raise malformed(why.BAD_AUTHORITY)
        if authority is None:
            if self.host is None:
                raise malformed(why.MISSING_HOST)
            authority = self.host
        elif self.host is not None and self.host.lower() != authority.lower():
            raise malformed(why.OTHER_HOST)
        self.headers[0] = b"host", authority

    def fill(self, head: RequestHead) -> None:
        head.method = self.method
        head.target = self.target
        head.headers = self.headers.copy()
        head.authority = self.authority
        head.protocol = self.protocol
        head.expect_continue = self.expect_continue


# Fields in bytes, by what apps write and by what the server adds itself. Only so many are kept, and
# only short ones.
READY: dict[Field, bytes] = {}
READY_DEFAULTS: dict[Field, bytes] = {}
MOST_READY = 1024
LONGEST_READY = 256


def encode_fields(
    headers: Iterable[Field], defaults: Iterable[Field] = (), has_length: bool = True
) -> tuple[list[bytes], int]:
    """The parts of a block, and the Content-Length or -1. RuntimeError for what HTTP forbids.

    The defaults come first, but for the date and the server that `headers` have themselves.
    """
    parts: list[bytes] = []
    special: dict[bytes, bytes] = {}
    length_at = 0
    try:
        for name, value in headers:
            ready = READY.get((name, value))
            if ready is None:
                length_at = add_field(name, value, parts, special) or length_at
            else:
                parts.append(ready)
    except (TypeError, ValueError) as error:
        raise RuntimeError("ASGI headers must be pairs of bytes.") from error
    length = -1
    if length_at:
        if has_length and b"transfer-encoding" not in special:
            length = content_length(special[b"content-length"])
        else:
            parts[length_at - 1] = b""
    first = [
        READY_DEFAULTS.get(field) or keep(READY_DEFAULTS, field, encode(*field))
        for field in defaults
        if field[0] not in special
    ]
    return first + parts, length


def keep(ready: dict[Field, bytes], field: Field, encoded: bytes) -> bytes:
    if len(encoded) <= LONGEST_READY:
        if len(ready) >= MOST_READY:
            ready.clear()
        ready[field] = encoded
    return encoded


def add_field(name: object, value: object, parts: list[bytes], special: dict[bytes, bytes]) -> int:
    """Of Content-Length, answers how many parts there are with it, else 0."""
    if type(name) is not bytes or not is_token(name):
        raise RuntimeError("Invalid HTTP header name.")
    if type(value) is not bytes or not is_field_value(value):
        raise RuntimeError("Invalid HTTP header value.")
    lower = name.lower()
    stripped = value.strip(b" \t")
    if lower in CONNECTION_FIELDS:
        if lower == b"transfer-encoding" and is_chunked(stripped):
            special[lower] = stripped
        return 0
    parts.append(encode(lower, stripped))
    if lower == b"content-length":
        read_length(0 if lower in special else -1, stripped)
        special[lower] = stripped
        return len(parts)
    if lower in (b"date", b"server"):
        special[lower] = stripped
    else:
        keep(READY, (name, value), parts[-1])
    return 0
