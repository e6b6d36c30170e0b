"""Crowds of clients, and clients that leave in the middle: nothing of them may stay behind.

UVICORN_SOAK=long makes 100,000 requests to each server instead of 2,500; `pytest -s` shows
the figures.
"""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from tests.apps.app_soak import PARTS
from tests.apps.serving import FEW, VARIANTS, Process, Variant, Wire, get, in_process, until

APP = "tests.apps.app_soak:app"

CROWD = 10_000
# Connected, and asked to be counted, together: less than any system's backlog.
BATCH = 500
# Descriptors for everything but the crowd, on both sides.
SPARE_FILES = 300

# To each server.
REQUESTS = 100_000 if os.environ.get("UVICORN_SOAK") == "long" else 2_500
# Before the first count: every path was taken, every cache is full.
WARM_UP = 20

# What allocators need for themselves: fragments, free lists.
KILOBYTES = 4096
# Those that come and go by themselves, whatever the number of requests; and what is made once.
OBJECTS = 200
FIRST_OBJECTS = 2000


@pytest.fixture(scope="module")
def files() -> Iterator[int]:
    """How many descriptors a process may have, here and in the server: up to the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CROWD + SPARE_FILES
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(allowed, soft), hard))
    yield allowed
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def server(variant: Variant, files: int) -> Iterator[Process]:
    arguments = ("--no-access-log", "--lifespan", "off", "--timeout-keep-alive", "300")
    with in_process(APP, variant, *arguments) as process:
        yield process


@pytest.fixture
def client(server: Process) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        yield client


def counted(client: httpx.Client) -> dict[str, int]:
    counts: dict[str, int] = client.get("/counts").json()
    return counts


def until_gone(client: httpx.Client, before: dict[str, int]) -> dict[str, int]:
    """The counts, once as little is there as was before."""

    def gone() -> bool:
        after.update(counted(client))
        kinds = ("connections", "server tasks", "tasks", "files")
        few = after["objects"] <= before["objects"] + OBJECTS
        return few and all(after[kind] <= before[kind] for kind in kinds)

    after: dict[str, int] = {}
    with suppress(AssertionError):
        until(gone, 30)
    assert gone(), f"Something stayed. Before: {before}, after: {after}"
    return after


# A crowd


def crowd_of(size: int, port: int, client: httpx.Client, ends: ExitStack) -> list[Wire]:
    """So many clients that have all asked for what no one gets yet."""
    crowd: list[Wire] = []
    while len(crowd) < size:
        for _ in range(min(BATCH, size - len(crowd))):
            crowd.append(ends.enter_context(Wire(port, timeout=60)))
            crowd[-1].send(get("/hold"))
        until(lambda: client.get("/held").text == str(len(crowd)), 30, "the crowd is served")
    return crowd


@pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
def test_ten_thousand_connections_are_served_at_once(
    server: Process, client: httpx.Client, files: int
) -> None:
    size = min(CROWD, files - SPARE_FILES)
    said = f"{size} of {CROWD} connections, since a process may open {files} files here"
    before = counted(client)
    with ExitStack() as ends:
        crowd = crowd_of(size, server.port, client, ends)
        during = counted(client)
        assert during["connections"] == size + before["connections"], said
        assert during["server tasks"] == size + before["server tasks"], said
        assert client.get("/release").text == "ok"
        for wire in crowd:
            assert wire.read_response() == (200, b"released"), said
        for wire in crowd:
            wire.send(get("/"))
        for wire in crowd:
            assert wire.read_response() == (200, b"hello"), said
        for wire in crowd[::2]:
            wire.vanish()
    after = until_gone(client, before)
    grown = during["kilobytes"] - before["kilobytes"]
    kept = after["kilobytes"] - before["kilobytes"]
    assert kept <= grown / 2, f"{said}: {kept} of {grown} kB stayed, {before} {after}"
    print(f"\n{said}\nbefore: {before}\nduring: {during}\nafter: {after}")


# Clients that do not read


@pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)
def test_large_parts_wait_for_a_client_that_does_not_read(
    server: Process, client: httpx.Client
) -> None:
    with Wire(server.port) as wire:
        wire.send(get("/stream"))
        wire.read_until(b"\r\n\r\n")
        seen = -1

        def stands_still() -> bool:
            nonlocal seen
            before, seen = seen, int(client.get("/parts").text)
            return before == seen > 0

        until(stands_still)
        assert seen < PARTS


# Clients that leave


def post(path: str, *headers: str) -> bytes:
    return get(path, *headers).replace(b"GET", b"POST", 1)


# What a client sends, and how it knows that the server is in the middle of it (b"" if it can't).
MOMENTS = {
    "before the head": (b"", b""),
    "in the head": (get("/")[:-9], b""),
    "after a request, in the next head": (get("/") + get("/")[:-9], b"hello"),
    "between requests": (get("/"), b"hello"),
    "in the body": (post("/read", "Content-Length: 100000") + bytes(50_000), b""),
    "in a chunked body": (post("/read", "Transfer-Encoding: chunked") + b"5\r\nhello\r\n3", b""),
    "when told to continue": (
        post("/read", "Content-Length: 5", "Expect: 100-continue"),
        b"100 Continue\r\n\r\n",
    ),
    "before the response": (get("/wait"), b""),
    "in a queue, before the response": (get("/wait") + get("/") * 50, b""),
    "in a queue of requests": (get("/events") + get("/") * 50, b"data"),
    "in a large response": (get("/large"), b"\r\n\r\n"),
    "in a large response, with more requests": (get("/large") * 3, b"\r\n\r\n"),
    "in a stream": (get("/stream"), b"\r\n\r\n"),
    "in an endless stream": (get("/events"), b"data"),
}


def come_and_go(port: int, sent: bytes, mark: bytes, farewell: str) -> None:
    with Wire(port) as wire:
        wire.send(sent)
        if mark:
            wire.read_until(mark)
        if farewell == "reset":
            wire.vanish()
        else:
            wire.socket.shutdown(socket.SHUT_WR)


def all_come_and_go(port: int) -> int:
    for sent, mark in MOMENTS.values():
        for farewell in ("reset", "end"):
            come_and_go(port, sent, mark, farewell)
    return 2 * len(MOMENTS)


@pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)
def test_clients_that_leave_in_the_middle_leave_nothing_behind(
    server: Process, client: httpx.Client, variant: Variant
) -> None:
    before = counted(client)
    for _ in range(WARM_UP):
        all_come_and_go(server.port)
    before = until_gone(client, {**before, "objects": before["objects"] + FIRST_OBJECTS})
    made = 0
    while made < REQUESTS:
        made += all_come_and_go(server.port)
    after = until_gone(client, before)
    figures = f"{variant}, {made} connections that were left.\nBefore: {before}\nafter: {after}"
    assert after["kilobytes"] <= before["kilobytes"] + KILOBYTES, figures
    print(f"\n{figures}")
