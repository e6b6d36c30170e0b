"""Which thread this is. The compiled twin of this module asks without making an object."""

from _thread import get_ident

__all__ = ["get_ident"]
