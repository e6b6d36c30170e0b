"""ASGI 2 apps, which are called twice: with the scope, then with receive() and send()."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable

from .._types import ASGI2Application, ASGIReceiveCallable, ASGISendCallable, Scope

LOOKS_LIKE_WSGI = (
    "The application takes two arguments, as WSGI applications do: if it is one, serve it with"
    " --interface wsgi."
)

logger = logging.getLogger("uvicorn.error")


class ASGI2Middleware:
    def __init__(self, app: ASGI2Application) -> None:
        self.app = app
        self._has_suggested = False

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        try:
            instance = self.app(scope)
        except TypeError:
            self._suggest_wsgi()
            raise
        await instance(receive, send)

    def _suggest_wsgi(self) -> None:
        """Only when a call fails does it show that an app may be WSGI and not ASGI 2."""
        if not self._has_suggested and takes_two(self.app):
            self._has_suggested = True
            logger.error(LOOKS_LIKE_WSGI)


def takes_two(app: Callable[..., object]) -> bool:
    """Whether it can be called with environ and start_response, but not with a scope alone."""
    try:
        signature = inspect.signature(app)
        signature.bind(None, None)
    except (TypeError, ValueError):
        return False
    required = [p for p in signature.parameters.values() if p.default is p.empty]
    return len([p for p in required if p.kind is not p.VAR_POSITIONAL]) == 2
