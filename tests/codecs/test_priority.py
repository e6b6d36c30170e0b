from __future__ import annotations

import pytest

from uvicorn.codecs.priority import LONGEST, read_priority


@pytest.mark.parametrize(
    ("value", "priority"),
    [
        (b"", (3, False)),
        (b"u=0", (0, False)),
        (b"u=7, i", (7, True)),
        (b"i,u=1", (1, True)),
        (b"i=?1", (3, True)),
        (b"i=?0", (3, False)),
        (b"i;a=1;b", (3, True)),
        (b"u=2;a", (2, False)),
        (b" u=1 ", (1, False)),
        (b"u=1\t,\ti", (1, True)),
        (b"u=1, u=2, i, i=?0", (2, False)),
        (b'x="a,u=1";q=2, u=5', (5, False)),
        (b'x="\\"\\\\", u=5', (5, False)),
        (b"x=(), *y.z-1_=:YQ==:, u=5", (5, False)),
    ],
)
def test_a_priority_is_read(value: bytes, priority: tuple[int, bool] | None) -> None:
    assert read_priority(value) == priority


@pytest.mark.parametrize("value", [b"u", b"u=8", b"u=-1", b"u=1.0", b"u=?1", b'u="1"', b"u=a"])
def test_an_urgency_that_is_none_is_not_there(value: bytes) -> None:
    assert read_priority(value) == (3, False)


@pytest.mark.parametrize("value", [b"i=1", b'i="?1"', b"i=a"])
def test_an_incremental_that_is_no_boolean_is_not_there(value: bytes) -> None:
    assert read_priority(value) == (3, False)


@pytest.mark.parametrize(
    "value",
    [b",", b"u=1,,i", b"u=", b"u==1", b"U=1", b"u 1", b"1", b"u=1;", b'x="a', b"\x80", b"u=1\0"],
)
def test_what_is_no_dictionary_says_nothing(value: bytes) -> None:
    assert read_priority(value) is None


def test_what_is_too_long_says_nothing() -> None:
    value = b"u=1, x="
    assert read_priority(value.ljust(LONGEST, b"a")) == (1, False)
    assert read_priority(value.ljust(LONGEST + 1, b"a")) is None
