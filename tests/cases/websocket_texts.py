"""Cases of text: what is UTF-8 (RFC 3629), and when it is certain that something is not."""

from __future__ import annotations

from tests.cases.websocket import (
    BINARY,
    CONTINUATION,
    NEXT,
    NEXT_EVENT,
    NOT_UTF8,
    TEXT,
    binary,
    fragments,
    frame,
    refused,
    taken,
    text,
    unfinished,
)

VALID = {
    "a NUL": "\0",
    "the last code point of one byte": "\x7f",
    "the first of two bytes": "\x80",
    "Latin letters": "Käse, façade, ñandú",
    "the last of two bytes": "\u07ff",
    "the first of three bytes": "\u0800",
    "Greek": "κόσμε",
    "the last before the surrogates": "\ud7ff",
    "the first behind the surrogates": "\ue000",
    "a byte order mark, which is kept": "\ufeffa",
    "the replacement character": "\ufffd",
    "no characters, but code points": "\ufffe\uffff\ufdd0",
    "the last of three bytes": "\uffff",
    "the first of four bytes": "\U00010000",
    "a treble clef": "𝄞",
    "a family in seven code points": "👨‍👩‍👧‍👦",
    "the last code point": "\U0010ffff",
    "all lengths": "a¢€𐍈" * 10,
    "one long letter behind ASCII": "a" * 200 + "€",
    "one long letter before ASCII": "€" + "a" * 200,
    "one long letter within ASCII": "a" * 31 + "𝄞" + "a" * 33,
    "Chinese": "世界你好" * 30,
}
# Each ends with the byte that makes it certain that this is no UTF-8, whatever follows.
INVALID = {
    "a lone continuation byte": b"\x80",
    "the last continuation byte alone": b"\xbf",
    "a continuation byte too many": b"\xc3\xa4\xa4",
    "an overlong slash of two bytes": b"\xc0",
    "the other lead that is overlong": b"\xc1",
    "an overlong slash of three bytes": b"\xe0\x80",
    "the last overlong form of three bytes": b"\xe0\x9f",
    "an overlong slash of four bytes": b"\xf0\x80",
    "the last overlong form of four bytes": b"\xf0\x8f",
    "the first surrogate": b"\xed\xa0",
    "the last high surrogate": b"\xed\xaf",
    "the first low surrogate": b"\xed\xb0",
    "the last surrogate": b"\xed\xbf",
    "the first code point that is too large": b"\xf4\x90",
    "the last lead of four bytes, continued too high": b"\xf4\xbf",
    "a lead that is too large": b"\xf5",
    "the lead of five bytes": b"\xf8",
    "the lead of six bytes": b"\xfc",
    "FE": b"\xfe",
    "FF": b"\xff",
    "a letter of two bytes, not continued": b"\xc3a",
    "a letter of three bytes, not continued": b"\xe2a",
    "a letter of three bytes, continued once": b"\xe2\x82a",
    "a letter of four bytes, not continued": b"\xf0a",
    "a letter of four bytes, continued once": b"\xf0\x9da",
    "a letter of four bytes, continued twice": b"\xf0\x9d\x84a",
    "a lead behind a lead": b"\xc3\xc3",
    "a letter of three bytes with a lead in it": b"\xe2\x82\xc3",
    "Latin-1": "Grü".encode("latin-1"),
    "a letter and an overlong one": "κόσμε".encode() + b"\xc0",
    "a letter and a surrogate": "κόσμε".encode() + b"\xed\xa0",
    "ASCII and a byte of no text": b"a" * 100 + b"\xff",
}
CUT_SHORT = {
    "a lead of two bytes": b"\xc3",
    "a lead of three bytes": b"\xe2",
    "two of three bytes": b"\xe2\x82",
    "a lead of four bytes": b"\xf0",
    "two of four bytes": b"\xf0\x9d",
    "three of four bytes": b"\xf0\x9d\x84",
    "a lead that could have become a surrogate": b"\xed",
    "a lead that could have become too large": b"\xf4",
    "text and a lead": b"text\xc3",
}
CLEF = "𝄞".encode()
LONG = b"a" * 70

WHOLE = [
    *(
        taken(f"text: {name}", frame(TEXT, data.encode()), text(data))
        for name, data in VALID.items()
    ),
    *(
        refused(f"text with {name}", frame(TEXT, data), NOT_UTF8)
        for name, data in INVALID.items()
    ),
    *(
        refused(f"text with {name}, text around it",
                frame(TEXT, LONG + data + LONG)[: -len(LONG)], NOT_UTF8)
        for name, data in INVALID.items()
    ),
    *(
        refused(f"text cut short behind {name}", frame(TEXT, data), NOT_UTF8)
        for name, data in CUT_SHORT.items()
    ),
    refused("bad text behind a message", NEXT + frame(TEXT, b"\xff"), NOT_UTF8, NEXT_EVENT),
    refused("bad text of which a byte is missing", frame(TEXT, b"\xff\xff")[:-1], NOT_UTF8),
    *(
        taken(f"data may be anything: {name}", frame(BINARY, data), binary(data))
        for name, data in INVALID.items()
    ),
]  # fmt: skip

# A character may be split between fragments anywhere (RFC 6455 section 5.6).
SPLIT = [
    *(
        taken(f"text in a fragment for each byte: {name}",
              fragments(TEXT, *(bytes((byte,)) for byte in data.encode())), text(data))
        for name, data in VALID.items()
        if len(data.encode()) > 1
    ),
    *(
        taken(f"a character split at {at}", fragments(TEXT, CLEF[:at], CLEF[at:]), text("𝄞"))
        for at in range(5)
    ),
    taken("a character split by an empty fragment", fragments(TEXT, CLEF[:2], b"", CLEF[2:]),
          text("𝄞")),
    taken("a character split by many empty fragments",
          fragments(TEXT, CLEF[:3], *[b""] * 10, CLEF[3:]), text("𝄞")),
    taken("characters split within long text", fragments(TEXT, LONG + CLEF[:1], CLEF[1:] + LONG),
          text("a" * 70 + "𝄞" + "a" * 70)),
    taken("two texts with split characters", fragments(TEXT, CLEF[:1], CLEF[1:]) * 2,
          text("𝄞"), text("𝄞")),
    *(
        unfinished(f"a fragment that ends with {name}", frame(TEXT, data, final=False))
        for name, data in CUT_SHORT.items()
    ),
    *(
        refused(f"the last fragment ends with {name}", fragments(TEXT, b"a", data), NOT_UTF8)
        for name, data in CUT_SHORT.items()
    ),
    *(
        refused(f"the last fragment is empty behind {name}", fragments(TEXT, data, b""), NOT_UTF8)
        for name, data in CUT_SHORT.items()
    ),
]  # fmt: skip

# Bad text is refused with the byte that makes it certain, not with the end of frame or message.
FAIL_FAST = [
    *(
        refused(f"a first fragment with {name}", frame(TEXT, data, final=False), NOT_UTF8)
        for name, data in INVALID.items()
    ),
    *(
        refused(f"a fragment in the middle with {name}",
                frame(TEXT, LONG, final=False)
                + frame(CONTINUATION, data + LONG, final=False)[: -len(LONG)],
                NOT_UTF8)
        for name, data in INVALID.items()
    ),
    *(
        refused(f"{name}, the last byte in a fragment of its own",
                fragments(TEXT, data[:-1], data[-1:], final=False), NOT_UTF8)
        for name, data in INVALID.items()
    ),
    *(
        refused(f"{name}, each byte in a fragment of its own",
                fragments(TEXT, *(bytes((byte,)) for byte in data), final=False), NOT_UTF8)
        for name, data in INVALID.items()
        if len(data) > 2
    ),
    *(
        taken(f"fragments of data may be anything: {name}",
              fragments(BINARY, data[:-1], data[-1:]), binary(data))
        for name, data in INVALID.items()
    ),
]  # fmt: skip

CASES = [*WHOLE, *SPLIT, *FAIL_FAST]
