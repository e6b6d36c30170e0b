"""WebSockets over real sockets, with the client of the package websockets."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.apps.serving import FEW, VARIANTS, Process, Variant, in_process, until

APP = "tests.apps.app_websocket:app"

on_one = pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
on_few = pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)

TEXTS = ["", "a", "äöü", "𝄞" * 70, "x" * 125, "x" * 126, "y" * 65535, "z" * 65536, "ß" * 400_000]


def open_socket(server: Process, path: str, **options: Any) -> ClientConnection:
    options = {"max_size": None, "proxy": None, "open_timeout": 30, **options}
    return connect(f"ws://127.0.0.1:{server.port}{path}", **options)


def ends(client: httpx.Client) -> list[Any]:
    found: list[Any] = client.get("/ends").json()
    return found


def closed(socket: ClientConnection) -> tuple[int | None, str | None]:
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=20)
    return socket.close_code, socket.close_reason


@pytest.mark.parametrize("compression", ["deflate", None])
def test_messages_of_all_sizes_come_back(server: Process, compression: str | None) -> None:
    with open_socket(server, "/echo", compression=compression) as socket:
        assert bool(socket.protocol.extensions) is (compression is not None)
        for text in TEXTS:
            for message in (text, text.encode()):
                socket.send(message)
                assert socket.recv(timeout=20) == message


@pytest.mark.parametrize("compression", ["deflate", None])
def test_fragments_come_back_as_one_message(server: Process, compression: str | None) -> None:
    with open_socket(server, "/echo", compression=compression) as socket:
        socket.send(["Grü", "", "ße ", "x" * 70_000])
        assert socket.recv(timeout=20) == "Grüße " + "x" * 70_000
        socket.send([b"one", b"\xff" * 300, b""])
        assert socket.recv(timeout=20) == b"one" + b"\xff" * 300


def test_many_messages_at_once_come_back_in_order(server: Process) -> None:
    with open_socket(server, "/echo") as socket:
        sent = [f"{number} {'-' * (number % 50)}" for number in range(2000)]
        for message in sent[:1000]:
            socket.send(message)
        received = [socket.recv(timeout=20) for _ in range(1000)]
        for message in sent[1000:]:
            socket.send(message)
        assert received + [socket.recv(timeout=20) for _ in range(1000)] == sent


def test_a_ping_is_answered_between_the_fragments_of_a_message(server: Process) -> None:
    with open_socket(server, "/echo", compression=None) as socket:

        def parts() -> Iterator[str]:
            yield "before "
            assert socket.ping().wait(20)
            yield "after"

        socket.send(parts())
        assert socket.recv(timeout=20) == "before after"


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_the_client_s_code_and_reason_reach_the_app(
    server: Process, client: httpx.Client, code: int
) -> None:
    before = len(ends(client))
    with open_socket(server, "/echo") as socket:
        socket.close(code, "so lange")
        assert socket.close_code == code
    until(lambda: ends(client)[before:] == [[code, "so lange"]])


def test_a_client_that_vanishes_is_1005_for_the_app(server: Process, client: httpx.Client) -> None:
    before = len(ends(client))
    with open_socket(server, "/echo") as opened:
        opened.socket.shutdown(socket.SHUT_RDWR)
    until(lambda: ends(client)[before:] == [[1005, ""]])


@pytest.mark.parametrize("code", [1000, 1008, 1013, 4000])
def test_the_app_s_code_and_reason_reach_the_client(server: Process, code: int) -> None:
    with open_socket(server, f"/close/{code}") as socket:
        assert closed(socket) == (code, "because")


def test_a_failing_app_closes_with_1011(server: Process, log_is_clean: Any) -> None:
    with open_socket(server, "/fail") as socket:
        assert closed(socket) == (1011, "")
    until(lambda: "RuntimeError: This endpoint fails." in log_is_clean())


def test_an_app_that_returns_closes_with_1000(server: Process) -> None:
    with open_socket(server, "/json/you?times=2", subprotocols=["xml", "json"]) as socket:
        assert socket.subprotocol == "json"
        assert socket.response is not None
        assert socket.response.headers["x-name"] == "you"
        for number in range(2):
            socket.send(json.dumps([number]))
            assert json.loads(socket.recv(timeout=20)) == {"name": "you", "got": [number]}
        assert closed(socket) == (1000, "")


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [("/private", 403, b""), ("/denied", 402, b'{"detail":"paid guests only"}'), ("/no", 403, b"")],
)
def test_a_handshake_can_be_denied(server: Process, path: str, status: int, body: bytes) -> None:
    with pytest.raises(InvalidStatus) as raised:
        open_socket(server, path)
    response = raised.value.response
    assert (response.status_code, bytes(response.body or b"")) == (status, body)
    assert response.headers["connection"] == "close"


def test_an_endpoint_with_a_dependency_is_opened(server: Process) -> None:
    with open_socket(server, "/private?token=right") as socket:
        assert socket.recv(timeout=20) == "right"


def test_an_endpoint_class_is_served(server: Process, client: httpx.Client) -> None:
    before = len(ends(client))
    with open_socket(server, "/endpoint") as socket:
        socket.send("loud")
        assert socket.recv(timeout=20) == "LOUD"
        socket.close(4001)
    until(lambda: ends(client)[before:] == [4001])


def test_an_app_speaks_and_listens_at_once(server: Process) -> None:
    with open_socket(server, "/both") as socket:
        for _ in range(50):
            socket.send("word")
        socket.send("enough")
        received = [socket.recv(timeout=20) for _ in range(101)]
        assert received == [*map(str, range(100)), "heard 50"]


@on_few
def test_an_app_that_sends_for_ever_waits_for_its_client_and_ends_with_it(
    server: Process, client: httpx.Client
) -> None:
    before = len(ends(client))
    with open_socket(server, "/flood", compression=None, max_queue=1) as opened:
        for _ in range(20):
            assert len(opened.recv(timeout=20)) == 100_000
        memory = resident(server)
        assert client.get("/ends").status_code == 200
        assert resident(server) < memory + 20_000_000
        opened.socket.shutdown(socket.SHUT_RDWR)
    until(lambda: [end[1] for end in ends(client)[before:]] == [True], 30)


def resident(server: Process) -> int:
    with open(f"/proc/{server.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


NO_MASK = bytes(4)


@on_few
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x82" + NO_MASK + b"\xff\xfe", 1007),
        (b"\x80\x80" + NO_MASK, 1002),
        (b"\x88\x81" + NO_MASK + b"\x03", 1002),
        # Its length alone is enough.
        (b"\x82\xff" + (17 * 1024 * 1024).to_bytes(8, "big") + NO_MASK, 1009),
    ],
    ids=["not UTF-8", "continuation of nothing", "half a code", "too long"],
)
def test_a_client_that_is_wrong_is_told_why(server: Process, sent: bytes, code: int) -> None:
    with open_socket(server, "/echo", compression=None) as opened:
        opened.socket.sendall(sent)
        with pytest.raises(ConnectionClosed):
            opened.recv(timeout=20)
        assert opened.close_code == code


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_server_that_ends_says_1012(variant: Variant) -> None:
    with in_process(APP, variant) as server, open_socket(server, "/echo") as socket:
        socket.send("still there?")
        assert socket.recv(timeout=20) == "still there?"
        server.signal(signal.SIGTERM)
        assert closed(socket) == (1012, "")
        server.wait()
        assert '"WebSocket /echo" [accepted]' in server.log
        assert "Traceback" not in server.log


@pytest.mark.parametrize("variant", VARIANTS[:1], ids=str)
def test_without_websockets_the_handshake_is_an_ordinary_request(variant: Variant) -> None:
    with in_process(APP, variant, "--ws", "none") as server:
        with pytest.raises(InvalidStatus) as raised:
            open_socket(server, "/echo")
        assert raised.value.response.status_code == 404
        assert "Unsupported upgrade request." in server.log
