"""The access log: its fast path says what `logging` would have said."""

from __future__ import annotations

import functools
import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.apps import GET, reply, request
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


# Methods of logging that others have put in the place of its own.


def seen_by(owner: Any, name: str, monkeypatch: Any) -> list[str]:
    """Put a function around a method; what it is called for goes on."""
    plain = getattr(owner, name)
    calls: list[str] = []

    def around(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return plain(*args, **kwargs)

    monkeypatch.setattr(owner, name, functools.wraps(plain)(around))
    return calls


METHODS = [
    *((logging.Logger, name) for name in ("_log", "makeRecord", "handle", "callHandlers")),
    *((logging.Filterer, name) for name in ("filter",)),
    *((logging.Handler, name) for name in ("handle", "format")),
    *((logging.StreamHandler, name) for name in ("emit", "flush")),
    *((logging.Formatter, name) for name in ("format", "usesTime")),
    *((AccessFormatter, name) for name in ("formatMessage", "get_status_code")),
    (logging.LogRecord, "getMessage"),
    (logging.PercentStyle, "format"),
]
LINE = 'INFO:     192.0.2.1:40000 - "GET / HTTP/1.1" 200 OK'


@pytest.mark.parametrize(
    ("owner", "name"), METHODS, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_line_goes_through_a_method_that_was_patched(access, monkeypatch, owner, name):
    """Before the first line, between lines, and again after it was put back."""
    with monkeypatch.context() as patch:
        calls = seen_by(owner, name, patch)
        client = access.connect(reply())
        client.send(GET)
        first = len(calls)
        assert first > 0
        client.send(GET)
        assert len(calls) == 2 * first
    for _ in range(2):
        client.send(GET)
        assert len(calls) == 2 * first
    with monkeypatch.context() as patch:
        calls = seen_by(owner, name, patch)
        client.send(GET)
        assert len(calls) == first
    assert access.lines == [LINE] * 5


@pytest.mark.parametrize(
    ("attribute", "name"), [("logger", "callHandlers"), ("handler", "emit"), ("handler", "format")]
)
def test_a_line_goes_through_a_method_that_one_instance_has(access, monkeypatch, attribute, name):
    client = access.connect(reply())
    client.send(GET)
    calls = seen_by(getattr(access, attribute), name, monkeypatch)
    client.send(GET)
    assert len(calls) == 1
    assert access.lines == [LINE] * 2


def test_a_method_that_is_patched_by_a_request_sees_its_line(access, monkeypatch):
    """Lines of one pass of the loop keep their order."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/patch":
            seen.append(seen_by(logging.Logger, "callHandlers", monkeypatch))
        await reply()(scope, receive, send)

    seen: list[list[str]] = []
    client = access.connect(app)
    client.send(GET + request(start=b"GET /patch HTTP/1.1") + GET)
    assert len(seen[0]) == 2
    assert [line.split()[4] for line in access.lines] == ["/", "/patch", "/"]


def test_a_logger_of_another_class_gets_records(access):
    class Own(logging.Logger):
        def handle(self, record: logging.LogRecord) -> None:
            records.append(record)

    records: list[logging.LogRecord] = []
    client = access.connect(reply())
    access.logger.__class__ = Own
    try:
        client.send(GET)
    finally:
        access.logger.__class__ = logging.Logger
    assert len(records) == 1


def test_sentry_gets_its_breadcrumbs(access):
    """Its integration patches Logger.callHandlers, in a program that serves already."""
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration

    client = access.connect(reply())
    client.send(GET)
    plain = logging.Logger.callHandlers
    events: list[Any] = []
    try:
        with sentry_sdk.new_scope():
            sentry_sdk.init(
                dsn="http://key@127.0.0.1:9/1",
                before_send=lambda event, hint: events.append(event),
                default_integrations=False,
                auto_enabling_integrations=False,
                integrations=[LoggingIntegration(level=logging.INFO, event_level=None)],
            )
            client.send(request(start=b"GET /crumb HTTP/1.1"))
            sentry_sdk.capture_message("now")
    finally:
        sentry_sdk.get_client().close(timeout=0)
        logging.Logger.callHandlers = plain  # type: ignore[method-assign]
    crumbs = events[0]["breadcrumbs"]["values"]
    assert [crumb["category"] for crumb in crumbs] == ["uvicorn.access"]
    assert crumbs[0]["message"] == '192.0.2.1:40000 - "GET /crumb HTTP/1.1" 200'
    assert len(access.lines) == 2
