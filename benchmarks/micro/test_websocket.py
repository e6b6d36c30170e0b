"""The cost of one WebSocket message without a socket: in the codec alone, as a frame that is sent,
and through the core.

    pytest benchmarks/micro --benchmark-only --benchmark-group-by=func
"""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.macro.frames import client_frame
from benchmarks.macro.messages import letters
from uvicorn.wire import BINARY, LIMIT_MESSAGE, NEED_DATA, TEXT

SIZES = {"32": 32, "1k": 1024, "64k": 64 * 1024}


@pytest.fixture(params=list(SIZES.values()), ids=list(SIZES))
def size(request: pytest.FixtureRequest) -> int:
    size: int = request.param
    return size


@pytest.fixture(params=[TEXT, BINARY], ids=["text", "binary"])
def opcode(request: pytest.FixtureRequest) -> int:
    opcode: int = request.param
    return opcode


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is not None:
            await send({"type": "websocket.send", "text": text})
        else:
            await send({"type": "websocket.send", "bytes": message["bytes"]})


def test_ws_codec(measure: Any, ws_engine: Any, opcode: int, size: int) -> None:
    codec = ws_engine[1](LIMIT_MESSAGE, None)
    frame = client_frame(opcode, letters(size))

    def parse() -> None:
        codec.feed(frame)
        assert codec.next_event() == opcode
        assert codec.next_event() == NEED_DATA

    measure(parse)
    assert codec.size == size


def test_ws_encode_frame(benchmark: Any, form: Any, size: int) -> None:
    encode_frame = form.frames.encode_frame
    data = letters(size)
    assert benchmark(lambda: encode_frame(BINARY, data)).endswith(data)


def test_ws_echo(measure: Any, open_websocket: Any, opcode: int, size: int) -> None:
    connection = open_websocket(echo)
    data = letters(size)
    frame = client_frame(opcode, data)
    measure(lambda: connection.data_received(frame))
    assert connection.transport.last.endswith(data)
