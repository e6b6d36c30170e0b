"""Headless Chromium: whether it is here, what a page looks like once its scripts have run, and
windows to do something in, over Chromium's DevTools protocol."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.apps.serving import until

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--mute-audio", "--hide-scrollbars"),
)


def browser() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path is not None), None)


def page_of(url: str, folder: Path, *arguments: str) -> str:
    """The document at `url` as HTML, with what its scripts have made of it when all has loaded."""
    path = browser()
    assert path is not None, f"CI is set, but none of {', '.join(NAMES)} is here: install one."
    command = [path, *QUIET, f"--user-data-dir={folder}", *arguments, "--dump-dom", url]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


class Window:
    """One page in a running browser; run() answers what a JavaScript expression is."""

    def __init__(self, tools: ClientConnection) -> None:
        self.tools = tools
        self.calls = 0

    def run(self, script: str) -> Any:
        self.calls += 1
        asked = {"expression": script, "awaitPromise": True, "returnByValue": True}
        call = {"id": self.calls, "method": "Runtime.evaluate", "params": asked}
        self.tools.send(json.dumps(call))
        while (answer := json.loads(self.tools.recv(timeout=30))).get("id") != self.calls:
            pass
        assert "exceptionDetails" not in answer["result"], answer
        return answer["result"]["result"].get("value")


@contextlib.contextmanager
def windows(folder: Path, *urls: str, options: Sequence[str] = ()) -> Iterator[list[Window]]:
    """A window for each address, in one browser that ends with the block."""
    path = browser()
    assert path is not None, f"CI is set, but none of {', '.join(NAMES)} is here: install one."
    command = [path, *QUIET, f"--user-data-dir={folder}", "--remote-debugging-port=0"]
    command += options
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process,
        contextlib.ExitStack() as stack,
    ):
        stack.callback(process.kill)
        port_file = folder / "DevToolsActivePort"
        until(port_file.exists, 30, "the browser is up")
        tools = f"http://127.0.0.1:{until(lambda: port_file.read_text().split())[0]}"
        opened = []
        for url in urls:
            page = httpx.put(f"{tools}/json/new?{url}", trust_env=False, timeout=30).json()
            address = page["webSocketDebuggerUrl"]
            opened.append(Window(stack.enter_context(connect(address, max_size=None, proxy=None))))
        yield opened
