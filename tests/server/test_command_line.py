"""The command `uvicorn`: what it passes on, what it refuses, and its help."""

from __future__ import annotations

import importlib
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import uvicorn
from uvicorn import cli
from uvicorn._select import PURE, Core, core
from uvicorn.config import LOGGING_CONFIG
from uvicorn.main import run
from uvicorn.options import GROUPS, Row, rows

ROWS = {row.name: row for row in rows()}


class Command:
    """The command with run() replaced: `passed` is what it would have been called with."""

    def __init__(self) -> None:
        self.passed: dict[str, Any] = {}

    def __call__(self, *arguments: str, **environment: str) -> Result:
        self.passed = {}
        result = CliRunner().invoke(cli.main, arguments, env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def pass_on(self, app: str, **options: Any) -> None:
        self.passed = {"app": app, **options}


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    command = Command()
    # As programs do: a patch of this module's run() is what the command calls.
    monkeypatch.setattr(importlib.import_module("uvicorn.main"), "run", command.pass_on)
    return command


def refused(result: Result) -> str:
    """The one line on standard error of a usage error."""
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr.strip()


def test_the_package_gives_the_command() -> None:
    assert uvicorn.main is cli.main


def test_what_is_not_given_is_left_to_run(command: Command) -> None:
    assert command("main:app").exit_code == 0
    assert command.passed == {"app": "main:app", "app_dir": "", "headers": []}


def a_value(row: Row) -> tuple[str, Any]:
    """One that is not the default, as text and as what run() gets."""
    if row.choices:
        return row.choices[-1], row.choices[-1]
    number = int(min(max(row.lowest, 7), row.highest)) if row.kind is int else 7
    values: dict[type, tuple[str, Any]] = {
        int: (str(number), number),
        float: ("2.5", 2.5),
        str: ("x", "x"),
    }
    text, value = values.get(row.kind, (__file__, __file__))
    if row.kind is os.PathLike and row.multiple:
        text = value = os.path.dirname(text)
    return text, [value] if row.multiple and row.name != "host" else value


# These have a form of their own, and tests further down.
FORMED = ("headers", "bind", "app_dir")
VALUES = {row.name: row for row in rows() if row.kind is not bool and row.name not in FORMED}
SWITCHES = {row.name: row for row in rows() if row.kind is bool and not row.spelled_out}


@pytest.mark.parametrize("row", VALUES.values(), ids=list(VALUES))
def test_an_option_reaches_run_from_the_command_line(row: Row, command: Command) -> None:
    text, value = a_value(row)
    assert command("main:app", row.flags[0], text).exit_code == 0
    assert command.passed[row.name] == value


@pytest.mark.parametrize("row", VALUES.values(), ids=list(VALUES))
def test_an_option_reaches_run_from_the_environment(row: Row, command: Command) -> None:
    text, value = a_value(row)
    assert command("main:app", **{f"UVICORN_{row.name.upper()}": text}).exit_code == 0
    assert command.passed[row.name] == value


@pytest.mark.parametrize("row", VALUES.values(), ids=list(VALUES))
def test_the_command_line_wins_over_the_environment(row: Row, command: Command) -> None:
    text, value = a_value(row)
    other = row.choices[0] if row.choices else {str: "y", int: "9", float: "9"}.get(row.kind, "/")
    assert command("main:app", row.flags[0], text, **{row.env: other}).exit_code == 0
    assert command.passed[row.name] == value


@pytest.mark.parametrize(("word", "value"), [("true", True), ("false", False), ("0", False)])
def test_a_switch_may_take_a_word(word: str, value: bool, command: Command) -> None:
    assert command("main:app", "--ws-per-message-deflate", word).exit_code == 0
    assert command.passed["ws_per_message_deflate"] is value
    assert command("main:app", "--ws-per-message-deflate", "perhaps").exit_code == 2


@pytest.mark.parametrize("row", SWITCHES.values(), ids=list(SWITCHES))
def test_a_switch_can_be_turned_both_ways(row: Row, command: Command) -> None:
    for index, flag in enumerate(row.flags):
        command("main:app", flag)
        assert command.passed[row.name] is (index == 0)
    for text, value in {"true": True, "1": True, "false": False, "off": False}.items():
        command("main:app", **{row.env: text})
        assert command.passed[row.name] is value


def test_the_application_may_come_from_the_environment(command: Command) -> None:
    command(UVICORN_APP="main:app")
    assert command.passed["app"] == "main:app"


def test_headers_are_split_at_the_first_colon(command: Command) -> None:
    command("main:app", "--header", "x-a:1:2", "--header", "x-b: c d")
    assert command.passed["headers"] == [("x-a", "1:2"), ("x-b", " c d")]


def test_headers_in_the_environment_are_split_at_whitespace(command: Command) -> None:
    command("main:app", UVICORN_HEADERS="x-a:1  x-b:2\n")
    assert command.passed["headers"] == [("x-a", "1"), ("x-b", "2")]


def test_directories_in_the_environment_are_split_as_paths_are(command: Command) -> None:
    here = os.path.dirname(__file__)
    command("main:app", UVICORN_RELOAD_DIRS=os.pathsep.join([here, "/"]))
    assert command.passed["reload_dirs"] == [here, "/"]


def test_a_list_of_the_command_line_takes_the_place_of_that_of_the_environment(
    command: Command,
) -> None:
    command("main:app", "--header", "x-a:1", UVICORN_HEADERS="x-b:2 x-c:3")
    assert command.passed["headers"] == [("x-a", "1")]


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_an_empty_variable_counts_as_not_set(row: Row, command: Command) -> None:
    assert command("main:app", **{row.env: ""}).exit_code == 0
    assert command.passed == {"app": "main:app", "app_dir": "", "headers": []}


def test_several_hosts_are_a_list_and_one_is_a_string(command: Command) -> None:
    command("main:app", "--host", "::1", "--host", "127.0.0.1")
    assert command.passed["host"] == ["::1", "127.0.0.1"]
    command("main:app", UVICORN_HOST="::1 127.0.0.1")
    assert command.passed["host"] == ["::1", "127.0.0.1"]
    command("main:app", "--host", "")
    assert command.passed["host"] == ""


def test_addresses_to_bind_are_a_list(command: Command) -> None:
    command("main:app", "--bind", "[::1]:80", "--bind", "unix:/run/a b.sock")
    assert command.passed["bind"] == ["[::1]:80", "unix:/run/a b.sock"]
    command("main:app", UVICORN_BIND="127.0.0.1:80 fd://3")
    assert command.passed["bind"] == ["127.0.0.1:80", "fd://3"]


def test_permissions_are_octal(command: Command) -> None:
    for text in ("660", "0660", "0o660"):
        command("main:app", "--uds-mode", text)
        assert command.passed["uds_mode"] == 0o660


def test_socket_activation_is_decided_later_unless_it_is_given(command: Command) -> None:
    command("main:app", "--no-socket-activation")
    assert command.passed["socket_activation"] is False
    command("main:app", UVICORN_SOCKET_ACTIVATION="true")
    assert command.passed["socket_activation"] is True


def test_an_engine_of_ones_own_is_passed_on(command: Command) -> None:
    command("main:app", "--http", "mine:Protocol", "--loop", "mine:make")
    assert (command.passed["http"], command.passed["loop"]) == ("mine:Protocol", "mine:make")


def test_the_graceful_timeout_can_be_none(command: Command) -> None:
    command("main:app", "--timeout-graceful-shutdown", "none")
    assert command.passed["timeout_graceful_shutdown"] is None


def test_the_word_none_is_a_string_elsewhere(command: Command) -> None:
    command("main:app", "--loop", "none", "--host", "none")
    assert (command.passed["loop"], command.passed["host"]) == ("none", "none")


def test_a_version_variable_of_somebody_else_does_no_harm(command: Command) -> None:
    command("main:app", UVICORN_VERSION="0.54.0")
    assert command.passed["app"] == "main:app"


REFUSED = {
    "port that is no number": (["--port", "abc"], "--port", "whole number from 0 to 65535"),
    "port that is too high": (["--port", "65536"], "--port", "whole number from 0 to 65535"),
    "fraction": (["--backlog", "1.5"], "--backlog", "whole number, 0 or more"),
    "negative": (["--timeout-keep-alive", "-1"], "--timeout-keep-alive", "number, 0 or more"),
    "not a number": (["--timeout-keep-alive", "nan"], "--timeout-keep-alive", "a number"),
    "none where it means nothing": (["--port", "none"], "--port", "whole number"),
    "zero as a limit": (["--limit-concurrency", "0"], "--limit-concurrency", "1 or more"),
    "unknown engine": (["--http", "zttp"], "--http", "auto, native, httptools, h11"),
    "unknown loop": (["--loop", "twisted"], "--loop", "auto, asyncio, uvloop, none"),
    "unknown level": (["--log-level", "loud"], "--log-level", "'trace'"),
    "unknown lifespan": (["--lifespan", "maybe"], "--lifespan", "'auto', 'on', 'off'"),
    "missing file": (["--log-config", "nowhere.json"], "--log-config", "does not exist"),
    "missing env file": (["--env-file", "nowhere"], "--env-file", "does not exist"),
    "address without a port": (["--bind", "localhost"], "--bind", "host:port"),
    "IPv6 without brackets": (["--bind", "::1:80"], "--bind", "[IPv6]:port"),
    "permissions that are not octal": (["--uds-mode", "689"], "--uds-mode", "from 0 to 777"),
    "permissions that are more": (["--uds-mode", "1777"], "--uds-mode", "octal number"),
    "header without a colon": (["--header", "server"], "--header", "NAME:VALUE"),
    "missing app-dir": (["--app-dir", "nowhere"], "--app-dir", "is not a directory here"),
    "unknown option": (["--porto", "1"], "--porto", "--help"),
}


@pytest.mark.parametrize(("arguments", "option", "hint"), REFUSED.values(), ids=list(REFUSED))
def test_a_bad_value_is_refused_in_one_line(
    arguments: list[str], option: str, hint: str, command: Command
) -> None:
    line = refused(command("main:app", *arguments))
    assert option in line
    assert hint in line
    assert not command.passed


def test_a_bad_value_in_the_environment_is_refused_too(command: Command) -> None:
    assert "--port" in refused(command("main:app", UVICORN_PORT="http"))


def test_without_an_application_the_command_says_what_to_type(command: Command) -> None:
    assert "uvicorn main:app" in refused(command())


def test_the_version_names_the_interpreter(command: Command) -> None:
    result = command("--version")
    assert result.stdout.startswith(
        f"Running uvicorn 1.0.0 with {platform.python_implementation()}"
        f" {platform.python_version()} on {platform.system()}\n"
    )
    assert not command.passed


@pytest.mark.parametrize("core", [core, Core(PURE)], ids=repr)
def test_the_version_lists_build_engines_and_loop(
    core: Core, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uvicorn._select.core", core)
    native = "native, " if core.compiled else ""
    assert command("--version").stdout.splitlines()[1:] == [
        f"Core: {core!r}",
        f"HTTP: {native}httptools, h11",
        f"HTTP/2: {native}h2",
        f"WebSocket: {native}websockets, wsproto",
        "Loop: uvloop, asyncio",
    ]


def test_the_version_lists_what_is_there_alone(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uvicorn._select.core", Core(PURE))
    for library in ("httptools", "hpack", "websockets", "wsproto", "uvloop"):
        monkeypatch.setitem(sys.modules, library, None)
    found = command("--version").stdout.splitlines()[1:]
    assert found == [
        *("Core: pure", "HTTP: h11", "HTTP/2: none", "WebSocket: none", "Loop: asyncio"),
    ]


# Help


def test_help_shows_every_option_with_its_default(command: Command) -> None:
    page = " ".join(command("--help").stdout.split())
    for row in rows():
        assert row.flags[0] in page
        assert " ".join(row.help.split()) in page.replace("- ", "-")
        if row.shown_default:
            assert f"[default: {row.shown_default}]" in page


def test_help_is_grouped(command: Command) -> None:
    lines = command("--help").stdout.splitlines()
    headings = [line.rstrip(":") for line in lines if line.endswith(":") and line[0] != " "]
    assert headings == [*GROUPS, "Other"]


def test_help_fits_a_terminal(command: Command) -> None:
    assert max(map(len, command("--help").stdout.splitlines())) <= 80


def test_help_has_one_column_for_all_groups(command: Command) -> None:
    lines = command("--help").stdout.splitlines()
    options = [line for line in lines if line.startswith("  --")]
    texts = {re.match(r"  --.*?  +(?=[A-Z])", line) for line in options}
    columns = {len(match[0]) for match in texts if match is not None}
    assert columns == {cli.COLUMN + 4}


def test_help_says_where_a_name_of_ones_own_is_taken(command: Command) -> None:
    page = command("--help").stdout
    for row in rows():
        if row.open_choice:
            assert f"{row.flags[0]} {'|'.join(row.choices)}|MODULE:NAME\n" in page


def test_help_explains_how_to_begin_and_the_environment(command: Command) -> None:
    page = command("--help").stdout
    assert "uvicorn hello:app" in page
    assert "UVICORN_PORT" in page


# run()


class Started(Exception):
    pass


@pytest.fixture
def config_of_run(monkeypatch: pytest.MonkeyPatch) -> Any:
    def config_of(app: Any, **options: Any) -> uvicorn.Config:
        made: list[uvicorn.Server] = []

        def start(server: uvicorn.Server) -> None:
            server.started = True
            made.append(server)

        monkeypatch.setattr(uvicorn.Server, "run", start)
        run(app, **options)
        return made[0].config

    return config_of


def test_run_passes_its_options_to_config(config_of_run: Any) -> None:
    config = config_of_run("main:app", port=1, limit_request_line=99, headers=[("a", "b")])
    assert (config.app, config.port, config.limit_request_line) == ("main:app", 1, 99)
    assert config.headers == [("a", "b")]
    assert config.log_config is LOGGING_CONFIG


def test_run_looks_in_app_dir_first(config_of_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    config_of_run("main:app", app_dir="/somewhere")
    assert sys.path[0] == "/somewhere"


def test_the_command_takes_an_app_dir(tmp_path: Path, command: Command) -> None:
    command("main:app", "--app-dir", str(tmp_path))
    assert command.passed["app_dir"] == str(tmp_path)
    command("main:app", UVICORN_APP_DIR=str(tmp_path))
    assert command.passed["app_dir"] == str(tmp_path)


def test_run_leaves_the_path_alone_without_app_dir(config_of_run: Any) -> None:
    before = list(sys.path)
    config_of_run("main:app")
    assert sys.path == before


def test_the_command_looks_in_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    command("main:app")
    assert command.passed["app_dir"] == ""


@pytest.mark.parametrize(
    ("listed", "sentence"),
    [
        ("10.0.0.0/33", "'10.0.0.0/33' is not a network; write it like 10.0.0.0/8 or fd00::/8."),
        ("::1,*", "'*' trusts everybody: give it alone, or not at all."),
    ],
)
def test_a_bad_trust_list_is_wrong_usage(command: Command, listed: str, sentence: str) -> None:
    line = refused(command("main:app", "--forwarded-allow-ips", listed))
    assert line == f"Error: Invalid value for '--forwarded-allow-ips': {sentence}"


def test_what_is_said_of_proxies_is_passed_on(command: Command) -> None:
    command("main:app", "--no-proxy-headers", "--forwarded-allow-ips", "unix:,10.0.0.0/8")
    assert command.passed["proxy_headers"] is False
    assert command.passed["forwarded_allow_ips"] == "unix:,10.0.0.0/8"
    command("main:app", UVICORN_FORWARDED_ALLOW_IPS="*", UVICORN_PROXY_HEADERS="false")
    assert command.passed["proxy_headers"] is False
    assert command.passed["forwarded_allow_ips"] == "*"
