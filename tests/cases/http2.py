"""What HTTP/2 frames mean, or how they are refused: data only, the same for every codec.

A case is a sentence, the bytes of a client behind its preface and an empty SETTINGS, the events
that come out of them, the frames that the codec writes of its own, and with what the connection
ends, if it does. Frames and header blocks are built here, by no library.

WINDOW_UPDATE is in no case: when it is sent is a matter of what is batched, see
tests/codecs/test_http2_windows.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Field = tuple[bytes, bytes]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

# RFC 9113 section 6, RFC 9218 section 7.1.
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY = range(8)
WINDOW_UPDATE, CONTINUATION, PRIORITY_UPDATE, UNKNOWN = 8, 9, 16, 0xFA
ACK, END_STREAM, END_HEADERS, PADDED, HAS_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20

# RFC 9113 section 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1.
TABLE_SIZE, ENABLE_PUSH, MOST_STREAMS, INITIAL_WINDOW, FRAME_SIZE, LIST_SIZE = range(1, 7)
CONNECT_PROTOCOL, NO_PRIORITIES = 8, 9

# RFC 9113 section 7.
PROTOCOL, INTERNAL, FLOW_CONTROL, SETTINGS_TIMEOUT, CLOSED, SIZE, REFUSED, CANCEL = range(1, 9)
COMPRESSION, CONNECT_ERROR, CALM, INSECURE, HTTP_1_1 = range(9, 14)

LARGEST_WINDOW = 2**31 - 1
# Of a client, before it says anything.
FIRST_WINDOW = 65535

# What the cases run with: see core.http2_codec.Http2Limits.
LINE, HEAD, FIELDS, STREAMS, STREAM_WINDOW, CONNECTION_WINDOW = 1000, 4000, 20, 5, 70_000, 140_000
LARGEST_FRAME = 16384


# Events, as a codec tells of them.


class Head(NamedTuple):
    stream: int = 1
    method: str = "GET"
    target: bytes = b"/"
    headers: tuple[Field, ...] = ((b"host", b"a"),)
    authority: bytes = b"a"
    protocol: bytes = b""
    expect_continue: bool = False
    priority: tuple[int, bool] = (3, True)


class Body(NamedTuple):
    """All BODY events of a stream that follow each other, as one."""

    stream: int
    data: bytes


class End(NamedTuple):
    stream: int


class Reset(NamedTuple):
    stream: int
    code: int
    reason: str = ""


class TooLarge(NamedTuple):
    """REFUSED, to be answered with a status."""

    stream: int
    error: tuple[int, str]


class Window(NamedTuple):
    """`stream` is 0 for all of them; then there is no `size`."""

    stream: int
    size: int = 0


class Priority(NamedTuple):
    stream: int
    priority: tuple[int, bool]


class Pong(NamedTuple):
    data: bytes


Event = Head | Body | End | Reset | TooLarge | Window | Priority | Pong


class Frame(NamedTuple):
    kind: int
    flags: int = 0
    stream: int = 0
    payload: bytes = b""


@dataclass(frozen=True)
class Case:
    """With `answers`, each request is answered by 200 and no body as soon as it is whole: no sent
    frame of that is put down. With `whole`, the data is all that the client sends, its preface
    too. Where not `ready`, the data ends within a frame or a header
    block, and nothing else can follow."""

    name: str
    data: bytes
    events: list[Event]
    sent: list[Frame]
    ended: tuple[int, str] | None = None
    answers: bool = False
    whole: bool = False
    ready: bool = True
    websockets: bool = True


def taken(
    name: str,
    data: bytes,
    *events: Event,
    sent: list[Frame] | None = None,
    answers: bool = False,
    ready: bool = True,
    whole: bool = False,
) -> Case:
    return Case(name, data, list(events), sent or [], None, answers, whole, ready)


def stream_error(
    name: str,
    data: bytes,
    code: int,
    reason: str,
    *before: Event,
    stream: int = 1,
    answers: bool = False,
    websockets: bool = True,
) -> Case:
    """That stream alone ends, told and sent once, behind these events."""
    events = [*before, Reset(stream, code, reason)]
    sent = [reset_frame(stream, code)]
    return Case(name, data, events, sent, answers=answers, websockets=websockets)


def malformed(name: str, data: bytes, reason: str, *before: Event, stream: int = 1) -> Case:
    """RFC 9113 section 8.1.1."""
    return stream_error(name, data, PROTOCOL, reason, *before, stream=stream)


def connection_error(
    name: str,
    data: bytes,
    code: int,
    reason: str,
    *before: Event,
    answers: bool = False,
    whole: bool = False,
) -> Case:
    ended = code, reason
    return Case(name, data, list(before), [], ended, answers, whole)


# Frames, as a client sends them.


def number(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "big")


def header(kind: int, length: int, flags: int = 0, stream: int = 0) -> bytes:
    return number(length, 3) + bytes((kind, flags)) + number(stream)


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    return header(kind, len(payload), flags, stream) + payload


def settings(*pairs: tuple[int, int]) -> bytes:
    return frame(SETTINGS, payload=b"".join(number(key, 2) + number(value) for key, value in pairs))


def reset(stream: int, code: int = CANCEL) -> bytes:
    return frame(RST_STREAM, 0, stream, number(code))


def reset_frame(stream: int, code: int) -> Frame:
    return Frame(RST_STREAM, 0, stream, number(code))


def window_update(stream: int, increment: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream, number(increment))


def data(stream: int, content: bytes, end: bool = False) -> bytes:
    return frame(DATA, END_STREAM if end else 0, stream, content)


def padded(content: bytes, padding: int) -> bytes:
    return bytes((padding,)) + content + bytes(padding)


def depends(on: int, weight: int = 15) -> bytes:
    return number(on) + bytes((weight,))


def priority_update(stream: int, value: bytes) -> bytes:
    return frame(PRIORITY_UPDATE, payload=number(stream) + value)


# Header blocks (RFC 7541 sections 5 and 6).


def integer(value: int, bits: int, first: int = 0) -> bytes:
    """With a prefix of so many bits, below those of `first`."""
    most = (1 << bits) - 1
    if value < most:
        return bytes((first | value,))
    answer = [first | most]
    value -= most
    while value >= 0x80:
        answer.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*answer, value))


def string(value: bytes) -> bytes:
    return integer(len(value), 7) + value


def literal(name: bytes, value: bytes) -> bytes:
    return b"\x00" + string(name) + string(value)


def added(name: bytes, value: bytes) -> bytes:
    """A literal that becomes the first entry of the dynamic table, with index 62."""
    return b"\x40" + string(name) + string(value)


def indexed(index: int) -> bytes:
    return integer(index, 7, 0x80)


def table_size(size: int) -> bytes:
    return integer(size, 5, 0x20)


def block(*fields: Field) -> bytes:
    return b"".join(literal(name, value) for name, value in fields)


def pseudo(
    method: bytes = b"GET",
    path: bytes = b"/",
    authority: bytes = b"a",
    scheme: bytes = b"http",
) -> tuple[Field, ...]:
    return (
        (b":method", method),
        (b":scheme", scheme),
        (b":path", path),
        (b":authority", authority),
    )


GET_BLOCK = block(*pseudo())


def headers(stream: int, fragment: bytes, flags: int = END_HEADERS | END_STREAM) -> bytes:
    return frame(HEADERS, flags, stream, fragment)


def fields(*given: Field, stream: int = 1, end: bool = True) -> bytes:
    """A request of exactly these fields, or trailers."""
    return headers(stream, block(*given), END_HEADERS | (END_STREAM if end else 0))


def get(stream: int = 1, *more: Field) -> bytes:
    return fields(*pseudo(), *more, stream=stream)


def post(stream: int = 1, *more: Field) -> bytes:
    """Of a request with a body, all that comes in front of it."""
    return fields(*pseudo(b"POST"), *more, stream=stream, end=False)


def head(*more: Field, stream: int = 1, method: str = "GET") -> Head:
    return Head(stream, method, headers=((b"host", b"a"), *more))


def posted(stream: int = 1, *more: Field) -> Head:
    return head(*more, stream=stream, method="POST")


NEXT_STREAM = 999
NEXT = get(NEXT_STREAM)
NEXT_EVENTS: list[Event] = [Head(NEXT_STREAM), End(NEXT_STREAM)]
