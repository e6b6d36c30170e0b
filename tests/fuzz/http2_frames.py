"""HTTP/2 frames at random for http2_differential.py: nearly right ones in a wrong order."""

from __future__ import annotations

from random import Random

from tests.cases.http2 import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HAS_PRIORITY,
    PADDED,
    PING,
    PRIORITY,
    UNKNOWN,
    Field,
    added,
    depends,
    frame,
    headers,
    indexed,
    literal,
    padded,
    priority_update,
    pseudo,
    reset,
    settings,
    table_size,
    window_update,
)

NAMES = [
    *(b":method", b":scheme", b":path", b":authority", b":protocol", b"host", b"cookie", b"te"),
    *(b"content-length", b"expect", b"priority", b"connection", b"x", b"X", b"x y", b""),
]
VALUES = [
    *(b"GET", b"CONNECT", b"OPTIONS", b"/", b"*", b"http", b"a", b"a:1", b"[::1]:80", b"u@a"),
    *(b"5", b"0", b"trailers", b"u=1, i", b"100-continue", b"websocket", b"a b", b" a", b""),
    b"\xff",
]
FLAGS = [END_HEADERS, END_HEADERS | END_STREAM, END_HEADERS | END_STREAM, END_STREAM, 0]


def any_fields(chance: Random) -> list[Field]:
    given = list(pseudo()) if chance.random() < 0.7 else []
    given += [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.randrange(3))]
    if given and chance.random() < 0.2:
        chance.shuffle(given)
    if given and chance.random() < 0.2:
        given.pop(chance.randrange(len(given)))
    if given and chance.random() < 0.3:
        at = chance.randrange(len(given))
        given[at] = given[at][0], chance.choice(VALUES)
    return given


def any_block(chance: Random) -> bytes:
    parts = []
    if chance.random() < 0.1:
        parts.append(table_size(chance.choice([0, 40, 100, 4096, 4097])))
    for field in any_fields(chance):
        parts.append(chance.choice([literal, literal, added])(*field))
        if chance.random() < 0.1:
            parts.append(indexed(chance.choice([0, 2, 4, 5, 7, 15, 61, 62, 63, 64, 70])))
    return b"".join(parts)


def any_headers(chance: Random, stream: int) -> bytes:
    flags, block = chance.choice(FLAGS), any_block(chance)
    if chance.random() < 0.1:
        block, flags = depends(chance.choice([0, stream])) + block, flags | HAS_PRIORITY
    if chance.random() < 0.1:
        block, flags = padded(block, chance.randrange(5)), flags | PADDED
    behind = b""
    if not flags & END_HEADERS and chance.random() < 0.8:
        behind = frame(CONTINUATION, END_HEADERS, stream)
    return headers(stream, block, flags) + behind


def any_data(chance: Random, stream: int) -> bytes:
    content = bytes(chance.choice([0, 1, 2, 5, 5, 100, 16384]))
    flags = chance.choice([0, 0, END_STREAM])
    if chance.random() < 0.2:
        content, flags = padded(content[:100], chance.randrange(9)), flags | PADDED
    return frame(DATA, flags, stream, content)


def any_setting(chance: Random) -> tuple[int, int]:
    return chance.randrange(10), chance.choice(
        [0, 1, 2, 100, 65535, 16384, 2**24, 2**31 - 1, 2**31]
    )


def any_frame(chance: Random) -> bytes:
    stream = chance.choice([1, 1, 1, 3, 3, 5, 7, 9, 11, 13, 15, 0, 2])
    increment = chance.choice([0, 1, 5000, 2**31 - 1, 2**31 - 1 - 65535])
    ping = frame(PING, chance.choice([0, ACK]), 0, bytes(chance.choice([8, 8, 8, 7])))
    priority = chance.choice([depends(0), depends(stream), depends(3), bytes(4)])
    update = chance.choice([0, 1, 2, 3, 5, 9, 17]), chance.choice([b"u=1", b"i", b"", b"u", b"!"])
    return chance.choice(
        [
            *(any_headers(chance, stream) for _ in range(4)),
            *(any_data(chance, stream) for _ in range(2)),
            reset(stream),
            window_update(stream, increment),
            settings(*(any_setting(chance) for _ in range(chance.randrange(3)))),
            chance.choice([frame(PRIORITY, 0, stream, priority), priority_update(*update)]),
            chance.choice([ping, frame(UNKNOWN, 0, stream, b"x")]),
        ]
    )


def any_frames(chance: Random) -> list[bytes]:
    return [any_frame(chance) for _ in range(chance.randrange(1, 14))]
