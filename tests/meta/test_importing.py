"""Each module imports alone, and nothing is imported that a configuration does not use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.meta.sources import modules
from uvicorn import _select

# Libraries that are there for an option, an engine or the command line alone.
OPTIONAL = {"a2wsgi", "click", "dotenv", "gunicorn", "h11", "h2", "httptools", "redis"}
OPTIONAL |= {"setproctitle", "uvloop", "watchfiles", "websockets", "wsproto", "yaml"}

# Which module brings one of them, itself or through what it imports.
BRINGS = {
    "uvicorn.__main__": {"click"},
    "uvicorn.cli": {"click"},
    "uvicorn.codecs.h11": {"h11"},
    "uvicorn.codecs.httptools": {"httptools"},
    "uvicorn.codecs.websockets": {"websockets"},
    "uvicorn.codecs.wsproto": {"wsproto", "h11"},
    "uvicorn.protocols.http.auto": {"httptools" if find_spec("httptools") else "h11"},
    "uvicorn.protocols.http.h11_impl": {"h11"},
    "uvicorn.protocols.http.httptools_impl": {"httptools"},
    "uvicorn.supervisors.watchfilesreload": {"watchfiles"},
    "uvicorn.workers": {"gunicorn"},
}

# Starts a server with the options given as JSON, ends it, and prints what that has loaded.
SERVE = """
import json, sys, uvicorn
async def app(scope, receive, send): raise RuntimeError
options = {"log_level": "error", **json.loads(sys.argv[1])}
server = uvicorn.Server(uvicorn.Config(app, port=0, **options))
server.should_exit = True
server.run()
assert server.started
print(json.dumps(sorted(sys.modules)))
"""
NOT_TO_SERVE = {*OPTIONAL, "http.client", "logging.config", "multiprocessing", "typing_extensions"}
NOT_TO_SERVE |= {"uvicorn.cli", "uvicorn.main", "uvicorn.protocols", "uvicorn.middleware.asgi2"}
NOT_TO_SERVE |= {"uvicorn.middleware.wsgi", "uvicorn.middleware.message_logger"}
NOT_TO_SERVE |= {"uvicorn.supervisors", "uvicorn.listen.tls"}
NOT_TO_SERVE |= {f"uvicorn.{build}.tls" for build in ("core", "_speed")}
NOT_TO_SERVE |= {f"uvicorn.{build}.tls_handshake" for build in ("core", "_speed")}

# Engine, other options, what they need of that after all.
CONFIGURATIONS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("native", {"loop": "asyncio"}, set()),
    ("h11", {"loop": "asyncio"}, {"h11"}),
    ("httptools", {"loop": "asyncio", "lifespan": "off"}, {"httptools"}),
]
IN_THIS_BUILD = [row for row in CONFIGURATIONS if row[0] != "native" or _select.core.compiled]


@cache
def imported_alone() -> dict[str, list[str]]:
    script = Path(__file__).with_name("imported_alone.py")
    command = [sys.executable, str(script), *modules()]
    answer: dict[str, list[str]] = json.loads(subprocess.check_output(command, timeout=120))
    return answer


@cache
def loaded_to_serve(http: str, **options: Any) -> set[str]:
    given = json.dumps({"http": http, **options})
    command = [sys.executable, "-c", SERVE, given]
    environment = {**os.environ, "UVICORN_EXTENSIONS": "require" if http == "native" else "skip"}
    return set(json.loads(subprocess.check_output(command, env=environment, timeout=60)))


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_module_imports_alone_and_brings_nothing_optional(module: str) -> None:
    brought = imported_alone()[module]
    assert module in brought, brought
    assert set(OPTIONAL) & set(brought) == BRINGS.get(module, set())


def test_importing_uvicorn_imports_its_version_alone() -> None:
    brought = imported_alone()["uvicorn"]
    named = [name for name in brought if name.startswith("uvicorn")]
    assert sorted(named) == ["uvicorn", "uvicorn._version"]


def test_a_codec_over_a_library_brings_no_core() -> None:
    for module in ("uvicorn.codecs.h11", "uvicorn.codecs.httptools"):
        assert not [name for name in imported_alone()[module] if name.startswith("uvicorn.core")]


@pytest.mark.parametrize(("http", "options", "needed"), IN_THIS_BUILD)
def test_a_server_loads_what_it_needs_alone(
    http: str, options: dict[str, Any], needed: set[str]
) -> None:
    assert loaded_to_serve(http, **options) & NOT_TO_SERVE == needed


@pytest.mark.parametrize(("http", "options", "needed"), IN_THIS_BUILD)
def test_a_server_loads_one_build_of_the_core(
    http: str, options: dict[str, Any], needed: set[str]
) -> None:
    loaded = loaded_to_serve(http, **options)
    used, other = "uvicorn.core.", "uvicorn._speed."
    if http == "native":
        used, other = other, used
    assert [name for name in loaded if name.startswith(used)]
    assert not [name for name in loaded if name.startswith(other)]


def test_a_server_loads_neither_lifespan_nor_engine_that_is_turned_off() -> None:
    loaded = loaded_to_serve("httptools", loop="asyncio", lifespan="off")
    assert not {"uvicorn.lifespan.on", "uvicorn.codecs.h11", "uvicorn.loops.uvloop"} & loaded


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"interface": "asgi2"}, {"asgi2"}),
        ({"interface": "wsgi"}, {"wsgi", "a2wsgi"}),
        ({"log_level": "trace"}, {"message_logger"}),
    ],
)
def test_a_server_loads_the_middleware_that_it_runs_alone(
    options: dict[str, Any], expected: set[str]
) -> None:
    loaded = loaded_to_serve("h11", loop="asyncio", lifespan="off", **options)
    prefix = "uvicorn.middleware."
    found = {name.removeprefix(prefix) for name in loaded if name.startswith(prefix)}
    # It stands around every app, and is passed by: see Config.served_app.
    found -= {"proxy_headers"}
    ours = {name for name in found if "." not in name}
    assert ours | ({"a2wsgi"} & loaded) == expected
