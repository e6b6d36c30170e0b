"""Whatever an app sends, a client can read what arrives, and knows if it is not whole.

Each app sends random messages, good and bad, and goes on after its errors or does not. A second
request follows on the same connection: its answer must not be mistaken for a part of the first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import BUILDS
from tests.core.answers import parse_responses
from tests.core.apps import reply
from tests.core.serving import Server
from uvicorn import _select

SECOND = b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n"
NO_BODY = (204, 304)
SETTINGS = settings(derandomize=True, database=None, deadline=None, max_examples=400)

# Headers: often those that matter, now and then anything.

NAMES = [b"content-length", b"transfer-encoding", b"connection", b"date", b"server", b"x-one"]
VALUES = {
    b"content-length": [b"0", b"3", b"5", b"6", b"05", b"9" * 18, b"-1", b"", b"3, 3", b"9" * 30],
    b"transfer-encoding": [b"chunked", b"Chunked", b"identity", b"gzip, chunked", b""],
    b"connection": [b"close", b"keep-alive", b"keep-alive, Close", b"x, y", b""],
}
SPLITTING = [
    b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"a\r\nb: c",
    b"\x0b",
    b"\x7f",
]
cased = st.sampled_from([bytes, bytes.upper, bytes.title])


@st.composite
def known_field(draw: Any) -> tuple[bytes, bytes]:
    name = draw(st.sampled_from(NAMES))
    value = draw(st.sampled_from(VALUES.get(name, [b"v", b"", b" v\t", b"\xff", b"a, b"])))
    return draw(cased)(name), value


any_bytes = st.binary(max_size=8) | st.sampled_from([*SPLITTING, b"x: y", b"token", b" "])
BAD_THINGS: list[Any] = [None, 5, "text", b"", [], bytearray(b"x"), (b"a",), object]
bad_things = st.sampled_from(BAD_THINGS)
odd_field = st.tuples(any_bytes, any_bytes) | st.tuples(bad_things, bad_things) | bad_things
wild_headers = st.lists(known_field() | odd_field, max_size=4)
CHUNKED = (b"transfer-encoding", b"chunked")
framings = st.sampled_from(
    [
        *([(b"Content-Length", b"%d" % size)] for size in (0, 3, 3, 5, 6, 6)),
        [(b"content-length", b"6"), CHUNKED],
        [CHUNKED],
        [],
    ]
)
harmless = st.sampled_from(
    [[], [(b"X-One", b"1")], [(b"date", b"now")], [(b"connection", b"keep-alive")]]
)
good_headers = st.tuples(harmless, framings, harmless).map(
    lambda lists: [field for fields in lists for field in fields]
)
good_statuses = st.sampled_from([200, 200, 200, 200, 404, 204, 304, 299, 599, 103])
bad_statuses = st.sampled_from([101, 205, 0, 99, 600, -1, "200", None, 2.0])

# Messages.

pieces = st.sampled_from([b"", b"abc", b"de", b"abcdef", b"0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])


def start_of(statuses: Any, headers: Any) -> Any:
    kind = st.just("http.response.start")
    return st.fixed_dictionaries({"type": kind, "status": statuses, "headers": headers})


good_starts = start_of(good_statuses, good_headers)
wild_starts = start_of(good_statuses | bad_statuses, wild_headers)
bodies = st.fixed_dictionaries(
    {"type": st.just("http.response.body")},
    optional={"body": pieces, "more_body": st.sampled_from([True, True, False, 1, None])},
)
wrong = st.sampled_from(
    [
        {},
        {"type": None},
        {"type": "http.response.start"},
        {"type": "http.response.trailers", "headers": []},
        {"type": "http.response.push"},
        {"type": "http.disconnect"},
        {"type": "websocket.send", "bytes": b"x"},
        {"type": "http.response.body", "body": "text"},
        {"type": "http.response.body", "body": None},
        {"type": "http.response.body", "body": 5, "more_body": True},
    ]
)
waits = st.just("wait")
steps = st.one_of(bodies, bodies, bodies, bodies, waits, wrong, wild_starts)
before = st.lists(wrong | waits | wild_starts, max_size=1)
any_programs = st.builds(
    lambda before, start, after: [*before, start, *after],
    st.one_of(st.just([]), st.just([]), before),
    st.one_of(good_starts, good_starts, good_starts, wild_starts),
    st.lists(steps, min_size=1, max_size=6),
)
six_bytes = st.integers(0, 6).map(
    lambda at: [
        {"type": "http.response.body", "body": b"abcdef"[:at], "more_body": True},
        {"type": "http.response.body", "body": b"abcdef"[at:]},
    ]
)
whole_programs = st.builds(
    lambda start, bodies, after: [start, *bodies, *after],
    good_starts,
    six_bytes,
    st.lists(steps, max_size=1),
)
programs = st.one_of(any_programs, any_programs, whole_programs)
requests = st.sampled_from(
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"HEAD / HTTP/1.0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ]
)


class Program:
    """An app that does these steps; `taken` are the messages that send() took.

    Once the response is cut off, the client is gone before long, and send() takes anything.
    """

    def __init__(self, steps: list[Any], stubborn: bool, end: Any) -> None:
        self.steps = steps
        self.stubborn = stubborn
        self.end = end
        self.taken: list[dict[str, Any]] = []
        self.errors: list[Exception] = []
        self.cut_off = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        if scope["path"] == "/second":
            return await reply(b"second")(scope, receive, send)
        for step in self.steps:
            try:
                if step == "wait":
                    await asyncio.sleep(0)
                else:
                    await send(step)
                    if not self.cut_off:
                        self.taken.append(step)
            except Exception as error:
                self.errors.append(error)
                self.cut_off = self.cut_off or str(error).startswith("Response content")
                if not self.stubborn:
                    raise
        if self.end == "raise":
            raise KeyError("at the end")
        return self.end


@contextmanager
def quiet(server: Server) -> Iterator[None]:
    """Errors of the app are to be expected."""
    server.logger.propagate = False
    try:
        yield
    finally:
        server.logger.propagate = True
        server.failures_allowed = True


class Outcome(NamedTuple):
    """What a client saw of both answers, and the errors that the app saw."""

    wire: bytes
    ended: bool
    aborted: bool
    errors: list[type]


def serve_program(package: str, program: Program, sent: bytes, slow: bool) -> Outcome:
    with closing(Server(_select.Core(package), "auto", program, date_header=False)) as server:
        client = server.connect(high_water=8)
        transport = client.transport
        transport.client_reads = not slow
        with quiet(server):
            client.send(sent, SECOND)
            while transport.buffer:
                server.do(transport.take, 7)
            server.do(lambda: None)
        # Nothing waits for ever: what the app has said is all that comes.
        assert not server.state.tasks
        assert client.ended or client.connection.handler.exchange is None
        errors = [type(error) for error in program.errors]
        return Outcome(client.wire, client.ended, transport.aborted, errors)


class Expected:
    """What the messages that send() took are worth, by the rules of ASGI and of HTTP."""

    def __init__(self, program: Program, head_only: bool) -> None:
        assert all(message["type"] != "http.response.start" for message in program.taken[1:])
        self.started = bool(program.taken)
        if not self.started:
            return
        first, *rest = program.taken
        self.status = first["status"]
        self.body = b"".join([message.get("body", b"") for message in rest])
        if head_only or self.status in NO_BODY:
            self.body = b""
        self.ended = bool(rest) and not rest[-1].get("more_body", False)


def check(program: Program, outcome: Outcome, sent: bytes) -> None:
    method = sent.partition(b" ")[0].decode()
    if program.taken and program.taken[0]["status"] < 200:
        # A client takes this for the start of something, and then the connection ends.
        assert outcome.ended
        assert outcome.wire.index(b"\r\n\r\n") == len(outcome.wire) - 4
        return
    responses = parse_responses(outcome.wire, [method, "GET"], outcome.ended)
    if not responses:
        # A response whose end is that of the connection is cut off by a reset.
        assert outcome.aborted
        return
    first, *others = responses
    whole = first.complete and not outcome.aborted
    expected = Expected(program, method == "HEAD")
    if not expected.started:
        assert first.status == 500
        assert first.body == (b"" if method == "HEAD" else b"Internal Server Error")
        assert whole and outcome.ended and not others
        return
    assert first.status == expected.status
    # A reset overtakes what the client has not read.
    assert first.body == expected.body[: len(first.body) if outcome.aborted else None]
    names = [name for name, _ in first.fields]
    assert names.count(b"content-length") + names.count(b"transfer-encoding") <= 1
    assert names.count(b"connection") <= 1
    if expected.ended:
        assert whole
    else:
        # Without the end from the app, only a length that is reached, or no body, may end it.
        length = first.get(b"content-length")
        reached = length is not None and int(length) == len(first.body)
        assert outcome.ended and not others
        assert not whole or reached or method == "HEAD" or first.status in NO_BODY
    returned = program.stubborn or not program.errors
    if expected.ended and returned and program.end == "a value":
        # The connection ends, with what was on its way by then.
        assert outcome.ended
    else:
        assert (len(others) == 1) == (not outcome.ended)
    if others:
        assert not first.closes
        assert (others[0].status, others[0].body) == (200, b"second")
        assert others[0].complete


@given(
    steps=programs,
    sent=requests,
    stubborn=st.booleans(),
    end=st.sampled_from([None] * 6 + ["raise", "a value"]),
    slow=st.booleans(),
)
@SETTINGS
def test_a_client_can_read_whatever_an_app_sends(steps, sent, stubborn, end, slow):
    outcomes = []
    for package in BUILDS:
        program = Program(steps, stubborn, end)
        outcomes.append(serve_program(package, program, sent, slow))
        check(program, outcomes[-1], sent)
    assert outcomes == [outcomes[0]] * len(BUILDS)
