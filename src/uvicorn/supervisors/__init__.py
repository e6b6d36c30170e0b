"""What keeps worker processes: for several of them, `Multiprocess`."""

from __future__ import annotations

from .multiprocess import Multiprocess

__all__ = ["Multiprocess"]
