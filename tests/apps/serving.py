"""Servers for tests: in a thread, or as the command in a process; and clients that watch them.

Whatever is started here ends with its `with` block, if need be by force. Nothing sleeps: who
waits for something says what in `until()`.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import uvicorn
from uvicorn._select import core

ROOT = Path(__file__).parents[2]
RUNNING = re.compile(r"running on https?://[^:]+:(\d+)")
HOST = "127.0.0.1"

T = TypeVar("T")


def until(ask: Callable[[], T], seconds: float = 10.0, what: str = "") -> T:
    """The first answer of `ask()` that is true; looked for again and again until the deadline."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"Not true after {seconds} s: {what or ask}; it was {answer!r}.")
        pause.wait(0.005)


# In a thread


@contextlib.contextmanager
def in_thread(
    app: Any, server_class: type[uvicorn.Server] = uvicorn.Server, **options: Any
) -> Iterator[uvicorn.Server]:
    """A server of `app` on a free port, with a loop of its own in a thread."""
    options = {"port": 0, "log_config": None, "access_log": False, "lifespan": "off", **options}
    server = server_class(uvicorn.Config(app, **options))
    with running(server):
        yield server


@contextlib.contextmanager
def running(server: uvicorn.Server, **arguments: Any) -> Iterator[threading.Thread]:
    """`server.run()` in a thread, from when it listens to its end."""
    thread = threading.Thread(target=server.run, kwargs=arguments, daemon=True)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive(), what="the server listens")
        assert server.started
        yield thread
    finally:
        server.should_exit = True
        thread.join(10)
        if thread.is_alive():
            server.force_exit = True
            thread.join(10)
        assert not thread.is_alive(), "The server did not end."


def port_of(server: uvicorn.Server) -> int:
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


def url_of(server: uvicorn.Server) -> str:
    return f"http://{HOST}:{port_of(server)}"


# In a process


class Variant(NamedTuple):
    """One way to run the server: build, engines for HTTP and WebSocket, and loop."""

    build: str
    http: str
    loop: str
    ws: str = "auto"

    @property
    def environment(self) -> dict[str, str]:
        return {"UVICORN_EXTENSIONS": "require" if self.build == "compiled" else "skip"}

    @property
    def arguments(self) -> tuple[str, ...]:
        return "--http", self.http, "--loop", self.loop, "--ws", self.ws

    def __str__(self) -> str:
        return "-".join(self)


# The builds that are here, the one that is used by default first.
BUILDS = ("compiled", "pure") if core.compiled else ("pure",)

# What people run, and what differs most from it. Every engine, loop and build is there.
ALL_VARIANTS = (
    Variant("compiled", "native", "uvloop", "native"),
    Variant("compiled", "native", "asyncio", "wsproto"),
    Variant("compiled", "httptools", "asyncio", "websockets"),
    Variant("pure", "httptools", "uvloop", "websockets"),
    Variant("pure", "h11", "asyncio", "wsproto"),
)
VARIANTS = tuple(variant for variant in ALL_VARIANTS if variant.build in BUILDS)
# Each parser and each loop: what is left out differs by its build alone.
MOST = tuple(variant for variant in VARIANTS if variant[:2] != ("compiled", "httptools"))
# Those of them that have nothing in common, for what is not about parsers or loops.
FEW = tuple(sorted({VARIANTS[0], VARIANTS[-1]}))


class Process:
    """The command `uvicorn` in a process; `log` is what it has written so far, both streams."""

    def __init__(
        self, command: list[str], environment: dict[str, str], pass_fds: Sequence[int] = ()
    ) -> None:
        self.output = tempfile.TemporaryFile()  # noqa: SIM115  (close() does)
        self.popen = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
        )
        self.port = 0

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def log(self) -> str:
        return os.pread(self.output.fileno(), 1 << 24, 0).decode()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def wait_for_port(self) -> None:
        def found() -> re.Match[str] | None:
            assert self.popen.poll() is None, self.log
            return RUNNING.search(self.log)

        match = until(found, 30, "the server listens")
        assert match is not None
        self.port = int(match[1])

    def wait_for(self, text: str) -> None:
        until(lambda: text in self.log, 30, text)

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def memory(self) -> int:
        """Bytes that it holds in memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def wait(self, seconds: float = 20.0) -> int:
        """The exit status, once the process has ended."""
        return self.popen.wait(seconds)

    def close(self) -> None:
        try:
            if self.popen.poll() is None:
                self.popen.send_signal(signal.SIGTERM)
                self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait(10)
            raise AssertionError(f"The server did not end:\n{self.log}") from None
        finally:
            self.output.close()


@contextlib.contextmanager
def in_process(
    app: str,
    variant: Variant = VARIANTS[0],
    *arguments: str,
    environment: dict[str, str] | None = None,
) -> Iterator[Process]:
    """`uvicorn app` on a free port; warnings are errors in there too."""
    command = [sys.executable, "-W", "error", "-m", "uvicorn", app, "--port", "0"]
    command += ["--no-use-colors", *variant.arguments, *arguments]
    with process(command, {**variant.environment, **(environment or {})}) as server:
        server.wait_for_port()
        yield server


@contextlib.contextmanager
def process(
    command: list[str], environment: dict[str, str] | None = None, pass_fds: Sequence[int] = ()
) -> Iterator[Process]:
    started = Process(command, environment or {}, pass_fds)
    try:
        yield started
    finally:
        started.close()


# A client that sees every byte


class Wire:
    """A raw connection: what is sent is sent so, and what comes can be looked at."""

    def __init__(self, port: int, timeout: float = 10.0) -> None:
        self.socket = socket.create_connection((HOST, port), timeout)
        self.received = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_until(self, mark: bytes) -> bytes:
        """Everything up to and with `mark`; what follows is kept for the next call."""
        while mark not in self.received:
            data = self.socket.recv(65536)
            assert data, f"The server closed before {mark!r}: {self.received!r}"
            self.received += data
        head, _, self.received = self.received.partition(mark)
        return head + mark

    def read_exactly(self, size: int) -> bytes:
        while len(self.received) < size:
            data = self.socket.recv(65536)
            assert data, f"The server closed before {size} bytes: {self.received!r}"
            self.received += data
        data, self.received = self.received[:size], self.received[size:]
        return data

    def read_to_end(self) -> bytes:
        """Everything until the server closes."""
        while data := self.socket.recv(65536):
            self.received += data
        data, self.received = self.received, b""
        return data

    def read_response(self) -> tuple[int, bytes]:
        """Status and body of a response with Content-Length."""
        head = self.read_until(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None, head
        return int(head.split()[1]), self.read_exactly(int(length[1]))

    def vanish(self) -> None:
        """Be gone without a farewell: the server sees a reset."""
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
        )
        self.socket.close()


def get(path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: test", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"
