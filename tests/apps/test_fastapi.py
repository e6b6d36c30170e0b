"""A FastAPI app over real sockets, on every build, parser and loop."""

from __future__ import annotations

import hashlib
import signal
import sys
from collections.abc import Callable

import httpx
import pytest

from tests.apps.serving import VARIANTS, Process, Wire, get, in_process, until

APP = "tests.apps.app_fastapi:app"

BIG = bytes(range(256)) * 16 * 1024  # 4 MiB
GROUPS = ["anyio", "gather"] + (["asyncio"] if sys.version_info >= (3, 11) else [])
TIMEOUTS = ["wait_for", "fail_after", "move_on_after", "at-once"] + (
    ["asyncio"] if sys.version_info >= (3, 11) else []
)
Log = Callable[[], str]


@pytest.fixture(autouse=True)
def fresh_counts(client: httpx.Client) -> None:
    client.post("/reset")


def counted(client: httpx.Client, name: str) -> int:
    number: int = client.get("/counts").json()["counts"].get(name, 0)
    return number


def done(client: httpx.Client) -> list[str]:
    texts: list[str] = client.get("/counts").json()["done"]
    return texts


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_endpoints_answer(client: httpx.Client, kind: str) -> None:
    response = client.get(f"/{kind}")
    assert response.status_code == 200
    assert response.json() == {"hello": kind}
    assert response.headers["server"] == "uvicorn"


def test_path_query_and_body_are_validated(client: httpx.Client) -> None:
    item = {"name": "cup", "price": 2.5, "tags": ["blue"]}
    response = client.post("/items/7?urgent=yes", json=item)
    assert response.json() == {"number": 7, "urgent": True, **item}
    assert client.post("/items/seven", json=item).status_code == 422
    assert client.post("/items/7", content=b"{not json").status_code == 422


def test_background_tasks_run_after_the_response(client: httpx.Client) -> None:
    assert client.post("/background").json() == {"accepted": True}
    until(lambda: done(client) == ["sync", "async"])


def test_a_failing_background_task_is_logged_and_the_response_stands(
    client: httpx.Client, log_is_clean: Log
) -> None:
    assert client.post("/background-failure").json() == {"accepted": True}
    until(lambda: "the background task fails" in log_is_clean())
    assert client.get("/async").status_code == 200


@pytest.mark.parametrize("kind", ["stream", "stream-sync", "wrapped/stream"])
@pytest.mark.parametrize("parts", [0, 1, 100])
def test_streamed_responses_come_whole(client: httpx.Client, kind: str, parts: int) -> None:
    response = client.get(f"/{kind}/{parts}")
    assert response.text == "".join(f"part {number}\n" for number in range(parts))
    assert response.headers["transfer-encoding"] == "chunked"


def test_the_beginning_of_a_stream_does_not_wait_for_the_rest(
    server: Process, client: httpx.Client
) -> None:
    with Wire(server.port) as wire:
        wire.send(get("/silence"))
        wire.read_until(b": hello\n\n")
    until(lambda: counted(client, "streams ended") == 1)


def test_a_slow_reader_holds_the_app_back(server: Process, client: httpx.Client) -> None:
    with Wire(server.port) as wire:
        wire.send(get("/stream-big/100000"))
        wire.read_until(b"\r\n\r\n")
        seen = -1

        def stands_still() -> bool:
            nonlocal seen
            before, seen = seen, counted(client, "kilobytes")
            return before == seen > 0

        until(stands_still)
        assert seen < 100_000
    until(lambda: client.get("/counts").json()["tasks"] <= 6)


def test_events_flow_until_the_client_goes(server: Process, client: httpx.Client) -> None:
    with Wire(server.port) as wire:
        wire.send(get("/events"))
        wire.read_until(b"data: 3\n\n")
        assert counted(client, "streams ended") == 0
    until(lambda: counted(client, "streams ended") == 1)


@pytest.mark.parametrize("path", ["/events", "/silence", "/wrapped/events", "/wrapped/silence"])
@pytest.mark.parametrize("farewell", ["close", "vanish"])
def test_a_stream_ends_when_its_client_goes(
    server: Process, client: httpx.Client, path: str, farewell: str
) -> None:
    wire = Wire(server.port)
    wire.send(get(path))
    wire.read_until(b"\n\n")
    if farewell == "close":
        wire.socket.close()
    else:
        wire.vanish()
    until(lambda: counted(client, "streams ended") == 1)


def test_many_streams_end_with_their_clients(server: Process, client: httpx.Client) -> None:
    wires = [Wire(server.port) for _ in range(50)]
    for wire in wires:
        wire.send(get("/events"))
    for wire in wires:
        wire.read_until(b"data: 1\n\n")
    for wire in wires:
        wire.vanish()
    until(lambda: counted(client, "streams ended") == 50)


def test_is_disconnected_tells_that_the_client_has_gone(
    server: Process, client: httpx.Client
) -> None:
    wire = Wire(server.port)
    wire.send(get("/wait-for-disconnect"))
    until(lambda: counted(client, "waiting") == 1)
    assert counted(client, "disconnects") == 0
    wire.socket.close()
    until(lambda: counted(client, "disconnects") == 1)


@pytest.mark.parametrize("path", ["/still-there", "/wrapped/still-there"])
def test_is_disconnected_is_false_while_the_client_waits(client: httpx.Client, path: str) -> None:
    assert client.get(path).json() == {"disconnected": False}


@pytest.mark.parametrize("group", GROUPS)
def test_task_groups_work(client: httpx.Client, group: str) -> None:
    assert client.get(f"/group/{group}").json() == [0, 1, 4, 9, 16]


def test_a_failure_in_a_task_group_cancels_the_others(client: httpx.Client) -> None:
    assert client.get("/group/failing").json() == {"cancelled": True}


@pytest.mark.parametrize("kind", TIMEOUTS)
def test_timeouts_work(client: httpx.Client, kind: str) -> None:
    assert client.get(f"/timeout/{kind}").json() == {"timed_out": True}
    assert client.get("/async").status_code == 200


def test_dependencies_are_torn_down_in_order(client: httpx.Client) -> None:
    assert client.get("/dependency").json() == {"session": "session over connection"}
    until(lambda: done(client) == ["open", "begin", "endpoint", "end", "closed"])


def test_a_dependency_sees_the_failure_of_its_endpoint(client: httpx.Client) -> None:
    assert client.get("/dependency-failure").status_code == 404
    until(lambda: done(client) == ["open", "rolled back", "closed"])


@pytest.mark.parametrize("prefix", ["", "/wrapped"])
def test_http_exceptions_are_answered(client: httpx.Client, prefix: str) -> None:
    response = client.get(f"{prefix}/forbidden")
    assert response.status_code == 403
    assert response.headers["x-reason"] == "because"
    assert client.get(f"{prefix}/nowhere").status_code == 404
    assert client.put(f"{prefix}/async").status_code == 405


def test_exception_handlers_answer(client: httpx.Client) -> None:
    assert client.get("/teapot").status_code == 418


@pytest.mark.parametrize("prefix", ["", "/wrapped"])
def test_a_failing_endpoint_gives_500_and_a_traceback_in_the_log(
    client: httpx.Client, log_is_clean: Log, prefix: str
) -> None:
    response = client.get(f"{prefix}/failure")
    assert (response.status_code, response.text) == (500, "Internal Server Error")
    until(lambda: "ValueError: the endpoint fails" in log_is_clean())
    assert "Exception in ASGI application" in log_is_clean()
    assert client.get("/async").status_code == 200


def test_a_stream_that_fails_is_seen_to_be_cut_off(client: httpx.Client, log_is_clean: Log) -> None:
    with (
        pytest.raises(httpx.RemoteProtocolError),
        client.stream("GET", "/failure-in-stream") as response,
    ):
        response.read()
    until(lambda: "ValueError: the stream fails" in log_is_clean())


@pytest.mark.parametrize("prefix", ["", "/wrapped"])
def test_an_upload_arrives_whole(client: httpx.Client, prefix: str) -> None:
    response = client.post(
        f"{prefix}/upload", files={"file": ("big.bin", BIG)}, data={"note": "a note"}
    )
    assert response.json() == {
        "name": "big.bin",
        "note": "a note",
        "size": len(BIG),
        "sha256": hashlib.sha256(BIG).hexdigest(),
    }


@pytest.mark.parametrize("prefix", ["", "/wrapped"])
def test_a_chunked_request_body_arrives_whole(client: httpx.Client, prefix: str) -> None:
    parts = [BIG[start : start + 50_000] for start in range(0, len(BIG), 50_000)]
    response = client.post(f"{prefix}/digest", content=iter(parts))
    assert response.json()["sha256"] == hashlib.sha256(BIG).hexdigest()


def test_a_body_that_nobody_reads_is_thrown_away(client: httpx.Client) -> None:
    for _ in range(3):
        assert client.post("/ignore-body", content=BIG).json() == {"ignored": True}


def test_a_body_comes_back_as_it_was(client: httpx.Client) -> None:
    for size in (0, 1, 1023, 65536, 65537, 1_000_000):
        assert client.post("/echo", content=BIG[:size]).content == BIG[:size]


def test_lifespan_state_is_shared_and_request_state_is_not(client: httpx.Client) -> None:
    first, second = (client.get("/state").json() for _ in range(2))
    assert first["greeting"] == second["greeting"] == "hello"
    assert second["shared"]["visits"] == first["shared"]["visits"] + 1
    assert not first["leaked"] and not second["leaked"]


@pytest.mark.parametrize("path", ["/context", "/context-sync", "/wrapped/context"])
def test_context_of_lifespan_is_seen_and_that_of_requests_does_not_leak(
    client: httpx.Client, path: str
) -> None:
    for _ in range(3):
        assert client.get(path).json() == {"base": "from lifespan", "leaked": "clean"}


def test_middleware_wraps_every_response(client: httpx.Client) -> None:
    assert client.get("/wrapped/async").headers["x-middleware"] == "was here"
    assert client.get("/wrapped/sync").headers["x-middleware"] == "was here"


@pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
def test_lifespan_ends_with_the_server(variant: object) -> None:
    with in_process(APP) as process:
        process.signal(signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM
        assert "lifespan is over" in process.log
        assert "ERROR" not in process.log
