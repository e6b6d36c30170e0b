"""Drives a WebSocket codec as the handler does, and puts down what it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from tests.cases.websocket import LIMIT, Event, Extension
from tests.core.settings import deflate_settings
from uvicorn import _select, wire
from uvicorn.codecs import ws_codec
from uvicorn.core.deflate import Deflate
from uvicorn.core.interfaces import WsCodec
from uvicorn.errors import ProtocolError

# Package of the build, name of the codec.
Engine = tuple[str, str]
NewWsCodec = Callable[[], WsCodec]

LIBRARIES = ("websockets", "wsproto")


def all_ws_codecs() -> list[Engine]:
    """Every codec in every build that is there."""
    engines = [(_select.PURE, name) for name in LIBRARIES]
    if _select.core.compiled:
        engines += [(_select.COMPILED, name) for name in ("native", *LIBRARIES)]
    return engines


def each_ws_codec_once() -> list[Engine]:
    """Every codec in one build: native is compiled, the adapters run over the pure core."""
    return [engine for engine in all_ws_codecs() if "native" in engine or _select.PURE in engine]


def ws_adapters_over_compiled() -> list[Engine]:
    return [engine for engine in all_ws_codecs() if engine not in each_ws_codec_once()]


def with_engines(engines: list[Engine]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "engine",
        engines,
        ids=lambda engine: f"{engine[1]}-{engine[0].rpartition('.')[2].strip('_')}",
    )


on_every_codec = with_engines(all_ws_codecs())
on_each_codec_once = with_engines(each_ws_codec_once())


def deflate_of(package: str, extension: Extension) -> Deflate:
    """As negotiated by that build of the core; the server's side is as it may be at most."""
    made: type[Deflate] = _select.Core(package).deflate.Deflate
    return made(deflate_settings(), 15, extension.bits, True, extension.takeover, b"")


def ws_codec_maker(
    engine: Engine, limit: int = LIMIT, extension: Extension | None = None
) -> NewWsCodec:
    package, name = engine
    made = ws_codec(name, _select.Core(package))
    assert made is not None
    return lambda: made(limit, deflate_of(package, extension) if extension else None)


@dataclass
class Outcome:
    events: list[Event]
    refused: tuple[int, str] | None = None
    unread: int = 0


def drive(codec: WsCodec, pieces: Iterable[bytes]) -> Outcome:
    """Feed the pieces, and pull all events behind each."""
    events: list[Event] = []
    try:
        for piece in pieces:
            codec.feed(piece)
            while (event := codec.next_event()) != wire.NEED_DATA:
                events.append(told(codec, event))
    except ProtocolError as error:
        return Outcome(events, (error.status, error.reason))
    return Outcome(events, None, codec.unread_size())


def told(codec: WsCodec, event: int) -> Event:
    if event == wire.TEXT:
        assert type(codec.text) is str
        return Event(event, codec.text, codec.size)
    if event == wire.CLOSE:
        return Event(event, codec.reason, code=codec.code)
    assert event in (wire.BINARY, wire.PING, wire.PONG)
    assert type(codec.data) is bytes
    return Event(event, codec.data, codec.size if event == wire.BINARY else 0)
