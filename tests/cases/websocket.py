"""What WebSocket frames mean, or how they are refused: data only, the same for every codec.

A case is a sentence, the bytes that a client sends, the events that come out of them, and the
refusal that ends it, if any. The data of a refused case ends with the byte that decides: all
that is shorter is taken, and whatever follows changes nothing.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN, RSV1, RSV2, RSV3, MASKED = 0x80, 0x40, 0x20, 0x10, 0x80
FIRST_OPCODES = {"text": TEXT, "binary": BINARY}
CONTROL_OPCODES = {"close": CLOSE, "ping": PING, "pong": PONG}
OPCODES = {"continuation": CONTINUATION, **FIRST_OPCODES, **CONTROL_OPCODES}
KEY = b"\x37\xfa\x21\x3d"

# What a message may have in bytes, where its case does not say otherwise.
LIMIT = 100_000


class Event(NamedTuple):
    """`content` is a message's text or data, a control frame's data, or a close frame's reason;
    `size` is that of a message in bytes."""

    opcode: int
    content: str | bytes
    size: int = 0
    code: int = 0


def text(content: str) -> Event:
    return Event(TEXT, content, len(content.encode()))


def binary(content: bytes) -> Event:
    return Event(BINARY, content, len(content))


def ping(content: bytes = b"") -> Event:
    return Event(PING, content)


def pong(content: bytes = b"") -> Event:
    return Event(PONG, content)


def close(code: int = 1005, reason: str = "") -> Event:
    return Event(CLOSE, reason, code=code)


@dataclass(frozen=True)
class Extension:
    """permessage-deflate, as agreed on for what the client sends."""

    bits: int = 15
    takeover: bool = True


@dataclass(frozen=True)
class Case:
    """`unread` is how many bytes are in no frame at the end, if nothing was refused. `finished`
    is false if the data ends inside of a frame or of a message."""

    name: str
    data: bytes
    events: list[Event]
    refused: tuple[int, str] | None = None
    unread: int = 0
    finished: bool = True
    limit: int = LIMIT
    deflate: Extension | None = None


def taken(
    name: str,
    data: bytes,
    *events: Event,
    unread: int = 0,
    limit: int = LIMIT,
    deflate: Extension | None = None,
) -> Case:
    return Case(name, data, list(events), None, unread, True, limit, deflate)


def unfinished(name: str, data: bytes, *events: Event, unread: int = 0) -> Case:
    return Case(name, data, list(events), None, unread, finished=False)


def refused(
    name: str,
    data: bytes,
    verdict: tuple[int, str],
    *before: Event,
    limit: int = LIMIT,
    deflate: Extension | None = None,
) -> Case:
    """`before` are the events in front of the bad frame."""
    return Case(name, data, list(before), verdict, limit=limit, deflate=deflate)


# Frames.


def header(
    opcode: int, size: int, final: bool = True, reserved: int = 0, key: bytes = KEY
) -> bytes:
    """Of a masked frame, its length in the shortest form."""
    first = (FIN if final else 0) | reserved | opcode
    if size < 126:
        return bytes((first, MASKED | size)) + key
    if size < 0x10000:
        return bytes((first, MASKED | 126)) + size.to_bytes(2, "big") + key
    return bytes((first, MASKED | 127)) + size.to_bytes(8, "big") + key


def frame(
    opcode: int, payload: bytes = b"", final: bool = True, reserved: int = 0, key: bytes = KEY
) -> bytes:
    return header(opcode, len(payload), final, reserved, key) + masked(payload, key)


def masked(payload: bytes, key: bytes = KEY) -> bytes:
    size = len(payload)
    keys = (key * (size // 4 + 1))[:size]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")
    return number.to_bytes(size, "big")


def fragments(opcode: int, *payloads: bytes, reserved: int = 0, final: bool = True) -> bytes:
    """One message in as many frames; `reserved` is for the first, `final` for the last."""
    last = len(payloads) - 1
    return b"".join(
        frame(
            CONTINUATION if number else opcode,
            payload,
            final and number == last,
            0 if number else reserved,
        )
        for number, payload in enumerate(payloads)
    )


def closing(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


# Compression.

TAIL = b"\x00\x00\xff\xff"


def deflated(*messages: bytes, bits: int = 15, takeover: bool = True) -> list[bytes]:
    """What a client sends for these messages, one after the other (RFC 7692 section 7.2.1)."""
    answer = []
    compressor = zlib.compressobj(9, zlib.DEFLATED, -bits)
    for message in messages:
        whole = compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH)
        assert whole.endswith(TAIL)
        answer.append(whole[:-4])
        if not takeover:
            compressor = zlib.compressobj(9, zlib.DEFLATED, -bits)
    return answer


def ended_stream(message: bytes) -> bytes:
    """The message as a deflate stream with an end: its last block has BFINAL."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return compressor.compress(message) + compressor.flush(zlib.Z_FINISH)


NEXT = frame(TEXT, b"n", key=b"\x01\x02\x03\x04")
NEXT_EVENT = text("n")

BAD_RESERVED = 1002, "Reserved bit set"
BAD_OPCODE = 1002, "Reserved opcode"
FRAGMENTED_CONTROL = 1002, "Fragmented control frame"
LONG_CONTROL = 1002, "Control frame too long"
NOT_MASKED = 1002, "Frame not masked"
NOT_MINIMAL = 1002, "Frame length not minimal"
TOO_LARGE = 1002, "Frame length too large"
NO_MESSAGE = 1002, "Continuation of no message"
NEW_MESSAGE = 1002, "New message within a message"
BAD_CODE = 1002, "Bad close code"
NOT_UTF8 = 1007, "Text that is not UTF-8"
BAD_COMPRESSED = 1007, "Bad compressed data"
TOO_MANY_STREAMS = 1008, "Too many deflate streams"
TOO_LONG = 1009, "Message too long"
