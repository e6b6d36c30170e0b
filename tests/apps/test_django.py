"""A Django site over real sockets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import httpx
import pytest

from tests.apps.serving import FEW, VARIANTS, Process, Wire, get, until

APP = "tests.apps.app_django:app"
# Django's handler does not know lifespan.
ARGUMENTS = ("--lifespan", "off")

BIG = bytes(range(256)) * 16 * 1024  # 4 MiB, more than Django keeps in memory

on_one = pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
on_few = pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)


def counted(client: httpx.Client, name: str) -> int:
    number: int = client.get("/counts").json().get(name, 0)
    return number


def token_of(client: httpx.Client) -> dict[str, str]:
    return {"x-csrftoken": client.get("/token").text}


@on_few
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_django_views_see_their_request(server: Process, client: httpx.Client, kind: str) -> None:
    response = client.get(f"/{kind}/?first=1&second=%C3%A4", headers={"user-agent": "test"})
    assert response.json() == {
        "method": "GET",
        "path": f"/{kind}/",
        "query": {"first": "1", "second": "ä"},
        "host": f"127.0.0.1:{server.port}",
        "agent": "test",
        "client": "127.0.0.1",
    }


@on_few
@pytest.mark.parametrize("parts", [0, 1, 100])
def test_django_streams_come_whole(client: httpx.Client, parts: int) -> None:
    # Django 5 compresses each part by itself, and httpx reads the first one alone.
    response = client.get(f"/stream/{parts}", headers={"accept-encoding": "identity"})
    assert response.text == "".join(f"part {number}\n" for number in range(parts))
    assert response.headers["transfer-encoding"] == "chunked"


@on_few
def test_a_form_is_read_by_django(client: httpx.Client) -> None:
    form = {"name": "ä b&c", "choice": ["one", "two"]}
    response = client.post("/form", data=form, headers=token_of(client))
    assert response.json() == {"name": ["ä b&c"], "choice": ["one", "two"]}


@on_one
def test_a_form_without_its_token_is_refused_by_django(client: httpx.Client) -> None:
    assert client.post("/form", data={"name": "x"}).status_code == 403


@on_few
def test_an_upload_to_django_arrives_whole(client: httpx.Client) -> None:
    response = client.post("/upload", files={"file": ("big.bin", BIG)}, headers=token_of(client))
    assert response.json() == {
        "name": "big.bin",
        "size": len(BIG),
        "sha256": hashlib.sha256(BIG).hexdigest(),
    }


@on_few
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_failing_view_is_a_500_of_django_itself(
    client: httpx.Client, log_is_clean: Callable[[], str], kind: str
) -> None:
    response = client.get(f"/failure/{kind}")
    assert response.status_code == 500
    assert "<h1>Server Error (500)</h1>" in response.text
    # Django has caught it, so the server has nothing to say.
    assert "Exception in ASGI application" not in log_is_clean()
    assert client.get("/sync/").status_code == 200


@on_one
def test_what_django_does_not_find_is_a_404(client: httpx.Client) -> None:
    assert client.get("/nothing").status_code == 404
    assert client.get("/nowhere").status_code == 404


@on_one
def test_a_missing_slash_is_redirected_by_django(client: httpx.Client) -> None:
    response = client.get("/sync")
    assert (response.status_code, response.headers["location"]) == (301, "/sync/")


@on_one
def test_each_cookie_of_django_has_a_line_of_its_own(client: httpx.Client) -> None:
    response = client.get("/cookies")
    assert response.status_code == 204
    lines = response.headers.get_list("set-cookie")
    assert [line.partition("=")[0] for line in lines] == ["first", "second"]


@on_one
def test_head_of_a_django_view_has_no_body(client: httpx.Client) -> None:
    response = client.head("/page", headers={"accept-encoding": "identity"})
    assert response.headers["content-length"] == "11000"
    assert response.content == b""
    assert client.get("/page").headers["content-encoding"] == "gzip"
    assert client.get("/page").text == "<p>long</p>" * 1000


@on_one
def test_a_django_view_is_cancelled_when_its_client_goes(
    server: Process, client: httpx.Client
) -> None:
    wire = Wire(server.port)
    wire.send(get("/slow"))
    until(lambda: counted(client, "waiting") == 1)
    wire.vanish()
    until(lambda: counted(client, "cancelled") == 1)


@on_few
def test_a_stream_of_django_ends_when_its_client_goes(
    server: Process, client: httpx.Client
) -> None:
    with Wire(server.port) as wire:
        wire.send(get("/events"))
        wire.read_until(b"data: news\n\n")
        assert counted(client, "streams ended") == 0
    until(lambda: counted(client, "streams ended") == 1)
