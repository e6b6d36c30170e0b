"""The files of this repository as the tests of its shape read them. Nothing is imported here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
PACKAGE = SRC / "uvicorn"
CORE = PACKAGE / "core"
SPEED = PACKAGE / "_speed"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def module_name(path: Path) -> str:
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules() -> dict[str, Path]:
    """All modules of the package that have a .py, by their full names."""
    return {module_name(path): path for path in python_files(PACKAGE)}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# Imports.


def imports(path: Path, types: bool = False) -> Iterator[tuple[str, str]]:
    """(module, name) of what a module imports when it runs, at its top or inside a function.

    `name` is "" for `import module`. What is for type checkers alone counts with `types`.
    """
    module = module_name(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree(path)) if types else at_run_time(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                origin = ".".join([*above, origin] if origin else above)
            yield from ((origin, alias.name) for alias in node.names)


def at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield other
                yield from at_run_time(other)
        else:
            yield child
            yield from at_run_time(child)


def our_imports(path: Path, types: bool = False) -> set[str]:
    """The modules of ours that a module imports; a name that is a module counts as that one.

    With `types` also those that only type checkers import.
    """
    known = modules()
    found = set()
    for origin, name in imports(path, types):
        if origin.partition(".")[0] == "uvicorn":
            found.add(f"{origin}.{name}" if f"{origin}.{name}" in known else origin)
    return found


# Declarations in a .pxd.


@dataclass
class Declared:
    """What a .pxd says of one class, or of the module itself where `name` is empty."""

    name: str = ""
    base: str = ""
    attributes: list[str] = field(default_factory=list)
    functions: dict[str, list[str]] = field(default_factory=dict)
    local_names: dict[str, list[str]] = field(default_factory=dict)


CLASS = re.compile(r"cdef class (\w+)(?:\((\w+)\))?:")
FUNCTION = re.compile(r"(?:cdef|cpdef)\s.*?(\w+)\((.*?)\)(?:\s+except\s.*|\s+noexcept.*)?$")
VARIABLES = re.compile(r"cdef\s+(?:public\s+|readonly\s+)?(?:(?:long|unsigned)\s+)*\w+\s+(.+)$")
LOCALS = re.compile(r"@cython\.locals\((.*)\)$")
NOT_NAMES = ("cdef extern", "cdef enum", "cdef struct", "cdef union")


def declarations(path: Path) -> dict[str, Declared]:
    """By class name; the module's own are under ""."""
    here = Declared()
    found = {"": here}
    pending: list[str] = []
    for line in logical_lines(path):
        text = line.strip()
        if not line.startswith(" "):
            here = found[""]
        if match := CLASS.match(text):
            here = found[match[1]] = Declared(match[1], match[2] or "")
        elif match := LOCALS.match(text):
            pending = re.findall(r"(\w+)=", match[1])
        elif text.startswith(NOT_NAMES) or not text.startswith(("cdef ", "cpdef ")):
            continue
        elif match := FUNCTION.match(text):
            names = [part.split()[-1] for part in match[2].split(",") if part.strip()]
            # `name=*` has a default, `*name` is a pointer.
            here.functions[match[1]] = [name.strip("=*") for name in names]
            here.local_names[match[1]], pending = pending, []
        elif match := VARIABLES.match(text):
            here.attributes += [name.strip() for name in match[1].split(",")]
        else:
            raise ValueError(f"{shown(path)}: {text!r} is not understood")
    return found


def logical_lines(path: Path) -> Iterator[str]:
    """Lines without comments, those inside of parentheses joined."""
    joined = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.partition("#")[0].rstrip()
        joined = f"{joined} {line.strip()}" if joined else line
        if joined.count("(") == joined.count(")"):
            if joined:
                yield joined
            joined = ""


def classes(path: Path) -> dict[str, ast.ClassDef]:
    return {node.name: node for node in tree(path).body if isinstance(node, ast.ClassDef)}


def parameters(function: Function) -> list[str]:
    args = function.args
    return [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]


def methods(node: ast.ClassDef | ast.Module) -> dict[str, Function]:
    return {item.name: item for item in node.body if isinstance(item, Function)}


def assigned_to_self(node: ast.ClassDef) -> set[str]:
    """Names x of all self.x that are assigned somewhere in a class."""
    return {
        item.attr
        for item in ast.walk(node)
        if isinstance(item, ast.Attribute)
        and isinstance(item.ctx, ast.Store)
        and isinstance(item.value, ast.Name)
        and item.value.id == "self"
    }


def names_of_module(path: Path) -> set[str]:
    """What a module assigns, defines or imports at its top level."""
    found = set()
    for node in tree(path).body:
        if isinstance(node, Function | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        else:
            found |= {
                item.id
                for item in ast.walk(node)
                if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)
            }
    return found


def names_in_function(function: Function) -> set[str]:
    stored = {
        item.id
        for item in ast.walk(function)
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)
    }
    return stored | set(parameters(function))
