"""HTTP/1 over httptools: llhttp, the parser of Node.

It only splits heads. The bytes that it sees have been checked, and it does not decide about
methods and versions that are not in its lists.
"""

from __future__ import annotations

import re

import httptools

from .adapter import Adapter
from .head import LOWER_NAMES, split_fields


class Collector:
    """What a parser calls. It knows nothing of the codec, so that no cycle keeps both alive."""

    def __init__(self, found: list[tuple[bytes, bytes]]) -> None:
        add = found.append
        shared = LOWER_NAMES.get

        # A method, which looks both up for each field, costs a sixth more for a browser's head.
        def on_header(name: bytes, value: bytes) -> None:
            add((shared(name) or name.lower(), value.rstrip(b"\t ")))

        self.on_header = on_header


class HttptoolsCodec(Adapter):
    __slots__ = ()
    slots = (*Adapter.slots, "found", "parser")

    def __init__(self, limit_line: int, limit_head: int, limit_fields: int) -> None:
        super().__init__(limit_line, limit_head, limit_fields)
        self.renew_parser()

    def renew_parser(self) -> None:
        self.found: list[tuple[bytes, bytes]] = []
        self.parser = httptools.HttpRequestParser(Collector(self.found))

    def read_fields(self, head: re.Match[bytes]) -> list[tuple[bytes, bytes]]:
        # Framing still describes the last request: if it had a body, the parser waits for it.
        if self.framing.content_length > 0 or self.framing.chunked:
            self.renew_parser()
        try:
            self.parser.feed_data(head[0])
        except httptools.HttpParserUpgrade:
            found = self.found
            self.renew_parser()
            return found
        except httptools.HttpParserError:
            self.renew_parser()
            return split_fields(head[4])
        found = self.found.copy()
        self.found.clear()
        return found
