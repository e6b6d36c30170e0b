"""A server under test: a subprocess of ours on its own core, always ended by its own pid."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from . import client, procfs
from .scenarios import Scenario
from .servers import Server

APPS = Path(__file__).parent.parent / "apps"
POLL = 0.001
START_LIMIT = 20.0
STOP_LIMIT = 5.0


class ServerFailed(Exception):
    """The server did not start, or died."""


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """Let what is spawned inside inherit this core; the caller goes back to its own."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class ServerProcess:
    """`with ServerProcess(...) as process`: up and answering inside, gone after.

    The environment is empty but for what is named here, so that no option comes from the shell.
    Standard output and error go to `log`, with the access log on to /dev/null: a pipe or a file
    would be part of what is measured.
    """

    def __init__(
        self, server: Server, scenario: Scenario, bin_folder: Path, core: int, log: Path
    ) -> None:
        self.scenario = scenario
        self.port = free_port()
        self.argv = server.command_line(scenario, str(bin_folder), self.port)
        self.env = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(APPS),
            **server.env,
        }
        self.core = core
        self.log = log
        self.start_seconds = 0.0

    def __enter__(self) -> ServerProcess:
        output = Path(os.devnull) if self.scenario.access_log else self.log
        with output.open("wb") as stream:
            began = time.perf_counter()
            self._process = self._spawn(stream)
        try:
            self._wait_for_answer(began + START_LIMIT)
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.perf_counter() - began
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _spawn(self, stream: IO[bytes]) -> subprocess.Popen[bytes]:
        with on_core(self.core):
            return subprocess.Popen(
                self.argv,
                cwd=APPS,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )

    def _wait_for_answer(self, deadline: float) -> None:
        """Return at the first right answer, polling each millisecond."""
        while time.perf_counter() < deadline:
            self.check_alive()
            try:
                return client.ask_once(self.scenario, self.port)
            except ConnectionError:
                time.sleep(POLL)
        raise ServerFailed(f"no answer within {START_LIMIT:.0f} s")

    def check_alive(self) -> None:
        """Raise ServerFailed, noting the last line it wrote, if the process has ended."""
        if (code := self._process.poll()) is not None:
            error = ServerFailed(f"exit code {code}")
            if not self.scenario.access_log:
                error.add_note(self.log.read_text(errors="replace").strip().rpartition("\n")[2])
            raise error

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server and its children so far."""
        return procfs.cpu_seconds(self._process.pid)

    def memory_kb(self) -> tuple[int, int]:
        """Return RSS and PSS of the server and its children."""
        return procfs.memory_kb(self._process.pid)

    def stop(self) -> None:
        """End the server: SIGTERM, then SIGKILL for it and any child that outlives it."""
        family = procfs.tree(self._process.pid)
        family.pop(self._process.pid, None)
        try:
            self._process.terminate()
            self._process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._process.kill()
            self._process.wait()
            for pid, was in family.items():
                _kill_if_same(pid, was)


def _kill_if_same(pid: int, was: procfs.Stat) -> None:
    """Kill the process unless the pid has gone or belongs to another one by now."""
    now = procfs.stat(pid)
    if now is not None and now.started == was.started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
