"""Signals for a supervisor: noted when they come, handled in its own loop.

Each one writes a byte to a socket that the loop waits on, so that the loop sees it at once.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import resource_tracker
from types import FrameType

SIGNALS = {
    getattr(signal, f"SIG{name}"): name
    for name in ["INT", "TERM", "BREAK", "HUP", "QUIT", "TTIN", "TTOU", "USR1", "USR2", "WINCH"]
    if hasattr(signal, f"SIG{name}")
}


class Inbox:
    """Wakes a loop: when a signal comes, and by wake(), from any thread."""

    def __init__(self) -> None:
        self.reader, self.writer = socket.socketpair()
        for sock in (self.reader, self.writer):
            sock.setblocking(False)

    @property
    def sources(self) -> list[socket.socket]:
        """For multiprocessing.connection.wait(), which accepts no sockets on Windows."""
        return [] if sys.platform == "win32" else [self.reader]

    @contextlib.contextmanager
    def open(
        self, numbers: Iterable[int], handler: Callable[[int, FrameType | None], None]
    ) -> Iterator[None]:
        """Handle signals within it, and restore the handlers after it. Only in the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, handler) for number in numbers}
        woken_before = -1
        if sys.platform != "win32":
            woken_before = signal.set_wakeup_fd(self.writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            if sys.platform != "win32":
                signal.set_wakeup_fd(woken_before)
            for number, previous in before.items():
                signal.signal(number, previous or signal.SIG_DFL)

    def close(self) -> None:
        self.reader.close()
        self.writer.close()

    def wake(self) -> None:
        with contextlib.suppress(OSError):
            self.writer.send(b"\0")

    def drain(self) -> None:
        """Forget the bytes that have woken the loop."""
        with contextlib.suppress(OSError):
            while self.reader.recv(4096):
                pass


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """A process that starts within it gets Ctrl+C only when it calls hear_interrupts().

    Before that, Python would show a traceback of its own start.
    """
    if sys.platform == "win32":
        yield
        return
    # Starting the tracker later would unblock interrupts.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def hear_interrupts() -> None:
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def forget() -> None:
    """In a forked worker: reset the signals to what they are in a new process."""
    if sys.platform != "win32":
        signal.set_wakeup_fd(-1)
    for number in SIGNALS:
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
