"""The real nginx with examples/deploy/nginx.conf. conftest.py leaves it out where none is here."""

from __future__ import annotations

import getpass
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.apps.app_clients import STREAM
from tests.apps.serving import FEW, HOST, ROOT, Process, Variant, process, until
from tests.server.conftest import nginx_path

CONFIG = ROOT / "examples" / "deploy" / "nginx.conf"
UNIT = CONFIG.with_name("app.service")
SERVER = [sys.executable, "-W", "error", "-m", "uvicorn"]

# What the file says of a machine, and what it is in a folder of a test instead.
PLACES = {
    "user www-data;": "user {user};",
    "pid /run/nginx.pid;": "pid {folder}/nginx.pid;",
    "access_log /var/log/nginx/access.log;": "access_log off; {temporary}",
    "error_log /var/log/nginx/error.log;": "error_log {folder}/error.log;",
    "server unix:/run/app/uvicorn.sock": "server unix:{folder}/uvicorn.sock",
    "listen 80;": "listen {host}:{port};",
}
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def config_in(folder: Path, port: int) -> str:
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    known = {"user": getpass.getuser(), "folder": folder, "host": HOST, "port": port}
    text = CONFIG.read_text(encoding="utf-8")
    for said, meant in PLACES.items():
        assert text.count(said) == 1, said
        text = text.replace(said, meant.format(**known, temporary=temporary))
    return text


def trusting() -> list[str]:
    """What app.service tells uvicorn beside the application."""
    (line,) = re.findall(r"^ExecStart=\S+ main:app (.*)$", UNIT.read_text("utf-8"), re.MULTILINE)
    return shlex.split(line)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def proxied(folder: Path, app: str, variant: Variant, *arguments: str) -> Iterator[Process]:
    """`app` on a Unix socket, with nginx in front; `port` is nginx's."""
    port = free_port()
    (folder / "nginx.conf").write_text(config_in(folder, port))
    command = [*SERVER, app, "--uds", f"{folder}/uvicorn.sock", *trusting()]
    command += [*variant.arguments, *arguments]
    path = nginx_path()
    assert path is not None, "CI is set, but nginx is not here: install nginx-light."
    nginx = [path, "-p", str(folder), "-c", f"{folder}/nginx.conf", "-g", "daemon off;"]
    with process(command, variant.environment) as server, process(nginx) as proxy:
        until(lambda: "running on unix socket" in server.log, what=server.log)
        until((folder / "nginx.pid").exists, what=proxy.log)
        server.port = port
        yield server


@pytest.fixture(params=FEW, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    chosen: Variant = request.param
    return chosen


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10) as client:
        yield client


def test_nginx_accepts_the_file(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text(config_in(tmp_path, free_port()))
    path = nginx_path()
    assert path is not None
    command = [path, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    # An ordinary user is warned that only root can be another one.
    warnings = re.findall(r"\[warn\] .*", ended.stderr)
    assert not warnings or os.getuid() != 0


def test_requests_uploads_and_streams_come_through_nginx(
    variant: Variant, tmp_path: Path, client: httpx.Client
) -> None:
    with proxied(tmp_path, "tests.apps.app_clients:app", variant) as server:
        seen = client.get(f"{server.url}/seen").json()
        assert seen["http_version"] == "1.1"
        assert (seen["client"], seen["scheme"]) == ([HOST, 0], "http")
        body = os.urandom(300_000)
        digest = client.post(f"{server.url}/digest", content=body).text
        assert digest == sha256(body).hexdigest()
        with client.stream("GET", f"{server.url}/stream") as response:
            assert b"".join(response.iter_bytes()) == STREAM
        assert "ERROR" not in server.log


def test_the_client_is_the_one_that_nginx_sees(
    variant: Variant, tmp_path: Path, client: httpx.Client
) -> None:
    lies = {"X-Forwarded-For": "6.6.6.6, unix:", "X-Forwarded-Proto": "https"}
    with proxied(tmp_path, "tests.apps.app_clients:app", variant, "--access-log") as server:
        seen = client.get(f"{server.url}/seen", headers=lies).json()
        assert (seen["client"], seen["scheme"]) == ([HOST, 0], "http")
        until(lambda: f'{HOST}:0 - "GET /seen HTTP/1.1" 200' in server.log, what=server.log)


def test_nginx_keeps_its_connections_to_the_server(tmp_path: Path, client: httpx.Client) -> None:
    with proxied(tmp_path, "tests.apps.app_clients:app", FEW[0]) as server:
        client.get(f"{server.url}/a")
        before = server.open_files()
        for _ in range(5):
            assert client.get(f"{server.url}/a").text == "/a"
        assert server.open_files() == before


def test_websockets_come_through_nginx(variant: Variant, tmp_path: Path) -> None:
    with (
        proxied(tmp_path, "tests.apps.app_websocket:app", variant) as server,
        connect(f"ws://{HOST}:{server.port}/echo", proxy=None) as websocket,
    ):
        for message in ("hello", "x" * 100_000, b"\0\1"):
            websocket.send(message)
            assert websocket.recv(timeout=10) == message


def test_a_server_that_is_gone_is_a_502_and_one_that_comes_back_serves(
    tmp_path: Path, client: httpx.Client
) -> None:
    with proxied(tmp_path, "tests.apps.app_clients:app", FEW[0]) as server:
        server.signal(signal.SIGTERM)
        server.wait()
        assert client.get(f"{server.url}/a").status_code == 502
        command = [*SERVER, "tests.apps.app_clients:app", "--uds", f"{tmp_path}/uvicorn.sock"]
        with process(command) as second:
            until(lambda: "running on unix socket" in second.log, what=second.log)
            assert client.get(f"{server.url}/a").text == "/a"
