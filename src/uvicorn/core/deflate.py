"""permessage-deflate: negotiation and both directions (RFC 7692).

1.  The first offer that can be met is accepted. An offer with a parameter that is unknown,
    repeated or has a bad value is declined (section 5.1), and so is a window of 8 bits for us:
    zlib has none for raw deflate.
2.  A window is never larger than the settings say. The client's is only limited if the client has
    offered that (section 7.1.2.2).
3.  zlib's state is made with the first message that needs it: a WebSocket that never compresses
    costs no window. Without takeover it is thrown away after each message.
4.  A message that inflates to more than the limit is refused while it inflates: never more than
    the limit and one byte are produced.
5.  A peer may end its deflate stream within a message and begin another (section 7.2.3.5), but
    not often: each costs a new state and a copy of what follows.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from ..errors import ProtocolError
from ..state import DeflateSettings
from ..wire import BAD_DATA, MESSAGE_TOO_LONG, POLICY_VIOLATION

if TYPE_CHECKING:
    from zlib import _Compress, _Decompress

NAME = "permessage-deflate"
# The end of every deflated message: not sent, and added again before inflating (section 7.2).
TAIL = b"\x00\x00\xff\xff"
FULL_WINDOW = 15
SMALLEST_WINDOW = 9
# Deflate streams in one message. A peer that ends one at all needs two.
MOST_STREAMS = 16


class Deflate:
    """What was agreed on for one WebSocket, and its zlib state. `answer` is for the handshake."""

    def __init__(
        self,
        settings: DeflateSettings,
        server_bits: int,
        client_bits: int,
        server_takeover: bool,
        client_takeover: bool,
        answer: bytes,
    ) -> None:
        self.threshold = settings.threshold
        self.level = settings.level
        self.memory_level = settings.memory_level
        self.server_bits = server_bits
        self.client_bits = client_bits
        self.server_takeover = server_takeover
        self.client_takeover = client_takeover
        self.answer = answer
        self.compressor: _Compress | None = None
        self.decompressor: _Decompress | None = None

    def deflate(self, data: bytes) -> bytes:
        compressor = self.compressor
        if compressor is None:
            compressor = zlib.compressobj(
                self.level, zlib.DEFLATED, -self.server_bits, self.memory_level
            )
            if self.server_takeover:
                self.compressor = compressor
        return bytes((compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4])

    def inflate(self, data: bytes, max_size: int) -> bytes:
        """Raises ProtocolError: 1009 for more than `max_size` bytes, 1007 for bad data, 1008 for
        too many streams."""
        decompressor = self.decompressor or zlib.decompressobj(-self.client_bits)
        try:
            inflated = decompressor.decompress(data + TAIL, max_size + 1)
            streams = 1
            # At the limit it must end: for zlib a limit of 0 bytes is no limit.
            while decompressor.eof and decompressor.unused_data and len(inflated) <= max_size:
                if streams == MOST_STREAMS:
                    raise ProtocolError(POLICY_VIOLATION, "Too many deflate streams")
                streams += 1
                rest = decompressor.unused_data
                decompressor = zlib.decompressobj(-self.client_bits)
                inflated += decompressor.decompress(rest, max_size + 1 - len(inflated))
        except zlib.error:
            raise ProtocolError(BAD_DATA, "Bad compressed data") from None
        if len(inflated) > max_size or decompressor.unconsumed_tail:
            raise ProtocolError(MESSAGE_TOO_LONG, "Message too long")
        self.decompressor = decompressor if self.client_takeover else None
        return bytes(inflated)


def negotiate(
    offers: list[tuple[str, list[tuple[str, str | None]]]], settings: DeflateSettings
) -> Deflate | None:
    """What is agreed on, from a client's offers: (extension, parameters), the best first."""
    for name, parameters in offers:
        if name == NAME:
            agreed = accept(parameters, settings)
            if agreed is not None:
                return agreed
    return None


def accept(parameters: list[tuple[str, str | None]], settings: DeflateSettings) -> Deflate | None:
    offered = dict(parameters)
    if len(offered) < len(parameters) or not all(map(is_known, offered.items())):
        return None
    server_bits = min(settings.window_bits, int(offered.get("server_max_window_bits") or 15))
    if server_bits < SMALLEST_WINDOW:
        return None
    client_bits = FULL_WINDOW
    server_takeover = settings.server_takeover and "server_no_context_takeover" not in offered
    client_takeover = settings.client_takeover and "client_no_context_takeover" not in offered
    answer = [NAME]
    if not server_takeover:
        answer.append("server_no_context_takeover")
    if not client_takeover:
        answer.append("client_no_context_takeover")
    if server_bits < FULL_WINDOW or "server_max_window_bits" in offered:
        answer.append(f"server_max_window_bits={server_bits}")
    if "client_max_window_bits" in offered:
        client_bits = min(settings.window_bits, int(offered["client_max_window_bits"] or 15))
        answer.append(f"client_max_window_bits={client_bits}")
    return Deflate(
        settings,
        server_bits,
        # A window of 8 bits is a part of one of 9, the smallest that zlib inflates.
        max(client_bits, SMALLEST_WINDOW),
        server_takeover,
        client_takeover,
        "; ".join(answer).encode("ascii"),
    )


def is_known(parameter: tuple[str, str | None]) -> bool:
    """Whether name and value are as in RFC 7692 section 7.1."""
    name, value = parameter
    if name in ("server_no_context_takeover", "client_no_context_takeover"):
        return value is None
    if name == "client_max_window_bits" and value is None:
        return True
    if name in ("server_max_window_bits", "client_max_window_bits"):
        return value is not None and value in ("8", "9", "10", "11", "12", "13", "14", "15")
    return False
