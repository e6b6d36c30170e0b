"""Litestar over real sockets, and `litestar run`."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.apps.serving import FEW, HOST, VARIANTS, Process, Variant, Wire, get, process, until

APP = "tests.apps.app_litestar:app"
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
        subprotocols=[Subprotocol("sum")],
    )


@on_few
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_litestar_answers(client: httpx.Client, kind: str) -> None:
    assert client.get(f"/{kind}/7?name=%C3%A4").json() == {"number": 7, "name": "ä"}
    assert client.get(f"/{kind}/seven").status_code == 404
    assert client.post(f"/{kind}/7").status_code == 405


@on_few
def test_bodies_of_litestar_are_whole(client: httpx.Client) -> None:
    assert client.post("/echo", content=BIG).content == BIG
    assert client.post("/json", json={"a": 1}).json() == {"a": 2}
    assert client.post("/json", content=b"{no json").status_code == 400
    assert client.get("/stream").text == "".join(f"part {number}\n" for number in range(100))


@on_few
def test_state_of_litestar_is_kept_between_requests(client: httpx.Client) -> None:
    first, second = (client.get("/state").json()["visits"] for _ in range(2))
    assert second == first + 1 > 1


@on_few
def test_events_of_litestar_end_when_their_client_goes(
    server: Process, client: httpx.Client
) -> None:
    before = counted(client, "streams ended")
    with Wire(server.port) as wire:
        wire.send(get("/events"))
        wire.read_until(b"data: news\r\n")
    until(lambda: counted(client, "streams ended") == before + 1)


@on_few
def test_background_tasks_of_litestar_run(client: httpx.Client) -> None:
    before = counted(client, "background")
    assert client.get("/background").text == "accepted"
    until(lambda: counted(client, "background") == before + 1)


@on_few
def test_a_failing_endpoint_of_litestar_is_a_500(
    client: httpx.Client, log_is_clean: Callable[[], str]
) -> None:
    assert client.get("/failure").status_code == 500
    assert client.get("/async/1").status_code == 200
    # Litestar has caught it, so the server has nothing to say.
    assert "Exception in ASGI application" not in log_is_clean()


@on_few
def test_a_listener_of_litestar_hears_and_sees_its_client_go(
    server: Process, client: httpx.Client
) -> None:
    before = counted(client, "disconnected")
    with open_socket(server, "/loud") as socket:
        for word in ("one", "two"):
            socket.send(word)
            assert socket.recv(timeout=20) == word.upper()
    until(lambda: counted(client, "disconnected") == before + 1)


@on_few
def test_a_websocket_of_litestar_speaks_json_and_closes(server: Process) -> None:
    with open_socket(server, "/json") as socket:
        assert socket.subprotocol == "sum"
        for total in (6, 12):
            socket.send(json.dumps({"number": 6}))
            assert json.loads(socket.recv(timeout=20)) == {"total": total}
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=20)
        assert (socket.close_code, socket.close_reason) == (4000, "enough")


@on_few
def test_a_websocket_that_litestar_refuses_is_not_opened(server: Process) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        open_socket(server, "/refused")
    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("chosen", VARIANTS[:1], ids=str)
def test_litestar_run_serves_and_ends_as_uvicorn_does(chosen: Variant) -> None:
    command = [sys.executable, "-m", "litestar", "--app", APP, "run", "--port", "0"]
    with process(command, chosen.environment) as server:
        server.wait_for_port()
        assert httpx.get(f"{server.url}/async/1", timeout=20, trust_env=False).is_success
        server.signal(signal.SIGTERM)
        assert server.wait() == -signal.SIGTERM
        assert "lifespan is over" in server.log
