"""The table of options against everything that is made from it."""

from __future__ import annotations

import inspect
import json
import pickle
import sys
from dataclasses import fields
from typing import Any
from unittest import mock

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


def test_run_takes_the_app_and_each_option_of_the_table_by_keyword() -> None:
    app, *options = parameters(run).values()
    assert (app.name, app.kind, app.default) == ("app", app.POSITIONAL_OR_KEYWORD, app.empty)
    assert {p.kind for p in options} == {app.KEYWORD_ONLY}
    of_config = [field.name for field in fields(Options)]
    taken = [name for name in of_config if name not in ("timeout_notify", "callback_notify")]
    assert list(parameters(run)) == [*taken, "app_dir"]


@each_row
def test_run_has_the_default_of_the_table(row: Row) -> None:
    assert parameters(run)[row.name].default == row.default


@each_row
def test_run_has_the_type_of_the_table(row: Row) -> None:
    types = {field.name: field.type for field in fields(Options)} | {"app_dir": "str | None"}
    assert parameters(run)[row.name].annotation == types[row.name]
    assert run.__annotations__[row.name] == types[row.name]


def test_run_is_a_plain_function_for_those_who_pickle_or_imitate_it() -> None:
    assert inspect.isfunction(run)
    assert pickle.loads(pickle.dumps(run)) is run
    imitation = mock.create_autospec(run)
    imitation(hello, port=80)
    with pytest.raises(TypeError, match="nonsense"):
        imitation(hello, nonsense=1)


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


@pytest.mark.parametrize("name", ["nonsense", "timeout_notify", "callback_notify"])
def test_run_refuses_what_it_does_not_take_before_it_does_anything(name: str) -> None:
    path = list(sys.path)
    with pytest.raises(TypeError, match=name):
        run(hello, app_dir="/nowhere", **{name: 1})  # type: ignore[arg-type]
    assert sys.path == path


def test_run_takes_no_option_by_position() -> None:
    with pytest.raises(TypeError, match="positional"):
        run(hello, "127.0.0.1")


def test_config_refuses_an_unknown_option() -> None:
    with pytest.raises(TypeError, match="nonsense"):
        uvicorn.Config(hello, nonsense=1)  # type: ignore[call-arg]


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
