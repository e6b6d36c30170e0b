"""The answers that the server itself gives, in place of the app: plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._shapes import Fields


def plain_text(text: bytes) -> Fields:
    """The header fields of such an answer."""
    return [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(text)),
    ]
