"""Flask and Django by `--interface wsgi`, in a process of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.apps.serving import FEW, Process, Variant, Wire, get, in_process, until

BIG = bytes(range(256)) * 16 * 1024  # 4 MiB


def by_wsgi(app: str, variant: Variant, environment: dict[str, str]) -> Any:
    return in_process(app, variant, "--interface", "wsgi", environment=environment)


@pytest.fixture(scope="module", params=FEW, ids=str)
def flask(request: pytest.FixtureRequest, hiding_a2wsgi: dict[str, str]) -> Iterator[Process]:
    with by_wsgi("tests.middleware.app_wsgi_flask:app", request.param, hiding_a2wsgi) as process:
        yield process


@pytest.fixture(scope="module", params=FEW, ids=str)
def django(request: pytest.FixtureRequest, hiding_a2wsgi: dict[str, str]) -> Iterator[Process]:
    with by_wsgi("tests.middleware.app_wsgi_django:app", request.param, hiding_a2wsgi) as process:
        yield process


def client_of(process: Process) -> httpx.Client:
    # Django compresses each part of a stream by itself, and httpx reads the first one alone.
    headers = {"accept-encoding": "identity"}
    return httpx.Client(base_url=process.url, timeout=10, trust_env=False, headers=headers)


@pytest.fixture
def on_flask(flask: Process) -> Iterator[httpx.Client]:
    with client_of(flask) as client:
        yield client


@pytest.fixture
def on_django(django: Process) -> Iterator[httpx.Client]:
    with client_of(django) as client:
        yield client


def counted(client: httpx.Client, name: str) -> int:
    number: int = client.get("/counts").json().get(name, 0)
    return number


def described(port: int, path: str) -> dict[str, Any]:
    return {
        "method": "GET",
        "path": path,
        "query": {"first": "1", "second": "ä"},
        "host": f"127.0.0.1:{port}",
        "agent": "test",
        "client": "127.0.0.1",
    }


QUERY = "first=1&second=%C3%A4"


# Flask


def test_flask_views_see_their_request(flask: Process, on_flask: httpx.Client) -> None:
    response = on_flask.get(f"/about?{QUERY}", headers={"user-agent": "test"})
    assert response.json() == described(flask.port, "/about")
    assert "Application startup complete." in flask.log


def test_a_form_is_read_by_flask(on_flask: httpx.Client) -> None:
    form = {"name": "ä b&c", "choice": ["one", "two"]}
    assert on_flask.post("/form", data=form).json() == {"name": ["ä b&c"], "choice": ["one", "two"]}


def test_an_upload_to_flask_arrives_whole(on_flask: httpx.Client) -> None:
    assert on_flask.post("/upload", files={"file": ("big.bin", BIG)}).json() == {
        "name": "big.bin",
        "size": len(BIG),
        "sha256": hashlib.sha256(BIG).hexdigest(),
    }


def test_a_chunked_body_is_read_by_flask(on_flask: httpx.Client) -> None:
    parts = (BIG[at : at + 99_999] for at in range(0, len(BIG), 99_999))
    response = on_flask.post("/raw", content=parts)
    assert response.request.headers["transfer-encoding"] == "chunked"
    assert response.json() == {"sha256": hashlib.sha256(BIG).hexdigest()}


@pytest.mark.parametrize("parts", [0, 1, 100])
def test_flask_streams_come_whole(on_flask: httpx.Client, parts: int) -> None:
    response = on_flask.get(f"/stream/{parts}")
    assert response.text == "".join(f"part {number}\n" for number in range(parts))


def test_a_stream_of_flask_ends_when_its_client_goes(
    flask: Process, on_flask: httpx.Client
) -> None:
    ended = counted(on_flask, "streams ended")
    # More of them than there are threads, so each thread must be free again.
    for number in range(1, 12):
        with Wire(flask.port) as wire:
            wire.send(get("/events"))
            wire.read_until(b"data: news\n\n")
        # Asked at once.
        until(lambda: counted(on_flask, "streams ended") == ended + number)  # noqa: B023


def test_an_upload_to_flask_ends_when_its_client_goes(
    flask: Process, on_flask: httpx.Client
) -> None:
    broken = counted(on_flask, "uploads broken")
    read = counted(on_flask, "read")
    wire = Wire(flask.port)
    wire.send(b"POST /raw HTTP/1.1\r\nHost: test\r\nContent-Length: 90000\r\n\r\n" + b"x" * 50_000)
    until(lambda: counted(on_flask, "read") == read + 50_000)
    wire.vanish()
    until(lambda: counted(on_flask, "uploads broken") == broken + 1)


def test_a_failing_view_is_a_500_of_flask_itself(flask: Process, on_flask: httpx.Client) -> None:
    response = on_flask.get("/failure")
    assert response.status_code == 500
    assert "<h1>Internal Server Error</h1>" in response.text
    assert "Exception in ASGI application" not in flask.log


def test_each_cookie_of_flask_has_a_line_of_its_own(on_flask: httpx.Client) -> None:
    response = on_flask.get("/cookies")
    assert response.status_code == 204
    lines = response.headers.get_list("set-cookie")
    assert [line.partition("=")[0] for line in lines] == ["first", "second"]


def test_what_flask_does_after_a_response_is_done(on_flask: httpx.Client) -> None:
    before = counted(on_flask, "after")
    assert on_flask.get("/after").text == "answer"
    until(lambda: counted(on_flask, "after") == before + 1)


def test_head_of_a_flask_view_has_no_body(on_flask: httpx.Client) -> None:
    response = on_flask.head("/after")
    assert (response.headers["content-length"], response.content) == ("6", b"")
    assert on_flask.get("/after").text == "answer"


# Django


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_django_views_see_their_request_by_wsgi(
    django: Process, on_django: httpx.Client, kind: str
) -> None:
    response = on_django.get(f"/{kind}/?{QUERY}", headers={"user-agent": "test"})
    assert response.json() == described(django.port, f"/{kind}/")


def test_an_upload_to_django_arrives_whole_by_wsgi(on_django: httpx.Client) -> None:
    token = {"x-csrftoken": on_django.get("/token").text}
    response = on_django.post("/upload", files={"file": ("big.bin", BIG)}, headers=token)
    assert response.json() == {
        "name": "big.bin",
        "size": len(BIG),
        "sha256": hashlib.sha256(BIG).hexdigest(),
    }


@pytest.mark.parametrize("parts", [0, 1, 100])
def test_django_streams_come_whole_by_wsgi(on_django: httpx.Client, parts: int) -> None:
    response = on_django.get(f"/wsgi-stream/{parts}")
    assert response.text == "".join(f"part {number}\n" for number in range(parts))


def test_a_failing_view_is_a_500_of_django_itself_by_wsgi(on_django: httpx.Client) -> None:
    response = on_django.get("/failure/sync")
    assert response.status_code == 500
    assert "<h1>Server Error (500)</h1>" in response.text


def test_a_page_of_django_is_the_same_by_get_and_head(on_django: httpx.Client) -> None:
    response = on_django.head("/page")
    assert (response.headers["content-length"], response.content) == ("11000", b"")
    assert on_django.get("/page").text == "<p>long</p>" * 1000
