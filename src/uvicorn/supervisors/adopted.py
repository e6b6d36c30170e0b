"""Adopted: a process that a subclass of a supervisor has started itself.

Reloaders of other programs override startup() or restart() and assign `process`, made by
get_subprocess(). It has no pipe to us: we only know whether it runs.
"""

from __future__ import annotations

import time
from multiprocessing.process import BaseProcess

from ..config import Config
from .process import SERVING, Process


class Adopted(Process):
    def __init__(self, config: Config, process: BaseProcess) -> None:
        super().__init__(config)
        self.process = process
        self.phase = SERVING
        self.started_at = time.monotonic()
        self._their_link.close()
        self._their_stacks.close()

    def start(self) -> None:
        self.process.start()

    def ping(self, timeout: float = 5) -> bool:
        return self.process.is_alive()

    def _tell_to_stop(self, has_successor: bool) -> None:
        if self.process.is_alive():
            self.process.terminate()
