"""Programs without standard streams, or with others: the server serves, without colours."""

from __future__ import annotations

import io
import logging
import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import httpx
import pytest

import uvicorn
from tests.apps.serving import ROOT, VARIANTS, in_thread, until, url_of
from tests.server.apps import hello


class Redirector:
    """What a program with windows of its own puts in the place of a stream."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text


def closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


STREAMS: dict[str, Any] = {"none": lambda: None, "closed": closed, "without isatty": Redirector}


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("own_config", [False, True])
def test_a_program_with_such_streams_is_served(
    kind: str, own_config: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = STREAMS[kind](), STREAMS[kind]()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    options: dict[str, Any] = {"log_config": uvicorn.config.LOGGING_CONFIG, "access_log": True}
    if own_config:
        options["log_config"] = {**options["log_config"], "incremental": False}
    with in_thread(hello, **options) as server:
        assert httpx.get(url_of(server), trust_env=False).text == "hello"
        until(lambda: server.server_state.total_requests == 1)
        if isinstance(out, Redirector):
            until(lambda: '"GET / HTTP/1.1" 200 OK\n' in out.text)
    if isinstance(err, Redirector):
        assert "INFO:     Uvicorn running on" in err.text
        assert "\x1b" not in err.text


def test_lines_for_a_stream_that_is_not_there_go_to_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As StreamHandler(None) would have it, the access log would go to standard error."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", err := Redirector())
    uvicorn.Config(hello)
    logging.getLogger("uvicorn.access").info("%s %s %s %s %s", "a", "b", "c", "d", 200)
    assert err.text == ""


def listens(path: Path) -> bool:
    """Whether somebody accepts there; the file is there a little earlier."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


# The descriptors, and what the app of the server finds there: /dev/null, or what was given.
CLOSED = {"stderr": "2>&-", "output": ">&- 2>&-", "all": "<&- >&- 2>&-"}


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("closed", CLOSED.values(), ids=list(CLOSED))
@pytest.mark.parametrize("mode", ["", "--workers 2"])
def test_the_command_serves_with_closed_descriptors(
    variant: Any, closed: str, mode: str, tmp_path: Path
) -> None:
    path = tmp_path / "app.sock"
    app = """
        import os
        ours = {os.fstat(each)[:3] for each in (0, 1, 2)}

        async def app(scope, receive, send):
            now = {os.fstat(each)[:3] for each in (0, 1, 2)}
            body = b"same" if now == ours else b"other"
            headers = [(b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
    """
    (tmp_path / "main.py").write_text(textwrap.dedent(app))
    arguments = " ".join([*variant.arguments, mode, "--lifespan off --uds", str(path)])
    command = f"exec {sys.executable} -m uvicorn --app-dir {tmp_path} main:app {arguments} {closed}"
    environment = {**os.environ, **variant.environment}
    server = subprocess.Popen(["sh", "-c", command], cwd=ROOT, env=environment)
    try:
        until(lambda: listens(path) or server.poll() is not None, 30)
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(transport=transport, timeout=30) as client:
            assert client.get("http://test/").text == "same"
    finally:
        server.terminate()
        status = server.wait(30)
    assert status == (0 if mode else -signal.SIGTERM)
