"""Handshakes that are refused, and requests that are none: ordinary ones."""

from __future__ import annotations

import logging

import pytest

from tests.core.answers import Response
from tests.core.apps import request
from tests.core.serving import Server
from tests.core.ws_apps import Calls, Listener, echo
from tests.core.ws_peer import (
    KEY,
    KEY_LINE,
    UPGRADE,
    VERSION,
    handshake,
    knock,
    text,
)

# What is refused: the app is not called.


def refused(server: Server, *plain: bytes) -> Response:
    """The answer to these lines, after which the connection ends."""
    client = server.connect().send(handshake(plain=(*UPGRADE, *plain)))
    assert client.ended
    return client.response()


@pytest.mark.parametrize(
    "plain",
    [
        [VERSION],
        [KEY_LINE],
        [VERSION, KEY_LINE, KEY_LINE],
        [VERSION, VERSION, KEY_LINE],
        [VERSION, b"Sec-WebSocket-Version: 8", KEY_LINE],
        [b"Sec-WebSocket-Version:", KEY_LINE],
        [b"Sec-WebSocket-Version: 13, 8", KEY_LINE],
        [b"Sec-WebSocket-Version: thirteen", KEY_LINE],
        [b"Sec-WebSocket-Version: -13", KEY_LINE],
        [b"Sec-WebSocket-Version: \xb213", KEY_LINE],
        [VERSION, b"Sec-WebSocket-Key:"],
        [VERSION, b"Sec-WebSocket-Key: " + KEY[:-1]],
        [VERSION, b"Sec-WebSocket-Key: " + KEY[:-2]],
        [VERSION, b"Sec-WebSocket-Key: " + b"A" + KEY],
        [VERSION, b"Sec-WebSocket-Key: " + KEY[:-4] + b"===="],
        [VERSION, b"Sec-WebSocket-Key: " + b"!" + KEY[1:]],
        [VERSION, b"Sec-WebSocket-Key: " + KEY[:5] + b" " + KEY[6:]],
        [VERSION, b"Sec-WebSocket-Key: " + KEY + b", " + KEY],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Protocol: a b"],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Protocol: a/b"],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Protocol: \xe9"],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Protocol: a, b, a"],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Protocol: a", b"Sec-WebSocket-Protocol: a"],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Extensions: a b"],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Extensions: a; b=c d"],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Extensions: a; =c"],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Extensions: a; b="],
        [VERSION, KEY_LINE, b'Sec-WebSocket-Extensions: a; b="'],
        [VERSION, KEY_LINE, b'Sec-WebSocket-Extensions: a; b=""'],
        [VERSION, KEY_LINE, b'Sec-WebSocket-Extensions: a; b="c'],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Extensions: a;"],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Extensions: ; a"],
        [VERSION, KEY_LINE, b"Sec-WebSocket-Extensions: \xe9"],
    ],
    ids=lambda plain: b" | ".join(plain).decode("latin-1"),
)
def test_a_bad_handshake_is_answered_with_400(serve_upgrades, plain):
    app = Calls()
    server = serve_upgrades(app)
    answer = refused(server, *plain)
    assert (answer.status, answer.closes, app.types) == (400, True, [])
    (warning,) = server.messages(logging.WARNING)
    assert warning == f"Invalid HTTP request received. {answer.body.decode()} (192.0.2.1:40000)."


@pytest.mark.parametrize("version", [b"8", b"0", b"14", b"130", b"013"])
def test_another_version_is_answered_with_426_and_ours(serve_upgrades, version):
    app = Calls()
    answer = refused(serve_upgrades(app), b"Sec-WebSocket-Version: " + version, KEY_LINE)
    assert (answer.status, answer.complete, app.types) == (426, True, [])
    assert answer.get(b"sec-websocket-version") == b"13"
    assert answer.get(b"upgrade") == b"websocket"
    assert answer.all(b"connection") == [b"Upgrade, close"]


def test_frames_behind_a_refused_handshake_are_thrown_away(serve_upgrades):
    client = serve_upgrades(Calls()).connect()
    client.send(handshake(plain=UPGRADE) + text("hi") * 1000, text("more"))
    assert (client.response().status, client.closed) == (400, False)
    client.end()
    assert client.closed


@pytest.mark.parametrize(
    "lines",
    [
        [b"Sec-WebSocket-Extensions: x-other"],
        [b'Sec-WebSocket-Extensions: x-other; a; b=c; d="e"'],
        [b"Sec-WebSocket-Extensions: ,a,, b;c = d ,"],
        [b"Sec-WebSocket-Extensions:"],
    ],
)
def test_extensions_that_nobody_knows_are_not_answered(serve_upgrades, lines):
    answer = knock(serve_upgrades(Listener()), *lines).answer
    assert (answer.status, answer.all(b"sec-websocket-extensions")) == (101, [])


@pytest.mark.parametrize(
    "upgrade", [b"Upgrade: WebSocket", b"upgrade: WEBSOCKET", b"UPGRADE:websocket"]
)
@pytest.mark.parametrize("connection", [b"Connection: keep-alive, UPGRADE", b"connection:upgrade"])
def test_names_and_tokens_are_of_any_case(serve_upgrades, upgrade, connection):
    plain = (connection, upgrade, b"SEC-WEBSOCKET-VERSION: 13", b"sec-websocket-key: " + KEY)
    peer = knock(serve_upgrades(echo), plain=plain, then=text("hi"))
    assert peer.messages == ["hi"]


# What is no handshake: an ordinary request, with a warning if it asks for an upgrade.


@pytest.mark.parametrize(
    "sent",
    [
        handshake(b"Content-Length: 3") + b"abc",
        handshake(b"Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n\r\n",
        handshake(b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
        handshake(start=b"POST / HTTP/1.1"),
        handshake(start=b"PUT / HTTP/1.1"),
        handshake(plain=(UPGRADE[0], b"Upgrade: h2c", VERSION, KEY_LINE)),
        handshake(plain=(UPGRADE[0], b"Upgrade: websocket, h2c", VERSION, KEY_LINE)),
        handshake(plain=(UPGRADE[0], b"Upgrade: websocket2", VERSION, KEY_LINE)),
    ],
    ids=lambda sent: sent[:60].decode(),
)
def test_another_upgrade_is_served_as_an_ordinary_request(serve_upgrades, sent):
    app = Calls()
    server = serve_upgrades(app)
    client = server.connect().send(sent)
    assert (client.response().body, app.types) == (b"http", ["http"])
    assert server.messages(logging.WARNING) == ["Unsupported upgrade request."]
    client.send(request())
    assert app.types == ["http", "http"]


@pytest.mark.parametrize(
    "sent",
    [
        handshake(plain=(UPGRADE[1], VERSION, KEY_LINE)),
        handshake(plain=(b"Connection: keep-alive", UPGRADE[1], VERSION, KEY_LINE)),
        handshake(plain=(UPGRADE[0], VERSION, KEY_LINE)),
        handshake(start=b"GET / HTTP/1.0"),
    ],
    ids=lambda sent: sent[:60].decode(),
)
def test_without_an_upgrade_it_is_an_ordinary_request(serve_upgrades, sent):
    app = Calls()
    server = serve_upgrades(app)
    assert server.connect().send(sent).response().body == b"http"
    assert (app.types, server.messages(logging.WARNING)) == (["http"], [])


def test_a_head_request_is_never_a_handshake(serve_upgrades):
    app = Calls()
    client = serve_upgrades(app).connect().send(handshake(start=b"HEAD / HTTP/1.1"))
    assert (client.response("HEAD").status, app.types) == (200, ["http"])


def test_a_length_of_zero_is_no_body(serve_upgrades):
    peer = knock(serve_upgrades(echo), b"Content-Length: 0", then=text("hi"))
    assert peer.messages == ["hi"]


@pytest.mark.parametrize("missing", [False, True])
def test_where_no_websockets_are_served_a_handshake_is_an_ordinary_request(serve, missing):
    app = Calls()
    server = serve(app)
    server.service.ws_missing = missing
    assert server.connect().send(handshake()).response().body == b"http"
    told = ["No WebSocket engine is installed: pip install 'uvicorn[standard]'."] * missing
    assert (app.types, server.messages(logging.WARNING)) == (
        ["http"],
        ["Unsupported upgrade request.", *told],
    )
