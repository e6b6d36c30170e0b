"""Cases of permessage-deflate (RFC 7692): what is compressed, with which window, and how badly."""

from __future__ import annotations

import random

from tests.cases.websocket import (
    BAD_COMPRESSED,
    BAD_RESERVED,
    BINARY,
    CONTINUATION,
    NEXT,
    NEXT_EVENT,
    NOT_UTF8,
    PING,
    RSV1,
    TEXT,
    Event,
    Extension,
    binary,
    close,
    closing,
    deflated,
    ended_stream,
    fragments,
    frame,
    ping,
    refused,
    taken,
    text,
)

DEFLATE = Extension()
NO_TAKEOVER = Extension(takeover=False)
# The compressed "Hello" of section 7.2.3, in its five forms.
HELLO = b"\xf2\x48\xcd\xc9\xc9\x07\x00"
HELLO_AGAIN = b"\xf2\x00\x11\x00\x00"
HELLO_STORED = b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"
HELLO_ENDED = b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"
HELLO_IN_TWO_BLOCKS = b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"
NOISE = random.Random(1).randbytes(3000)
# Repeats itself only at a distance of 3000 bytes: it takes a window of 4096 to be small.
FAR = NOISE + NOISE


def packed(payload: bytes, opcode: int = TEXT) -> bytes:
    return frame(opcode, payload, reserved=RSV1)


def sent(*messages: bytes, opcode: int = BINARY, bits: int = 15, takeover: bool = True) -> bytes:
    """One compressed frame for each message."""
    return b"".join(
        packed(data, opcode) for data in deflated(*messages, bits=bits, takeover=takeover)
    )


def told(*messages: bytes) -> list[Event]:
    return [binary(message) for message in messages]


WORDS = [f"message {number} of many messages, all of them alike".encode() for number in range(10)]

FORMS = [
    taken("a compressed text, section 7.2.3.1", packed(HELLO), text("Hello"), deflate=DEFLATE),
    taken("a compressed text in two frames, section 7.2.3.1",
          fragments(TEXT, HELLO[:3], HELLO[3:], reserved=RSV1), text("Hello"), deflate=DEFLATE),
    taken("a window that is taken over, section 7.2.3.2", packed(HELLO) + packed(HELLO_AGAIN),
          text("Hello"), text("Hello"), deflate=DEFLATE),
    taken("a block that is not compressed, section 7.2.3.3", packed(HELLO_STORED), text("Hello"),
          deflate=DEFLATE),
    taken("a block with BFINAL, section 7.2.3.4", packed(HELLO_ENDED), text("Hello"),
          deflate=DEFLATE),
    taken("two blocks in one message, section 7.2.3.5", packed(HELLO_IN_TWO_BLOCKS), text("Hello"),
          deflate=DEFLATE),
    taken("an empty message, section 7.2.3.6", packed(b"\x00"), text(""), deflate=DEFLATE),
    taken("empty compressed data", packed(b"\x00", BINARY), binary(b""), deflate=DEFLATE),
    taken("an empty message as a block of fixed codes", packed(b"\x02\x00"), text(""),
          deflate=DEFLATE),
    taken("an empty message as a block with BFINAL", packed(b"\x03\x00\x00"), text(""),
          deflate=DEFLATE),
    taken("empty messages in a row", packed(b"\x00") * 10, *[text("")] * 10, deflate=DEFLATE),
    taken("compressed data", sent(b"data" * 100), binary(b"data" * 100), deflate=DEFLATE),
    taken("compressed data of all bytes", sent(bytes(range(256)) * 3),
          binary(bytes(range(256)) * 3), deflate=DEFLATE),
    taken("what does not compress", sent(NOISE), binary(NOISE), deflate=DEFLATE),
    taken("a long message", sent(b"0123456789" * 9000), binary(b"0123456789" * 9000),
          deflate=DEFLATE),
    taken("a compressed text of all lengths", sent("a¢€𐍈".encode() * 20, opcode=TEXT),
          text("a¢€𐍈" * 20), deflate=DEFLATE),
]  # fmt: skip

FRAGMENTS = [
    *(
        taken(f"a compressed text split at {at}",
              fragments(TEXT, HELLO[:at], HELLO[at:], reserved=RSV1), text("Hello"),
              deflate=DEFLATE)
        for at in range(len(HELLO) + 1)
    ),
    taken("a compressed text in a frame for each byte",
          fragments(TEXT, *(bytes((byte,)) for byte in HELLO), reserved=RSV1), text("Hello"),
          deflate=DEFLATE),
    taken("empty fragments of a compressed text",
          fragments(TEXT, b"", HELLO, b"", b"", reserved=RSV1), text("Hello"), deflate=DEFLATE),
    taken("a ping between compressed fragments",
          frame(TEXT, HELLO[:3], False, RSV1) + frame(PING, b"p") + frame(CONTINUATION, HELLO[3:]),
          ping(b"p"), text("Hello"), deflate=DEFLATE),
    taken("a compressed message in fragments between others",
          packed(HELLO) + fragments(TEXT, HELLO_AGAIN[:2], HELLO_AGAIN[2:], reserved=RSV1)
          + packed(HELLO_AGAIN), *[text("Hello")] * 3, deflate=DEFLATE),
    taken("a close frame within a compressed message", frame(TEXT, HELLO, False, RSV1)
          + closing(1000), close(1000), deflate=DEFLATE),
]  # fmt: skip

NOT_COMPRESSED = [
    taken("a message that is not compressed", NEXT, NEXT_EVENT, deflate=DEFLATE),
    taken("a message that is not compressed, in fragments", fragments(TEXT, b"a", b"b"), text("ab"),
          deflate=DEFLATE),
    taken("compressed and other messages in turns",
          packed(HELLO) + NEXT + packed(HELLO_AGAIN) + NEXT + packed(HELLO_AGAIN),
          text("Hello"), NEXT_EVENT, text("Hello"), NEXT_EVENT, text("Hello"), deflate=DEFLATE),
    taken("other fragments do not touch the window",
          packed(HELLO) + fragments(TEXT, b"a", b"b") + packed(HELLO_AGAIN),
          text("Hello"), text("ab"), text("Hello"), deflate=DEFLATE),
    taken("what looks compressed is data without the bit", frame(BINARY, HELLO), binary(HELLO),
          deflate=DEFLATE),
    taken("an empty message that is not compressed", frame(TEXT), text(""), deflate=DEFLATE),
    refused("a compressed message where it was not agreed on", packed(HELLO)[:1], BAD_RESERVED),
    refused("the bit on the second fragment", frame(TEXT, HELLO[:3], False, RSV1) + b"\xc0",
            BAD_RESERVED, deflate=DEFLATE),
    refused("the bit on the second fragment alone", frame(TEXT, b"a", False) + b"\xc0",
            BAD_RESERVED, deflate=DEFLATE),
]  # fmt: skip

WINDOWS = [
    *(
        taken(f"messages in a window of {bits} bits", sent(*WORDS, FAR, *WORDS, bits=bits),
              *told(*WORDS, FAR, *WORDS), deflate=Extension(bits))
        for bits in range(9, 16)
    ),
    *(
        taken(f"messages in a window of {bits} bits, each for itself",
              sent(*WORDS, FAR, *WORDS, bits=bits, takeover=False), *told(*WORDS, FAR, *WORDS),
              deflate=Extension(bits, False))
        for bits in range(9, 16)
    ),
    *(
        taken(f"a window of 9 bits where {bits} were agreed on", sent(*WORDS, bits=9),
              *told(*WORDS), deflate=Extension(bits))
        for bits in range(10, 16)
    ),
    *(
        refused(f"a distance back that a window of {bits} bits does not have", sent(NOISE, NOISE),
                BAD_COMPRESSED, *told(NOISE), deflate=Extension(bits))
        for bits in (9, 10, 11)
    ),
    taken("a distance back that a window of 12 bits has", sent(NOISE, NOISE), *told(NOISE, NOISE),
          deflate=Extension(12)),
    taken("a window that is taken over again and again", sent(*WORDS * 3), *told(*WORDS * 3),
          deflate=DEFLATE),
    taken("a window that might be taken over and is not", sent(*WORDS, takeover=False),
          *told(*WORDS), deflate=DEFLATE),
    taken("each message for itself", sent(*WORDS, takeover=False), *told(*WORDS),
          deflate=NO_TAKEOVER),
    refused("a window that is taken over against the agreement", packed(HELLO)
            + packed(HELLO_AGAIN), BAD_COMPRESSED, text("Hello"), deflate=NO_TAKEOVER),
    taken("an empty message leaves the window", packed(HELLO) + packed(b"\x00")
          + packed(HELLO_AGAIN), text("Hello"), text(""), text("Hello"), deflate=DEFLATE),
]  # fmt: skip

# A block with BFINAL ends a deflate stream, and the next begins with no window.
ENDED = [
    taken("a message behind a block with BFINAL", packed(HELLO_ENDED) + packed(HELLO),
          text("Hello"), text("Hello"), deflate=DEFLATE),
    taken("blocks with BFINAL in a row", packed(HELLO_ENDED) * 5, *[text("Hello")] * 5,
          deflate=DEFLATE),
    taken("blocks with BFINAL in a row, each for itself", packed(HELLO_ENDED) * 5,
          *[text("Hello")] * 5, deflate=NO_TAKEOVER),
    taken("two streams in one message",
          packed(ended_stream(b"Hel") + ended_stream(b"lo") + b"\0"), text("Hello"),
          deflate=DEFLATE),
    taken("a stream with an end and one without", packed(ended_stream(b"Oh, ") + HELLO),
          text("Oh, Hello"), deflate=DEFLATE),
    taken("a stream with an end in fragments",
          fragments(TEXT, *(bytes((byte,)) for byte in HELLO_ENDED), reserved=RSV1), text("Hello"),
          deflate=DEFLATE),
    taken("a stream that the tail ends", packed(b"\x01") + packed(HELLO), text(""), text("Hello"),
          deflate=DEFLATE),
    refused("the window of a stream that was ended", packed(HELLO_ENDED) + packed(HELLO_AGAIN),
            BAD_COMPRESSED, text("Hello"), deflate=DEFLATE),
]  # fmt: skip

BAD = [
    *(
        refused(f"compressed data that is none: {name}", packed(data), BAD_COMPRESSED,
                deflate=DEFLATE)
        for name, data in {
            "a block of the type that is reserved": b"\x06",
            "a stored block whose length is not repeated": b"\x00\x05\x00\x00\x00Hello",
            "a distance before the start": HELLO_AGAIN,
            "plain text": b"Hello",
            "noise": b"\xff" * 20,
            "the header of zlib": b"\x78\x9c" + HELLO,
            "the header of gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + HELLO,
            "bad data behind good": HELLO + b"\xff\xff\xff",
        }.items()
    ),
    refused("bad compressed data behind a message", packed(HELLO) + packed(b"\xff\xff"),
            BAD_COMPRESSED, text("Hello"), deflate=DEFLATE),
    refused("bad compressed data in fragments, refused with the last",
            fragments(TEXT, b"\xff\xff", b"\xff", reserved=RSV1), BAD_COMPRESSED, deflate=DEFLATE),
    refused("bad data in the second stream", packed(ended_stream(b"Hello") + b"\xff\xff"),
            BAD_COMPRESSED, deflate=DEFLATE),
    refused("compressed text that is none", sent(b"\xff\xfe", opcode=TEXT), NOT_UTF8,
            deflate=DEFLATE),
    refused("compressed text that is none, in fragments, refused with the last",
            fragments(TEXT, *(bytes((b,)) for b in deflated(b"\xff\xfe")[0]), reserved=RSV1),
            NOT_UTF8, deflate=DEFLATE),
    refused("compressed text that is cut short", sent("€".encode()[:2], opcode=TEXT), NOT_UTF8,
            deflate=DEFLATE),
    refused("compressed text with a surrogate", sent(b"a\xed\xa0\x80", opcode=TEXT), NOT_UTF8,
            deflate=DEFLATE),
    taken("compressed data may be what text may not", sent(b"\xff\xfe"), binary(b"\xff\xfe"),
          deflate=DEFLATE),
]  # fmt: skip

CASES = [*FORMS, *FRAGMENTS, *NOT_COMPRESSED, *WINDOWS, *ENDED, *BAD]
