"""What is done byte by byte. The compiled twin of this module is C, over csrc/http1.h."""

from __future__ import annotations

import re

from ..wire import CONTENT_LENGTH_DIGITS

# RFC 9110 section 5.6.2.
TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# RFC 9110 section 5.5: everything but control bytes; HTAB is allowed.
FIELD_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")


def is_token(data: bytes) -> bool:
    return TOKEN.fullmatch(data) is not None


def is_field_value(data: bytes) -> bool:
    return FIELD_VALUE.fullmatch(data) is not None


def content_length(data: bytes) -> int:
    """The value of a Content-Length field, or -1 if it is not a number."""
    return int(data) if data.isdigit() and len(data) <= CONTENT_LENGTH_DIGITS else -1


def join(parts: list[bytes]) -> bytes:
    return b"".join(parts)
