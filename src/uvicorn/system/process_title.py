"""The name of this process in lists of processes, where the package setproctitle is installed."""

from __future__ import annotations

import contextlib
import threading
from importlib import import_module


def show(title: str) -> None:
    """List this process as `title`. A server in a thread does not rename its process."""
    if threading.current_thread() is threading.main_thread():
        with contextlib.suppress(ImportError):
            import_module("setproctitle").setproctitle(title)
