"""What the log says of a WebSocket, and what it never says."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any

import pytest

from tests.core.serving import PEERS, Server
from tests.core.settings import deflate_settings
from tests.core.ws_apps import Listener, accept, close, echo, say, says, slow, start
from tests.core.ws_peer import DEFLATE, PLAIN, Peer, binary, frame, handshake, knock, ping, text
from tests.core.ws_peer import close as bye
from uvicorn.logging import TRACE_LOG_LEVEL

SECRET = b"secret"


def infos(server: Server) -> list[str]:
    return [r.getMessage() for r in server.log.records if r.levelno == logging.INFO]


def traces(server: Server) -> list[str]:
    return [r.getMessage() for r in server.log.records if r.levelno == TRACE_LOG_LEVEL]


# At level trace.


def test_trace_tells_of_the_upgrade_of_its_making_and_of_its_end(serve_ws):
    server = serve_ws(echo, level=TRACE_LOG_LEVEL)
    peer = knock(server)
    assert traces(server) == [
        "192.0.2.1:40000 - HTTP connection made",
        "192.0.2.1:40000 - Upgrading to WebSocket",
        "192.0.2.1:40000 - WebSocket connection made",
    ]
    peer.send(bye())
    assert traces(server)[3:] == ["192.0.2.1:40000 - WebSocket connection lost"]


def test_trace_tells_of_a_ping_without_an_answer(serve_ws_once):
    server = serve_ws_once(Listener(), level=TRACE_LOG_LEVEL, ws_ping_interval=1, ws_ping_timeout=1)
    knock(server)
    server.advance(5)
    assert traces(server)[3:] == [
        "192.0.2.1:40000 - WebSocket keepalive ping timeout",
        "192.0.2.1:40000 - WebSocket connection lost",
    ]


def test_trace_tells_of_no_websocket_that_was_not_made(serve_ws_once):
    server = serve_ws_once(echo, level=TRACE_LOG_LEVEL)
    knock(server, plain=PLAIN[:-1])
    assert [line for line in traces(server) if "WebSocket connection" in line] == []


# The lines of the handshake.


def test_an_accept_is_one_line_at_info(serve_ws_once):
    server = serve_ws_once(echo)
    knock(server, start=b"GET /chat%20room?a=b&c=%20 HTTP/1.1").send(text("hi"), bye())
    (record,) = server.log.records
    assert record.getMessage() == (
        '192.0.2.1:40000 - "WebSocket /chat%20room?a=b&c=%20" [accepted]'
    )
    assert (record.levelno, record.name) == (logging.INFO, "uvicorn.error")
    assert record.args == ("192.0.2.1:40000", "/chat%20room?a=b&c=%20")


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        ([close()], 403),
        ([start(401), {"type": "websocket.http.response.body"}], 401),
    ],
)
def test_a_denial_is_one_line_with_its_status(serve_ws_once, messages, status):
    server = serve_ws_once(says(*messages))
    knock(server, start=b"GET /chat?x HTTP/1.1")
    (record,) = server.log.records
    assert record.getMessage() == f'192.0.2.1:40000 - "WebSocket /chat?x" {status}'
    assert record.args == ("192.0.2.1:40000", "/chat?x", status)


def test_a_unix_socket_has_no_address(serve_ws_once):
    server = serve_ws_once(echo)
    extra = {**PEERS, "peername": "", "sockname": "/run/web.sock"}
    client = server.connect(extra).send(handshake())
    assert infos(server) == [' - "WebSocket /" [accepted]']
    client.send(b"\xff")
    assert server.messages(logging.WARNING) == [
        "Invalid WebSocket data received. Reserved bit set (unix socket)."
    ]


def test_the_address_is_what_a_middleware_has_made_of_it(serve_ws_once):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["client"] = ("203.0.113.9", 0)
        await send(accept())

    server = serve_ws_once(app)
    knock(server)
    assert infos(server) == ['203.0.113.9:0 - "WebSocket /" [accepted]']


def test_a_line_cannot_be_split_by_a_path(serve_ws_once):
    server = serve_ws_once(echo)
    knock(server, start=b"GET /%0d%0aINFO:%1b[2J?%0a HTTP/1.1")
    (line,) = infos(server)
    assert line == '192.0.2.1:40000 - "WebSocket /%0D%0AINFO%3A%1B%5B2J?%0a" [accepted]'


def test_websockets_are_not_in_the_access_log(serve_ws_once, caplog):
    logger = logging.getLogger("uvicorn.access")
    with caplog.at_level(logging.INFO, logger.name):
        server = serve_ws_once(says(close()), access_log=True)
        assert knock(server).client.response().status == 403
    assert [record for record in caplog.records if record.name == logger.name] == []


# The line of the end.


def ends(server: Server) -> list[str]:
    return [line for line in infos(server) if "[closed" in line]


def test_the_line_of_the_end_has_its_figures(serve_ws):
    server = serve_ws(echo, ws_log_close=True, ws_ping_interval=None)
    peer = knock(server, start=b"GET /chat HTTP/1.1").send(text("é" * 10), binary(b"x" * 1000))
    server.advance(12.5)
    peer.send(text(""), ping(), bye(4000))
    assert ends(server) == [
        '192.0.2.1:40000 - "WebSocket /chat" [closed 4000] after 12.500 s,'
        " received 3 messages of 1020 bytes, sent 3 messages of 1020 bytes"
    ]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 16_383, 16_384, 65_535, 65_536])
@pytest.mark.parametrize("deflate", [False, True])
def test_bytes_are_those_of_the_messages_and_not_of_the_wire(serve_ws, size, deflate):
    settings = deflate_settings(threshold=0) if deflate else None
    server = serve_ws(echo, ws_log_close=True, ws_deflate=settings)
    knock(server, DEFLATE).send(text("é" * (size // 2)), binary(b"x" * size), bye())
    bytes_each_way = 2 * (size // 2) + size
    figures = f"2 messages of {bytes_each_way} bytes"
    assert ends(server)[0].endswith(f"received {figures}, sent {figures}")


@pytest.mark.parametrize(
    ("app", "how", "code"),
    [
        (echo, "close", 1000),
        (echo, "end", 1005),
        (echo, "vanish", 1005),
        (says(accept(), close(4001)), "vanish", 4001),
        (says(accept(), close(4001)), "close", 4001),
        (echo, "wrong", 1002),
        (echo, "wrong, vanish", 1002),
        (echo, "shutdown", 1012),
        (echo, "shutdown, close", 1012),
        (echo, "silence", 1011),
    ],
)
def test_the_line_of_the_end_comes_once_and_names_who_was_first(serve_ws, app, how, code):
    server = serve_ws(app, ws_log_close=True)
    peer = knock(server)
    for step in how.split(", "):
        happen(peer, step)
    server.advance(60)
    (line,) = ends(server)
    assert f"[closed {code}]" in line


def happen(peer: Peer, step: str) -> None:
    client = peer.client
    if step == "close":
        peer.send(bye())
    elif step == "wrong":
        peer.send(b"\xff")
    elif step == "shutdown":
        client.server.do(client.connection.shutdown)
    elif step != "silence":
        getattr(client, step)()


@pytest.mark.parametrize("last", [bye(4000), b"\xff\xff"])
def test_the_line_of_the_end_counts_what_waited_for_the_app(serve_ws, last):
    app = slow()
    server = serve_ws(app, ws_log_close=True, ws_max_queue=3)
    peer = knock(server).send(*[text("x")] * 10, last)
    peer.client.vanish()
    assert ends(server) == []
    server.do(app.step, 11)
    (line,) = ends(server)
    assert "received 10 messages of 10 bytes" in line
    assert f"[closed {4000 if last == bye(4000) else 1002}]" in line


@pytest.mark.parametrize("error", [None, KeyError("mine"), "x"])
def test_an_app_that_ends_without_reading_all_still_has_its_line(serve_ws, error):
    async def app(scope: Any, receive: Any, send: Any) -> Any:
        await send(accept())
        await go.wait()
        if isinstance(error, KeyError):
            raise error
        return error

    go = asyncio.Event()
    server = serve_ws(app, ws_log_close=True, ws_max_queue=3)
    knock(server).send(*[text("x")] * 10).client.vanish()
    assert ends(server) == []
    server.do(go.set)
    assert len(server.failures()) == (error is not None)
    (line,) = ends(server)
    assert "[closed 1005]" in line


@pytest.mark.parametrize("messages", [[close()], [start(), {**start(), "type": "x"}]])
def test_a_websocket_that_never_was_has_no_end(serve_ws_once, messages):
    server = serve_ws_once(says(*messages), ws_log_close=True)
    knock(server).client.vanish()
    server.failures()
    assert ends(server) == []


def test_without_the_setting_there_is_no_line_of_the_end(serve_ws_once):
    server = serve_ws_once(echo)
    knock(server).send(bye())
    assert ends(server) == []


# What is never said.


@pytest.mark.parametrize(
    "sent",
    [
        frame(1, SECRET + b"\xff"),
        frame(1, SECRET + b"\xff", fin=False),
        frame(8, b"\x00\x01" + SECRET),
        frame(8, b"\x03\xe8" + SECRET + b"\xff"),
        frame(0, SECRET),
        frame(1, SECRET, rsv1=True),
        binary(SECRET * 1000),
    ],
    ids=lambda sent: sent[:2].hex(),
)
def test_no_line_repeats_what_the_peer_has_sent(serve_ws, sent):
    settings = deflate_settings()
    server = serve_ws(echo, ws_max_size=1000, ws_deflate=settings, ws_log_close=True)
    peer = knock(server, DEFLATE).send(text("secret"), sent)
    assert peer.closing is not None and "secret" not in peer.closing[1]
    assert server.messages(logging.WARNING)
    for record in server.log.records:
        assert "secret" not in record.getMessage() and record.exc_info is None


# A log that fails.


@pytest.mark.parametrize("app", [echo, says(close()), says(start(), say("x"))])
def test_a_filter_that_raises_leaves_no_client_waiting(serve_ws_once, app):
    def broken(record: logging.LogRecord) -> bool:
        raise ValueError("from a filter")

    server = serve_ws_once(app)
    server.logger.addFilter(broken)
    try:
        client = server.connect().send(handshake())
        server.advance(15)
    finally:
        server.logger.removeFilter(broken)
    # asyncio tells of an exception that nobody has asked for when its task is collected.
    gc.collect()
    server.loop.errors.clear()
    assert client.ended


def test_a_message_for_an_app_that_listens_is_no_line(serve_ws_once):
    server = serve_ws_once(Listener())
    knock(server).send(*[text("hi")] * 10)
    assert len(server.log.records) == 1
