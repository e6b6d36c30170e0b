"""curl as a client. conftest.py leaves this out where none is installed."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.apps.app_clients import STREAM
from tests.apps.serving import HOST, MOST, VARIANTS, Process, in_process
from tests.certificates import certificates

APP = "tests.apps.app_clients:app"
ARGUMENTS = ("--lifespan", "off")

BIG = bytes(range(256)) * 16 * 1024  # 4 MiB
DIGEST = hashlib.sha256(BIG).hexdigest()

on_one = pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
on_most = pytest.mark.parametrize("variant", MOST, ids=str, indirect=True)


def curl(*arguments: str) -> str:
    """What curl prints."""
    path = shutil.which("curl")
    assert path is not None, "CI is set, but curl is not here: install it."
    command = [path, "--silent", "--show-error", "--noproxy", "*", "--max-time", "20", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def curled(*arguments: str) -> tuple[str, dict[str, str]]:
    """The body, and what curl knows about it."""
    facts = '\n{"status": "%{response_code}", "version": "%{http_version}", '
    facts += '"connections": "%{num_connects}"}'
    body, _, seen = curl("--write-out", facts, *arguments).rpartition("\n")
    return body, json.loads(seen)


@on_most
def test_curl_gets(server: Process) -> None:
    body, seen = curled(f"{server.url}/hello")
    assert (body, seen["status"], seen["version"]) == ("/hello", "200", "1.1")


@on_most
def test_curl_posts_a_large_body_once_it_is_told_to_continue(
    server: Process, tmp_path: Path
) -> None:
    (tmp_path / "body").write_bytes(BIG)
    body, seen = curled(
        *("--header", "Expect: 100-continue", "--expect100-timeout", "20", "--dump-header"),
        *(str(tmp_path / "head"), "--data-binary", f"@{tmp_path / 'body'}"),
        f"{server.url}/digest",
    )
    assert (body, seen["status"]) == (DIGEST, "200")
    assert (tmp_path / "head").read_text().startswith("HTTP/1.1 100 Continue\n\nHTTP/1.1 200")


@on_one
def test_curl_does_not_send_a_body_that_is_refused(server: Process, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BIG)
    body, seen = curled(
        *("--header", "Expect: 100-continue", "--expect100-timeout", "20"),
        *("--data-binary", f"@{tmp_path / 'body'}", f"{server.url}/refuse"),
    )
    assert (body, seen["status"]) == ("", "413")


@on_most
def test_curl_posts_in_chunks(server: Process, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BIG)
    body, seen = curled(
        *("--header", "Transfer-Encoding: chunked"),
        *("--data-binary", f"@{tmp_path / 'body'}", f"{server.url}/digest"),
    )
    assert (body, seen["status"]) == (DIGEST, "200")


@on_most
def test_curl_asks_for_the_head_alone(server: Process) -> None:
    head = curl("--head", f"{server.url}/hello").lower()
    assert head.startswith("http/1.1 200")
    assert "content-length: 6\n" in head.replace("\r", "")


@on_most
@pytest.mark.parametrize(("path", "body"), [("/hello", "/hello"), ("/stream", STREAM.decode())])
def test_curl_speaks_http_1_0(server: Process, path: str, body: str) -> None:
    answer = curl("--http1.0", "--include", f"{server.url}{path}").replace("\r\n", "\n")
    head, _, found = answer.partition("\n\n")
    assert found == body
    assert "transfer-encoding" not in head.lower()


@on_one
def test_curl_keeps_its_connection(server: Process) -> None:
    urls = [f"{server.url}/{number}" for number in range(5)]
    assert curl("--write-out", ":%{num_connects} ", *urls) == "/0:1 /1:0 /2:0 /3:0 /4:0 "


@on_most
def test_curl_speaks_http_2(server: Process, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BIG)
    for arguments in (("--data-binary",), ("--header", "Expect: 100-continue", "--upload-file")):
        source = f"@{tmp_path / 'body'}" if len(arguments) == 1 else str(tmp_path / "body")
        body, seen = curled("--http2-prior-knowledge", *arguments, source, f"{server.url}/digest")
        assert (body, seen["status"], seen["version"]) == (DIGEST, "200", "2")
    assert curl("--http2-prior-knowledge", f"{server.url}/stream") == STREAM.decode()


def test_curl_agrees_on_http_2_over_tls() -> None:
    made = certificates()
    tls = ("--ssl-certfile", made.server, "--ssl-keyfile", made.key)
    with in_process(APP, VARIANTS[0], *ARGUMENTS, *tls) as server:
        urls = [f"https://{HOST}:{server.port}/{number}" for number in range(3)]
        facts = ("--cacert", made.ca, "--write-out", ":%{http_version}:%{num_connects} ")
        assert curl(*facts, *urls) == "/0:2:1 /1:2:0 /2:2:0 "
        assert curl("--http1.1", *facts, *urls[:1]) == "/0:1.1:1 "


@on_one
def test_curl_that_asks_for_an_upgrade_to_http_2_is_served_without(server: Process) -> None:
    body, seen = curled("--http2", f"{server.url}/hello")
    assert (body, seen["status"], seen["version"]) == ("/hello", "200", "1.1")
