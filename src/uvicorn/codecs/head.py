"""One HTTP/1 request head, checked byte by byte as csrc/http1.h says, for the adapters.

A whole head that is right costs one match of a pattern. Everything else goes through the steps of
HeadScanner. They are as strict, but refuse a wrong byte or an exceeded limit as soon as it is
there, and go on where they stopped, so they read no byte twice, however small the pieces are.
Which refusal wins does not depend on where the bytes were split: each refusal belongs to the byte
at which it is certain, and the first such byte decides.
"""

from __future__ import annotations

import re
import sys
from functools import cache

from . import refusals
from .refusals import refusal

TOKEN = rb"!#$%&'*+\-.^_`|~0-9A-Za-z"
TARGET = rb"!-~"
VALUE = rb"\t -~\x80-\xff"

FIELD = re.compile(rb"([^:]+):[\t ]*([^\r]*)\r\n")
NOT_TOKEN = re.compile(rb"[^%b]" % TOKEN)
NOT_TARGET = re.compile(rb"[^%b]" % TARGET)
NOT_VALUE = re.compile(rb"[^%b]" % VALUE)
ANY = re.compile(rb"[\x00-\xff]")
# After a name or a value there is nothing to backtrack to; an engine that knows that needs a sixth
# less time for a browser's head. Python 3.10 has no such quantifier.
ALL = b"++" if sys.version_info >= (3, 11) else b"+"
ANY_NUMBER = b"*+" if sys.version_info >= (3, 11) else b"*"

VERSION = b"HTTP/0.0"
DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
HTAB, LF, CR, SPACE, COLON, ONE = b"\t\n\r :1"
NONE_YET = -1
# Bytes of the empty lines that are skipped before a request line (RFC 9112 section 2.2).
EMPTY_LINES = len(b"\r\n" * 4)

# Names that are common in requests; all requests share one object for each.
NAMES = b"""
    accept accept-encoding accept-language authorization cache-control connection
    content-length content-type cookie dnt expect forwarded host if-modified-since
    if-none-match keep-alive origin pragma priority range referer sec-ch-ua sec-ch-ua-mobile
    sec-ch-ua-platform sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user
    sec-websocket-extensions sec-websocket-key sec-websocket-protocol sec-websocket-version
    te traceparent transfer-encoding upgrade upgrade-insecure-requests user-agent via
    x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip x-request-id x-requested-with
"""
LOWER_NAMES: dict[bytes, bytes] = {
    spelling: name for name in NAMES.split() for spelling in (name, name.title())
}


@cache
def head_pattern(most_fields: int) -> re.Pattern[bytes]:
    """Groups: method, target, minor version, all field lines."""
    return re.compile(
        rb"(?:\r\n){0,4}([%b]+) ([%b]+) HTTP/1\.([0-9])\r\n((?:[%b]%b:[%b]%b\r\n){0,%d})\r\n"
        % (TOKEN, TARGET, TOKEN, ALL, VALUE, ANY_NUMBER, most_fields)
    )


def split_fields(block: bytes) -> list[tuple[bytes, bytes]]:
    """The fields of a block that the pattern has matched: names in lower case, values stripped."""
    return [
        (LOWER_NAMES.get(name) or name.lower(), value.rstrip(b"\t "))
        for name, value in FIELD.findall(block)
    ]


class HeadScanner:
    """Finds one head after the other: find()."""

    def __init__(self, limit_line: int, limit_head: int, limit_fields: int) -> None:
        self.limit_line = limit_line
        self.limit_head = limit_head
        self.limit_fields = limit_fields
        self.pattern = head_pattern(limit_fields)
        self.longest = EMPTY_LINES + limit_line + limit_head + len("\r\n\r\n")
        # A head of this size is within both limits, whatever is in it.
        self.harmless = min(limit_line, limit_head)
        self.restart()

    def restart(self) -> None:
        self.step = 0  # the next one of STEPS
        self.at = 0  # the first byte not looked at
        self.begin = 0  # where the request line begins, later where the field lines do
        self.part = 0  # where the method, target, version, name or value begins
        self.fields = 0

    def find(self, data: bytes, start: int) -> re.Match[bytes] | None:
        """The match of the pattern at `start`, or None while the end of the head is missing.

        After None, the next call begins at the same byte, which is then the first of `data`.
        """
        if self.step == 0:
            match = self.pattern.match(data, start, start + self.longest)
            if match is not None and (
                match.end() - start <= self.harmless or self.within_limits(match)
            ):
                return match
            data = data[start:]
        while self.step < len(STEPS):
            if not STEPS[self.step](self, data):
                return None
        self.restart()
        return self.pattern.match(data)

    def within_limits(self, match: re.Match[bytes]) -> bool:
        begin, end = match.span(4)
        return (
            begin - match.start(1) - len("\r\n") <= self.limit_line
            and end - begin <= self.limit_head
        )

    # What the steps share.

    def pass_byte(self) -> bool:
        self.at += 1
        self.part = self.at
        self.step += 1
        return True

    def next_in_line(self, data: bytes, stops: re.Pattern[bytes]) -> int:
        """The next byte that `stops` matches, or NONE_YET. Reads up to the end of the line."""
        limit = self.begin + self.limit_line
        return self.next_byte(data, stops, limit + 1, limit, refusals.LINE_TOO_LONG)

    def next_in_block(self, data: bytes, stops: re.Pattern[bytes]) -> int:
        limit = self.begin + self.limit_head
        return self.next_byte(data, stops, limit, limit, refusals.BLOCK_TOO_LONG)

    def next_byte(
        self, data: bytes, stops: re.Pattern[bytes], end: int, limit: int, too_long: int
    ) -> int:
        match = stops.search(data, self.at, end)
        if match is not None:
            self.at = match.start()
            return data[self.at]
        if len(data) > limit:
            raise refusal(too_long)
        self.at = len(data)
        return NONE_YET

    # One step for each place in the grammar, in this order; returns whether its end was found.

    def read_empty_lines(self, data: bytes) -> bool:
        at = 0
        while at < EMPTY_LINES and data[at : at + 1] == b"\r":
            if len(data) == at + 1:
                return False
            if data[at + 1] != LF:
                raise refusal(refusals.BAD_LINE_END)
            at += 2
        if at == len(data):
            return False
        self.begin = self.part = self.at = at
        self.step += 1
        return True

    def read_method(self, data: bytes) -> bool:
        byte = self.next_in_line(data, NOT_TOKEN)
        if byte == NONE_YET:
            return False
        if byte == SPACE and self.at > self.part:
            return self.pass_byte()
        at_line_end = self.at == self.part and byte in (CR, LF)
        raise refusal(refusals.BAD_LINE_END if at_line_end else refusals.BAD_METHOD)

    def read_target(self, data: bytes) -> bool:
        byte = self.next_in_line(data, NOT_TARGET)
        if byte == NONE_YET:
            return False
        if byte == SPACE and self.at > self.part:
            return self.pass_byte()
        at_line_end = self.at > self.part and byte in (CR, LF)
        raise refusal(refusals.BAD_VERSION if at_line_end else refusals.BAD_TARGET)

    def read_version(self, data: bytes) -> bool:
        limit = self.begin + self.limit_line
        version = data[self.part : min(self.part + len(VERSION), limit + 1)]
        if not VERSION.startswith(version.translate(DIGITS_TO_ZERO)):
            raise refusal(refusals.BAD_VERSION)
        if len(version) < len(VERSION):
            if len(data) > limit:
                raise refusal(refusals.LINE_TOO_LONG)
            return False
        if version[5] != ONE:
            raise refusal(refusals.OTHER_VERSION)
        self.at = self.part + len(VERSION)
        self.step += 1
        return True

    def read_line_cr(self, data: bytes) -> bool:
        byte = self.next_in_line(data, ANY)
        if byte == NONE_YET:
            return False
        if byte == CR:
            return self.pass_byte()
        raise refusal(refusals.BAD_LINE_END if byte == LF else refusals.BAD_VERSION)

    def read_line_lf(self, data: bytes) -> bool:
        if not self.read_last_lf(data):
            return False
        self.begin = self.at
        return True

    def read_field_start(self, data: bytes) -> bool:
        if self.at == len(data):
            return False
        if data[self.at] == CR:
            self.at += 1
            self.step = LAST_LF
            return True
        if self.at == self.begin + self.limit_head:
            raise refusal(refusals.BLOCK_TOO_LONG)
        if self.fields == self.limit_fields:
            raise refusal(refusals.TOO_MANY_FIELDS)
        self.fields += 1
        self.part = self.at
        self.step += 1
        return True

    def read_name(self, data: bytes) -> bool:
        byte = self.next_in_block(data, NOT_TOKEN)
        if byte == NONE_YET:
            return False
        if self.at > self.part:
            if byte == COLON:
                return self.pass_byte()
        elif byte in (SPACE, HTAB):
            raise refusal(refusals.OBS_FOLD)
        elif byte == LF:
            raise refusal(refusals.BAD_LINE_END)
        raise refusal(refusals.BAD_NAME)

    def read_value(self, data: bytes) -> bool:
        byte = self.next_in_block(data, NOT_VALUE)
        if byte == NONE_YET:
            return False
        if byte == CR:
            return self.pass_byte()
        raise refusal(refusals.BAD_LINE_END if byte == LF else refusals.BAD_VALUE)

    def read_value_lf(self, data: bytes) -> bool:
        byte = self.next_in_block(data, ANY)
        if byte == NONE_YET:
            return False
        if byte != LF:
            raise refusal(refusals.BAD_LINE_END)
        self.at += 1
        self.step = FIELD_START
        return True

    def read_last_lf(self, data: bytes) -> bool:
        if self.at == len(data):
            return False
        if data[self.at] != LF:
            raise refusal(refusals.BAD_LINE_END)
        return self.pass_byte()


STEPS = (
    HeadScanner.read_empty_lines,
    HeadScanner.read_method,
    HeadScanner.read_target,
    HeadScanner.read_version,
    HeadScanner.read_line_cr,
    HeadScanner.read_line_lf,
    HeadScanner.read_field_start,
    HeadScanner.read_name,
    HeadScanner.read_value,
    HeadScanner.read_value_lf,
    HeadScanner.read_last_lf,
)
FIELD_START = STEPS.index(HeadScanner.read_field_start)
LAST_LF = STEPS.index(HeadScanner.read_last_lf)
