"""Starts a program as its users do, asks it something, ends it, and says what was wrong."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.neighbours.program import Ask, Program, Start, Talk
from tests.neighbours.venvs import environment

HOST = "127.0.0.1"
SECONDS_FOR_AN_ANSWER = 30.0
# The variable by which the processes of a program are found again.
MARK = "STARTED_BY_NEIGHBOURS"
KNOWN = re.compile(r"<(\w+)>")


class Wrong(Exception):
    """What a program did not do as it should."""


class Found:
    """How it was served and how it ended; and values in answers that later requests need."""

    def __init__(self) -> None:
        self.processes = 0
        self.end = ""
        self.values: dict[str, str] = {}

    def fill(self, text: str) -> str:
        return KNOWN.sub(lambda name: self.values.get(name[1], name[0]), text)

    def learn(self, answer: str, expected: str, what: str) -> None:
        match = re.search(self.fill(expected), answer, re.DOTALL)
        if match is None:
            raise Wrong(f"{what}: no {expected!r} in {answer[:300]!r}")
        self.values.update({k: v for k, v in match.groupdict().items() if v is not None})


def until(ask: Callable[[], bool], seconds: float) -> bool:
    """Whether `ask()` came true before the deadline."""
    deadline = time.monotonic() + seconds
    pause = Event()
    while not ask():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.05)
    return True


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


# Asking


def request(url: str, ask: Ask, found: Found) -> str:
    """The body of the answer, whatever its status."""
    headers = dict(ask.headers)
    body = found.fill(ask.body).encode() or None
    if body:
        headers.setdefault("content-type", "application/json")
    sent = urllib.request.Request(url + found.fill(ask.path), body, headers)
    try:
        with urllib.request.urlopen(sent, timeout=SECONDS_FOR_AN_ANSWER) as answer:
            text: str = answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        raise Wrong(f"{ask.path}: {error.code} {error.read()[:300]!r}") from error
    return text


def converse(port: int, talk: Talk, found: Found) -> ClientConnection:
    """The connection, which stays open as that of a browser does."""
    url = f"ws://{HOST}:{port}{found.fill(talk.path)}"
    origin = Origin(f"http://{HOST}:{port}")
    offered = [Subprotocol(name) for name in talk.subprotocols] or None
    client = connect(url, origin=origin, subprotocols=offered)
    for sent, expected in talk.turns:
        if sent:
            client.send(found.fill(sent) if isinstance(sent, str) else sent)
        if expected:
            wait_for_message(client, expected, found)
    return client


def wait_for_message(client: ClientConnection, expected: str, found: Found) -> None:
    """Programs say more than what was asked: up to twenty messages are looked through."""
    seen = ""
    for _ in range(20):
        message = client.recv(timeout=SECONDS_FOR_AN_ANSWER)
        seen = message if isinstance(message, str) else message.decode(errors="replace")
        with contextlib.suppress(Wrong):
            return found.learn(seen, expected, "WebSocket")
    raise Wrong(f"WebSocket: no {expected!r}, at last {seen[:300]!r}")


def answers(port: int) -> bool:
    """Whether something speaks HTTP there, whatever it says."""
    try:
        urllib.request.urlopen(f"http://{HOST}:{port}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def wait_for_an_answer(process: subprocess.Popen[bytes], port: int, start: Start) -> None:
    answered = until(lambda: process.poll() is not None or answers(port), start.patience)
    if process.poll() is not None:
        raise Wrong(f"ended with status {process.returncode} before it answered")
    if not answered:
        raise Wrong(f"did not answer in {start.patience:g} s")


def ask_all(port: int, start: Start, found: Found, kept_open: contextlib.ExitStack) -> None:
    for ask in start.asks:
        try:
            if isinstance(ask, Talk):
                kept_open.enter_context(converse(port, ask, found))
            else:
                text = request(f"http://{HOST}:{port}", ask, found)
                found.learn(text, ask.expected, ask.path)
                with contextlib.suppress(ValueError, AttributeError):
                    found.values.update({k: str(v) for k, v in json.loads(text).items()})
        except Wrong:
            raise
        except Exception as error:
            raise Wrong(f"{ask.path}: {type(error).__name__}: {error}") from error


# Starting and ending


def processes(folder: Path) -> list[int]:
    """Those that live of what was started in that folder, whatever session they have made."""
    mark = f"{MARK}={folder}\0".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        # That of a process which has ended, and is only waited for, is empty.
        with contextlib.suppress(OSError):
            if mark in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def kill_all(folder: Path) -> None:
    """Again and again, as one of them may be starting another."""

    def none_left() -> bool:
        left = processes(folder)
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return not left

    until(none_left, 10)


def with_our_core(folder: Path) -> int:
    """Processes that have loaded the compiled core of this checkout, which no other uvicorn has."""
    count = 0
    for process in processes(folder):
        with contextlib.suppress(OSError):
            count += "/uvicorn/_speed/" in Path(f"/proc/{process}/maps").read_text()
    return count


@contextlib.contextmanager
def started(
    command: str, venv: Path, folder: Path, more: dict[str, str], kept: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The program in a session of its own, of which nothing is left afterwards.

    What it prints is not kept in its own folder, where reloaders would see it change.
    """
    with kept.open("wb") as log:
        process = subprocess.Popen(
            shlex.split(command),
            cwd=folder,
            env=environment(venv, folder, {MARK: str(folder), **more}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill_all(folder)
        process.wait()


def end(process: subprocess.Popen[bytes], folder: Path, start: Start) -> Iterator[str]:
    """Sends SIGINT to all, as a terminal does, others to the first; yields what is wrong."""
    if start.stop is signal.SIGINT:
        os.killpg(process.pid, start.stop)
    else:
        process.send_signal(start.stop)
    began = time.monotonic()
    if not until(lambda: process.poll() is not None, start.grace):
        yield f"still there {start.grace:g} s after {start.stop.name}"
        return
    if process.returncode != start.status:
        yield f"exit status {process.returncode}, not {start.status}"
    if not until(lambda: not processes(folder), 5):
        yield f"left processes behind, {time.monotonic() - began:.0f} s after {start.stop.name}"


def try_it(program: Program, start: Start, venv: Path, kept: Path) -> tuple[Found, list[str]]:
    """What was found, and what was wrong; what was printed is in the file `kept`."""
    found = Found()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix=f"{program.name}-") as name:
        folder = Path(name)
        for file, text in program.files.items():
            (folder / file).write_text(text, encoding="utf-8")
        port = free_port()
        known = {"port": port, "home": folder}
        command = start.command.format(**known)
        more = {key: value.format(**known) for key, value in start.environment.items()}
        with (
            contextlib.ExitStack() as kept_open,
            started(command, venv, folder, more, kept) as process,
        ):
            try:
                wait_for_an_answer(process, port, start)
                ask_all(port, start, found, kept_open)
                found.processes = with_our_core(folder)
            except Wrong as error:
                wrong.append(str(error))
            if process.poll() is None:
                began = time.monotonic()
                wrong.extend(end(process, folder, start))
                seconds = time.monotonic() - began
                found.end = f"{start.stop.name}, {process.poll()}, {seconds:.1f} s"
    log = kept.read_text(encoding="utf-8", errors="replace")
    if "Traceback" in log:
        wrong.append("traceback in the log")
    return found, wrong
