"""Listening: which socket the options ask for, how it is opened, and how the log names it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import selectors
import socket
import stat
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ._ansi import style

if TYPE_CHECKING:
    from .config import Config

logger = logging.getLogger("uvicorn.error")

ProtocolFactory = Callable[[], asyncio.BaseProtocol]

# Permissions of a Unix socket's file, when there was none before: who may connect is decided
# by the folder that it is in.
UDS_MODE = 0o666


# Passes of the loop from a connection's last place in the kernel to connection_made(): the
# loop polls, accepts, makes the transport, makes the connection; and one pass to spare.
ACCEPT_PASSES = 5


class UnixSocketFile:
    """The file of a Unix socket that we bound, to be removed if it is still that one."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._identity = _identity(path)

    def remove(self) -> None:
        if self._identity is not None and _identity(self.path) == self._identity:
            with contextlib.suppress(OSError):
                os.unlink(self.path)


async def listen(config: Config, factory: ProtocolFactory) -> asyncio.Server:
    """The server that accepts connections where the options say. Raises OSError."""
    if config.fd is not None:
        return await listen_on(open_fd(config.fd), config, factory)
    if config.uds is not None:
        return await listen_on(bind_uds(config.uds), config, factory)
    loop = asyncio.get_running_loop()
    return await loop.create_server(factory, config.host, config.port, backlog=config.backlog)


async def listen_on(
    sock: socket.socket, config: Config, factory: ProtocolFactory
) -> asyncio.Server:
    """The server that accepts connections from a bound socket, whatever its family."""
    loop = asyncio.get_running_loop()
    if sock.family == getattr(socket, "AF_UNIX", None):
        return await loop.create_unix_server(factory, sock=sock, backlog=config.backlog)
    return await loop.create_server(factory, sock=sock, backlog=config.backlog)


async def listen_on_all(
    socks: Sequence[socket.socket], config: Config, factory: ProtocolFactory
) -> list[asyncio.Server]:
    """A server for each of some bound sockets, or none at all."""
    servers: list[asyncio.Server] = []
    try:
        for sock in socks:
            servers.append(await listen_on(sock, config, factory))
    except BaseException:
        for server in servers:
            server.close()
        raise
    return servers


def open_fd(fd: int) -> socket.socket:
    """A socket of our own over an inherited descriptor. Raises OSError if that is not one."""
    own = os.dup(fd)
    try:
        return socket.socket(fileno=own)
    except OSError as exc:
        os.close(own)
        raise OSError(exc.errno, f"file descriptor {fd} is not a socket") from None


def bind_uds(path: str, mode: int | None = None) -> socket.socket:
    """A Unix socket bound at `path`, over what a dead process left there. Raises OSError.

    Its permissions are `mode`, else those of the file that was there, else UDS_MODE.
    """
    if mode is None:
        mode = _clear_stale(path)
    else:
        _clear_stale(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(path)
        os.chmod(path, mode)
    except OSError as exc:
        sock.close()
        raise OSError(exc.errno, f"{exc.strerror}: unix socket {path!r}") from None
    return sock


def bind_for_children(config: Config) -> socket.socket:
    """The bound socket of the options, inheritable, and its line in the log. Raises OSError."""
    if config.fd is not None:
        sock = open_fd(config.fd)
    elif config.uds is not None:
        sock = bind_uds(config.uds, UDS_MODE)
    else:
        sock = _bind_address(config.host, config.port)
    log_running(config, [sock])
    sock.set_inheritable(True)
    return sock


async def accept_queued(servers: Sequence[asyncio.Server], most: int) -> None:
    """Take what has connected by now, before the servers close; in `most` passes of the loop.

    asyncio accepts all that there is in one pass, uvloop one connection in each.
    """
    listeners = [sock for server in servers for sock in server.sockets]
    for _ in range(most):
        if not _has_queued(listeners):
            break
        await asyncio.sleep(0)
    for _ in range(ACCEPT_PASSES):
        await asyncio.sleep(0)


def _has_queued(listeners: Sequence[socket.socket]) -> bool:
    with getattr(selectors, "PollSelector", selectors.SelectSelector)() as selector:
        for sock in listeners:
            selector.register(sock, selectors.EVENT_READ)
        return bool(listeners) and bool(selector.select(0))


def log_running(config: Config, listeners: Sequence[socket.socket]) -> None:
    """Say where the server can be reached, with the real port."""
    if config.fd is not None:
        _log_where("socket %s", listeners[0].getsockname())
    elif config.uds is not None:
        _log_where("unix socket %s", config.uds)
    else:
        port = config.port or listeners[0].getsockname()[1]
        host = f"[{config.host}]" if ":" in config.host else config.host
        scheme = "https" if config.is_ssl else "http"
        _log_where("%s://%s:%d", scheme, host, port)


def _log_where(where: str, *args: object) -> None:
    line = "Uvicorn running on {} (Press CTRL+C to quit)"
    coloured = line.format(style(where, bold=True))
    logger.info(line.format(where), *args, extra={"color_message": coloured})


def _bind_address(host: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if sys.platform != "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as exc:
        sock.close()
        raise OSError(exc.errno, f"{exc.strerror}: address {(host, port)}") from None
    return sock


def _clear_stale(path: str) -> int:
    """Remove a socket file that nobody serves any more; the permissions for the next one."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return UDS_MODE
    if stat.S_ISSOCK(mode):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            try:
                probe.connect(path)
            except OSError:
                os.unlink(path)
            else:
                raise OSError(errno.EADDRINUSE, f"Address already in use: unix socket {path!r}")
    return stat.S_IMODE(mode)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
