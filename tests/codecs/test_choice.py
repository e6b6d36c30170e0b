"""codecs.http_codec(): an engine's name to its class, and which one `auto` takes."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from uvicorn import codecs
from uvicorn._select import Core
from uvicorn.codecs import http_codec
from uvicorn.errors import ConfigError


def without_native(core: Core) -> SimpleNamespace:
    return SimpleNamespace(HttpCodec=core.HttpCodec, Framing=core.Framing, native_http_codec=None)


@pytest.mark.parametrize("name", ["httptools", "h11"])
def test_an_adapter_is_a_codec_of_the_build_it_is_made_for(name: str, build: Core) -> None:
    made = http_codec(name, build)
    codec: Any = made(100, 1000, 10)
    assert type(codec.framing) is build.Framing
    assert isinstance(codec, build.HttpCodec)
    assert (codec.limit_line, codec.limit_head, codec.limit_fields) == (100, 1000, 10)


@pytest.mark.parametrize("name", ["httptools", "h11"])
def test_a_class_is_made_once_for_each_build(name: str, build: Core) -> None:
    assert http_codec(name, build) is http_codec(name, build)
    assert http_codec(name, build) is http_codec(name, without_native(build))


def test_auto_takes_native_where_it_is_built(build: Core) -> None:
    best = build.native_http_codec or http_codec("httptools", build)
    assert http_codec("auto", build) is best


def test_auto_takes_httptools_where_native_is_not_built(build: Core) -> None:
    assert http_codec("auto", without_native(build)) is http_codec("httptools", build)


def test_auto_takes_h11_where_there_is_nothing_else(
    build: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    h11 = http_codec("h11", build)
    monkeypatch.setattr(codecs, "find_spec", lambda name: name if name == "h11" else None)
    assert http_codec("auto", without_native(build)) is h11


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("zttp", "Unknown HTTP engine 'zttp': choose one of auto, native, httptools, h11."),
        ("", "Unknown HTTP engine '': choose one of auto, native, httptools, h11."),
        (
            "native",
            "The native HTTP engine is not built here: choose --http httptools or --http h11.",
        ),
    ],
)
def test_an_engine_that_is_not_there_says_what_to_do(name: str, text: str, build: Core) -> None:
    with pytest.raises(ConfigError) as error:
        http_codec(name, without_native(build))
    assert str(error.value) == text


def test_an_engine_that_is_not_installed_says_what_to_do(
    build: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codecs, "find_spec", lambda name: None)
    with pytest.raises(ConfigError) as error:
        http_codec("httptools", build)
    assert str(error.value) == (
        "The HTTP engine httptools is not installed: pip install httptools, or choose another one."
    )


@pytest.mark.parametrize(("chosen", "other"), [("h11", "httptools"), ("httptools", "h11")])
def test_only_the_chosen_library_is_imported(chosen: str, other: str) -> None:
    program = (
        "import sys\n"
        "from uvicorn import _select, codecs\n"
        "assert not {'h11', 'httptools'} & set(sys.modules)\n"
        f"codecs.http_codec({chosen!r}, _select.core)\n"
        f"assert {chosen!r} in sys.modules and {other!r} not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
