"""From an ASGI response head to the bytes of an HTTP/1.1 one (RFC 9112 section 4 and 5).

1.  Default headers come first, the app's follow in its order, names in lower case. A `date` or
    `server` from the app replaces the default.
2.  A name must be a token, and a value has no control bytes: a response cannot be split.
3.  With `transfer-encoding: chunked` from the app, Content-Length is dropped. A 1xx or 204
    has neither (RFC 9110 section 8.6, RFC 9112 section 6.1), and no 2xx to CONNECT (RFC 9110
    section 9.3.6); HEAD and 304 may have both.
4.  A body without a length is sent in chunks in HTTP/1.1; in HTTP/1.0 the end of the connection
    ends it.
5.  `connection: close` is sent when the connection ends with this response.
"""

from __future__ import annotations

from email.utils import formatdate
from time import time
from typing import TYPE_CHECKING

from ..wire import STATUS_LINES
from .octets import content_length, is_field_value, is_token, join

if TYPE_CHECKING:
    from .._shapes import Fields

PLAIN = 0
LENGTH = 1
CODING = 2
CONNECTION = 3
DEFAULTED = 4

SPECIAL: dict[bytes, int] = {
    b"content-length": LENGTH,
    b"transfer-encoding": CODING,
    b"connection": CONNECTION,
    b"date": DEFAULTED,
    b"server": DEFAULTED,
}
# By the names as apps write them. MOST_NAMES are kept.
NAMES: dict[bytes, FieldName] = {}
MOST_NAMES = 512


class FieldName:
    """A checked name, ready to be sent, and what it means to the encoder."""

    def __init__(self, lower: bytes) -> None:
        # The CRLF that ends the line before, the name in lower case, ": ".
        self.sent = b"\r\n" + lower + b": "
        self.kind = SPECIAL.get(lower, PLAIN)


def field_name(name: bytes) -> FieldName:
    if type(name) is not bytes or not is_token(name):
        raise RuntimeError("Invalid HTTP header name.")
    entry = FieldName(name.lower())
    if len(NAMES) < MOST_NAMES:
        NAMES[name] = entry
    return entry


def read_length(before: int, value: bytes) -> int:
    """A response's Content-Length, of which there is one at most; `before` is -1 without one."""
    if before >= 0:
        raise RuntimeError("More than one Content-Length.")
    length = content_length(value)
    if length < 0:
        raise RuntimeError("Invalid HTTP header value: a bad Content-Length.")
    return length


def is_chunked(coding: bytes) -> bool:
    """Whether an app's Transfer-Encoding asks for chunks; no other coding is done."""
    coding = coding.lower().strip()
    if coding not in (b"chunked", b"identity"):
        raise RuntimeError("The server does no transfer coding but chunked.")
    return coding == b"chunked"


class DefaultHeaders:
    """The default headers as bytes, in `lines`, and as pairs, in `fields`.

    While the service's clock ticks, it renews the date and they are `fresh`; else call renew().
    """

    def __init__(self, headers: tuple[tuple[bytes, bytes], ...], date_header: bool) -> None:
        self.headers = headers
        self.date_header = date_header
        self.fixed = b"".join([b"\r\n%b: %b" % header for header in headers])
        self.lines = self.fixed
        # The same as pairs.
        self.fields = list(headers)
        self.second = 0
        self.fresh = False

    def renew(self) -> None:
        if self.date_header:
            second = int(time())
            if second != self.second:
                self.second = second
                date = date_value(second)
                self.lines = self.fixed + b"\r\ndate: %b" % date
                self.fields = [*self.headers, (b"date", date)]

    def without(self, names: set[bytes]) -> bytes:
        """The lines without some names, which the app has sent itself."""
        kept = [b"\r\n%b: %b" % header for header in self.headers if header[0] not in names]
        if self.date_header and b"date" not in names:
            kept.append(b"\r\ndate: %b" % date_value(int(time())))
        return b"".join(kept)


def date_value(now: int) -> bytes:
    """IMF-fixdate, RFC 9110 section 5.6.7."""
    return formatdate(now, usegmt=True).encode("ascii")


class HeadEncoder:
    """Encodes one head at a time; afterwards the attributes say how its body is sent.

    `length` is the Content-Length or -1, `chunked` whether the body is sent in chunks, `close`
    whether the connection ends with this response, and `until_close` whether only that ends the
    body. Before encode(), set `close` if the server wants to close, and `tunnel` if this answers
    CONNECT.
    """

    def __init__(self, defaults: DefaultHeaders) -> None:
        self.defaults = defaults
        self.length = -1
        self.chunked = False
        self.close = False
        self.tunnel = False
        self.until_close = False
        self.connection = b""
        self.replaced: set[bytes] | None = None

    def encode(self, status: int, headers: Fields, minor: int, head_only: bool) -> bytes:
        """The head of a final response. Raises RuntimeError if HTTP forbids it."""
        if not 100 <= status <= 599:
            raise RuntimeError("Invalid HTTP status code: it must be from 100 to 599.")
        self.length = -1
        self.chunked = False
        self.until_close = False
        self.connection = b""
        self.replaced = None
        if not self.defaults.fresh:
            self.defaults.renew()
        parts = [STATUS_LINES[status], self.defaults.lines]
        try:
            length_at = self.add_fields(parts, headers)
        except (TypeError, ValueError) as error:
            raise RuntimeError("ASGI headers must be pairs of bytes.") from error
        if self.replaced is not None:
            parts[1] = self.defaults.without(self.replaced)
        bodiless = status < 200 or status == 204 or (self.tunnel and status < 300)
        if length_at and (self.chunked or bodiless):
            parts[length_at] = parts[length_at + 1] = b""
            self.length = -1
        if bodiless:
            self.chunked = False
        self.add_framing(parts, status, minor, head_only or bodiless or status == 304)
        return join(parts)

    def encode_informational(self, status: int, headers: Fields) -> bytes:
        """A head of status 100 to 199, with no fields but these (RFC 9110 section 15.2)."""
        self.length = -1
        parts = [STATUS_LINES[status]]
        self.add_fields(parts, headers)
        parts.append(b"\r\n\r\n")
        return join(parts)

    def encode_switch(self, headers: Fields) -> bytes:
        """The head of 101 (Switching Protocols), its `upgrade` among the headers."""
        self.connection = b""
        self.length = -1
        self.replaced = None
        if not self.defaults.fresh:
            self.defaults.renew()
        parts = [STATUS_LINES[101], self.defaults.lines]
        try:
            length_at = self.add_fields(parts, headers)
        except (TypeError, ValueError) as error:
            raise RuntimeError("ASGI headers must be pairs of bytes.") from error
        if self.replaced is not None:
            parts[1] = self.defaults.without(self.replaced)
        if length_at:
            parts[length_at] = parts[length_at + 1] = b""
        parts.append(b"\r\nconnection: Upgrade\r\n\r\n")
        return join(parts)

    def add_fields(self, parts: list[bytes], headers: Fields) -> int:
        """Add the app's fields; returns the index of Content-Length in `parts`, or 0."""
        length_at = 0
        for name, value in headers:
            entry = NAMES.get(name)
            if entry is None:
                entry = field_name(name)
            if type(value) is not bytes or not is_field_value(value):
                raise RuntimeError("Invalid HTTP header value.")
            if entry.kind:
                if entry.kind == LENGTH:
                    length_at = len(parts)
                if not self.note_special(entry.kind, entry.sent, value):
                    continue
            parts.append(entry.sent)
            parts.append(value)
        return length_at

    def note_special(self, kind: int, prefix: bytes, value: bytes) -> bool:
        """Note a field that means something here; returns whether it is sent unchanged."""
        if kind == LENGTH:
            self.length = read_length(self.length, value)
            return True
        if kind == CODING:
            self.chunked = is_chunked(value) or self.chunked
            return False
        if kind == CONNECTION:
            self.connection = self.connection + b", " + value if self.connection else value
            if b"close" in [option.strip() for option in value.lower().split(b",")]:
                self.close = True
            return False
        if self.replaced is None:
            self.replaced = set()
        self.replaced.add(prefix[2:-2])
        return True

    def add_framing(self, parts: list[bytes], status: int, minor: int, no_body: bool) -> None:
        """Rules 3 to 5: how the body is delimited and whether the connection goes on."""
        if no_body:
            # The field of a HEAD or 304 response only says what GET would send.
            if self.chunked and minor > 0:
                parts.append(b"\r\ntransfer-encoding: chunked")
            self.chunked = False
        elif self.length < 0:
            self.chunked = minor > 0
            self.until_close = minor == 0
            if self.chunked:
                parts.append(b"\r\ntransfer-encoding: chunked")
        # In HTTP/1.0 the end of the connection ends the body; after a 1xx that an app sent as its
        # response, the client still waits.
        if minor == 0 or status < 200:
            self.close = True
        if self.close and status == 426:
            # A 426 names what the server offers in Upgrade (RFC 9110 section 7.8).
            parts.append(b"\r\nconnection: Upgrade, close\r\n\r\n")
        elif self.close:
            parts.append(b"\r\nconnection: close\r\n\r\n")
        elif self.connection:
            parts.append(b"\r\nconnection: %b\r\n\r\n" % self.connection)
        else:
            parts.append(b"\r\n\r\n")
