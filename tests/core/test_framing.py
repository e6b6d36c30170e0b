"""What the fields of a request mean together, in Python and compiled."""

from __future__ import annotations

import random
from typing import Any

import pytest

from uvicorn.core.framing import Framing as PureFraming
from uvicorn.errors import ProtocolError
from uvicorn.wire import FRAMING_FIELDS

HOST = (b"host", b"a")
RESULTS = ["content_length", "chunked", "keep_alive", "upgrade", "expect_continue"]
NOTHING = (-1, False, True, b"", False)

Fields = list[tuple[bytes, bytes]]


def read(
    framing: Any, fields: Fields, method: str = "GET", target: bytes = b"/", minor: int = 1
) -> tuple[Any, ...]:
    """All that the framing found, or the refusal."""
    try:
        framing.start()
        for name, value in fields:
            framing.field(FRAMING_FIELDS[name], value)
        framing.finish(method, target, minor)
    except ProtocolError as error:
        return error.status, error.reason
    return tuple(getattr(framing, name) for name in RESULTS)


# Fields after a Host, in HTTP/1.1 -> content_length, chunked, keep_alive, upgrade, expect.


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ([], NOTHING),
        ([(b"content-length", b"0")], (0, False, True, b"", False)),
        ([(b"content-length", b"123")], (123, False, True, b"", False)),
        ([(b"transfer-encoding", b"chunked")], (-1, True, True, b"", False)),
        ([(b"transfer-encoding", b"CHUNKED")], (-1, True, True, b"", False)),
        ([(b"connection", b"close")], (-1, False, False, b"", False)),
        ([(b"connection", b"x\t,\tClOsE , y")], (-1, False, False, b"", False)),
        ([(b"connection", b"x"), (b"connection", b"close")], (-1, False, False, b"", False)),
        ([(b"connection", b"not-close, closed")], NOTHING),
        ([(b"connection", b"keep-alive")], NOTHING),
        ([(b"connection", b"keep-alive"), (b"upgrade", b"x")], NOTHING),
        ([(b"connection", b"")], NOTHING),
        ([(b"upgrade", b"websocket")], NOTHING),
        (
            [(b"connection", b"Upgrade"), (b"upgrade", b"WebSocket")],
            (-1, False, True, b"websocket", False),
        ),
        (
            [(b"upgrade", b"a"), (b"connection", b"keep-alive, upgrade"), (b"upgrade", b"B")],
            (-1, False, True, b"a,b", False),
        ),
        (
            [(b"connection", b"upgrade, close"), (b"upgrade", b"h2c")],
            (-1, False, False, b"h2c", False),
        ),
        ([(b"expect", b"100-continue")], (-1, False, True, b"", True)),
        ([(b"expect", b"100-Continue")], (-1, False, True, b"", True)),
        ([(b"expect", b"200-ok")], NOTHING),
    ],
)
def test_fields_mean_what_the_rfc_says(build, fields, found):
    assert read(build.Framing(), [HOST, *fields]) == found
    assert read(build.Framing(), [*fields, HOST]) == found


@pytest.mark.parametrize(
    "fields",
    [
        [(b"connection", b"keep-alive")],
        [(b"connection", b"upgrade"), (b"upgrade", b"websocket")],
        [(b"expect", b"100-continue")],
        [(b"connection", b"close")],
        [],
    ],
)
def test_http_1_0_ends_with_its_response_and_knows_no_more(build, fields):
    assert read(build.Framing(), fields, minor=0) == (-1, False, False, b"", False)


# Refusals: fields after a Host, minor version -> status.

CHUNKED = (b"transfer-encoding", b"chunked")
LENGTH = (b"content-length", b"5")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([LENGTH, LENGTH], 400),
        ([LENGTH, (b"content-length", b"6")], 400),
        ([LENGTH, CHUNKED], 400),
        ([CHUNKED, LENGTH], 400),
        ([CHUNKED, CHUNKED], 400),
        ([HOST], 400),
        ([(b"host", b"b")], 400),
        *(
            [[(b"transfer-encoding", value)], 400]
            for value in (b"", b",", b"chunked,", b",chunked")
        ),
        *([[(b"transfer-encoding", value)], 400] for value in (b"gzip", b"chunked, gzip", b"\0")),
        *([[(b"transfer-encoding", value)], 400] for value in (b"chunked, chunked", b"xchunked")),
        *([[(b"transfer-encoding", value)], 501] for value in (b"gzip, chunked", b"x,\tCHUNKED")),
        ([(b"transfer-encoding", b" chunked\t")], 501),
        ([(b"transfer-encoding", b"gzip"), CHUNKED], 501),
        ([(b"transfer-encoding", b""), CHUNKED], 400),
        *([[(b"content-length", value)], 400] for value in (b"", b" ", b"-1", b"+1", b"1, 1")),
        *([[(b"content-length", value)], 400] for value in (b"0x1", b"1_0", b"\xb2", b"9" * 19)),
    ],
)
def test_ambiguous_framing_is_refused(build, fields, status):
    assert read(build.Framing(), [HOST, *fields])[0] == status


@pytest.mark.parametrize("value", [b"chunked", b"gzip", b"gzip, chunked", b"identity"])
def test_a_coding_in_http_1_0_is_refused(build, value):
    assert read(build.Framing(), [(b"transfer-encoding", value)], minor=0)[0] == 400


def test_http_1_1_needs_a_host_and_http_1_0_does_not(build):
    assert read(build.Framing(), [])[0] == 400
    assert read(build.Framing(), [], minor=0) == (-1, False, False, b"", False)
    assert read(build.Framing(), [HOST, HOST], minor=0)[0] == 400


GOOD_HOSTS = [
    b"",
    b"a",
    b"a.b:80",
    b"127.0.0.1:65535",
    b"[::1]",
    b"[::1]:8000",
    b"a:",
    b"%41",
    b"_~",
]
BAD_HOSTS = [b"a b", b"a/b", b"u@a", b"a:b", b"a:123456", b"[::1", b"::1", b"a,b:", b"\xff", b"a\n"]


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_a_host_is_a_host_and_a_port_or_nothing(build, host):
    assert read(build.Framing(), [(b"host", host)]) == NOTHING


@pytest.mark.parametrize(
    "host", [*BAD_HOSTS[:7], *BAD_HOSTS[8:], b"%4", b"%zz", b"a?b", b"a#b", b"a:-1"]
)
def test_what_is_no_host_is_refused_each_time(build, host):
    framing = build.Framing()
    for _ in range(2):
        assert read(framing, [(b"host", host)])[0] == 400
    assert read(framing, [HOST]) == NOTHING
    assert read(framing, [(b"host", host)])[0] == 400


@pytest.mark.parametrize(
    ("method", "target", "good"),
    [
        ("GET", b"/", True),
        ("GET", b"//a", True),
        ("GET", b"http://a", True),
        ("GET", b"HTTPS://a:1/b?c", True),
        ("GET", b"http://a?b", True),
        ("GET", b"http://[::1]/", True),
        ("GET", b"http://", False),
        ("GET", b"http:///x", False),
        ("GET", b"http://u@a/", False),
        ("GET", b"ftp://a/", False),
        ("GET", b"a", False),
        ("GET", b"a:80", False),
        ("GET", b"?a", False),
        ("GET", b"*", False),
        ("OPTIONS", b"*", True),
        ("options", b"*", False),
        ("OPTIONS", b"**", False),
        ("OPTIONS", b"*?a", False),
        ("OPTIONS", b"/", True),
        ("CONNECT", b"a:80", True),
        ("CONNECT", b"[::1]:80", True),
        ("CONNECT", b"a", False),
        ("CONNECT", b"a:", False),
        ("CONNECT", b":80", False),
        ("CONNECT", b"/", False),
        ("CONNECT", b"http://a:80/", False),
        ("CONNECT", b"a:80/", False),
        ("CONNECT", b"*", False),
    ],
)
def test_a_target_has_one_of_four_forms(build, method, target, good):
    found = read(build.Framing(), [HOST], method, target)
    taken = (-1, False, False, b"", False) if method == "CONNECT" else NOTHING
    assert found == (taken if good else (400, "Bad request target"))


# One object reads all requests of a connection.


@pytest.mark.parametrize("connection", [b"keep-alive", b"upgrade", b"x"])
def test_nothing_follows_a_connect_whatever_the_client_says(build, connection):
    framing = build.Framing()
    found = read(framing, [HOST, (b"connection", connection)], "CONNECT", b"a:80")
    assert found == (-1, False, False, b"", False)
    assert read(framing, [HOST]) == NOTHING


def test_nothing_of_one_request_counts_for_the_next(build):
    framing = build.Framing()
    everything = [
        HOST,
        CHUNKED,
        (b"connection", b"close, upgrade"),
        (b"upgrade", b"h2c"),
        (b"expect", b"100-continue"),
    ]
    assert read(framing, everything) == (-1, True, False, b"h2c", True)
    assert read(framing, [HOST]) == NOTHING
    assert read(framing, [HOST, LENGTH]) == (5, False, True, b"", False)
    assert read(framing, [HOST, LENGTH, LENGTH])[0] == 400
    assert read(framing, [HOST]) == NOTHING
    assert read(framing, [])[0] == 400


VALUES = {
    b"host": [b"a", b"b", *GOOD_HOSTS, *BAD_HOSTS],
    b"content-length": [b"0", b"5", b"10", b"", b"x", b"1,1", b"9" * 18, b"9" * 19, b" 5"],
    b"transfer-encoding": [b"chunked", b"Chunked", b"gzip", b"gzip, chunked", b"", b"identity"],
    b"connection": [b"close", b"keep-alive", b"Upgrade", b"keep-alive, upgrade", b"", b"x,close"],
    b"upgrade": [b"websocket", b"H2C", b"", b"a, b"],
    b"expect": [b"100-continue", b"100-Continue", b"x", b""],
}
TARGETS = [b"/", b"/a?b", b"*", b"http://a", b"http://a?b/c", b"a:80", b"//", b"x", b"http://%zz"]


def random_value(chance: random.Random, name: bytes) -> bytes:
    value = chance.choice(VALUES[name])
    if chance.random() < 0.1:
        at = chance.randrange(len(value) + 1)
        value = value[:at] + bytes([chance.randrange(256)]) + value[at:]
    return value


def test_random_fields_mean_the_same_in_both_builds(build):
    chance = random.Random(13)
    framing, pure = build.Framing(), PureFraming()
    refused = 0
    for _ in range(20_000):
        names = chance.choices(list(VALUES), k=chance.randrange(5))
        fields = [(name, random_value(chance, name)) for name in names]
        if chance.random() < 0.7:
            fields.insert(chance.randrange(len(fields) + 1), HOST)
        method = chance.choice(["GET", "GET", "OPTIONS", "CONNECT"])
        target = chance.choice(TARGETS)
        minor = chance.choice([0, 1, 1])
        found = read(framing, fields, method, target, minor)
        assert found == read(pure, fields, method, target, minor), (method, target, minor, fields)
        refused += len(found) == 2
    assert 5_000 < refused < 19_000
