"""The .pxd files say the same as the .py files that they type; a silent mismatch is slow code,
or an attribute that exists in one build alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.meta.sources import (
    CORE,
    PACKAGE,
    SPEED,
    Declared,
    assigned_to_self,
    classes,
    declarations,
    imports,
    methods,
    module_name,
    names_in_function,
    names_of_module,
    parameters,
    python_files,
    shown,
    tree,
)

# Declares what stands in csrc/, and has no Python beside it.
OF_C = SPEED / "csrc.pxd"
TYPED = [path for path in sorted(SPEED.glob("*.pxd")) if path != OF_C]
# Types a module of the core: compiled from its .py, or from a .pyx that stands in for it.
OF_CORE = [path for path in TYPED if (CORE / f"{path.stem}.py").exists()]
TWICE_COMPILED = [path for path in OF_CORE if not path.with_suffix(".pyx").exists()]
STOOD_IN_FOR = [path for path in OF_CORE if path not in TWICE_COMPILED]
OF_CYTHON = [path for kind in ("*.pxd", "*.pyx") for path in sorted(SPEED.glob(kind))]
EXPORTED = re.compile(r"^(?:cpdef|def) .*?(\w+)\(", re.MULTILINE)


def with_names(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("pxd", paths, ids=lambda path: path.stem)


def source(pxd: Path) -> Path:
    return CORE / f"{pxd.stem}.py"


def classes_of(pxd: Path) -> list[Declared]:
    return [declared for name, declared in declarations(pxd).items() if name]


def all_declared() -> dict[str, Declared]:
    """Every class of every .pxd; their names are unique."""
    return {declared.name: declared for pxd in TYPED for declared in classes_of(pxd)}


def with_bases(declared: Declared) -> list[Declared]:
    found = [declared]
    while declared.base:
        declared = all_declared()[declared.base]
        found.append(declared)
    return found


def test_each_module_of_the_core_is_typed() -> None:
    stems = {path.stem for path in CORE.glob("*.py")} - {"__init__"}
    assert stems <= {path.stem for path in TYPED}


@with_names(TYPED)
def test_a_pxd_types_a_source_that_is_there(pxd: Path) -> None:
    assert source(pxd).exists() or pxd.with_suffix(".pyx").exists()


def test_each_pyx_has_its_pxd() -> None:
    assert {path.stem for path in SPEED.glob("*.pyx")} <= {path.stem for path in TYPED}


@with_names(TWICE_COMPILED)
def test_the_same_classes_stand_in_both(pxd: Path) -> None:
    bases = {
        name: [base.id for base in node.bases if isinstance(base, ast.Name)]
        for name, node in classes(source(pxd)).items()
    }
    declared = {one.name: [one.base] if one.base else [] for one in classes_of(pxd)}
    assert declared == bases


@with_names(TWICE_COMPILED)
def test_declared_methods_exist_with_the_same_parameters(pxd: Path) -> None:
    there = classes(source(pxd))
    for declared in classes_of(pxd):
        defined = methods(there[declared.name])
        for name, names in declared.functions.items():
            assert name in defined, f"{declared.name}.{name} is in the .pxd alone"
            assert names == parameters(defined[name]), f"{declared.name}.{name}"


@with_names(TWICE_COMPILED)
def test_declared_functions_exist_with_the_same_parameters(pxd: Path) -> None:
    defined = methods(tree(source(pxd)))
    for name, names in declarations(pxd)[""].functions.items():
        assert name in defined, f"{name} is in the .pxd alone"
        assert names == parameters(defined[name]), name


@with_names(STOOD_IN_FOR)
def test_what_stands_in_for_a_module_has_the_same_functions(pxd: Path) -> None:
    defined = methods(tree(source(pxd)))
    code = pxd.with_suffix(".pyx").read_text(encoding="utf-8")
    assert set(EXPORTED.findall(code)) == set(defined)
    for name, names in declarations(pxd)[""].functions.items():
        assert name not in defined or names == parameters(defined[name]), name


@with_names(TWICE_COMPILED)
def test_an_overriding_method_is_declared_in_its_base_alone(pxd: Path) -> None:
    for declared in classes_of(pxd):
        above = {name for base in with_bases(declared)[1:] for name in base.functions}
        assert not above & set(declared.functions), declared.name


@with_names(TWICE_COMPILED)
def test_declared_attributes_are_assigned(pxd: Path) -> None:
    there = classes(source(pxd))
    for declared in classes_of(pxd):
        assert set(declared.attributes) <= assigned_to_self(there[declared.name]), declared.name


@with_names(TWICE_COMPILED)
def test_assigned_attributes_are_declared(pxd: Path) -> None:
    """An extension type has no room for others."""
    there = classes(source(pxd))
    for declared in classes_of(pxd):
        names = {name for one in with_bases(declared) for name in one.attributes}
        assert assigned_to_self(there[declared.name]) <= names, declared.name


@with_names(TWICE_COMPILED)
def test_declared_variables_exist(pxd: Path) -> None:
    assert set(declarations(pxd)[""].attributes) <= names_of_module(source(pxd))


@with_names(TWICE_COMPILED)
def test_typed_locals_exist(pxd: Path) -> None:
    there = classes(source(pxd))
    for name, declared in declarations(pxd).items():
        defined = methods(there[name] if name else tree(source(pxd)))
        for function, names in declared.local_names.items():
            assert set(names) <= names_in_function(defined[function]), function


@with_names(OF_CORE)
def test_what_vanishes_from_python_is_not_imported(pxd: Path) -> None:
    """A typed variable or a cdef function is no name of the compiled module. An importer gets it
    only where its own .pxd cimports it."""
    own = declarations(pxd)[""]
    exported = EXPORTED.findall(pxd.read_text(encoding="utf-8"))
    vanished = {*own.attributes, *own.functions} - {*exported}
    for path in python_files(CORE):
        taken = {name for origin, name in imports(path) if origin == module_name(source(pxd))}
        assert not vanished & taken, f"{shown(path)} imports {vanished & taken}"


def test_no_python_file_imports_cython() -> None:
    """The same file must run where there is no Cython, so all types are in the .pxd."""
    wrong = [
        shown(path)
        for path in python_files(PACKAGE)
        if any(origin.partition(".")[0] == "cython" for origin, _ in imports(path))
    ]
    assert not wrong


def test_no_check_is_switched_off_for_a_whole_file() -> None:
    for path in (*OF_CYTHON, *python_files(PACKAGE)):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^#\s*cython\s*:", text, re.MULTILINE), shown(path)


def test_a_check_switched_off_for_a_function_has_its_reason() -> None:
    for path in OF_CYTHON:
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if re.search(r"cython\.(boundscheck|wraparound|cdivision|nonecheck)\(", line):
                before = [one for one in lines[:number] if not one.lstrip().startswith("@")]
                assert "#" in line or "#" in before[-1], f"{shown(path)}:{number + 1}"
