"""What is compiled, who knows of it, and how UVICORN_EXTENSIONS chooses.

Where nothing is compiled, the tests over compiled_modules() have nothing to look at; with
UVICORN_EXTENSIONS=require such a process does not come this far.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType

import pytest

from tests.meta.build import SUFFIX, setup_of, stale_line
from tests.meta.sources import CORE, ROOT, SPEED, declarations
from uvicorn import _select
from uvicorn.errors import ConfigError

ALL = _select.modules(_select.PURE) | _select.NATIVE_CODECS
# Set for classes that a `class` statement makes, and not for those of an extension.
HEAP_TYPE = 1 << 9


def compiled_modules() -> list[ModuleType]:
    if not _select.core.compiled:
        return []
    return [import_module(f"{_select.COMPILED}.{name}") for name in sorted(ALL)]


# Who knows the modules.


def test_setup_compiles_what_select_asks_for() -> None:
    with setup_of(ROOT) as setup:
        assert set(setup["SOURCES"]) == ALL


def test_select_finds_every_module_of_the_core() -> None:
    assert _select.modules(_select.PURE) == {path.stem for path in CORE.glob("[!_]*.py")}


def test_each_module_has_its_types() -> None:
    assert {path.stem for path in SPEED.glob("*.pxd")} - {"csrc"} == ALL


def test_each_c_file_is_part_of_a_module() -> None:
    with setup_of(ROOT) as setup:
        files = {file.as_posix() for file in setup["needed"](*setup["SOURCES"].values())}
    there = {f"csrc/{path.name}" for path in (ROOT / "csrc").glob("*.[ch]")}
    assert there - files == set()


# What is stale.


def test_what_is_compiled_is_not_older_than_its_sources() -> None:
    if line := stale_line():
        pytest.fail(line, pytrace=False)


# Each file here, and the modules that are compiled anew when it has changed.
SMALL_HOUSE = {
    "setup.py": ("", "lower upper native"),
    "src/uvicorn/core/lower.py": ("", "lower"),
    "src/uvicorn/core/upper.py": ("from .lower import lower", "upper"),
    "src/uvicorn/core/native.py": ("", ""),
    "src/uvicorn/_speed/lower.pxd": ("from uvicorn._speed.upper cimport upper", "lower upper"),
    "src/uvicorn/_speed/upper.pxd": ("from uvicorn._speed.lower cimport lower", "lower upper"),
    "src/uvicorn/_speed/native.pxd": ("", "native"),
    "src/uvicorn/_speed/csrc.pxd": ("", "native"),
    "src/uvicorn/_speed/native.pyx": (
        "# distutils: sources = csrc/bytes.c\nfrom uvicorn._speed.csrc cimport *",
        "native",
    ),
    "csrc/bytes.c": ("", "native"),
    "csrc/bytes.h": ("", "native"),
    "csrc/other.c": ("", ""),
}


@pytest.mark.parametrize("changed", SMALL_HOUSE)
def test_a_change_makes_stale_what_is_made_from_it(changed: str, tmp_path: Path) -> None:
    for path, (text, _) in SMALL_HOUSE.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        os.utime(tmp_path / path, (100, 100))
    with setup_of(tmp_path) as setup:
        modules = ["lower", "upper", "native"]
        assert all(setup["stale"](module) for module in modules), "there is nothing yet"
        for module in modules:
            built = tmp_path / f"src/uvicorn/_speed/{module}{SUFFIX}"
            built.touch()
            os.utime(built, (200, 200))
        assert not any(setup["stale"](module) for module in modules)
        os.utime(tmp_path / changed, (300, 300))
        stale = {module for module in modules if setup["stale"](module)}
    assert stale == set(SMALL_HOUSE[changed][1].split())


# How it is compiled.


def test_annotations_give_no_types() -> None:
    """They are for readers and mypy; Cython would take `int` for a C number."""
    assert '"annotation_typing": False' in (ROOT / "setup.py").read_text(encoding="utf-8")


def setup_without_a_compiler(wish: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "setup.py", "-q", "build_ext", "--build-lib", str(folder)]
    # Python's build may name a compiler for linking, too.
    missing = {"CC": "/nowhere/cc", "CXX": "/nowhere/cc", "LDSHARED": "/nowhere/cc"}
    environment = {**os.environ, **missing, "UVICORN_EXTENSIONS": wish}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("wish", ["", "require"])
def test_setup_tries_the_compiler_before_it_translates_anything(wish: str, tmp_path: Path) -> None:
    done = setup_without_a_compiler(wish, tmp_path)
    assert done.returncode == (1 if wish else 0), done.stderr
    said = "No extension can be compiled here" if wish else "No C compiler for Python's headers"
    assert said in done.stderr
    assert "Cythonizing" not in done.stdout
    assert not list(tmp_path.rglob("*"))


# What is compiled.


def test_compiled_modules_are_extensions() -> None:
    for module in compiled_modules():
        assert str(module.__file__).endswith(tuple(EXTENSION_SUFFIXES))


def test_compiled_classes_are_extension_types() -> None:
    for module in compiled_modules():
        for name in declarations(SPEED / f"{module.__name__.rpartition('.')[2]}.pxd"):
            assert not name or not getattr(module, name).__flags__ & HEAP_TYPE, name


def test_compiled_classes_have_no_dict() -> None:
    for module in compiled_modules():
        for name in declarations(SPEED / f"{module.__name__.rpartition('.')[2]}.pxd"):
            assert not name or getattr(module, name).__dictoffset__ == 0, name


def test_compiled_methods_are_in_a_vtable() -> None:
    for module in compiled_modules():
        pxd = SPEED / f"{module.__name__.rpartition('.')[2]}.pxd"
        for name, declared in declarations(pxd).items():
            if name and declared.functions:
                assert "__pyx_vtable__" in vars(getattr(module, name)), name


def test_both_builds_raise_the_same_errors() -> None:
    for module in compiled_modules():
        for name in ("ProtocolError", "ClientDisconnected"):
            if hasattr(module, name):
                assert getattr(module, name).__module__ == "uvicorn.errors"


# How one is chosen.


def pretend(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    """As if all modules but these were compiled here."""
    there = {_select.PURE: ALL - _select.NATIVE_CODECS, _select.COMPILED: ALL - {*missing}}
    monkeypatch.setattr(_select, "modules", there.get)


def test_the_compiled_core_is_taken_where_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    assert _select.choose("").package == _select.choose("require").package == _select.COMPILED


def test_skip_takes_the_pure_core_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    assert _select.choose("skip").package == _select.PURE


@pytest.mark.parametrize("missing", sorted(ALL))
def test_one_missing_module_makes_the_core_pure(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    pretend(monkeypatch, missing)
    assert _select.choose("").package == _select.PURE
    with pytest.raises(ConfigError, match=f"lacks {missing}:"):
        _select.choose("require")


def test_the_pure_core_has_no_native_codec() -> None:
    assert _select.choose("skip").native_http_codec is None


def test_another_word_is_refused() -> None:
    with pytest.raises(ConfigError, match="UVICORN_EXTENSIONS is 'requires': use 'require'"):
        _select.choose("requires")


def say_core(wish: str | None) -> tuple[int, str]:
    environment = {name: os.environ[name] for name in os.environ if name != "UVICORN_EXTENSIONS"}
    if wish is not None:
        environment["UVICORN_EXTENSIONS"] = wish
    answer = subprocess.run(
        [sys.executable, "-c", "import uvicorn._select as select; print(select.core)"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return answer.returncode, answer.stdout.strip() or answer.stderr.splitlines()[-1]


def test_the_environment_chooses_when_the_process_starts() -> None:
    assert say_core("skip") == (0, "pure")
    if _select.core.compiled:
        assert say_core(None) == say_core("require") == (0, "compiled")
    code, text = say_core("yes")
    assert code == 1
    assert "use 'require', 'skip', or unset it." in text
