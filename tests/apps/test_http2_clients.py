"""httpx as a client that speaks HTTP/2."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.apps.app_http2 import LARGE
from tests.apps.serving import FEW, HOST, MOST, VARIANTS, Process, Variant, in_process
from tests.certificates import certificates

APP = "tests.apps.app_http2:app"
ARGUMENTS = ("--lifespan", "off")
BIG = bytes(range(256)) * 16 * 1024  # 4 MiB
DIGEST = hashlib.sha256(BIG).hexdigest()
SMALL_PARTS = 1000

on_one = pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
on_few = pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)
on_most = pytest.mark.parametrize("variant", MOST, ids=str, indirect=True)


@pytest.fixture(scope="module")
def tls_server(variant: Variant) -> Iterator[Process]:
    made = certificates()
    arguments = (*ARGUMENTS, "--ssl-certfile", made.server, "--ssl-keyfile", made.key)
    with in_process(APP, variant, *arguments) as process:
        yield process


def client_of(url: str, *, http1: bool = False) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url,
        http1=http1,
        http2=True,
        verify=certificates().client_context(),
        timeout=60,
        trust_env=False,
    )


async def ask_all(url: str, **options: bool) -> None:
    """Many requests at once, large ones among them, on one connection."""

    async def ask(client: httpx.AsyncClient, number: int) -> None:
        if number % 10 == 0:
            answer = await client.post("/digest", content=BIG)
            assert answer.text == DIGEST
        elif number % 10 == 1:
            answer = await client.get("/large")
            assert len(answer.content) == LARGE
        else:
            answer = await client.get(f"/echo?{number}")
            assert answer.text == str(number)
        assert answer.http_version == "HTTP/2"

    async with client_of(url, **options) as client:
        await client.get("/version")
        before = int((await client.get("/connections")).text)
        await asyncio.gather(*(ask(client, number) for number in range(40)))
        assert int((await client.get("/connections")).text) == before


@on_most
def test_httpx_asks_many_things_at_once_on_one_connection(server: Process) -> None:
    asyncio.run(ask_all(server.url))


@on_few
def test_httpx_agrees_on_http_2_by_alpn(tls_server: Process) -> None:
    asyncio.run(ask_all(f"https://{HOST}:{tls_server.port}", http1=True))


@on_few
def test_http_1_is_served_on_the_same_port(server: Process, tls_server: Process) -> None:
    context = certificates().client_context()
    for url in (server.url, f"https://{HOST}:{tls_server.port}"):
        answer = httpx.get(f"{url}/version", verify=context, trust_env=False)
        assert (answer.http_version, answer.text) == ("HTTP/1.1", "1.1")


@on_one
def test_memory_stays_flat_while_a_large_body_comes_and_goes(server: Process) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(1600):
            yield bytes(65536)

    async def main() -> None:
        async with client_of(server.url) as client:
            await client.get("/large")
            before = server.memory()
            tasks = [client.post("/digest", content=body()), client.get("/large")]
            tasks += [client.get(f"/echo?{number}") for number in range(SMALL_PARTS)]
            answers = await asyncio.gather(*tasks)
            assert {answer.status_code for answer in answers} == {200}
            # 100 MB have come, and 10 have gone.
            assert server.memory() - before < 8 * 1024 * 1024

    asyncio.run(main())
