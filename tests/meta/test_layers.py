"""Imports point down: what a module knows can be read from where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.meta.sources import imports, modules, our_imports

# From the ground up; a name is that of a module or folder right below `uvicorn`. A module may
# import what stands in a lower row, and what is in its own folder.
LEVELS = (
    ("_ansi", "_shapes", "_types", "_version", "errors", "wire"),
    ("forwarded", "importer"),
    ("logging", "state"),
    ("core",),
    ("_select", "_speed"),
    ("codecs", "options"),
    ("lifespan", "listen", "loops", "middleware", "broadcast", "system"),
    ("interface",),
    ("config", "assemble"),
    ("shutdown",),
    ("server", "protocols"),
    ("_subprocess",),
    ("supervisors",),
    ("_compat", "main", "workers"),
    ("cli",),
    ("__main__",),
)
LEVEL = {name: level for level, row in enumerate(LEVELS) for name in row}

# Imports that point up, each with its reason.
UPWARD = {
    ("uvicorn.main", "uvicorn.cli"): "uvicorn.main:main is a known name of the command",
}

# `uvicorn` itself is there before any of its modules and imports none of them.
ROOT = "uvicorn"

# What only these modules may import, anywhere: what a configuration does not use stays away.
OPTIONAL = {
    "a2wsgi": {"uvicorn.middleware.wsgi"},
    "click": {"uvicorn.cli"},
    "dotenv": {"uvicorn.config"},
    "gunicorn": {"uvicorn.workers"},
    "h11": {"uvicorn.codecs.h11", "uvicorn.protocols.http.h11_impl"},
    "httptools": {"uvicorn.codecs.httptools", "uvicorn.protocols.http.httptools_impl"},
    "uvloop": set(),
    "watchfiles": {"uvicorn.supervisors.watchfilesreload"},
    "yaml": {"uvicorn.logging"},
}


def room(module: str) -> str:
    return module.split(".")[1]


def is_allowed(module: str, imported: str) -> bool:
    if imported == ROOT or (module, imported) in UPWARD:
        return True
    return room(imported) == room(module) or LEVEL[room(imported)] < LEVEL[room(module)]


def test_every_module_has_a_level() -> None:
    assert {room(module) for module in modules() if module != ROOT} <= set(LEVEL)


@pytest.mark.parametrize("module", sorted(set(modules()) - {ROOT}))
def test_imports_point_down(module: str) -> None:
    wrong = [name for name in our_imports(modules()[module]) if not is_allowed(module, name)]
    assert not wrong, f"{module} stands at level {LEVEL[room(module)]}, not above {wrong}"


def test_the_package_itself_imports_its_version_alone() -> None:
    assert our_imports(modules()[ROOT]) == {"uvicorn._version"}


def test_no_imports_form_a_circle_not_even_those_for_types_or_inside_of_functions() -> None:
    left = {name: our_imports(path, types=True) - {name} for name, path in modules().items()}
    while free := {name for name, imported in left.items() if not imported & left.keys()}:
        left = {name: imported for name, imported in left.items() if name not in free}
    assert left == {}


def test_the_list_of_upward_imports_holds_no_more_than_there_are() -> None:
    there = {(name, other) for name, path in modules().items() for other in our_imports(path)}
    assert set(UPWARD) <= there


@pytest.mark.parametrize("library", sorted(OPTIONAL))
def test_an_optional_library_is_imported_where_it_is_used_alone(library: str) -> None:
    def imports_it(path: Path) -> bool:
        return any(origin.partition(".")[0] == library for origin, _ in imports(path))

    assert {name for name, path in modules().items() if imports_it(path)} == OPTIONAL[library]
