"""The access log, one line per response.

As long as nobody has touched the logger `uvicorn.access` (one handler that writes to a
stream, our formatter with its default format, no filter) or a method that records go through,
a line is made from a template and written together with all others of the same pass of the
loop. The template comes from the formatter itself, so the line reads the same. Otherwise each
response is one `logging` record, whose `args` are (client_addr, method, full_path, http_version,
status_code).
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from logging import INFO, Logger, LogRecord, StreamHandler, getLogRecordFactory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..logging import AccessFormatter
from .log_methods import LogMethods, are_plain

if TYPE_CHECKING:
    from .._types import HTTPScope, WWWScope

MESSAGE = '%s - "%s %s HTTP/%s" %d'
DEFAULT_FORMAT = '%(levelprefix)s %(client_addr)s - "%(request_line)s" %(status_code)s'
CLIENT, METHOD, PATH, VERSION = MARKS = ("\x00c", "\x00m", "\x00p", "\x00v")

# Apps have few paths and clients many requests: quoting again costs more than the lookup.
quoted = lru_cache(1024)(quote)


def client_address(scope: WWWScope) -> str:
    client = scope.get("client")
    return f"{client[0]}:{client[1]}" if client else ""


def full_path(scope: WWWScope) -> str:
    """The path, percent-encoded again, with its query."""
    path: str = quoted(scope["path"])
    query = scope["query_string"]
    return f"{path}?{query.decode('ascii', 'replace')}" if query else path


class AccessLog:
    def __init__(self, logger: Logger, loop: asyncio.AbstractEventLoop) -> None:
        self.logger = logger
        self.loop = loop
        self.methods = LogMethods()
        self.attributes = 0
        # Both are set once is_plain() has been true.
        self.handler: Any = None
        self.formatter: Any = None
        self.use_colors = False
        self.templates: dict[int, list[str]] = {}
        self.lines: list[str] = []

    def log(self, scope: HTTPScope, status: int) -> None:
        # Loggers and handlers are checked once per pass of the loop, before its first line.
        if not self.lines:
            if not self.is_plain():
                self.log_record(scope, status)
                return
            self.loop.call_soon(self.flush)
        elif not self.methods.look():
            self.flush()
            self.log_record(scope, status)
            return
        template = self.templates.get(status)
        if template is None:
            template = self.make_template(status)
        head, after_client, after_method, after_path, tail = template
        self.lines.append(
            f"{head}{client_address(scope)}{after_client}{scope['method']}{after_method}"
            f"{full_path(scope)}{after_path}{scope['http_version']}{tail}"
        )

    def log_record(self, scope: HTTPScope, status: int) -> None:
        if self.logger.isEnabledFor(INFO):
            self.logger.info(
                MESSAGE,
                client_address(scope),
                scope["method"],
                full_path(scope),
                scope["http_version"],
                status,
            )

    def flush(self) -> None:
        """Write what has been collected, as the handler would have."""
        lines = self.lines
        if not lines:
            return
        self.lines = []
        text = "".join(lines)
        handler = self.handler
        handler.acquire()
        try:
            handler.stream.write(text)
            handler.flush()
        except Exception:
            handler.handleError(self.record(("", "", "", "", 200)))
        finally:
            handler.release()

    def is_plain(self) -> bool:
        """Whether records would go through untouched default logging, and nowhere else."""
        logger = self.logger
        handlers = logger.handlers
        if len(handlers) != 1 or logger.filters or logger.propagate:
            return False
        handler = handlers[0]
        formatter = handler.formatter
        if (
            type(logger) is not Logger
            or type(handler) is not StreamHandler
            or type(formatter) is not AccessFormatter
        ):
            return False
        if handler.filters or not self.methods.look():
            return False
        attributes = len(logger.__dict__) + len(handler.__dict__) + len(formatter.__dict__)
        if attributes != self.attributes or handler is not self.handler:
            if not are_plain([logger, handler, formatter]):
                return False
            self.attributes = attributes
        if formatter is not self.formatter or formatter.use_colors != self.use_colors:
            if formatter._fmt != DEFAULT_FORMAT:
                return False
            self.formatter = formatter
            self.use_colors = formatter.use_colors
            self.templates = {}
        self.handler = handler
        return (
            handler.level <= INFO
            and logger.isEnabledFor(INFO)
            and getLogRecordFactory() is LogRecord
        )

    def record(self, args: tuple[object, ...]) -> LogRecord:
        return self.logger.makeRecord(self.logger.name, INFO, "", 0, MESSAGE, args, None)

    def make_template(self, status: int) -> list[str]:
        """The five fixed parts of a line: before, between and after the four marks."""
        text = self.formatter.format(self.record((*MARKS, status)))
        parts = []
        for mark in MARKS:
            part, _, text = text.partition(mark)
            parts.append(part)
        parts.append(text + self.handler.terminator)
        self.templates[status] = parts
        return parts
