"""wsgi.input: a file, as io describes them, that is read from the client as the app reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from tests.middleware.asgi_peer import Message, Peer, body_in_parts, call, http_scope
from uvicorn.middleware.wsgi import WSGIMiddleware
from uvicorn.middleware.wsgi.call import MOST_AHEAD, MOST_UNREAD, READ_SIZE

BODY = b"first line\nsecond\n\nlast without an end"
LINES = BODY.splitlines(keepends=True)
PARTS = {
    "whole": [BODY],
    "byte by byte": [BODY[at : at + 1] for at in range(len(BODY))],
    "with empty parts": [b"", BODY[:4], b"", BODY[4:], b""],
    "empty end": [BODY, b""],
}


def reads(read: Callable[[Any], Any]) -> tuple[WSGIMiddleware, list[Any]]:
    """An app, and the list of what `read(wsgi.input)` has answered."""
    answers = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        answers.append(read(environ["wsgi.input"]))
        start_response("204 No Content", [])
        return []

    return WSGIMiddleware(app), answers


def read_in(parts: Iterable[bytes], read: Callable[[Any], Any]) -> Any:
    app, answers = reads(read)
    call(app, Peer(body_in_parts(*parts)))
    return answers[0]


@pytest.mark.parametrize("parts", PARTS.values(), ids=list(PARTS))
@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (lambda body: [body.read(), body.read(), body.read(5)], [BODY, b"", b""]),
        (lambda body: [body.read(-1)], [BODY]),
        (lambda body: [body.read(5), body.read(0), body.read(1000)], [BODY[:5], b"", BODY[5:]]),
        (
            lambda body: list(iter(lambda: body.read(7), b"")),
            [BODY[at : at + 7] for at in range(0, len(BODY), 7)],
        ),
        (lambda body: [body.readline() for _ in range(6)], [*LINES, b"", b""]),
        (lambda body: [body.readline(3), body.readline(100)], [b"fir", b"st line\n"]),
        (lambda body: body.readlines(), LINES),
        (lambda body: body.readlines(12), LINES[:2]),
        (lambda body: list(body), LINES),
        (lambda body: [next(body), body.read(2), next(body)], [LINES[0], b"se", b"cond\n"]),
    ],
)
def test_input_is_read_as_a_file(
    parts: list[bytes], read: Callable[[Any], Any], expected: list[bytes]
) -> None:
    assert read_in(parts, read) == expected


def test_a_request_without_a_body_is_at_its_end() -> None:
    app, answers = reads(lambda body: body.read())
    call(app, Peer([{"type": "http.request"}]))
    assert answers == [b""]


class Upload:
    """A large body, made as it is asked for; `ahead` is the most that was so far unread."""

    part = b"x" * 50_000

    def __init__(self, parts: int) -> None:
        self.parts = parts
        self.made = self.taken = self.ahead = 0

    def messages(self) -> Iterator[Message]:
        for number in range(self.parts):
            self.made += len(self.part)
            self.ahead = max(self.ahead, self.made - self.taken)
            more = number < self.parts - 1
            yield {"type": "http.request", "body": self.part, "more_body": more}

    def read_all(self, body: Any) -> int:
        while data := body.read(10_000):
            self.taken += len(data)
        return self.taken


def test_a_large_body_is_received_no_faster_than_it_is_read() -> None:
    upload = Upload(200)
    app, answers = reads(upload.read_all)
    call(app, Peer(upload.messages()))
    assert answers == [200 * len(upload.part)]
    assert upload.ahead <= READ_SIZE + 2 * len(upload.part)


def test_a_body_that_nobody_reads_is_not_received() -> None:
    upload = Upload(200)
    app, _ = reads(lambda body: None)
    peer = Peer(upload.messages())
    call(app, peer)
    assert peer.received == 1


def test_who_waits_for_a_word_is_not_asked_before_the_app_reads() -> None:
    peer = Peer(body_in_parts(b"body"))
    before = []

    def read(body: Any) -> bytes:
        before.append(peer.received)
        data: bytes = body.read()
        return data

    app, answers = reads(read)
    call(app, peer, http_scope("POST", [(b"expect", b"100-continue")]))
    assert (before, answers, peer.received) == ([0], [b"body"], 1)


def test_a_client_that_has_gone_is_an_oserror() -> None:
    peer = Peer(body_in_parts(b"begin", b"end")[:1])

    def read(body: Any) -> list[Any]:
        found = [body.read(5)]
        peer.leave()
        for _ in range(2):
            with pytest.raises(OSError, match="gone"):
                body.read()
        return found

    app, answers = reads(read)
    call(app, peer)
    assert answers == [[b"begin"]]


def test_an_app_that_does_not_catch_it_is_no_error_of_the_server() -> None:
    peer = Peer(body_in_parts(b"begin", b"end")[:1])
    peer_leaves = reads(lambda body: body.read())[0]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        peer.leave()
        await peer_leaves(scope, receive, send)

    call(app, peer)
    assert peer.sent == []


def test_a_client_that_left_before_its_body_has_no_app_called_for_it() -> None:
    app, answers = reads(lambda body: None)

    async def leaves_first(scope: Any, receive: Any, send: Any) -> None:
        peer.leave()
        await app(scope, receive, send)

    peer = Peer([])
    call(leaves_first, peer)
    assert (answers, peer.sent) == ([], [])


# Reading while the response is sent


def echo(environ: Any, start_response: Any) -> Iterator[bytes]:
    body = environ["wsgi.input"]
    start_response("200 OK", [])
    return iter(lambda: body.read(30_000), b"")


def test_an_echo_goes_both_ways() -> None:
    upload = Upload(100)
    peer = Peer(upload.messages())
    call(WSGIMiddleware(echo), peer)
    assert b"".join(peer.parts) == upload.part * 100
    assert peer.is_whole


def endless(number_of_parts: int, read: Callable[[Any], Any]) -> tuple[Any, list[Any]]:
    """Sends so many parts before it reads."""
    answers = []

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        for _ in range(number_of_parts):
            yield b"part"
        answers.append(read(environ["wsgi.input"]))

    return WSGIMiddleware(app), answers


def test_little_is_held_for_an_app_that_sends_first() -> None:
    upload = Upload(100)
    held = [0]

    def on_send(message: Message) -> None:
        if message.get("body") == b"part":
            held.append(peer.received)

    app, answers = endless(200, upload.read_all)
    peer = Peer(upload.messages(), on_send)
    call(app, peer)
    assert answers == [100 * len(upload.part)]
    assert max(held) == MOST_AHEAD + 1


def test_what_is_left_unread_for_too_long_is_dropped() -> None:
    def read(body: Any) -> None:
        with pytest.raises(OSError, match="unread"):
            body.read()

    upload = Upload(100)
    app, answers = endless(MOST_UNREAD + 200, read)
    peer = Peer(upload.messages())
    call(app, peer)
    assert answers == [None]
    # So the client could be seen to go.
    assert peer.received == 100
