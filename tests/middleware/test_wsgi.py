"""The response of a WSGI app as the server gets it: PEP 3333, and how the request ends."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps.serving import until
from tests.middleware.asgi_peer import (
    Message,
    Peer,
    call,
    http_scope,
    run,
    until_true,
)
from tests.server.conftest import Log
from uvicorn.middleware.wsgi import WSGIMiddleware
from uvicorn.middleware.wsgi.call import MOST_UNSENT, MOST_UNSENT_PARTS

TEXT = ("Content-Type", "text/plain")
# An app waits until so much is sent.
TOO_MUCH = b"x" * (MOST_UNSENT + 1)


def says(
    response: Callable[[], Any], status: str = "200 OK", *headers: tuple[str, str]
) -> WSGIMiddleware:
    def app(environ: Any, start_response: Any) -> Any:
        start_response(status, [TEXT, *headers])
        return response()

    return WSGIMiddleware(app)


class Response:
    """An iterable with a close() that counts; `then` is raised after the parts."""

    def __init__(self, *parts: Any, then: Exception | None = None) -> None:
        self.parts = parts
        self.then = then
        self.closed = 0
        self.asked = 0

    def __iter__(self) -> Iterator[Any]:
        for part in self.parts:
            self.asked += 1
            yield part
        if self.then is not None:
            raise self.then

    def close(self) -> None:
        self.closed += 1


def forever() -> Iterator[bytes]:
    while True:
        yield b"part"


# Framing


def test_a_response_is_its_head_and_its_body() -> None:
    peer = call(says(lambda: [b"hello"]))
    assert peer.sent == [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"text/plain"), (b"content-length", b"5")],
        },
        {"type": "http.response.body", "body": b"hello", "more_body": False},
    ]


@pytest.mark.parametrize(
    ("response", "parts"),
    [
        ([], [b""]),
        ([b""], [b""]),
        ([b"a", b"b"], [b"a", b"b"]),
        ((b"a",), [b"a"]),
        (iter([b"a", b"b"]), [b"a", b"b", b""]),
        (iter([b"", b"a", b""]), [b"a", b""]),
        (iter([]), [b""]),
    ],
)
def test_parts_are_sent_as_they_are(response: Any, parts: list[bytes]) -> None:
    peer = call(says(lambda: response))
    assert peer.parts == parts
    assert [message["more_body"] for message in peer.sent[1:]] == [True] * (len(parts) - 1) + [
        False
    ]


@pytest.mark.parametrize(
    ("response", "length"),
    [([b"a", b"b"], b"2"), ([], b"0"), (iter([]), b"0"), (iter([b"a"]), None)],
)
def test_a_length_is_given_where_it_is_known_in_time(response: Any, length: bytes | None) -> None:
    assert call(says(lambda: response)).headers.get(b"content-length") == length


def test_a_body_that_is_chunked_by_the_app_gets_no_length() -> None:
    peer = call(says(lambda: [b"a"], "200 OK", ("Transfer-Encoding", "chunked")))
    assert b"content-length" not in peer.headers


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_a_response_that_has_no_body_gets_no_length(status: str) -> None:
    peer = call(says(lambda: [b"dropped by the server"], status))
    assert b"content-length" not in peer.headers


@pytest.mark.parametrize(("response", "length"), [([b"hello"], b"5"), ([], None)])
def test_the_length_of_a_head_response_is_that_of_get(
    response: list[bytes], length: bytes | None
) -> None:
    peer = call(says(lambda: response), scope=http_scope("HEAD"))
    assert peer.headers.get(b"content-length") == length
    assert peer.is_whole


def test_a_head_request_takes_one_part_of_a_stream() -> None:
    response = Response(b"a", b"b", b"c")
    peer = call(says(lambda: response, "200 OK", ("Content-Length", "3")), scope=http_scope("HEAD"))
    assert (peer.headers[b"content-length"], peer.parts) == (b"3", [b""])
    assert (response.asked, response.closed) == (1, 1)


def test_field_names_are_in_lower_case_and_values_in_latin_1() -> None:
    peer = call(says(list, "404 Whatever", ("X-Name", "\u00e4")))
    assert peer.status == 404
    assert peer.headers[b"x-name"] == b"\xe4"


@pytest.mark.parametrize(
    ("length", "response"),
    [("4", [b"hello"]), ("6", [b"hello"]), ("4", iter([b"hello"])), ("0", iter([b"hello"]))],
)
def test_a_wrong_length_is_an_error_before_anything_is_sent(length: str, response: Any) -> None:
    peer = Peer()
    with pytest.raises(RuntimeError, match="than Content-Length"):
        call(says(lambda: response, "200 OK", ("Content-Length", length)), peer)
    assert peer.sent == []


@pytest.mark.parametrize(("length", "parts"), [("9", (b"hello", b"!")), ("5", (b"hello", b"!"))])
def test_a_wrong_length_of_a_stream_is_an_error(length: str, parts: tuple[bytes, ...]) -> None:
    response = Response(*parts)
    with pytest.raises(RuntimeError, match="than Content-Length"):
        call(says(lambda: response, "200 OK", ("Content-Length", length)))
    assert response.closed == 1


@pytest.mark.parametrize("response", [["text"], iter(["text"]), [None, b"a"], iter([5])])
def test_parts_that_are_no_bytes_are_an_error_before_anything_is_sent(response: Any) -> None:
    peer = Peer()
    with pytest.raises(TypeError, match="bytes"):
        call(says(lambda: response), peer)
    assert peer.sent == []


# One after the other


def test_a_part_is_sent_while_the_next_one_is_made() -> None:
    sent = threading.Semaphore(0)

    def stream() -> Iterator[bytes]:
        for number in "123":
            yield number.encode()
            assert sent.acquire(timeout=10)

    peer = Peer(on_send=lambda message: sent.release() if message.get("body") else None)
    call(says(stream), peer)
    assert peer.parts == [b"1", b"2", b"3", b""]


@pytest.mark.parametrize(
    ("part", "most"), [(b"x" * 10_000, MOST_UNSENT // 10_000 + 1), (b"x", MOST_UNSENT_PARTS)]
)
@pytest.mark.parametrize("writes", [False, True])
def test_a_large_response_is_never_held(part: bytes, most: int, writes: bool) -> None:
    made = 0
    ahead = []

    def stream() -> Iterator[bytes]:
        nonlocal made
        for _ in range(500):
            made += 1
            yield part

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        write = start_response("200 OK", [TEXT])
        if not writes:
            return stream()
        for each in stream():
            write(each)
        return iter(())

    peer = Peer(on_send=lambda message: ahead.append(made - len(peer.parts)))
    call(WSGIMiddleware(app), peer)
    assert (made, len(peer.parts)) == (500, 501)
    # One more is made before it is seen that it is too much.
    assert max(ahead) <= most + 1


@pytest.mark.parametrize("parts", [[TOO_MUCH], [b"x"] * MOST_UNSENT_PARTS], ids=["size", "number"])
def test_what_is_sent_holds_nothing_up(parts: list[bytes]) -> None:
    sent = threading.Semaphore(0)
    went_on = threading.Event()

    def stream() -> Iterator[bytes]:
        for part in parts:
            yield part
            assert sent.acquire(timeout=10)
        yield b"a"
        went_on.set()

    def on_send(message: Message) -> None:
        assert message.get("body") != b"a" or went_on.wait(10)
        if message.get("body"):
            sent.release()

    assert call(says(stream), Peer(on_send=on_send)).parts == [*parts, b"a", b""]


def test_what_is_made_is_sent_before_the_app_waits_for_the_client() -> None:
    """The client may answer to it."""
    reading = []

    def stream(body: Any) -> Iterator[bytes]:
        yield b"question"
        reading.append(body.raw.call)
        yield body.read()

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [TEXT])
        return stream(environ["wsgi.input"])

    def on_send(message: Message) -> None:
        if message.get("body") == b"question":
            answers.put_nowait({"type": "http.request", "body": b"answer"})

    async def busy_meanwhile() -> None:
        answers.put_nowait({"type": "http.request", "body": b"", "more_body": True})
        peer = Peer(on_send=on_send)
        task = asyncio.ensure_future(WSGIMiddleware(app)(http_scope(), answers.get, peer.send))
        while answers.qsize():
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        # The loop comes when both are wanted: to send, and to receive.
        until(lambda: reading and reading[0].gate is not None)
        await task
        assert peer.parts == [b"question", b"answer", b""]

    answers: asyncio.Queue[Any] = asyncio.Queue()
    run(busy_meanwhile())


@pytest.mark.parametrize("headers", [(), (("Content-Length", "5"),)])
def test_a_whole_response_is_sent_before_close_returns(headers: Any) -> None:
    """Apps do in close() what their client need not wait for."""
    sent = threading.Event()
    response = Response(b"hello")
    response.close = lambda: assert_true(sent.wait(10))  # type: ignore[method-assign]  # a spy
    peer = Peer(on_send=lambda message: None if message.get("more_body", True) else sent.set())
    call(says(lambda: response, "200 OK", *headers), peer)
    assert peer.is_whole


def assert_true(value: bool) -> None:
    assert value


@pytest.mark.parametrize(
    ("response", "headers", "most"),
    [([b"hello"], (), 1), (Response(b"hello"), (("Content-Length", "5"),), 2), ([b"a"] * 9, (), 1)],
)
def test_a_short_response_comes_back_in_one_way(response: Any, headers: Any, most: int) -> None:
    """A second time the loop may be called for the end of close() alone."""
    calls = []

    async def counted() -> None:
        loop = asyncio.get_running_loop()
        call_soon = loop.call_soon_threadsafe
        loop.call_soon_threadsafe = lambda *args: calls.append(args) or call_soon(*args)  # type: ignore
        peer = Peer()
        await says(lambda: response, "200 OK", *headers)(http_scope(), peer.receive, peer.send)
        assert peer.is_whole

    run(counted())
    assert 1 <= len(calls) <= most


# start_response()


def test_start_response_is_called_by_the_first_part_at_the_latest() -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("201 Created", [])
        yield b"a"

    assert call(WSGIMiddleware(app)).status == 201


@pytest.mark.parametrize("response", [[b"a"], [], iter([b"a"]), iter([])])
def test_an_app_that_does_not_start_its_response_is_told_so(response: Any) -> None:
    with pytest.raises(RuntimeError, match="start_response"):
        call(WSGIMiddleware(lambda environ, start_response: response))


def test_start_response_may_not_be_called_twice() -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        start_response("200 OK", [])
        return []

    with pytest.raises(RuntimeError, match="exc_info"):
        call(WSGIMiddleware(app))


def test_an_error_replaces_a_head_that_is_not_sent() -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "99")])
        try:
            raise KeyError("reason")
        except KeyError:
            start_response("500 Sorry", [], sys.exc_info())
        return [b"error page"]

    peer = call(WSGIMiddleware(app))
    assert (peer.status, peer.parts) == (500, [b"error page"])
    assert peer.headers == {b"content-length": b"10"}


def test_an_error_after_the_head_is_raised_again() -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"begin"
        try:
            raise KeyError("reason")
        except KeyError:
            start_response("500 Sorry", [], sys.exc_info())
        yield b"never"

    peer = Peer()
    with pytest.raises(KeyError, match="reason"):
        call(WSGIMiddleware(app), peer)
    assert (peer.status, peer.parts) == (200, [b"begin"])


def test_write_sends_while_the_app_goes_on() -> None:
    sent = threading.Event()

    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [])
        write(b"")
        write(b"a")
        assert sent.wait(10)
        write(b"b")
        return [b"c"]

    peer = Peer(on_send=lambda message: sent.set() if message.get("body") else None)
    call(WSGIMiddleware(app), peer)
    assert peer.parts == [b"a", b"b", b"c"]
    assert b"content-length" not in peer.headers


# Failures


def test_what_the_app_raises_is_raised_into_the_server() -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        raise KeyError("reason")

    peer = Peer()
    with pytest.raises(KeyError, match="reason") as caught:
        call(WSGIMiddleware(app), peer)
    assert peer.sent == []
    assert caught.traceback[-1].name == "app"


def test_an_oserror_of_the_app_is_an_error_too() -> None:
    with pytest.raises(FileNotFoundError):
        call(says(lambda: Path("/nothing/is/here").read_bytes()))


def test_what_the_response_raises_ends_it() -> None:
    peer = Peer()
    response = Response(b"begin", then=KeyError("reason"))
    with pytest.raises(KeyError, match="reason"):
        call(says(lambda: response), peer)
    assert peer.parts == [b"begin"]
    assert not peer.is_whole
    assert response.closed == 1


def test_what_close_raises_is_raised_into_the_server() -> None:
    response = Response(b"a")
    no_answers: dict[str, Any] = {}
    response.close = lambda: no_answers["reason"]  # type: ignore[method-assign]  # a spy
    peer = Peer()
    with pytest.raises(KeyError, match="reason"):
        call(says(lambda: response), peer)
    assert peer.is_whole


def test_sys_exit_in_the_app_ends_its_request_alone() -> None:
    app = says(lambda: sys.exit(5))
    for _ in range(2):
        with pytest.raises(SystemExit):
            call(app)


def fails_on(kind: str, error: Exception) -> Callable[[Any], None]:
    def on_send(message: Any) -> None:
        if message["type"] == kind:
            raise error

    return on_send


@pytest.mark.parametrize("kind", ["http.response.start", "http.response.body"])
def test_a_message_that_the_server_refuses_ends_the_response(kind: str) -> None:
    response = Response(TOO_MUCH, b"b")
    several = Response(*[b"a"] * MOST_UNSENT_PARTS * 3)
    for app in (says(lambda: response), says(lambda: several), says(lambda: [b"a"])):
        with pytest.raises(RuntimeError, match="refused"):
            call(app, Peer(on_send=fails_on(kind, RuntimeError("refused"))))
    assert (response.asked, response.closed) == (1, 1)
    assert several.asked <= MOST_UNSENT_PARTS


def test_the_app_hears_from_write_what_the_server_refuses() -> None:
    heard = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [])
        for _ in range(2):
            try:
                write(TOO_MUCH)
            except RuntimeError as error:
                heard.append(error)
        return []

    error = RuntimeError("refused")
    refuse = fails_on("http.response.body", error)
    asked = []
    peer = Peer(on_send=lambda message: asked.append(message["type"]) or refuse(message))
    with pytest.raises(RuntimeError, match="refused"):
        call(WSGIMiddleware(app), peer)
    assert heard == [error, error]
    assert asked == ["http.response.start", "http.response.body"]


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_other_scopes_are_refused(kind: str) -> None:
    with pytest.raises(RuntimeError, match=f"only, not '{kind}'"):
        call(says(list), scope={"type": kind})


# The client goes


def test_a_stream_ends_when_its_client_goes() -> None:
    response = Response(*[b"part"] * 10_000)
    peer = Peer(on_send=lambda message: peer.leave() if len(peer.sent) == 20 else None)
    call(says(lambda: response), peer)
    assert response.closed == 1
    assert 20 <= response.asked <= 20 + MOST_UNSENT_PARTS + 5
    assert not peer.is_whole


def test_a_stream_ends_when_the_server_says_that_the_client_has_gone() -> None:
    """As send() does from ASGI 2.4 on."""
    error = ConnectionResetError()
    for parts, most in (([b"part"] * 100, MOST_UNSENT_PARTS), ([TOO_MUCH] * 100, 1)):
        response = Response(*parts)
        peer = Peer(on_send=fails_on("http.response.body", error))
        call(says(lambda: response), peer)  # noqa: B023  (asked at once)
        assert (response.asked <= most, response.closed) == (True, 1)
        assert peer.parts == []


@pytest.mark.parametrize("error", [ConnectionResetError(), RuntimeError("refused")], ids=repr)
def test_what_is_left_to_send_then_holds_nothing_up(error: Exception) -> None:
    """The app has ended, and all its parts wait, before the loop sees the first one."""
    response = Response(b"a", b"b")
    middleware = says(lambda: response)

    async def busy_meanwhile() -> None:
        peer = Peer(on_send=fails_on("http.response.body", error))
        task = asyncio.ensure_future(middleware(http_scope(), peer.receive, peer.send))
        while not middleware.threads.started:
            await asyncio.sleep(0)
        until(lambda: response.closed and not middleware.threads.busy)
        await asyncio.wait([task])
        assert task.exception() is (error if isinstance(error, RuntimeError) else None)
        assert peer.parts == []

    run(busy_meanwhile())


def test_write_says_that_the_client_has_gone() -> None:
    heard = []

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        write = start_response("200 OK", [])
        try:
            while True:
                write(b"part")
        except OSError as error:
            heard.append(error)
            raise

    peer = Peer(on_send=lambda message: peer.leave())
    call(WSGIMiddleware(app), peer)
    assert len(heard) == 1


def test_a_cancelled_stream_is_closed_and_its_thread_is_free() -> None:
    response = Response(*[b"part"] * 1000)
    middleware = says(lambda: response)

    async def cancelled() -> None:
        peer = Peer()
        task = asyncio.ensure_future(middleware(http_scope(), peer.receive, peer.send))
        peer.on_send = lambda message: assert_true(len(peer.sent) < 5 or task.cancel())
        with pytest.raises(asyncio.CancelledError):
            await task
        await until_true(lambda: response.closed)
        await until_true(lambda: middleware.threads.busy == 0)

    run(cancelled())
    assert response.closed == 1
    assert response.asked <= 5 + MOST_UNSENT_PARTS + 1


def test_an_app_that_fails_after_its_request_was_cancelled_is_logged(log: Log) -> None:
    go_on = threading.Event()

    def fails() -> None:
        assert go_on.wait(10)
        raise KeyError("reason")

    async def cancelled() -> None:
        middleware = says(fails)
        peer = Peer()
        task = asyncio.ensure_future(middleware(http_scope(), peer.receive, peer.send))
        await until_true(lambda: middleware.threads.busy)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        await until_true(lambda: log.lines)

    run(cancelled())
    assert log.lines == ["ERROR Exception in a WSGI app that was cancelled\n"]
    assert log.records[0].exc_info is not None


def test_a_thread_is_not_left_waiting_when_the_loop_is_closed() -> None:
    go_on = threading.Event()
    response = Response(b"a", b"b")

    def waits() -> Response:
        assert go_on.wait(10)
        return response

    middleware = says(waits)

    async def left() -> None:
        peer = Peer()
        task = asyncio.ensure_future(middleware(http_scope(), peer.receive, peer.send))
        await until_true(lambda: middleware.threads.busy)
        assert not task.done()

    run(left())
    go_on.set()
    until(lambda: middleware.threads.busy == 0)
    assert (response.asked, response.closed) == (1, 1)
