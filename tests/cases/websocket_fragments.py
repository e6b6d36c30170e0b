"""Cases of messages in several frames, and of what may stand between them."""

from __future__ import annotations

from tests.cases.websocket import (
    BAD_OPCODE,
    BAD_RESERVED,
    BINARY,
    CLOSE,
    CONTINUATION,
    CONTROL_OPCODES,
    FIRST_OPCODES,
    NEW_MESSAGE,
    NEXT,
    NEXT_EVENT,
    NO_MESSAGE,
    NOT_MASKED,
    PING,
    PONG,
    RSV1,
    TEXT,
    Extension,
    binary,
    close,
    closing,
    fragments,
    frame,
    header,
    ping,
    pong,
    refused,
    taken,
    text,
    unfinished,
)

BEGUN = frame(TEXT, b"be", final=False)
GOES_ON = frame(CONTINUATION, b"gu", final=False)
ENDED = frame(CONTINUATION, b"n")
BEGUN_EVENT = text("begun")
MANY = 200

WHOLE = [
    taken("a text in two frames, as in section 5.7", fragments(TEXT, b"Hel", b"lo"), text("Hello")),
    taken("data in two frames", fragments(BINARY, b"Hel", b"lo"), binary(b"Hello")),
    taken("a text in three frames", BEGUN + GOES_ON + ENDED, BEGUN_EVENT),
    taken("a text in a frame for each letter", fragments(TEXT, *[b"t"] * 50), text("t" * 50)),
    taken("data in a frame for each byte", fragments(BINARY, *[b"\xff"] * 50),
          binary(b"\xff" * 50)),
    taken("two messages in fragments", fragments(TEXT, b"a", b"b") + fragments(BINARY, b"c", b"d"),
          text("ab"), binary(b"cd")),
    taken("a message in one frame behind one in two", fragments(TEXT, b"a", b"b") + NEXT,
          text("ab"), NEXT_EVENT),
    taken("a message in two frames behind one in one", NEXT + fragments(BINARY, b"a", b"b"),
          NEXT_EVENT, binary(b"ab")),
    taken("fragments of 7, 16 and 64 bits of length",
          fragments(BINARY, b"a" * 100, b"b" * 1000, b"c" * 66_000),
          binary(b"a" * 100 + b"b" * 1000 + b"c" * 66_000)),
    taken("a long fragment first", fragments(TEXT, b"a" * 66_000, b"b"), text("a" * 66_000 + "b")),
    taken("many messages in two frames", fragments(TEXT, b"a", b"b") * MANY, *[text("ab")] * MANY),
]  # fmt: skip

EMPTY = [
    taken("an empty text in two frames", fragments(TEXT, b"", b""), text("")),
    taken("empty data in three frames", fragments(BINARY, b"", b"", b""), binary(b"")),
    taken("an empty first fragment", fragments(TEXT, b"", b"a"), text("a")),
    taken("an empty last fragment", fragments(TEXT, b"a", b""), text("a")),
    taken("an empty fragment in the middle", fragments(BINARY, b"a", b"", b"b"), binary(b"ab")),
    taken("nothing but the last is not empty", fragments(TEXT, *[b""] * 20, b"a"), text("a")),
    taken("many empty fragments", fragments(BINARY, *[b""] * MANY), binary(b"")),
    taken("a message behind an empty one in fragments", fragments(TEXT, b"", b"") + NEXT,
          text(""), NEXT_EVENT),
]  # fmt: skip

BETWEEN = [
    taken("a ping between two fragments", BEGUN + GOES_ON + frame(PING, b"p") + ENDED,
          ping(b"p"), BEGUN_EVENT),
    taken("a pong between two fragments", BEGUN + frame(PONG, b"p") + GOES_ON + ENDED,
          pong(b"p"), BEGUN_EVENT),
    taken("pings everywhere",
          frame(PING, b"1") + BEGUN + frame(PING, b"2") + GOES_ON + frame(PING, b"3") + ENDED
          + frame(PING, b"4"),
          ping(b"1"), ping(b"2"), ping(b"3"), BEGUN_EVENT, ping(b"4")),
    taken("pings and pongs in a row between two fragments",
          BEGUN + frame(PING, b"1") * 3 + frame(PONG, b"2") * 3 + GOES_ON + ENDED,
          *[ping(b"1")] * 3, *[pong(b"2")] * 3, BEGUN_EVENT),
    taken("an empty ping between empty fragments",
          frame(TEXT, final=False) + frame(PING) + frame(CONTINUATION), ping(), text("")),
    taken("the longest ping between fragments of data",
          frame(BINARY, b"a", final=False) + frame(PING, b"p" * 125) + frame(CONTINUATION, b"b"),
          ping(b"p" * 125), binary(b"ab")),
    taken("a close frame between two fragments ends it all", BEGUN + closing(1000), close(1000)),
    taken("a fragment behind a close frame is not read", BEGUN + closing(1001) + ENDED,
          close(1001), unread=len(ENDED)),
]  # fmt: skip

MIXED = [
    *(
        refused(f"a continuation of nothing that is {last}", header(CONTINUATION, size, final),
                NO_MESSAGE)
        for last, final in {"final": True, "not final": False}.items()
        for size in (0,)
    ),
    refused("a continuation of nothing, with payload", header(CONTINUATION, 5), NO_MESSAGE),
    refused("a long continuation of nothing", header(CONTINUATION, 66_000), NO_MESSAGE),
    refused("a continuation behind a whole message", NEXT + header(CONTINUATION, 5), NO_MESSAGE,
            NEXT_EVENT),
    refused("a continuation behind the last fragment", BEGUN + GOES_ON + ENDED
            + header(CONTINUATION, 1), NO_MESSAGE, BEGUN_EVENT),
    refused("a continuation behind an empty message in fragments",
            fragments(TEXT, b"", b"") + header(CONTINUATION, 0), NO_MESSAGE, text("")),
    refused("a continuation behind a ping", frame(PING, b"p") + header(CONTINUATION, 1), NO_MESSAGE,
            ping(b"p")),
    refused("a continuation behind a pong", frame(PONG, b"p") + header(CONTINUATION, 1), NO_MESSAGE,
            pong(b"p")),
    *(
        refused(f"{second} within {first}",
                frame(FIRST_OPCODES[first], b"a", final=False)
                + header(FIRST_OPCODES[second], 1, final), NEW_MESSAGE)
        for first, second, final in (
            *(("text", "text", True), ("text", "binary", True)),
            *(("binary", "text", True), ("binary", "binary", True)),
        )
    ),
    *(
        refused(f"a fragment of {second} within {first}",
                frame(FIRST_OPCODES[first], b"a", final=False)
                + header(FIRST_OPCODES[second], 1, final=False), NEW_MESSAGE)
        for first in FIRST_OPCODES
        for second in FIRST_OPCODES
    ),
    refused("a new message behind an empty fragment", frame(TEXT, final=False) + header(TEXT, 0),
            NEW_MESSAGE),
    refused("a new message behind the second fragment", BEGUN + GOES_ON + header(TEXT, 0),
            NEW_MESSAGE),
    refused("a new message behind a fragment and a ping", BEGUN + frame(PING) + header(BINARY, 0),
            NEW_MESSAGE, ping()),
    refused("a compressed message within one that is not", BEGUN + header(TEXT, 5, reserved=RSV1),
            NEW_MESSAGE, deflate=Extension()),
    refused("the order of fragments counts before the limit", BEGUN + header(TEXT, 1 << 40),
            NEW_MESSAGE),
    refused("a continuation of nothing counts before the limit", header(CONTINUATION, 1 << 40),
            NO_MESSAGE),
    refused("a compressed continuation", BEGUN + b"\xc0", BAD_RESERVED, deflate=Extension()),
    refused("a reserved opcode within a message", BEGUN + b"\x83", BAD_OPCODE),
    refused("a fragment that is not masked", BEGUN + b"\x80\x01", NOT_MASKED),
]  # fmt: skip

ENDS = [
    unfinished("a fragment alone", BEGUN),
    unfinished("two fragments alone", BEGUN + GOES_ON),
    unfinished("an empty fragment alone", frame(TEXT, final=False)),
    unfinished("fragments and a ping", BEGUN + frame(PING, b"p") + GOES_ON, ping(b"p")),
    unfinished("a fragment and a part of the next", BEGUN + ENDED[:-1]),
    unfinished("a fragment and a part of the next header", BEGUN + ENDED[:4], unread=4),
    unfinished("a fragment and a part of a ping", BEGUN + frame(PING, b"ping")[:-2]),
    unfinished("a message and a fragment", NEXT + BEGUN, NEXT_EVENT),
    *(
        unfinished(f"a fragment and the header of {name}", BEGUN + header(opcode, 5))
        for name, opcode in CONTROL_OPCODES.items()
        if opcode != CLOSE
    ),
]

CASES = [*WHOLE, *EMPTY, *BETWEEN, *MIXED, *ENDS]
