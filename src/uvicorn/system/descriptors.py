"""The three descriptors that every process expects to be open."""

from __future__ import annotations

import os
import sys

LAST = 2


def open_standard_ones() -> None:
    """Open /dev/null for each of them that this process has been started without.

    Otherwise a socket or a pipe of ours gets such a number, and a worker uses it as its standard
    output: its log goes to the supervisor, which cannot read it.
    """
    if sys.platform == "win32":
        return
    number = os.open(os.devnull, os.O_RDWR)
    while number <= LAST:
        os.set_inheritable(number, True)
        number = os.open(os.devnull, os.O_RDWR)
    os.close(number)
