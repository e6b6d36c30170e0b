"""Cases of frames by themselves: RFC 9113 sections 3.4, 4, 5.5 and 6, RFC 9218 section 7.1."""

from __future__ import annotations

from typing import Any

from tests.cases.http2 import (
    ACK,
    CALM,
    CONNECT_PROTOCOL,
    CONTINUATION,
    DATA,
    ENABLE_PUSH,
    END_HEADERS,
    END_STREAM,
    FIRST_WINDOW,
    FLOW_CONTROL,
    FRAME_SIZE,
    GET_BLOCK,
    GOAWAY,
    HAS_PRIORITY,
    HEADERS,
    INITIAL_WINDOW,
    LARGEST_FRAME,
    LARGEST_WINDOW,
    LIST_SIZE,
    MOST_STREAMS,
    NO_PRIORITIES,
    PADDED,
    PING,
    PREFACE,
    PRIORITY,
    PRIORITY_UPDATE,
    PROTOCOL,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    SIZE,
    TABLE_SIZE,
    UNKNOWN,
    WINDOW_UPDATE,
    Body,
    End,
    Frame,
    Head,
    Pong,
    TooLarge,
    Window,
    block,
    connection_error,
    data,
    depends,
    frame,
    get,
    header,
    headers,
    number,
    padded,
    post,
    posted,
    priority_update,
    pseudo,
    reset,
    settings,
    stream_error,
    taken,
    window_update,
)
from uvicorn.codecs import http2_refusals as why

SETTINGS_ACK = Frame(SETTINGS, ACK)


def ended(name: str, data: bytes, code: int, reason: str) -> list[Any]:
    return [connection_error(name, data, code, reason, whole=True)]


PREFACES = [
    taken("a preface and SETTINGS", PREFACE + settings(), sent=[SETTINGS_ACK], whole=True),
    taken("a part of a preface", PREFACE[:10], whole=True, ready=False),
    taken("nothing but a preface", PREFACE, whole=True, ready=False),
    *ended("HTTP/1 in place of a preface", b"GET / HTTP/1.1\r\n\r\n", PROTOCOL, why.BAD_PREFACE),
    *ended("a preface with a wrong end", PREFACE[:-1] + b" ", PROTOCOL, why.BAD_PREFACE),
    *ended("PING behind the preface", PREFACE + frame(PING, payload=bytes(8)), PROTOCOL,
           why.NO_SETTINGS),
    *ended("SETTINGS with ACK behind the preface", PREFACE + frame(SETTINGS, ACK), PROTOCOL,
           why.NO_SETTINGS),
    *ended("HEADERS behind the preface", PREFACE + get(), PROTOCOL, why.NO_SETTINGS),
]  # fmt: skip

REQUEST = Head(), End(1)
OPEN = post()
LONG = LARGEST_FRAME + 1

SIZES = [
    taken("DATA of the largest size", OPEN + data(1, bytes(LARGEST_FRAME), end=True), posted(),
          Body(1, bytes(LARGEST_FRAME)), End(1)),
    *(
        connection_error(f"{name} that is too long", start + header(kind, LONG, 0, stream), SIZE,
                         why.FRAME_SIZE, *before)
        for name, kind, start, stream, before in (
            ("DATA", DATA, OPEN, 1, (posted(),)),
            ("HEADERS", HEADERS, b"", 1, ()),
            ("SETTINGS", SETTINGS, b"", 0, ()),
            ("a frame of an unknown type", UNKNOWN, b"", 0, ()),
        )
    ),
    connection_error("PING of 7 bytes", frame(PING, payload=bytes(7)), SIZE, why.FRAME_SIZE),
    connection_error("PING of 9 bytes", frame(PING, payload=bytes(9)), SIZE, why.FRAME_SIZE),
    connection_error("PING without a byte", frame(PING), SIZE, why.FRAME_SIZE),
    connection_error("RST_STREAM of 3 bytes", OPEN + frame(RST_STREAM, 0, 1, bytes(3)), SIZE,
                     why.FRAME_SIZE, posted()),
    connection_error("RST_STREAM of 5 bytes", OPEN + frame(RST_STREAM, 0, 1, bytes(5)), SIZE,
                     why.FRAME_SIZE, posted()),
    connection_error("WINDOW_UPDATE of 3 bytes", frame(WINDOW_UPDATE, payload=bytes(3)), SIZE,
                     why.FRAME_SIZE),
    connection_error("WINDOW_UPDATE of 5 bytes", OPEN + frame(WINDOW_UPDATE, 0, 1, bytes(5)), SIZE,
                     why.FRAME_SIZE, posted()),
    connection_error("SETTINGS of 5 bytes", frame(SETTINGS, payload=bytes(5)), SIZE,
                     why.FRAME_SIZE),
    connection_error("SETTINGS with ACK and a setting", frame(SETTINGS, ACK, payload=bytes(6)),
                     SIZE, why.FRAME_SIZE),
    connection_error("GOAWAY of 7 bytes", frame(GOAWAY, payload=bytes(7)), SIZE, why.FRAME_SIZE),
    connection_error("PRIORITY_UPDATE of 3 bytes", frame(PRIORITY_UPDATE, payload=bytes(3)), SIZE,
                     why.FRAME_SIZE),
    stream_error("PRIORITY of 4 bytes", OPEN + frame(PRIORITY, 0, 1, bytes(4)), SIZE,
                 why.STREAM_FRAME_SIZE, posted()),
    stream_error("PRIORITY of 6 bytes", OPEN + frame(PRIORITY, 0, 1, bytes(6)), SIZE,
                 why.STREAM_FRAME_SIZE, posted()),
    connection_error("PRIORITY of 4 bytes on an idle stream", frame(PRIORITY, 0, 1, bytes(4)),
                     SIZE, why.STREAM_FRAME_SIZE),
    stream_error("DATA with padding but no length of it", OPEN + frame(DATA, PADDED, 1), SIZE,
                 why.STREAM_FRAME_SIZE, posted()),
    connection_error("HEADERS with padding but no length of it",
                     frame(HEADERS, END_HEADERS | PADDED, 1), SIZE, why.FRAME_SIZE),
    connection_error("HEADERS with less than its priority",
                     frame(HEADERS, END_HEADERS | HAS_PRIORITY, 1, bytes(4)), SIZE,
                     why.FRAME_SIZE),
    connection_error("HEADERS with padding and less than its priority",
                     frame(HEADERS, END_HEADERS | HAS_PRIORITY | PADDED, 1, bytes(5)), SIZE,
                     why.FRAME_SIZE),
]  # fmt: skip

STREAM_ZERO = [
    connection_error(f"{name} on stream 0", frame(kind, flags, 0, payload), PROTOCOL,
                     why.FRAME_NOT_ALLOWED)
    for name, kind, flags, payload in (
        ("DATA", DATA, 0, b"x"),
        ("HEADERS", HEADERS, END_HEADERS | END_STREAM, GET_BLOCK),
        ("PRIORITY", PRIORITY, 0, depends(3)),
        ("RST_STREAM", RST_STREAM, 0, bytes(4)),
        ("CONTINUATION", CONTINUATION, END_HEADERS, GET_BLOCK),
    )
] + [
    connection_error(f"{name} on stream 1", frame(kind, 0, 1, payload), PROTOCOL,
                     why.FRAME_NOT_ALLOWED)
    for name, kind, payload in (
        ("SETTINGS", SETTINGS, b""),
        ("PING", PING, bytes(8)),
        ("GOAWAY", GOAWAY, bytes(8)),
        ("PRIORITY_UPDATE", PRIORITY_UPDATE, number(1)),
    )
] + [
    connection_error(f"{name} on stream 2", frame(kind, flags, 2, payload), PROTOCOL,
                     why.FRAME_NOT_ALLOWED)
    for name, kind, flags, payload in (
        ("DATA", DATA, 0, b"x"),
        ("HEADERS", HEADERS, END_HEADERS | END_STREAM, GET_BLOCK),
        ("RST_STREAM", RST_STREAM, 0, bytes(4)),
        ("WINDOW_UPDATE", WINDOW_UPDATE, 0, number(1)),
    )
] + [
    connection_error("PUSH_PROMISE of a client",
                     frame(PUSH_PROMISE, END_HEADERS, 1, number(2) + GET_BLOCK), PROTOCOL,
                     why.FRAME_NOT_ALLOWED),
]  # fmt: skip

IGNORED = [
    taken("a frame of an unknown type", frame(UNKNOWN, 0xFF, 0, b"any") + get(), *REQUEST),
    taken("a frame of an unknown type on an idle stream", frame(UNKNOWN, 0, 7, b"any") + get(),
          *REQUEST),
    taken("a frame of an unknown type on an even stream", frame(UNKNOWN, 0, 2) + get(), *REQUEST),
    taken("ALTSVC of a client", frame(10, 0, 0, bytes(2)) + get(), *REQUEST),
    taken("flags that a type does not define", frame(PING, 0xFE, 0, bytes(8)) + get(), *REQUEST,
          sent=[Frame(PING, ACK, 0, bytes(8))]),
    taken("HEADERS with all flags that mean nothing",
          headers(1, GET_BLOCK, 0xD2 | END_HEADERS | END_STREAM), *REQUEST),
    taken("the reserved bit in front of a stream's number",
          frame(HEADERS, END_HEADERS | END_STREAM, 0x80000001, GET_BLOCK), *REQUEST),
    taken("the reserved bit in front of an increment", frame(WINDOW_UPDATE, 0, 0,
          number(0x80000001)), Window(0)),
    taken("PRIORITY on an idle stream", frame(PRIORITY, 0, 5, depends(3)) + get(), *REQUEST),
    taken("PRIORITY on an open stream", OPEN + frame(PRIORITY, 0, 1, depends(3)), posted()),
    taken("PRIORITY on an even stream", frame(PRIORITY, 0, 2, depends(3)) + get(), *REQUEST),
    taken("GOAWAY of a client that goes on", frame(GOAWAY, payload=bytes(8) + b"why") + get(),
          *REQUEST),
    taken("GOAWAY with an unknown error code",
          frame(GOAWAY, payload=number(0) + number(0xFFFFFFFF)) + get(), *REQUEST),
    taken("a header alone", header(DATA, 5, 0, 1)[:8], ready=False),
]  # fmt: skip

PADDINGS = [
    taken("DATA with padding", OPEN + frame(DATA, PADDED | END_STREAM, 1, padded(b"hi", 3)),
          posted(), Body(1, b"hi"), End(1)),
    taken("DATA with padding of no byte", OPEN + frame(DATA, PADDED, 1, padded(b"hi", 0)),
          posted(), Body(1, b"hi")),
    taken("DATA of padding alone", OPEN + frame(DATA, PADDED | END_STREAM, 1, padded(b"", 255)),
          posted(), End(1)),
    taken("DATA of padding alone, without an end", OPEN + frame(DATA, PADDED, 1, padded(b"", 9)),
          posted()),
    taken("padding that is not zeros", OPEN + frame(DATA, PADDED, 1, b"\x02hixy"),
          posted(), Body(1, b"hi")),
    taken("HEADERS with padding",
          headers(1, padded(GET_BLOCK, 7), END_HEADERS | END_STREAM | PADDED), *REQUEST),
    taken("HEADERS with a priority",
          headers(1, depends(0) + GET_BLOCK, END_HEADERS | END_STREAM | HAS_PRIORITY), *REQUEST),
    taken("HEADERS with padding and a priority",
          headers(1, padded(depends(3) + GET_BLOCK, 7),
                  END_HEADERS | END_STREAM | PADDED | HAS_PRIORITY), *REQUEST),
    connection_error("DATA with as much padding as frame",
                     OPEN + frame(DATA, PADDED, 1, b"\x05hello"[:5]), PROTOCOL, why.BAD_PADDING,
                     posted()),
    connection_error("DATA with more padding than frame", OPEN + frame(DATA, PADDED, 1, b"\xffhi"),
                     PROTOCOL, why.BAD_PADDING, posted()),
    connection_error("HEADERS with more padding than frame",
                     headers(1, b"\xff" + GET_BLOCK, END_HEADERS | END_STREAM | PADDED), PROTOCOL,
                     why.BAD_PADDING),
    connection_error("HEADERS with padding over its priority",
                     headers(1, b"\x01" + depends(0), END_HEADERS | PADDED | HAS_PRIORITY),
                     PROTOCOL, why.BAD_PADDING),
]  # fmt: skip

BLOCKS = [
    taken("a block in three frames",
          headers(1, GET_BLOCK[:5], END_STREAM) + frame(CONTINUATION, 0, 1, GET_BLOCK[5:9])
          + frame(CONTINUATION, END_HEADERS, 1, GET_BLOCK[9:]), *REQUEST),
    taken("a block with all of it in CONTINUATION",
          headers(1, b"", END_STREAM) + frame(CONTINUATION, END_HEADERS, 1, GET_BLOCK), *REQUEST),
    taken("a block with an empty CONTINUATION",
          headers(1, GET_BLOCK, END_STREAM) + frame(CONTINUATION, END_HEADERS, 1), *REQUEST),
    taken("a block with padding in its first frame",
          headers(1, padded(GET_BLOCK[:9], 4), END_STREAM | PADDED)
          + frame(CONTINUATION, END_HEADERS, 1, GET_BLOCK[9:]), *REQUEST),
    taken("a block that does not end", headers(1, GET_BLOCK, END_STREAM), ready=False),
    taken("END_STREAM on CONTINUATION means nothing",
          headers(1, GET_BLOCK, 0) + frame(CONTINUATION, END_HEADERS | END_STREAM, 1),
          Head()),
    *(
        connection_error(f"{name} within a block", headers(1, GET_BLOCK, END_STREAM) + inner,
                         PROTOCOL, why.FRAME_NOT_ALLOWED)
        for name, inner in (
            ("DATA", data(1, b"x")),
            ("HEADERS", get(1)),
            ("HEADERS of another stream", get(3)),
            ("PRIORITY", frame(PRIORITY, 0, 1, depends(3))),
            ("RST_STREAM", reset(1)),
            ("SETTINGS", settings()),
            ("PING", frame(PING, payload=bytes(8))),
            ("GOAWAY", frame(GOAWAY, payload=bytes(8))),
            ("WINDOW_UPDATE", window_update(0, 1)),
            ("CONTINUATION of another stream", frame(CONTINUATION, END_HEADERS, 3)),
            ("PRIORITY_UPDATE", priority_update(1, b"")),
            ("a frame of an unknown type", frame(UNKNOWN)),
        )
    ),
    connection_error("CONTINUATION behind a whole block",
                     get() + frame(CONTINUATION, END_HEADERS, 1), PROTOCOL, why.FRAME_NOT_ALLOWED,
                     *REQUEST),
    connection_error("CONTINUATION behind DATA", OPEN + data(1, b"x")
                     + frame(CONTINUATION, END_HEADERS, 1), PROTOCOL, why.FRAME_NOT_ALLOWED,
                     posted(), Body(1, b"x")),
    connection_error("CONTINUATION of nothing", frame(CONTINUATION, END_HEADERS, 1, GET_BLOCK),
                     PROTOCOL, why.FRAME_NOT_ALLOWED),
]  # fmt: skip

ALL_SETTINGS = settings(
    (TABLE_SIZE, 0), (ENABLE_PUSH, 1), (MOST_STREAMS, 0), (INITIAL_WINDOW, FIRST_WINDOW),
    (FRAME_SIZE, 2**24 - 1), (LIST_SIZE, 0), (CONNECT_PROTOCOL, 1), (NO_PRIORITIES, 1),
    (0xFFFF, 0xFFFFFFFF), (0, 0), (7, 7),
)  # fmt: skip

SETTINGS_CASES = [
    taken("every setting, and unknown ones", ALL_SETTINGS, sent=[SETTINGS_ACK]),
    taken("SETTINGS twice", settings() + settings(), sent=[SETTINGS_ACK, SETTINGS_ACK]),
    taken("SETTINGS with ACK", frame(SETTINGS, ACK) + get(), *REQUEST),
    taken("a larger initial window", settings((INITIAL_WINDOW, LARGEST_WINDOW)), Window(0),
          sent=[SETTINGS_ACK]),
    taken("a smaller initial window", settings((INITIAL_WINDOW, 0)), sent=[SETTINGS_ACK]),
    taken("an initial window twice, the last one counts",
          settings((INITIAL_WINDOW, 0), (INITIAL_WINDOW, FIRST_WINDOW)), sent=[SETTINGS_ACK]),
    connection_error("ENABLE_PUSH of 2", settings((ENABLE_PUSH, 2)), PROTOCOL, why.BAD_SETTING),
    connection_error("an initial window that is too large",
                     settings((INITIAL_WINDOW, LARGEST_WINDOW + 1)), FLOW_CONTROL,
                     why.BAD_SETTING),
    connection_error("a frame size that is too small", settings((FRAME_SIZE, LARGEST_FRAME - 1)),
                     PROTOCOL, why.BAD_SETTING),
    connection_error("a frame size that is too large", settings((FRAME_SIZE, 2**24)), PROTOCOL,
                     why.BAD_SETTING),
    connection_error("ENABLE_CONNECT_PROTOCOL of 2", settings((CONNECT_PROTOCOL, 2)), PROTOCOL,
                     why.BAD_SETTING),
    connection_error("NO_RFC7540_PRIORITIES of 2", settings((NO_PRIORITIES, 2)), PROTOCOL,
                     why.BAD_SETTING),
    connection_error("a bad setting behind a good one",
                     settings((LIST_SIZE, 5), (ENABLE_PUSH, 2)), PROTOCOL, why.BAD_SETTING),
]  # fmt: skip

PINGS = [
    taken("PING", frame(PING, payload=b"12345678"), sent=[Frame(PING, ACK, 0, b"12345678")]),
    taken("PING with ACK", frame(PING, ACK, 0, b"12345678"), Pong(b"12345678")),
]

WINDOWS = [
    taken("WINDOW_UPDATE of the connection", window_update(0, 1), Window(0)),
    taken("WINDOW_UPDATE of a stream", get() + window_update(1, 5), *REQUEST,
          Window(1, FIRST_WINDOW + 5)),
    taken("windows as large as they may be", get() + window_update(0, LARGEST_WINDOW - FIRST_WINDOW)
          + window_update(1, LARGEST_WINDOW - FIRST_WINDOW), *REQUEST, Window(0),
          Window(1, LARGEST_WINDOW)),
    taken("SETTINGS take the window of a stream away",
          get() + settings((INITIAL_WINDOW, 0)) + window_update(1, 5), *REQUEST, Window(1, 5),
          sent=[SETTINGS_ACK]),
    taken("SETTINGS change the windows of streams that are there",
          get() + settings((INITIAL_WINDOW, 100_000)) + window_update(1, 5), *REQUEST, Window(0),
          Window(1, 100_005), sent=[SETTINGS_ACK]),
    connection_error("WINDOW_UPDATE of 0 bytes for the connection", window_update(0, 0), PROTOCOL,
                     why.EMPTY_INCREMENT),
    stream_error("WINDOW_UPDATE of 0 bytes for a stream", get() + window_update(1, 0), PROTOCOL,
                 why.EMPTY_INCREMENT, *REQUEST),
    connection_error("the connection's window overflows", window_update(0, LARGEST_WINDOW),
                     FLOW_CONTROL, why.WINDOW_OVERFLOW),
    stream_error("a stream's window overflows", get() + window_update(1, LARGEST_WINDOW),
                 FLOW_CONTROL, why.WINDOW_OVERFLOW, *REQUEST),
    stream_error("a stream's window overflows step by step",
                 get() + window_update(1, LARGEST_WINDOW - FIRST_WINDOW) + window_update(1, 1),
                 FLOW_CONTROL, why.WINDOW_OVERFLOW, *REQUEST, Window(1, LARGEST_WINDOW)),
    connection_error("SETTINGS make a stream's window overflow",
                     get() + window_update(1, 1) + settings((INITIAL_WINDOW, LARGEST_WINDOW)),
                     FLOW_CONTROL, why.WINDOW_OVERFLOW, *REQUEST, Window(1, FIRST_WINDOW + 1)),
]  # fmt: skip

MANY = block(*pseudo(), *((b"x", b"y" * 1000) for _ in range(9)))
LONG_BLOCKS = [
    connection_error("a block of more than twice the limit, in two frames",
                     headers(1, MANY[:5000], END_STREAM) + frame(CONTINUATION, 0, 1, MANY[5000:]),
                     CALM, why.BLOCK_TOO_LONG),
    taken("HEADERS of more than twice the limit, in one frame", headers(1, MANY),
          TooLarge(1, why.LIST_TOO_LARGE)),
]  # fmt: skip

CASES = [
    *PREFACES,
    *SIZES,
    *STREAM_ZERO,
    *IGNORED,
    *PADDINGS,
    *BLOCKS,
    *SETTINGS_CASES,
    *PINGS,
    *WINDOWS,
    *LONG_BLOCKS,
]
