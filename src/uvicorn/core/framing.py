"""What the header fields of one HTTP/1 request mean together (RFC 9112), for every codec.

    start()                  before the first field
    field(kind, value)       for each field named in wire.FRAMING_FIELDS, in received order
    finish(method, target, minor)

Rules, each refused with 400 unless another status is given:

1.  Host: exactly one in HTTP/1.1, at most one in HTTP/1.0; a host and a port, or empty.
2.  Content-Length: at most one, digits only, no list, at most 18 digits.
3.  Transfer-Encoding: not with Content-Length, not in HTTP/1.0; the last coding is
    "chunked" and the only one of that name; any other coding before it is 501.
4.  The target is in origin form, in absolute form, "*" with OPTIONS alone, or a host and
    port with CONNECT alone.
5.  A connection of HTTP/1.0 ends with its response; one of HTTP/1.1 does after the Connection
    option "close", and after CONNECT: what follows that is no request (RFC 9110 section 9.3.6).
6.  Upgrade counts only if Connection lists "upgrade", Expect only in HTTP/1.1.

Afterwards `content_length` (-1 without one), `chunked`, `keep_alive`, `upgrade` (the value in
lower case, or b"") and `expect_continue` hold what was found.
"""

from __future__ import annotations

import re

from ..errors import ProtocolError
from ..wire import CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING, UPGRADE
from .octets import content_length

# RFC 3986 section 3.2.2 and 3.2.3; user information is never part of it (RFC 9110 4.2.4).
# A zone stands behind "%25" (RFC 6874); Python before 3.10 sends "%" alone.
AUTHORITY = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]+(?:%(?:[A-Za-z0-9\-._~]|%[0-9A-Fa-f]{2})+)?\]"
    rb"|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]{0,5})?"
)
ABSOLUTE_FORM = re.compile(rb"https?://([^/?#]+)([/?].*)?", re.IGNORECASE)
SLASH = ord("/")


class Framing:
    def __init__(self) -> None:
        self.last_host = b""
        self.start()

    def start(self) -> None:
        self.hosts = 0
        self.content_length = -1
        self.coding = b""
        self.connection = b""
        self.upgrade = b""
        self.chunked = False
        self.keep_alive = True
        self.expect_continue = False

    def field(self, kind: int, value: bytes) -> None:
        if kind == HOST:
            self.hosts += 1
            # A connection keeps naming the same host: the pattern is matched once.
            if value != self.last_host:
                if AUTHORITY.fullmatch(value) is None:
                    raise ProtocolError(400, "Bad Host header")
                self.last_host = value
        elif kind == CONNECTION:
            self.connection = self.connection + b"," + value if self.connection else value
        elif kind == CONTENT_LENGTH:
            if self.content_length >= 0:
                raise ProtocolError(400, "More than one Content-Length")
            self.content_length = content_length(value)
            if self.content_length < 0:
                raise ProtocolError(400, "Bad Content-Length")
        elif kind == TRANSFER_ENCODING:
            self.coding = self.coding + b"," + value if self.chunked else value
            self.chunked = True
        elif kind == UPGRADE:
            self.upgrade = self.upgrade + b"," + value.lower() if self.upgrade else value.lower()
        elif kind == EXPECT:
            self.expect_continue = value.lower() == b"100-continue"

    def finish(self, method: str, target: bytes, minor: int) -> None:
        if self.hosts != 1 and (self.hosts > 1 or minor > 0):
            raise ProtocolError(400, "More than one Host" if self.hosts else "Missing Host header")
        if target[0] != SLASH or method == "CONNECT":
            check_target(method, target)
            self.keep_alive = method != "CONNECT"
        if self.chunked:
            self.check_coding(minor)
        if minor == 0:
            self.keep_alive = False
            self.expect_continue = False
            self.upgrade = b""
        elif self.connection:
            self.read_connection()
        else:
            self.upgrade = b""

    def check_coding(self, minor: int) -> None:
        if minor == 0:
            raise ProtocolError(400, "Transfer-Encoding in HTTP/1.0")
        if self.content_length >= 0:
            raise ProtocolError(400, "Content-Length with Transfer-Encoding")
        if self.coding.lower() != b"chunked":
            codings = [coding.strip(b" \t").lower() for coding in self.coding.split(b",")]
            if codings[-1] != b"chunked" or codings.count(b"chunked") > 1 or b"" in codings:
                raise ProtocolError(400, "Bad Transfer-Encoding")
            raise ProtocolError(501, "Unsupported transfer coding")

    def read_connection(self) -> None:
        value = self.connection.lower()
        if value == b"keep-alive":
            self.upgrade = b""
            return
        options = [option.strip(b" \t") for option in value.split(b",")]
        if b"close" in options:
            self.keep_alive = False
        if b"upgrade" not in options:
            self.upgrade = b""


def check_target(method: str, target: bytes) -> None:
    """Rule 4, for a target that is not in origin form."""
    if method == "CONNECT":
        host, _, port = target.rpartition(b":")
        good = bool(host) and port.isdigit() and AUTHORITY.fullmatch(target) is not None
    elif target == b"*":
        good = method == "OPTIONS"
    else:
        match = ABSOLUTE_FORM.fullmatch(target)
        good = match is not None and AUTHORITY.fullmatch(match[1]) is not None
    if not good:
        raise ProtocolError(400, "Bad request target")


def has_body(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a request has a body, by its framing fields."""
    for name, value in headers:
        if name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0")):
            return True
    return False
