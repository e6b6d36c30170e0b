"""Feeds HTTP/2 frames at random to every codec, and compares what they tell and what they write.

    python tests/fuzz/http2_differential.py --seconds 60 --seed 1

A connection is a dozen frames of tests/fuzz/http2_frames.py, whole for the first codec, in random
pieces for the others. Where several things are wrong with one frame, any of them may be the reason;
its code and its scope may not differ.

A finding is printed in its shortest form, as frames for a new case; the exit code is then 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.cases import http2
from tests.codecs.http2_driving import (
    Driver,
    NewHttp2Codec,
    Outcome,
    all_http2_codecs,
    engine_name,
    http2_codec_maker,
)
from tests.fuzz.differential import main
from tests.fuzz.http2_frames import any_frames


def heard(new_codec: NewHttp2Codec, pieces: list[bytes], answers: bool) -> Outcome:
    """Without reasons."""
    driver = Driver(new_codec(), answers)
    for piece in (http2.PREFACE + http2.settings(), *pieces):
        driver.feed(piece)
    outcome = driver.outcome
    outcome.events = [
        event._replace(reason="any" if event.reason else "")
        if isinstance(event, http2.Reset)
        else event
        for event in outcome.events
    ]
    if outcome.ended is not None:
        outcome.ended = outcome.ended[0], "any"
    return outcome


class Comparison:
    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.makers = {engine_name(each): http2_codec_maker(each) for each in all_http2_codecs()}

    def pieces(self, data: bytes) -> list[bytes]:
        cuts = sorted(self.chance.randrange(len(data) + 1) for _ in range(3))
        return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]

    def difference(self, parts: list[bytes], answers: bool) -> str:
        """Two lines that should say the same, or an empty text."""
        first: tuple[str, Outcome] | None = None
        data = b"".join(parts)
        for name, new_codec in self.makers.items():
            outcome = heard(new_codec, self.pieces(data) if first else [data], answers)
            first = first or (name, outcome)
            if outcome != first[1]:
                return f"{first[0]}: {first[1]}\n{name}: {outcome}"
        return ""


def fewest(parts: list[bytes], differs: Callable[[list[bytes]], str]) -> list[bytes]:
    """Without the frames that make no difference."""
    at = 0
    while at < len(parts):
        fewer = parts[:at] + parts[at + 1 :]
        if differs(fewer):
            parts = fewer
        else:
            at += 1
    return parts


def findings(seed: int, go_on: Callable[[int], bool]) -> list[str]:
    """Runs while go_on(number of connections so far), up to ten findings."""
    chance = Random(seed)
    comparison = Comparison(chance)
    found: list[str] = []
    count = 0
    while go_on(count) and len(found) < 10:
        parts, answers = any_frames(chance), chance.random() < 0.5
        count += 1
        text = comparison.difference(parts, answers)
        if text:
            differs = partial(comparison.difference, answers=answers)
            parts = fewest(parts, differs)
            found.append(f"{parts!r}, answers: {answers}\n{differs(parts) or text}")
    return found


if __name__ == "__main__":
    sys.exit(main(__doc__, findings))
