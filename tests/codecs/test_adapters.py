"""What the adapters do by themselves, and what they leave to their libraries."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.cases.http1 import END, NEXT, chunked, head
from tests.codecs.driving import codec_maker, drive
from uvicorn import _select
from uvicorn.codecs import h11, httptools

WITH_LENGTH = head(b"Content-Length: 2", start=b"POST / HTTP/1.1") + b"hi"
CHUNKED = chunked(b"2\r\nhi\r\n" + END)
UPGRADE = head(b"Connection: upgrade", b"Upgrade: h2c")
CONNECT = head(start=b"CONNECT a:1 HTTP/1.1")
OTHER_METHOD = head(start=b"BREW / HTTP/1.1")
OTHER_VERSION = head(start=b"GET / HTTP/1.7")


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
        CONNECT + NEXT,
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
        UPGRADE + CONNECT + OTHER_METHOD + OTHER_VERSION + NEXT,
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
