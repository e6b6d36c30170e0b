"""What the tests of protocol classes share: an app that tells what it sees, and who asks it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import uvicorn
from tests.apps.serving import (
    HOST,
    port_of,
)
from uvicorn.protocols.http import auto, h11_impl, httptools_impl
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MODULE = "tests.compat.protocols"
IMPLS = [h11_impl, httptools_impl]
BASES = [H11Protocol, HttpToolsProtocol]
LOOPS = ["asyncio", "uvloop"]

both = pytest.mark.parametrize("base", BASES)
either = pytest.mark.parametrize("impl", IMPLS, ids=["h11", "httptools"])


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what it sees: its scope's plain values, and the body."""
    assert scope["type"] == "http", "lifespan is not for this app"
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    seen = {key: value for key, value in scope.items() if isinstance(value, (str, int, dict))}
    answer = json.dumps({**seen, "body": body.decode()}).encode()
    headers = [(b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def ask(server: uvicorn.Server, method: str = "GET", body: bytes | None = None) -> Any:
    connection = http.client.HTTPConnection(HOST, port_of(server), timeout=10)
    try:
        connection.request(method, "/path?query", body)
        response = connection.getresponse()
        assert response.status == 200
        return json.loads(response.read())
    finally:
        connection.close()


@contextmanager
def patched(owner: Any, name: str, value: Any) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


class Named(auto.AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    @property
    def scope(self) -> Any:
        return self._scope

    @scope.setter
    def scope(self, value: Any) -> None:
        if value is not None:
            value["named"] = "yes"
        self._scope = value


def impl_protocol(impl: Any) -> type[Any]:
    return H11Protocol if impl is h11_impl else HttpToolsProtocol
