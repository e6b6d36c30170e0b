"""What the codecs over a Python library share: all of a codec except splitting a head.

A library's own framing and body reader are not used on purpose: they are laxer than ours, differ
between libraries, and copy. So HeadScanner checks the bytes of a head before the library sees
them, core.Framing decides what the fields mean, and bodies are read here.

The check covers everything, not only what a library is laxer on: that differs between releases,
and httptools 0.6.1 still accepted blanks in a name. It costs a twentieth of the h11 codec, which
would gain nothing, and a quarter of the httptools codec; docs/strictness.md has the figures.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from ..errors import ProtocolError
from ..wire import BODY, END, FRAMING_FIELDS, HEAD, LIMIT_CHUNK_EXTENSIONS, NEED_DATA
from . import chunked
from .head import HeadScanner

if TYPE_CHECKING:
    from ..core.framing import Framing
    from ..core.interfaces import HttpCodec, RequestHead
else:
    HttpCodec = object  # codecs.http_codec() adds the base of either build when it makes the class

NO_HEADERS: list[tuple[bytes, bytes]] = []

# What next_event() reads next.
IN_HEAD, IN_LENGTH, IN_CHUNKS, AT_END, DONE = range(5)


class Adapter(HttpCodec):
    """Mixin for a HttpCodec of either build; a library's class fills in read_fields()."""

    framing_class: ClassVar[type[Framing]]
    # The class that is made has slots for its state: in a subclass of a C class, each access to a
    # __dict__ costs 50 ns instead of 12.
    __slots__ = ()
    slots: ClassVar[tuple[str, ...]] = (
        "scanner",
        "framing",
        "state",
        "data",
        "at",
        "left",
        "chunks",
    )

    def __init__(self, limit_line: int, limit_head: int, limit_fields: int) -> None:
        super().__init__(limit_line, limit_head, limit_fields)
        self.scanner = HeadScanner(limit_line, limit_head, limit_fields)
        self.framing = self.framing_class()
        self.state = IN_HEAD
        self.data = b""
        self.at = 0  # the first byte of data not used
        self.left = 0  # bytes of a body with Content-Length still to come

    def read_fields(self, head: re.Match[bytes]) -> list[tuple[bytes, bytes]]:
        """The fields of a right head by the library: names in lower case, values stripped.

        A head that it refuses, for a method that it does not know or two framings, goes through
        split_fields() instead: core.Framing decides, whatever the library says.
        """
        raise NotImplementedError

    def feed(self, data: bytes) -> None:
        self.data = self.data[self.at :] + data if self.at < len(self.data) else data
        self.at = 0

    def next_event(self) -> int:
        try:
            if self.state == IN_HEAD:
                return self.next_head()
            if self.state == IN_LENGTH:
                return self.next_part()
            if self.state == IN_CHUNKS:
                return self.next_chunk()
        except ProtocolError:
            self.state = DONE
            raise
        if self.state == DONE:
            return NEED_DATA
        self.state = DONE
        self.body = b""
        return END

    def start_next(self) -> None:
        self.state = IN_HEAD
        self.head.headers = NO_HEADERS
        if self.at == len(self.data):
            self.data = b""
            self.at = 0

    def unread(self) -> bytes:
        return self.data[self.at :]

    def unread_size(self) -> int:
        return len(self.data) - self.at

    # The parts of a request.

    def next_head(self) -> int:
        if self.at == len(self.data):
            return NEED_DATA
        match = self.scanner.find(self.data, self.at)
        if match is None:
            self.data = self.data[self.at :]
            self.at = 0
            return NEED_DATA
        self.at += match.end() - match.start()
        head = self.head
        method, head.target, minor = match.group(1, 2, 3)
        head.method = method.decode("ascii")
        self.http_minor = 0 if minor == b"0" else 1  # RFC 9110 section 2.5
        head.http_version = "1.1" if self.http_minor else "1.0"
        head.headers = self.read_fields(match)
        self.read_framing(head)
        return HEAD

    def read_framing(self, head: RequestHead) -> None:
        framing = self.framing
        framing.start()
        for name, value in head.headers:
            if name in FRAMING_FIELDS:
                framing.field(FRAMING_FIELDS[name], value)
        framing.finish(head.method, head.target, self.http_minor)
        self.keep_alive = framing.keep_alive
        head.protocol = framing.upgrade
        head.expect_continue = framing.expect_continue
        if framing.chunked:
            self.chunks = chunked.ChunkedBody(
                LIMIT_CHUNK_EXTENSIONS, self.limit_head, self.limit_fields
            )
            self.state = IN_CHUNKS
        else:
            self.left = framing.content_length
            self.state = IN_LENGTH if self.left > 0 else AT_END

    def next_part(self) -> int:
        self.body = self.data[self.at : self.at + self.left]
        if not self.body:
            return NEED_DATA
        self.at += len(self.body)
        self.left -= len(self.body)
        if self.left == 0:
            self.state = AT_END
        return BODY

    def next_chunk(self) -> int:
        self.at = self.chunks.read(self.data, self.at)
        self.body = self.chunks.body
        if self.body:
            return BODY
        if self.chunks.state != chunked.END:
            return NEED_DATA
        self.state = DONE
        return END
