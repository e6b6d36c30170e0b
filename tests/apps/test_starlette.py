"""A Starlette app over real sockets."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.apps.serving import FEW, VARIANTS, Process, Variant, Wire, get, in_process, until

APP = "tests.apps.app_starlette:app"
BIG = bytes(range(256)) * 16 * 1024  # 4 MiB

on_one = pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
on_few = pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("files")
    (made / "big.bin").write_bytes(BIG)
    (made / "empty.txt").write_bytes(b"")
    (made / "index.html").write_text("<h1>index</h1>")
    (made / "404.html").write_text("<h1>not here</h1>")
    return made


@pytest.fixture(scope="module")
def server(variant: Variant, folder: Path) -> Iterator[Process]:
    environment = {"TEST_FILES": str(folder)}
    with in_process(APP, variant, "--no-access-log", environment=environment) as process:
        yield process


def counted(client: httpx.Client, name: str) -> int:
    number: int = client.get("/counts").json().get(name, 0)
    return number


@on_few
def test_a_file_arrives_whole(client: httpx.Client) -> None:
    before = counted(client, "files")
    response = client.get("/file/big.bin")
    assert hashlib.sha256(response.content).digest() == hashlib.sha256(BIG).digest()
    assert response.headers["content-length"] == str(len(BIG))
    assert 'filename="big.bin"' in response.headers["content-disposition"]
    until(lambda: counted(client, "files") == before + 1)


@on_few
@pytest.mark.parametrize(
    ("ranges", "status", "content"),
    [
        ("bytes=0-9", 206, BIG[:10]),
        ("bytes=-5", 206, BIG[-5:]),
        (f"bytes={len(BIG) - 2}-", 206, BIG[-2:]),
        ("bytes=100000-300000", 206, BIG[100000:300001]),
        (f"bytes={len(BIG)}-", 416, b""),
    ],
)
def test_a_range_of_a_file_arrives(
    client: httpx.Client, ranges: str, status: int, content: bytes
) -> None:
    response = client.get("/file/big.bin", headers={"range": ranges})
    assert response.status_code == status
    if status == 206:
        assert response.content == content


@on_one
def test_several_ranges_of_a_file_arrive_in_parts(client: httpx.Client) -> None:
    response = client.get("/file/big.bin", headers={"range": "bytes=0-9,1000-1009"})
    assert response.status_code == 206
    assert response.headers["content-type"].startswith("multipart/byteranges")
    assert response.content.count(BIG[:10]) == 1
    assert response.content.count(BIG[1000:1010]) == 1


@on_few
@pytest.mark.parametrize("path", ["/file/big.bin", "/static/big.bin", "/static/empty.txt"])
def test_head_of_a_file_tells_its_size_alone(client: httpx.Client, path: str) -> None:
    response = client.head(path)
    assert response.status_code == 200
    assert response.headers["content-length"] == ("0" if "empty" in path else str(len(BIG)))
    assert response.content == b""


@on_few
def test_static_files_are_served_and_known_ones_are_not_sent_again(client: httpx.Client) -> None:
    response = client.get("/static/big.bin")
    assert response.content == BIG
    again = client.get("/static/big.bin", headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/static/empty.txt").content == b""


@on_one
def test_a_folder_of_static_files_has_its_pages(client: httpx.Client) -> None:
    assert client.get("/static/").text == "<h1>index</h1>"
    missing = client.get("/static/nowhere")
    assert (missing.status_code, missing.text) == (404, "<h1>not here</h1>")
    assert client.get("/static/%2e%2e/%2e%2e/etc/passwd").status_code == 404


@on_one
def test_a_file_that_vanishes_is_a_500_and_a_traceback_in_the_log(
    client: httpx.Client, log_is_clean: Callable[[], str]
) -> None:
    assert client.get("/file/nowhere.txt").status_code == 500
    until(lambda: "does not exist" in log_is_clean())
    assert client.get("/counts").status_code == 200


@on_few
@pytest.mark.parametrize("kind", ["stream", "stream-sync", "wrapped/stream"])
@pytest.mark.parametrize("parts", [0, 1, 100])
def test_streams_of_starlette_come_whole(client: httpx.Client, kind: str, parts: int) -> None:
    response = client.get(f"/{kind}/{parts}")
    assert response.text == "".join(f"part {number}\n" for number in range(parts))


@on_few
@pytest.mark.parametrize("path", ["/events", "/wrapped/events"])
def test_a_stream_of_starlette_ends_when_its_client_goes(
    server: Process, client: httpx.Client, path: str
) -> None:
    before = counted(client, "streams ended")
    with Wire(server.port) as wire:
        wire.send(get(path))
        # A compressed stream shows no text.
        wire.read_until(b"\r\n\r\n")
    until(lambda: counted(client, "streams ended") == before + 1)


@on_few
def test_background_tasks_of_starlette_run_after_the_response(client: httpx.Client) -> None:
    before = counted(client, "async")
    assert client.get("/background").json() == {"before": before}
    until(lambda: counted(client, "async") == before + 1)
    assert counted(client, "sync") == before + 1


@on_few
def test_an_upload_that_breaks_off_is_told_to_the_app(
    server: Process, client: httpx.Client, log_is_clean: Callable[[], str]
) -> None:
    before = counted(client, "uploads broken off"), counted(client, "uploaded")
    with Wire(server.port) as wire:
        wire.send(get("/upload", "Content-Length: 100000").replace(b"GET", b"POST"))
        wire.send(bytes(1000))
        until(lambda: counted(client, "uploaded") == before[1] + 1000)
    until(lambda: counted(client, "uploads broken off") == before[0] + 1)
    # The endpoint has let it through, and the log shows what an app raises.
    until(lambda: "ClientDisconnect" in log_is_clean())
    assert client.post("/upload", content=BIG).json() == {"size": len(BIG)}


@on_few
def test_lifespan_state_is_shared_by_requests_that_keep_their_own(client: httpx.Client) -> None:
    first, second = (client.get("/state").json() for _ in range(2))
    assert first["greeting"] == second["greeting"] == "hello"
    assert second["visits"] == first["visits"] + 1
    assert not first["seen"] and not second["seen"]


@on_few
def test_middleware_and_endpoint_both_read_the_body(client: httpx.Client) -> None:
    response = client.post("/wrapped/echo", content=BIG[:1_000_000])
    assert response.content == BIG[:1_000_000]
    assert response.headers["x-body-size"] == "1000000"
    assert response.headers["content-encoding"] == "gzip"


@on_few
@pytest.mark.parametrize("prefix", ["", "/wrapped"])
def test_a_failing_endpoint_of_starlette_is_a_500(
    client: httpx.Client, log_is_clean: Callable[[], str], prefix: str
) -> None:
    assert client.get(f"{prefix}/failure").status_code == 500
    until(lambda: "ValueError: the endpoint fails" in log_is_clean())


@on_one
def test_mounted_routes_know_where_they_are(client: httpx.Client) -> None:
    found = client.get("/outer/inner/where/a/%C3%A4").json()
    assert found["path"] == "/outer/inner/where/a/ä"
    assert found["raw_path"] == "/outer/inner/where/a/%C3%A4"
    assert found["root_path"] == "/outer/inner"
    assert found["rest"] == "a/ä"
    assert found["url_for"].endswith("/outer/inner/where/there")


@pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)
def test_root_path_comes_before_the_paths_of_all_routes(variant: Variant, folder: Path) -> None:
    environment = {"TEST_FILES": str(folder)}
    with in_process(APP, variant, "--root-path", "/root", environment=environment) as process:
        found = httpx.get(f"{process.url}/outer/inner/where/here", trust_env=False).json()
        assert found["path"] == found["url"] == "/root/outer/inner/where/here"
        assert found["root_path"] == "/root/outer/inner"
        assert found["url_for"] == f"{process.url}/root/outer/inner/where/there"
        until(lambda: '"GET /root/outer/inner/where/here HTTP/1.1" 200' in process.log)
        static = httpx.get(f"{process.url}/static/", trust_env=False)
        assert static.text == "<h1>index</h1>"
        process.signal(signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM
        assert "lifespan is over" in process.log
        assert "ERROR" not in process.log
