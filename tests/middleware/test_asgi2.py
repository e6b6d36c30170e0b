"""Apps that are called twice."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.apps.serving import in_thread, url_of
from tests.middleware.asgi_peer import Peer, call, http_scope
from tests.server.conftest import Log
from uvicorn.middleware.asgi2 import ASGI2Middleware


class App:
    def __init__(self, scope: dict[str, Any]) -> None:
        assert scope["type"] == "http"
        self.path = scope["path"]

    async def __call__(self, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.path.encode() + body})


def test_the_app_gets_its_scope_first_and_then_the_rest() -> None:
    peer = Peer([{"type": "http.request", "body": b" and a body"}])
    call(ASGI2Middleware(App), peer, http_scope(path="/here"))
    assert (peer.status, peer.parts) == (200, [b"/here and a body"])


def test_each_call_is_an_instance_of_its_own() -> None:
    app = ASGI2Middleware(App)
    paths = ["/first", "/second"]
    answers = [call(app, scope=http_scope(path=path)).parts for path in paths]
    assert answers == [[b"/first"], [b"/second"]]


def test_what_the_app_raises_is_raised_on() -> None:
    with pytest.raises(AssertionError):
        call(ASGI2Middleware(App), scope={"type": "lifespan"})


def test_an_asgi_2_app_is_served() -> None:
    with in_thread(ASGI2Middleware(App), lifespan="auto") as server:
        assert httpx.get(f"{url_of(server)}/path", trust_env=False).text == "/path"


# What WSGI apps look like; and what fails for another reason.
WSGI = {
    "function": lambda environ, start_response: [],
    "method": type("Flask", (), {"__call__": lambda self, environ, start_response: []})(),
    "more": lambda environ, start_response, *, more=1: [],
}


def raises_type_error(scope: Any) -> Any:
    raise TypeError("inside")


NOT_WSGI: list[Any] = [raises_type_error, lambda: None, lambda a, b, c: None]


@pytest.mark.parametrize("app", WSGI.values(), ids=list(WSGI))
def test_a_wsgi_app_that_is_called_so_is_told_once_how_to_serve_it(app: Any, log: Log) -> None:
    middleware = ASGI2Middleware(app)
    for _ in range(2):
        with pytest.raises(TypeError):
            call(middleware)
    (line,) = log.lines
    assert line.startswith("ERROR The application takes two arguments, as WSGI applications do")
    assert line.endswith("--interface wsgi.")


@pytest.mark.parametrize("app", NOT_WSGI)
def test_other_apps_that_fail_are_told_nothing(app: Any, log: Log) -> None:
    with pytest.raises(TypeError):
        call(ASGI2Middleware(app))
    assert log.lines == []


def test_a_wsgi_app_that_is_served_without_its_interface_gets_the_hint(log: Log) -> None:
    with in_thread(WSGI["function"], lifespan="auto") as server:
        for _ in range(2):
            assert httpx.get(url_of(server), trust_env=False).status_code == 500
    assert len([line for line in log.lines if "--interface wsgi" in line]) == 1
