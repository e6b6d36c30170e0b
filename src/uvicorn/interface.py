"""The interface that an app is called by, and the ASGI 3 app that it is served as."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ._types import ASGI3Application

if sys.version_info >= (3, 12):
    from inspect import iscoroutinefunction
else:
    # It knows what asgiref has marked as one.
    from asyncio import iscoroutinefunction


def detect(app: Any) -> Literal["asgi3", "asgi2"]:
    """What an app is, by looking at it: a class is asked whether its instances can be awaited,
    all else whether calling it makes a coroutine. WSGI is for the user to say.
    """
    if inspect.isclass(app):
        is_asgi3 = hasattr(app, "__await__")
    else:
        is_asgi3 = is_coroutine_function(app)
    return "asgi3" if is_asgi3 else "asgi2"


def is_coroutine_function(app: Any) -> bool:
    """Whether `app`, or what calling it calls, is one."""
    call = getattr(app, "__call__", None)  # noqa: B004  (not a test for callable)
    return iscoroutinefunction(app) or iscoroutinefunction(call)


def as_asgi3(app: Any, interface: str) -> ASGI3Application:
    """`app` as the server calls it. What its interface needs is imported here, and no more."""
    if interface == "wsgi":
        from .middleware.wsgi import installed

        return installed(app)
    if interface == "asgi2":
        from .middleware.asgi2 import ASGI2Middleware

        return ASGI2Middleware(app)
    served: ASGI3Application = app
    return served
