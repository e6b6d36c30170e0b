"""What the adapters do by themselves, and what they leave to their libraries."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from tests.cases.http1 import END, NEXT, chunked, head
from tests.cases.http1_requests import CASES
from tests.codecs.driving import codec_maker, drive
from uvicorn import _select
from uvicorn.codecs import h11, httptools

WITH_LENGTH = head(b"Content-Length: 2", start=b"POST / HTTP/1.1") + b"hi"
CHUNKED = chunked(b"2\r\nhi\r\n" + END)
UPGRADE = head(b"Connection: upgrade", b"Upgrade: h2c")
CONNECT = head(start=b"CONNECT a:1 HTTP/1.1")
OTHER_METHOD = head(start=b"BREW / HTTP/1.1")
OTHER_VERSION = head(start=b"GET / HTTP/1.7")
LLHTTP: Any = httptools.__dict__["httptools"].HttpRequestParser


def heads_split_without(library: ModuleType, data: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    split = library.split_fields
    count = 0

    def counted(block: bytes) -> list[tuple[bytes, bytes]]:
        nonlocal count
        count += 1
        return list(split(block))

    monkeypatch.setattr(library, "split_fields", counted)
    name = library.__name__.rpartition(".")[2]
    assert drive(codec_maker(_select.PURE, name)(), [data]).refused is None
    return count


@pytest.mark.parametrize(
    "data",
    [
        NEXT * 3,
        b"\r\n" + NEXT,
        WITH_LENGTH + NEXT + WITH_LENGTH + NEXT,
        CHUNKED + NEXT + CHUNKED + NEXT,
        UPGRADE + NEXT + UPGRADE + NEXT,
        NEXT + CONNECT,
        head(b"X: \xff", b"Y:", b"Z: a b\t") + NEXT,
    ],
)
def test_usual_heads_are_split_by_llhttp(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert heads_split_without(httptools, data, monkeypatch) == 0


@pytest.mark.parametrize("unusual", [OTHER_METHOD, OTHER_VERSION])
def test_llhttp_goes_on_behind_a_head_that_it_refuses(
    unusual: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert heads_split_without(httptools, NEXT + unusual + NEXT, monkeypatch) == 1


@pytest.mark.parametrize(
    "data",
    [
        NEXT * 3,
        b"\r\n" + NEXT,
        UPGRADE + OTHER_METHOD + OTHER_VERSION + CONNECT,
        head(b"X: \xff", b"Y:", b"Z: a b\t") + NEXT,
    ],
)
def test_heads_without_a_body_are_split_by_h11(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert heads_split_without(h11, data, monkeypatch) == 0


def test_what_h11_would_rewrite_is_split_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = WITH_LENGTH + NEXT + CHUNKED + NEXT
    assert heads_split_without(h11, data, monkeypatch) == 2


def lax_parser(protocol: object) -> Any:
    """An llhttp that takes what older releases took: folds, bare LFs, control bytes."""
    parser = LLHTTP(protocol)
    parser.set_dangerous_leniencies(
        lenient_headers=True,
        lenient_chunked_length=True,
        lenient_transfer_encoding=True,
        lenient_version=True,
        lenient_optional_lf_after_cr=True,
        lenient_optional_cr_before_lf=True,
    )
    return parser


def test_the_verdict_does_not_depend_on_how_lax_llhttp_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uvicorn.codecs.httptools.httptools.HttpRequestParser", lax_parser)
    new_codec = codec_maker(_select.PURE, "httptools")
    for case in CASES:
        outcome = drive(new_codec(), [case.data])
        assert (outcome.requests, outcome.refused) == (case.requests, case.refused), case.name


def test_names_that_are_common_are_one_object_for_all_requests() -> None:
    first, second = drive(codec_maker(_select.PURE, "httptools")(), [NEXT * 2]).requests
    assert first.headers[0][0] is second.headers[0][0]
    assert first.headers is not second.headers
