"""The table of options against everything that is made from it."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from typing import Any

import pytest

import uvicorn
from tests.apps.serving import ROOT
from tests.server.apps import hello
from uvicorn.cli import RowOption
from uvicorn.cli import main as command
from uvicorn.config import LOGGING_CONFIG
from uvicorn.main import run
from uvicorn.options import APP_DIR, GROUPS, Options, Row, rows

ROWS = {row.name: row for row in rows()}
each_row = pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))

# Those of the reference, in its order; whether ours are in it, test_reference_facts.py says.
FACTS = json.loads((ROOT / "tests" / "compat" / "reference_facts.json").read_text())
POSITIONAL = [name for name, _, _ in FACTS["config_parameters"]]

# What Config makes of a default.
KEPT = {"headers": [], "workers": 1, "reload_dirs": [], "forwarded_allow_ips": "127.0.0.1,::1"}
KEPT |= {"reload_includes": [], "reload_excludes": []}


def parameters(function: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def test_what_is_new_can_be_given_to_config_by_keyword_alone() -> None:
    new = [p.name for p in parameters(uvicorn.Config).values() if p.kind == p.KEYWORD_ONLY]
    assert set(new) == {field.name for field in fields(Options)} - set(POSITIONAL)


def test_run_takes_every_option_of_the_table_by_keyword() -> None:
    taken = {name for name, p in parameters(run).items() if p.kind == p.KEYWORD_ONLY}
    assert taken == {*ROWS, "http2", "ssl_context_factory"}


@each_row
def test_run_has_the_default_of_the_table(row: Row) -> None:
    assert parameters(run)[row.name].default == row.default


@each_row
def test_run_has_the_type_of_the_table(row: Row) -> None:
    types = {field.name: field.type for field in fields(Options)} | {"app_dir": "str | None"}
    spelled = str(parameters(run)[row.name].annotation)
    assert "".join(spelled.split()).strip("()") == "".join(str(types[row.name]).split()).strip("()")


@each_row
def test_config_keeps_the_default_of_the_table(row: Row) -> None:
    if row != APP_DIR:
        kept = getattr(uvicorn.Config(hello), row.name)
        assert kept == KEPT.get(row.name, row.default)


def test_the_command_line_has_every_option_of_the_table() -> None:
    assert [p.row for p in command.params if isinstance(p, RowOption)] == list(rows())


@each_row
def test_every_option_has_help_in_a_known_group(row: Row) -> None:
    assert row.group in GROUPS
    assert row.help.endswith(".")
    assert row.help[0].isupper()


def test_the_default_log_config_is_the_one_that_people_change() -> None:
    assert uvicorn.Config(hello).log_config is LOGGING_CONFIG
    assert parameters(run)["log_config"].default is LOGGING_CONFIG


def test_an_unknown_option_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="nonsense"):
        uvicorn.Config(hello, nonsense=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="nonsense"):
        uvicorn.run(hello, nonsense=1)  # type: ignore[call-arg]


def test_options_may_be_given_by_position() -> None:
    config = uvicorn.Config(hello, "::1", 9000, None, 3)
    assert (config.host, config.port, config.fd) == ("::1", 9000, 3)


def test_a_subclass_of_config_may_add_options() -> None:
    class Mine(uvicorn.Config):
        def __init__(self, app: Any, mine: int, **options: Any) -> None:
            self.mine = mine
            super().__init__(app, **options)

    config = Mine(hello, 3, port=80)
    assert (config.mine, config.port, config.loaded) == (3, 80, False)
