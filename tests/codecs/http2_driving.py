"""Drives an HTTP/2 codec from bytes, and puts down what it tells and what it sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tests.cases import http2
from tests.cases.http2 import Case, Event, Frame
from uvicorn import _select, wire
from uvicorn.core.http2_codec import Http2Codec, StreamState
from uvicorn.errors import ProtocolError

# Package of the build, name of the codec.
Engine = tuple[str, str]
NewHttp2Codec = Callable[..., Http2Codec]

NATIVE = f"{_select.COMPILED}.native_http2"


def all_http2_codecs() -> list[Engine]:
    """Every codec in every build that is there."""
    engines = []
    if find_spec("uvicorn.codecs.h2") is not None:
        engines.append((_select.PURE, "h2"))
        if _select.core.compiled:
            engines.append((_select.COMPILED, "h2"))
    if _select.core.compiled and find_spec(NATIVE) is not None:
        engines.append((_select.COMPILED, "native"))
    return engines


def engine_name(engine: Engine) -> str:
    return f"{engine[1]}-{engine[0].rpartition('.')[2].strip('_')}"


def http2_codec_maker(engine: Engine) -> NewHttp2Codec:
    """Makes codecs with the limits of the cases, but for what is given."""
    package, name = engine
    core = import_module(f"{package}.http2_codec")
    made = import_module(NATIVE).NativeHttp2Codec if name == "native" else h2_codec(core)

    def new_codec(**given: Any) -> Http2Codec:
        limits = core.Http2Limits(http2.LINE, http2.HEAD, http2.FIELDS)
        limits.streams = http2.STREAMS
        limits.stream_window = http2.STREAM_WINDOW
        limits.connection_window = http2.CONNECTION_WINDOW
        for attribute, value in given.items():
            setattr(limits, attribute, value)
        codec: Http2Codec = made(limits)
        return codec

    return new_codec


def h2_codec(core: Any) -> type[Http2Codec]:
    from uvicorn.codecs.h2 import H2Codec

    return type("H2Codec", (H2Codec, core.Http2Codec), {"stream_class": core.StreamState})


def frames(data: bytes) -> Iterator[Frame]:
    """All of them are whole."""
    while data:
        end = 9 + int.from_bytes(data[:3], "big")
        assert len(data) >= end
        yield Frame(data[3], data[4], int.from_bytes(data[5:9], "big"), data[9:end])
        data = data[end:]


@dataclass
class Outcome:
    events: list[Event] = field(default_factory=list)
    sent: list[Frame] = field(default_factory=list)
    ended: tuple[int, str] | None = None


class Driver:
    """With `answers`, a request is answered as soon as it is whole. One that is too large always
    is, and its stream ends with that."""

    def __init__(self, codec: Http2Codec, answers: bool = False) -> None:
        self.codec = codec
        self.answers = answers
        self.outcome = Outcome()
        self.streams: dict[int, StreamState] = {}
        # WINDOW_UPDATEs that were written: stream, increment.
        self.given_back: list[tuple[int, int]] = []
        codec.start()
        first, *_ = frames(codec.take())
        assert (first.kind, first.flags, first.stream) == (http2.SETTINGS, 0, 0)

    def feed(self, data: bytes, now: float = 0.0) -> None:
        self.codec.feed(data, now)
        try:
            while (event := self.codec.next_event()) != wire.NEED_DATA:
                self.put_down(self.told(event))
        except ProtocolError as error:
            self.outcome.ended = error.status, error.reason
        self.outcome.sent += [frame for frame in self.take() if is_of_the_codec(frame)]

    def take(self) -> list[Frame]:
        size = self.codec.pending_size()
        data = self.codec.take()
        assert type(data) is bytes and len(data) == size and self.codec.pending_size() == 0
        written = list(frames(data))
        self.given_back += [
            (frame.stream, int.from_bytes(frame.payload, "big"))
            for frame in written
            if frame.kind == http2.WINDOW_UPDATE
        ]
        return written

    def consume(self, stream: StreamState, size: int) -> None:
        self.codec.consumed(stream, size)
        self.take()

    def put_down(self, event: Event) -> None:
        events = self.outcome.events
        last = events[-1] if events else None
        if (
            isinstance(event, http2.Body)
            and isinstance(last, http2.Body)
            and last.stream == event.stream
        ):
            events[-1] = http2.Body(event.stream, last.data + event.data)
        else:
            events.append(event)

    def told(self, event: int) -> Event:
        codec = self.codec
        if event == wire.PONG_RECEIVED:
            return http2.Pong(codec.data)
        stream = codec.stream
        if event == wire.WINDOW and stream is None:
            return http2.Window(0)
        assert stream is not None
        if event == wire.HEAD:
            return self.begun(stream)
        if event == wire.BODY:
            assert type(codec.body) is bytes and codec.body
            return http2.Body(stream.number, codec.body)
        if event == wire.END:
            assert not stream.receives
            if self.answers:
                self.answer(stream, 200)
            return http2.End(stream.number)
        if event == wire.RESET:
            assert not stream.receives and not stream.sends
            return http2.Reset(stream.number, codec.code, codec.reason)
        if event == wire.REFUSED:
            self.answer(stream, codec.error.status)
            codec.reset(stream, wire.H2_NO_ERROR)
            return http2.TooLarge(stream.number, (codec.error.status, codec.error.reason))
        if event == wire.WINDOW:
            return http2.Window(stream.number, stream.window)
        assert event == wire.PRIORITY
        return http2.Priority(stream.number, (stream.urgency, stream.incremental))

    def begun(self, stream: StreamState) -> Event:
        head = self.codec.head
        assert head.http_version == "2"
        assert type(head.method) is str
        assert stream.number == self.codec.latest
        assert all(type(part) is bytes for pair in head.headers for part in pair)
        self.streams[stream.number] = stream
        return http2.Head(
            stream.number,
            head.method,
            head.target,
            tuple(head.headers),
            head.authority,
            head.protocol,
            head.expect_continue,
            (stream.urgency, stream.incremental),
        )

    def answer(self, stream: StreamState, status: int) -> None:
        self.codec.send_head(stream, status, [], [])
        self.codec.send_body(stream, b"", 0, 0, True)

    def check_open_streams(self) -> None:
        is_open = [stream.sends or stream.receives for stream in self.streams.values()]
        assert self.codec.open_streams == sum(is_open)


def is_of_the_codec(frame: Frame) -> bool:
    """Not what answers a request, nor a window that is given back."""
    if frame.kind == http2.RST_STREAM:
        return int.from_bytes(frame.payload, "big") != wire.H2_NO_ERROR
    return frame.kind not in (http2.WINDOW_UPDATE, http2.HEADERS, http2.DATA)


def drive(new_codec: NewHttp2Codec, case: Case, pieces: Iterable[bytes]) -> Outcome:
    """Feed the pieces of a case, behind the client's preface and SETTINGS."""
    driver = Driver(new_codec(websockets=case.websockets), case.answers)
    if not case.whole:
        driver.feed(http2.PREFACE + http2.settings())
        assert driver.outcome == Outcome(sent=[Frame(http2.SETTINGS, http2.ACK)])
        driver.outcome = Outcome()
    for piece in pieces:
        driver.feed(piece)
        if driver.outcome.ended is None:
            driver.check_open_streams()
    return driver.outcome
