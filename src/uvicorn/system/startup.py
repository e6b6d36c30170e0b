"""What a process logs, and how it ends, when its server could not start."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Protocol

from ..errors import STARTUP_FAILURE, ConfigError

logger = logging.getLogger("uvicorn.error")


class Starting(Protocol):
    """What this module needs of a server."""

    started: bool


def run_to_its_end(server: Starting, run: Callable[[], None]) -> None:
    """Call `run`, which runs the server. If that does not start, log why and end the process."""
    try:
        run()
    except KeyboardInterrupt:
        pass
    except Exception as exc:
        if server.started:
            raise
        log_failure(exc)
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def log_failure(exc: Exception) -> None:
    """Log why no server could start: one line, or a traceback that begins in the app.

    Our own frames above the app's are of no use to the reader.
    """
    if isinstance(exc, ConfigError):
        logger.error(exc)
        return
    package = os.path.dirname(__file__)
    start = frame = exc.__traceback__
    while frame is not None:
        path = frame.tb_frame.f_code.co_filename
        frame = frame.tb_next
        if path.startswith(package) or "importlib" in path:
            start = frame
    # A syntax error names its place itself, and has no frame of the app.
    if start is not None or isinstance(exc, SyntaxError):
        exc = exc.with_traceback(start)
    logger.error("The server could not start.", exc_info=exc)
