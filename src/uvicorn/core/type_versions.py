"""Whether classes have changed. The compiled twin asks CPython, which counts for its own caches."""

from __future__ import annotations


class TypeVersions:
    """Of some classes: after note(), are_known() answers whether nothing in them has changed."""

    def __init__(self, kinds: tuple[type, ...]) -> None:
        self.kinds = kinds

    def are_known(self) -> bool:
        """Never, here: then each method must be looked at."""
        return False

    def note(self) -> None: ...
