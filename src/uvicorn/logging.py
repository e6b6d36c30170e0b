"""Log records to lines, and the set-up of logging.

Loggers: `uvicorn.error` has everything about the server, not only errors; `uvicorn.access` has one
record for each response, with args (client_addr, method, full_path, http_version, status_code);
`uvicorn.asgi` has the messages between server and app, at level TRACE.
"""

from __future__ import annotations

import http
import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from copy import copy, deepcopy
from functools import partial
from typing import IO, TYPE_CHECKING, Any, ClassVar, Literal

from ._ansi import style as ansi_style
from .errors import ConfigError, FileMissing, UnknownChoice

if TYPE_CHECKING:
    from configparser import RawConfigParser

    DictConfig = dict[str, Any]
    FileConfig = str | os.PathLike[str] | RawConfigParser | IO[Any]
    LogConfig = DictConfig | FileConfig

TRACE_LOG_LEVEL = 5

OUR_LOGGERS = ("uvicorn.error", "uvicorn.access", "uvicorn.asgi")

LOG_LEVELS: dict[str, int] = {
    "critical": logging.CRITICAL,
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": TRACE_LOG_LEVEL,
}

# Programs change this one in place or copy it, so its keys are part of the interface.
LOGGING_CONFIG: DictConfig = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "default": {
            "()": "uvicorn.logging.DefaultFormatter",
            "fmt": "%(levelprefix)s %(message)s",
            "use_colors": None,
        },
        "access": {
            "()": "uvicorn.logging.AccessFormatter",
            "fmt": '%(levelprefix)s %(client_addr)s - "%(request_line)s" %(status_code)s',
        },
    },
    "handlers": {
        "default": {
            "formatter": "default",
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stderr",
        },
        "access": {
            "formatter": "access",
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
        },
    },
    "loggers": {
        "uvicorn": {"handlers": ["default"], "level": "INFO", "propagate": False},
        "uvicorn.error": {"level": "INFO"},
        "uvicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
    },
}

_AS_BUILT = deepcopy(LOGGING_CONFIG)

_PHRASES: dict[int, str] = {status.value: status.phrase for status in http.HTTPStatus}


class Nowhere(io.TextIOBase):
    """Replaces a standard stream that is not there: pythonw and `>&-` have none."""

    def write(self, text: str) -> int:
        return len(text)


def _is_colour_terminal(stream: IO[str] | None) -> bool:
    try:
        is_terminal = stream is not None and stream.isatty()
    except (AttributeError, ValueError):
        # A program's own stream, or one that is closed.
        return False
    return is_terminal and not os.environ.get("NO_COLOR")


class ColourizedFormatter(logging.Formatter):
    """Adds `levelprefix`: the level's name and a colon, padded so that messages line up.

    With `use_colors` the prefix is coloured, and a record that has `color_message` shows that
    message. `use_colors=None` means: if the stream is a terminal.
    """

    level_name_colors: ClassVar[dict[int, Callable[[str], str]]] = {
        TRACE_LOG_LEVEL: partial(ansi_style, colour="blue"),
        logging.DEBUG: partial(ansi_style, colour="cyan"),
        logging.INFO: partial(ansi_style, colour="green"),
        logging.WARNING: partial(ansi_style, colour="yellow"),
        logging.ERROR: partial(ansi_style, colour="red"),
        logging.CRITICAL: partial(ansi_style, colour="bright_red"),
    }

    def __init__(
        self,
        fmt: str | None = None,
        datefmt: str | None = None,
        style: Literal["%", "{", "$"] = "%",
        use_colors: bool | None = None,
    ) -> None:
        self.use_colors = self.should_use_colors() if use_colors is None else use_colors
        super().__init__(fmt=fmt, datefmt=datefmt, style=style)

    def should_use_colors(self) -> bool:
        return _is_colour_terminal(sys.stdout)

    def color_level_name(self, level_name: str, level_no: int) -> str:
        colour = self.level_name_colors.get(level_no)
        return colour(level_name) if colour else level_name

    def formatMessage(self, record: logging.LogRecord) -> str:
        record = copy(record)
        self._add_fields(record)
        return super().formatMessage(record)

    def _add_fields(self, record: logging.LogRecord) -> None:
        name = record.levelname
        padding = " " * (8 - len(name))
        if self.use_colors:
            name = self.color_level_name(name, record.levelno)
            if "color_message" in record.__dict__:
                record.msg = record.__dict__["color_message"]
                record.message = record.getMessage()
        record.__dict__["levelprefix"] = f"{name}:{padding}"


class DefaultFormatter(ColourizedFormatter):
    """For the server's log, which goes to standard error."""

    def should_use_colors(self) -> bool:
        return _is_colour_terminal(sys.stderr)


class AccessFormatter(ColourizedFormatter):
    """Adds `client_addr`, `request_line` and `status_code` (with its phrase)."""

    status_code_colours: ClassVar[dict[int, Callable[[str], str]]] = {
        1: partial(ansi_style, colour="bright_white"),
        2: partial(ansi_style, colour="green"),
        3: partial(ansi_style, colour="yellow"),
        4: partial(ansi_style, colour="red"),
        5: partial(ansi_style, colour="bright_red"),
    }

    def get_status_code(self, status_code: int) -> str:
        text = f"{status_code} {_PHRASES.get(status_code, '')}"
        colour = self.status_code_colours.get(status_code // 100) if self.use_colors else None
        return colour(text) if colour else text

    def _add_fields(self, record: logging.LogRecord) -> None:
        super()._add_fields(record)
        # Any: a tuple of these five, not a mapping.
        args: Any = record.args
        client_addr, method, full_path, http_version, status_code = args
        request_line = f"{method} {full_path} HTTP/{http_version}"
        record.__dict__.update(
            client_addr=client_addr,
            request_line=ansi_style(request_line, bold=True) if self.use_colors else request_line,
            status_code=self.get_status_code(int(status_code)),
        )


def configure(
    log_config: LogConfig | None,
    log_level: str | int | None,
    access_log: bool,
    use_colors: bool | None,
) -> None:
    """Set logging up by the options of these names. With `log_config` None, no handler changes."""
    logging.addLevelName(TRACE_LOG_LEVEL, "TRACE")
    if isinstance(log_config, dict):
        _apply_dict(log_config, use_colors)
    elif log_config is not None:
        _apply_file(log_config)
    if log_level is not None:
        level = _level_number(log_level)
        for name in OUR_LOGGERS:
            logging.getLogger(name).setLevel(level)
    if not access_log:
        logging.getLogger("uvicorn.access").handlers = []
        logging.getLogger("uvicorn.access").propagate = False


def _level_number(level: str | int) -> int:
    if isinstance(level, int):
        return level
    try:
        return LOG_LEVELS[level.lower()]
    except KeyError:
        raise UnknownChoice(
            f"log_level must be one of {', '.join(LOG_LEVELS)}, not {level!r}."
        ) from None


def _apply_dict(log_config: DictConfig, use_colors: bool | None) -> None:
    if log_config == _AS_BUILT:
        _apply_built_in(use_colors)
        return
    from logging.config import dictConfig

    if use_colors is not None and isinstance(log_config.get("formatters"), dict):
        formatters = dict(log_config["formatters"])
        for name in {"default", "access"} & formatters.keys():
            formatters[name] = {**formatters[name], "use_colors": use_colors}
        log_config = {**log_config, "formatters": formatters}
    dictConfig(log_config)
    for name in ("uvicorn", *OUR_LOGGERS):
        for handler in logging.getLogger(name).handlers:
            if type(handler) is logging.StreamHandler:
                handler.setStream(_or_nowhere(handler.stream))


def _apply_built_in(use_colors: bool | None) -> None:
    """Do what dictConfig does with an unchanged LOGGING_CONFIG, without the 7 ms to import it."""
    formats = {name: row["fmt"] for name, row in _AS_BUILT["formatters"].items()}
    server = logging.StreamHandler(_or_nowhere(sys.stderr))
    server.setFormatter(DefaultFormatter(formats["default"], use_colors=use_colors))
    server.set_name("default")
    access = logging.StreamHandler(_or_nowhere(sys.stdout))
    access.setFormatter(AccessFormatter(formats["access"], use_colors=use_colors))
    access.set_name("access")
    for name in list(logging.root.manager.loggerDict):
        if name == "uvicorn" or name.startswith("uvicorn."):
            logger = logging.getLogger(name)
            logger.handlers = []
            logger.setLevel(logging.NOTSET)
            logger.propagate = True
    for name, handlers in {
        "uvicorn": [server],
        "uvicorn.error": [],
        "uvicorn.access": [access],
    }.items():
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.handlers = list(handlers)
        logger.propagate = not handlers


def _or_nowhere(stream: IO[str] | None) -> IO[str] | Nowhere:
    # A handler without a stream would use standard error, and fail at each record.
    return Nowhere() if stream is None or getattr(stream, "closed", False) else stream


def _apply_file(log_config: FileConfig) -> None:
    from logging.config import dictConfig, fileConfig

    if isinstance(log_config, (str, os.PathLike)):
        path = os.fspath(log_config)
        if not os.path.exists(path):
            raise FileMissing(f"The log config {path!r} does not exist; check log_config.")
        if path.endswith(".json"):
            import json

            with open(path, encoding="utf-8") as file:
                dictConfig(json.load(file))
            return
        if path.endswith((".yaml", ".yml")):
            with open(path, encoding="utf-8") as file:
                dictConfig(_load_yaml(file))
            return
    fileConfig(log_config, disable_existing_loggers=False)


def reopen_log_files() -> None:
    """Open all log files anew, after something has renamed them."""
    for reference in list(logging._handlerList):  # type: ignore[attr-defined]  # nothing public lists them
        handler = reference()
        if isinstance(handler, logging.FileHandler):
            # The next record opens it.
            handler.close()


def reopen_on_signal() -> None:
    """Do that when SIGUSR1 comes, if there is such a signal and nothing else handles it."""
    number: int | None = getattr(signal, "SIGUSR1", None)
    if number is None or threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(number) is signal.SIG_DFL:
        signal.signal(number, lambda *_: reopen_log_files())


def add_worker_to_records(index: int) -> None:
    """Give each record of this process the attribute `worker`, for formats that show it."""
    make = logging.getLogRecordFactory()

    def make_with_worker(*args: object, **kwargs: object) -> logging.LogRecord:
        record = make(*args, **kwargs)
        record.worker = index
        return record

    logging.setLogRecordFactory(make_with_worker)


def _load_yaml(file: IO[str]) -> DictConfig:
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]  # its stubs may be absent
    except ImportError:
        raise ConfigError(
            "A log config in YAML needs PyYAML: pip install PyYAML, or use JSON."
        ) from None
    loaded: DictConfig = yaml.safe_load(file)
    return loaded
