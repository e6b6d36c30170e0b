"""Cases of streams: their states, numbers and windows (RFC 9113 sections 5, 6.9 and 8.1)."""

from __future__ import annotations

from tests.cases.http2 import (
    CALM,
    CLOSED,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    FIELDS,
    FLOW_CONTROL,
    HAS_PRIORITY,
    PADDED,
    PRIORITY,
    PROTOCOL,
    REFUSED,
    STREAM_WINDOW,
    STREAMS,
    Body,
    Case,
    End,
    Event,
    Head,
    Reset,
    added,
    block,
    connection_error,
    data,
    depends,
    fields,
    frame,
    get,
    headers,
    indexed,
    malformed,
    number,
    padded,
    post,
    posted,
    pseudo,
    reset,
    reset_frame,
    stream_error,
    taken,
    window_update,
)
from uvicorn.codecs import http2_refusals as why

REQUEST = Head(), End(1)
TRAILER = (b"x-checksum", b"1")


def length(value: bytes) -> tuple[bytes, bytes]:
    return b"content-length", value


BODIES = [
    taken("a request without a body", get(), *REQUEST),
    taken("a request that has not ended", post(), posted()),
    taken("a body in two frames", post() + data(1, b"one") + data(1, b"two", end=True), posted(),
          Body(1, b"onetwo"), End(1)),
    taken("an end without a byte", post() + data(1, b"one") + data(1, b"", end=True), posted(),
          Body(1, b"one"), End(1)),
    taken("DATA without a byte or an end", post() + data(1, b"") + data(1, b"x", end=True),
          posted(), Body(1, b"x"), End(1)),
    taken("no byte of a body at all", post() + data(1, b"", end=True), posted(), End(1)),
    taken("two streams at a time",
          post(1) + post(3) + data(1, b"a") + data(3, b"b", end=True) + data(1, b"c", end=True),
          posted(1), posted(3), Body(1, b"a"), Body(3, b"b"), End(3), Body(1, b"c"), End(1)),
    taken("trailers", post() + data(1, b"hi") + fields(TRAILER), posted(), Body(1, b"hi"), End(1)),
    taken("trailers without a body", post() + fields(TRAILER), posted(), End(1)),
    taken("trailers without a field", post() + fields(), posted(), End(1)),
    taken("trailers in two frames", post() + headers(1, block(TRAILER)[:4], END_STREAM)
          + frame(CONTINUATION, END_HEADERS, 1, block(TRAILER)[4:]), posted(), End(1)),
    taken("a length in trailers means nothing", post() + fields((b"content-length", b"x")),
          posted(), End(1)),
    malformed("trailers that are not the end", post() + fields(TRAILER, end=False),
              why.TRAILERS_NOT_LAST, posted()),
    malformed("a pseudo-header in trailers", post() + fields((b":path", b"/")),
              why.PSEUDO_IN_TRAILERS, posted()),
    malformed("an unknown pseudo-header in trailers", post() + fields((b":x", b"/")),
              why.REASONS[why.BAD_PSEUDO], posted()),
    malformed("an upper-case name in trailers", post() + fields((b"X-Checksum", b"1")),
              why.REASONS[why.BAD_NAME], posted()),
    malformed("a line end in trailers", post() + fields((b"x", b"a\r\nb")),
              why.REASONS[why.BAD_VALUE], posted()),
    malformed("a connection field in trailers",
              post() + fields((b"transfer-encoding", b"chunked")),
              why.REASONS[why.CONNECTION_FIELD], posted()),
    stream_error("too many trailers", post() + fields(*[TRAILER] * (FIELDS + 1)), CALM,
                 why.TOO_MANY_FIELDS[1], posted()),
    stream_error("trailers that are too large", post() + fields((b"x", b"y" * 4000)), CALM,
                 why.LIST_TOO_LARGE[1], posted()),
]  # fmt: skip

LENGTHS = [
    taken("a body as long as it says", post(1, length(b"2")) + data(1, b"h") + data(1, b"i", True),
          posted(1, length(b"2")), Body(1, b"hi"), End(1)),
    taken("padding does not count for the length",
          post(1, length(b"2")) + frame(DATA, PADDED | END_STREAM, 1, padded(b"hi", 5)),
          posted(1, length(b"2")), Body(1, b"hi"), End(1)),
    taken("a length of 0 and no body", get(1, length(b"0")), Head(1, headers=((b"host", b"a"),
          length(b"0"))), End(1)),
    taken("a length of 0 and an end without a byte", post(1, length(b"0")) + data(1, b"", True),
          posted(1, length(b"0")), End(1)),
    taken("a body as long as it says, and trailers",
          post(1, length(b"2")) + data(1, b"hi") + fields(TRAILER),
          posted(1, length(b"2")), Body(1, b"hi"), End(1)),
    malformed("END_STREAM with a length", get(1, length(b"5")), why.WRONG_LENGTH),
    malformed("a body that is longer than it says", post(1, length(b"2")) + data(1, b"hello"),
              why.WRONG_LENGTH, posted(1, length(b"2"))),
    malformed("a body that gets longer than it says",
              post(1, length(b"2")) + data(1, b"hi") + data(1, b"!"),
              why.WRONG_LENGTH, posted(1, length(b"2")), Body(1, b"hi")),
    malformed("a body where none was said", post(1, length(b"0")) + data(1, b"x"),
              why.WRONG_LENGTH, posted(1, length(b"0"))),
    malformed("a body that is shorter than it says", post(1, length(b"5")) + data(1, b"hi", True),
              why.WRONG_LENGTH, posted(1, length(b"5"))),
    malformed("a body that ends too early", post(1, length(b"5")) + data(1, b"hi")
              + data(1, b"", True), why.WRONG_LENGTH, posted(1, length(b"5")), Body(1, b"hi")),
    malformed("trailers behind too short a body",
              post(1, length(b"5")) + data(1, b"hi") + fields(TRAILER),
              why.WRONG_LENGTH, posted(1, length(b"5")), Body(1, b"hi")),
]  # fmt: skip

IDLE = [
    connection_error(f"{name} on an idle stream", sent, PROTOCOL, why.IDLE_STREAM)
    for name, sent in (
        ("DATA", data(1, b"x")),
        ("RST_STREAM", reset(1)),
        ("WINDOW_UPDATE", window_update(1, 1)),
        ("WINDOW_UPDATE of 0 bytes", window_update(1, 0)),
    )
]

# A stream that the client has ended: our half is open.
HALF_CLOSED = [
    stream_error("DATA behind the end", get() + data(1, b"x"), CLOSED, why.STREAM_CLOSED, *REQUEST),
    stream_error("HEADERS behind the end", get() + get(), CLOSED, why.STREAM_CLOSED, *REQUEST),
    stream_error(
        "trailers behind the end", get() + fields(TRAILER), CLOSED, why.STREAM_CLOSED, *REQUEST
    ),
    taken("PRIORITY behind the end", get() + frame(PRIORITY, 0, 1, depends(3)), *REQUEST),
    taken("RST_STREAM behind the end", get() + reset(1, 5), *REQUEST, Reset(1, 5)),
]

RESETS = [
    taken("RST_STREAM", post() + reset(1), posted(), Reset(1, 8)),
    taken("RST_STREAM without an error", post() + reset(1, 0), posted(), Reset(1, 0)),
    taken("RST_STREAM with an unknown code", post() + reset(1, 0xFFFFFFFF), posted(),
          Reset(1, 0xFFFFFFFF)),
    taken("RST_STREAM twice", post() + reset(1) + reset(1), posted(), Reset(1, 8)),
    taken("WINDOW_UPDATE behind RST_STREAM", post() + reset(1) + window_update(1, 5), posted(),
          Reset(1, 8)),
    taken("PRIORITY behind RST_STREAM", post() + reset(1) + frame(PRIORITY, 0, 1, depends(0)),
          posted(), Reset(1, 8)),
    connection_error("DATA behind RST_STREAM", post() + reset(1) + data(1, b"x"), CLOSED,
                     why.STREAM_CLOSED, posted(), Reset(1, 8)),
    connection_error("HEADERS behind RST_STREAM", post() + reset(1) + get(), CLOSED,
                     why.STREAM_CLOSED, posted(), Reset(1, 8)),
]  # fmt: skip

# Both halves have ended.
ENDED = [
    taken(f"{name} on a stream that has ended", get() + sent, *REQUEST, answers=True)
    for name, sent in (
        ("RST_STREAM", reset(1)),
        ("WINDOW_UPDATE", window_update(1, 5)),
        ("WINDOW_UPDATE of 0 bytes", window_update(1, 0)),
        ("WINDOW_UPDATE that would overflow", window_update(1, 2**31 - 1)),
        ("PRIORITY", frame(PRIORITY, 0, 1, depends(0))),
        ("PRIORITY of 4 bytes", frame(PRIORITY, 0, 1, bytes(4))),
    )
] + [
    connection_error(f"{name} on a stream that has ended", get() + sent, CLOSED,
                     why.STREAM_CLOSED, *REQUEST, answers=True)
    for name, sent in (
        ("DATA", data(1, b"x")),
        ("HEADERS", get()),
        ("trailers", fields(TRAILER)),
    )
]  # fmt: skip

WRONG = post(1, length(b"1")) + data(1, b"wrong")
WE_RESET: tuple[Event, ...] = posted(1, length(b"1")), Reset(1, PROTOCOL, why.WRONG_LENGTH)


def still_sent(name: str, sent: bytes, *more: Event) -> Case:
    """A client that has not heard yet that we have reset its stream."""
    return Case(name, WRONG + sent, [*WE_RESET, *more], [reset_frame(1, PROTOCOL)])


# What a client has sent before it heard that we have reset its stream.
WE_HAVE_RESET = [
    still_sent("DATA on a stream that we have reset", data(1, b"more") + data(1, b"", True)),
    still_sent("DATA with padding on a stream that we have reset",
               frame(DATA, PADDED, 1, padded(b"", 5))),
    still_sent("trailers on a stream that we have reset", fields(TRAILER)),
    still_sent("RST_STREAM on a stream that we have reset", reset(1)),
    still_sent("WINDOW_UPDATE on a stream that we have reset", window_update(1, 1)),
    still_sent("WINDOW_UPDATE of 0 bytes on a stream that we have reset", window_update(1, 0)),
    still_sent("PRIORITY on a stream that we have reset", frame(PRIORITY, 0, 1, depends(0))),
    still_sent("a block of a stream that we have reset fills the table",
               headers(1, added(b"x-found", b"1")) + headers(3, block(*pseudo()) + indexed(62)),
               Head(3, headers=((b"host", b"a"), (b"x-found", b"1"))), End(3)),
    Case("DATA behind the end of a stream that we have reset",
         WRONG + data(1, b"", True) + data(1, b"x"), [*WE_RESET], [reset_frame(1, PROTOCOL)],
         (CLOSED, why.STREAM_CLOSED)),
    Case("DATA on a stream that had ended before we have reset it",
         get() + window_update(1, 0) + data(1, b"x"),
         [*REQUEST, Reset(1, PROTOCOL, why.EMPTY_INCREMENT)], [reset_frame(1, PROTOCOL)],
         (CLOSED, why.STREAM_CLOSED)),
    Case("DATA behind RST_STREAM on a stream that we have reset",
         WRONG + reset(1) + data(1, b"x"), [*WE_RESET], [reset_frame(1, PROTOCOL)],
         (CLOSED, why.STREAM_CLOSED)),
]  # fmt: skip

NUMBERS = [
    taken("a stream's number may be any that is odd and higher", get(1) + get(77) + get(79),
          *REQUEST, Head(77), End(77), Head(79), End(79)),
    taken("the largest number", get(2**31 - 1), Head(2**31 - 1), End(2**31 - 1)),
    connection_error("a number below the latest one", get(5) + get(3), PROTOCOL, why.OLD_STREAM,
                     Head(5), End(5)),
    connection_error("DATA on a number that was left out", get(5) + data(3, b"x"), CLOSED,
                     why.STREAM_CLOSED, Head(5), End(5)),
    taken("RST_STREAM on a number that was left out", get(5) + reset(3), Head(5), End(5)),
    taken("WINDOW_UPDATE on a number that was left out", get(5) + window_update(3, 1), Head(5),
          End(5)),
]  # fmt: skip

FULL = b"".join(post(2 * index + 1) for index in range(STREAMS))
ALL_OPEN = [posted(2 * index + 1) for index in range(STREAMS)]
LAST = 2 * STREAMS + 1

CONCURRENCY = [
    taken("as many streams as are allowed", FULL, *ALL_OPEN),
    stream_error("one stream more than allowed", FULL + get(LAST), REFUSED, why.TOO_MANY_STREAMS,
                 *ALL_OPEN, stream=LAST),
    stream_error("a stream that is malformed and too many",
                 FULL + fields((b":path", b"/"), stream=LAST), REFUSED, why.TOO_MANY_STREAMS,
                 *ALL_OPEN, stream=LAST),
    taken("another stream where one was reset", FULL + reset(3) + get(LAST), *ALL_OPEN,
          Reset(3, 8), Head(LAST), End(LAST)),
    taken("another stream where one has ended", FULL + data(3, b"", True) + get(LAST), *ALL_OPEN,
          End(3), Head(LAST), End(LAST), answers=True),
    Case("a body of a stream that was too many",
         FULL + post(LAST) + data(LAST, b"x"), [*ALL_OPEN, Reset(LAST, REFUSED,
         why.TOO_MANY_STREAMS)], [reset_frame(LAST, REFUSED)]),
    Case("the block of a stream that is too many fills the table",
         FULL + headers(LAST, block(*pseudo()) + added(b"x-found", b"1")) + reset(1)
         + headers(LAST + 2, block(*pseudo()) + indexed(62)),
         [*ALL_OPEN, Reset(LAST, REFUSED, why.TOO_MANY_STREAMS), Reset(1, 8),
          Head(LAST + 2, headers=((b"host", b"a"), (b"x-found", b"1"))), End(LAST + 2)],
         [reset_frame(LAST, REFUSED)]),
]  # fmt: skip

DEPENDENCIES = [
    stream_error("PRIORITY of a stream that depends on itself",
                 post() + frame(PRIORITY, 0, 1, depends(1)), PROTOCOL, why.DEPENDS_ON_ITSELF,
                 posted()),
    stream_error("HEADERS of a stream that depends on itself",
                 headers(1, depends(1) + block(*pseudo()), END_HEADERS | END_STREAM | HAS_PRIORITY),
                 PROTOCOL, why.DEPENDS_ON_ITSELF),
    connection_error("PRIORITY of an idle stream that depends on itself",
                     frame(PRIORITY, 0, 1, depends(1)), PROTOCOL, why.DEPENDS_ON_ITSELF),
    taken("an exclusive dependency", post() + frame(PRIORITY, 0, 1, number(0x80000000 | 3) + b"x"),
          posted()),
]  # fmt: skip

KB = bytes(10_000)
TO_THE_BRIM = b"".join(data(1, KB) for _ in range(STREAM_WINDOW // len(KB)))
ALL_OF_IT = bytes(STREAM_WINDOW)

# The body is not consumed before the case is over: no window is given back.
WINDOWS = [
    taken("a body that fills the stream's window", post() + TO_THE_BRIM, posted(),
          Body(1, ALL_OF_IT)),
    taken("an end where the window is full", post() + TO_THE_BRIM + data(1, b"", True), posted(),
          Body(1, ALL_OF_IT), End(1)),
    stream_error("a body that is beyond the stream's window", post() + TO_THE_BRIM + data(1, b"x"),
                 FLOW_CONTROL, why.STREAM_WINDOW, posted(), Body(1, ALL_OF_IT)),
    stream_error("padding that is beyond the stream's window",
                 post() + TO_THE_BRIM[: -len(KB) - 9] + data(1, KB[:-3])
                 + frame(DATA, PADDED, 1, padded(b"", 3)),
                 FLOW_CONTROL, why.STREAM_WINDOW, posted(), Body(1, ALL_OF_IT[:-3])),
]  # fmt: skip

CASES = [
    *BODIES,
    *LENGTHS,
    *IDLE,
    *HALF_CLOSED,
    *RESETS,
    *ENDED,
    *WE_HAVE_RESET,
    *NUMBERS,
    *CONCURRENCY,
    *DEPENDENCIES,
    *WINDOWS,
]
