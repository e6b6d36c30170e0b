"""How Config sets logging up: from the built-in dict, files, parsers, and its own options."""

from __future__ import annotations

import copy
import json
import logging
import sys
from configparser import RawConfigParser
from logging.config import dictConfig
from pathlib import Path
from typing import Any

import pytest
import yaml

import uvicorn
from tests.server.apps import hello
from tests.server.conftest import LOGGERS
from uvicorn.config import LOG_LEVELS, LOGGING_CONFIG
from uvicorn.errors import ConfigError
from uvicorn.logging import TRACE_LOG_LEVEL


def configured(**options: Any) -> uvicorn.Config:
    return uvicorn.Config(hello, **options)


def handler_of(name: str) -> Any:
    (handler,) = logging.getLogger(name).handlers
    return handler


def described() -> dict[str, Any]:
    """All there is to say about our loggers."""
    return {
        name: (
            (logger := logging.getLogger(name)).level,
            logger.propagate,
            logger.disabled,
            [
                (
                    type(handler),
                    handler.get_name(),
                    handler.level,
                    getattr(handler, "stream", None),
                    type(handler.formatter),
                    handler.formatter and handler.formatter._fmt,
                    handler.formatter and getattr(handler.formatter, "use_colors", None),
                )
                for handler in logger.handlers
            ],
        )
        for name in LOGGERS
    }


@pytest.mark.parametrize("use_colors", [None, True, False])
def test_the_built_in_config_is_applied_as_dictconfig_would(use_colors: bool | None) -> None:
    as_dict = copy.deepcopy(LOGGING_CONFIG)
    for formatter in as_dict["formatters"].values():
        formatter["use_colors"] = use_colors
    logging.getLogger("uvicorn.asgi").setLevel("ERROR")
    dictConfig(as_dict)
    expected = described()
    logging.getLogger("uvicorn.asgi").setLevel("ERROR")
    logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())
    configured(use_colors=use_colors)
    assert described() == expected


def test_the_server_log_goes_to_standard_error_and_the_access_log_to_standard_output() -> None:
    configured()
    assert handler_of("uvicorn").stream is sys.stderr
    assert handler_of("uvicorn.access").stream is sys.stdout


def test_a_change_of_the_built_in_config_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LOGGING_CONFIG["formatters"]["default"], "fmt", "changed %(message)s")
    configured()
    assert handler_of("uvicorn").formatter._fmt == "changed %(message)s"


def test_colours_do_not_change_the_dict_that_was_given() -> None:
    given = copy.deepcopy(LOGGING_CONFIG)
    given["formatters"]["default"]["fmt"] = "%(message)s"
    before = copy.deepcopy(given)
    configured(log_config=given, use_colors=True)
    assert given == before
    assert handler_of("uvicorn").formatter.use_colors is True
    assert handler_of("uvicorn.access").formatter.use_colors is True


def own_config() -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"mine": {"format": "mine %(message)s"}},
        "handlers": {"mine": {"class": "logging.StreamHandler", "formatter": "mine"}},
        "loggers": {"uvicorn.error": {"handlers": ["mine"], "level": "WARNING"}},
    }


INI = """
[loggers]
keys=root,mine
[handlers]
keys=mine
[formatters]
keys=mine
[logger_root]
handlers=
[logger_mine]
qualname=uvicorn.error
level=WARNING
handlers=mine
[handler_mine]
class=StreamHandler
formatter=mine
args=()
[formatter_mine]
format=mine %(message)s
"""


def assert_own_config() -> None:
    assert logging.getLogger("uvicorn.error").level == logging.WARNING
    assert handler_of("uvicorn.error").formatter._fmt == "mine %(message)s"


def test_a_dict_of_ones_own_is_applied() -> None:
    configured(log_config=own_config(), use_colors=True)
    assert_own_config()


FILES = {
    "log.json": json.dumps(own_config()),
    "log.yaml": yaml.safe_dump(own_config()),
    "log.yml": yaml.safe_dump(own_config()),
    "log.ini": INI,
    "log": INI,
}


@pytest.mark.parametrize(("name", "text"), FILES.items(), ids=list(FILES))
@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_is_read_by_its_suffix(name: str, text: str, kind: type, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    configured(log_config=kind(path))
    assert_own_config()


def test_an_open_file_and_a_parser_are_read_as_ini(tmp_path: Path) -> None:
    path = tmp_path / "log.ini"
    path.write_text(INI)
    with path.open() as file:
        configured(log_config=file)
    assert_own_config()
    logging.getLogger("uvicorn.error").handlers = []
    parser = RawConfigParser()
    parser.read_string(INI)
    configured(log_config=parser)
    assert_own_config()


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"does not exist; check log_config\."):
        configured(log_config=tmp_path / "log.json")


def test_yaml_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.yaml"
    path.write_text("version: 1")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ConfigError, match="pip install PyYAML"):
        configured(log_config=path)


def test_no_log_config_leaves_handlers_alone() -> None:
    handler = logging.NullHandler()
    logging.getLogger("uvicorn").addHandler(handler)
    configured(log_config=None)
    assert logging.getLogger("uvicorn").handlers == [handler]


@pytest.mark.parametrize(("word", "level"), LOG_LEVELS.items(), ids=list(LOG_LEVELS))
def test_a_level_may_be_a_word_in_any_case_or_a_number(word: str, level: int) -> None:
    for given in (word, word.upper(), level):
        logging.getLogger("uvicorn.asgi").setLevel(logging.NOTSET)
        configured(log_level=given)
        for name in ("uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
            assert logging.getLogger(name).level == level


def test_an_unknown_level_is_refused_in_one_line() -> None:
    with pytest.raises(ConfigError, match="critical, error, warning, info, debug, trace, not 'x'"):
        configured(log_level="x")


def test_the_level_trace_has_its_name() -> None:
    configured()
    assert logging.getLevelName(TRACE_LOG_LEVEL) == "TRACE"


@pytest.mark.parametrize("log_config", [LOGGING_CONFIG, None], ids=["built in", "none"])
def test_the_access_log_can_be_turned_off(log_config: Any) -> None:
    logging.getLogger("uvicorn").addHandler(logging.NullHandler())
    configured(access_log=False, log_config=log_config)
    logger = logging.getLogger("uvicorn.access")
    assert not logger.hasHandlers()


def test_a_handler_of_other_software_survives(tmp_path: Path) -> None:
    handler = logging.FileHandler(tmp_path / "theirs.log", mode="w")
    theirs = logging.getLogger("theirs")
    theirs.addHandler(handler)
    try:
        configured()
        theirs.error("still here")
    finally:
        theirs.removeHandler(handler)
        handler.close()
    assert (tmp_path / "theirs.log").read_text() == "still here\n"
