"""Clients as they are: http.client, httpx, and sockets that do what those never do."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import json
import socket

import httpx
import pytest

from tests.apps.app_clients import PARTS, STREAM
from tests.apps.serving import HOST, MOST, VARIANTS, Process, Wire, get, until

APP = "tests.apps.app_clients:app"
ARGUMENTS = ("--lifespan", "off")

BIG = bytes(range(256)) * 16 * 1024  # 4 MiB
DIGEST = hashlib.sha256(BIG).hexdigest()

on_one = pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
on_most = pytest.mark.parametrize("variant", MOST, ids=str, indirect=True)


# http.client and httpx


@on_most
def test_http_client_keeps_its_connection(server: Process) -> None:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=10)
    ports = set()
    for number in range(50):
        method, path = ("GET", "/seen") if number % 2 else ("POST", "/digest")
        connection.request(method, path, body=BIG[:number] if method == "POST" else None)
        response = connection.getresponse()
        assert response.status == 200
        content = response.read()
        if method == "GET":
            ports.add(json.loads(content)["client"][1])
    connection.close()
    assert len(ports) == 1


@on_one
def test_http_client_sends_an_iterable_in_chunks(server: Process) -> None:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=10)
    parts = (BIG[start : start + 10_000] for start in range(0, len(BIG), 10_000))
    connection.request("POST", "/digest", body=parts, encode_chunked=True)
    assert connection.getresponse().read().decode() == DIGEST
    connection.close()


@on_most
def test_httpx_asks_many_things_at_once(server: Process) -> None:
    async def ask(client: httpx.AsyncClient, number: int) -> None:
        if number % 10 == 0:
            assert (await client.get("/stream")).content == STREAM
        elif number % 10 == 1:
            body = BIG[: number * 1000]
            expected = hashlib.sha256(body).hexdigest()
            assert (await client.post("/digest", content=body)).text == expected
        elif number % 10 == 2:
            assert (await client.get("/later")).text == "later"
        else:
            assert (await client.get(f"/{number}")).text == f"/{number}"

    async def ask_all() -> None:
        limits = httpx.Limits(max_connections=50)
        async with httpx.AsyncClient(
            base_url=server.url, timeout=30, limits=limits, trust_env=False
        ) as client:
            await asyncio.gather(*(ask(client, number) for number in range(100)))

    asyncio.run(ask_all())


# Sockets


@on_most
def test_pipelined_requests_are_answered_in_their_order(server: Process) -> None:
    paths = [f"/{number}" for number in range(500)]
    with Wire(server.port) as wire:
        wire.send(b"".join(get(path) for path in paths))
        for path in paths:
            assert wire.read_response() == (200, path.encode())


@on_most
def test_pipelined_requests_of_all_kinds_wait_for_each_other(server: Process) -> None:
    post = get("/digest", "Content-Length: 100000").replace(b"GET", b"POST") + BIG[:100_000]
    head = get("/hello").replace(b"GET", b"HEAD")
    with Wire(server.port) as wire:
        wire.send(get("/later") + post + head + get("/stream") + get("/last"))
        assert wire.read_response() == (200, b"later")
        assert wire.read_response()[1].decode() == hashlib.sha256(BIG[:100_000]).hexdigest()
        assert b"content-length: 6\r\n" in wire.read_until(b"\r\n\r\n")
        assert b"transfer-encoding: chunked" in wire.read_until(b"\r\n\r\n")
        assert wire.read_until(b"\r\n0\r\n\r\n").endswith(b"part 99\n\r\n0\r\n\r\n")
        assert wire.read_response() == (200, b"/last")


@on_most
@pytest.mark.parametrize("path", ["/hello", "/later", "/stream", "/digest"])
def test_a_client_that_has_ended_its_half_gets_its_answer(server: Process, path: str) -> None:
    post = get(path, f"Content-Length: {len(BIG)}").replace(b"GET", b"POST") + BIG
    with Wire(server.port) as wire:
        wire.send(post if path == "/digest" else get(path))
        wire.socket.shutdown(socket.SHUT_WR)
        answer = wire.read_to_end()
    assert answer.startswith(b"HTTP/1.1 200")
    end = {"/later": b"later", "/stream": b"0\r\n\r\n", "/digest": DIGEST.encode()}
    assert answer.endswith(end.get(path, path.encode()))


@on_one
def test_pipelined_requests_before_the_end_of_the_clients_half_get_answers(
    server: Process,
) -> None:
    with Wire(server.port) as wire:
        wire.send(get("/first") + get("/later") + get("/last", "Connection: close"))
        wire.socket.shutdown(socket.SHUT_WR)
        answer = wire.read_to_end()
    assert answer.count(b"HTTP/1.1 200") == 3
    assert answer.endswith(b"/last")


@on_one
def test_a_client_that_leaves_instead_of_sending_a_refused_body_is_let_go(server: Process) -> None:
    before = server.open_files()
    with Wire(server.port) as wire:
        wire.send(get("/refuse", "Content-Length: 100000").replace(b"GET", b"POST"))
        assert wire.read_response() == (413, b"")
        assert server.open_files() == before + 1
    until(lambda: server.open_files() == before, 3, "the connection is closed")


@on_most
def test_requests_that_come_byte_by_byte_are_answered(server: Process) -> None:
    post = get("/digest", "Transfer-Encoding: chunked").replace(b"GET", b"POST")
    post += b"5\r\nhello\r\n6;name=value\r\n world\r\n0\r\ntrailer: x\r\n\r\n"
    with Wire(server.port) as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(2):
            for byte in get("/slow") + post:
                wire.send(bytes([byte]))
            assert wire.read_response() == (200, b"/slow")
            assert wire.read_response()[1].decode() == hashlib.sha256(b"hello world").hexdigest()


@on_one
def test_a_response_that_is_read_byte_by_byte_is_whole(server: Process) -> None:
    with Wire(server.port) as wire:
        wire.send(get("/stream", "Connection: close"))
        received = b""
        while byte := wire.socket.recv(1):
            received += byte
    assert received.count(b"part") == PARTS
    assert received.endswith(b"0\r\n\r\n")
