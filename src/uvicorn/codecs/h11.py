"""HTTP/1 over h11, in pure Python: the codec that is always there.

h11 only splits heads, and its state machine is not used: a new connection for each head costs a
third of one that goes through request and response. The bytes that h11 sees have been checked,
since it accepts a bare LF, obs-fold and more.
"""

from __future__ import annotations

import re

import h11

from .adapter import Adapter
from .head import split_fields


class H11Codec(Adapter):
    __slots__ = ()

    def read_fields(self, head: re.Match[bytes]) -> list[tuple[bytes, bytes]]:
        connection = h11.Connection(h11.SERVER, self.limit_line + self.limit_head)
        connection.receive_data(head.string[head.start(1) : head.end()])
        try:
            request = connection.next_event()
        except h11.RemoteProtocolError:
            return split_fields(head[4])
        assert isinstance(request, h11.Request)
        fields = list(request.headers)
        # h11 rewrites these two, for example "5, 5" to "5"; what was sent counts.
        values = dict(fields)
        if b"content-length" in values or b"transfer-encoding" in values:
            return split_fields(head[4])
        return fields
