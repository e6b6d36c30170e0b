"""Feeds mutated requests to every codec, and compares what they tell.

    python tests/fuzz/differential.py --seconds 60 --seed 1

An input is one or two cases of tests/cases, mutated by what is known to split parsers, cut
into random pieces, and read under the usual limits or under tight ones. Two things must hold:

1.  Every codec tells the same, requests and refusal, whatever the pieces.
2.  A witness that shares no code with any of them, plain h11, may refuse what they take or
    take what they refuse, but never sees another request or another body in the same bytes.

A finding is printed in its shortest form, as bytes for a new case; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.cases.http1 import LIMITS, Request
from tests.cases.http1_requests import CASES
from tests.codecs.driving import Outcome, all_codecs, codec_maker, drive
from tests.fuzz.witness import witnessed

Limits = tuple[int, int, int]

SEEDS = [case.data for case in CASES if len(case.data) <= 1000]
ALL_LIMITS: list[Limits] = [LIMITS, LIMITS, (40, 80, 4), (20, 40, 2), (100, 60, 3)]

PARTS = [
    *(b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\n\r", b"\r\n" * 3, b"\r\n ", b"\r\n\t", b" ", b"\t"),
    *(b"\x00", b"\x0b", b"\x0c", b"\x7f", b"\x80", b"\xff", b"\xa0", b"\x85", b":", b" : ", b";"),
    *(b",", b"=", b'"', b"\\", b"+", b"-", b"_", b"/", b"*", b"?", b"#", b"@", b"[", b"]", b"%"),
    *(b"0", b"1", b"5", b"9", b"a", b"F", b"x", b"0x", b"a:1", b"a" * 30, b"http://"),
    *(b"ffffffffffffffff", b"7fffffffffffffff", b"999999999999999999"),
    *(b"Host", b"Content-Length", b"Transfer-Encoding", b"chunked", b"identity", b"close"),
    *(b"Host: a\r\n", b"Host: b\r\n", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n", b"X: y\r\n"),
    *(b"Connection: close\r\n", b"Connection: upgrade\r\n", b"Upgrade: h2c\r\n", b"upgrade"),
    *(b"Expect: 100-continue\r\n", b"a:\r\n" * 5, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    *(b"GET", b"POST", b"CONNECT", b"OPTIONS", b"PRI"),
    *(b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.2"),
    *(b"5\r\nhello\r\n", b"a\r\n0123456789\r\n", b"0\r\n\r\n", b";a=b", b';a="b"'),
]


class Mutator:
    """One input after the other out of a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.ways: list[Callable[[bytes], bytes]] = [
            *(self.insert, self.insert, self.insert, self.overwrite, self.flip, self.delete),
            *(self.repeat, self.swap_case, self.swap_lines, self.splice, self.cut),
        ]

    def next_input(self) -> tuple[bytes, Limits]:
        data = self.chance.choice(SEEDS)
        for _ in range(self.chance.choice((0, 1, 1, 1, 2, 2, 3, 5))):
            data = self.chance.choice(self.ways)(data)
        return data[:4000], self.chance.choice(ALL_LIMITS)

    def pieces(self, data: bytes) -> list[bytes]:
        """At once, byte by byte, or cut anywhere."""
        way = self.chance.randrange(4)
        if way == 0 or len(data) < 2:
            return [data]
        if way == 1:
            cuts = list(range(1, len(data)))
        else:
            cuts = sorted(self.chance.randrange(1, len(data)) for _ in range(way * way))
        return [data[i:j] for i, j in zip([0, *cuts], [*cuts, len(data)], strict=True)]

    def place(self, data: bytes) -> int:
        """Anywhere, more often at the borders of lines and words."""
        at = self.chance.randrange(len(data) + 1)
        if self.chance.random() < 0.5:
            borders = [i for i, byte in enumerate(data) if byte in b"\r\n :;,"]
            at = self.chance.choice(borders or [at]) + self.chance.randrange(2)
        return at

    def insert(self, data: bytes) -> bytes:
        at = self.place(data)
        return data[:at] + self.chance.choice(PARTS) + data[at:]

    def overwrite(self, data: bytes) -> bytes:
        at = self.place(data)
        part = self.chance.choice(PARTS)
        return data[:at] + part + data[at + len(part) :]

    def flip(self, data: bytes) -> bytes:
        at = self.place(data)
        return data[:at] + bytes([self.chance.randrange(256)]) + data[at + 1 :]

    def delete(self, data: bytes) -> bytes:
        at = self.place(data)
        return data[:at] + data[at + self.chance.choice((1, 1, 2, 5, 20)) :]

    def repeat(self, data: bytes) -> bytes:
        at, end = sorted((self.place(data), self.place(data)))
        return data[:at] + data[at:end] * self.chance.choice((2, 3, 20)) + data[end:]

    def swap_case(self, data: bytes) -> bytes:
        at, end = sorted((self.place(data), self.place(data)))
        return data[:at] + data[at:end].swapcase() + data[end:]

    def swap_lines(self, data: bytes) -> bytes:
        lines = data.split(b"\r\n")
        self.chance.shuffle(lines)
        return b"\r\n".join(lines)

    def splice(self, data: bytes) -> bytes:
        other = self.chance.choice(SEEDS)
        return data[: self.place(data)] + other[self.place(other) :]

    def cut(self, data: bytes) -> bytes:
        return data[: self.place(data)] + self.chance.choice(SEEDS)


class Comparison:
    """All codecs, and the witness, on the same bytes."""

    def __init__(self, mutator: Mutator) -> None:
        self.pieces = mutator.pieces
        self.makers = {
            limits: {
                f"{name} of {package}": codec_maker(package, name, limits)
                for package, name in all_codecs()
            }
            for limits in ALL_LIMITS
        }

    def difference(self, data: bytes, limits: Limits) -> str:
        """Two lines that should say the same, or an empty text."""
        first: tuple[str, Outcome] | None = None
        for name, new_codec in self.makers[limits].items():
            # A codec may wait for the end of a line before it looks at it again.
            outcome = drive(new_codec(), [*self.pieces(data), b"\r\n"])
            first = first or (name, outcome)
            if outcome != first[1]:
                return f"{first[0]}: {first[1]}\n{name}: {outcome}"
        assert first
        return self.contradiction(data + b"\r\n", first[1].requests)

    def contradiction(self, data: bytes, requests: list[Request]) -> str:
        told = [(r.method, r.target, r.body if r.ended else None) for r in requests]
        seen, refused = witnessed(data, len(told))
        if seen == (told[: len(seen)] if refused else told):
            return ""
        return f"told: {told}\nseen by h11: {seen}"

    def difference_in_any_pieces(self, data: bytes, limits: Limits) -> str:
        tries = (self.difference(data, limits) for _ in range(20))
        return next(filter(None, tries), "")


def shortest(data: bytes, differs: Callable[[bytes], object]) -> bytes:
    """Leaves out what is not needed, in ever smaller pieces."""
    size = len(data) // 2
    while size > 0:
        at = 0
        while at < len(data):
            less = data[:at] + data[at + size :]
            if differs(less):
                data = less
            else:
                at += size
        size //= 2
    return data


def findings(seed: int, go_on: Callable[[int], bool]) -> list[str]:
    """Runs while go_on(number of inputs so far), up to ten findings."""
    mutator = Mutator(seed)
    comparison = Comparison(mutator)
    found: list[str] = []
    count = 0
    while go_on(count) and len(found) < 10:
        data, limits = mutator.next_input()
        count += 1
        text = comparison.difference(data, limits)
        if text:
            differs = partial(comparison.difference_in_any_pieces, limits=limits)
            data = shortest(data, differs)
            found.append(f"{data!r} under the limits {limits}\n{differs(data) or text}")
    return found


def main(page: str | None, findings: Callable[[int, Callable[[int], bool]], list[str]]) -> int:
    """The command line of a fuzzer: `page` is its docstring, `findings` what it does."""
    parser = argparse.ArgumentParser(description=(page or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    inputs = 0

    def go_on(count: int) -> bool:
        nonlocal inputs
        inputs = count
        return time.monotonic() < end

    found = findings(options.seed, go_on)
    print(*found, f"{inputs} inputs, {len(found)} differences", sep="\n\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, findings))
