"""What the WebSocket codecs over a Python library share: all of a codec except unmasking a frame.

Libraries differ in what they refuse and when, so a header is checked here, by the rules of
csrc/wsframe.h and in their order, before the library sees it. The library gets the payload as it
comes and gathers it, and core.Messages decides what frames mean together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..errors import ProtocolError
from ..wire import BINARY, CLOSE, CONTINUATION, NEED_DATA, PING, PONG, TEXT
from .refusals import (
    FRAME_BAD_OPCODE,
    FRAME_BAD_RESERVED,
    FRAME_FRAGMENTED_CONTROL,
    FRAME_LENGTH_NOT_MINIMAL,
    FRAME_LENGTH_TOO_LARGE,
    FRAME_LONG_CONTROL,
    FRAME_NOT_MASKED,
    refusal,
)

if TYPE_CHECKING:
    from ..core.deflate import Deflate
    from ..core.messages import Messages
else:
    Messages = object  # codecs.ws_codec() adds the base of either build when it makes the class

# The bits of a frame's first byte (RFC 6455 section 5.2), and the one of its second.
FIN = 0x80
RSV1 = 0x40
RSV23 = 0x30
OPCODE = 0x0F
MASKED = 0x80
OPCODES = frozenset((CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG))

# Values of the seven bits of a length that are not the length itself.
LENGTH_16 = 126
LENGTH_64 = 127
MASKING_KEY = 4
LONGEST_HEADER = 14

# Instead of a number of missing bytes.
BETWEEN_FRAMES = -1


class WsAdapter(Messages):
    """The first base of a WsCodec in either build; a library's class fills in begin(), gather().

    After a close frame or a refusal there are no more events. The part of a frame that has come
    is with the library, and does not count as unread.
    """

    __slots__ = ()
    # The class that is made has slots for its state, see adapter.py.
    slots: ClassVar[tuple[str, ...]] = (
        "extended",
        "fed",
        "at",
        "opcode",
        "final",
        "length",
        "missing",
        "key",
        "done",
    )

    def __init__(self, max_size: int, deflate: Deflate | None) -> None:
        super().__init__(max_size, deflate)
        self.extended = deflate is not None
        self.fed = b""
        self.at = 0  # the first byte of fed that is not used
        self.opcode = 0
        self.final = False
        self.length = 0
        self.key = b""
        self.missing = BETWEEN_FRAMES  # bytes of a payload still to come
        self.done = False

    def begin(self, header: bytes) -> None:
        """A frame begins: its header is right, and without reserved bits."""
        raise NotImplementedError

    def gather(self, part: bytes) -> bytes | None:
        """Add a part of the payload, maybe b""; with the last byte, returns all of it unmasked."""
        raise NotImplementedError

    def unmask(self, part: bytes, at: int) -> bytes:
        """A part of the payload, unmasked; `at` bytes came before it."""
        key = self.key[at % MASKING_KEY :] + self.key[: at % MASKING_KEY]
        size = len(part)
        mask = (key * (size // MASKING_KEY + 1))[:size]
        return (int.from_bytes(part, "big") ^ int.from_bytes(mask, "big")).to_bytes(size, "big")

    def feed(self, data: bytes) -> None:
        self.fed = self.fed[self.at :] + data if self.at < len(self.fed) else data
        self.at = 0

    def unread_size(self) -> int:
        return len(self.fed) - self.at

    def next_event(self) -> int:
        if self.done:
            return NEED_DATA
        try:
            event = self.read_frames()
        except ProtocolError:
            self.done = True
            raise
        if event == NEED_DATA:
            # The app has the last message, and the last read is used up: hold neither here.
            self.text = ""
            self.data = b""
            self.feed(b"")
        self.done = event == CLOSE
        return event

    # The parts of a frame.

    def read_frames(self) -> int:
        while self.missing != BETWEEN_FRAMES or self.read_header():
            payload = self.read_payload()
            if payload is None:
                break
            event = self.close_frame(self.opcode, self.final, payload)
            if event != NEED_DATA:
                return event
        return NEED_DATA

    def read_header(self) -> bool:
        header = self.fed[self.at : self.at + LONGEST_HEADER]
        size, length = measure(header, self.extended)
        if size == 0:
            return False
        first = header[0]
        self.opcode = first & OPCODE
        self.final = first >= FIN
        self.open_frame(self.opcode, first & RSV1 != 0, length)
        self.at += size
        self.length = self.missing = length
        self.key = header[size - MASKING_KEY : size]
        self.begin(bytes((first & ~RSV1,)) + header[1:size])
        return True

    def read_payload(self) -> bytes | None:
        part = self.fed[self.at : self.at + self.missing]
        size = len(part)
        if 0 < size < self.length and self.shows_pieces(self.opcode):
            self.check_piece(self.unmask(part, self.length - self.missing))
        self.at += size
        self.missing -= size
        payload = self.gather(part)
        if payload is not None:
            self.missing = BETWEEN_FRAMES
        return payload


def measure(header: bytes, extended: bool) -> tuple[int, int]:
    """Sizes of a header, with its masking key, and of the payload; (0, 0) if more is needed.

    `header` is the start of a frame, LONGEST_HEADER bytes or fewer if no more have come. With
    `extended`, a message's first frame may have reserved bit 1 (RFC 7692 section 6). Raises
    ProtocolError at the first byte that makes it certain.
    """
    have = len(header)
    if have == 0:
        return 0, 0
    check_first(header[0], extended)
    if have == 1:
        return 0, 0
    if header[1] < MASKED:
        raise refusal(FRAME_NOT_MASKED)
    size, length = 2, header[1] - MASKED
    if length >= LENGTH_16:
        if header[0] & OPCODE >= CLOSE:
            raise refusal(FRAME_LONG_CONTROL)
        size, length = long_length(header, 4 if length == LENGTH_16 else 10)
    size += MASKING_KEY
    return (size, length) if have >= size else (0, 0)


def check_first(first: int, extended: bool) -> None:
    opcode = first & OPCODE
    if first & RSV23 or (first & RSV1 and not (extended and opcode in (TEXT, BINARY))):
        raise refusal(FRAME_BAD_RESERVED)
    if opcode not in OPCODES:
        raise refusal(FRAME_BAD_OPCODE)
    if opcode >= CLOSE and first < FIN:
        raise refusal(FRAME_FRAGMENTED_CONTROL)


def long_length(header: bytes, end: int) -> tuple[int, int]:
    """(end, length): the length in 16 or 64 bits that ends before `end`."""
    number = header[2:end]
    if end == 4:
        if len(number) == 2 and number < b"\x00\x7e":
            raise refusal(FRAME_LENGTH_NOT_MINIMAL)
    elif number[:1] >= b"\x80":
        raise refusal(FRAME_LENGTH_TOO_LARGE)
    elif number[:6] == b"\x00\x00\x00\x00\x00\x00":
        raise refusal(FRAME_LENGTH_NOT_MINIMAL)
    return end, int.from_bytes(number, "big")
