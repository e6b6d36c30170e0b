"""Cases of the length of messages: announced, summed up over fragments, inflated."""

from __future__ import annotations

from tests.cases.websocket import (
    BINARY,
    CONTINUATION,
    NO_MESSAGE,
    NOT_UTF8,
    OPCODES,
    PING,
    PONG,
    RSV1,
    TEXT,
    TOO_LONG,
    TOO_MANY_STREAMS,
    Extension,
    binary,
    close,
    closing,
    deflated,
    ended_stream,
    fragments,
    frame,
    header,
    ping,
    pong,
    refused,
    taken,
    text,
)

LONGEST = (1 << 63) - 1
LIMITS = (1, 2, 10, 125, 126, 127, 1000, 65535, 65536)
DEFLATE = Extension()

ANNOUNCED = [
    *(
        taken(f"data of {limit} bytes, which is the limit", frame(BINARY, b"b" * limit),
              binary(b"b" * limit), limit=limit)
        for limit in LIMITS
    ),
    *(
        refused(f"data of {limit + 1} bytes, one more than the limit", header(BINARY, limit + 1),
                TOO_LONG, limit=limit)
        for limit in LIMITS
    ),
    *(
        refused(f"{name} of the greatest length there is", header(opcode, LONGEST), TOO_LONG,
                limit=LONGEST - 1)
        for name, opcode in OPCODES.items()
        if opcode in (TEXT, BINARY)
    ),
    taken("a text is measured in bytes, not in letters", frame(TEXT, "€€€".encode()), text("€€€"),
          limit=9),
    refused("a text of more bytes than letters", header(TEXT, 9), TOO_LONG, limit=8),
    taken("each message has the whole limit", frame(TEXT, b"0123456789") * 5,
          *[text("0123456789")] * 5, limit=10),
    refused("a message too long behind one that is not", frame(TEXT, b"0123456789")
            + header(TEXT, 11), TOO_LONG, text("0123456789"), limit=10),
    taken("a ping is not held to the limit", frame(PING, b"p" * 125), ping(b"p" * 125), limit=1),
    taken("a pong is not held to the limit", frame(PONG, b"p" * 125), pong(b"p" * 125), limit=1),
    refused("a text too long is refused before it is seen that it is none",
            header(TEXT, 11), TOO_LONG, limit=10),
    refused("a text that is none at the limit", frame(TEXT, b"012345678\xff"), NOT_UTF8, limit=10),
]  # fmt: skip

SUMMED = [
    taken("two fragments to the limit", fragments(BINARY, b"01234", b"56789"),
          binary(b"0123456789"), limit=10),
    refused("two fragments of one byte more", frame(BINARY, b"01234", False)
            + header(CONTINUATION, 6), TOO_LONG, limit=10),
    refused("two fragments of one byte more, and another to come",
            frame(BINARY, b"01234", False) + header(CONTINUATION, 6, final=False),
            TOO_LONG, limit=10),
    taken("ten fragments to the limit", fragments(TEXT, *[b"t"] * 10), text("t" * 10), limit=10),
    refused("an eleventh fragment", fragments(TEXT, *[b"t"] * 10, final=False)
            + header(CONTINUATION, 1), TOO_LONG, limit=10),
    taken("empty fragments at the limit", fragments(TEXT, b"t" * 10, b"", b"", b""),
          text("t" * 10), limit=10),
    refused("the first fragment alone is too long", header(TEXT, 11, final=False), TOO_LONG,
            limit=10),
    refused("the second fragment has the greatest length there is",
            frame(TEXT, b"t", False) + header(CONTINUATION, LONGEST), TOO_LONG, limit=LONGEST),
    taken("what pings have does not count",
          frame(TEXT, b"01234", False) + frame(PING, b"p" * 100) + frame(CONTINUATION, b"56789"),
          ping(b"p" * 100), text("0123456789"), limit=10),
    taken("each message in fragments has the whole limit",
          fragments(TEXT, b"01234", b"56789") * 3, *[text("0123456789")] * 3, limit=10),
    refused("a continuation of nothing is that, however long", header(CONTINUATION, 11), NO_MESSAGE,
            limit=10),
    taken("a close frame between fragments at the limit", frame(TEXT, b"t" * 10, False)
          + closing(1000, b"bye"), close(1000, "bye"), limit=10),
]  # fmt: skip


def compressed(message: bytes, opcode: int = BINARY) -> bytes:
    return frame(opcode, deflated(message)[0], reserved=RSV1)


def ended(*messages: bytes) -> bytes:
    """Each in a deflate stream of its own, all in one message."""
    streams = b"".join(ended_stream(message) for message in messages)
    return frame(BINARY, streams + b"\0", reserved=RSV1)


BOMB = bytes(5_000_000)

INFLATED = [
    *(
        taken(f"{limit} bytes when inflated, which is the limit", compressed(b"b" * limit),
              binary(b"b" * limit), limit=limit, deflate=DEFLATE)
        for limit in (30, 100, 1000, 65_536)
    ),
    *(
        refused(f"{limit + 1} bytes when inflated, one more than the limit",
                compressed(b"b" * (limit + 1)), TOO_LONG, limit=limit, deflate=DEFLATE)
        for limit in (30, 100, 1000, 65_536)
    ),
    taken("a compressed text at the limit", compressed(b"t" * 100, TEXT), text("t" * 100),
          limit=100, deflate=DEFLATE),
    refused("a compressed text beyond the limit, which is none", compressed(b"\xff" * 101, TEXT),
            TOO_LONG, limit=100, deflate=DEFLATE),
    refused("a bomb", compressed(BOMB), TOO_LONG, limit=10_000, deflate=DEFLATE),
    refused("a bomb of text", compressed(BOMB, TEXT), TOO_LONG, limit=10_000, deflate=DEFLATE),
    refused("a bomb in fragments",
            fragments(BINARY, *(deflated(BOMB)[0][at : at + 1000] for at in range(0, 6000, 1000)),
                      reserved=RSV1),
            TOO_LONG, limit=6000, deflate=DEFLATE),
    taken("each compressed message has the whole limit",
          b"".join(frame(BINARY, data, reserved=RSV1) for data in deflated(*[b"b" * 100] * 5)),
          *[binary(b"b" * 100)] * 5, limit=100, deflate=DEFLATE),
    refused("a message of which the compressed form is too long", header(BINARY, 11, reserved=RSV1),
            TOO_LONG, limit=10, deflate=DEFLATE),
    refused("fragments of which the compressed forms are too long",
            frame(BINARY, b"\xca" * 6, False, RSV1) + header(CONTINUATION, 5), TOO_LONG,
            limit=10, deflate=DEFLATE),
    refused("a message too long that is not compressed, where it might be", header(BINARY, 11),
            TOO_LONG, limit=10, deflate=DEFLATE),
    taken("two deflate streams to the limit", ended(b"a" * 50, b"b" * 50),
          binary(b"a" * 50 + b"b" * 50), limit=100, deflate=DEFLATE),
    refused("two deflate streams beyond the limit", ended(b"a" * 70, b"b" * 31),
            TOO_LONG, limit=100, deflate=DEFLATE),
    refused("a deflate stream beyond the limit, and an empty one", ended(b"a" * 101, b""),
            TOO_LONG, limit=100, deflate=DEFLATE),
    refused("a bomb behind a deflate stream that ends just beyond the limit",
            frame(BINARY, ended_stream(b"a" * 20_001) + deflated(BOMB)[0], reserved=RSV1),
            TOO_LONG, limit=20_000, deflate=DEFLATE),
    refused("a bomb behind a deflate stream that ends at the limit",
            frame(BINARY, ended_stream(b"a" * 20_000) + deflated(BOMB)[0], reserved=RSV1),
            TOO_LONG, limit=20_000, deflate=DEFLATE),
    taken("15 deflate streams with an end in one message", ended(*[b"ab"] * 15),
          binary(b"ab" * 15), limit=1000, deflate=DEFLATE),
    refused("16 deflate streams with an end in one message", ended(*[b"ab"] * 16),
            TOO_MANY_STREAMS, limit=1000, deflate=DEFLATE),
    refused("empty deflate streams without end",
            frame(BINARY, ended_stream(b"") * 25_000, reserved=RSV1), TOO_MANY_STREAMS,
            deflate=DEFLATE),
]  # fmt: skip

CASES = [*ANNOUNCED, *SUMMED, *INFLATED]
