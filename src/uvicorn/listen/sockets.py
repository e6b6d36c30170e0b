"""Listening: all sockets that the options ask for, how they are served, how the log names them.

    open_listeners(config) > Listeners    bound and listening, in this process
    listen_on_all(sockets) > servers      accepting, in this loop; it may be another process

The process that opened them closes them: Listeners.close(). One that only serves leaves the files.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import selectors
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .._ansi import style
from . import activation, bind, unix
from .unix import UDS_MODE, UnixSocketFile, bind_uds

if TYPE_CHECKING:
    from ..options import Options

__all__ = [
    "UDS_MODE",
    "Listener",
    "Listeners",
    "UnixSocketFile",
    "accept_queued",
    "bind_for_children",
    "bind_uds",
    "listen_on",
    "listen_on_all",
    "open_fd",
    "open_listeners",
]

logger = logging.getLogger("uvicorn.error")

ProtocolFactory = Callable[[], asyncio.BaseProtocol]

# Passes of the loop from the kernel's queue to connection_made(): the loop polls, accepts, makes
# the transport, makes the connection; and one pass to spare.
ACCEPT_PASSES = 5

# Loops that poll their sockets in each pass. Others may first run all that is ready, for hundreds
# of passes; for them we pause, in seconds.
POLL_EACH_PASS = ("asyncio", "uvloop", "winloop")
POLL_PAUSE = 0.001


class Listener(NamedTuple):
    """A socket, and what the log says about it: `where % facts`."""

    sock: socket.socket
    where: str
    facts: tuple[object, ...]
    file: UnixSocketFile | None = None

    def __str__(self) -> str:
        return self.where % self.facts


class Listeners:
    """All sockets of one config, open until close()."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = tuple(listeners)

    @property
    def sockets(self) -> list[socket.socket]:
        return [each.sock for each in self._listeners]

    def log(self) -> None:
        """Log where clients can reach the server: a line for each socket."""
        for each in self._listeners:
            line = "Uvicorn running on {} (Press CTRL+C to quit)"
            coloured = line.format(style(each.where, bold=True))
            logger.info(line.format(each.where), *each.facts, extra={"color_message": coloured})

    def __str__(self) -> str:
        return ", ".join(map(str, self._listeners))

    def make_inheritable(self) -> None:
        for each in self._listeners:
            each.sock.set_inheritable(True)

    def listen(self, backlog: int) -> None:
        """Raises OSError: also if two sockets are bound to one address, which shows only now."""
        for each in self._listeners:
            bind.listen(each.sock, backlog)

    def remove_files(self) -> None:
        """Remove the files of Unix sockets that we made, if they are still ours."""
        for each in self._listeners:
            if each.file is not None:
                each.file.remove()

    def close(self) -> None:
        self.remove_files()
        bind.close_all(self.sockets)


# Opening


def open_listeners(config: Options, listens: bool = True) -> Listeners:
    """Open all that the options ask for, or nothing: raises OSError that says what to do.

    Without `listens` they are only bound, and refuse connections until Listeners.listen().
    """
    backlog = config.backlog if listens else None
    opened: list[Listener] = []
    try:
        if _wants_passed_sockets(config):
            opened += _open_passed(config)
        addresses = bind.explicit(config)
        if not addresses and not opened:
            addresses = [bind.named_by_host(config)]
        for address in addresses:
            opened += _open(address, config, backlog)
    except BaseException:
        Listeners(opened).close()
        raise
    return Listeners(opened)


def _wants_passed_sockets(config: Options) -> bool:
    if config.socket_activation is not None:
        return config.socket_activation
    number = activation.count()
    if number and (bind.explicit(config) or bind.host_is_given(config)):
        logger.warning(
            "The service manager has passed %d socket(s) that nobody serves now, because options"
            " say where to listen: leave those out, or say --socket-activation or"
            " --no-socket-activation.",
            number,
        )
        return False
    return number > 0


def _open(address: bind.Address, config: Options, backlog: int | None) -> list[Listener]:
    if isinstance(address, bind.Descriptor):
        sock = open_fd(address.number)
        return [Listener(sock, "socket %s", (sock.getsockname(),))]
    if isinstance(address, bind.Unix):
        rights = unix.Rights(config.uds_mode, config.uds_owner, config.uds_group)
        sock = unix.open_uds(address.path, rights, backlog)
        file = None if unix.is_abstract(address.path) else UnixSocketFile(address.path)
        return [Listener(sock, "unix socket %s", (address.path,), file)]
    bound = bind.open_tcp(address, backlog, config.reuse_port)
    return [Listener(each.sock, *_url(config, each.host, each.sock)) for each in bound]


def _open_passed(config: Options) -> list[Listener]:
    listeners = []
    for sock, name in activation.claim():
        own = sock.getsockname()
        if isinstance(own, tuple):
            where, facts = _url(config, own[0], sock)
        else:
            where, facts = "unix socket %s", (os.fsdecode(own).replace("\0", "@"),)
        listeners.append(Listener(sock, f"{where}, passed as %s", (*facts, name)))
    return listeners


def open_fd(fd: int) -> socket.socket:
    """A socket of our own over an inherited descriptor. Raises OSError if it is no socket."""
    try:
        own = os.dup(fd)
    except OSError as exc:
        raise OSError(
            exc.errno,
            f"{exc.strerror}: descriptor {fd} is not open here. Start the server from what opens"
            " it, and let it be inherited.",
        ) from None
    try:
        return socket.socket(fileno=own)
    except OSError as exc:
        os.close(own)
        raise OSError(
            exc.errno, f"Descriptor {fd} is not a socket: give the number of one."
        ) from None


def bind_for_children(config: Options) -> socket.socket:
    """The one socket of the options, bound and inheritable, with its line in the log.

    For Config.bind_socket(); open_listeners() opens any number. Raises OSError.
    """
    listener = _bind_one(config)
    Listeners([listener]).log()
    listener.sock.set_inheritable(True)
    return listener.sock


def _bind_one(config: Options) -> Listener:
    addresses = bind.explicit(config) or [bind.named_by_host(config)]
    address = addresses[0]
    if len(addresses) > 1 or (isinstance(address, bind.Tcp) and len(address.hosts) > 1):
        raise OSError(errno.EINVAL, "bind_socket() is for one address: give one.")
    if isinstance(address, bind.Unix):
        mode = UDS_MODE if config.uds_mode is None else config.uds_mode
        rights = unix.Rights(mode, config.uds_owner, config.uds_group)
        return Listener(bind_uds(address.path, rights), "unix socket %s", (address.path,))
    if isinstance(address, bind.Descriptor):
        return _open(address, config, None)[0]
    host = address.hosts[0]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = bind.bound(family, (host, address.port), config.reuse_port)
    return Listener(sock, *_url(config, host, sock))


def _url(config: Options, host: str, sock: socket.socket) -> tuple[str, tuple[object, ...]]:
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if config.is_ssl else "http"
    return "%s://%s:%d", (scheme, shown, sock.getsockname()[1])


# Serving


async def listen_on(
    sock: socket.socket, config: Options, factory: ProtocolFactory
) -> asyncio.Server:
    """The server that accepts connections from a bound socket, whatever its family.

    Since Python 3.13, create_unix_server() would remove a file that may not be ours.
    """
    loop = asyncio.get_running_loop()
    return await loop.create_server(factory, sock=sock, backlog=config.backlog)


async def listen_on_all(
    socks: Sequence[socket.socket], config: Options, factory: ProtocolFactory
) -> list[asyncio.Server]:
    """A server for each bound socket, or none at all."""
    servers: list[asyncio.Server] = []
    try:
        for sock in socks:
            servers.append(await listen_on(sock, config, factory))
    except BaseException:
        for server in servers:
            server.close()
        raise
    return servers


async def accept_queued(servers: Sequence[asyncio.Server], most: int) -> None:
    """Accept what has connected by now, before the servers close; in `most` passes of the loop.

    asyncio accepts everything in one pass, uvloop one connection per pass. asyncio then needs some
    passes to make the connection; in these it would accept more, and drop them when the server
    closes: so its selector stops polling first. Other loops own a listener's descriptor: rloop
    aborts the process if it is touched.
    """
    loop = asyncio.get_running_loop()
    maker = type(loop).__module__.partition(".")[0]
    pause = 0 if maker in POLL_EACH_PASS else POLL_PAUSE
    listeners = [sock for server in servers for sock in server.sockets]
    for _ in range(most):
        if not _has_queued(listeners):
            break
        await asyncio.sleep(pause)
    if maker == "asyncio" and isinstance(loop, asyncio.SelectorEventLoop):
        for sock in listeners:
            loop.remove_reader(sock.fileno())
    for _ in range(ACCEPT_PASSES):
        await asyncio.sleep(pause)


def _has_queued(listeners: Sequence[socket.socket]) -> bool:
    with getattr(selectors, "PollSelector", selectors.SelectSelector)() as selector:
        for sock in listeners:
            selector.register(sock, selectors.EVENT_READ)
        return bool(listeners) and bool(selector.select(0))
