"""HTTP/2 over real sockets, on a loop of each kind."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import uvicorn
from tests.certificates import certificates
from tests.server.apps import quiet
from tests.server.conftest import Drive, Log
from tests.server.http2_client import Http2Client
from tests.server.serving_loop import ask, serving, until

LARGE = bytes(range(256)) * 8192  # 2 MiB
EVERY_STREAM = 2**31 - 1
CANCEL = 8


class App:
    """Echoes, or says its version; `/wait` is answered when the gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.waiting = 0
        self.heard: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            return await self.chat(receive, send)
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        if scope["path"] == "/wait":
            self.waiting += 1
            await self.gate.wait()
        body = b"".join(parts) or scope["http_version"].encode()
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return None

    async def chat(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.waiting += 1
        self.heard.append(await receive())


def server_of(app: App, **options: Any) -> uvicorn.Server:
    return uvicorn.Server(quiet(app, lifespan="off", **options))


def stop(server: uvicorn.Server) -> None:
    server.should_exit = True


def tls_context(*protocols: str) -> ssl.SSLContext:
    context = certificates().client_context()
    context.set_alpn_protocols(list(protocols))
    return context


def test_bodies_go_both_ways_beside_each_other(drive: Drive) -> None:
    async def main() -> None:
        server = server_of(App())
        async with serving(server):
            client = await Http2Client.connect(server)
            first = client.ask("/", "POST", end=False)
            second = client.ask("/", "POST", end=False)
            quick = [client.ask() for _ in range(50)]
            await client.upload(first, LARGE)
            await client.upload(second, LARGE[1:])
            assert (await client.answer(first)).body == LARGE
            assert (await client.answer(second)).body == LARGE[1:]
            assert {(await client.answer(number)).body for number in quick} == {b"2"}
            assert await ask(server) == (200, b"1.1")
            await client.close()

    drive(main())


def test_it_is_agreed_on_by_alpn(drive: Drive) -> None:
    async def main() -> None:
        server = server_of(App(), **certificates().options)
        async with serving(server):
            client = await Http2Client.connect(server, tls_context("h2", "http/1.1"))
            assert client.writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
            number = client.ask("/", "POST", end=False)
            await client.upload(number, LARGE)
            assert (await client.answer(number)).body == LARGE
            await client.close()

    drive(main())


async def agreed(server: uvicorn.Server) -> str | None:
    """What TLS agrees on with a client that speaks both."""
    client = await Http2Client.connect(server, tls_context("h2", "http/1.1"))
    chosen: str | None = client.writer.get_extra_info("ssl_object").selected_alpn_protocol()
    await client.close()
    return chosen


def test_it_is_not_offered_where_it_is_off_or_a_context_does_without(drive: Drive) -> None:
    def without(config: Any, default: Any) -> ssl.SSLContext:
        context = certificates().server_context()
        context.set_alpn_protocols(["http/1.1"])
        return context

    def with_it(config: Any, default: Any) -> ssl.SSLContext:
        context: ssl.SSLContext = default()
        return context

    options: dict[str, Any] = certificates().options

    async def main() -> None:
        for more, expected in (
            ({"http2": False}, "http/1.1"),
            ({"ssl_context_factory": without}, "http/1.1"),
            ({"ssl_context_factory": with_it}, "h2"),
        ):
            server = server_of(App(), **options, **more)
            async with serving(server):
                assert await agreed(server) == expected

    drive(main())


def test_it_is_served_on_a_unix_socket(drive: Drive, tmp_path: Path) -> None:
    async def main() -> None:
        path = str(tmp_path / "socket")
        server = server_of(App(), uds=path)
        async with serving(server):
            client = Http2Client(*await asyncio.open_unix_connection(path))
            assert (await client.answer(client.ask())).body == b"2"
            await client.close()

    drive(main())


def test_a_server_that_ends_says_so_twice_and_answers_what_came_before(
    drive: Drive, log: Log
) -> None:
    async def main() -> None:
        app = App()
        server = server_of(app)
        async with serving(server) as task:
            client = await Http2Client.connect(server)
            first = client.ask("/wait")
            await until(lambda: app.waiting == 1)
            stop(server)
            while not client.goaways:
                await client.hear()
            # As if it had been under way: the client has not said yet that it has heard.
            second = client.ask("/wait")
            while len(client.goaways) < 2:
                await client.hear()
            assert client.goaways[0] == EVERY_STREAM
            assert client.goaways[1] in (first, second)
            app.gate.set()
            assert (await client.answer(first)).body == b"2"
            await client.rest()
            await client.close()
            await task

    drive(main())
    assert not log.has("ERROR")


def test_a_websocket_is_told_that_the_server_ends(drive: Drive) -> None:
    async def main() -> None:
        app = App()
        server = server_of(app)
        async with serving(server) as task:
            client = await Http2Client.connect(server)
            more = [(":protocol", "websocket"), ("sec-websocket-version", "13")]
            number = client.ask("/chat", "CONNECT", end=False, more=more)
            await until(lambda: app.waiting == 1)
            stop(server)
            closing = b"\x88\x02" + (1012).to_bytes(2, "big")
            while client.answers[number].body != closing:
                await client.hear()
            client.h2.send_data(number, b"\x88\x82\0\0\0\0" + (1012).to_bytes(2, "big"))
            client.flush()
            await client.rest()
            await client.close()
            await task
        assert app.heard == [{"type": "websocket.disconnect", "code": 1012, "reason": ""}]

    drive(main())


def test_a_reset_ends_what_waits_and_nothing_else(drive: Drive) -> None:
    async def main() -> None:
        app = App()
        server = server_of(app)
        async with serving(server):
            client = await Http2Client.connect(server)
            for round_ in range(1, 6):
                gone = [client.ask("/", "POST", end=False) for _ in range(20)]
                for number in gone:
                    client.h2.reset_stream(number, CANCEL)
                number = client.ask("/", "POST", end=False)
                await client.upload(number, b"%d" % round_)
                assert (await client.answer(number)).body == b"%d" % round_
            await until(lambda: not server.server_state.tasks)
            await client.close()

    drive(main())
