"""The three descriptors that every process takes for granted."""

from __future__ import annotations

import os
import sys

LAST = 2


def open_standard_ones() -> None:
    """Open /dev/null where this process has been started without one of them.

    Else a socket or a pipe of ours gets such a number, and a worker takes it for its standard
    output: its log goes to the supervisor, which cannot read it.
    """
    if sys.platform == "win32":
        return
    number = os.open(os.devnull, os.O_RDWR)
    while number <= LAST:
        os.set_inheritable(number, True)
        number = os.open(os.devnull, os.O_RDWR)
    os.close(number)
