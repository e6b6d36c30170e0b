"""Signals, while something handles them in Python's main thread."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signal import _HANDLER

HANDLED_SIGNALS: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)
if sys.platform == "win32":
    HANDLED_SIGNALS += (signal.SIGBREAK,)


# Set when the user has asked twice for the end: then nothing waits any more.
end_is_forced = threading.Event()


class Terminated(BaseException):
    """SIGTERM came: leave all contexts."""


@contextlib.contextmanager
def undone_at_sigterm() -> Generator[None, None, None]:
    """Within it SIGTERM ends the process only when all inner contexts have been left."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def on_sigterm(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise Terminated

    signal.signal(signal.SIGTERM, on_sigterm)
    try:
        yield
    except Terminated:
        signal.raise_signal(signal.SIGTERM)
        # The kernel does not end the first process of a container by this signal.
        sys.exit(128 + signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextlib.contextmanager
def sigterm_ends_the_first_process(
    has_served: Callable[[], bool],
) -> Generator[None, None, None]:
    """Within it SIGTERM ends process 1 too: the kernel sends that one only signals it handles.

    Not once it `has_served`: then the server's own handler has ended it in good order.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or os.getpid() != 1 or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def on_sigterm(number: int, frame: FrameType | None) -> None:
        if not has_served():
            flush_output()
            os._exit(128 + number)

    signal.signal(signal.SIGTERM, on_sigterm)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def flush_output() -> None:
    """Call it before the process ends without Python's clean-up."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()


class SignalHandler:
    """Base of a class that handles signals for a while: within handling_signals().

    Two of them may overlap and end in any order. If one ends while another handles on top of it,
    it stays in the chain and passes signals on.
    """

    _previous: dict[int, _HANDLER]
    _is_capturing = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        raise NotImplementedError

    @contextlib.contextmanager
    def handling_signals(self) -> Generator[None, None, None]:
        """Off the main thread Python delivers no signals, and this does nothing."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._previous = {sig: signal.signal(sig, self._on_signal) for sig in HANDLED_SIGNALS}
        self._is_capturing = True
        try:
            yield
        finally:
            self._is_capturing = False
            for sig, handler in self._previous.items():
                current = getattr(signal.getsignal(sig), "__self__", None)
                if current is self or not isinstance(current, SignalHandler):
                    signal.signal(sig, handler or signal.SIG_DFL)

    def _on_signal(self, sig: int, frame: FrameType | None) -> None:
        if self._is_capturing:
            # Looked up only now: an app may have patched handle_exit when it was imported.
            self.handle_exit(sig, frame)
        else:
            signal.signal(sig, self._previous[sig] or signal.SIG_DFL)
            signal.raise_signal(sig)
