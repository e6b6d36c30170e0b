"""Cases of a single frame: first byte, mask, length, and where the bytes end."""

from __future__ import annotations

from tests.cases.websocket import (
    BAD_OPCODE,
    BAD_RESERVED,
    BINARY,
    CONTROL_OPCODES,
    FIN,
    FIRST_OPCODES,
    FRAGMENTED_CONTROL,
    KEY,
    LONG_CONTROL,
    MASKED,
    NEXT,
    NEXT_EVENT,
    NOT_MASKED,
    NOT_MINIMAL,
    OPCODES,
    PING,
    RSV1,
    RSV2,
    RSV3,
    TEXT,
    TOO_LARGE,
    TOO_LONG,
    Extension,
    binary,
    frame,
    header,
    ping,
    pong,
    refused,
    taken,
    text,
    unfinished,
)

RESERVED_OPCODES = (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
RESERVED_BITS = {
    "bit 1": RSV1,
    "bit 2": RSV2,
    "bit 3": RSV3,
    "bits 1 and 2": RSV1 | RSV2,
    "bits 1 and 3": RSV1 | RSV3,
    "bits 2 and 3": RSV2 | RSV3,
    "all bits": RSV1 | RSV2 | RSV3,
}
LONGEST = (1 << 63) - 1
LETTERS = b"0123456789abcdefg" * 4

FRAMES = [
    taken("the text of RFC 6455 section 5.7", b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
          text("Hello")),
    taken("an empty text", frame(TEXT), text("")),
    taken("empty data", frame(BINARY), binary(b"")),
    taken("data of every byte", frame(BINARY, bytes(range(256))), binary(bytes(range(256)))),
    taken("text and data in turns",
          frame(TEXT, b"a") + frame(BINARY, b"b") + frame(TEXT, b"c") + frame(BINARY, b"d"),
          text("a"), binary(b"b"), text("c"), binary(b"d")),
    taken("a hundred empty messages", frame(TEXT) * 50 + frame(BINARY) * 50,
          *[text("")] * 50, *[binary(b"")] * 50),
    taken("an empty ping", frame(PING), ping()),
    taken("a ping with text", frame(PING, b"Hello"), ping(b"Hello")),
    taken("a ping that is no text", frame(PING, b"\xff\x00\xc0"), ping(b"\xff\x00\xc0")),
    taken("an empty pong, which nobody has asked for", frame(10), pong()),
    taken("a pong with data", frame(10, b"\x00" * 8), pong(b"\x00" * 8)),
    taken("the longest ping", frame(PING, b"p" * 125), ping(b"p" * 125)),
    taken("the longest pong", frame(10, b"p" * 125), pong(b"p" * 125)),
    taken("pings and pongs in a row", frame(PING, b"1") + frame(10, b"2") + frame(PING, b"3"),
          ping(b"1"), pong(b"2"), ping(b"3")),
]  # fmt: skip

MASKS = [
    *(
        taken(f"the masking key {key.hex()}", frame(BINARY, b"\x00\x7f\x80\xff" * 10, key=key),
              binary(b"\x00\x7f\x80\xff" * 10))
        for key in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\1", b"\x80\0\0\0", b"\1\2\3\4")
    ),
    *(
        taken(f"a text of {size} bytes", frame(TEXT, LETTERS[:size]), text(LETTERS[:size].decode()))
        for size in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65)
    ),
    *(
        taken(f"two frames with {size} bytes in the first",
              frame(BINARY, b"b" * size, key=b"\1\2\3\4") + frame(BINARY, b"c" * 9),
              binary(b"b" * size), binary(b"c" * 9))
        for size in (0, 1, 2, 3, 4, 5, 6, 7, 8)
    ),
    *(
        refused(f"{name} that is not masked, of {size} bytes", bytes((FIN | opcode, size)),
                NOT_MASKED)
        for name, opcode in FIRST_OPCODES.items()
        for size in (0, 1, 125)
    ),
    *(
        refused(f"{name} that is not masked", bytes((FIN | opcode, 0)), NOT_MASKED)
        for name, opcode in CONTROL_OPCODES.items()
    ),
    refused("a continuation that is not masked counts before that it continues nothing",
            b"\x80\x00", NOT_MASKED),
    refused("a length of 16 bits that is not masked", b"\x81\x7e", NOT_MASKED),
    refused("a length of 64 bits that is not masked", b"\x82\x7f", NOT_MASKED),
    refused("a mask counts before the length of a ping", b"\x89\x7e", NOT_MASKED),
    refused("a mask counts before the length of a close frame", b"\x88\x7f", NOT_MASKED),
    refused("a frame that is not masked behind one that is", NEXT + b"\x81\x05", NOT_MASKED,
            NEXT_EVENT),
    refused("a compressed frame that is not masked", b"\xc1\x05", NOT_MASKED, deflate=Extension()),
]  # fmt: skip

FIRST_BYTES = [
    *(
        refused(f"the reserved opcode {opcode}", bytes((FIN | opcode,)), BAD_OPCODE)
        for opcode in RESERVED_OPCODES
    ),
    *(
        refused(f"the reserved opcode {opcode} of a fragment", bytes((opcode,)), BAD_OPCODE)
        for opcode in RESERVED_OPCODES
    ),
    *(
        refused(f"the reserved opcode {opcode} behind a message", NEXT + bytes((FIN | opcode,)),
                BAD_OPCODE, NEXT_EVENT)
        for opcode in RESERVED_OPCODES
    ),
    *(
        refused(f"the reserved opcode {opcode} where messages may be compressed",
                bytes((FIN | opcode,)), BAD_OPCODE, deflate=Extension())
        for opcode in RESERVED_OPCODES
    ),
    *(
        refused(f"reserved {bits} on {name}", bytes((FIN | reserved | opcode,)), BAD_RESERVED)
        for bits, reserved in RESERVED_BITS.items()
        for name, opcode in OPCODES.items()
    ),
    *(
        refused(f"reserved {bits} on {name} where messages may be compressed",
                bytes((FIN | reserved | opcode,)), BAD_RESERVED, deflate=Extension())
        for bits, reserved in RESERVED_BITS.items()
        for name, opcode in OPCODES.items()
        if reserved != RSV1 or name not in FIRST_OPCODES
    ),
    *(
        refused(f"reserved {bits} counts before a reserved opcode", bytes((FIN | reserved | 3,)),
                BAD_RESERVED, deflate=Extension())
        for bits, reserved in RESERVED_BITS.items()
    ),
    *(
        refused(f"a reserved bit counts before that {name} is a fragment",
                bytes((RSV2 | opcode,)), BAD_RESERVED)
        for name, opcode in CONTROL_OPCODES.items()
    ),
    *(
        refused(f"a fragment of {name}", bytes((opcode,)), FRAGMENTED_CONTROL)
        for name, opcode in CONTROL_OPCODES.items()
    ),
    *(
        refused(f"a fragment of {name} within a message",
                frame(TEXT, b"a", False) + bytes((opcode,)), FRAGMENTED_CONTROL)
        for name, opcode in CONTROL_OPCODES.items()
    ),
    refused("a request line of HTTP", b"G", BAD_RESERVED),
    refused("the hello of TLS", b"\x16", BAD_RESERVED),
    refused("a line end", b"\r", BAD_OPCODE),
]  # fmt: skip

LENGTHS = [
    *(
        taken(f"data of {size} bytes", frame(BINARY, b"b" * size), binary(b"b" * size))
        for size in (1, 124, 125, 126, 127, 128, 255, 256, 257, 65534, 65535, 65536, 65537)
    ),
    *(
        taken(f"a text of {size} letters", frame(TEXT, b"t" * size), text("t" * size))
        for size in (124, 125, 126, 127, 128, 255, 256, 257, 65535, 65536)
    ),
    *(
        refused(f"16 bits for a length of {size}", b"\x81\xfe" + size.to_bytes(2, "big"),
                NOT_MINIMAL)
        for size in (0, 1, 124, 125)
    ),
    # The upper six bytes say that 16 bits were enough.
    *(
        refused(f"64 bits for a length whose upper bytes are 0, on {name}",
                bytes((FIN | opcode, MASKED | 127)) + b"\0" * 6, NOT_MINIMAL)
        for name, opcode in OPCODES.items()
        if name not in CONTROL_OPCODES
    ),
    *(
        refused(f"64 bits of length that begin with {top:02x}", b"\x82\xff" + bytes((top,)),
                TOO_LARGE)
        for top in (0x80, 0x81, 0xC0, 0xFF)
    ),
    *(
        refused(f"the length {length}", header(BINARY, length), TOO_LONG)
        for length in (1 << 17, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 62, LONGEST)
    ),
    *(
        refused(f"{name} with 16 bits of length", bytes((FIN | opcode, MASKED | 126)), LONG_CONTROL)
        for name, opcode in CONTROL_OPCODES.items()
    ),
    *(
        refused(f"{name} with 64 bits of length", bytes((FIN | opcode, MASKED | 127)), LONG_CONTROL)
        for name, opcode in CONTROL_OPCODES.items()
    ),
    refused("a long ping behind a good one", frame(PING, b"p" * 125) + b"\x89\xfe", LONG_CONTROL,
            ping(b"p" * 125)),
]  # fmt: skip

ENDS = [
    unfinished("nothing", b""),
    *(
        unfinished(f"a header of 6 bytes, cut behind {size}", header(TEXT, 5)[:size], unread=size)
        for size in range(1, 6)
    ),
    *(
        unfinished(f"a header of 8 bytes, cut behind {size}", header(TEXT, 500)[:size], unread=size)
        for size in range(1, 8)
    ),
    *(
        unfinished(f"a header of 14 bytes, cut behind {size}", header(TEXT, 70_000)[:size],
                   unread=size)
        for size in range(1, 14)
    ),
    *(
        unfinished(f"a message and {size} bytes of another header", NEXT + header(TEXT, 500)[:size],
                   NEXT_EVENT, unread=size)
        for size in range(1, 8)
    ),
    unfinished("a header alone", header(TEXT, 5)),
    unfinished("a header of 8 bytes alone", header(TEXT, 500)),
    unfinished("a header of 14 bytes alone", header(BINARY, 70_000)),
    unfinished("the header of a ping alone", header(PING, 5)),
    unfinished("a text of which a byte is missing", frame(TEXT, b"Hello")[:-1]),
    unfinished("a text of which all but a byte is missing", header(TEXT, 500) + b"x"),
    unfinished("a ping of which a byte is missing", frame(PING, b"Hello")[:-1]),
    unfinished("a message and a part of the next", NEXT + frame(BINARY, b"Hello")[:-2], NEXT_EVENT),
    unfinished("a frame that is not masked is not seen before its second byte", b"\x81", unread=1),
    unfinished("a length that is too small is not seen before its last byte", b"\x81\xfe\x00",
               unread=3),
    unfinished("64 bits that may still be needed", b"\x81\xff" + b"\0" * 5, unread=7),
    unfinished("64 bits that are needed", b"\x81\xff" + b"\0" * 5 + b"\1\0\0" + KEY[:3], unread=13),
]  # fmt: skip

CASES = [*FRAMES, *MASKS, *FIRST_BYTES, *LENGTHS, *ENDS]
