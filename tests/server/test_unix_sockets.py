"""Unix sockets: permissions, what may be replaced, abstract names, and whose file it is."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

import uvicorn
from tests.server.apps import hello, quiet
from tests.server.conftest import Drive, Log
from tests.server.serving_loop import Client, serve_for_a_while, serving, until
from uvicorn.config import STARTUP_FAILURE
from uvicorn.listen import sockets, unix
from uvicorn.listen.unix import Rights


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "server.sock")


async def ask(address: str) -> tuple[int, bytes]:
    # uvloop knows no abstract names, but takes a socket.
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(address)
    client = Client(*await asyncio.open_connection(sock=sock))
    client.send()
    try:
        return await client.response()
    finally:
        await client.close()


def refused(server: uvicorn.Server, drive: Drive, log: Log) -> str:
    """The one line with which it did not start."""
    with pytest.raises(SystemExit) as caught:
        drive(serve_for_a_while(server))
    assert caught.value.code == STARTUP_FAILURE
    (line,) = [line for line in log.lines if line.startswith("ERROR")]
    return line


# Permissions


def test_the_file_has_the_mode_owner_and_group_that_are_asked_for(drive: Drive, path: str) -> None:
    rights = {"uds_mode": 0o620, "uds_owner": str(os.getuid()), "uds_group": os.getgid()}

    async def main() -> None:
        async with serving(uvicorn.Server(quiet(hello, uds=path, **rights))):
            found = os.stat(path)
            assert stat.S_IMODE(found.st_mode) == 0o620
            assert (found.st_uid, found.st_gid) == (os.getuid(), os.getgid())
            assert await ask(path) == (200, b"hello")

    drive(main())


def test_owner_and_group_are_set_before_the_mode_and_before_anyone_can_connect(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[Any, ...]] = []
    monkeypatch.setattr(os, "chown", lambda path, uid, gid, **_: done.append((uid, gid)))
    monkeypatch.setattr(os, "chmod", lambda path, mode: done.append((mode,)))
    unix.bind_uds(path, Rights(0o600, 12, "34")).close()
    assert done == [(12, -1), (-1, 34), (0o600,)]
    with socket.socket(socket.AF_UNIX) as client, pytest.raises(ConnectionRefusedError):
        client.connect(path)


def test_a_mode_that_is_asked_for_wins_over_that_of_a_stale_file(path: str) -> None:
    unix.bind_uds(path, Rights(0o600)).close()
    unix.bind_uds(path, Rights(0o660)).close()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o660


NOBODY: dict[str, tuple[dict[str, Any], str]] = {
    "owner": ({"uds_owner": "no such user"}, "There is no user 'no such user' for unix socket"),
    "group": ({"uds_group": "no such group"}, "There is no group 'no such group' for unix socket"),
}


@pytest.mark.parametrize(("options", "why"), NOBODY.values(), ids=list(NOBODY))
def test_an_owner_or_group_that_is_not_there_ends_the_process(
    options: dict[str, Any], why: str, drive: Drive, log: Log, path: str
) -> None:
    line = refused(uvicorn.Server(quiet(hello, uds=path, **options)), drive, log)
    assert line == f"ERROR {why} {path!r}: correct {next(iter(options))}."
    assert not os.path.exists(path)


def test_who_may_not_give_the_file_away_is_told_so(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    with pytest.raises(PermissionError, match="Start the server as root, or leave uds_owner out"):
        unix.bind_uds(path, Rights(owner=0))
    assert not os.path.exists(path)


# What is in the way


def test_a_busy_server_is_not_taken_for_a_dead_one(drive: Drive, log: Log, path: str) -> None:
    """Its queue is full, so that a connection would have to wait."""
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as queued:
        busy.bind(path)
        busy.listen(0)
        queued.connect(path)
        line = refused(uvicorn.Server(quiet(hello, uds=path)), drive, log)
    assert line.endswith("Stop the server that listens there, or choose another path.")
    assert os.path.exists(path)


ANSWERS = {"nobody listens": (errno.ECONNREFUSED, True), "not for us": (errno.EACCES, False)}


@pytest.mark.parametrize(("answer", "replaced"), ANSWERS.values(), ids=list(ANSWERS))
def test_only_a_socket_that_refuses_is_replaced(
    answer: int, replaced: bool, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unix.bind_uds(path).close()
    before = os.stat(path).st_mtime_ns
    monkeypatch.setattr(socket.socket, "connect_ex", lambda self, address: answer)
    try:
        unix.bind_uds(path).close()
    except OSError as exc:
        assert exc.errno == errno.EADDRINUSE
        assert not replaced
        assert os.stat(path).st_mtime_ns == before
    else:
        assert replaced


def test_a_path_that_is_too_long_is_refused_in_words(
    drive: Drive, log: Log, tmp_path: Path
) -> None:
    line = refused(uvicorn.Server(quiet(hello, uds=str(tmp_path / ("x" * 150)))), drive, log)
    assert line.endswith("AF_UNIX path too long. Choose a shorter path.")


# Abstract names


def test_an_abstract_socket_is_served_and_has_no_file(drive: Drive, log: Log, path: str) -> None:
    name = f"@{path}"
    server = uvicorn.Server(quiet(hello, port=8000, bind=f"unix:{name}"))

    async def main() -> None:
        async with serving(server):
            assert await ask(f"\0{path}") == (200, b"hello")
            with pytest.raises(OSError, match=f"Address already in use: unix socket '{name}'"):
                unix.bind_uds(name)

    drive(main())
    assert not os.path.exists(path)
    assert not os.path.exists(name)
    assert log.has(f"INFO Uvicorn running on unix socket {name} (Press CTRL+C to quit)")


# Whose file it is


def test_the_file_of_a_socket_that_was_passed_stays(drive: Drive, path: str) -> None:
    """Python 3.13 would remove it when its server closes."""
    with socket.socket(socket.AF_UNIX) as given:
        given.bind(path)

        async def main(**arguments: Any) -> None:
            server = uvicorn.Server(quiet(hello, fd=given.fileno()))
            async with serving(server, **arguments):
                assert await ask(path) == (200, b"hello")

        drive(main())
        assert os.path.exists(path)
        drive(main(sockets=[given.dup()]))
        assert os.path.exists(path)


def test_the_file_is_removed_though_the_app_went_to_another_folder(
    drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()

    async def main() -> None:
        async with serving(uvicorn.Server(quiet(hello, uds="server.sock"))):
            assert (tmp_path / "server.sock").exists()
            os.chdir(tmp_path / "other")

    drive(main())
    assert not (tmp_path / "server.sock").exists()


def test_the_file_goes_before_the_last_connections_are_taken(
    drive: Drive, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    accept_queued = sockets.accept_queued

    async def look(*arguments: Any) -> None:
        seen.append(os.path.exists(path))
        await accept_queued(*arguments)

    monkeypatch.setattr(sockets, "accept_queued", look)

    async def main() -> None:
        async with serving(uvicorn.Server(quiet(hello, uds=path))) as task:
            client = Client(*await asyncio.open_unix_connection(path))
            client.send()
            assert await client.response() == (200, b"hello")
            await client.close()
        await until(task.done)

    drive(main())
    assert seen == [False]
