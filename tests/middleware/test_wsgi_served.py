"""WSGI apps behind a real server, with wsgiref's validator between the two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from wsgiref.validate import validator

import httpx
import pytest

from tests.apps.serving import Wire, get, in_thread, port_of, until, url_of
from tests.server.conftest import Log
from uvicorn.middleware.wsgi import WSGIMiddleware

PLAIN = ("Content-Type", "text/plain")
BIG = bytes(range(256)) * 4096  # 1 MiB
# Its types are narrower than what WSGI asks for.
checked: Any = validator


def hello(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [PLAIN])
    return [b"hello"]


def echo(environ: Any, start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"]
    start_response("200 OK", [PLAIN])
    return [environ["REQUEST_METHOD"].encode(), b" ", *iter(lambda: body.read(1000), b"")]


def stream(environ: Any, start_response: Any) -> Iterator[bytes]:
    body = environ["wsgi.input"]
    start_response("200 OK", [PLAIN])
    yield b"begin "
    while data := body.read(10_000):
        yield data


def lines(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [PLAIN])
    body = environ["wsgi.input"]
    yield body.readline()
    yield from reversed(body.readlines())


def writes(environ: Any, start_response: Any) -> list[bytes]:
    write = start_response("200 OK", [PLAIN])
    write(b"hel")
    write(b"lo")
    return [b"!"]


def nothing(environ: Any, start_response: Any) -> list[bytes]:
    start_response("204 No Content", [])
    return [b""]


def fails_before(environ: Any, start_response: Any) -> list[bytes]:
    raise ValueError("the app fails")


def fails_after(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [PLAIN])
    yield b"begin"
    raise ValueError("the app fails")


@pytest.mark.parametrize(
    ("app", "method", "body", "status", "expected"),
    [
        (hello, "GET", None, 200, b"hello"),
        (hello, "HEAD", None, 200, b""),
        (hello, "POST", BIG, 200, b"hello"),
        (echo, "POST", b"body", 200, b"POST body"),
        (echo, "PUT", BIG, 200, b"PUT " + BIG),
        (echo, "GET", None, 200, b"GET "),
        (stream, "POST", BIG, 200, b"begin " + BIG),
        (stream, "HEAD", None, 200, b""),
        (lines, "POST", b"a\nb\nc", 200, b"a\ncb\n"),
        (writes, "GET", None, 200, b"hello!"),
        (nothing, "GET", None, 204, b""),
    ],
)
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_validated_apps_are_served(
    app: Any, method: str, body: bytes | None, status: int, expected: bytes, framing: str
) -> None:
    content: Any = body
    if body is not None and framing == "chunked":
        content = (body[at : at + 7777] for at in range(0, len(body), 7777))
    with (
        in_thread(WSGIMiddleware(checked(app)), lifespan="auto") as server,
        httpx.Client(base_url=url_of(server), trust_env=False) as client,
    ):
        # A second time, as the first must leave nothing behind.
        for _ in range(2 if content is body else 1):
            response = client.request(method, "/path?query", content=content)
            assert (response.status_code, response.content) == (status, expected)


def errors_in(log: Log) -> list[str]:
    return [line for line in log.lines if not line.startswith("INFO")]


def test_an_app_that_fails_first_is_answered_for(log: Log) -> None:
    with in_thread(WSGIMiddleware(checked(fails_before))) as server:
        response = httpx.get(url_of(server), trust_env=False)
    assert (response.status_code, response.text) == (500, "Internal Server Error")
    assert errors_in(log) == ["ERROR Exception in ASGI application\n"]


def test_a_response_that_fails_later_is_cut_off(log: Log) -> None:
    app = WSGIMiddleware(checked(fails_after))
    with in_thread(app) as server, Wire(port_of(server)) as wire:
        wire.send(get("/"))
        received = wire.read_to_end()
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\n5\r\nbegin\r\n")
    assert errors_in(log) == ["ERROR Exception in ASGI application\n"]


def test_requests_after_each_other_on_one_connection_are_answered_in_order() -> None:
    def path(environ: Any, start_response: Any) -> list[bytes]:
        body = environ["PATH_INFO"].encode("latin-1")
        start_response("200 OK", [PLAIN, ("Content-Length", str(len(body)))])
        return [body]

    with in_thread(WSGIMiddleware(checked(path))) as server, Wire(port_of(server)) as wire:
        wire.send(b"".join(get(f"/{number}") for number in range(30)))
        answers = [wire.read_response() for _ in range(30)]
    assert answers == [(200, f"/{number}".encode()) for number in range(30)]


@pytest.mark.parametrize(("path", "interim"), [("/read", b"HTTP/1.1 100 "), ("/refuse", b"")])
def test_who_waits_for_a_word_gets_it_when_the_app_reads(path: str, interim: bytes) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/refuse":
            start_response("413 Too Large", [PLAIN, ("Connection", "close")])
            return [b"no"]
        start_response("200 OK", [PLAIN, ("Connection", "close")])
        return [environ["wsgi.input"].read()]

    with in_thread(WSGIMiddleware(app)) as server, Wire(port_of(server)) as wire:
        wire.send(b"POST %b HTTP/1.1\r\nHost: a\r\n" % path.encode())
        wire.send(b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        if interim:
            assert wire.read_until(b"\r\n\r\n").startswith(interim)
            wire.send(b"body")
        received = wire.read_to_end()
    assert received.startswith(b"HTTP/1.1 200 " if interim else b"HTTP/1.1 413 ")
    assert received.endswith(b"\r\n\r\nbody" if interim else b"\r\n\r\nno")


def test_a_thread_is_free_again_when_its_client_does_not_read_and_goes() -> None:
    closed = []

    class Endless:
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield BIG

        def close(self) -> None:
            closed.append(True)

    def app(environ: Any, start_response: Any) -> Endless:
        start_response("200 OK", [PLAIN])
        return Endless()

    middleware = WSGIMiddleware(app, 1)
    with in_thread(middleware) as server:
        for number in (1, 2):
            wire = Wire(port_of(server))
            wire.send(get("/"))
            wire.read_until(b"\r\n\r\n")
            assert len(closed) == number - 1
            wire.vanish()
            until(lambda: len(closed) == number)  # noqa: B023  (asked at once)
        until(lambda: middleware.threads.busy == 0)
