"""Small applications, and a config for them that leaves logging alone."""

from __future__ import annotations

from typing import Any

import uvicorn


def quiet(app: Any, **options: Any) -> uvicorn.Config:
    return uvicorn.Config(app, **{"port": 0, "log_config": None, "access_log": False, **options})


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Knows HTTP alone, as an app without a lifespan."""
    assert scope["type"] == "http"
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


class WithLifespan:
    """Records what it hears, and answers it; requests go to `answer`."""

    def __init__(self, answer: Any = hello) -> None:
        self.heard: list[str] = []
        self.answer = answer

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self.answer(scope, receive, send)
            return
        for _ in range(2):
            message = await receive()
            self.heard.append(message["type"])
            await send({"type": f"{message['type']}.complete"})


def make_hello() -> Any:
    """A factory."""
    return hello


class Namespace:
    inner = hello


not_an_app = 5
