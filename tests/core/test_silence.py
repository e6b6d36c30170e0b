"""Clients that say nothing when the server ends: shutdown(), a second later end_silence()."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.apps import GET, body, echo, post, reply, start
from tests.core.tls_peer import TlsClient
from tests.core.ws_apps import Listener, gone
from tests.core.ws_peer import knock


def shut_down(server: Any, *clients: Any) -> None:
    for client in clients:
        server.do(client.connection.shutdown)


def end_silence(server: Any, *clients: Any) -> None:
    for client in clients:
        server.do(client.connection.end_silence)


@pytest.mark.parametrize("sent", [b"G", b"GET / HTTP/1.1\r\nHost: a\r\n", GET + b"GET"])
def test_a_head_that_is_not_whole_is_answered_with_408(serve, sent):
    server = serve(reply())
    client = server.connect().send(sent)
    shut_down(server, client)
    assert not client.ended
    end_silence(server, client)
    assert client.responses()[-1].status == 408
    assert client.closed


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
def test_who_has_said_nothing_is_closed_without_a_word(serve, sent):
    server = serve(reply())
    client = server.connect().send(*[sent] * bool(sent))
    shut_down(server, client)
    assert not client.ended
    end_silence(server, client)
    assert (client.wire, client.closed) == (b"", True)


def test_a_first_request_that_comes_in_time_is_answered(serve):
    server = serve(reply())
    silent, slow = server.connect(), server.connect().send(GET[:9])
    shut_down(server, silent, slow)
    silent.send(GET)
    slow.send(GET[9:])
    for client in (silent, slow):
        assert client.response().closes
        assert client.closed


def test_an_idle_connection_is_closed_at_once(serve):
    server = serve(reply(), timeout_keep_alive=3600)
    client = server.connect().send(GET)
    shut_down(server, client)
    assert client.closed


def test_half_a_body_keeps_its_time(serve):
    server = serve(echo)
    client = server.connect().send(post(b"ab", size=4))
    shut_down(server, client)
    for _ in range(3):
        end_silence(server, client)
    assert not client.ended
    client.send(b"cd")
    assert client.response("POST").body == b"abcd"


def test_a_response_keeps_its_time(serve):
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await go.wait()
        await send(body(b"late"))

    server = serve(app)
    client = server.connect().send(GET)
    shut_down(server, client)
    end_silence(server, client)
    server.do(go.set)
    assert client.response().body == b"late"


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_rest_of_a_body_that_nobody_wants_holds_nothing_up(serve, when):
    """With a response before the server ends, or after that began with keep-alive."""
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"o", more=True))
        if when == "after":
            await go.wait()
        await send(body(b"k"))

    server = serve(app, timeout_keep_alive=3600)
    client = server.connect().send(post(b"ab", size=4))
    shut_down(server, client)
    server.do(go.set)
    assert client.response("POST").body == b"ok"
    assert (client.ended, client.closed) == (True, False)
    for _ in range(2):
        end_silence(server, client)
    assert client.closed


def test_last_words_that_are_still_on_their_way_are_not_cut_off(serve):
    server = serve(reply(b"x" * 1000))
    client = server.connect()
    client.transport.client_reads = False
    client.send(post(b"ab", b"Connection: close", size=4))
    shut_down(server, client)
    for _ in range(3):
        end_silence(server, client)
    assert not client.closed
    client.transport.take()
    end_silence(server, client)
    assert client.closed
    assert client.response("POST").complete


def test_pipelined_requests_that_wait_for_their_client_are_no_silence(serve):
    paths = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        paths.append(scope["path"])
        await reply(b"x" * 100_000)(scope, receive, send)

    server = serve(app)
    client = server.connect()
    client.transport.client_reads = False
    client.send(GET * 2)
    assert paths == ["/"]
    shut_down(server, client)
    end_silence(server, client)
    client.transport.client_reads = True
    server.do(client.transport.take)
    assert [each.complete for each in client.responses()] == [True, True]
    assert client.closed


@pytest.mark.parametrize("reads", [True, False])
def test_a_websocket_that_does_not_answer_the_close_is_closed(serve_ws, reads):
    app = Listener()
    server = serve_ws(app)
    peer = knock(server)
    peer.client.transport.client_reads = reads
    shut_down(server, peer.client)
    assert (app.disconnect, peer.closed) == (gone(1012), False)
    end_silence(server, peer.client)
    assert peer.closed


def test_a_websocket_that_is_denied_slowly_keeps_its_time(serve_ws_once):
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
        await go.wait()
        await send({"type": "websocket.http.response.body", "body": b"whole"})

    server = serve_ws_once(app)
    peer = knock(server)
    shut_down(server, peer.client)
    end_silence(server, peer.client)
    server.do(go.set)
    assert peer.client.response().body == b"whole"


def test_a_tls_handshake_that_is_not_finished_is_ended(serve_once):
    server = serve_once(reply())
    client = TlsClient(server)
    (waiting,) = server.state.connections
    server.do(waiting.shutdown)
    server.advance(10)
    assert not client.closed
    server.do(waiting.end_silence)
    assert client.closed
    assert not server.state.connections
    assert "Not complete in time" in server.messages()[-1]


def test_half_a_head_over_tls_is_answered_with_408(serve_once):
    server = serve_once(reply())
    client = TlsClient(server).handshake()
    client.send(b"GET")
    (connection,) = server.state.connections
    server.do(connection.shutdown)
    server.do(connection.end_silence)
    assert client.responses()[-1].status == 408
    assert client.closed
