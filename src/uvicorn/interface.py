"""The application: how it is found in a module, which interface it has, and its form as ASGI 3."""

from __future__ import annotations

import inspect
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ._types import ASGI3Application

if sys.version_info >= (3, 12):
    from inspect import iscoroutinefunction
else:
    # This one also knows functions that asgiref has marked.
    from asyncio import iscoroutinefunction


def detect(app: object) -> Literal["asgi3", "asgi2"]:
    """The interface of an app: for a class, whether its instances can be awaited; for everything
    else, whether a call makes a coroutine. Only the user can say that it is WSGI.
    """
    if inspect.isclass(app):
        is_asgi3 = hasattr(app, "__await__")
    else:
        is_asgi3 = is_coroutine_function(app)
    return "asgi3" if is_asgi3 else "asgi2"


def is_coroutine_function(app: object) -> bool:
    """Whether `app`, or its __call__(), is one."""
    call = getattr(app, "__call__", None)  # noqa: B004  (not a test for callable)
    return iscoroutinefunction(app) or iscoroutinefunction(call)


# The name of the application in most modules.
USUAL_NAMES = ("app", "application")


def names_in(module: ModuleType) -> list[str]:
    """The applications of a module: the first of the usual names, or else each ASGI 3 app."""
    for name in USUAL_NAMES:
        if callable(getattr(module, name, None)):
            return [name]
    found: dict[int, str] = {}
    for name, value in vars(module).items():
        if not name.startswith("_") and _looks_like_asgi3(value, module):
            found.setdefault(id(value), name)
    return list(found.values())


def _looks_like_asgi3(value: object, module: ModuleType) -> bool:
    if inspect.isclass(value) or not is_coroutine_function(value):
        return False
    if inspect.isfunction(value):
        # Middleware has such functions too, and modules import some.
        is_own = value.__module__ == module.__name__
        return is_own and list(inspect.signature(value).parameters)[:1] == ["scope"]
    return takes(value, 3)


def takes(function: Any, arguments: int) -> bool:
    """Whether it can be called with so many arguments, as far as its signature says."""
    try:
        inspect.signature(function).bind(*[None] * arguments)
    except (TypeError, ValueError):
        return False
    return True


def as_asgi3(app: Any, interface: str) -> ASGI3Application:
    """`app` as the server calls it. Only what its interface needs is imported, here."""
    if interface == "wsgi":
        from .middleware.wsgi import installed

        return installed(app)
    if interface == "asgi2":
        from .middleware.asgi2 import ASGI2Middleware

        return ASGI2Middleware(app)
    served: ASGI3Application = app
    return served
