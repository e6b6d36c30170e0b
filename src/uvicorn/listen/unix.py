"""Unix sockets: bound with their permissions, in place of a dead process's file, and removed again.

A file in the way is checked before it is touched. Only a socket that refuses a connection belongs
to nobody, and is replaced; one that answers, or gives another error, belongs to somebody.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from typing import Any, NamedTuple

# Permissions of the file, if there was none before: its folder decides who may connect.
UDS_MODE = 0o666


class Rights(NamedTuple):
    """Rights of a socket's file; None changes nothing. Owner and group: a name or a number."""

    mode: int | None = None
    owner: str | int | None = None
    group: str | int | None = None


AS_IT_IS = Rights()


def is_abstract(path: str) -> bool:
    """Whether it is a name in Linux's abstract namespace, without a file."""
    return path.startswith("@")


class UnixSocketFile:
    """The file of a Unix socket that we bound, to be removed if it is still that one."""

    def __init__(self, path: str) -> None:
        # The app may change the current folder.
        self.path = os.path.abspath(path)
        self._identity = _identity(self.path)

    def remove(self) -> None:
        """Call it while the socket is open: only so long no other file can have its identity."""
        if self._identity is not None and _identity(self.path) == self._identity:
            with contextlib.suppress(OSError):
                os.unlink(self.path)


def bind_uds(path: str, rights: Rights = AS_IT_IS) -> socket.socket:
    """A Unix socket bound at `path`, or at @name. Raises OSError with a line that says what to do.

    Its mode is that of `rights`, else that of the stale file that it replaces, else UDS_MODE.
    """
    if is_abstract(path):
        return _bound(path, "\0" + path[1:])
    mode_before = _clear_stale(path)
    sock = _bound(path, path)
    try:
        _set_owner(path, rights)
        os.chmod(path, mode_before if rights.mode is None else rights.mode)
    except BaseException:
        os.unlink(path)
        sock.close()
        raise
    return sock


def open_uds(path: str, rights: Rights, backlog: int | None) -> socket.socket:
    """The same, listening if there is a backlog. Before, another process would find it stale."""
    sock = bind_uds(path, rights)
    if backlog is not None:
        sock.listen(backlog)
    return sock


def _bound(path: str, address: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(address)
    except OSError as exc:
        sock.close()
        if exc.errno == errno.EADDRINUSE:
            raise _in_use(path) from None
        if exc.errno is None:
            raise OSError(f"unix socket {path!r}: {exc}. Choose a shorter path.") from None
        advice = "Choose a path in a folder that is there and can be written to."
        raise OSError(exc.errno, f"{exc.strerror}: unix socket {path!r}. {advice}") from None
    return sock


def _in_use(path: str) -> OSError:
    return OSError(
        errno.EADDRINUSE,
        f"Address already in use: unix socket {path!r}. Stop the server that listens there, or"
        " choose another path.",
    )


def _set_owner(path: str, rights: Rights) -> None:
    if rights.owner is not None:
        _chown(path, "uds_owner", user=_name_or_number(rights.owner))
    if rights.group is not None:
        _chown(path, "uds_group", group=_name_or_number(rights.group))


def _name_or_number(who: str | int) -> str | int:
    return int(who) if isinstance(who, str) and who.isdecimal() else who


def _chown(path: str, option: str, **who: Any) -> None:
    import shutil

    ((kind, name),) = who.items()
    try:
        shutil.chown(path, **who)
    except LookupError:
        what = f"There is no {kind} {name!r} for unix socket {path!r}"
        raise OSError(f"{what}: correct {option}.") from None
    except OSError as exc:
        raise OSError(
            exc.errno,
            f"{exc.strerror}: unix socket {path!r} for {kind} {name!r}. Start the server as root,"
            f" or leave {option} out.",
        ) from None


def _clear_stale(path: str) -> int:
    """Remove a socket file that nobody serves; returns the permissions for the next one."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return UDS_MODE
    if not stat.S_ISSOCK(mode):
        raise OSError(
            errno.EADDRINUSE,
            f"A file that is no socket is in the way of unix socket {path!r}. Remove it, or"
            " choose another path.",
        )
    if not _is_stale(path):
        raise _in_use(path)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    return stat.S_IMODE(mode)


def _is_stale(path: str) -> bool:
    """Whether nobody listens there. A server that is busy, or refuses us access, does listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        return probe.connect_ex(path) in (errno.ECONNREFUSED, errno.ENOENT)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
