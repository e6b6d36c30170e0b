"""ASGI 2 apps, which are called twice: with the scope, then with receive() and send()."""

from __future__ import annotations

from .._types import ASGI2Application, ASGIReceiveCallable, ASGISendCallable, Scope


class ASGI2Middleware:
    def __init__(self, app: ASGI2Application) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        instance = self.app(scope)
        await instance(receive, send)
