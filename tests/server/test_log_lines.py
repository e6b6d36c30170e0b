"""Log records to lines."""

from __future__ import annotations

import io
import logging
import sys
from typing import Any

import pytest

from uvicorn.logging import (
    TRACE_LOG_LEVEL,
    AccessFormatter,
    ColourizedFormatter,
    DefaultFormatter,
    configure,
)

SERVER = "%(levelprefix)s %(message)s"
ACCESS = '%(levelprefix)s %(client_addr)s - "%(request_line)s" %(status_code)s'


@pytest.fixture(autouse=True)
def name_of_the_trace_level() -> None:
    configure(None, None, True, None)


def record(level: int = logging.INFO, message: str = "hi", *args: Any, **more: Any) -> Any:
    made = logging.LogRecord("uvicorn.error", level, __file__, 1, message, args, None)
    made.__dict__.update(more)
    return made


def access(status: int) -> Any:
    return record(
        logging.INFO, '%s - "%s %s HTTP/%s" %d', "1.2.3.4:5", "GET", "/a%20b?c", "1.1", status
    )


LEVELS = {
    TRACE_LOG_LEVEL: ("TRACE:    hi", "\x1b[34mTRACE\x1b[0m:    hi"),
    logging.DEBUG: ("DEBUG:    hi", "\x1b[36mDEBUG\x1b[0m:    hi"),
    logging.INFO: ("INFO:     hi", "\x1b[32mINFO\x1b[0m:     hi"),
    logging.WARNING: ("WARNING:  hi", "\x1b[33mWARNING\x1b[0m:  hi"),
    logging.ERROR: ("ERROR:    hi", "\x1b[31mERROR\x1b[0m:    hi"),
    logging.CRITICAL: ("CRITICAL: hi", "\x1b[91mCRITICAL\x1b[0m: hi"),
    25: ("Level 25: hi", "Level 25: hi"),
}


@pytest.mark.parametrize(("level", "lines"), LEVELS.items(), ids=str)
def test_messages_line_up_behind_their_level(level: int, lines: tuple[str, str]) -> None:
    plain, coloured = lines
    assert DefaultFormatter(SERVER, use_colors=False).format(record(level)) == plain
    assert DefaultFormatter(SERVER, use_colors=True).format(record(level)) == coloured


def test_a_coloured_message_takes_the_place_of_the_plain_one_in_colour() -> None:
    made = record(logging.INFO, "on %s", "x", color_message="on \x1b[1m%s\x1b[0m")
    assert DefaultFormatter(SERVER, use_colors=True).format(made).endswith("on \x1b[1mx\x1b[0m")
    assert DefaultFormatter(SERVER, use_colors=False).format(made) == "INFO:     on x"


def test_a_formatter_leaves_the_record_as_it_was() -> None:
    made = access(200)
    before = dict(made.__dict__)
    AccessFormatter(ACCESS, use_colors=True).format(made)
    assert {name: made.__dict__[name] for name in before} == before
    assert "levelprefix" not in made.__dict__


STATUSES = {
    100: ("100 Continue", "\x1b[97m100 Continue\x1b[0m"),
    200: ("200 OK", "\x1b[32m200 OK\x1b[0m"),
    302: ("302 Found", "\x1b[33m302 Found\x1b[0m"),
    404: ("404 Not Found", "\x1b[31m404 Not Found\x1b[0m"),
    500: ("500 Internal Server Error", "\x1b[91m500 Internal Server Error\x1b[0m"),
    299: ("299 ", "\x1b[32m299 \x1b[0m"),
    999: ("999 ", "999 "),
}


@pytest.mark.parametrize(("status", "shown"), STATUSES.items(), ids=str)
def test_an_access_line_shows_the_status_with_its_phrase(
    status: int, shown: tuple[str, str]
) -> None:
    plain, coloured = shown
    line = AccessFormatter(ACCESS, use_colors=False).format(access(status))
    assert line == f'INFO:     1.2.3.4:5 - "GET /a%20b?c HTTP/1.1" {plain}'
    line = AccessFormatter(ACCESS, use_colors=True).format(access(status))
    assert line.endswith(f'1.2.3.4:5 - "\x1b[1mGET /a%20b?c HTTP/1.1\x1b[0m" {coloured}')


def test_an_access_record_reads_as_a_line_without_our_formatter() -> None:
    assert access(200).getMessage() == '1.2.3.4:5 - "GET /a%20b?c HTTP/1.1" 200'


def test_other_styles_of_format_work() -> None:
    formatter = AccessFormatter("{status_code}|{asctime}", "%Y", "{", use_colors=False)
    assert formatter.format(access(200)).startswith("200 OK|2")


def test_exceptions_follow_the_line() -> None:
    made = record(logging.ERROR)
    made.exc_info = (ValueError, ValueError("wrong"), None)
    assert DefaultFormatter(SERVER, use_colors=False).format(made) == (
        "ERROR:    hi\nValueError: wrong"
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("formatter", "stream"),
    [(DefaultFormatter, "stderr"), (AccessFormatter, "stdout"), (ColourizedFormatter, "stdout")],
)
def test_lines_are_coloured_where_they_go_to_a_terminal(
    formatter: type[ColourizedFormatter], stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert formatter().use_colors is False
    monkeypatch.setattr(sys, stream, Terminal())
    assert formatter().use_colors is True
    assert formatter(use_colors=False).use_colors is False


def test_who_asks_for_no_colour_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert DefaultFormatter().use_colors is False
    assert DefaultFormatter(use_colors=True).use_colors is True


def test_a_subclass_may_choose_its_own_colours() -> None:
    class Mine(DefaultFormatter):
        level_name_colors = {logging.INFO: lambda name: f"<{name}>"}  # noqa: RUF012

    assert Mine(SERVER, use_colors=True).format(record()) == "<INFO>:     hi"
