"""Messages in both directions, and what an app may say when."""

from __future__ import annotations

import asyncio
import enum
from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import pytest

from tests.core.settings import deflate_settings
from tests.core.ws_apps import (
    CONNECT,
    Listener,
    accept,
    body,
    close,
    echo,
    gone,
    heard,
    say,
    says,
    slow,
    start,
)
from tests.core.ws_peer import (
    BINARY,
    DEFLATE,
    PONG,
    TEXT,
    Compressor,
    binary,
    fragments,
    frame,
    knock,
    ping,
    pong,
    text,
)
from tests.core.ws_peer import close as bye
from uvicorn.errors import ClientDisconnected

SIZES = [0, 1, 125, 126, 127, 16 * 1024 - 1, 16 * 1024, 65535, 65536, 300_000]


class Mood(str, enum.Enum):
    """As apps have them for commands: a str whose str() is another."""

    HAPPY = "hello"


# From the peer to the app.


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("deflate", [False, True])
def test_messages_of_every_size_are_echoed(serve_ws, size, deflate):
    settings = {"ws_deflate": deflate_settings(threshold=1)} if deflate else {}
    peer = knock(serve_ws(echo, **settings), DEFLATE)
    data = bytes(number * 7 % 251 for number in range(size))
    peer.send(binary(data), text("é" * (size // 2)))
    assert peer.messages == [data, "é" * (size // 2)]
    assert [frame.rsv1 for frame in peer.frames] == [deflate and size > 0, deflate and size > 1]


def test_the_app_gets_str_for_text_and_bytes_for_binary(serve_ws):
    app = Listener()
    knock(serve_ws(app), then=text("é") + binary(b"\xff") + text("") + binary(b""))
    assert app.got == [CONNECT, heard("é"), heard(b"\xff"), heard(""), heard(b"")]
    assert [type(data) for data in app.messages] == [str, bytes, str, bytes]


def test_fragments_are_one_message_whatever_comes_between(serve_ws):
    app = Listener()
    peer = knock(serve_ws(app))
    first, *rest = ("grüße"[at : at + 1].encode() for at in range(5))
    peer.send(frame(TEXT, first, fin=False), ping(b"1"))
    for part in rest:
        peer.send(frame(0, part, fin=False) + ping(b"2"))
    peer.send(frame(0, b""))
    peer.send(fragments(BINARY, b"a", b"", b"b", b""))
    assert app.messages == ["grüße", b"ab"]
    assert peer.control(PONG) == [b"1", *[b"2"] * 4]


def test_a_character_may_be_split_between_fragments(serve_ws):
    app = Listener()
    snowman = "☃".encode()
    knock(serve_ws(app), then=fragments(TEXT, snowman[:1], snowman[1:2], snowman[2:]))
    assert app.messages == ["☃"]


def test_compressed_messages_share_their_context(serve_ws):
    app = Listener()
    peer = knock(serve_ws(app, ws_deflate=deflate_settings(window_bits=15)), DEFLATE)
    compress = Compressor()
    first, second = compress(b"hello, hello"), compress(b"hello, hello")
    assert len(second) < len(first)
    peer.send(frame(TEXT, first, rsv1=True), text("plain"))
    peer.send(fragments(TEXT, second[:2], second[2:], rsv1=True))
    assert app.messages == ["hello, hello", "plain", "hello, hello"]


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        (b"permessage-deflate", b"permessage-deflate; server_max_window_bits=12"),
        (
            b"permessage-deflate; client_max_window_bits",
            b"permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
        ),
        (
            b"x, permessage-deflate; server_max_window_bits=7, permessage-deflate;"
            b' server_max_window_bits = "10"; server_no_context_takeover',
            b"permessage-deflate; server_no_context_takeover; server_max_window_bits=10",
        ),
    ],
)
def test_the_answer_says_what_was_agreed_on(serve_ws_once, offer, answer):
    server = serve_ws_once(echo, ws_deflate=deflate_settings())
    peer = knock(server, b"Sec-WebSocket-Extensions: " + offer)
    assert peer.answer.get(b"sec-websocket-extensions") == answer


@pytest.mark.parametrize("offered", [False, True])
def test_without_agreement_nothing_is_compressed(serve_ws_once, offered):
    lines = [DEFLATE] if offered else []
    server = serve_ws_once(echo, ws_deflate=None if offered else deflate_settings())
    peer = knock(server, *lines, then=text("x" * 1000))
    assert peer.answer.all(b"sec-websocket-extensions") == []
    assert [(frame.rsv1, len(frame.data)) for frame in peer.frames] == [(False, 1000)]


def test_messages_below_the_threshold_are_sent_as_they_are(serve_ws_once):
    server = serve_ws_once(echo, ws_deflate=deflate_settings(threshold=10))
    peer = knock(server, DEFLATE, then=text("x" * 9) + text("x" * 10))
    assert peer.messages == ["x" * 9, "x" * 10]
    assert [frame.rsv1 for frame in peer.frames] == [False, True]


def test_pings_are_answered_in_their_place(serve_ws):
    peer = knock(serve_ws(echo), then=text("1") + ping(b"a" * 125) + text("2") + ping())
    assert peer.control(PONG) == [b"a" * 125, b""]
    assert peer.messages == ["1", "2"]


def test_pongs_that_nobody_asked_for_are_passed_over(serve_ws):
    app = Listener()
    peer = knock(serve_ws(app), then=pong(b"x") + pong() + text("hi"))
    assert (app.messages, peer.frames) == (["hi"], [])


def test_pings_are_answered_while_the_app_does_not_read(serve_ws):
    app = slow()
    peer = knock(serve_ws(app)).send(text("1"), ping(b"2"))
    assert peer.control(PONG) == [b"2"]


# From the app to the peer.


@pytest.mark.parametrize(
    ("message", "data"),
    [
        ({"bytes": b"b", "text": "t"}, b"b"),
        ({"bytes": b"", "text": "t"}, b""),
        ({"bytes": None, "text": "t"}, "t"),
        ({"bytes": b"b", "text": None}, b"b"),
        ({"bytes": None, "text": ""}, ""),
        ({"bytes": bytearray(b"b")}, b"b"),
        ({"bytes": memoryview(b"abc")[::2]}, b"ac"),
        ({"text": Mood.HAPPY}, "hello"),
    ],
    ids=repr,
)
def test_bytes_win_over_text_if_they_are_there(serve_ws_once, message, data):
    peer = knock(serve_ws_once(says(accept(), {"type": "websocket.send", **message})))
    assert peer.messages == [data]


@pytest.mark.parametrize("deflate", [False, True])
def test_an_array_that_changes_after_send_was_sent_as_it_was(serve_ws_once, deflate):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        data = bytearray(b"1" * 40_000)
        await send({"type": "websocket.send", "bytes": data})
        data[:] = b"2" * 40_000
        await send({"type": "websocket.send", "bytes": memoryview(data)})
        data[:] = b"3" * 40_000

    server = serve_ws_once(app, ws_deflate=deflate_settings() if deflate else None)
    assert knock(server, DEFLATE).messages == [b"1" * 40_000, b"2" * 40_000]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({}, RuntimeError),
        ({"bytes": None}, RuntimeError),
        ({"bytes": None, "text": None}, RuntimeError),
        ({"text": b"bytes"}, RuntimeError),
        ({"text": 1}, RuntimeError),
        ({"bytes": "text"}, RuntimeError),
        ({"bytes": 5}, RuntimeError),
        ({"bytes": [1, 2]}, RuntimeError),
        ({"text": "\ud800"}, UnicodeEncodeError),
        ({"text": "\ud800" * 20_000}, UnicodeEncodeError),
    ],
    ids=lambda value: repr(value)[:40],
)
@pytest.mark.parametrize("deflate", [False, True])
def test_a_message_without_data_sends_nothing_and_may_be_caught(
    serve_ws_once, message, error, deflate
):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        with pytest.raises(error):
            await send({"type": "websocket.send", **message})
        await send(say("fine"))

    server = serve_ws_once(app, ws_deflate=deflate_settings() if deflate else None)
    assert knock(server, DEFLATE).messages == ["fine"]


@pytest.mark.parametrize("kind", [dict, OrderedDict, MappingProxyType])
def test_a_websocket_message_may_be_any_mapping(serve_ws_once, kind):
    peer = knock(serve_ws_once(says(kind(accept()), kind(say("hi")), kind(close(4000)))))
    assert (peer.messages, peer.closing) == (["hi"], (4000, ""))


def test_all_that_is_said_in_the_first_step_arrives_in_order(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == CONNECT
        await send(accept())
        for number in range(100):
            await send(say(str(number)))
        await send(say(b"x" * 100_000))
        await send(close(4001, "done"))

    peer = knock(serve_ws_once(app))
    assert peer.messages == [*map(str, range(100)), b"x" * 100_000]
    assert peer.closing == (4001, "done")


def test_an_app_may_accept_without_having_asked(serve_ws_once):
    app = says(accept(), say("hi"))
    assert knock(serve_ws_once(app)).messages == ["hi"]


# What may be said when.

NOT_YET = (
    "Expected ASGI message 'websocket.accept', 'websocket.close' or"
    " 'websocket.http.response.start' but got '{}'."
)
NOT_OPEN = "Expected ASGI message 'websocket.send' or 'websocket.close', but got '{}'."
NOT_BODY = "Expected ASGI message 'websocket.http.response.body', but got '{}'."
CLOSED = "Unexpected ASGI message '{}', after sending 'websocket.close'."
COMPLETE = "Unexpected ASGI message '{}' sent, after response already completed."


@pytest.mark.parametrize(
    ("said", "wrong", "told"),
    [
        ([], say("x"), NOT_YET),
        ([], body(), NOT_YET),
        ([], {"type": "http.response.start", "status": 200}, NOT_YET),
        ([], {"type": "websocket.connect"}, NOT_YET),
        ([accept()], accept(), NOT_OPEN),
        ([accept()], start(), NOT_OPEN),
        ([accept()], body(), NOT_OPEN),
        ([accept()], {"type": "nonsense"}, NOT_OPEN),
        ([accept(), close()], say("x"), CLOSED),
        ([accept(), close()], close(), CLOSED),
        ([accept(), close()], accept(), CLOSED),
        ([close()], accept(), COMPLETE),
        ([close()], close(), COMPLETE),
        ([close()], start(), COMPLETE),
        ([start()], accept(), NOT_BODY),
        ([start()], close(), NOT_BODY),
        ([start()], start(), NOT_BODY),
        ([start(), body(b"x", more=True)], say("x"), NOT_BODY),
        ([start(), body()], body(), COMPLETE),
        ([start(), body()], say("x"), COMPLETE),
    ],
    ids=lambda value: "" if isinstance(value, str) else repr(value).replace("websocket.", ""),
)
def test_a_message_out_of_order_is_an_error_of_the_app(serve_ws_once, said, wrong, told):
    server = serve_ws_once(says(*said, wrong))
    peer = knock(server)
    (failure,) = server.failures()
    assert (type(failure), str(failure)) == (RuntimeError, told.format(wrong["type"]))
    server.advance(15)
    assert peer.closed


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": 0},
        {"code": 999},
        {"code": 1004},
        {"code": 1006},
        {"code": 1015},
        {"code": 2999},
        {"code": 5000},
        {"code": -1000},
        {"code": 10**30},
        {"code": "1000"},
        {"code": 1000.0},
        {"code": True},
        {"reason": "é" * 62},
        {"reason": b"bytes"},
        {"reason": ["list"]},
    ],
    ids=repr,
)
def test_a_close_that_may_not_be_sent_is_an_error_that_may_be_caught(serve_ws_once, wrong):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        with pytest.raises(RuntimeError):
            await send({"type": "websocket.close", **wrong})
        await send(say("still here"))
        await send(close(3000))

    peer = knock(serve_ws_once(app))
    assert (peer.messages, peer.closing) == (["still here"], (3000, ""))


class Code(enum.IntEnum):
    GOING_AWAY = 1001


@pytest.mark.parametrize(
    ("message", "closing"),
    [
        ({}, (1000, "")),
        ({"code": None, "reason": None}, (1000, "")),
        ({"code": 1000, "reason": ""}, (1000, "")),
        ({"code": Code.GOING_AWAY}, (1001, "")),
        ({"code": 1005}, (1005, "")),
        ({"code": 1005, "reason": "unheard"}, (1005, "")),
        ({"code": 1014}, (1014, "")),
        ({"code": 4999, "reason": "é" * 61 + "x"}, (4999, "é" * 61 + "x")),
        ({"code": 3000, "reason": Mood.HAPPY}, (3000, "hello")),
    ],
    ids=repr,
)
def test_a_close_frame_has_the_code_and_reason_of_the_app(serve_ws_once, message, closing):
    peer = knock(serve_ws_once(says(accept(), {"type": "websocket.close", **message})))
    assert peer.closing == closing


def test_a_lone_surrogate_in_a_reason_is_an_error_and_closes_nothing(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        with pytest.raises(UnicodeEncodeError):
            await send(close(3000, "\ud800"))
        await send(say("still here"))

    assert knock(serve_ws_once(app)).messages == ["still here"]


# receive() at the end.


def test_the_disconnect_may_be_asked_for_more_than_once(serve_ws_once):
    app = Listener()
    server = serve_ws_once(app)
    knock(server, then=bye(4000, "so"))
    first = app.disconnect
    assert first == gone(4000, "so")
    again = server.run(app.receive())
    assert again == first and again is not first


def test_an_app_that_overhears_the_disconnect_does_not_stop_the_loop(serve_ws_once):
    passes: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        while (await receive())["type"] != "websocket.disconnect":
            pass
        for number in range(3):
            asyncio.get_running_loop().call_soon(passes.append, number)
            assert (await receive()) == gone(4000)
            assert passes == list(range(number + 1))

    knock(serve_ws_once(app), then=bye(4000))
    assert passes == [0, 1, 2]


@pytest.mark.parametrize("data", ["x", bytes(100_000)], ids=["short", "long"])
def test_an_app_that_sends_on_and_on_lets_others_have_their_turn(serve_ws_once, data):
    passes: list[int] = []
    sent = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        asyncio.get_running_loop().call_soon(passes.append, 1)
        while not passes:
            await send(say(data))
            sent.append(data)
            assert len(sent) < 2000

    assert knock(serve_ws_once(app)).messages == sent


def test_an_app_that_sends_on_to_nobody_lets_others_have_their_turn(serve_ws_once):
    passes: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(accept())
        while (await receive())["type"] != "websocket.disconnect":
            pass
        for number in range(3):
            asyncio.get_running_loop().call_soon(passes.append, number)
            with pytest.raises(ClientDisconnected):
                await send(say("x"))
            assert passes == list(range(number + 1))

    knock(serve_ws_once(app), then=bye(4000))
    assert passes == [0, 1, 2]


def test_messages_before_a_close_are_told_before_it(serve_ws):
    app = slow()
    server = serve_ws(app)
    peer = knock(server, then=text("1") + binary(b"2") + bye(1001, "later"))
    assert (app.got, peer.closing) == ([CONNECT], None)
    server.advance(2)
    assert (app.got, peer.closing) == ([CONNECT], (1001, "later"))
    server.do(app.step, 3)
    assert app.got == [CONNECT, heard("1"), heard(b"2"), gone(1001, "later")]
