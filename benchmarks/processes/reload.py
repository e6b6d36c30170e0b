"""From saving a file to the first answer of the new code, ours beside the reference.

    python -m benchmarks.processes.reload [--python python3.13] [--rounds 10] [--cache FOLDER]

A client asks on and on, each time over a new connection; the figure is the time from the save
until an answer has the text that was saved. Servers take turns; medians of all rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.macro.peers import Workshop

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
RUNNING = re.compile(r"running on http://127\.0\.0\.1:(\d+)")
LIMIT = 30.0

APPS = {
    "plain": """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b"{text}"}})
""",
    "FastAPI": """
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
def read():
    return "{text}"
""",
}

# Which peer of the workshop it is.
SERVERS = {
    "ours": "ours",
    "ours, polling": "ours",
    "reference": "reference",
    "reference, polling": "reference",
}


class Edited:
    """A file that is served and saved again and again."""

    def __init__(self, folder: Path, template: str) -> None:
        self.path = folder / "edited.py"
        self.template = template
        self.version = 0

    def save(self) -> bytes:
        """Save the next version, as an editor does; return what it answers."""
        self.version += 1
        text = f"version {self.version} of it"
        draft = self.path.with_suffix(".draft")
        draft.write_text(self.template.format(text=text))
        os.replace(draft, self.path)
        return text.encode()


def first_answer(port: int, text: bytes) -> None:
    """Return when an answer has `text`."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as sock:
            sock.sendall(REQUEST)
            answer = b""
            while data := sock.recv(65536):
                answer += data
            if text in answer:
                return
        time.sleep(0.001)
    raise SystemExit(f"Nobody answers {text!r}.")


@contextlib.contextmanager
def serving(name: str, bin_folder: Path, folder: Path) -> Iterator[int]:
    """A server that reloads; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(bin_folder / "uvicorn"), "edited:app", "--reload", "--port", str(port)]
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    if "polling" in name:
        # Each of them has its own way to do without watchfiles.
        command[0:1] = [str(bin_folder / "python"), "-c", WITHOUT_WATCHFILES]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, cwd=folder, env=env, stdout=quiet, stderr=quiet)
    try:
        yield port
    finally:
        server.terminate()
        server.wait()


WITHOUT_WATCHFILES = """
import sys
sys.modules["watchfiles"] = sys.modules["watchfiles._rust_notify"] = None
from uvicorn.main import main
main()
"""


def measure(name: str, bin_folder: Path, template: str, saves: int) -> list[float]:
    """Return the seconds of each save."""
    taken = []
    with tempfile.TemporaryDirectory() as temporary:
        edited = Edited(Path(temporary), template)
        text = edited.save()
        with serving(name, bin_folder, Path(temporary)) as port:
            first_answer(port, text)
            for _ in range(saves):
                # Let the server come to rest, and not in step with a timer of its own.
                time.sleep(0.5 + 0.1 * (edited.version % 3))
                began = time.perf_counter()
                text = edited.save()
                first_answer(port, text)
                taken.append(time.perf_counter() - began)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default="python3.13")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--saves", type=int, default=5, help="in each round")
    parser.add_argument("--cache", type=Path, default=Path("benchmarks/.cache"))
    arguments = parser.parse_args()
    workshop = Workshop(arguments.cache.resolve(), arguments.python)
    folders = {name: workshop.make(peer).bin_folder for name, peer in SERVERS.items()}
    for kind, template in APPS.items():
        taken: dict[str, list[float]] = {name: [] for name in SERVERS}
        for _ in range(arguments.rounds):
            for name, folder in folders.items():
                taken[name] += measure(name, folder, template, arguments.saves)
        for name, seconds in taken.items():
            print(f"{kind:10}{name:20}{statistics.median(seconds) * 1000:6.0f} ms")


if __name__ == "__main__":
    main()
