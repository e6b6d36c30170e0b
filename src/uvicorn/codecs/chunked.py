"""The chunked transfer coding (RFC 9112 section 7.1), decoded as csrc/chunked.h says.

The adapters do not use h11 or httptools for it: both accept what must be refused, both copy the
data, and a check in front of them would be a second decoder anyway.

GRAMMAR is all of it: for each state, the states that the next byte leads to, or how it is
refused. Shortcuts for plain size lines, for data and for runs in trailers save most of the steps;
the rest goes byte by byte, which only matters in bodies that are an attack.
"""

from __future__ import annotations

import re

from ..wire import CHUNK_SIZE_DIGITS
from . import refusals
from .head import NOT_TOKEN, NOT_VALUE
from .refusals import refusal

# The order counts: extensions begin at EXT_SEMICOLON, trailers at TRAILER_START.
(
    SIZE,
    MORE_SIZE,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    END_LF,
    END,
    EXT_SEMICOLON,
    EXT_NAME_START,
    EXT_NAME,
    EXT_EQUALS,
    EXT_VALUE_START,
    EXT_VALUE,
    EXT_QUOTED,
    EXT_QUOTED_PAIR,
    EXT_QUOTED_END,
    TRAILER_START,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
) = range(21)

BAD_LINE_END = refusals.CHUNK_BAD_LINE_END
BAD_EXTENSION = refusals.CHUNK_BAD_EXTENSION

ALL = bytes(range(256))
HEX = b"0123456789ABCDEFabcdef"
BLANK = b" \t"
TOKEN = NOT_TOKEN.sub(b"", ALL)
VALUE = NOT_VALUE.sub(b"", ALL)
CR, LF = b"\r\n"


def row(otherwise: int, *moves: tuple[bytes, int]) -> list[int]:
    """The state that each of the 256 bytes leads to: a later move wins."""
    table = [otherwise] * 256
    for these, target in moves:
        for byte in these:
            table[byte] = target
    return table


NO_LF = (b"\n", BAD_LINE_END)
NEXT_EXTENSION = (b";", EXT_NAME_START)
END_OF_SIZE = (b"\r", SIZE_LF)
GRAMMAR = {
    SIZE: row(refusals.CHUNK_BAD_SIZE, (HEX, MORE_SIZE)),
    MORE_SIZE: row(
        refusals.CHUNK_BAD_SIZE,
        (HEX, MORE_SIZE),
        (BLANK, EXT_SEMICOLON),
        NEXT_EXTENSION,
        END_OF_SIZE,
        NO_LF,
    ),
    SIZE_LF: row(BAD_LINE_END, (b"\n", DATA)),
    DATA_CR: row(BAD_LINE_END, (b"\r", DATA_LF)),
    DATA_LF: row(BAD_LINE_END, (b"\n", SIZE)),
    EXT_SEMICOLON: row(BAD_EXTENSION, (BLANK, EXT_SEMICOLON), NEXT_EXTENSION, NO_LF),
    EXT_NAME_START: row(BAD_EXTENSION, (BLANK, EXT_NAME_START), (TOKEN, EXT_NAME), NO_LF),
    EXT_NAME: row(
        BAD_EXTENSION,
        (TOKEN, EXT_NAME),
        (BLANK, EXT_EQUALS),
        (b"=", EXT_VALUE_START),
        NEXT_EXTENSION,
        END_OF_SIZE,
        NO_LF,
    ),
    EXT_EQUALS: row(
        BAD_EXTENSION, (BLANK, EXT_EQUALS), (b"=", EXT_VALUE_START), NEXT_EXTENSION, NO_LF
    ),
    EXT_VALUE_START: row(
        BAD_EXTENSION, (BLANK, EXT_VALUE_START), (TOKEN, EXT_VALUE), (b'"', EXT_QUOTED), NO_LF
    ),
    EXT_VALUE: row(
        BAD_EXTENSION,
        (TOKEN, EXT_VALUE),
        (BLANK, EXT_SEMICOLON),
        NEXT_EXTENSION,
        END_OF_SIZE,
        NO_LF,
    ),
    EXT_QUOTED: row(
        BAD_EXTENSION, (VALUE, EXT_QUOTED), (b'"', EXT_QUOTED_END), (b"\\", EXT_QUOTED_PAIR), NO_LF
    ),
    EXT_QUOTED_PAIR: row(BAD_EXTENSION, (VALUE, EXT_QUOTED), NO_LF),
    EXT_QUOTED_END: row(BAD_EXTENSION, (BLANK, EXT_SEMICOLON), NEXT_EXTENSION, END_OF_SIZE, NO_LF),
    TRAILER_START: row(refusals.CHUNK_BAD_TRAILER, (TOKEN, TRAILER_NAME), (b"\r", END_LF), NO_LF),
    TRAILER_NAME: row(refusals.CHUNK_BAD_TRAILER, (TOKEN, TRAILER_NAME), (b":", TRAILER_VALUE)),
    TRAILER_VALUE: row(
        refusals.CHUNK_BAD_TRAILER, (VALUE, TRAILER_VALUE), (b"\r", TRAILER_LF), NO_LF
    ),
    TRAILER_LF: row(BAD_LINE_END, (b"\n", TRAILER_START)),
    END_LF: row(BAD_LINE_END, (b"\n", END)),
}

# One digit less than the 16 that may overflow.
SIZE_LINE = rb"([0-9A-Fa-f]{1,%d})\r\n" % (CHUNK_SIZE_DIGITS - 1)
FIRST_SIZE_LINE = re.compile(SIZE_LINE)
NEXT_SIZE_LINE = re.compile(rb"\r\n" + SIZE_LINE)
LARGEST_SIZE = 2**63 - 1
RUNS = {TRAILER_NAME: NOT_TOKEN, TRAILER_VALUE: NOT_VALUE}


class ChunkedBody:
    """The body of one message. It holds only the `body` that was found last."""

    def __init__(self, max_extension: int, max_trailer: int, max_fields: int) -> None:
        self.extension_left = max_extension
        self.trailer_left = max_trailer
        self.fields_left = max_fields
        self.state = SIZE
        self.digits = 0
        self.size = 0  # bytes of the current chunk that are still to come
        self.body = b""

    def read(self, data: bytes, at: int) -> int:
        """Read bytes from `at` on, until there is a piece of body, the end, or no more bytes.

        Returns where it stopped. `body` is the piece or b"", `state` is END at the end.
        """
        self.body = b""
        while at < len(data):
            if self.state == DATA:
                return self.read_data(data, at)
            if self.state == END:
                break
            if self.state == DATA_CR or self.state == SIZE:
                plain = NEXT_SIZE_LINE if self.state == DATA_CR else FIRST_SIZE_LINE
                match = plain.match(data, at)
                if match is not None:
                    at = match.end()
                    self.size = int(match[1], 16)
                    self.state = DATA if self.size > 0 else TRAILER_START
                    continue
            at = self.skip_run(data, at) if self.state in RUNS else at
            if at < len(data):
                self.step(data[at])
                at += 1
        return at

    def read_data(self, data: bytes, at: int) -> int:
        self.body = data[at : at + self.size]
        self.size -= len(self.body)
        if self.size == 0:
            self.state = DATA_CR
        return at + len(self.body)

    def skip_run(self, data: bytes, at: int) -> int:
        """Skip bytes that do not change the state, within the trailer's limit."""
        end = min(len(data), at + self.trailer_left)
        match = RUNS[self.state].search(data, at, end)
        end = match.start() if match else end
        self.trailer_left -= end - at
        return end

    def step(self, byte: int) -> None:
        """One step of GRAMMAR."""
        state = self.state
        following = GRAMMAR[state][byte]
        if state >= TRAILER_START:
            self.count_trailer(following)
        elif state >= EXT_SEMICOLON or following >= EXT_SEMICOLON:
            if byte != CR and byte != LF:
                self.count_extension()
        elif following == MORE_SIZE:
            self.add_digit(byte)
        elif following == DATA and self.size == 0:
            following = TRAILER_START
        elif following == SIZE:
            self.digits = 0
        if following < 0:
            raise refusal(following)
        self.state = following

    def add_digit(self, byte: int) -> None:
        self.digits += 1
        self.size = self.size << 4 | int(chr(byte), 16)
        if self.digits > CHUNK_SIZE_DIGITS or self.size > LARGEST_SIZE:
            raise refusal(refusals.CHUNK_BAD_SIZE)

    def count_extension(self) -> None:
        self.extension_left -= 1
        if self.extension_left < 0:
            raise refusal(refusals.CHUNK_EXTENSION_TOO_LONG)

    def count_trailer(self, following: int) -> None:
        if self.state == TRAILER_START:
            if following != TRAILER_NAME:
                return
            self.fields_left -= 1
            if self.fields_left < 0:
                raise refusal(refusals.CHUNK_TOO_MANY_TRAILERS)
        self.trailer_left -= 1
        if self.trailer_left < 0:
            raise refusal(refusals.CHUNK_TRAILER_TOO_LONG)
