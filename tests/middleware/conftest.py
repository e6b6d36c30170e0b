"""The fixtures `log` and `fresh_loggers`, as the tests of the server have them."""

from __future__ import annotations

from tests.server.conftest import fresh_loggers, log

__all__ = ["fresh_loggers", "log"]
