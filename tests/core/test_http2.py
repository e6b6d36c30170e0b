"""HTTP/2: one conversation on a fake transport, with each codec, in both builds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.apps import body, echo, reply, start
from tests.core.http2_peer import Http2Client
from uvicorn.wire import HTTP2_PREFACE

LARGE = bytes(range(256)) * 1024
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, STREAM_CLOSED, REFUSED, CANCEL = 0, 1, 2, 5, 7, 8
ENHANCE_YOUR_CALM = 11
EVERY_STREAM = 2**31 - 1


def gated(gates: dict[str, asyncio.Event], seen: list[Any]) -> Any:
    """An app that answers a path when its gate is open, and notes what it receives."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        gate = gates.setdefault(scope["path"], asyncio.Event())
        await gate.wait()
        seen.append(scope["path"])
        await reply(scope["path"].encode())(scope, receive, send)

    return app


# Requests and responses.


def test_a_request_is_answered(serve_http2):
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)
        await reply(b"hello", headers=[(b"Content-Length", b"5"), (b"X-App", b"1")])(
            scope, receive, send
        )

    client = Http2Client(serve_http2(app))
    number = client.ask(
        "/a%20b?c=d", fields=[("accept", "*/*"), ("cookie", "a=1"), ("cookie", "b=2")]
    )
    assert client.text(number) == (200, b"hello")
    answer = client.answer(number)
    assert answer.headers[0] == (b"server", b"uvicorn")
    assert answer.headers[1][0] == b"date"
    assert answer.headers[2:] == [(b"content-length", b"5"), (b"x-app", b"1")]
    (scope,) = scopes
    assert (scope["http_version"], scope["method"], scope["path"]) == ("2", "GET", "/a b")
    assert (scope["raw_path"], scope["query_string"], scope["scheme"]) == (
        b"/a%20b",
        b"c=d",
        "http",
    )
    assert scope["headers"][0] == (b"host", b"test")
    assert (b"cookie", b"a=1; b=2") in scope["headers"]
    assert scope["client"] == ("192.0.2.1", 40000)
    assert set(scope["extensions"]) == {"http.response.early_hint", "http.response.trailers"}


def test_all_requests_of_a_read_are_answered_in_one_write(serve_http2):
    client = Http2Client(serve_http2(reply(b"x")))
    client.hear()
    before = len(client.transport.writes)
    numbers = [client.head() for _ in range(32)]
    client.flush()
    assert [client.text(number) for number in numbers] == [(200, b"x")] * 32
    assert len(client.transport.writes) == before + 1


def test_responses_that_end_in_one_pass_of_the_loop_are_one_write(serve_http2):
    gate = asyncio.Event()

    async def app(scope, receive, send):
        await gate.wait()
        await reply(b"x")(scope, receive, send)

    server = serve_http2(app)
    client = Http2Client(server)
    numbers = [client.head() for _ in range(8)]
    client.flush()
    before = len(client.transport.writes)
    server.do(gate.set)
    assert [client.text(number) for number in numbers] == [(200, b"x")] * 8
    assert len(client.transport.writes) == before + 1


def test_a_body_is_given_to_the_app_and_comes_back(serve_http2):
    client = Http2Client(serve_http2(echo))
    number = client.ask("/", "POST", end=False)
    sent = client.upload(number, LARGE)
    while sent < len(LARGE):
        more = client.upload(number, LARGE[sent:])
        assert more
        sent += more
    assert client.text(number) == (200, LARGE)


def test_a_body_that_came_with_its_head_is_there_at_once(serve_http2):
    received = []

    async def app(scope, receive, send):
        received.append(await receive())
        await reply()(scope, receive, send)

    client = Http2Client(serve_http2(app))
    number = client.head("/", "POST", end=False)
    client.h2.send_data(number, b"abc", end_stream=True)
    client.flush()
    assert received == [{"type": "http.request", "body": b"abc", "more_body": False}]
    assert client.text(number)[0] == 200


def test_trailers_of_a_request_are_dropped(serve_http2):
    client = Http2Client(serve_http2(echo))
    number = client.ask("/", "POST", end=False)
    client.data(number, b"abc")
    client.h2.send_headers(number, [("x-sum", "1")], end_stream=True)
    client.flush()
    assert client.text(number) == (200, b"abc")


@pytest.mark.parametrize("status", [204, 304])
def test_a_response_without_a_body_ends_with_its_head(status, serve_http2):
    client = Http2Client(serve_http2(reply(b"", status, headers=[])))
    assert client.text(client.ask()) == (status, b"")


def test_head_gets_the_head_alone(serve_http2):
    client = Http2Client(serve_http2(reply(b"hello")))
    number = client.ask(method="HEAD")
    assert client.text(number) == (200, b"")
    assert client.answer(number).header(b"content-length") == b"5"


def test_connection_fields_of_the_app_are_left_out(serve_http2):
    headers = [(b"connection", b"close"), (b"transfer-encoding", b"chunked"), (b"keep-alive", b"1")]
    client = Http2Client(serve_http2(reply(b"hello", headers=headers)))
    number = client.ask()
    assert client.text(number) == (200, b"hello")
    assert [name for name, _ in client.answer(number).headers] == [b"server", b"date"]
    assert client.text(client.ask()) == (200, b"hello")


def test_early_hints_and_trailers_are_sent(serve_http2):
    async def app(scope, receive, send):
        await send({"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]})
        await send({**start(200, []), "trailers": True})
        await send(body(b"part", True))
        await send(body(b"", False))
        await send(
            {"type": "http.response.trailers", "headers": [(b"x-a", b"1")], "more_trailers": True}
        )
        await send({"type": "http.response.trailers", "headers": [(b"x-b", b"2")]})

    client = Http2Client(serve_http2(app))
    number = client.ask()
    assert client.text(number) == (200, b"part")
    answer = client.answer(number)
    assert (b"link", b"</a.css>; rel=preload") in answer.hints[0]
    assert answer.trailers == [(b"x-a", b"1"), (b"x-b", b"2")]


def test_a_client_that_expects_100_gets_it_when_the_app_asks(serve_http2):
    gate = asyncio.Event()

    async def app(scope, receive, send):
        await gate.wait()
        await echo(scope, receive, send)

    server = serve_http2(app)
    client = Http2Client(server)
    number = client.ask("/", "POST", [("expect", "100-continue")], end=False)
    client.hear()
    assert client.answer(number).hints == []
    server.do(gate.set)
    client.hear()
    assert dict(client.answer(number).hints[0])[b":status"] == b"100"
    client.data(number, b"abc", end=True)
    assert client.text(number) == (200, b"abc")


def test_an_app_that_answers_early_ends_the_upload(serve_http2):
    client = Http2Client(serve_http2(reply(b"no", 413)))
    number = client.ask("/", "POST", end=False)
    answer = client.answer(number)
    assert (answer.status, answer.body, answer.ended) == (413, b"no", True)
    assert answer.code == NO_ERROR
    assert client.text(client.ask()) == (413, b"no")


# Windows.


def test_a_response_waits_for_the_window_and_its_app_waits_too(serve_http2):
    sent = []

    async def app(scope, receive, send):
        await send(start(200, []))
        for number in range(64):
            await send(body(b"x" * 8192, True))
            sent.append(number)
        await send(body(b"", False))

    client = Http2Client(serve_http2(app))
    client.reads = False
    number = client.ask()
    assert len(client.answer(number).body) == 65535
    # What the window took, and a little above the high-water mark.
    assert len(sent) * 8192 <= 65535 + 2 * 65536
    client.reads = True
    while not client.answer(number).ended:
        client.give(65535)
        client.give(65535, number)
    assert client.text(number) == (200, b"x" * 8192 * 64)


def test_a_slow_stream_does_not_hold_up_its_siblings(serve_http2):
    async def app(scope, receive, send):
        size = 200_000 if scope["path"] == "/slow" else 1000
        await reply(b"x" * size)(scope, receive, send)

    client = Http2Client(serve_http2(app))
    client.reads = False
    slow = client.ask("/slow")
    assert len(client.answer(slow).body) == 65535
    # The window of the connection is for all of them.
    client.give(1_000_000)
    quick = [client.ask("/quick") for _ in range(8)]
    assert [client.text(number)[0] for number in quick] == [200] * 8
    assert len(client.answer(slow).body) == 65535
    client.give(1_000_000, slow)
    assert client.text(slow) == (200, b"x" * 200_000)


def test_an_app_that_does_not_read_holds_up_its_own_upload_alone(serve_http2):
    gate = asyncio.Event()

    async def app(scope, receive, send):
        if scope["path"] == "/slow":
            await gate.wait()
        await echo(scope, receive, send)

    server = serve_http2(app)
    client = Http2Client(server)
    slow = client.ask("/slow", "POST", end=False)
    held = 0
    while more := client.upload(slow, b"x" * 100_000, end=False):
        held += more
    # Its window, and what an exchange keeps before it is paused.
    assert held <= 262144 + 2 * 65536
    quick = client.ask("/quick", "POST", end=False)
    sent = 0
    while sent < len(LARGE):
        more = client.upload(quick, LARGE[sent:])
        assert more
        sent += more
    assert client.text(quick) == (200, LARGE)
    server.do(gate.set)
    client.hear()
    client.data(slow, b"", end=True)
    assert client.text(slow) == (200, b"x" * held)


def test_the_lowest_urgency_is_sent_first_and_incremental_ones_share(serve_http2):
    client = Http2Client(serve_http2(reply(b"x" * 100_000)))
    client.reads = False
    # Takes the window of the connection.
    client.ask()
    numbers = [
        client.ask(fields=[("priority", value)]) for value in ("u=5", "u=1, i", "u=1, i", "u=0")
    ]
    later, one, other, first = numbers
    client.give(50_000)
    assert [len(client.answer(number).body) for number in numbers] == [0, 0, 0, 50_000]
    client.give(15_535 + 32768)
    assert len(client.answer(first).body) == 65535
    assert len(client.answer(one).body) == len(client.answer(other).body) == 16384
    assert len(client.answer(later).body) == 0


def test_nothing_is_read_while_the_client_takes_nothing(serve_http2):
    started = []

    async def app(scope, receive, send):
        started.append(scope["path"])
        await reply(b"x" * 60_000)(scope, receive, send)

    client = Http2Client(serve_http2(app), high_water=1000)
    client.hear()
    client.transport.client_reads = False
    client.ask("/first")
    client.ask("/second")
    assert started == ["/first"]
    client.transport.client_reads = True
    client.server.do(client.transport.take)
    client.hear()
    assert started == ["/first", "/second"]


# What ends a stream.


def test_an_app_hears_that_its_client_has_reset_the_stream(serve_http2):
    seen = []

    async def app(scope, receive, send):
        await receive()
        seen.append((await receive())["type"])
        await send(start(200, []))
        await send(body(b"nobody hears it"))

    client = Http2Client(serve_http2(app))
    number = client.ask()
    client.reset(number)
    assert seen == ["http.disconnect"]
    assert client.answer(number).status == 0
    assert client.goaways == []


def test_a_request_that_is_reset_in_the_read_that_brought_it_starts_no_app(serve_http2):
    started = []

    async def app(scope, receive, send):
        started.append(scope["path"])
        await reply()(scope, receive, send)

    client = Http2Client(serve_http2(app))
    number = client.head("/gone")
    client.h2.reset_stream(number, CANCEL)
    client.ask("/there")
    assert started == ["/there"]


def test_a_send_that_waits_ends_with_its_stream(serve_http2):
    ended = []

    async def app(scope, receive, send):
        await send(start(200, []))
        for _ in range(100):
            await send(body(b"x" * 65536, True))
        ended.append(scope["path"])
        await send(body(b"", False))

    server = serve_http2(app)
    client = Http2Client(server)
    client.reads = False
    number = client.ask()
    assert ended == []
    client.reset(number)
    # Whoever sends on to nobody waits a pass of the loop each time.
    for _ in range(10):
        server.do(lambda: None)
    assert ended == ["/"]


def test_an_app_that_fails_before_its_response_is_answered_for(serve_http2):
    async def app(scope, receive, send):
        raise ValueError("wrong")

    server = serve_http2(app)
    client = Http2Client(server)
    assert client.text(client.ask()) == (500, b"Internal Server Error")
    assert client.text(client.ask()) == (500, b"Internal Server Error")
    assert len(server.failures()) == 2


def test_an_app_that_fails_in_its_response_resets_its_stream_alone(serve_http2):
    async def app(scope, receive, send):
        await send(start(200, []))
        await send(body(b"part", True))
        if scope["path"] == "/wrong":
            raise ValueError("wrong")
        await send(body(b"", False))

    server = serve_http2(app)
    client = Http2Client(server)
    number = client.ask("/wrong")
    answer = client.answer(number)
    assert (answer.body, answer.ended, answer.code) == (b"part", False, INTERNAL_ERROR)
    assert client.text(client.ask("/right")) == (200, b"part")
    assert len(server.failures()) == 1


def test_too_many_requests_are_refused_and_the_connection_lives(serve_http2):
    gates: dict[str, asyncio.Event] = {}
    server = serve_http2(gated(gates, []), limit_concurrency=2)
    client = Http2Client(server)
    first, second = client.ask("/a"), client.ask("/b")
    assert client.text(second) == (503, b"Service Unavailable")
    server.do(gates["/a"].set)
    assert client.text(first) == (200, b"/a")


def test_a_malformed_request_is_a_line_in_the_log_and_no_request(serve_http2):
    started = []

    async def app(scope, receive, send):
        started.append(scope["path"])
        await reply()(scope, receive, send)

    server = serve_http2(app)
    client = Http2Client(server)
    client.h2.config.validate_outbound_headers = False
    client.h2.config.normalize_outbound_headers = False
    number = client.ask(fields=[("X-Upper", "1")])
    assert client.answer(number).code == PROTOCOL_ERROR
    assert client.text(client.ask("/right"))[0] == 200
    assert started == ["/right"]
    assert server.messages() == [
        "Invalid HTTP request received. Bad header name (192.0.2.1:40000)."
    ]


def test_the_same_fault_of_many_streams_is_one_line_in_the_log(serve_http2):
    server = serve_http2(reply())
    client = Http2Client(server)
    client.h2.config.validate_outbound_headers = False
    client.h2.config.normalize_outbound_headers = False
    for _ in range(3):
        client.ask(fields=[("X-Upper", "1")])
        client.ask(fields=[("connection", "close")])
    assert server.messages() == [
        f"Invalid HTTP request received. {reason} (192.0.2.1:40000)."
        for reason in ("Bad header name", "Connection-specific header")
    ]
    assert client.text(client.ask())[0] == 200


def test_a_path_that_is_too_long_is_answered_with_414(serve_http2):
    client = Http2Client(serve_http2(reply()))
    assert client.text(client.ask("/" + "a" * 20_000)) == (414, b"Request line too long")
    assert client.text(client.ask())[0] == 200


# What ends the connection.


def test_who_breaks_the_protocol_is_told_and_its_apps_too(serve_http2):
    seen = []

    async def app(scope, receive, send):
        await receive()
        seen.append((await receive())["type"])

    server = serve_http2(app)
    client = Http2Client(server)
    client.ask()
    client.send(b"\0\0\0\0\0\0\0\0\0")
    client.hear()
    assert client.goaways == [(PROTOCOL_ERROR, 1)]
    assert seen == ["http.disconnect"]
    assert client.ended
    (line,) = server.messages()
    assert line.startswith("Invalid HTTP request received. ")


def test_a_server_that_ends_says_so_twice_and_serves_what_it_has_accepted(serve_http2):
    gates: dict[str, asyncio.Event] = {}
    server = serve_http2(gated(gates, []))
    client = Http2Client(server)
    first = client.ask("/a")
    server.do(client.connection.shutdown)
    client.transport.reading = False
    client.hear()
    assert client.goaways == [(NO_ERROR, EVERY_STREAM)]
    client.transport.reading = True
    server.do(lambda: None)
    client.hear()
    assert client.goaways == [(NO_ERROR, EVERY_STREAM), (NO_ERROR, first)]
    assert not client.ended
    server.do(gates["/a"].set)
    assert client.text(first) == (200, b"/a")
    assert client.ended


def test_a_client_that_does_not_hear_of_the_end_does_not_hold_it_up(serve_http2):
    server = serve_http2(reply())
    client = Http2Client(server)
    client.transport.reading = False
    server.do(client.connection.shutdown)
    assert not client.ended
    server.do(client.connection.end_silence)
    assert client.ended


def test_an_idle_connection_is_closed_in_good_order(serve_http2):
    server = serve_http2(reply(), timeout_keep_alive=5)
    client = Http2Client(server)
    client.ask()
    server.advance(4)
    assert not client.ended
    server.advance(8)
    client.hear()
    assert client.goaways[0] == (NO_ERROR, EVERY_STREAM)
    assert client.ended


def test_a_connection_that_says_nothing_is_closed(serve_http2):
    server = serve_http2(reply(), timeout_request_head=3)
    client = Http2Client(server)
    server.advance(8)
    assert client.ended


def test_a_silent_client_is_pinged_and_dropped_if_it_does_not_answer(serve_http2):
    gates: dict[str, asyncio.Event] = {}
    server = serve_http2(gated(gates, []), http2_keep_alive_interval=10, http2_keep_alive_timeout=5)
    client = Http2Client(server)
    number = client.ask("/a")
    for _ in range(14):
        server.advance(6)
        client.hear()
    assert len(client.pings) > 1
    assert not client.closed
    client.transport.reading = False
    server.advance(45)
    assert client.closed
    server.do(gates["/a"].set)
    assert client.answers[number].status == 0


def test_apps_hear_of_a_client_that_is_gone(serve_http2):
    seen = []

    async def app(scope, receive, send):
        await receive()
        seen.append((await receive())["type"])

    client = Http2Client(serve_http2(app))
    client.ask()
    client.ask()
    client.vanish()
    assert seen == ["http.disconnect"] * 2


def test_a_client_that_ends_its_half_still_gets_its_answers(serve_http2):
    gates: dict[str, asyncio.Event] = {}
    server = serve_http2(gated(gates, []))
    client = Http2Client(server)
    number = client.ask("/a")
    client.end()
    server.do(gates["/a"].set)
    assert client.text(number) == (200, b"/a")
    assert client.closed


def test_resets_without_end_are_too_much(serve_http2):
    async def app(scope, receive, send):
        await receive()
        await receive()

    server = serve_http2(app)
    client = Http2Client(server)
    for _ in range(1100):
        if client.goaways:
            break
        client.reset(client.head())
    assert client.goaways == [(ENHANCE_YOUR_CALM, client.goaways[0][1])]
    assert client.ended


# Which version it is.


def test_the_preface_may_be_split_anywhere(serve_http2):
    server = serve_http2(reply(b"hello"))
    for at in range(1, len(HTTP2_PREFACE)):
        plain = server.connect()
        plain.send(HTTP2_PREFACE[:at], HTTP2_PREFACE[at:])
        # SETTINGS come back: a frame of type 4 on stream 0.
        assert plain.wire[3:9] == b"\x04\0\0\0\0\0", at


def test_a_preface_behind_a_request_is_no_preface(serve_http2):
    server = serve_http2(reply(b"hello"))
    client = server.connect().send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP2_PREFACE)
    assert [response.status for response in client.responses()] == [200, 505]


def test_what_only_begins_as_the_preface_is_refused(serve_http2):
    server = serve_http2(reply(b"hello"))
    client = server.connect().send(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")
    assert client.ended
    assert b"\x00\x00\x08\x07" in client.wire or b" 505 " in client.wire


def test_an_offer_to_go_on_with_h2c_is_ignored(serve_http2):
    server = serve_http2(reply(b"hello"))
    client = server.connect().send(
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n"
    )
    assert client.response().status == 200
