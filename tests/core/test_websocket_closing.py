"""How a WebSocket ends: who closes, with which code, and what the other side learns of it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.core.ws_apps import (
    CONNECT,
    Listener,
    accept,
    close,
    gone,
    heard,
    say,
    says,
    slow,
)
from tests.core.ws_peer import (
    CLOSE,
    Peer,
    binary,
    full,
    handshake,
    knock,
    ping,
    text,
)
from tests.core.ws_peer import close as bye
from uvicorn.errors import ClientDisconnected


async def accept_and_return(scope: Any, receive: Any, send: Any) -> None:
    await send(accept())


# The peer closes.


@pytest.mark.parametrize(
    ("sent", "told", "answered"),
    [
        (bye(), gone(1000), (1000, "")),
        (bye(1001, "away"), gone(1001, "away"), (1001, "away")),
        (bye(4999, "é" * 61), gone(4999, "é" * 61), (4999, "é" * 61)),
        (bye(3000), gone(3000), (3000, "")),
        (bye(None), gone(1005), (1005, "")),
    ],
)
def test_the_app_learns_the_code_and_reason_of_the_peer(serve_ws, sent, told, answered):
    app = Listener()
    peer = knock(serve_ws(app)).send(text("hi"), sent)
    assert app.got == [CONNECT, heard("hi"), told]
    assert (peer.closing, peer.closed) == (answered, True)


def test_what_the_peer_sends_behind_its_close_is_not_read(serve_ws):
    app = Listener()
    peer = knock(serve_ws(app)).send(bye(4000) + text("more") + b"\xff\xff\xff", b"\xff")
    assert app.got == [CONNECT, gone(4000)]
    assert [frame.opcode for frame in peer.frames] == [CLOSE]


def test_what_was_sent_before_the_close_of_the_peer_leaves_first(serve_ws):
    app = says(accept(), say("one"), say(b"x" * 300_000))
    server = serve_ws(app)
    client = server.connect()
    client.transport.client_reads = False
    client.send(handshake(), bye(4000))
    for _ in range(40):
        server.do(client.transport.take, 10_000)
    client.transport.client_reads = True
    server.do(client.transport.take)
    peer = Peer(client)
    assert peer.messages == ["one", b"x" * 300_000]
    assert (peer.closing, peer.closed) == ((4000, ""), True)


def test_a_peer_that_leaves_without_a_word_is_1005(serve_ws):
    for leave in ("end", "vanish"):
        app = Listener()
        peer = knock(serve_ws(app)).send(text("hi"))
        getattr(peer.client, leave)()
        assert app.got == [CONNECT, heard("hi"), gone(1005)]
        assert peer.closed


def test_a_peer_that_leaves_within_a_frame_is_1005(serve_ws):
    app = Listener()
    peer = knock(serve_ws(app)).send(text("hi")[:-1])
    peer.client.end()
    assert app.got == [CONNECT, gone(1005)]


# The app closes.


def test_after_its_own_close_the_app_is_told_what_it_has_said(serve_ws):
    app = Listener(accept(), close(4000, "done"))
    peer = knock(serve_ws(app))
    assert (peer.closing, peer.closed) == ((4000, "done"), False)
    assert app.got == [CONNECT, gone(4000, "done")]
    peer.send(text("too late") + ping(b"too"), bye(1000, "other"))
    assert (peer.closed, len(peer.frames)) == (True, 1)


@pytest.mark.parametrize("answer", [bye(4000, "too"), bye(1000, "other"), bye(None), b"\xff", b""])
def test_whatever_the_peer_answers_the_close_of_the_app_counts(serve_ws, answer):
    """Also for another task of the app, which waits since before the close."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == CONNECT
        await send(accept())
        listener = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        await send(close(4001, "bye"))
        await go.wait()
        told.extend([await listener, await receive()])

    told: list[Any] = []
    go = asyncio.Event()
    server = serve_ws(app)
    peer = knock(server)
    if answer:
        peer.send(answer)
    else:
        peer.client.vanish()
    server.do(go.set)
    assert told == [gone(4001, "bye")] * 2


def test_messages_from_before_its_own_close_are_still_the_apps(serve_ws):
    app = slow(accept())
    server = serve_ws(app)
    peer = knock(server).send(text("1"), text("2"))
    server.run(app.send(close(4001, "bye")))
    server.do(app.step, 3)
    assert app.got == [CONNECT, heard("1"), heard("2"), gone(4001, "bye")]
    peer.send(bye())


def test_both_may_close_at_once(serve_ws):
    app = Listener(accept(), close(4000))
    peer = knock(serve_ws(app), then=bye(4001, "mine"))
    assert app.got == [CONNECT, gone(4000)]
    assert (peer.closing, peer.closed) == ((4000, ""), True)


def test_an_app_that_returns_closes_with_1000(serve_ws):
    peer = knock(serve_ws(accept_and_return))
    assert peer.closing == (1000, "")
    assert peer.send(text("late"), bye()).closed


@pytest.mark.parametrize("sent", [[], [text("1"), binary(b"2")]])
def test_an_app_that_fails_closes_with_1011_and_the_traceback_is_logged(serve_ws, sent):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        await receive()
        raise KeyError("mine")

    server = serve_ws(app)
    peer = knock(server, then=b"".join(sent))
    assert (peer.closing, peer.closed) == ((1011, ""), False)
    (record,) = [record for record in server.log.records if record.levelno == logging.ERROR]
    assert record.getMessage() == "Exception in ASGI application\n"
    assert isinstance(record.exc_info[1], KeyError) and record.exc_info[2] is not None
    assert server.failures()
    assert peer.send(bye()).closed


def test_an_app_that_returns_something_closes_with_1011(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> Any:
        await send(accept())
        return 5

    server = serve_ws_once(app)
    assert knock(server).closing == (1011, "")
    assert server.failures() == ["ASGI callable should return None, but returned '5'."]


def test_an_app_that_fails_after_its_close_is_logged(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        await send(close(4000))
        raise KeyError

    server = serve_ws_once(app)
    assert knock(server).closing == (4000, "")
    assert [type(failure) for failure in server.failures()] == [KeyError]


@pytest.mark.parametrize("leave", ["end", "vanish", "close"])
def test_an_app_that_fails_after_the_peer_has_left_is_logged(serve_ws_once, leave):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        while (await receive())["type"] != "websocket.disconnect":
            pass
        raise KeyError

    server = serve_ws_once(app)
    depart(knock(server), leave)
    assert [type(failure) for failure in server.failures()] == [KeyError]


def depart(peer: Peer, leave: str) -> None:
    if leave == "close":
        peer.send(bye())
    else:
        getattr(peer.client, leave)()


def test_a_reader_that_the_app_leaves_behind_learns_of_the_end(serve_ws):
    got = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def listen() -> None:
            got.append(await receive())

        assert await receive() == CONNECT
        tasks.append(asyncio.create_task(listen()))
        await send(accept())

    tasks: list[Any] = []
    peer = knock(serve_ws(app))
    assert (got, peer.closing) == ([gone(1000)], (1000, ""))
    peer.send(bye(1000, "too"))


# A full queue, and the end of the connection.


@pytest.mark.parametrize(
    ("leave", "told"), [("end", 1005), ("vanish", 1005), ("close", 1000), ("close, vanish", 1000)]
)
def test_messages_that_wait_are_told_before_the_end(serve_ws, leave, told):
    app = slow()
    server = serve_ws(app, ws_max_queue=3)
    peer = full(server)
    assert app.got == [CONNECT]
    for way in leave.split(", "):
        depart(peer, way)
    for number in range(100):
        server.do(app.step)
        assert app.messages == [str(n) for n in range(number + 1)]
    server.do(app.step)
    assert app.disconnect == gone(told)


@pytest.mark.parametrize("leave", ["end", "vanish"])
def test_the_end_is_told_though_the_peer_has_read_nothing(serve_ws, leave):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        talker = asyncio.create_task(send(say(b"x" * 200_000)))
        while not got or got[-1]["type"] != "websocket.disconnect":
            got.append(await receive())
        talker.cancel()

    got: list[Any] = []
    server = serve_ws(app)
    client = server.connect()
    client.transport.client_reads = False
    client.send(handshake(), text("1"))
    assert not client.connection.channel.writable
    getattr(client, leave)()
    assert got == [CONNECT, heard("1"), gone(1005)]


def test_a_peer_that_is_gone_is_not_written_to_though_messages_wait(serve_ws):
    app = slow()
    server = serve_ws(app, ws_max_queue=3)
    peer = full(server, ping() + bye(4000))
    assert app.got == [CONNECT]
    peer.client.vanish()
    with pytest.raises(ClientDisconnected):
        server.run(app.send(say("x")))
    server.do(app.step, 101)
    assert app.disconnect == gone(4000)


def test_a_wrong_frame_behind_messages_that_wait_is_told_after_them(serve_ws):
    app = slow()
    server = serve_ws(app, ws_max_queue=3)
    peer = full(server, b"\xff\xff")
    assert app.got == [CONNECT]
    peer.client.vanish()
    server.do(app.step, 101)
    assert (len(app.messages), app.disconnect) == (100, gone(1002, "Reserved bit set"))


@pytest.mark.parametrize("last", [close(4000), None])
def test_a_close_of_the_app_does_not_wait_behind_messages_that_it_never_read(serve_ws, last):
    """The peer's own close frame stands behind them."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        await go.wait()
        if last is not None:
            await send(last)

    go = asyncio.Event()
    server = serve_ws(app, ws_max_queue=3)
    peer = knock(server).send(*[text("x" * 1000)] * 300)
    assert not peer.client.transport.is_reading()
    peer.send(bye(1000))
    server.do(go.set)
    assert peer.closing == (1000 if last is None else 4000, "")
    assert peer.closed and not peer.client.transport.aborted


# After the end.


@pytest.mark.parametrize("leave", ["end", "vanish", "close"])
def test_send_after_the_peer_has_left_raises_an_oserror_that_is_not_logged(serve_ws_once, leave):
    errors = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        assert await receive() == CONNECT
        assert (await receive())["type"] == "websocket.disconnect"
        try:
            await send(say("hi"))
        except OSError as error:
            errors.append(error)
            raise

    peer = knock(serve_ws_once(app))
    depart(peer, leave)
    assert [type(error) for error in errors] == [ClientDisconnected]


@pytest.mark.parametrize("leave", ["end", "vanish", "close"])
def test_an_app_that_only_sends_learns_that_the_peer_has_left(serve_ws_once, leave):
    turns = asyncio.Semaphore(0)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        while True:
            await turns.acquire()
            await send(say("tick"))

    server = serve_ws_once(app)
    peer = knock(server)
    server.do(turns.release)
    assert peer.messages == ["tick"]
    depart(peer, leave)
    server.do(turns.release)
    assert not server.state.tasks


@pytest.mark.parametrize("leave", ["end", "vanish", "close"])
def test_a_close_after_the_peer_has_left_is_no_error(serve_ws_once, leave):
    """Apps close in a `finally`, whoever has ended it."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        while (await receive())["type"] != "websocket.disconnect":
            pass
        await send(close())
        await send(close(4000, "again"))
        ended.append(True)

    ended: list[bool] = []
    depart(knock(serve_ws_once(app)), leave)
    assert ended == [True]


def test_a_send_that_waits_for_room_learns_that_the_peer_has_left(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        try:
            await send(say(b"x" * 100_000))
        except ClientDisconnected:
            errors.append(True)

    errors: list[bool] = []
    server = serve_ws_once(app)
    client = server.connect()
    client.transport.client_reads = False
    client.send(handshake()).vanish()
    assert errors == [True]


def test_the_error_of_a_send_comes_where_it_is_awaited(serve_ws_once):
    """A broadcast makes all sends first, and gathers them with return_exceptions."""
    results = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        while (await receive())["type"] != "websocket.disconnect":
            pass
        sends = [send(say(str(number))) for number in range(3)]
        results.extend(await asyncio.gather(*sends, return_exceptions=True))

    knock(serve_ws_once(app)).send(bye())
    assert [type(result) for result in results] == [ClientDisconnected] * 3


def test_the_error_of_another_connection_is_logged(serve_ws_once):
    """ClientDisconnected is not silenced where this client is still there."""
    first = Listener()
    sends: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if not sends:
            sends.append(send)
            await first(scope, receive, send)
            return
        await send(accept())
        await sends[0](say("to the first"))

    server = serve_ws_once(app)
    knock(server).send(bye())
    peer = knock(server)
    assert [type(failure) for failure in server.failures()] == [ClientDisconnected]
    assert peer.closing == (1011, "")
