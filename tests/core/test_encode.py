"""The head of a response: what the app gives, what the client gets, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import pytest

from tests.core.answers import Response
from tests.core.apps import GET, OLD, body, reply, request, says, start
from uvicorn.core.encode import MOST_NAMES

SERVER = (b"server", b"uvicorn")
LENGTH = (b"content-length", b"5")
CHUNKED = (b"transfer-encoding", b"chunked")
IDENTITY = (b"transfer-encoding", b"identity")
CLOSE = (b"connection", b"close")
KEEP = (b"connection", b"keep-alive")

Fields = list[tuple[bytes, bytes]]


def new_encoder(build: Any, *headers: tuple[bytes, bytes], date: bool = False) -> Any:
    return build.encode.HeadEncoder(build.encode.DefaultHeaders(headers, date))


def split(head: bytes) -> tuple[bytes, Fields]:
    """The status line and the fields, taken apart with no mercy."""
    lines = head.split(b"\r\n")
    assert lines[-2:] == [b"", b""]
    fields = []
    for line in lines[1:-2]:
        name, colon, value = line.partition(b": ")
        assert colon, line
        fields.append((name, value))
    return lines[0], fields


def encode(
    build: Any, headers: list[Any], status: int = 200, minor: int = 1, head_only: bool = False
) -> Fields:
    return split(new_encoder(build).encode(status, headers, minor, head_only))[1]


def get(
    serve: Any, *messages: Any, of: bytes = GET, method: str = "GET", **values: Any
) -> Response:
    return serve(says(*messages), **values).connect().send(of).response(method)


# Default headers.


def test_server_and_date_come_first_in_lower_case(serve_once):
    response = get(serve_once, start(200, [(b"X-One", b"1"), LENGTH]), body(b"12345"))
    assert [name for name, _ in response.fields] == [b"server", b"date", b"x-one", LENGTH[0]]
    assert parsedate_to_datetime(str(response.get(b"date") or b"", "ascii")).tzinfo is not None


@pytest.mark.parametrize("name", [b"server", b"Server", b"SERVER"])
def test_the_app_s_server_replaces_the_default_where_the_app_put_it(build, name):
    encoder = new_encoder(build, SERVER, (b"x-more", b"2"), date=True)
    line, fields = split(encoder.encode(200, [(b"a", b"1"), (name, b"mine"), LENGTH], 1, False))
    assert line == b"HTTP/1.1 200 OK"
    assert [name for name, _ in fields] == [b"x-more", b"date", b"a", b"server", LENGTH[0]]
    assert (b"server", b"mine") in fields


@pytest.mark.parametrize("name", [b"date", b"Date", b"DATE"])
def test_the_app_s_date_replaces_the_default(build, name):
    encoder = new_encoder(build, SERVER, date=True)
    _, fields = split(encoder.encode(200, [(name, b"yesterday"), LENGTH], 1, False))
    assert fields == [SERVER, (b"date", b"yesterday"), LENGTH]


def test_what_an_app_replaced_is_back_in_the_next_response(build):
    encoder = new_encoder(build, SERVER, date=True)
    encoder.encode(200, [(b"server", b"mine"), (b"date", b"mine"), KEEP, CHUNKED], 1, False)
    _, fields = split(encoder.encode(200, [LENGTH], 1, False))
    assert [name for name, _ in fields] == [b"server", b"date", LENGTH[0]]
    assert fields[0] == SERVER


def test_default_headers_may_repeat_and_may_be_none(build):
    cookies = [(b"set-cookie", b"a"), (b"set-cookie", b"b")]
    _, fields = split(new_encoder(build, *cookies).encode(200, [LENGTH], 1, False))
    assert fields == [*cookies, LENGTH]
    assert encode(build, [LENGTH]) == [LENGTH]


def test_no_date_and_no_server_are_sent_if_the_settings_say_so(serve_once):
    settings: dict[str, Any] = {"default_headers": (), "date_header": False}
    response = get(serve_once, start(200, [LENGTH]), body(b"12345"), **settings)
    assert response.fields == [LENGTH]


def test_answers_of_the_server_s_own_have_the_default_headers_too(serve):
    client = serve(reply()).connect().send(b"GET / HTTP/9.9\r\n\r\n")
    names = [name for name, _ in client.response().fields]
    assert names[:2] == [b"server", b"date"]


def test_the_date_is_that_of_the_response(build, monkeypatch):
    seconds = 784111777.9
    monkeypatch.setattr(build.encode, "time", lambda: seconds)
    encoder = new_encoder(build, date=True)
    shown = (b"date", b"Sun, 06 Nov 1994 08:49:37 GMT")
    assert split(encoder.encode(200, [LENGTH], 1, False))[1] == [shown, LENGTH]
    server = (b"server", b"x")
    assert split(encoder.encode(200, [server, LENGTH], 1, False))[1] == [shown, server, LENGTH]


# Names.


@pytest.mark.parametrize("name", [b"X-Name", b"x-name", b"X-NAME", b"x-NaMe"])
def test_names_are_sent_in_lower_case_however_often(build, name):
    for _ in range(3):
        assert encode(build, [(name, b"Value"), LENGTH]) == [(b"x-name", b"Value"), LENGTH]


def test_names_beyond_those_that_are_kept_are_treated_alike(build):
    for number in range(MOST_NAMES + 50):
        name = b"X-Many-%d" % number
        assert encode(build, [(name, b""), LENGTH])[0] == (name.lower(), b"")
    assert encode(build, [(b"COnTeNt-LeNgTh", b"5")]) == [LENGTH]
    with pytest.raises(RuntimeError, match="Content-Length"):
        encode(build, [LENGTH, (b"CONTENt-LeNgTh", b"5")])


@pytest.mark.parametrize("name", [b"Set-Cookie", b"x-twice", b"www-authenticate"])
def test_a_field_may_be_there_many_times_in_its_order(build, name):
    values = [(name.lower(), b"%d" % number) for number in range(300)]
    assert encode(build, [*values, LENGTH]) == [*values, LENGTH]


# Splitting: no byte of the app's may end a line or a name.

TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
BYTES = [bytes([number]) for number in range(256)]
PLACES = ["%b", "x%b", "%bx", "x%bx"]


@pytest.mark.parametrize("place", PLACES)
def test_a_name_is_made_of_token_bytes_and_no_others(build, place):
    for byte in BYTES:
        name = place.encode() % byte
        if byte in TOKEN:
            assert encode(build, [(name, b""), LENGTH])[0] == (name.lower(), b"")
            continue
        with pytest.raises(RuntimeError, match=r"Invalid HTTP header name\."):
            encode(build, [(name, b""), LENGTH])


@pytest.mark.parametrize("place", PLACES)
def test_a_value_has_no_control_bytes(build, place):
    for byte in BYTES:
        value = place.encode() % byte
        if byte == b"\t" or (byte >= b" " and byte != b"\x7f"):
            assert encode(build, [(b"x", value), LENGTH])[0] == (b"x", value)
            continue
        with pytest.raises(RuntimeError, match=r"Invalid HTTP header value\."):
            encode(build, [(b"x", value), LENGTH])


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 4096])
def test_a_control_byte_is_found_wherever_it_stands(build, size):
    for start_of in {0, 1, size // 2, size}:
        value = b"v" * start_of + b"\n" + b"v" * (size - start_of)
        with pytest.raises(RuntimeError, match=r"Invalid HTTP header value\."):
            encode(build, [(b"x", value)])
        with pytest.raises(RuntimeError, match=r"Invalid HTTP header name\."):
            encode(build, [(value.replace(b"v", b"n"), b"")])


SPLIT = b"x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
NOT_BYTES: list[Any] = ["x", bytearray(b"x"), memoryview(b"y"), 1, None, [], (b"x",), 1.5, object()]


@pytest.mark.parametrize("name", [b"", SPLIT, b"x\r\ny", b"x: y", b"x ", b" x", b"\xc3\xa9"])
def test_a_name_that_would_split_the_response_is_refused(serve_once, name):
    server = serve_once(reply(headers=[(name, b"x")]))
    client = server.connect().send(GET)
    assert [str(error) for error in server.failures()] == ["Invalid HTTP header name."]
    assert client.response().status == 500


@pytest.mark.parametrize(
    "name",
    [b"x", b"server", b"date", b"connection", b"transfer-encoding", b"content-length", b"X"],
)
@pytest.mark.parametrize("value", [SPLIT, b"5\n", b"\r5", b"5\x00", b"chunked\r\n", b"close\x0b"])
def test_a_value_that_would_split_the_response_is_refused(serve_once, name, value):
    server = serve_once(reply(headers=[(name, value)]))
    client = server.connect().send(GET, GET)
    assert [str(error) for error in server.failures()] == ["Invalid HTTP header value."]
    assert client.response().status == 500


@pytest.mark.parametrize("name", NOT_BYTES, ids=repr)
def test_a_name_that_is_not_bytes_is_a_runtime_error(build, name):
    with pytest.raises(RuntimeError):
        encode(build, [(name, b"x")])


@pytest.mark.parametrize("value", NOT_BYTES, ids=repr)
@pytest.mark.parametrize("name", [b"x", b"content-length", b"connection", b"date"])
def test_a_value_that_is_not_bytes_is_a_runtime_error(build, name, value):
    with pytest.raises(RuntimeError, match=r"Invalid HTTP header value\."):
        encode(build, [(name, value)])


@pytest.mark.parametrize(
    "field",
    [(), (b"a",), (b"a", b"b", b"c"), None, 5, b"ab", b"a", "ab", {b"a"}, object()],
    ids=repr,
)
def test_a_field_that_is_no_pair_of_bytes_is_a_runtime_error(build, field):
    with pytest.raises(RuntimeError):
        encode(build, [LENGTH, field])


def test_a_head_that_was_refused_leaves_nothing_to_the_next(build):
    encoder = new_encoder(build, SERVER)
    bad: Any = [(b"server", b"x"), CHUNKED, (b"connection", b"left"), LENGTH, (b"bad name", b"")]
    with pytest.raises(RuntimeError):
        encoder.encode(200, bad, 0, False)
    assert split(encoder.encode(200, [LENGTH], 1, False))[1] == [SERVER, LENGTH]
    assert (encoder.length, encoder.chunked, encoder.until_close) == (5, False, False)


# Headers of every make.


def one_by_one(fields: Iterable[Any]) -> Iterator[Any]:
    yield from fields


@pytest.mark.parametrize("kind", [list, tuple, one_by_one, iter])
@pytest.mark.parametrize("pair", [tuple, list])
def test_headers_may_be_any_iterable_of_pairs(serve_once, kind, pair):
    headers = kind([pair(LENGTH), pair((b"X-One", b"1"))])
    response = get(serve_once, start(200, headers), body(b"12345"), date_header=False)
    assert response.fields == [SERVER, LENGTH, (b"x-one", b"1")]


@pytest.mark.parametrize(
    "headers", [None, 5, "ab", b"ab", [None], {b"a": b"b"}, object()], ids=repr
)
def test_headers_that_are_no_pairs_are_answered_with_500(serve_once, headers):
    no_headers = says({**start(), "headers": None})
    server = serve_once(reply(headers=headers) if headers is not None else no_headers)
    client = server.connect().send(GET)
    assert len(server.failures()) == 1
    assert client.response().status == 500


def test_a_start_without_headers_is_a_response(serve_once):
    message = {"type": "http.response.start", "status": 204}
    response = get(serve_once, message, {"type": "http.response.body"}, date_header=False)
    assert (response.status, response.fields, response.complete) == (204, [SERVER], True)


# The status line.


def test_every_status_has_a_line_with_its_reason_or_none(build):
    known = {status.value: status.phrase for status in HTTPStatus}
    for status in range(100, 600):
        line, _ = split(new_encoder(build).encode(status, [], 1, False))
        assert line == f"HTTP/1.1 {status} {known.get(status, '')}".encode()


@pytest.mark.parametrize("status", [0, 1, 99, 600, 999, -200, 2**31 - 1])
def test_a_status_that_is_none_is_a_runtime_error(build, status):
    with pytest.raises(RuntimeError, match="100 to 599"):
        encode(build, [], status=status)


def test_a_status_of_the_standard_library_is_its_number(serve_once):
    assert get(serve_once, start(HTTPStatus.IM_A_TEAPOT), body()).reason == b"I'm a Teapot"


def test_the_answer_to_an_old_client_says_http_1_1(serve):
    client = serve(reply()).connect().send(OLD)
    assert client.wire.startswith(b"HTTP/1.1 200 OK\r\n")
    assert client.closed


def test_a_head_does_not_wait_for_the_body(serve):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(start(200, [LENGTH]))
        await receive()

    client = serve(app).connect().send(request())
    assert client.wire.endswith(b"content-length: 5\r\n\r\n")
