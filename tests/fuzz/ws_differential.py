"""Feeds mutated WebSocket frames to every codec, and compares what they tell.

    python tests/fuzz/ws_differential.py --seconds 60 --seed 1

An input is a case of tests/cases or a few frames thrown together, mutated, cut into random
pieces, and read with and without compression, under the usual limit or under tight ones. Two
things must hold:

1.  Every codec tells the same, messages and refusal, whatever the pieces.
2.  A witness that shares no code with any of them, plain wsproto, may refuse what they take or
    take what they refuse, but never sees another message in the same bytes. It reads what is
    not compressed.

A finding is printed in its shortest form, as bytes for a new case; the exit code is then 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.cases.websocket import LIMIT, Event, Extension
from tests.codecs.ws_driving import Outcome, all_ws_codecs, drive, ws_codec_maker
from tests.fuzz.differential import main, shortest
from tests.fuzz.ws_frames import FrameMutator
from tests.fuzz.ws_witness import witnessed


class Terms(NamedTuple):
    """Under which a connection is read."""

    limit: int = LIMIT
    extension: Extension | None = None


ALL_TERMS = [
    Terms(),
    Terms(extension=Extension()),
    Terms(20),
    Terms(20, Extension()),
    Terms(300, Extension(9)),
    Terms(extension=Extension(15, takeover=False)),
]


class Comparison:
    """All codecs, and the witness, on the same bytes."""

    def __init__(self, mutator: FrameMutator) -> None:
        self.pieces = mutator.pieces
        self.makers = {
            terms: {
                f"{name} of {package}": ws_codec_maker((package, name), *terms)
                for package, name in all_ws_codecs()
            }
            for terms in ALL_TERMS
        }

    def difference(self, data: bytes, terms: Terms) -> str:
        """Two lines that should say the same, or an empty text."""
        first: tuple[str, Outcome] | None = None
        for name, new_codec in self.makers[terms].items():
            outcome = drive(new_codec(), self.pieces(data))
            first = first or (name, outcome)
            if outcome != first[1]:
                return f"{first[0]}: {first[1]}\n{name}: {outcome}"
        assert first
        return "" if terms.extension else self.contradiction(data, first[1].events)

    def contradiction(self, data: bytes, told: list[Event]) -> str:
        seen, refused = witnessed(data, len(told))
        if seen == (told[: len(seen)] if refused else told):
            return ""
        return f"told: {told}\nseen by wsproto: {seen}"

    def difference_in_any_pieces(self, data: bytes, terms: Terms) -> str:
        tries = (self.difference(data, terms) for _ in range(20))
        return next(filter(None, tries), "")


def findings(seed: int, go_on: Callable[[int], bool]) -> list[str]:
    """Runs while go_on(number of inputs so far), up to ten findings."""
    mutator = FrameMutator(seed)
    comparison = Comparison(mutator)
    found: list[str] = []
    count = 0
    while go_on(count) and len(found) < 10:
        terms = mutator.chance.choice(ALL_TERMS)
        data = mutator.next_frames(extended=terms.extension is not None)
        count += 1
        text = comparison.difference(data, terms)
        if text:
            differs = partial(comparison.difference_in_any_pieces, terms=terms)
            data = shortest(data, differs)
            found.append(f"{data!r} under {terms}\n{differs(data) or text}")
    return found


if __name__ == "__main__":
    sys.exit(main(__doc__, findings))
