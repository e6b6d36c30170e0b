"""Sockets that systemd, or a program like it, has opened for this process (sd_listen_fds(3)).

They are claimed once: the variables that name them are removed from the environment, and the
processes that this one starts inherit neither.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
from typing import NamedTuple

# The first descriptor after standard input, output and error.
FIRST = 3

VARIABLES = ("LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES")


class PassedSocket(NamedTuple):
    """`name` is FileDescriptorName= of its unit, else the name of that unit."""

    sock: socket.socket
    name: str


def count() -> int:
    """How many descriptors were passed to this very process."""
    try:
        is_ours = int(os.environ.get("LISTEN_PID", "")) == os.getpid()
        return max(int(os.environ.get("LISTEN_FDS", "")), 0) if is_ours else 0
    except ValueError:
        return 0


def claim() -> list[PassedSocket]:
    """All of them, now our own. Raises OSError if there is none, or one that cannot serve."""
    number = count()
    if not number:
        raise OSError(f"No sockets were passed by a service manager: {_why_none()}.")
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    for variable in VARIABLES:
        os.environ.pop(variable, None)
    taken: list[PassedSocket] = []
    try:
        for fd in range(FIRST, FIRST + number):
            name = names[fd - FIRST] if fd - FIRST < len(names) else ""
            taken.append(PassedSocket(_own(fd, name), name or f"descriptor {fd}"))
    except BaseException:
        for each in taken:
            each.sock.close()
        raise
    return taken


def _why_none() -> str:
    if "LISTEN_FDS" not in os.environ:
        return "start it from a systemd socket unit, or leave socket_activation out"
    return (
        f"LISTEN_PID is {os.environ.get('LISTEN_PID')!r} and this process {os.getpid()}, so start"
        " it directly, or with exec from a shell"
    )


def _own(fd: int, name: str) -> socket.socket:
    os.set_inheritable(fd, False)
    if not stat.S_ISSOCK(os.fstat(fd).st_mode):
        raise _not_serviceable(fd, name)
    sock = socket.socket(fileno=fd)
    # Accept= of the unit decides whether it listens, or is one connection.
    if sock.type != socket.SOCK_STREAM or not sock.getsockopt(
        socket.SOL_SOCKET, socket.SO_ACCEPTCONN
    ):
        sock.close()
        raise _not_serviceable(fd, name)
    return sock


def _not_serviceable(fd: int, name: str) -> OSError:
    return OSError(
        errno.EINVAL,
        f"Descriptor {fd} ({name or 'no name'}) that was passed is not a listening stream socket:"
        " use ListenStream= in the socket unit, without Accept=yes.",
    )
