"""core.utf8: what is UTF-8, however it comes in pieces, in both builds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases.websocket_texts import CUT_SHORT, INVALID, VALID
from tests.conftest import BUILDS
from uvicorn._select import Core

# RFC 3629 section 4: whole characters, then perhaps the beginning of one.
CHARACTER = (
    rb"[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]"
    rb"|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
BEGINNING = (
    rb"[\xc2-\xf4]|\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]?|[\xf1-\xf3][\x80-\xbf]{1,2}|\xf4[\x80-\x8f][\x80-\xbf]?"
)
RIGHT_SO_FAR = re.compile(rb"(?s:%b)*(?:%b)?" % (CHARACTER, BEGINNING))
COMPLETE = re.compile(rb"(?s:%b)*" % CHARACTER)
SETTINGS = settings(derandomize=True, database=None, deadline=None, max_examples=1000)


@pytest.mark.parametrize("name", VALID)
def test_text_is_right_in_pieces_of_any_size(name: str, build: Core) -> None:
    data = VALID[name].encode()
    for size in (1, 2, 3, 5, 16, 17, len(data)):
        utf8 = build.utf8.Utf8()
        for at in range(0, len(data), size):
            assert utf8.check(data[at : at + size])
        assert utf8.complete()


@pytest.mark.parametrize("name", INVALID)
def test_a_wrong_byte_shows_with_its_piece(name: str, build: Core) -> None:
    data = INVALID[name]
    for cut in range(len(data)):
        utf8 = build.utf8.Utf8()
        assert utf8.check(data[:cut])
        assert not utf8.check(data[cut:])


@pytest.mark.parametrize("name", INVALID)
def test_nothing_is_right_behind_a_wrong_byte(name: str, build: Core) -> None:
    utf8 = build.utf8.Utf8()
    assert not utf8.check(INVALID[name])
    assert not utf8.complete()
    assert not utf8.check(b"")
    assert not utf8.check(b"text")
    assert not utf8.complete()


@pytest.mark.parametrize("name", CUT_SHORT)
def test_text_that_is_cut_short_is_right_but_not_complete(name: str, build: Core) -> None:
    utf8 = build.utf8.Utf8()
    assert utf8.complete()
    assert utf8.check(CUT_SHORT[name])
    assert not utf8.complete()
    assert utf8.check(b"")
    assert not utf8.complete()


def test_every_pair_of_bytes_is_judged_by_the_grammar(build: Core) -> None:
    new = build.utf8.Utf8
    pairs = [bytes((first, second)) for first in range(256) for second in range(256)]
    assert [pair for pair in pairs if new().check(pair) != bool(RIGHT_SO_FAR.fullmatch(pair))] == []


# Few bytes, so that characters come about.
odd_bytes = st.sampled_from(
    b"a\x00\x7f\x80\x8f\x90\x9f\xa0\xbf\xc1\xc2\xdf\xe0\xed\xef\xf0\xf4\xf5"
)
some_bytes = st.lists(odd_bytes, max_size=6).map(bytes)
pieces = st.lists(some_bytes | st.text(max_size=5).map(str.encode) | st.just(b"a" * 40), max_size=8)


@SETTINGS
@given(pieces)
def test_any_bytes_are_judged_by_the_grammar(pieces: list[bytes]) -> None:
    for package in BUILDS:
        utf8 = Core(package).utf8.Utf8()
        so_far = b""
        for piece in pieces:
            so_far += piece
            assert utf8.check(piece) == bool(RIGHT_SO_FAR.fullmatch(so_far))
            assert utf8.complete() == bool(COMPLETE.fullmatch(so_far))
