"""The errors that cross layers. Both builds of the core raise and catch these same classes."""

from __future__ import annotations

__all__ = [
    "STARTUP_FAILURE",
    "ClientDisconnected",
    "ConfigError",
    "FileMissing",
    "ImportFromStringError",
    "OptionMissing",
    "ProtocolError",
    "UnknownChoice",
]

# Exit status of a process that could not start; supervisors do not start it again.
STARTUP_FAILURE = 3


class ProtocolError(Exception):
    """The peer broke its protocol. Carries the answer to give; afterwards only close.

    `status` is the HTTP status to answer with (RFC 9110 section 15), or a WebSocket's close
    code (RFC 6455 section 7.4); `reason` one line of ASCII for the answer and for the log; it
    never holds any of the peer's bytes.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class ConfigError(ValueError):
    """A setting that cannot work. The text is one line that says what to do.

    The classes below are also what the reference raises for some settings: programs catch that.
    """


class UnknownChoice(ConfigError, KeyError):
    """A word that an option does not know."""

    # KeyError's own would quote the text.
    __str__ = ConfigError.__str__


class OptionMissing(ConfigError, AssertionError):
    """An option that another one needs."""


class FileMissing(ConfigError, FileNotFoundError):
    """A file that an option names."""


class ImportFromStringError(ConfigError):
    """The string names nothing. An error inside the named module is raised as it is."""


class ClientDisconnected(OSError):
    """Raised into the app by `send()` when the peer is gone (ASGI spec 2.4)."""
