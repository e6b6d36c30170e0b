"""Addresses: which ones the options ask for, and how a TCP address becomes listening sockets.

    host:port      every address that the name has; [::1]:port for IPv6
    :port          every IPv4 and every IPv6 address of this machine
    unix:path      a Unix socket; unix:@name is an abstract one, without a file
    fd://N         a socket that this process was started with

One rule for all of them, in one process or in many: an IPv6 socket listens only for IPv6. So
0.0.0.0 is every IPv4 address, :: every IPv6 address, and the empty host is both, as two sockets.
If this machine has only some of the addresses of a name, the others are left out.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import socket
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..errors import ConfigError
from ..options import Options
from .unix import is_abstract

# How often to try another port, if the one that is free on one address is in use on the next one.
PORT_ATTEMPTS = 20

# Errors that mean that this machine has no such address.
ABSENT = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)

ADVICE = {
    errno.EADDRINUSE: "Stop what listens there, or choose another port.",
    errno.EACCES: "Choose a port above 1023, or give the process CAP_NET_BIND_SERVICE.",
    errno.EADDRNOTAVAIL: "Choose an address that this machine has.",
}

logger = logging.getLogger("uvicorn.error")

_HOST_AND_PORT = re.compile(r"(\[[^\[\]/]+\]|[^\[\]:/]*):(\d{1,5})")


class Tcp(NamedTuple):
    """Some hosts on one port; 0 is one free port for all of them."""

    hosts: tuple[str, ...]
    port: int


class Unix(NamedTuple):
    """A path in the file system, or @name."""

    path: str


class Descriptor(NamedTuple):
    number: int


Address = Tcp | Unix | Descriptor


def parse(text: str) -> Address:
    """The address that a value of `bind` means. Raises ConfigError."""
    if text.startswith("unix:") and text not in ("unix:", "unix:@"):
        return Unix(text[5:])
    if text.startswith("fd://") and text[5:].isdecimal():
        return Descriptor(int(text[5:]))
    match = _HOST_AND_PORT.fullmatch(text)
    if match is None or int(match[2]) > 65535:
        raise ConfigError(
            f"{text!r} is no address to bind: write host:port, [IPv6]:port, unix:path or fd://N."
        )
    return Tcp((match[1].strip("[]"),), int(match[2]))


def as_list(value: str | Iterable[str] | None) -> list[str]:
    """One value, or some."""
    if isinstance(value, str):
        return [value]
    return list(value or ())


def named_by_host(config: Options) -> Tcp:
    """The address of `host` and `port`; None is every address, as for asyncio."""
    hosts = [""] if config.host is None else as_list(config.host)
    if not hosts:
        raise ConfigError("host names no address: leave it out, or give one.")
    for host in hosts:
        if host.startswith("["):
            raise ConfigError(f"host {host!r} has brackets: write {host.strip('[]')}.")
    return Tcp(tuple(hosts), config.port)


def host_is_given(config: Options) -> bool:
    """Whether host or port differ from the default."""
    return named_by_host(config) != Tcp(tuple(as_list(Options.host)), Options.port)


def warn_of_unused(config: Options) -> None:
    """Warn if `host` and `port` are given, and another option says where to listen."""
    others = [name for name in ("fd", "uds") if getattr(config, name) is not None]
    if others and host_is_given(config):
        logger.warning(
            "host and port are not used together with %s: leave them out, or use bind, which may"
            " be given more than once.",
            " and ".join(others),
        )


def explicit(config: Options) -> list[Address]:
    """The addresses of `fd`, `uds` and `bind`. Raises ConfigError."""
    found: list[Address] = []
    if config.fd is not None:
        found.append(Descriptor(config.fd))
    if config.uds is not None:
        found.append(Unix(os.fspath(config.uds)))
    found += [parse(text) for text in as_list(config.bind)]
    return list(dict.fromkeys(found))


def check(config: Options) -> None:
    """Raise ConfigError for options that do not go together, before anything is opened."""
    addresses = explicit(config)
    tcp = named_by_host(config)
    if host_is_given(config) and (config.bind or config.socket_activation):
        option = "bind" if config.bind else "socket_activation"
        wanted = ", ".join(f"{_shown_host(host)}:{tcp.port}" for host in tcp.hosts)
        raise ConfigError(
            f"host and port are not used together with {option}: leave them out, or add"
            f" {wanted} to bind."
        )
    paths = [each.path for each in addresses if isinstance(each, Unix)]
    if paths and not hasattr(socket, "AF_UNIX"):
        raise ConfigError("This system has no unix sockets for Python: listen on a port.")
    if any(is_abstract(path) for path in paths) and sys.platform != "linux":
        raise ConfigError("Only Linux has abstract unix sockets: give a path.")
    rights = (config.uds_mode, config.uds_owner, config.uds_group)
    if any(right is not None for right in rights) and all(map(is_abstract, paths)):
        raise ConfigError(
            "uds_mode, uds_owner and uds_group are for the file of a unix socket: add uds, or"
            " leave them out."
        )
    if config.reuse_port and not hasattr(socket, "SO_REUSEPORT"):
        raise ConfigError("This system has no SO_REUSEPORT: leave reuse_port out.")


def _shown_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


# Opening TCP


class Bound(NamedTuple):
    """A bound TCP socket, and the host to show for it."""

    sock: socket.socket
    host: str


def open_tcp(address: Tcp, backlog: int | None, reuse_port: bool = False) -> list[Bound]:
    """A socket for each address of each host; they listen if there is a backlog.

    Raises OSError, and then leaves none open.
    """
    for attempt in range(PORT_ATTEMPTS):
        opened: list[Bound] = []
        try:
            for host in address.hosts:
                port = opened[0].sock.getsockname()[1] if opened else address.port
                opened += _open_host(host, port, backlog, reuse_port, opened)
            return opened
        except OSError as exc:
            close_all(each.sock for each in opened)
            was_free_elsewhere = address.port == 0 and exc.errno == errno.EADDRINUSE
            if not was_free_elsewhere or attempt == PORT_ATTEMPTS - 1:
                raise
    raise AssertionError  # not reached


def close_all(socks: Iterable[socket.socket]) -> None:
    for sock in socks:
        sock.close()


def _open_host(
    host: str, port: int, backlog: int | None, reuse_port: bool, others: Sequence[Bound]
) -> list[Bound]:
    known = {each.sock.getsockname()[:2] for each in others}
    opened: list[Bound] = []
    missing: OSError | None = None
    is_covered = False
    try:
        for family, sockaddr in _resolve(host, port):
            if opened:
                sockaddr = (sockaddr[0], opened[0].sock.getsockname()[1], *sockaddr[2:])
            if sockaddr[:2] in known:
                is_covered = True
                continue
            try:
                sock = _opened(family, sockaddr, backlog, reuse_port)
            except OSError as exc:
                if exc.errno not in ABSENT:
                    raise
                missing = exc
            else:
                known.add(sock.getsockname()[:2])
                opened.append(Bound(sock, sock.getsockname()[0]))
    except BaseException:
        close_all(each.sock for each in opened)
        raise
    if missing is not None and not opened and not is_covered:
        raise missing
    # A name with one address is shown as it was given.
    return [opened[0]._replace(host=host)] if len(opened) == 1 and host else opened


def _resolve(host: str, port: int) -> list[tuple[int, tuple[object, ...]]]:
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "not a name"
        raise OSError(
            f"Cannot find host {host!r} ({why}): give an address of this machine, or a name"
            " that it knows."
        ) from None
    return list(dict.fromkeys((family, sockaddr) for family, _, _, _, sockaddr in found))


def _opened(
    family: int, sockaddr: tuple[object, ...], backlog: int | None, reuse_port: bool
) -> socket.socket:
    """One bound socket; it listens if there is a backlog."""
    sock = bound(family, sockaddr, reuse_port)
    try:
        if backlog is not None:
            listen(sock, backlog)
    except OSError:
        sock.close()
        raise
    return sock


def listen(sock: socket.socket, backlog: int) -> None:
    """Make a bound socket listen: before, Linux lets others bind the same. Raises OSError."""
    try:
        sock.listen(backlog)
    except OSError as exc:
        raise _refusal(exc, sock.getsockname()) from None


def bound(family: int, sockaddr: tuple[object, ...], reuse_port: bool) -> socket.socket:
    """One bound socket. Raises OSError with a text that says what to do."""
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as exc:
        raise _refusal(exc, sockaddr) from None
    try:
        if sys.platform not in ("win32", "cygwin"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(sockaddr)
    except OSError as exc:
        sock.close()
        raise _refusal(exc, sockaddr) from None
    return sock


def beside(sock: socket.socket, backlog: int) -> socket.socket:
    """A socket that listens where `sock` does, for SO_REUSEPORT; `sock` if it is not TCP."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return sock
    return _opened(sock.family, sock.getsockname(), backlog, reuse_port=True)


def _refusal(exc: OSError, sockaddr: tuple[object, ...]) -> OSError:
    """The error with asyncio's text, which people know, and what to do."""
    why = (exc.strerror or str(exc)).lower()
    advice = ADVICE.get(exc.errno or 0, "")
    return OSError(
        exc.errno,
        f"error while attempting to bind on address {sockaddr!r}: {why}. {advice}".rstrip(". ")
        + ".",
    )
