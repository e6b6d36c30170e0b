"""What the WebSocket scenarios send: texts of a given length, and how a client compresses them."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Sequence

LETTERS = "abcdefghijklmnopqrstuvwxyz"
JSON_LENGTH = 1024
JSON_TEXTS = 32
# The window that the deflated texts need: the smallest that a server in the table agrees to.
WINDOW_BITS = 12
FULL_WINDOW = 15
TAIL = b"\x00\x00\xff\xff"


def letters(length: int) -> bytes:
    """Return ASCII text in which a part that is out of place is seen."""
    return (LETTERS * (length // len(LETTERS) + 1))[:length].encode()


def json_texts() -> tuple[bytes, ...]:
    """Return texts of 1024 bytes with the same keys and other values.

    A server that compresses with what earlier messages have taught sees a new one each time: its
    window is much smaller than all of them.
    """
    return tuple(_json_text(number) for number in range(JSON_TEXTS))


def _json_text(number: int) -> bytes:
    chance = random.Random(number)
    trades: list[dict[str, object]] = []
    document = {"type": "trades", "sequence": number, "note": "", "trades": trades}
    while True:
        row = {
            "id": number * 1000 + len(trades),
            "symbol": "".join(chance.choices(LETTERS, k=4)),
            "price": round(chance.uniform(1, 1000), 2),
            "amount": chance.randrange(1, 10_000),
            "side": chance.choice(("buy", "sell")),
        }
        trades.append(row)
        if len(json.dumps(document)) > JSON_LENGTH:
            break
    trades.pop()
    room = JSON_LENGTH - len(json.dumps(document))
    document["note"] = "".join(chance.choices(LETTERS, k=room))
    return json.dumps(document).encode()


def deflated(texts: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Return the payloads of the first turn through `texts`, and those of each later turn.

    As a client compresses them that keeps its context (RFC 7692 section 7.2.1): a later turn finds
    the end of the one before in its window, which is the same each time.
    """
    compressor = zlib.compressobj(wbits=-WINDOW_BITS)

    def turn() -> list[bytes]:
        return [
            (compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)
            for text in texts
        ]

    return turn(), turn()
