"""The sizes and names of the house style, for what people read: Python, .pyx and C."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.meta.sources import (
    CORE,
    PACKAGE,
    ROOT,
    SPEED,
    Function,
    functions,
    parameters,
    python_files,
    shown,
    tree,
)

LINES_IN_CORE = 400
LINES = 600
LINES_OF_FUNCTION = 60
PARAMETERS = 8
TYPE_IGNORES = 10
LINES_WITH_ANY = 120

# Signatures that others have set: what callers of the reference pass.
LONG_SIGNATURES = {"src/uvicorn/protocols/http/cycle.py": {"__init__"}}

VAGUE = re.compile(r"util|helper|common|manager|misc|_impl")
# Modules that carry the reference's names.
KNOWN_NAMES = {
    "src/uvicorn/protocols/utils.py",
    "src/uvicorn/protocols/http/h11_impl.py",
    "src/uvicorn/protocols/http/httptools_impl.py",
    "src/uvicorn/protocols/websockets/websockets_impl.py",
    "src/uvicorn/protocols/websockets/websockets_sansio_impl.py",
    "src/uvicorn/protocols/websockets/wsproto_impl.py",
}

OURS = python_files(PACKAGE)
TESTS = python_files(ROOT / "tests")
OF_C = sorted(path for kind in ("*.c", "*.h") for path in (ROOT / "csrc").rglob(kind))
ALL = [*OURS, *sorted(SPEED.glob("*.p[xy][xdi]")), *OF_C, *TESTS]
# Tables, and as long as what they list.
DATA = [path for path in TESTS if path.parent.name == "cases"]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def most_lines(path: Path) -> int:
    return LINES_IN_CORE if path.parent in (CORE, SPEED) else LINES


def our_functions() -> Iterator[tuple[str, Function]]:
    """(place, function) of those that nobody else has given their signature."""
    for path in OURS:
        for function in functions(path):
            if function.name not in LONG_SIGNATURES.get(shown(path), ()):
                yield f"{shown(path)}:{function.lineno} {function.name}", function


def size(function: Function) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def own_parameters(function: Function) -> list[str]:
    return [name for name in parameters(function) if name not in ("self", "cls")]


def test_no_file_is_too_long() -> None:
    files = [path for path in ALL if path not in DATA]
    sizes = {shown(path): len(text(path).splitlines()) for path in files}
    assert not [path for path in files if sizes[shown(path)] >= most_lines(path)]


def test_no_function_is_too_long() -> None:
    assert not [place for place, f in our_functions() if size(f) > LINES_OF_FUNCTION]


def test_functions_take_few_parameters() -> None:
    assert not [place for place, f in our_functions() if len(own_parameters(f)) > PARAMETERS]


def test_long_signatures_are_where_they_are_said_to_be() -> None:
    for place, names in LONG_SIGNATURES.items():
        assert names <= {function.name for function in functions(ROOT / place)}


def test_modules_have_names_that_say_something() -> None:
    vague = {shown(path) for path in [*OURS, *TESTS] if VAGUE.search(path.stem)}
    assert vague <= KNOWN_NAMES


def test_classes_have_names_that_say_something() -> None:
    names = [
        node.name
        for path in OURS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    ]
    assert not [name for name in names if re.search("Util|Helper|Common|Manager|Mixin", name)]


def type_ignores() -> list[tuple[str, str, str]]:
    """(place, line, line above) of each."""
    return [
        (f"{shown(path)}:{number}", line, above)
        for path in OURS
        for number, (above, line) in enumerate(
            zip(["", *text(path).splitlines()], text(path).splitlines(), strict=False), 1
        )
        if "type: ignore" in line
    ]


def test_few_lines_are_hidden_from_the_type_checker() -> None:
    assert len(type_ignores()) <= TYPE_IGNORES


def test_a_line_hidden_from_the_type_checker_says_which_error_and_why() -> None:
    for place, line, above in type_ignores():
        after = re.search(r"type: ignore\[[\w,-]+\](.*)", line)
        assert after, f"{place}: no code"
        assert "#" in after[1] or above.strip().startswith("#"), f"{place}: no reason"


def lines_with_any(path: Path) -> set[int]:
    """Those that import it or use it; not what is said of it."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Name):
            names = [node.id]
        elif isinstance(node, ast.ImportFrom):
            names = [each.name for each in node.names]
        else:
            continue
        if "Any" in names:
            found.add(node.lineno)
    return found


def test_few_lines_leave_a_type_open() -> None:
    """It is for what another program decides, and for what Python itself leaves open."""
    found = {shown(path): len(lines_with_any(path)) for path in OURS}
    assert sum(found.values()) <= LINES_WITH_ANY, {name: n for name, n in found.items() if n}


def test_nothing_is_left_for_later() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    files = [path for path in ALL if path != Path(__file__)]
    assert not [shown(path) for path in files if words.search(text(path))]
