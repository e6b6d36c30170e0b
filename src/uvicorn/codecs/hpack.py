"""Header compression (RFC 7541) over hpack, which has the static table and the Huffman code.

Its decoder is not used: for each literal it copies all that follows, so that a block of 128 kB of
small fields takes it 0.2 s, and this one 0.02; it does not tell what is wrong; and it stops at the
limit for a list, behind which no other block can be read. Its encoder looks through its table for
each field, which costs more than the bytes that it saves: fields are ready bytes here, and never in
the client's table.
"""

from __future__ import annotations

from collections import deque

from hpack.exceptions import HPACKError
from hpack.huffman_table import decode_huffman
from hpack.table import HeaderTable

from ..errors import ProtocolError
from ..wire import H2_COMPRESSION_ERROR
from . import http2_refusals as why

Field = tuple[bytes, bytes]

STATIC: tuple[Field, ...] = ((b"", b""), *HeaderTable.STATIC_TABLE)
FIRST_DYNAMIC = len(STATIC)
# Section 4.1; and RFC 9113 section 6.5.2: a server that sends no SETTINGS_HEADER_TABLE_SIZE.
OVERHEAD = 32
LARGEST_TABLE = 4096

STATIC_FIELDS = {field: index for index, field in enumerate(STATIC) if index and field[1]}
STATIC_NAMES = {STATIC[index][0]: index for index in range(FIRST_DYNAMIC - 1, 0, -1)}

# An encoder that keeps nothing says so once, in front of its first field (section 4.2).
NO_TABLE = b"\x20"


def broken(reason: int) -> ProtocolError:
    return ProtocolError(H2_COMPRESSION_ERROR, why.REASONS[reason])


class Decoder:
    """decode() one block after the other. Behind it, `excess` is the error for a list that has
    more than these bytes or fields, or None. `changes` goes up with each change of the table."""

    def __init__(self, most_bytes: int, most_fields: int) -> None:
        self.most_bytes = most_bytes
        self.most_fields = most_fields
        self.excess: tuple[int, str] | None = None
        # The dynamic table, the newest entry first.
        self.entries: deque[Field] = deque()
        self.size = 0
        self.limit = LARGEST_TABLE
        self.changes = 0

    def decode(self, block: bytes) -> list[Field]:
        """The fields. Of those beyond the limits, only what they put into the table is kept."""
        try:
            return self.read_fields(block, self.read_sizes(block))
        except IndexError:
            raise broken(why.CUT_SHORT) from None

    def read_sizes(self, block: bytes) -> int:
        at = 0
        while at < len(block) and block[at] & 0xE0 == 0x20:
            self.limit, at = read_integer(block, at, 0x1F)
            if self.limit > LARGEST_TABLE:
                raise broken(why.BAD_SIZE)
            self.evict(self.limit)
            self.changes += 1
        return at

    def read_fields(self, block: bytes, at: int) -> list[Field]:
        fields: list[Field] = []
        self.excess = None
        left = self.most_bytes
        size = len(block)
        while at < size:
            first = block[at]
            if 0x80 < first < 0xFF:
                # What a client sends again, in one byte.
                field = self.entry(first & 0x7F)
                at += 1
            else:
                field, at = self.read_field(block, at)
            left -= len(field[0]) + len(field[1]) + OVERHEAD
            if self.excess is not None:
                continue
            if left < 0:
                self.excess = why.LIST_TOO_LARGE
            elif len(fields) == self.most_fields:
                self.excess = why.TOO_MANY_FIELDS
            else:
                fields.append(field)
        return fields

    def read_field(self, block: bytes, at: int) -> tuple[Field, int]:
        """Section 6, by the bits at the start."""
        first = block[at]
        if first >= 0x80:
            index, at = read_integer(block, at, 0x7F)
            return self.entry(index), at
        if first & 0xE0 == 0x20:
            raise broken(why.MISPLACED_SIZE)
        index, at = read_integer(block, at, 0x3F if first >= 0x40 else 0x0F)
        if index:
            name = self.entry(index)[0]
        else:
            name, at = read_string(block, at)
        value, at = read_string(block, at)
        field = name, value
        if first >= 0x40:
            self.add(field)
        return field, at

    def entry(self, index: int) -> Field:
        if 0 < index < FIRST_DYNAMIC:
            return STATIC[index]
        index -= FIRST_DYNAMIC
        if not 0 <= index < len(self.entries):
            raise broken(why.BAD_INDEX)
        return self.entries[index]

    def add(self, field: Field) -> None:
        size = len(field[0]) + len(field[1]) + OVERHEAD
        self.changes += 1
        self.evict(max(self.limit - size, 0))
        if size <= self.limit:
            self.entries.appendleft(field)
            self.size += size

    def evict(self, most: int) -> None:
        while self.size > most:
            name, value = self.entries.pop()
            self.size -= len(name) + len(value) + OVERHEAD


def read_integer(block: bytes, at: int, most: int) -> tuple[int, int]:
    """Section 5.1: a number, of at most four bytes behind its prefix, and where it ends."""
    number = block[at] & most
    at += 1
    if number < most:
        return number, at
    for shift in (0, 7, 14, 21):
        byte = block[at]
        at += 1
        number += (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise broken(why.BAD_INTEGER)


def read_string(block: bytes, at: int) -> tuple[bytes, int]:
    in_huffman = block[at] >= 0x80
    size, at = read_integer(block, at, 0x7F)
    end = at + size
    if end > len(block):
        raise broken(why.CUT_SHORT)
    value = block[at:end]
    if in_huffman:
        try:
            value = decode_huffman(value)
        except HPACKError:
            raise broken(why.BAD_HUFFMAN) from None
    return value, end


def encode(name: bytes, value: bytes) -> bytes:
    """A field in as few bytes as a literal without Huffman code takes."""
    index = STATIC_FIELDS.get((name, value))
    if index is not None:
        return integer(index, 0x7F, 0x80)
    index = STATIC_NAMES.get(name)
    start = integer(index, 0x0F) if index else b"\x00" + integer(len(name), 0x7F) + name
    return start + integer(len(value), 0x7F) + value


def integer(number: int, most: int, first: int = 0) -> bytes:
    if number < most:
        return bytes((first | number,))
    parts = [first | most]
    number -= most
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*parts, number))
