"""Cases of what a client may do that costs us and gains nothing, again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.cases.http2 import (
    ACK,
    CONTINUATION,
    END_HEADERS,
    END_STREAM,
    GET_BLOCK,
    PADDED,
    PING,
    PRIORITY,
    SETTINGS,
    UNKNOWN,
    data,
    depends,
    fields,
    frame,
    get,
    headers,
    padded,
    post,
    priority_update,
    reset,
    settings,
    window_update,
)
from tests.cases.http2 import DATA as DATA_FRAME
from uvicorn.wire import H2_COST_OF_RESET, H2_SMALL


@dataclass(frozen=True)
class Flood:
    """`start`, then `unit` of 0, 1, 2 ... as often as the bucket allows, each of which costs
    `cost`, or is free. The frame that makes us reset a stream may have a price of its own. With
    `answers`, requests are answered as soon as they are whole."""

    name: str
    unit: Callable[[int], bytes]
    cost: int = 1
    start: bytes = b""
    answers: bool = False


def number_of(index: int) -> int:
    """The stream for the unit, behind those of `start`."""
    return 2 * index + 11


def always(unit: bytes) -> Callable[[int], bytes]:
    return lambda index: unit


OPEN = post()
RESET = H2_COST_OF_RESET
UNFINISHED = headers(1, GET_BLOCK, END_STREAM)
FULL = b"".join(post(stream) for stream in range(1, 11, 2))

FLOODS = [
    Flood("PING", always(frame(PING, payload=bytes(8)))),
    Flood("PING with ACK", always(frame(PING, ACK, payload=bytes(8)))),
    Flood("empty SETTINGS", always(settings())),
    Flood("SETTINGS with ACK", always(frame(SETTINGS, ACK))),
    Flood("SETTINGS that change windows", lambda index: settings((4, index))),
    Flood("SETTINGS that change the table", lambda index: settings((1, index % 2 * 4096))),
    Flood("PRIORITY", always(frame(PRIORITY, 0, 1, depends(3)))),
    Flood("PRIORITY_UPDATE", always(priority_update(1, b"u=1")), start=OPEN),
    Flood("PRIORITY_UPDATE of an idle stream", always(priority_update(1, b"u=1"))),
    Flood("frames of an unknown type", always(frame(UNKNOWN, 0, 0, b"x"))),
    Flood("DATA without a byte", always(data(1, b"")), start=OPEN),
    Flood("DATA of padding alone", always(frame(DATA_FRAME, PADDED, 1, padded(b"", 1))),
          start=OPEN),
    Flood("WINDOW_UPDATE of one byte", always(window_update(0, 1))),
    Flood("WINDOW_UPDATE of one byte for a stream", always(window_update(1, 1)), start=OPEN),
    Flood("WINDOW_UPDATE below what is small", always(window_update(0, H2_SMALL - 1))),
    Flood("CONTINUATION without a byte", always(frame(CONTINUATION, 0, 1)), start=UNFINISHED),
    Flood("rapid reset",
          lambda index: get(number_of(index)) + reset(number_of(index)), RESET),
    Flood("rapid reset of requests that have not ended",
          lambda index: post(number_of(index)) + reset(number_of(index)), RESET),
    Flood("made you reset: WINDOW_UPDATE of 0 bytes",
          lambda index: get(number_of(index)) + window_update(number_of(index), 0), RESET),
    Flood("made you reset: a window that overflows",
          lambda index: get(number_of(index)) + window_update(number_of(index), 2**31 - 1), RESET),
    Flood("made you reset: DATA behind the end",
          lambda index: get(number_of(index)) + data(number_of(index), b"x"), RESET),
    Flood("made you reset: HEADERS behind the end",
          lambda index: get(number_of(index)) + get(number_of(index)), RESET),
    Flood("made you reset: PRIORITY of 4 bytes",
          lambda index: get(number_of(index)) + frame(PRIORITY, 0, number_of(index), bytes(4)),
          RESET),
    Flood("made you reset: PRIORITY of itself",
          lambda index: get(number_of(index))
          + frame(PRIORITY, 0, number_of(index), depends(number_of(index))), RESET),
    Flood("made you reset: END_STREAM with a length",
          lambda index: get(number_of(index), (b"content-length", b"1")), RESET),
    Flood("malformed requests", lambda index: fields((b"X", b"y"), stream=number_of(index)), RESET),
    Flood("streams that are too many", lambda index: get(number_of(index)), RESET, start=FULL),
]  # fmt: skip

FREE = [
    Flood("RST_STREAM on a closed stream", always(reset(1)), 0, OPEN + reset(1)),
    Flood("WINDOW_UPDATE on a closed stream", always(window_update(1, H2_SMALL)), 0,
          OPEN + reset(1)),
    Flood("requests", lambda index: get(number_of(index)), 0, answers=True),
    Flood("WINDOW_UPDATE that is not small", always(window_update(0, H2_SMALL)), 0),
    Flood("DATA of one byte", always(data(1, b"x")), 0, start=OPEN),
    Flood("requests with an end of its own",
          lambda index: post(number_of(index)) + data(number_of(index), b"", True), 0,
          answers=True),
    Flood("requests in two frames",
          lambda index: headers(number_of(index), GET_BLOCK, END_STREAM)
          + frame(CONTINUATION, END_HEADERS, number_of(index), b"\x00\x01x"
                  + b"\x7f" + b"\x81\x07" + b"y" * 1024), 0, answers=True),
]  # fmt: skip
