"""A supervisor and its workers as tests see them, and a load to put on them."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.apps.serving import Process, Wire, get, until

APPS = "tests.process.worker_apps"
HELLO = get("/", "Connection: close")

Start = Callable[..., Process]


def wait_for_workers(server: Process, number: int) -> None:
    until(lambda: server.log.count("is ready") >= number, 60, f"{number} workers are ready")


def children(server: Process, command: bytes = b"spawn_main") -> list[int]:
    """The workers; multiprocessing has a process of its own beside them.

    Workers that were forked look like the server itself.
    """
    found = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [int(pid) for pid in found if command in command_of(pid)]


def command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def ask(server: Process, request: bytes = HELLO) -> str:
    with Wire(server.port) as client:
        client.send(request)
        status, body = client.read_response()
        assert status == 200
        return body.decode()


def wait_for(server: Process, text: str, times: int = 1, seconds: float = 60) -> None:
    until(lambda: server.log.count(text) >= times, seconds, text)


class Load(threading.Thread):
    """Asks on and on, over one connection as long as it is kept, else over a new one each time.

    A connection that ends before a request is written is no failure; one that ends before its
    answer is.
    """

    def __init__(self, port: int, keeps: bool) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.keeps = keeps
        self.ended = threading.Event()
        self.answers = 0
        self.failures: list[str] = []

    def run(self) -> None:
        request = get("/") if self.keeps else HELLO
        while not self.ended.is_set():
            try:
                with Wire(self.port) as client:
                    self.talk(client, request)
            except (OSError, AssertionError) as error:
                self.failures.append(repr(error))

    def talk(self, client: Wire, request: bytes) -> None:
        while not self.ended.is_set():
            client.send(request)
            head = client.read_until(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            assert length is not None
            client.read_exactly(int(length[1]))
            self.answers += 1
            if b"connection: close" in head:
                return

    def end(self) -> None:
        self.ended.set()
        self.join(20)
        assert not self.is_alive()


@contextlib.contextmanager
def loads(server: Process) -> Iterator[list[Load]]:
    running = [Load(server.port, keeps) for keeps in (True, True, False, False)]
    for load in running:
        load.start()
    try:
        until(lambda: all(load.answers > 10 for load in running))
        yield running
    finally:
        for load in running:
            load.end()
