"""What the service manager is told about this process: sd_notify(3), as for systemd and others.

A message is lines of NAME=value, sent as one datagram to the socket that NOTIFY_SOCKET names.
Without that variable nothing is sent, and no timer runs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from typing import ClassVar

logger = logging.getLogger("uvicorn.error")

# Seconds to wait for a manager that does not read.
PATIENCE = 1.0


class Notifier:
    """Tells the service manager at `address`, a path or @name; nobody if it is empty.

    `watchdog` is how many seconds the manager waits for a sign of life, or None.
    """

    # In a worker: the notifier of every server in it, in place of one for the service manager.
    of_process: ClassVar[Notifier | None] = None

    def __init__(self, address: str = "", watchdog: float | None = None) -> None:
        self.address = address
        self.watchdog = watchdog
        self._beat: asyncio.TimerHandle | None = None
        self._has_failed = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Notifier:
        if cls.of_process is not None:
            return cls.of_process
        return cls(environ.get("NOTIFY_SOCKET", ""), _watchdog_seconds(environ))

    def tell(self, **facts: str | int) -> None:
        """Send facts by their names in sd_notify(3). Raises nothing, but may warn once."""
        if not self.address:
            return
        lines = [f"{name}={' '.join(str(value).splitlines())}" for name, value in facts.items()]
        address = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.settimeout(PATIENCE)
                sock.sendto("\n".join(lines).encode(), address)
        except (OSError, AttributeError) as exc:
            if not self._has_failed:
                logger.warning(
                    "Cannot tell the service manager at %r: %s. NOTIFY_SOCKET should name a"
                    " socket that this process may write to.",
                    self.address,
                    exc,
                )
            self._has_failed = True

    # The life of a server

    def ready(self, where: str) -> None:
        """The server serves now; from now on the running loop shows that it lives."""
        self.tell(READY=1, STATUS=f"Running on {where}", MAINPID=os.getpid())
        if self.address:
            self.start_beating()

    def start_beating(self) -> None:
        if self.watchdog is not None and self._beat is None:
            self._keep_beating(asyncio.get_running_loop(), self.watchdog / 2)

    def beat(self) -> None:
        """A sign of life."""
        self.tell(WATCHDOG=1)

    def retire(self, reason: str) -> bool:
        """Ask for a successor; returns whether somebody ends this server when that one serves."""
        return False

    def stopping(self) -> None:
        self.tell(STOPPING=1, STATUS="Shutting down")

    def ended(self) -> None:
        """Send no more signs of life."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def _keep_beating(self, loop: asyncio.AbstractEventLoop, pause: float) -> None:
        self.beat()
        self._beat = loop.call_later(pause, self._keep_beating, loop, pause)


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """WATCHDOG_USEC, if it is for this process (sd_watchdog_enabled(3))."""
    try:
        seconds = int(environ.get("WATCHDOG_USEC", "")) / 1e6
        pid = int(environ.get("WATCHDOG_PID", os.getpid()))
    except ValueError:
        return None
    return seconds if seconds > 0 and pid == os.getpid() else None
