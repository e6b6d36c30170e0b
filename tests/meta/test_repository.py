"""The top of the repository, and the pages that must say what the code does."""

from __future__ import annotations

import ast
import re
import runpy
from dataclasses import fields
from pathlib import Path

import pytest

from tests.cases import http2, http2_requests
from tests.meta import settings_page
from tests.meta.sources import CORE, PACKAGE, ROOT, functions, tree
from uvicorn import wire
from uvicorn.codecs import http2_refusals
from uvicorn.codecs.refusals import REFUSALS
from uvicorn.options import Options, rows

AT_THE_TOP = {"pyproject.toml", "setup.py", "wheels.toml", "MANIFEST.in", "LICENSE"}
AT_THE_TOP |= {"README.md", "CHANGELOG.md"}
AT_THE_TOP |= {"src", "csrc", "tests", "benchmarks", "docs", "examples"}
# Left by a build, never committed; the last two come with a source distribution.
MADE = {"build", "dist", "PKG-INFO", "setup.cfg"}

# Of systemctl and certbot, useradd, curl.
OPTIONS_OF_OTHERS = {"--config-file", "--now", "--nginx", "--system", "--home", "--deploy-hook"}
OPTIONS_OF_OTHERS |= {"--http2-prior-knowledge"}

DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / ".github" / "CONTRIBUTING.md", *DOCS]
README = PAGES[0].read_text(encoding="utf-8")
HTTP2 = (ROOT / "docs" / "http2.md").read_text(encoding="utf-8")
STRICTNESS = (ROOT / "docs" / "strictness.md").read_text(encoding="utf-8")


def test_the_top_holds_nothing_else() -> None:
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert there - MADE <= AT_THE_TOP


def test_a_stranger_finds_every_room_in_the_table_of_rooms() -> None:
    contributing = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)/?`", contributing))
    rooms = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert {room for room in rooms if not room.startswith("__")} <= named


def first_commands() -> list[str]:
    """The lines of the first block of shell in the README."""
    block = re.search(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert block is not None
    return block[1].splitlines()


def test_the_readme_begins_with_three_commands() -> None:
    serve, check, check_quickly = first_commands()
    assert serve.endswith("uvicorn --app-dir examples hello:app")
    assert check.endswith("python -m pytest")
    assert check_quickly == ".venv/bin/python -m pytest -m quick"
    assert README.index("```sh") < 100


def test_what_the_readme_serves_is_there() -> None:
    functions_there = {function.name for function in functions(ROOT / "examples" / "hello.py")}
    assert "app" in functions_there


def test_the_readme_command_is_what_ci_runs() -> None:
    """It takes the line out of the README, and puts another python3 in its place."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "grep -A 2 -m 1 '^```sh$' README.md | sed -n 3p" in script
    assert first_commands()[1].startswith("python3 -m venv ")
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "bash .ci/run" in workflow


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert links or page.parent.name == "docs"
    assert not [link for link in links if not (page.parent / link).exists()]


# They name options of gunicorn and of many others.
OF_OTHERS = {"gunicorn.md", "neighbours.md"}
OUR_OPTIONS = [PAGES[0], *(page for page in DOCS if page.name not in OF_OTHERS)]


@pytest.mark.parametrize("page", OUR_OPTIONS, ids=lambda page: page.name)
def test_options_that_a_page_names_exist(page: Path) -> None:
    flags = {flag for row in rows() for flag in row.flags} | {"--help", "--version"}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", page.read_text(encoding="utf-8")))
    assert named - flags <= OPTIONS_OF_OTHERS


def test_the_page_of_settings_is_made_from_the_table() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == settings_page.page(), settings_page.__doc__


def test_the_table_of_the_huffman_code_is_made_from_its_lengths() -> None:
    made = runpy.run_path(str(ROOT / "csrc" / "test" / "make_huffman.py"))
    written = (ROOT / "csrc" / "huffman_table.h").read_text(encoding="utf-8")
    assert written == made["table"]() + "\n", made["__doc__"]


def test_the_page_of_settings_names_what_has_no_row() -> None:
    without = {each.name for each in fields(Options) if not each.metadata}
    for name in without - {"_"}:
        assert f"`{name}`" in settings_page.IN_PROGRAMS or name == "app"


def refusals_in_the_core() -> set[tuple[int, str]]:
    """Status and reason of each ProtocolError(status, reason) that core/ raises."""
    found: set[tuple[int, str]] = set()
    for path in CORE.glob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "ProtocolError":
                status, reason = node.args
                if isinstance(status, ast.Name):
                    number = getattr(wire, status.id)
                else:
                    assert isinstance(status, ast.Constant)
                    number = status.value
                assert isinstance(number, int)
                texts = [item.value for item in ast.walk(reason) if isinstance(item, ast.Constant)]
                found |= {(number, text) for text in texts if isinstance(text, str)}
    return found


def test_each_refusal_is_in_the_table() -> None:
    rows = set(re.findall(r"^\| (\d+) \| ([^|]+?) \|", STRICTNESS, re.MULTILINE))
    known = {*REFUSALS.values(), *refusals_in_the_core()}
    assert rows == {(str(status), reason) for status, reason in known}


ERROR_CODES = (
    *("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"),
    *("STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR"),
    *("CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"),
)


def test_the_error_codes_have_the_numbers_of_the_rfc() -> None:
    assert [getattr(wire, f"H2_{name}") for name in ERROR_CODES] == list(range(14))


# What no case of the table shows: tests/cases/http2_floods.py, tests/codecs/test_http2_windows.py.
HTTP2_ENDS = {
    ("connection", "ENHANCE_YOUR_CALM", http2_refusals.TOO_MUCH),
    ("connection", "FLOW_CONTROL_ERROR", http2_refusals.CONNECTION_WINDOW),
}


def http2_refusals_in_the_cases() -> set[tuple[str, str, str]]:
    """What ends with it, the code and the reason."""
    found = set(HTTP2_ENDS)
    for case in http2_requests.CASES:
        if case.ended is not None:
            found.add(("connection", ERROR_CODES[case.ended[0]], case.ended[1]))
        for event in case.events:
            if isinstance(event, http2.Reset) and event.reason:
                found.add(("stream", ERROR_CODES[event.code], event.reason))
            elif isinstance(event, http2.TooLarge):
                found.add(("answer", str(event.error[0]), event.error[1]))
    return found


def test_each_refusal_of_http2_is_in_its_table_with_scope_and_code() -> None:
    rows = re.findall(
        r"^\| (connection|stream|answer) \| (\w+) \| ([^|]+?) \|", HTTP2, re.MULTILINE
    )
    assert len(rows) == len(set(rows))
    assert set(rows) == http2_refusals_in_the_cases()


def test_each_reason_of_http2_is_in_a_table() -> None:
    reasons = set(http2_refusals.REASONS.values())
    for name, value in vars(http2_refusals).items():
        if name.isupper() and isinstance(value, (str, tuple)):
            reasons.add(value if isinstance(value, str) else value[1])
    assert reasons <= {reason for _, _, reason in http2_refusals_in_the_cases()}


def test_the_page_of_http2_says_how_much_credit_a_client_has() -> None:
    costs = wire.H2_CREDIT, wire.H2_CREDIT_PER_SECOND, wire.H2_COST_OF_RESET, wire.H2_SMALL
    assert costs == (10_000, 1_000, 10, 1024)
    assert "it holds 10,000 and fills up\nby 1,000 a second" in HTTP2
    assert "| 10 | 1,000 at once, 100 a second." in HTTP2
    assert "WINDOW_UPDATE of less than 1 KiB" in HTTP2


def test_the_version_is_said_once_and_repeated_right() -> None:
    match = re.search(r'^VERSION = "(.+)"$', (PACKAGE / "_version.py").read_text(), re.MULTILINE)
    assert match is not None
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{match[1]}"\n' in pyproject
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.split("## ")[1].startswith(match[1])
