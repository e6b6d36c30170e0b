"""Cases of close frames: codes, reasons, and what stands around them."""

from __future__ import annotations

from tests.cases.websocket import (
    BAD_CODE,
    BINARY,
    CLOSE,
    FRAGMENTED_CONTROL,
    LONG_CONTROL,
    NEXT,
    NEXT_EVENT,
    NOT_MASKED,
    NOT_UTF8,
    PING,
    TEXT,
    Extension,
    close,
    closing,
    frame,
    header,
    ping,
    refused,
    taken,
    unfinished,
)

# RFC 6455 section 7.4, and IANA's registry of WebSocket close codes.
MAY_BE_SENT = {
    1000: "normal closure",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1007: "invalid payload",
    1008: "policy violation",
    1009: "message too big",
    1010: "mandatory extension",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
    3000: "the first of libraries",
    3999: "the last of libraries",
    4000: "the first of applications",
    4500: "one of applications",
    4999: "the last of applications",
}
MAY_NOT_BE_SENT = {
    0: "nothing",
    1: "not a code",
    999: "one below the first",
    1004: "reserved",
    1005: "no code, which is never sent",
    1006: "abnormal closure, which is never sent",
    1015: "failed TLS, which is never sent",
    1016: "one above the last that is registered",
    1100: "not registered",
    1999: "not registered",
    2000: "the first for extensions, of which there are none",
    2999: "the last for extensions",
    5000: "one above the last",
    0x7FFF: "all bits but one",
    0x8000: "the first bit",
    65535: "all bits",
}
REASONS = {
    "a word": b"bye",
    "a blank": b" ",
    "a NUL": b"\x00",
    "a line end": b"\r\n",
    "two bytes for a letter": "ü".encode(),
    "three bytes for a letter": "€".encode(),
    "four bytes for a letter": "𝄞".encode(),
    "the last code point": "\U0010ffff".encode(),
    "123 bytes, the most there are": b"r" * 123,
    "123 bytes that end with a letter of two": b"r" * 121 + "ü".encode(),
}
BAD_REASONS = {
    "a lone continuation byte": b"\x80",
    "a letter cut short": b"bye \xe2\x82",
    "a byte that is in no text": b"\xff",
    "an overlong form": b"\xc0\xaf",
    "a surrogate": b"\xed\xa0\x80",
    "a code point that is too large": b"\xf4\x90\x80\x80",
    "123 bytes of which the last begins a letter": b"r" * 122 + b"\xc3",
    "another encoding": "grün".encode("latin-1"),
}

CODES = [
    taken("a close frame without a code", frame(CLOSE), close()),
    *(
        taken(f"the code {code}, {meaning}", closing(code), close(code))
        for code, meaning in MAY_BE_SENT.items()
    ),
    *(
        taken(f"the code {code} with a reason", closing(code, b"reason"), close(code, "reason"))
        for code in MAY_BE_SENT
    ),
    *(
        refused(f"the code {code}, {meaning}", closing(code), BAD_CODE)
        for code, meaning in MAY_NOT_BE_SENT.items()
    ),
    *(
        refused(f"the code {code} with a reason", closing(code, b"reason"), BAD_CODE)
        for code in MAY_NOT_BE_SENT
    ),
    *(
        refused(f"half a code, {byte:02x}", frame(CLOSE, bytes((byte,))), BAD_CODE)
        for byte in (0x00, 0x03, 0x31, 0xFF)
    ),
    refused("a code in digits", frame(CLOSE, b"1000"), BAD_CODE),
    refused("a code with its bytes swapped", frame(CLOSE, b"\xe8\x03"), BAD_CODE),
]

TEXTS = [
    *(
        taken(f"a reason: {name}", closing(1000, reason), close(1000, reason.decode()))
        for name, reason in REASONS.items()
    ),
    *(
        refused(f"a reason with {name}", closing(1000, reason), NOT_UTF8)
        for name, reason in BAD_REASONS.items()
    ),
    refused("a bad code counts before a bad reason", closing(1005, b"\xff"), BAD_CODE),
]

AROUND = [
    taken("a message and a close frame", NEXT + closing(1000), NEXT_EVENT, close(1000)),
    taken("a ping and a close frame", frame(PING) + frame(CLOSE), ping(), close()),
    taken("a message behind a close frame is not read", closing(1000) + NEXT, close(1000),
          unread=len(NEXT)),
    taken("a second close frame is not read", closing(1000) + closing(1001), close(1000),
          unread=len(closing(1001))),
    taken("a ping behind a close frame is not read", frame(CLOSE) + frame(PING), close(),
          unread=len(frame(PING))),
    taken("what is no frame behind a close frame is not read", closing(4000) + b"\xff\x00\xff",
          close(4000), unread=3),
    taken("a byte behind a close frame is not read", frame(CLOSE) + b"\x81", close(), unread=1),
    taken("data behind a close frame with a reason is not read",
          closing(1000, b"bye") + frame(BINARY, b"b" * 200), close(1000, "bye"),
          unread=len(frame(BINARY, b"b" * 200))),
    taken("a close frame where messages may be compressed", closing(1000, b"bye"),
          close(1000, "bye"), deflate=Extension()),
    taken("a close frame is not held to the limit of messages", closing(1000, b"r" * 123),
          close(1000, "r" * 123), limit=10),
    refused("a message and a bad close frame", NEXT + frame(CLOSE, b"\x03"), BAD_CODE, NEXT_EVENT),
    refused("a bad close frame within a message", frame(TEXT, b"a", final=False) + closing(1006),
            BAD_CODE),
    refused("a close frame with FIN missing", b"\x08", FRAGMENTED_CONTROL),
    refused("a close frame of 126 bytes", header(CLOSE, 126)[:2], LONG_CONTROL),
    refused("a close frame that is not masked", b"\x88\x02", NOT_MASKED),
    unfinished("a close frame of which the code is missing", header(CLOSE, 2)),
    unfinished("a close frame of which half a code is missing", closing(1000)[:-1]),
    unfinished("a close frame of which the reason is missing", header(CLOSE, 5) + b"xx"),
    unfinished("a close frame of which the key is missing", b"\x88\x82", unread=2),
]  # fmt: skip

CASES = [*CODES, *TEXTS, *AROUND]
