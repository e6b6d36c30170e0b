"""Apps that are called twice."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.apps.serving import in_thread, url_of
from tests.middleware.asgi_peer import Peer, call, http_scope
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
