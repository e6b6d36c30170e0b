"""The access log: its fast path says what `logging` would have said."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.apps import GET, reply
from tests.core.conftest import Serve
from tests.core.serving import Client
from uvicorn.logging import AccessFormatter

FORMAT = '%(levelprefix)s %(client_addr)s - "%(request_line)s" %(status_code)s'


class AccessLogger:
    """The logger `uvicorn.access`, set up as LOGGING_CONFIG does, writing to `stream`."""

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.logger = logging.getLogger("uvicorn.access")
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(AccessFormatter(FORMAT, use_colors=False))
        self.logger.propagate = False
        self.logger.setLevel(logging.INFO)

    def connect(self, app: Any, **settings: Any) -> Client:
        # Not before: pytest has put handlers of its own to a logger that does not propagate.
        self.logger.handlers = [self.handler]
        return self.serve(app, access_log=True, **settings).connect()

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def access(serve_once: Serve) -> Iterator[AccessLogger]:
    logger = logging.getLogger("uvicorn.access")
    before = logger.handlers, logger.propagate, logger.level, logger.filters
    logger.filters = []
    yield AccessLogger(serve_once)
    logger.handlers, logger.propagate, level, logger.filters = before
    logger.setLevel(level)


def test_a_handler_without_a_formatter_gets_records(access):
    access.handler.setFormatter(None)
    client = access.connect(reply())
    client.send(GET)
    assert client.response().complete
    assert access.lines == ['192.0.2.1:40000 - "GET / HTTP/1.1" 200']


def broken(record: logging.LogRecord) -> bool:
    raise ValueError("from a filter")


def fail(*arguments: Any) -> None:
    raise KeyError


@pytest.mark.parametrize("app", [reply(), fail], ids=["app that answers", "app that fails"])
def test_a_filter_that_raises_does_not_leave_the_client_waiting(access, app):
    client = access.connect(app)
    access.logger.addFilter(broken)
    client.send(GET)
    assert client.server.failures()
    assert client.ended
