"""Quart over real sockets: its own server is another one, so ours is called as for any app."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Callable

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.apps.serving import FEW, HOST, Process, Variant, Wire, get, in_process, until

APP = "tests.apps.app_quart:app"
BIG = bytes(range(256)) * 4 * 1024  # 1 MiB

on_few = pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)


def counted(client: httpx.Client, name: str) -> int:
    number: int = client.get("/counts").json().get(name, 0)
    return number


def open_socket(server: Process, path: str) -> ClientConnection:
    return connect(
        f"ws://{HOST}:{server.port}{path}",
        proxy=None,
        open_timeout=20,
        subprotocols=[Subprotocol("loud")],
    )


@on_few
def test_quart_answers(server: Process, client: httpx.Client) -> None:
    assert client.get("/hello/w%C3%A4lt?q=1+2").json() == {
        "name": "wält",
        "query": "1 2",
        "host": f"{HOST}:{server.port}",
        "url": f"{server.url}/hello/wält?q=1+2",
    }
    assert client.get("/sync").text == "in a thread"
    assert client.get("/nowhere").status_code == 404
    assert client.head("/sync").content == b""


@on_few
def test_bodies_of_quart_are_whole(client: httpx.Client) -> None:
    response = client.post("/form", data={"a": "ä"}, files={"file": ("big.bin", BIG)})
    assert response.json() == {"fields": {"a": "ä"}, "sizes": {"file": len(BIG)}}
    parts = (BIG[start : start + 10_000] for start in range(0, len(BIG), 10_000))
    assert client.post("/digest", content=parts).text == hashlib.sha256(BIG).hexdigest()
    assert client.get("/stream").text == "".join(f"part {number}\n" for number in range(100))


@on_few
def test_sessions_of_quart_go_by_cookies(client: httpx.Client) -> None:
    assert [client.get("/visits").text for _ in range(3)] == ["1", "2", "3"]


@on_few
def test_a_stream_of_quart_ends_when_its_client_goes(server: Process, client: httpx.Client) -> None:
    before = counted(client, "streams ended")
    with Wire(server.port) as wire:
        wire.send(get("/events"))
        wire.read_until(b"data: news\n\n")
    until(lambda: counted(client, "streams ended") == before + 1)


@on_few
def test_an_endpoint_of_quart_is_cancelled_when_its_client_goes(
    server: Process, client: httpx.Client
) -> None:
    before = counted(client, "waiting"), counted(client, "cancelled")
    with Wire(server.port) as wire:
        wire.send(get("/slow"))
        until(lambda: counted(client, "waiting") == before[0] + 1)
        assert counted(client, "cancelled") == before[1]
    until(lambda: counted(client, "cancelled") == before[1] + 1)


@on_few
def test_background_tasks_of_quart_run(client: httpx.Client) -> None:
    before = counted(client, "background")
    assert client.post("/background").status_code == 202
    until(lambda: counted(client, "background") == before + 1)
    until(lambda: counted(client, "background, sync") == before + 1)


@on_few
def test_a_failing_endpoint_of_quart_is_a_500_of_its_own(
    client: httpx.Client, log_is_clean: Callable[[], str]
) -> None:
    assert client.get("/failure").status_code == 500
    assert client.get("/sync").status_code == 200
    assert "Exception in ASGI application" not in log_is_clean()


@on_few
def test_a_websocket_of_quart_echoes_and_sees_its_client_go(
    server: Process, client: httpx.Client
) -> None:
    before = counted(client, "disconnected")
    with open_socket(server, "/loud") as socket:
        assert socket.subprotocol == "loud"
        assert socket.response is not None and socket.response.headers["x-loud"] == "yes"
        for word in ("one", "two"):
            socket.send(word)
            assert socket.recv(timeout=20) == word.upper()
        socket.send(b"\x01a")
        assert socket.recv(timeout=20) == b"\x01A"
    until(lambda: counted(client, "disconnected") == before + 1)


@on_few
def test_a_websocket_that_quart_closes_has_its_code(server: Process) -> None:
    with open_socket(server, "/goodbye") as socket:
        assert socket.recv(timeout=20) == b"\x00"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=20)
        assert (socket.close_code, socket.close_reason) == (4000, "enough")


@on_few
def test_a_websocket_that_quart_refuses_gets_its_response(server: Process) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        open_socket(server, "/refused")
    assert refusal.value.response.status_code == 401
    assert b"Unauthorized" in refusal.value.response.body


@pytest.mark.parametrize("chosen", FEW, ids=str)
def test_quart_starts_and_ends_with_the_server(chosen: Variant) -> None:
    with in_process(APP, chosen, "--lifespan", "on") as server:
        counts = httpx.get(f"{server.url}/counts", timeout=20, trust_env=False).json()
        assert counts["started"] == 1
        with open_socket(server, "/loud") as socket:
            server.signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=20)
            assert socket.close_code == 1012
        assert server.wait() == -signal.SIGTERM
        assert "lifespan is over" in server.log
        assert "ERROR" not in server.log
