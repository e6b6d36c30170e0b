"""All cases of HTTP/2, the same for every codec. See http2.py for what a case is."""

from __future__ import annotations

from tests.cases import http2_fields, http2_frames, http2_hpack, http2_streams

CASES = [
    *http2_frames.CASES,
    *http2_streams.CASES,
    *http2_fields.CASES,
    *http2_hpack.CASES,
]
