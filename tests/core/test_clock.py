"""The clock of all connections: how late a deadline is kept, and what its rest costs."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest

from tests.core.apps import GET, reply
from tests.core.conftest import Serve
from tests.core.serving import Server
from tests.core.ws_apps import Listener
from tests.core.ws_peer import PING, knock

STEP = 0.01
LENGTHS = [0.05, 0.2, 0.3, 1.0, 3.0, 5.0, 7.5, 20.0]


def latest(seconds: float) -> float:
    """Late by a tenth of its length and 0.1 s at most; and a step of the test's clock."""
    return seconds * 1.1 + 0.1 + 2 * STEP


def timers(server: Server) -> int:
    loop: Any = server.loop
    return len([each for each in loop._scheduled if not each.cancelled()])


def seconds_until(server: Server, happened: Any, most: float) -> float:
    begin = server.loop.now
    while not happened():
        assert server.loop.now - begin <= most
        server.run(server.loop.advance(STEP, STEP))
    return server.loop.now - begin


@pytest.mark.parametrize("seconds", LENGTHS)
@pytest.mark.parametrize("rest", [0.0, 0.021, 0.337, 4.9])
def test_a_deadline_is_kept_late_by_little_and_never_early(serve_once, seconds, rest):
    """Whether the clock rests or ticks when it is set."""
    server = serve_once(reply(), timeout_keep_alive=seconds, timeout_request_head=60)
    client = server.connect()
    server.run(server.loop.advance(rest, STEP))
    client.send(GET)
    late = seconds_until(server, lambda: client.closed, latest(seconds))
    assert late >= seconds


@pytest.mark.parametrize("seconds", LENGTHS)
def test_a_head_must_come_in_its_time(serve_once, seconds):
    server = serve_once(reply(), timeout_request_head=seconds)
    server.connect()
    client = server.connect()
    server.run(server.loop.advance(0.04, STEP))
    client.send(GET[:10])
    assert seconds_until(server, lambda: client.wire, latest(seconds)) >= seconds
    assert client.response().status == 408


@pytest.mark.parametrize(("interval", "timeout"), [(0.2, 0.3), (3.0, 1.0), (20.0, 20.0), (0.5, 9)])
def test_pings_keep_their_times(serve_ws_once, interval, timeout):
    server = serve_ws_once(Listener(), ws_ping_interval=interval, ws_ping_timeout=timeout)
    peer = knock(server)
    pinged = seconds_until(server, lambda: peer.control(PING), latest(interval))
    closed = seconds_until(server, lambda: peer.closed, latest(timeout))
    assert (pinged >= interval, closed >= timeout) == (True, True)
    assert peer.closing == (1011, "keepalive ping timeout")


def test_many_deadlines_need_one_timer(serve_ws_once):
    server = serve_ws_once(Listener(), ws_ping_interval=7)
    for _ in range(20):
        server.connect().send(GET[:5])
        knock(server)
        assert timers(server) == 1


def test_with_no_connection_nothing_ticks(serve_once):
    server = serve_once(reply())
    assert timers(server) == 0
    for _ in range(2):
        client = server.connect().send(GET)
        assert timers(server) == 1
        client.vanish()
        server.advance(2)
        assert timers(server) == 0


def test_the_clock_rests_between_the_deadlines_of_idle_connections(serve_ws_once):
    server = serve_ws_once(Listener(), ws_ping_interval=50, timeout_write_stall=60)
    for _ in range(5):
        knock(server)
    calls = []
    call_later = server.loop.call_later

    def counted(*args: Any) -> Any:
        calls.append(args[0])
        return call_later(*args)

    server.loop.call_later = counted
    server.run(server.loop.advance(30, STEP))
    # Each 1.5 s it looks for clients that take nothing.
    assert len(calls) <= 25


def test_a_deadline_that_is_over_sooner_is_not_kept_waiting_by_a_later_one(serve_ws_once):
    server = serve_ws_once(Listener(), ws_ping_interval=0.2, timeout_keep_alive=30)
    server.connect().send(GET[:5])
    server.run(server.loop.advance(1, STEP))
    peer = knock(server)
    assert seconds_until(server, lambda: peer.control(PING), latest(0.2)) >= 0.2


def test_time_in_which_the_loop_stood_still_is_not_held_against_a_client(serve_once):
    """An app that blocks is not its client's fault, who has all his time for the next request."""
    server = serve_blocking(serve_once, 8.0)
    server.connect().send(GET[:5])
    client = server.connect()
    for rest in (0.0, 3.0):
        server.run(server.loop.advance(rest, STEP))
        client.send(GET)
        server.run(server.loop.advance(4.9, STEP))
        assert not client.closed
        client.send(GET)
    assert len(client.responses()) == 4


def serve_blocking(serve_once: Serve, seconds: float) -> Server:
    """A server of an app in which the loop stands still for so long."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        server.loop.now += seconds
        await reply()(scope, receive, send)

    server = serve_once(app, timeout_keep_alive=5)
    return server


def test_what_has_come_is_read_before_a_connection_hears_of_its_deadline(serve_once):
    """Some loops call timers first, and look at sockets then."""
    server = serve_once(reply(), timeout_keep_alive=5)
    client = server.connect().send(GET)
    server.run(server.loop.advance(1, STEP))
    client.unread.append(GET)
    server.loop.now += 8.0

    async def read_in_the_next_pass() -> None:
        await server.loop.passes(2)
        client.deliver()
        await server.loop.passes()

    server.run(read_in_the_next_pass())
    assert len(client.responses()) == 2
    assert not client.closed


# The date.


class WallClock:
    """What the date in responses goes by, together with the server's own clock."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.start = 1_700_000_000.25 - server.loop.now

    def __call__(self) -> float:
        return self.start + self.server.loop.now


@pytest.mark.parametrize("rest", [0.1, 0.7, 2.5, 100.0])
def test_the_date_is_a_second_old_at_most(build, monkeypatch, rest):
    """Also of the first response after a rest, and of one that has taken its time."""
    server = Server(build, "auto", reply(), timeout_keep_alive=1000, timeout_request_head=1000)
    clock = WallClock(server)
    monkeypatch.setattr(build.encode, "time", clock)
    try:
        client = server.connect()
        for _ in range(30):
            server.run(server.loop.advance(rest, min(rest, 0.02) if rest < 1 else 0.5))
            client.send(GET)
            (date,) = client.responses()[-1].all(b"date")
            assert date.decode() in (formatdate(clock() - ago, usegmt=True) for ago in (0, 0.1))
    finally:
        server.close()
