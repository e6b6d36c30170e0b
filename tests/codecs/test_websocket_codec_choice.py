"""codecs.ws_codec(): an engine's name to its class, and which one `auto` takes."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tests.codecs.ws_driving import LIBRARIES
from uvicorn import codecs
from uvicorn._select import Core
from uvicorn.codecs import WS_CODECS, http_codec, ws_codec
from uvicorn.errors import ConfigError


def without_native(core: Core) -> SimpleNamespace:
    return SimpleNamespace(compiled=False, Messages=core.Messages, native_ws_codec=None)


def install(monkeypatch: pytest.MonkeyPatch, *libraries: str) -> None:
    monkeypatch.setattr(codecs, "find_spec", lambda name: name if name in libraries else None)


@pytest.mark.parametrize("name", LIBRARIES)
def test_an_adapter_is_a_codec_of_the_build_it_is_made_for(name: str, build: Core) -> None:
    made = ws_codec(name, build)
    assert made is not None
    assert isinstance(made(100, None), build.Messages)


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_state_of_an_adapter_has_slots_of_its_own(name: str, build: Core) -> None:
    """Also in pure Python, where the base has a __dict__ that they would hide."""
    made: Any = ws_codec(name, build)
    assert made is not None
    own = set(made.__slots__)
    assert own.isdisjoint(vars(build.Messages(100, None)) if not build.compiled else ())
    assert own.isdisjoint(dir(build.Messages))
    assert own >= {"fed", "at"}


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_class_is_made_once_for_each_build(name: str, build: Core) -> None:
    assert ws_codec(name, build) is ws_codec(name, build)
    assert ws_codec(name, build) is ws_codec(name, without_native(build))


def test_websockets_has_two_names(build: Core) -> None:
    assert ws_codec("websockets-sansio", build) is ws_codec("websockets", build)


def test_classes_of_one_protocol_are_not_taken_for_another(build: Core) -> None:
    made: list[type | None] = [http_codec("h11", build), http_codec("httptools", build)]
    made += [ws_codec(name, build) for name in LIBRARIES]
    assert len(set(made)) == len(made)


def test_auto_takes_native_where_it_is_built(build: Core) -> None:
    best = build.native_ws_codec or ws_codec("websockets", build)
    assert ws_codec("auto", build) is best


@pytest.mark.parametrize("name", ["auto", "native"])
def test_native_is_the_class_that_the_build_has(name: str, build: Core) -> None:
    base = build.Messages
    with_native = SimpleNamespace(compiled=True, Messages=base, native_ws_codec=base)
    assert ws_codec(name, with_native) is base


@pytest.mark.parametrize(
    ("installed", "best"),
    [
        (("websockets", "wsproto"), "websockets"),
        (("websockets",), "websockets"),
        (("wsproto",), "wsproto"),
    ],
)
def test_auto_takes_the_best_library_where_native_is_not_built(
    installed: tuple[str, ...], best: str, build: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, *installed)
    assert ws_codec("auto", without_native(build)) is ws_codec(best, build)


def test_auto_takes_none_where_there_is_no_engine(
    build: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    assert ws_codec("auto", without_native(build)) is None


def test_native_needs_no_library(build: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    assert ws_codec("auto", build) is build.native_ws_codec


ALL_NAMES = "auto, native, websockets, websockets-sansio, wsproto"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("picows", f"Unknown WebSocket engine 'picows': choose one of {ALL_NAMES}."),
        ("", f"Unknown WebSocket engine '': choose one of {ALL_NAMES}."),
        ("h11", f"Unknown WebSocket engine 'h11': choose one of {ALL_NAMES}."),
        (
            "native",
            "The native WebSocket engine is not built here: choose --ws websockets or"
            " --ws wsproto.",
        ),
    ],
)
def test_an_engine_that_is_not_there_says_what_to_do(name: str, text: str, build: Core) -> None:
    with pytest.raises(ConfigError) as error:
        ws_codec(name, without_native(build))
    assert str(error.value) == text


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("websockets", "websockets"),
        ("websockets-sansio", "websockets"),
        ("wsproto", "wsproto"),
    ],
)
def test_an_engine_that_is_not_installed_says_what_to_do(
    name: str, library: str, build: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    with pytest.raises(ConfigError) as error:
        ws_codec(name, build)
    assert str(error.value) == (
        f"The WebSocket engine {library} is not installed: pip install {library}, or choose"
        " another one."
    )


@pytest.mark.parametrize("name", WS_CODECS)
def test_only_the_chosen_library_is_imported(name: str) -> None:
    chosen = {name.removesuffix("-sansio")} & set(LIBRARIES)
    program = (
        "import sys\n"
        "from uvicorn import _select, codecs\n"
        "from uvicorn.errors import ConfigError\n"
        f"libraries = set({LIBRARIES!r})\n"
        "assert not libraries & set(sys.modules)\n"
        "try:\n"
        f"    codecs.ws_codec({name!r}, _select.core)\n"
        "except ConfigError:\n"
        f"    assert {name!r} == 'native' and not _select.core.compiled\n"
        f"assert libraries & set(sys.modules) == {chosen!r}\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
