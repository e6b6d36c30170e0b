"""Requests per worker, with one listening socket for all of them and with one for each.

    python -m benchmarks.processes.spread [--workers 4] [--connections 200] [--rounds 3]

Connections come "one by one", while those that are there keep the workers busy, or "at once", when
nobody is busy yet. Each asks again as soon as it is answered. A worker's share is the part of
all requests that it has answered, the largest first; with 4 workers 25 % each are even.
"""

from __future__ import annotations

import argparse
import os
import re
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
ANSWER = re.compile(rb"\r\n\r\n(\d+)$")
RUNNING = re.compile(r"running on http://127\.0\.0\.1:(\d+)")


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer the worker's process id."""
    assert scope["type"] == "http"
    body = b"%d" % os.getpid()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def load(port: int, connections: int, at_once: bool, seconds: float) -> Counter[bytes]:
    """Return how many requests each worker has answered once all connections were there."""
    answered: Counter[bytes] = Counter()
    with selectors.DefaultSelector() as selector, ExitStack() as stack:
        socks: list[socket.socket] = []
        for _ in range(connections):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            socks.append(sock)
            selector.register(sock, selectors.EVENT_READ)
            if not at_once:
                sock.sendall(REQUEST)
                _turn(selector, answered)
        if at_once:
            for sock in socks:
                sock.sendall(REQUEST)
        answered.clear()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _turn(selector, answered)
    return answered


def _turn(selector: selectors.BaseSelector, answered: Counter[bytes]) -> None:
    for key, _ in selector.select(1):
        sock = key.fileobj
        assert isinstance(sock, socket.socket)
        match = ANSWER.search(sock.recv(4096))
        assert match is not None
        answered[match[1]] += 1
        sock.sendall(REQUEST)


def measure(arguments: argparse.Namespace, at_once: bool, options: list[str]) -> list[float]:
    """Return the workers' shares, the largest first."""
    command = [sys.executable, "-m", "uvicorn", "benchmarks.processes.spread:app", "--port", "0"]
    command += ["--workers", str(arguments.workers), "--no-access-log", *options]
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True) as server:
        try:
            port = _wait_for_workers(server, arguments.workers)
            answered = load(port, arguments.connections, at_once, arguments.seconds)
        finally:
            server.terminate()
    shares = sorted(answered.values(), reverse=True)
    shares += [0] * (arguments.workers - len(shares))
    return [share / sum(shares) for share in shares]


def _wait_for_workers(server: subprocess.Popen[str], workers: int) -> int:
    port = ready = 0
    assert server.stderr is not None
    for line in server.stderr:
        if match := RUNNING.search(line):
            port = int(match[1])
        ready += "is ready" in line
        if port and ready == workers:
            return port
    raise SystemExit("The server did not start.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for shape in ("one by one", "at once"):
        for name, options in {"one socket": [], "--reuse-port": ["--reuse-port"]}.items():
            at_once = shape == "at once"
            rounds = [measure(arguments, at_once, options) for _ in range(arguments.rounds)]
            medians = [statistics.median(shares) for shares in zip(*rounds, strict=True)]
            print(f"{shape:12}{name:14}" + "".join(f"{share:8.1%}" for share in medians))


if __name__ == "__main__":
    main()
