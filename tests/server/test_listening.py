"""Where a server listens: addresses, Unix sockets, inherited descriptors, passed sockets."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import uvicorn
from tests.server.apps import WithLifespan, hello, quiet
from tests.server.conftest import Drive, Log
from tests.server.serving_loop import Client, ask, serving
from uvicorn import codecs
from uvicorn.config import STARTUP_FAILURE
from uvicorn.errors import ConfigError
from uvicorn.listen import sockets
from uvicorn.loops import runner


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "server.sock")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock.getsockname()[1]


async def ask_uds(path: str) -> tuple[int, bytes]:
    client = Client(*await asyncio.open_unix_connection(path))
    client.send()
    try:
        return await client.response()
    finally:
        await client.close()


def mode_of(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def serve_once(drive: Drive, server: uvicorn.Server, **arguments: Any) -> None:
    async def main() -> None:
        async with serving(server, **arguments):
            assert await ask(server) == (200, b"hello")

    drive(main())


# Addresses


def test_a_server_listens_on_ipv6(drive: Drive, log: Log) -> None:
    server = uvicorn.Server(quiet(hello, host="::1"))

    async def main() -> None:
        async with serving(server):
            port = server.servers[0].sockets[0].getsockname()[1]
            client = Client(*await asyncio.open_connection("::1", port))
            client.send()
            assert await client.response() == (200, b"hello")
            await client.close()
            assert log.has(f"http://[::1]:{port} ")

    drive(main())


def test_a_port_that_is_taken_ends_the_process_before_the_app_starts(
    drive: Drive, log: Log, taken: int
) -> None:
    app = WithLifespan()
    with pytest.raises(SystemExit) as caught:
        drive(uvicorn.Server(quiet(app, port=taken)).serve())
    assert caught.value.code == STARTUP_FAILURE
    assert app.heard == []
    (error,) = [line for line in log.lines if line.startswith("ERROR")]
    assert str(taken) in error
    assert "address already in use" in error


@pytest.mark.parametrize("family", ["tcp", "unix"])
def test_while_the_app_starts_its_address_is_bound_and_refuses(
    family: str, drive: Drive, free: int, path: str
) -> None:
    """Clients, and probes, go elsewhere for as long as nobody can answer them."""
    tried = []

    def connect() -> None:
        kind = socket.AF_INET if family == "tcp" else socket.AF_UNIX
        with socket.socket(kind) as sock:
            sock.connect(("127.0.0.1", free) if family == "tcp" else path)

    class Trying(WithLifespan):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                with pytest.raises(ConnectionRefusedError):
                    connect()
                tried.append(True)
            await super().__call__(scope, receive, send)

    async def main() -> None:
        where: dict[str, Any] = {"port": free} if family == "tcp" else {"uds": path}
        async with serving(uvicorn.Server(quiet(Trying(), **where))):
            connect()

    drive(main())
    assert tried == [True]


@pytest.fixture
def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
    return port


def test_of_two_that_start_at_one_address_the_slower_one_says_so_and_ends_its_app(
    drive: Drive, log: Log, free: int
) -> None:
    """Both are bound, which Linux allows; only one may listen."""
    rival: list[socket.socket] = []

    class Overtaken(WithLifespan):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            rival.append(socket.create_server(("127.0.0.1", free)))
            await super().__call__(scope, receive, send)

    app = Overtaken()
    with pytest.raises(SystemExit) as caught:
        drive(uvicorn.Server(quiet(app, port=free)).serve())
    rival[0].close()
    assert caught.value.code == STARTUP_FAILURE
    assert app.heard == ["lifespan.startup", "lifespan.shutdown"]
    assert log.has("address already in use. Stop what listens there, or choose another port.")


@pytest.mark.parametrize("option", ["http", "ws"])
def test_a_missing_engine_is_found_before_the_app_starts(
    option: str, drive: Drive, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = {"http": "httptools", "ws": "wsproto"}[option]
    monkeypatch.setattr(codecs, "find_spec", lambda each: None if each == name else find_spec(each))
    app = WithLifespan()
    with pytest.raises(ConfigError, match=f"engine {name} is not installed: pip install"):
        drive(uvicorn.Server(quiet(app, **{option: name})).serve())
    assert app.heard == []
    assert log.has(f"engine {name} is not installed: pip install")


# Unix sockets


def test_a_server_listens_on_a_unix_socket_and_removes_it(
    drive: Drive, log: Log, path: str
) -> None:
    server = uvicorn.Server(quiet(hello, uds=path))

    async def main() -> None:
        async with serving(server):
            assert mode_of(path) == 0o666
            assert await ask_uds(path) == (200, b"hello")
        assert not os.path.exists(path)

    drive(main())
    assert log.has(f"INFO Uvicorn running on unix socket {path} (Press CTRL+C to quit)")


def leave_behind(path: str, mode: int) -> None:
    """A socket file as a process leaves it that was killed."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
    os.chmod(path, mode)


def test_a_socket_file_that_was_left_behind_is_replaced_with_its_mode(
    drive: Drive, path: str
) -> None:
    leave_behind(path, 0o600)

    async def main() -> None:
        async with serving(uvicorn.Server(quiet(hello, uds=path))):
            assert mode_of(path) == 0o600
            assert await ask_uds(path) == (200, b"hello")

    drive(main())


def test_a_unix_socket_that_is_served_is_not_taken_over(drive: Drive, log: Log, path: str) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen()
        with pytest.raises(SystemExit) as caught:
            drive(uvicorn.Server(quiet(hello, uds=path)).serve())
    assert caught.value.code == STARTUP_FAILURE
    assert log.has(f"Address already in use: unix socket {path!r}")
    assert os.path.exists(path)


def test_a_file_that_is_no_socket_is_left_alone(drive: Drive, log: Log, path: str) -> None:
    Path(path).write_text("precious")
    with pytest.raises(SystemExit):
        drive(uvicorn.Server(quiet(hello, uds=path)).serve())
    assert Path(path).read_text() == "precious"
    assert log.has(f"unix socket {path!r}")


def test_a_socket_file_of_somebody_else_is_not_removed(drive: Drive, path: str) -> None:
    async def main() -> None:
        async with serving(uvicorn.Server(quiet(hello, uds=path))):
            os.unlink(path)
            leave_behind(path, 0o600)
        assert os.path.exists(path)

    drive(main())


def test_a_unix_socket_in_no_folder_ends_the_process(drive: Drive, log: Log) -> None:
    with pytest.raises(SystemExit) as caught:
        drive(uvicorn.Server(quiet(hello, uds="/nowhere/server.sock")).serve())
    assert caught.value.code == STARTUP_FAILURE
    assert log.has("No such file or directory: unix socket '/nowhere/server.sock'")


# Descriptors and sockets


def test_a_server_listens_on_an_inherited_descriptor(drive: Drive, log: Log) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        address = sock.getsockname()
        serve_once(drive, uvicorn.Server(quiet(hello, fd=sock.fileno())))
        assert sock.fileno() != -1
    assert log.has(f"INFO Uvicorn running on socket {address} (Press CTRL+C to quit)")


def test_an_inherited_descriptor_may_be_a_unix_socket(drive: Drive, path: str) -> None:
    async def main(fd: int) -> None:
        async with serving(uvicorn.Server(quiet(hello, fd=fd))):
            assert await ask_uds(path) == (200, b"hello")

    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        drive(main(sock.fileno()))


def test_a_descriptor_that_is_not_open_ends_the_process(drive: Drive, log: Log) -> None:
    with pytest.raises(SystemExit) as caught:
        drive(uvicorn.Server(quiet(hello, fd=9999)).serve())
    assert caught.value.code == STARTUP_FAILURE
    assert log.has("Bad file descriptor")


def test_a_descriptor_that_is_no_socket_ends_the_process(
    drive: Drive, log: Log, tmp_path: Path
) -> None:
    with (tmp_path / "file").open("w") as file, pytest.raises(SystemExit):
        drive(uvicorn.Server(quiet(hello, fd=file.fileno())).serve())
    assert log.has("is not a socket")


def test_sockets_that_are_passed_are_served_without_a_word(drive: Drive, log: Log) -> None:
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [sock.getsockname()[1] for sock in socks]
    server = uvicorn.Server(quiet(hello))

    async def main() -> None:
        async with serving(server, sockets=socks):
            assert len(server.servers) == 2
            for port in ports:
                client = Client(*await asyncio.open_connection("127.0.0.1", port))
                client.send()
                assert await client.response() == (200, b"hello")
                await client.close()

    drive(main())
    assert not log.has("running on")


def test_a_passed_socket_that_cannot_be_served_closes_the_others(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen_on = sockets.listen_on
    opened: list[asyncio.Server] = []

    async def only_once(sock: socket.socket, config: Any, factory: Any) -> asyncio.Server:
        if opened:
            raise OSError("This one cannot listen.")
        opened.append(await listen_on(sock, config, factory))
        return opened[0]

    monkeypatch.setattr(sockets, "listen_on", only_once)
    app = WithLifespan()
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    with pytest.raises(SystemExit):
        drive(uvicorn.Server(quiet(app)).serve(socks))
    assert not opened[0].is_serving()
    assert app.heard == ["lifespan.startup", "lifespan.shutdown"]
    for sock in socks:
        sock.close()


def test_the_backlog_goes_to_listen(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    async def create_server(*_: Any, backlog: int, **__: Any) -> Any:
        given.append(backlog)
        raise OSError("far enough")

    async def main() -> None:
        with socket.socket() as sock:
            proxy = type("Loop", (), {"create_server": staticmethod(create_server)})
            monkeypatch.setattr(asyncio, "get_running_loop", proxy)
            with pytest.raises(OSError, match="far enough"):
                await sockets.listen_on(sock, quiet(hello, backlog=7), asyncio.Protocol)
            monkeypatch.undo()

    drive(main())
    assert given == [7]


# bind_socket()


def test_bind_socket_gives_a_bound_inheritable_socket(log: Log) -> None:
    with quiet(hello).bind_socket() as sock:
        port = sock.getsockname()[1]
        assert sock.get_inheritable()
    assert log.lines == [f"INFO Uvicorn running on http://127.0.0.1:{port} (Press CTRL+C to quit)"]


def test_bind_socket_takes_ipv6_a_path_or_a_descriptor(path: str) -> None:
    with quiet(hello, host="::1").bind_socket() as sock:
        assert sock.family == socket.AF_INET6
    leave_behind(path, 0o600)
    with quiet(hello, uds=path).bind_socket() as sock:
        assert sock.getsockname() == path
        assert mode_of(path) == 0o666
    with (
        socket.create_server(("127.0.0.1", 0)) as given,
        quiet(hello, fd=given.fileno()).bind_socket() as sock,
    ):
        assert sock.getsockname() == given.getsockname()


def test_bind_socket_ends_the_process_where_it_cannot(log: Log, taken: int) -> None:
    with pytest.raises(SystemExit) as caught:
        quiet(hello, port=taken).bind_socket()
    assert caught.value.code == STARTUP_FAILURE
    assert log.lines == [
        "ERROR [Errno 98] error while attempting to bind on address"
        f" ('127.0.0.1', {taken}): address already in use. Stop what listens there, or choose"
        " another port."
    ]


def test_a_server_that_closes_takes_what_has_come_and_leaves_the_rest_to_others() -> None:
    """asyncio would accept the rest too, and drop it when the server closes."""

    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as shared:
            ours = shared.dup()
            ours.setblocking(False)
            made: list[asyncio.Protocol] = []

            def factory() -> asyncio.Protocol:
                made.append(asyncio.Protocol())
                return made[-1]

            server = await asyncio.get_running_loop().create_server(factory, sock=ours)
            early = [socket.create_connection(shared.getsockname()) for _ in range(3)]
            await sockets.accept_queued([server], 100)
            assert len(made) == 3
            with socket.create_connection(shared.getsockname()) as late:
                for _ in range(20):
                    await asyncio.sleep(0)
                server.close()
                assert len(made) == 3
                with shared.accept()[0] as accepted:
                    assert accepted.getpeername() == late.getsockname()
            for client in early:
                client.close()

    runner.run(main(), asyncio.SelectorEventLoop)
