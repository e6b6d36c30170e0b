"""sse-starlette over real sockets: events, clients that leave, and the end of the server."""

from __future__ import annotations

import signal
from contextlib import ExitStack

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.apps.serving import FEW, HOST, VARIANTS, Process, Variant, Wire, get, in_process, until

APP = "tests.apps.app_sse:app"
# Streams that do not end by themselves would keep the server for ever.
FOR_EVER = ("--timeout-graceful-shutdown", "none")
HELLO = b"data: hello\r\n\r\n"
# It leaves out the end of a stream that it ends, and so the response is cut off.
CUT_OFF = "ERROR:    ASGI callable returned without completing response."

on_one = pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
on_few = pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)


def counted(client: httpx.Client, name: str) -> int:
    number: int = client.get("/counts").json().get(name, 0)
    return number


def listener(server: Process, path: str = "/events") -> Wire:
    """A client that has got its first event."""
    wire = Wire(server.port, timeout=20)
    wire.send(get(path))
    wire.read_until(HELLO)
    return wire


def errors(server: Process) -> list[str]:
    return [line for line in server.log.splitlines() if "ERROR" in line or "Traceback" in line]


@on_few
def test_events_come_with_their_names_and_end(client: httpx.Client) -> None:
    response = client.get("/some")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    assert response.text == "".join(
        f"id: {number}\r\nevent: number\r\ndata: {number}\r\ndata: of 3\r\n\r\n"
        for number in range(3)
    )


@on_few
def test_head_of_events_ends_at_once(client: httpx.Client) -> None:
    for _ in range(2):
        assert client.head("/some").content == b""


@on_few
def test_what_another_task_pushes_comes_in_order(client: httpx.Client) -> None:
    text = client.get("/pushed").text
    assert text == "".join(f"data: {number}\r\n\r\n" for number in range(100))


@on_few
def test_pings_come_where_no_event_does(server: Process) -> None:
    with listener(server, "/events?ping=0.01") as wire:
        for _ in range(3):
            assert wire.read_until(b": ping - ")


@on_few
def test_each_client_that_leaves_is_seen(server: Process, client: httpx.Client) -> None:
    before = counted(client, "clients gone"), counted(client, "streams ended")
    wires = [listener(server) for _ in range(10)]
    for wire in wires[:5]:
        wire.socket.close()
    until(lambda: counted(client, "clients gone") == before[0] + 5)
    for wire in wires[5:]:
        wire.vanish()
    until(lambda: counted(client, "clients gone") == before[0] + 10)
    until(lambda: counted(client, "streams ended") == before[1] + 10)


@on_few
def test_events_in_place_of_a_websocket_are_a_response(server: Process) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://{HOST}:{server.port}/denied", proxy=None, open_timeout=20)
    assert refused.value.response.status_code == 403
    assert refused.value.response.body == b"data: no WebSocket\r\n\r\n"


@pytest.mark.parametrize("chosen", FEW, ids=str)
@pytest.mark.parametrize("patched", [True, False], ids=["by its patch", "by the handler"])
def test_streams_end_with_the_server_and_not_after_its_patience(
    chosen: Variant, patched: bool
) -> None:
    environment = {} if patched else {"TEST_WITHOUT_PATCH": "1"}
    with (
        in_process(APP, chosen, *FOR_EVER, environment=environment) as server,
        ExitStack() as stack,
    ):
        wires = [stack.enter_context(listener(server)) for _ in range(5)]
        goodbye = stack.enter_context(listener(server, "/farewell"))
        server.signal(signal.SIGTERM)
        for wire in wires:
            wire.read_to_end()
        assert b"data: goodbye\r\n\r\n\r\n0\r\n\r\n" in goodbye.read_to_end()
        assert server.wait() == -signal.SIGTERM
        assert "streams: 5, ended: 5" in server.log
        assert f"handle_exit was called: {patched}" in server.log
        assert errors(server) == [CUT_OFF] * 5


@on_one
def test_streams_of_all_workers_end_with_them(variant: Variant) -> None:
    with in_process(APP, variant, *FOR_EVER, "--workers", "2") as server, ExitStack() as stack:
        until(lambda: server.log.count("is ready") == 2, 30, "both workers serve")
        wires = [stack.enter_context(listener(server)) for _ in range(8)]
        server.signal(signal.SIGTERM)
        for wire in wires:
            wire.read_to_end()
        assert server.wait() == 0
        assert server.log.count("handle_exit was called: True") == 2
        assert errors(server) == [CUT_OFF] * 8
