"""WebSocket over wsproto, in pure Python: the codec that needs no C."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsproto.frame_protocol import FrameDecoder

from .ws_adapter import WsAdapter

if TYPE_CHECKING:
    from ..core.deflate import Deflate


class WsprotoCodec(WsAdapter):
    __slots__ = ()
    slots = (*WsAdapter.slots, "decoder", "gathered")

    def __init__(self, max_size: int, deflate: Deflate | None) -> None:
        super().__init__(max_size, deflate)
        self.decoder = FrameDecoder(client=False)
        self.gathered: bytearray | None = None

    def begin(self, header: bytes) -> None:
        self.decoder.receive_bytes(header)

    def gather(self, part: bytes) -> bytes | None:
        """wsproto returns what has come of a data frame, and a control frame when it is whole."""
        self.decoder.receive_bytes(part)
        frame = self.decoder.process_buffer()
        if frame is None:
            return None
        payload = frame.payload
        assert isinstance(payload, (bytes, bytearray))  # in wsproto 1.2, the latter when empty
        if self.gathered is None:
            if frame.frame_finished:
                return bytes(payload)
            self.gathered = bytearray()
        self.gathered += payload
        if not frame.frame_finished:
            return None
        whole = bytes(self.gathered)
        self.gathered = None
        return whole
