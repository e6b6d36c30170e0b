"""What is done byte by byte is done alike in Python and in C."""

from __future__ import annotations

import random
from typing import Any

import pytest

from uvicorn.core import octets as pure
from uvicorn.wire import CONTENT_LENGTH_DIGITS

TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALL = bytes(range(256))
# Around the widths of the vector registers that C may use.
SIZES = [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 100]


def is_value(byte: int) -> bool:
    return byte == 0x09 or (byte >= 0x20 and byte != 0x7F)


def places(size: int, filler: bytes, byte: int) -> list[bytes]:
    """`byte` at every place among so many others."""
    return [filler * at + bytes([byte]) + filler * (size - at - 1) for at in range(size)]


@pytest.mark.parametrize("byte", range(256))
def test_every_byte_at_every_place_is_known_for_what_it_is(build, byte):
    octets = build.octets
    for size in SIZES:
        for data in places(size, b"a", byte):
            assert octets.is_token(data) is (byte in TOKEN), data
            assert octets.is_field_value(data) is is_value(byte), data


def test_a_token_has_at_least_one_byte_and_a_value_may_have_none(build):
    assert build.octets.is_token(b"") is False
    assert build.octets.is_field_value(b"") is True
    assert build.octets.is_field_value(b"v" * 100_000) is True
    assert build.octets.is_token(b"t" * 100_000) is True


def test_bytes_behind_the_end_are_not_looked_at(build):
    """A slice of a longer object ends where it ends, and a NUL ends nothing."""
    whole = b"token\r\nnot a token"
    for size in range(1, len(whole)):
        assert build.octets.is_token(whole[:size]) is (size <= 5)
    assert build.octets.is_field_value(b"a\0b") is False


def test_random_bytes_mean_the_same_in_both_builds(build):
    chance = random.Random(11)
    alphabets = [
        ALL,
        TOKEN,
        TOKEN + b" \t\x80\xff",
        b"0123456789",
        b"0123456789 +-_,",
        b"\x7f\x1f a",
    ]
    for _ in range(20_000):
        data = bytes(chance.choices(chance.choice(alphabets), k=chance.randrange(70)))
        assert build.octets.is_token(data) == pure.is_token(data), data
        assert build.octets.is_field_value(data) == pure.is_field_value(data), data
        assert build.octets.content_length(data) == pure.content_length(data), data


# Content-Length.


@pytest.mark.parametrize("digits", range(1, 25))
def test_a_length_has_so_many_digits_and_no_more(build, digits):
    for digit in b"0189":
        data = bytes([digit]) * digits
        expected = int(data) if digits <= CONTENT_LENGTH_DIGITS else -1
        assert build.octets.content_length(data) == expected


@pytest.mark.parametrize("byte", sorted(set(ALL) - set(b"0123456789")))
def test_a_length_is_made_of_digits_alone(build, byte):
    for size in (1, 2, 3, CONTENT_LENGTH_DIGITS):
        for data in places(size, b"1", byte):
            assert build.octets.content_length(data) == -1, data


@pytest.mark.parametrize(("data", "number"), [(b"", -1), (b"0", 0), (b"000", 0), (b"0010", 10)])
def test_a_length_is_decimal_whatever_it_starts_with(build, data, number):
    assert build.octets.content_length(data) == number


# Joining, and what is no bytes.


def test_joined_parts_are_those_given(build):
    chance = random.Random(12)
    for _ in range(500):
        parts = [chance.randbytes(chance.randrange(40)) for _ in range(chance.randrange(30))]
        assert build.octets.join(parts) == b"".join(parts)
    assert build.octets.join([]) == b""
    assert build.octets.join([ALL * 1000, b"", ALL]) == ALL * 1001


@pytest.mark.parametrize("data", [None, "text", 5, [b"a"]], ids=repr)
def test_what_is_not_bytes_is_a_type_error(build, data: Any):
    for function in (build.octets.is_token, build.octets.is_field_value):
        with pytest.raises(TypeError):
            function(data)
    for parts in (None, [data], [b"a", data]):
        with pytest.raises(TypeError):
            build.octets.join(parts)
