"""What came in one read before the end: the app gets it, and its answers leave before ours."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.ws_apps import CONNECT, Listener, accepted, echo, gone, heard, say, slow
from tests.core.ws_peer import CLOSE, TEXT, fragments, frame, knock, ping, text
from tests.core.ws_peer import close as bye

# What ends a conversation, and what we say to it.
ENDS = {
    "a close frame": (bye(4000, "x"), (4000, "x"), gone(4000, "x")),
    "a reserved bit": (b"\xb1", (1002, "Reserved bit set"), None),
    "a reserved opcode": (b"\x83", (1002, "Reserved opcode"), None),
    "a frame without a mask": (b"\x81\x01", (1002, "Frame not masked"), None),
    "a continuation of nothing": (frame(0, b"x"), (1002, "Continuation of no message"), None),
    "bad text": (frame(TEXT, b"\xff"), (1007, "Text that is not UTF-8"), None),
    "a bad fragment": (
        fragments(TEXT, b"a", b"\xff"),
        (1007, "Text that is not UTF-8"),
        None,
    ),
    "a message that is too long": (text("x" * 200), (1009, "Message too long"), None),
}
every_end = pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())


async def echo_by_a_task(receive: Any, send: Any) -> None:
    """One task receives, another one answers."""

    async def answer() -> None:
        while True:
            await send(say(await messages.get()))

    messages: asyncio.Queue[str] = asyncio.Queue()
    answering = asyncio.create_task(answer())
    while (message := await receive())["type"] == "websocket.receive":
        messages.put_nowait(message["text"])
    answering.cancel()


async def echo_that_waits(receive: Any, send: Any) -> None:
    """Each answer takes some passes of the loop."""
    while (message := await receive())["type"] == "websocket.receive":
        for _ in range(7):
            await asyncio.sleep(0)
        await send(say(message["text"]))


ECHOES = {
    "at once": echo,
    "by a task": accepted(echo_by_a_task),
    "after some passes": accepted(echo_that_waits),
}


@every_end
@pytest.mark.parametrize("app", ECHOES.values(), ids=ECHOES.keys())
def test_the_answers_to_what_came_before_the_end_leave_first(serve_ws, app, end):
    last, closing, _ = end
    server = serve_ws(app, ws_max_size=100)
    peer = knock(server).send(text("1") + text("2") + ping(b"p") + text("3") + last)
    server.run(server.loop.passes(60))
    assert (peer.messages, peer.closing) == (["1", "2", "3"], closing)
    assert peer.frames[-1].opcode == CLOSE
    assert peer.ended


@every_end
def test_the_app_gets_what_came_before_the_end(serve_ws, end):
    last, closing, told = end
    app = Listener()
    knock(serve_ws(app, ws_max_size=100)).send(text("1") + text("2") + last)
    assert app.got == [CONNECT, heard("1"), heard("2"), told or gone(*closing)]


@every_end
def test_a_client_that_ends_its_half_behind_its_last_word_is_answered(serve_ws, end):
    last, closing, _ = end
    peer = knock(serve_ws(ECHOES["by a task"], ws_max_size=100))
    connection = peer.client.connection

    def read_all() -> None:
        connection.data_received(text("1") + last)
        assert connection.eof_received()

    peer.client.server.do(read_all)
    assert (peer.messages, peer.closing, peer.closed) == (["1"], closing, True)


@every_end
def test_an_app_that_is_busy_holds_the_end_back_for_a_second_only(serve_ws, end):
    last, closing, told = end
    app = slow()
    server = serve_ws(app, ws_max_size=100)
    peer = knock(server).send(text("1") + last)
    server.advance(0.75)
    assert peer.closing is None
    server.advance(1)
    assert (peer.closing, peer.ended) == (closing, True)
    server.do(app.step, 2)
    assert app.got == [CONNECT, heard("1"), told or gone(*closing)]


def test_with_nothing_before_it_a_close_is_answered_at_once(serve_ws):
    app = slow()
    server = serve_ws(app)
    peer = knock(server).send(text("1"))
    peer.send(bye(4000))
    assert (peer.closing, peer.closed) == ((4000, ""), True)
    server.do(app.step, 2)


@pytest.mark.parametrize("leave", ["vanish", "shutdown", "close"])
def test_whatever_happens_meanwhile_there_is_one_end(serve_ws, leave):
    app = slow()
    server = serve_ws(app, ws_max_size=100)
    peer = knock(server).send(text("1") + bye(4000))
    if leave == "vanish":
        peer.client.vanish()
        server.do(app.step, 2)
        assert app.got == [CONNECT, heard("1"), gone(4000)]
    elif leave == "shutdown":
        server.do(peer.client.connection.shutdown)
        assert (peer.closing, peer.closed) == ((1012, ""), True)
        server.do(app.step, 2)
    else:
        server.run(app.send({"type": "websocket.close", "code": 4001}))
        server.do(lambda: None)
        assert (peer.closing, peer.closed) == ((4001, ""), True)
        server.do(app.step, 2)
        assert app.got == [CONNECT, heard("1"), gone(4001)]


def test_what_comes_while_the_end_waits_is_thrown_away(serve_ws):
    app = slow()
    server = serve_ws(app)
    peer = knock(server).send(text("1") + b"\xff")
    for _ in range(10):
        peer.send(b"x" * 100_000)
    assert peer.client.connection.handler.codec.unread_size() < 100_000
    server.advance(2)
    assert peer.closing == (1002, "Reserved bit set")
    server.do(app.step, 2)
