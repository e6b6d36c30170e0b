"""A module whose import lasts for ever; tests/server/test_ends.py."""

from __future__ import annotations

import threading

print("The import begins.")
threading.Event().wait()
