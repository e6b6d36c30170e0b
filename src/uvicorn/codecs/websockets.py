"""WebSocket over websockets: its sans-IO reader of frames, with unmasking in C."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from websockets.frames import Frame
from websockets.streams import StreamReader

from .ws_adapter import WsAdapter

if TYPE_CHECKING:
    from ..core.deflate import Deflate


class WebsocketsCodec(WsAdapter):
    __slots__ = ()
    slots = (*WsAdapter.slots, "stream", "parser")

    parser: Generator[None, None, Frame]

    def __init__(self, max_size: int, deflate: Deflate | None) -> None:
        super().__init__(max_size, deflate)
        self.stream = StreamReader()

    def begin(self, header: bytes) -> None:
        self.stream.feed_data(header)
        self.parser = Frame.parse(self.stream.read_exact, mask=True)

    def gather(self, part: bytes) -> bytes | None:
        self.stream.feed_data(part)
        try:
            next(self.parser)
        except StopIteration as end:
            return bytes(end.value.data)
        return None
