"""Mutated WebSocket frames for ws_differential.py, one input after the other out of a seed.

The bytes of a payload are masked, so what splits readers of frames has to be put in before that:
most inputs are frames that are nearly right, of payloads that are nearly right.
"""

from __future__ import annotations

from tests.cases.websocket import (
    BINARY,
    CLOSE,
    FIN,
    KEY,
    MASKED,
    OPCODES,
    PING,
    RSV1,
    TEXT,
    deflated,
    ended_stream,
    frame,
    header,
    masked,
)
from tests.cases.websocket_closes import BAD_REASONS, REASONS
from tests.cases.websocket_messages import CASES
from tests.cases.websocket_texts import CUT_SHORT, INVALID
from tests.fuzz.differential import Mutator

SEEDS = [case.data for case in CASES if len(case.data) <= 1000]
CODES = (0, 999, 1000, 1001, 1004, 1005, 1006, 1014, 1015, 2999, 3000, 4999, 5000, 65535)
WORDS = [b"Hello", b"Hello, Hello", "κόσμε 世界 👨‍👩‍👧".encode(), b"x" * 21, b"y" * 301, b""]
COMPRESSED = [
    *deflated(*WORDS, *WORDS),
    *(ended_stream(word) for word in WORDS),
    *(ended_stream(word) + b"\0" for word in WORDS),
    *deflated(bytes(21), bytes(301), bytes(100_001), bytes(20)),
    *deflated(*INVALID.values()),
    *(b"\x00", b"\x01", b"\x03\x00", b"\x02", b"\xf2\x00\x11\x00\x00", b"\x06"),
]
PAYLOADS = [
    *(b"", b"", b"a", b"ab", b"b" * 19, b"b" * 20, b"b" * 125, b"b" * 126, b"b" * 300),
    *(WORDS + COMPRESSED + COMPRESSED),
    *INVALID.values(),
    *CUT_SHORT.values(),
    *(data[at:] for data in WORDS[:3] for at in (1, 2, 3)),
    *(code.to_bytes(2, "big") for code in CODES),
    *(b"\x03\xe8" + reason for reason in (*REASONS.values(), *BAD_REASONS.values())),
]
LENGTHS = (0, 1, 125, 126, 127, 255, 65535, 65536, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


class FrameMutator(Mutator):
    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.extended = False
        self.inside = False  # of a message in fragments
        self.ways = [
            *(self.insert, self.insert, self.overwrite, self.flip, self.flip_bit, self.flip_bit),
            *(self.delete, self.repeat, self.splice, self.cut),
        ]

    def next_frames(self, extended: bool) -> bytes:
        """With `extended`, many messages are marked as compressed."""
        self.extended = extended
        self.inside = False
        if self.chance.random() < 0.3:
            data = self.chance.choice(SEEDS)
        else:
            count = self.chance.choice((1, 2, 3, 5, 8))
            data = b"".join(self.next_frame() for _ in range(count))
        for _ in range(self.chance.choice((0, 0, 0, 1, 1, 2, 4))):
            data = self.chance.choice(self.ways)(data)
        return data[:4000]

    def next_frame(self) -> bytes:
        """Right most of the time, and then of the message that the last one has begun."""
        opcode = self.chance.choice(
            (0, 0, 0, PING) if self.inside else (TEXT, BINARY, BINARY, PING)
        )
        if self.chance.random() < 0.1:
            opcode = self.chance.choice(list(OPCODES.values()))
        final = opcode >= CLOSE or self.chance.random() < 0.6
        marked = self.extended and opcode in (TEXT, BINARY) and self.chance.random() < 0.6
        payload = self.chance.choice(COMPRESSED if marked else WORDS)
        if self.chance.random() < 0.3:
            payload = self.chance.choice(PAYLOADS)
        if opcode >= CLOSE:
            payload = payload[:125]
        else:
            self.inside = not final
        key = self.chance.choice((KEY, b"\0\0\0\0", self.chance.randbytes(4)))
        if self.chance.random() < 0.05:
            return self.odd_frame(opcode, payload, key)
        return frame(opcode, payload, final, RSV1 if marked else 0, key)

    def odd_frame(self, opcode: int, payload: bytes, key: bytes) -> bytes:
        """Any first byte, any form of length, perhaps another length than there is."""
        first = self.chance.choice((FIN | opcode, opcode, self.chance.randrange(256)))
        length = self.chance.choice((len(payload), len(payload), self.chance.choice(LENGTHS)))
        size = self.chance.choice((1, 2, 8))
        if size == 1:
            end = bytes((MASKED | (length & 127),))
        else:
            number = length & ((1 << (8 * size)) - 1)
            end = bytes((MASKED | (126 if size == 2 else 127),)) + number.to_bytes(size, "big")
        return bytes((first,)) + end + key + masked(payload, key)

    def place(self, data: bytes) -> int:
        """Anywhere, more often in the header of a frame."""
        at = self.chance.randrange(len(data) + 1)
        if self.chance.random() < 0.6:
            at = self.chance.choice(starts(data)) + self.chance.choice((0, 0, 1, 1, 2, 3, 6))
        return min(at, len(data))

    def insert(self, data: bytes) -> bytes:
        at = self.place(data)
        return data[:at] + self.part() + data[at:]

    def overwrite(self, data: bytes) -> bytes:
        at = self.place(data)
        part = self.part()
        return data[:at] + part + data[at + len(part) :]

    def part(self) -> bytes:
        ways = (
            self.next_frame,
            lambda: self.chance.choice(PAYLOADS),
            self.some_bytes,
            self.any_header,
        )
        return self.chance.choice(ways)()

    def some_bytes(self) -> bytes:
        return self.chance.randbytes(self.chance.choice((1, 1, 2, 4, 10)))

    def any_header(self) -> bytes:
        return header(self.chance.choice((TEXT, 0, 9)), self.chance.choice(LENGTHS[:-2]))

    def flip_bit(self, data: bytes) -> bytes:
        at = self.place(data)
        if at == len(data):
            return data
        return data[:at] + bytes((data[at] ^ 1 << self.chance.randrange(8),)) + data[at + 1 :]

    def splice(self, data: bytes) -> bytes:
        other = self.chance.choice(SEEDS)
        return data[: self.place(data)] + other[self.place(other) :]

    def cut(self, data: bytes) -> bytes:
        return data[: self.place(data)] + self.next_frame()


def starts(data: bytes) -> list[int]:
    """Where frames begin, if their lengths are as they say."""
    found = [0]
    at = 0
    while at + 2 <= len(data):
        length, size = data[at + 1] & 127, 2
        if length >= 126:
            size = 4 if length == 126 else 10
            length = int.from_bytes(data[at + 2 : at + size], "big")
        at += size + length + (4 if data[at + 1] & MASKED else 0)
        if at <= len(data):
            found.append(at)
    return found
