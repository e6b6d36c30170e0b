"""How a response says where its body ends, and whether the connection goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.apps import CLOSE as CLOSING_GET
from tests.core.apps import GET, HEAD, OLD, body, reply, request, says, start
from tests.core.test_encode import CHUNKED, CLOSE, IDENTITY, KEEP, LENGTH, encode, get, new_encoder

TE = b"transfer-encoding"
NO_BODY = [(100, False), (101, False), (199, False), (204, False), (304, False), (200, True)]
WITHOUT_LENGTH = [100, 101, 103, 199, 204]


# How the body ends: headers, minor version -> fields, length, chunked, until_close.


@pytest.mark.parametrize(
    ("headers", "minor", "fields", "length", "chunked", "until_close"),
    [
        ([], 1, [CHUNKED], -1, True, False),
        ([], 0, [CLOSE], -1, False, True),
        ([LENGTH], 1, [LENGTH], 5, False, False),
        ([LENGTH], 0, [LENGTH, CLOSE], 5, False, False),
        ([CHUNKED], 1, [CHUNKED], -1, True, False),
        ([CHUNKED], 0, [CLOSE], -1, False, True),
        ([CHUNKED, CHUNKED], 1, [CHUNKED], -1, True, False),
        ([(TE, b" Chunked ")], 1, [CHUNKED], -1, True, False),
        ([(b"Transfer-Encoding", b"CHUNKED")], 1, [CHUNKED], -1, True, False),
        ([IDENTITY], 1, [CHUNKED], -1, True, False),
        ([IDENTITY, LENGTH], 1, [LENGTH], 5, False, False),
        ([LENGTH, IDENTITY], 0, [LENGTH, CLOSE], 5, False, False),
        ([LENGTH, CHUNKED], 1, [CHUNKED], -1, True, False),
        ([CHUNKED, LENGTH], 1, [CHUNKED], -1, True, False),
        ([LENGTH, CHUNKED, IDENTITY], 1, [CHUNKED], -1, True, False),
        ([CHUNKED, LENGTH], 0, [CLOSE], -1, False, True),
        ([(b"content-length", b"0")], 1, [(b"content-length", b"0")], 0, False, False),
        ([(b"content-length", b"007")], 1, [(b"content-length", b"007")], 7, False, False),
    ],
)
def test_a_body_has_one_end_and_one_only(
    build, headers, minor, fields, length, chunked, until_close
):
    encoder = new_encoder(build)
    head = encoder.encode(200, headers, minor, False)
    assert head == b"HTTP/1.1 200 OK\r\n%b\r\n" % b"".join(b"%b: %b\r\n" % pair for pair in fields)
    assert encoder.length == length
    assert encoder.chunked == chunked
    assert encoder.until_close == until_close
    assert encoder.close == (minor == 0)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" 5",
        b"5 ",
        b"+5",
        b"-5",
        b"5,5",
        b"0x5",
        b"5.0",
        b"1_000",
        b"\xb2",
        b"five",
        b"9" * 19,
    ],
)
def test_a_bad_content_length_is_a_runtime_error(build, value):
    for minor in (0, 1):
        for head_only in (False, True):
            with pytest.raises(RuntimeError, match="bad Content-Length"):
                encode(build, [(b"content-length", value)], minor=minor, head_only=head_only)


def test_the_longest_content_length_is_taken_as_it_is(build):
    encoder = new_encoder(build)
    encoder.encode(200, [(b"content-length", b"9" * 18)], 1, False)
    assert encoder.length == int("9" * 18)


@pytest.mark.parametrize("other", [b"content-length", b"Content-Length"])
@pytest.mark.parametrize("status", [200, 204, 304])
@pytest.mark.parametrize("more", [[], [CHUNKED], [IDENTITY]])
def test_two_content_lengths_are_a_runtime_error(build, other, status, more):
    for value in (b"5", b"6", b"0"):
        with pytest.raises(RuntimeError, match=r"More than one Content-Length\."):
            encode(build, [LENGTH, *more, (other, value)], status)


@pytest.mark.parametrize(
    "value",
    [
        b"gzip",
        b"gzip, chunked",
        b"chunked, gzip",
        b"chunked, chunked",
        b"",
        b"x-chunked",
        b"chunked;",
    ],
)
def test_a_coding_that_the_server_does_not_do_is_a_runtime_error(build, value):
    with pytest.raises(RuntimeError, match="transfer coding"):
        encode(build, [(TE, value)])


# Responses without a body.


@pytest.mark.parametrize(("status", "head_only"), NO_BODY)
@pytest.mark.parametrize("minor", [0, 1])
@pytest.mark.parametrize("headers", [[], [LENGTH], [CHUNKED], [LENGTH, CHUNKED], [IDENTITY]])
def test_a_response_without_a_body_has_no_chunks_and_no_end_of_its_own(
    build, status, head_only, minor, headers
):
    encoder = new_encoder(build)
    encoder.encode(status, headers, minor, head_only)
    assert not encoder.chunked
    assert not encoder.until_close


@pytest.mark.parametrize("status", WITHOUT_LENGTH)
@pytest.mark.parametrize("head_only", [False, True])
@pytest.mark.parametrize("headers", [[LENGTH], [CHUNKED], [LENGTH, CHUNKED], [CHUNKED, LENGTH]])
def test_a_1xx_or_204_has_neither_a_length_nor_a_coding(build, status, head_only, headers):
    fields = encode(build, [(b"a", b"1"), *headers, (b"b", b"2")], status, head_only=head_only)
    assert fields == [(b"a", b"1"), (b"b", b"2"), *([CLOSE] if status < 200 else [])]


@pytest.mark.parametrize(("status", "head_only"), [(304, False), (304, True), (200, True)])
def test_a_head_or_304_says_what_get_would_have(build, status, head_only):
    for headers in ([LENGTH], [CHUNKED], []):
        assert encode(build, headers, status, head_only=head_only) == headers
    assert encode(build, [LENGTH, CHUNKED], status, head_only=head_only) == [CHUNKED]
    assert encode(build, [CHUNKED], status, minor=0, head_only=head_only) == [CLOSE]


@pytest.mark.parametrize("status", [204, 304, 205])
@pytest.mark.parametrize("headers", [[], [CHUNKED], [LENGTH]])
def test_bodies_of_responses_that_have_none_are_not_sent(serve_once, status, headers):
    data = b"" if status == 205 else b"12345"
    if status == 205:
        headers = []
    messages = [start(status, headers), body(data, more=True), body(data, more=True), body()]
    client = serve_once(says(*messages)).connect().send(GET, GET)
    assert [(r.status, r.body, r.complete) for r in client.responses()] == [(status, b"", True)] * 2


@pytest.mark.parametrize("headers", [[], [CHUNKED], [LENGTH], [LENGTH, CHUNKED]])
@pytest.mark.parametrize("sent", [b"", b"12345", b"much more than that"])
def test_a_head_response_has_no_body_whatever_the_app_sends(serve_once, headers, sent):
    app = says(start(200, headers), body(sent, more=True), body())
    client = serve_once(app).connect().send(HEAD, HEAD)
    responses = client.responses("HEAD", "HEAD")
    assert client.wire.count(b"\r\n\r\n") == 2
    assert [(r.body, r.complete) for r in responses] == [(b"", True)] * 2


def test_after_an_app_s_1xx_the_connection_ends(serve_once):
    client = serve_once(says(start(103, [(b"link", b"x")]), body(b"no"))).connect().send(GET, GET)
    assert client.closed
    assert client.wire.count(b"HTTP/1.1") == 1
    assert client.wire.endswith(b"link: x\r\nconnection: close\r\n\r\n")


# Bodies on the wire.


def after_head(wire: bytes) -> bytes:
    return wire.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("parts", "wire"),
    [
        ([b""], b"0\r\n\r\n"),
        ([b"a"], b"1\r\na\r\n0\r\n\r\n"),
        ([b"", b"", b""], b"0\r\n\r\n"),
        ([b"ab", b"", b"c"], b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
        ([b"ab", b""], b"2\r\nab\r\n0\r\n\r\n"),
        ([b"x" * 255, b""], b"ff\r\n%b\r\n0\r\n\r\n" % (b"x" * 255)),
        ([b"0\r\n\r\n"], b"5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
    ],
)
def test_chunks_are_those_of_the_app_but_for_empty_ones(serve_once, parts, wire):
    messages = [body(part, more=True) for part in parts[:-1]]
    client = serve_once(says(start(), *messages, body(parts[-1]))).connect().send(GET)
    assert after_head(client.wire) == wire
    assert client.response().complete


@pytest.mark.parametrize("size", [65535, 65536, 65537, 1_000_000])
@pytest.mark.parametrize("headers", [[], [CHUNKED], None])
def test_bodies_around_the_high_water_mark_arrive_whole(serve_once, size, headers):
    data = bytes(range(251)) * (size // 251 + 1)
    client = serve_once(reply(data, headers=headers)).connect().send(GET, GET)
    assert [response.body == data for response in client.responses()] == [True, True]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_body_may_be_any_kind_of_bytes(serve_once, kind):
    assert get(serve_once, start(200, [LENGTH]), body(kind(b"12345"))).body == b"12345"


@pytest.mark.parametrize("headers", [[], [LENGTH], [CHUNKED], [IDENTITY]])
def test_an_old_client_reads_to_the_end_of_the_connection(serve, headers):
    server = serve(says(start(200, headers), body(b"12", more=True), body(b"345")))
    client = server.connect().send(OLD, OLD)
    assert after_head(client.wire) == b"12345"
    assert client.response().closes
    assert client.closed


def test_a_response_with_both_length_and_coding_has_only_chunks(serve_once):
    response = get(serve_once, start(200, [LENGTH, CHUNKED]), body(b"not five bytes"))
    assert response.body == b"not five bytes"
    assert response.get(b"content-length") is None


# The connection.


@pytest.mark.parametrize(
    ("values", "closes", "shown"),
    [
        ([b"close"], True, b"close"),
        ([b"Close"], True, b"close"),
        ([b"keep-alive, close"], True, b"close"),
        ([b"keep-alive ,CLOSE ,x"], True, b"close"),
        ([b"keep-alive", b"close"], True, b"close"),
        ([b"close", b"keep-alive"], True, b"close"),
        ([b"\tclose\t"], True, b"close"),
        ([b"keep-alive"], False, b"keep-alive"),
        ([b"Keep-Alive"], False, b"Keep-Alive"),
        ([b"closed"], False, b"closed"),
        ([b"not-close, x close"], False, b"not-close, x close"),
        ([b"a", b"b"], False, b"a, b"),
        ([b""], False, None),
        ([], False, None),
    ],
)
def test_the_app_s_connection_options_are_kept(serve_once, values, closes, shown):
    headers = [LENGTH, *((b"connection", value) for value in values)]
    client = serve_once(reply(b"12345", headers=headers)).connect().send(GET, GET)
    responses = client.responses()
    assert client.closed == closes
    assert len(responses) == (1 if closes else 2)
    assert [response.get(b"connection") for response in responses] == [shown] * len(responses)


@pytest.mark.parametrize(
    "value", [b"close", b"Close", b"x, cLose", b"keep-alive,close", b"close\t"]
)
def test_a_client_that_says_close_is_told_close(serve, value):
    client = serve(reply()).connect().send(request(b"Connection: " + value), GET)
    assert client.response().closes
    assert client.closed


def test_close_is_said_once_if_both_say_it(serve):
    client = serve(reply(b"12345", headers=[LENGTH, CLOSE])).connect().send(CLOSING_GET)
    assert client.response().all(b"connection") == [b"close"]


def test_an_app_cannot_keep_a_connection_that_the_client_ends(serve):
    for first in (CLOSING_GET, OLD):
        client = serve(reply(b"12345", headers=[LENGTH, KEEP])).connect().send(first, GET)
        assert client.response().closes
        assert client.closed


def test_the_wish_to_close_does_not_outlive_its_response(build):
    encoder: Any = new_encoder(build)
    encoder.close = True
    assert encoder.encode(200, [LENGTH], 1, False).endswith(b"connection: close\r\n\r\n")
    encoder.close = False
    assert encoder.encode(200, [LENGTH], 1, False).endswith(b"content-length: 5\r\n\r\n")
