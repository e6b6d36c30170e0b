"""All cases of HTTP/1 requests, the same for every codec. See http1.py for what a case is."""

from __future__ import annotations

from tests.cases import http1_chunks, http1_connections, http1_fields, http1_lengths, http1_lines

CASES = [
    *http1_connections.CASES,
    *http1_lines.CASES,
    *http1_fields.CASES,
    *http1_lengths.CASES,
    *http1_chunks.CASES,
]
