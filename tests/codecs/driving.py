"""Drives a codec as the handler does, and puts down what it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tests.cases.http1 import LIMITS, Request
from uvicorn import _select, wire
from uvicorn.codecs import HTTP_CODECS, http_codec
from uvicorn.core.interfaces import HttpCodec
from uvicorn.errors import ProtocolError

NewCodec = Callable[[], HttpCodec]


def all_codecs() -> list[tuple[str, str]]:
    """Every codec in every build that is there: package of the build, name of the codec."""
    pairs = [(_select.PURE, name) for name in HTTP_CODECS if name != "native"]
    if _select.core.compiled:
        pairs += [(_select.COMPILED, name) for name in HTTP_CODECS]
    return pairs


def each_codec_once() -> list[tuple[str, str]]:
    """Every codec in one build: native is compiled, the adapters run over the pure core."""
    return [pair for pair in all_codecs() if pair[0] == _select.PURE or pair[1] == "native"]


def adapters_over_compiled() -> list[tuple[str, str]]:
    return [pair for pair in all_codecs() if pair not in each_codec_once()]


def codec_maker(package: str, name: str, limits: tuple[int, int, int] = LIMITS) -> NewCodec:
    made = http_codec(name, _select.Core(package))
    return lambda: made(*limits)


@dataclass
class Outcome:
    requests: list[Request]
    refused: tuple[int, str] | None = None
    unread: bytes = b""


def drive(codec: HttpCodec, pieces: Iterable[bytes]) -> Outcome:
    """Feed the pieces and answer each request at once, as long as the peer keeps the rules.

    Of a request that is refused behind its head, nothing is put down.
    """
    requests: list[Request] = []
    body: list[bytes] = []
    try:
        for piece in pieces:
            codec.feed(piece)
            while (event := codec.next_event()) != wire.NEED_DATA:
                if event == wire.HEAD:
                    requests.append(begun(codec))
                    body = []
                elif event == wire.BODY:
                    assert type(codec.body) is bytes and codec.body
                    body.append(codec.body)
                else:
                    assert event == wire.END
                    requests[-1] = replace(requests[-1], body=b"".join(body), ended=True)
                    assert codec.next_event() == wire.NEED_DATA
                    if requests[-1].keep_alive:
                        codec.start_next()
    except ProtocolError as error:
        return Outcome([r for r in requests if r.ended], (error.status, error.reason))
    if requests and not requests[-1].ended:
        requests[-1] = replace(requests[-1], body=b"".join(body))
    assert codec.unread_size() == len(codec.unread())
    return Outcome(requests, None, codec.unread())


def begun(codec: HttpCodec) -> Request:
    head = codec.head
    assert head.http_version == f"1.{codec.http_minor}"
    assert all(type(part) is bytes for field in head.headers for part in field)
    return Request(
        head.method,
        head.target,
        head.headers,
        b"",
        codec.http_minor,
        codec.keep_alive,
        head.protocol,
        head.expect_continue,
        ended=False,
    )
