"""HTTP/2: what a connection holds while it is busy, and what is left of its streams."""

from __future__ import annotations

import gc
from collections import Counter
from typing import Any

from tests.core.apps import body, echo, reply, start
from tests.core.http2_peer import Http2Client
from uvicorn.wire import HIGH_WATER

CANCEL = 8

KINDS = {"Exchange", "Http2Stream", "StreamState", "Backlog", "Task"}


def left() -> Counter[str]:
    """What belongs to streams and is still there."""
    gc.collect()
    names = Counter(type(each).__name__ for each in gc.get_objects())
    return Counter({name: count for name, count in names.items() if name in KINDS})


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Echoes, or answers with what no window takes, or waits for its client to go."""
    if scope["path"] == "/echo":
        await echo(scope, receive, send)
    elif scope["path"] == "/large":
        await reply(b"x" * 100_000)(scope, receive, send)
    else:
        await send(start(200, []))
        await send(body(b"part", True))
        while (await receive())["type"] != "http.disconnect":
            pass


def test_nothing_is_left_of_streams_a_third_of_them_reset(serve_http2):
    server = serve_http2(app)
    client = Http2Client(server, window=1000)
    client.reads = False
    after = []
    for _ in range(20):
        answered = [client.head("/echo", "POST", end=False) for _ in range(40)]
        for number in answered:
            client.h2.send_data(number, b"abc", end_stream=True)
        gone = [client.head("/large" if each % 2 else "/wait") for each in range(20)]
        client.flush()
        client.give(1_000_000)
        assert [client.text(number) for number in answered] == [(200, b"abc")] * 40
        for number in gone:
            client.h2.reset_stream(number, CANCEL)
        client.flush()
        after.append(left())
    # Not more than the last one, of which the codec has just spoken.
    assert after[-1] == after[0]
    assert after[-1]["Exchange"] <= 1
    assert (server.state.tasks, client.goaways, client.closed) == (set(), [], False)


def test_a_client_that_takes_nothing_makes_the_server_hold_a_bounded_part(serve_http2):
    sent = []

    async def endless(scope, receive, send):
        await send(start(200, []))
        for _ in range(40):
            await send(body(b"x" * 8192, True))
            sent.append(8192)

    server = serve_http2(endless)
    client = Http2Client(server, window=0)
    for _ in range(128):
        client.head()
    client.flush()
    # Each app waits since the first part above the high-water mark.
    assert sum(sent) == 128 * HIGH_WATER
    client.vanish()
    # Whoever sends on to nobody waits a pass of the loop each time.
    for _ in range(40):
        server.do(lambda: None)
    assert not server.state.tasks
