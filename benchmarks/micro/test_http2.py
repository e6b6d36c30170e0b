"""The cost of HTTP/2 requests in the native codec alone: 32 in one read, each with its response.

    pytest benchmarks/micro/test_http2.py --benchmark-only

A figure is for all 32, each of which takes six calls from Python.
"""

from __future__ import annotations

from typing import Any

import pytest

from uvicorn import _select
from uvicorn.wire import HEAD, NEED_DATA

from .conftest import LIMITS

REQUESTS = 32
ROUNDS = 3000
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DEFAULTS = [(b"server", b"uvicorn"), (b"date", b"Fri, 28 Nov 2025 09:00:00 GMT")]
HEADERS = [(b"content-type", b"text/plain"), (b"content-length", b"13")]
NAMES = (b"accept", b"accept-language", b"accept-encoding", b"referer", b"cookie", b"priority")
# :method GET, :scheme http, :path /, and what is added to the table; then indexes alone.
BLOCKS = {
    "hello": [(b":authority", b"localhost:8000"), (b"user-agent", b"h2load")],
    "browser": [
        (b":authority", b"localhost:8000"),
        (b"user-agent", b"x" * 100),
        *((name, b"u=1, i" if name == b"priority" else b"x" * 30) for name in NAMES),
    ],
}


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return (
        len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload
    )


def string(text: bytes) -> bytes:
    return bytes((len(text),)) + text


class Client:
    """Says the same request again and again."""

    def __init__(self, fields: list[tuple[bytes, bytes]]) -> None:
        self.stream = 1
        self.block = b"\x82\x86\x84"
        self.block += b"".join(b"\x40" + string(name) + string(value) for name, value in fields)
        self.next_block = b"\x82\x86\x84" + bytes(0xBE + i for i in reversed(range(len(fields))))

    def read(self) -> bytes:
        frames = []
        for _ in range(REQUESTS):
            frames.append(frame(1, 5, self.stream, self.block))
            self.stream += 2
            self.block = self.next_block
        return b"".join(frames)


@pytest.mark.skipif(not _select.core.compiled, reason="Nothing is compiled here.")
@pytest.mark.parametrize("fields", BLOCKS.values(), ids=list(BLOCKS))
def test_http2_codec(benchmark: Any, fields: list[tuple[bytes, bytes]]) -> None:
    from uvicorn._speed.http2_codec import Http2Limits
    from uvicorn._speed.native_http2 import NativeHttp2Codec

    codec = NativeHttp2Codec(Http2Limits(*LIMITS))
    client = Client(fields)
    codec.start()
    codec.feed(PREFACE + frame(4, 0, 0), 0.0)
    assert codec.next_event() == NEED_DATA

    def serve(data: bytes) -> None:
        codec.feed(data, 0.0)
        streams = []
        while (event := codec.next_event()) != NEED_DATA:
            if event == HEAD:
                streams.append(codec.stream)
        for stream in streams:
            codec.send_head(stream, 200, HEADERS, DEFAULTS)
            codec.send_body(stream, b"Hello, world!", 0, 13, True)
        codec.take()

    def setup() -> tuple[tuple[bytes], dict[str, Any]]:
        # The connection's window is for as many responses.
        codec.feed(frame(8, 0, 0, (13 * REQUESTS).to_bytes(4, "big")), float(client.stream))
        return (client.read(),), {}

    benchmark.pedantic(serve, setup=setup, rounds=ROUNDS, warmup_rounds=10)
    assert codec.latest == client.stream - 2
    assert codec.open_streams == 0
