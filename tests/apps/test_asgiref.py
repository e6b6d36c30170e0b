"""Adapters between WSGI and ASGI over real sockets: asgiref's and a2wsgi's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import httpx
import pytest

from tests.apps.serving import FEW, VARIANTS, Process, Variant, in_process, until

APP = "tests.apps.app_asgiref:app"
BIG = bytes(range(256)) * 4 * 1024  # 1 MiB

on_few = pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)


@on_few
def test_a_wsgi_app_in_asgiref_answers(server: Process, client: httpx.Client) -> None:
    response = client.get("/a?b=c", headers={"x-name": "test"})
    assert response.text == f"GET /a b=c {server.port} test"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert client.get("/empty").status_code == 204


@on_few
def test_bodies_cross_the_threads_of_asgiref_whole(client: httpx.Client) -> None:
    parts = (BIG[start : start + 10_000] for start in range(0, len(BIG), 10_000))
    assert client.post("/digest", content=parts).text == hashlib.sha256(BIG).hexdigest()
    assert client.get("/stream").text == "".join(f"part {number}\n" for number in range(100))


@on_few
def test_an_app_speaks_and_listens_in_a_thread_of_asgiref(client: httpx.Client) -> None:
    text = client.post("/in-threads", content=b"a body").text
    assert text.startswith("a body") and "MainThread" not in text


@on_few
def test_a_failing_app_in_asgiref_is_a_500(
    client: httpx.Client, log_is_clean: Callable[[], str]
) -> None:
    assert client.get("/failure").status_code == 500
    until(lambda: "ValueError: the app fails" in log_is_clean())
    assert client.get("/empty").status_code == 204


@pytest.mark.parametrize("chosen", VARIANTS[:1], ids=str)
@pytest.mark.parametrize(
    ("name", "interface"), [("as_wsgi", "wsgi"), ("there_and_back", "auto")], ids=str
)
def test_an_asgi_app_goes_through_wsgi(chosen: Variant, name: str, interface: str) -> None:
    app = APP.replace(":app", f":{name}")
    arguments = ("--factory", "--interface", interface, "--lifespan", "off")
    with in_process(app, chosen, *arguments) as server:
        for size in (0, 1, len(BIG)):
            response = httpx.post(server.url, content=BIG[:size], timeout=20, trust_env=False)
            assert response.content == BIG[:size]
        assert "ERROR" not in server.log
