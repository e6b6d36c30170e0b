"""Sockets that a service manager has opened: systemd's protocol, without systemd."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import uvicorn
from tests.apps.serving import FEW, Process, Variant, Wire, get, process, until
from tests.server.apps import hello, quiet
from tests.server.conftest import Drive, Log
from tests.server.serving_loop import ask, serve_for_a_while, serving
from uvicorn.config import STARTUP_FAILURE
from uvicorn.listen import activation

# Where the descriptors begin in here, because this process has its own ones at 3.
FIRST = 200


@pytest.fixture
def sockets() -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))),
            stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6)),
        ]


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Puts sockets where a manager puts them, and says so in the environment."""
    monkeypatch.setattr(activation, "FIRST", FIRST)
    given: list[int] = []

    def put(*objects: Any, names: str | None = None, pid: int | None = None) -> None:
        for number, each in enumerate(objects, FIRST):
            given.append(os.dup2(each.fileno(), number, inheritable=True))
        monkeypatch.setenv("LISTEN_FDS", str(len(objects)))
        monkeypatch.setenv("LISTEN_PID", str(os.getpid() if pid is None else pid))
        if names is not None:
            monkeypatch.setenv("LISTEN_FDNAMES", names)

    yield put
    for fd in given:
        try:
            os.close(fd)
        except OSError:
            continue


def passed_line(sock: socket.socket, name: str) -> str:
    host, port = sock.getsockname()[:2]
    host = f"[{host}]" if ":" in host else host
    url = f"http://{host}:{port}"
    return f"INFO Uvicorn running on {url}, passed as {name} (Press CTRL+C to quit)"


# What is taken


def test_sockets_that_were_passed_are_served_where_no_option_says_where_to_listen(
    give: Any, sockets: list[socket.socket], drive: Drive, log: Log
) -> None:
    give(*sockets, names="web.socket:")
    server = uvicorn.Server(quiet(hello, port=8000))

    async def main() -> None:
        async with serving(server):
            assert await ask(server) == (200, b"hello")

    drive(main())
    assert [line for line in log.lines if "running on" in line] == [
        passed_line(sockets[0], "web.socket"),
        passed_line(sockets[1], f"descriptor {FIRST + 1}"),
    ]


def test_what_tells_of_them_is_gone_afterwards_and_nothing_inherits_them(
    give: Any, sockets: list[socket.socket]
) -> None:
    give(*sockets, names="a:b")
    taken = activation.claim()
    assert [each.name for each in taken] == ["a", "b"]
    assert not [name for name in activation.VARIABLES if name in os.environ]
    assert activation.count() == 0
    for each in taken:
        assert not each.sock.get_inheritable()
        each.sock.close()


def test_a_unix_socket_that_was_passed_is_named_by_its_path_and_stays(
    give: Any, drive: Drive, log: Log, tmp_path: Path
) -> None:
    path = str(tmp_path / "a.sock")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen()
        give(sock)

        async def main() -> None:
            async with serving(uvicorn.Server(quiet(hello, port=8000))):
                _, writer = await asyncio.open_unix_connection(path)
                writer.close()

        drive(main())
    assert os.path.exists(path)
    assert log.has(f"running on unix socket {path}, passed as descriptor {FIRST} (Press")


def test_sockets_that_were_passed_are_served_beside_others_if_that_is_asked_for(
    give: Any, sockets: list[socket.socket], drive: Drive
) -> None:
    give(sockets[0])
    options = {"port": 8000, "bind": "[::1]:0", "socket_activation": True}
    server = uvicorn.Server(quiet(hello, **options))

    async def main() -> None:
        async with serving(server):
            own = [each.sockets[0].getsockname() for each in server.servers]
            assert own[0] == sockets[0].getsockname()
            assert own[1][0] == "::1"

    drive(main())


# What is left alone

ELSEWHERE: dict[str, dict[str, Any]] = {
    "port": {"port": 0},
    "host": {"port": 8000, "host": "::1"},
    "bind": {"port": 8000, "bind": "127.0.0.1:0"},
}


@pytest.mark.parametrize("options", ELSEWHERE.values(), ids=list(ELSEWHERE))
def test_options_that_say_where_to_listen_win_and_the_log_warns(
    options: dict[str, Any], give: Any, sockets: list[socket.socket], drive: Drive, log: Log
) -> None:
    give(*sockets)
    server = uvicorn.Server(quiet(hello, **options))

    async def main() -> None:
        async with serving(server):
            listening = [each.sockets[0].getsockname() for each in server.servers]
            assert sockets[0].getsockname() not in listening

    drive(main())
    (warning,) = [line for line in log.lines if line.startswith("WARNING")]
    assert warning.startswith("WARNING The service manager has passed 2 socket(s)")
    assert activation.count() == 2


def test_sockets_are_left_alone_where_that_is_asked_for(
    give: Any, sockets: list[socket.socket], drive: Drive, log: Log
) -> None:
    give(*sockets)

    async def main() -> None:
        async with serving(uvicorn.Server(quiet(hello, socket_activation=False))):
            assert activation.count() == 2

    drive(main())
    assert not [line for line in log.lines if line.startswith("WARNING")]


NOT_OURS: dict[str, dict[str, str]] = {
    "nothing": {},
    "of the parent": {"LISTEN_PID": str(os.getppid()), "LISTEN_FDS": "1"},
    "no process": {"LISTEN_FDS": "1"},
    "none": {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "0"},
    "nonsense": {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "some"},
}


@pytest.mark.parametrize("environment", NOT_OURS.values(), ids=list(NOT_OURS))
def test_what_is_for_another_process_or_nobody_is_not_counted(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert activation.count() == 0


def refused(drive: Drive, log: Log) -> str:
    with pytest.raises(SystemExit) as caught:
        server = uvicorn.Server(quiet(hello, port=8000, socket_activation=True))
        drive(serve_for_a_while(server))
    assert caught.value.code == STARTUP_FAILURE
    (line,) = [line for line in log.lines if line.startswith("ERROR")]
    return line


def test_sockets_that_are_asked_for_must_be_there(drive: Drive, log: Log) -> None:
    assert "start it from a systemd socket unit, or leave socket_activation out" in refused(
        drive, log
    )


def test_a_shell_between_the_manager_and_us_is_named(
    give: Any, sockets: list[socket.socket], drive: Drive, log: Log
) -> None:
    give(*sockets, pid=os.getppid())
    assert "or with exec from a shell" in refused(drive, log)


UNFIT = ["datagrams", "a connection", "a file"]


@pytest.mark.parametrize("what", UNFIT)
def test_what_cannot_be_listened_on_is_refused_by_its_name(
    what: str, give: Any, drive: Drive, log: Log, sockets: list[socket.socket]
) -> None:
    with ExitStack() as stack:
        objects = {
            "datagrams": stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)),
            "a connection": stack.enter_context(socket.create_connection(sockets[0].getsockname())),
            "a file": stack.enter_context(Path(__file__).open()),
        }
        give(sockets[1], objects[what], names="good:bad")
        line = refused(drive, log)
    assert f"Descriptor {FIRST + 1} (bad) that was passed is not a listening stream socket" in line
    assert "ListenStream=" in line


# A process of its own

# What a manager does: the sockets at 3 and above, and who they are for. Then it becomes the server.
MANAGER = """
import json, os, sys
fds, command = json.loads(sys.argv[1]), sys.argv[2:]
for number, fd in enumerate(fds, 3):
    os.dup2(fd, number)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)), LISTEN_FDNAMES="web")
os.execv(command[0], command)
"""


@pytest.fixture(params=FEW, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    chosen: Variant = request.param
    return chosen


def test_a_process_serves_what_it_was_passed_and_its_children_are_told_nothing(
    variant: Variant,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        # Not among the numbers that it is put on.
        fd = os.dup2(sock.fileno(), FIRST)
        app = "tests.server.process_apps:tells_environment"
        command = [sys.executable, "-c", MANAGER, json.dumps([fd]), sys.executable, "-W", "error"]
        command += ["-m", "uvicorn", app, "--lifespan", "off", *variant.arguments]
        with process(command, variant.environment, pass_fds=[fd]) as server:
            os.close(fd)
            assert environment_of(server, sock.getsockname()[1]) == "none"
            assert ", passed as web (Press CTRL+C to quit)" in server.log


def environment_of(server: Process, port: int) -> str:
    until(lambda: "running on" in server.log, what=server.log)
    with Wire(port) as client:
        client.send(get("/"))
        return client.read_response()[1].decode()
