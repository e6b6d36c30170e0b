"""The handshake of a WebSocket: what the client asks for, and how it is answered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.apps import request
from tests.core.serving import PEERS, Client
from tests.core.ws_apps import CONNECT, Calls, Listener, accept, slow
from tests.core.ws_peer import (
    PLAIN,
    UPGRADE,
    VERSION,
    Peer,
    binary,
    close,
    handshake,
    knock,
    ping,
    proof,
    text,
)
from uvicorn.wire import HIGH_WATER

# The scope.


def test_the_scope_is_that_of_a_websocket(serve_upgrades):
    app = Listener()
    server = serve_upgrades(app)
    server.app_state["db"] = 1
    line = b"GET /caf%C3%A9%2F?q=%20x HTTP/1.1"
    assert knock(server, b"X-One: 1", b"X-One: 2", start=line).answer.status == 101
    pairs = [line.split(b": ") for line in (b"Host: a", *PLAIN, b"X-One: 1", b"X-One: 2")]
    assert app.scope == {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "server": ("198.51.100.1", 80),
        "client": ("192.0.2.1", 40000),
        "root_path": "",
        "path": "/café/",
        "raw_path": b"/caf%C3%A9%2F",
        "query_string": b"q=%20x",
        "headers": [(name.lower(), value) for name, value in pairs],
        "state": {"db": 1},
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
    assert app.scope["state"] is not server.app_state


def test_over_tls_the_scheme_is_wss(serve_ws_once):
    app = Listener()
    client = serve_ws_once(app).connect({**PEERS, "sslcontext": object()})
    client.send(handshake())
    assert app.scope["scheme"] == "wss"


def test_the_root_path_stands_before_the_path(serve_ws_once):
    app = Listener()
    knock(serve_ws_once(app, root_path="/api"), start=b"GET /chat HTTP/1.1")
    scope = app.scope
    assert (scope["root_path"], scope["path"], scope["raw_path"]) == (
        "/api",
        "/api/chat",
        b"/api/chat",
    )


def test_two_websockets_share_nothing_that_an_app_may_write_into(serve_ws_once):
    scopes = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)
        scope["asgi"]["mine"] = scope["state"]["mine"] = scope["extensions"]["mine"] = 1
        await send(accept())

    server = serve_ws_once(app)
    knock(server)
    knock(server)
    first, second = scopes
    assert first == second
    for key in ("asgi", "state", "extensions", "subprotocols", "headers"):
        assert first[key] is not second[key]


@pytest.mark.parametrize(
    ("lines", "subprotocols"),
    [
        ([b"Sec-WebSocket-Protocol: one"], ["one"]),
        ([b"Sec-WebSocket-Protocol: one,two ,\tthree"], ["one", "two", "three"]),
        (
            [b"Sec-WebSocket-Protocol: one, two", b"sec-websocket-protocol: three"],
            ["one", "two", "three"],
        ),
        ([b"Sec-WebSocket-Protocol: , one,, two,"], ["one", "two"]),
        ([b"Sec-WebSocket-Protocol:"], []),
        ([b"Sec-WebSocket-Protocol: v1.json!#$%&'*+-.^_`|~"], ["v1.json!#$%&'*+-.^_`|~"]),
    ],
)
def test_subprotocols_are_those_of_all_fields(serve_upgrades, lines, subprotocols):
    """Empty elements of a list are passed over (RFC 9110 section 5.6.1.2)."""
    app = Listener()
    assert knock(serve_upgrades(app), *lines).answer.status == 101
    assert app.scope["subprotocols"] == subprotocols


# The answer.


def test_the_answer_is_that_of_the_rfc(serve_upgrades):
    """The example of RFC 6455 section 1.3."""
    server = serve_upgrades(Listener(), date_header=False)
    answer = knock(server, b"Sec-WebSocket-Protocol: chat, superchat").answer
    assert (answer.status, answer.reason) == (101, b"Switching Protocols")
    assert sorted(answer.fields) == [
        (b"connection", b"Upgrade"),
        (b"sec-websocket-accept", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        (b"server", b"uvicorn"),
        (b"upgrade", b"websocket"),
    ]


@pytest.mark.parametrize("key", [b"AAAAAAAAAAAAAAAAAAAAAA==", b"+/+/+/+/+/+/+/+/+/+/+w=="])
def test_the_proof_is_made_of_the_key(serve_upgrades, key):
    peer = knock(
        serve_upgrades(Listener()), plain=(*UPGRADE, VERSION, b"Sec-WebSocket-Key: " + key)
    )
    assert peer.answer.get(b"sec-websocket-accept") == proof(key)


def test_default_headers_come_first_and_the_date_is_there(serve_ws_once):
    server = serve_ws_once(
        Listener(accept(headers=[(b"X-App", b"1")])),
        default_headers=((b"server", b"me"), (b"x-default", b"2")),
    )
    names = [name for name, _ in knock(server).answer.fields]
    assert names[:3] == [b"server", b"x-default", b"date"]
    assert names.index(b"x-app") > 2


def test_the_app_may_replace_the_server_header(serve_ws_once):
    answer = knock(serve_ws_once(Listener(accept(headers=[(b"Server", b"mine")])))).answer
    assert answer.all(b"server") == [b"mine"]


@pytest.mark.parametrize("make", [list, tuple, iter], ids=["list", "tuple", "iterator"])
def test_headers_of_the_app_may_be_any_iterable(serve_ws_once, make):
    app = Listener(accept(headers=make([(b"X-One", b"1"), [b"set-cookie", b"a=b"]])))
    answer = knock(serve_ws_once(app)).answer
    assert (answer.get(b"x-one"), answer.get(b"set-cookie")) == (b"1", b"a=b")


def test_a_subprotocol_that_was_offered_is_answered(serve_ws_once):
    server = serve_ws_once(Listener(accept("two")))
    answer = knock(server, b"Sec-WebSocket-Protocol: one, two").answer
    assert answer.get(b"sec-websocket-protocol") == b"two"


@pytest.mark.parametrize("subprotocol", [None, ""])
def test_an_app_need_not_choose_a_subprotocol(serve_ws_once, subprotocol):
    server = serve_ws_once(Listener({**accept(), "subprotocol": subprotocol, "headers": None}))
    answer = knock(server, b"Sec-WebSocket-Protocol: one, two").answer
    assert (answer.status, answer.all(b"sec-websocket-protocol")) == (101, [])


def test_an_app_that_empties_its_scope_may_still_answer_what_was_offered(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["subprotocols"].clear()
        scope["headers"].clear()
        await send(accept("one"))

    answer = knock(serve_ws_once(app), b"Sec-WebSocket-Protocol: one").answer
    assert answer.get(b"sec-websocket-protocol") == b"one"


@pytest.mark.parametrize("own", [b"content-length", b"transfer-encoding", b"connection"])
def test_fields_that_would_break_the_switch_are_left_out(serve_ws_once, own):
    values = {b"content-length": b"3", b"transfer-encoding": b"chunked", b"connection": b"close"}
    app = Listener(accept(headers=[(own, values[own]), (b"x-kept", b"1")]))
    peer = knock(serve_ws_once(app), then=text("hi"))
    assert peer.answer.all(own) == ([b"Upgrade"] if own == b"connection" else [])
    assert peer.answer.get(b"x-kept") == b"1"
    assert app.messages == ["hi"]


@pytest.mark.parametrize(
    "message",
    [
        accept(headers=[(b"x\r\ny", b"1")]),
        accept(headers=[(b"x", b"1\r\nset-cookie: a=b")]),
        accept(headers=[(b"x", b"1\n")]),
        accept(headers=[(b"x", b"\x00")]),
        accept(headers=[(b"", b"1")]),
        accept(headers=[(b":status", b"1")]),
        accept(headers=[("x", "1")]),
        accept(headers=[(b"x", "1")]),
        accept(headers=[(b"x", None)]),
        accept(headers=[(3, b"1")]),
        accept(headers=[(b"x",)]),
        accept(headers=[7]),
        {**accept(), "headers": 7},
        accept(headers=[(b"Sec-WebSocket-Accept", b"mine")]),
        accept(headers=[(b"sec-websocket-extensions", b"permessage-deflate")]),
        accept(headers=[(b"Upgrade", b"h2c")]),
        accept("one", headers=[(b"Sec-WebSocket-Protocol", b"two")]),
        accept("three"),
        accept("One"),
        {**accept(), "subprotocol": b"one"},
        {**accept(), "subprotocol": ["one"]},
    ],
    ids=repr,
)
def test_an_accept_that_may_not_be_sent_is_an_error_of_the_app(serve_ws_once, message):
    server = serve_ws_once(Listener(message))
    peer = knock(server, b"Sec-WebSocket-Protocol: one, two")
    assert [type(error) for error in server.failures()] == [RuntimeError]
    assert peer.client.response().status == 500
    assert b"set-cookie" not in peer.client.wire


def test_an_app_may_try_again_after_an_accept_that_was_refused(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        with pytest.raises(RuntimeError):
            await send(accept(headers=[(b"x", b"\n")]))
        await send(accept(headers=[(b"x", b"y")]))

    assert knock(serve_ws_once(app)).answer.get(b"x") == b"y"


def test_an_app_may_name_the_subprotocol_in_its_headers(serve_ws_once):
    app = Listener(accept(headers=[(b"Sec-WebSocket-Protocol", b"one")]))
    answer = knock(serve_ws_once(app), b"Sec-WebSocket-Protocol: one, two").answer
    assert answer.get(b"sec-websocket-protocol") == b"one"


# On a connection that has served requests, and with frames on its heels.


def test_a_handshake_may_follow_requests(serve_upgrades):
    app = Calls()
    client = serve_upgrades(app).connect().send(request())
    client.send(request() + handshake() + text("hi"))
    assert app.types == ["http", "http", "websocket"]
    first, second, last = client.wire.split(b"http", 2)[0:3]
    assert first.startswith(b"HTTP/1.1 200") and second.startswith(b"HTTP/1.1 200")
    assert last.startswith(b"HTTP/1.1 101") and last.endswith(b"\r\n\r\n\x81\x02hi")


def test_a_handshake_that_comes_byte_by_byte_is_the_same(serve_upgrades):
    app = Listener()
    sent = handshake(b"Sec-WebSocket-Protocol: a") + text("hi") + close()
    client = serve_upgrades(app).connect()
    client.send(*[bytes((byte,)) for byte in sent])
    assert app.messages == ["hi"]
    assert Peer(client).closing == (1000, "")


@pytest.mark.parametrize("size", [0, 1, 125, 70_000])
def test_frames_along_with_the_handshake_come_after_the_accept(serve_upgrades, size):
    app = Listener()
    message = b"x" * size
    then = text("first") + ping(b"p") + binary(message) + close(4000, "so")
    peer = knock(serve_upgrades(app), then=then)
    assert app.got[0] == CONNECT
    assert app.messages == ["first", message]
    assert (app.disconnect or {})["code"] == 4000
    assert [frame.data[:2] for frame in peer.frames] == [b"p", (4000).to_bytes(2, "big")]


def test_frames_before_the_accept_wait_within_their_bound(serve_upgrades):
    go = asyncio.Event()
    messages: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        messages.append(await receive())
        await go.wait()
        await send(accept())
        while messages[-1]["type"] != "websocket.disconnect":
            messages.append(await receive())

    server = serve_upgrades(app)
    client = server.connect().send(handshake() + text("0"))
    for number in range(1, 400):
        client.send(text(str(number).zfill(1000)))
    assert not client.transport.is_reading()
    assert held(client) <= HIGH_WATER + 2000
    assert len(client.unread) > 300
    assert client.wire == b""
    server.do(go.set)
    client.send(close())
    assert messages[0] == CONNECT
    assert [int(message["text"]) for message in messages[1:-1]] == list(range(400))


def held(client: Client) -> int:
    return client.connection.handler.codec.unread_size()


def test_a_client_that_sends_nothing_more_may_wait_for_the_app(serve_ws_once):
    """The app has all the time it wants; what it says is not lost in between."""
    app = slow()
    server = serve_ws_once(app)
    peer = knock(server)
    server.advance(300)
    assert peer.answer.status == 101
