"""A WebSocket client's bytes, made and read without any code of ours but the test's own."""

from __future__ import annotations

import base64
import hashlib
import logging
import zlib
from dataclasses import dataclass
from typing import Any

import h11

from tests.core.answers import Response
from tests.core.serving import Client, Server

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN, RSV1, MASKED = 0x80, 0x40, 0x80
MASK = b"\x37\xfa\x21\x3d"
TAIL = b"\x00\x00\xff\xff"
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate"

UPGRADE = (b"Connection: Upgrade", b"Upgrade: websocket")
VERSION = b"Sec-WebSocket-Version: 13"
KEY_LINE = b"Sec-WebSocket-Key: " + KEY
PLAIN = (*UPGRADE, VERSION, KEY_LINE)


def handshake(
    *lines: bytes, start: bytes = b"GET / HTTP/1.1", plain: tuple[bytes, ...] = PLAIN
) -> bytes:
    """A client's handshake, with these field lines besides."""
    return b"\r\n".join([start, b"Host: a", *plain, *lines, b"", b""])


def proof(key: bytes = KEY) -> bytes:
    """RFC 6455 section 4.2.2: what the server must say to this key."""
    return base64.b64encode(hashlib.sha1(key + GUID).digest())


# What a client sends.


def masked(data: bytes, mask: bytes = MASK) -> bytes:
    if not data:
        return b""
    key = (mask * (len(data) // 4 + 1))[: len(data)]
    number = int.from_bytes(data, "big") ^ int.from_bytes(key, "big")
    return number.to_bytes(len(data), "big")


def header(first: int, size: int, mask: bytes = MASK) -> bytes:
    if size < 126:
        return bytes((first, MASKED | size)) + mask
    if size < 0x10000:
        return bytes((first, MASKED | 126)) + size.to_bytes(2, "big") + mask
    return bytes((first, MASKED | 127)) + size.to_bytes(8, "big") + mask


def frame(opcode: int, data: bytes = b"", *, fin: bool = True, rsv1: bool = False) -> bytes:
    first = opcode | (FIN if fin else 0) | (RSV1 if rsv1 else 0)
    return header(first, len(data)) + masked(data)


def text(data: str) -> bytes:
    return frame(TEXT, data.encode())


def binary(data: bytes) -> bytes:
    return frame(BINARY, data)


def ping(data: bytes = b"") -> bytes:
    return frame(PING, data)


def pong(data: bytes = b"") -> bytes:
    return frame(PONG, data)


def fragments(opcode: int, *parts: bytes, rsv1: bool = False) -> bytes:
    last = len(parts) - 1
    frames = [
        frame(CONTINUATION if at else opcode, part, fin=at == last, rsv1=rsv1 and not at)
        for at, part in enumerate(parts)
    ]
    return b"".join(frames)


def close(code: int | None = 1000, reason: str = "") -> bytes:
    return frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason.encode())


class Compressor:
    """What a client does that keeps its context from message to message (RFC 7692)."""

    def __init__(self, bits: int = 15) -> None:
        self.state = zlib.compressobj(wbits=-bits)

    def __call__(self, data: bytes) -> bytes:
        whole = self.state.compress(data) + self.state.flush(zlib.Z_SYNC_FLUSH)
        assert whole.endswith(TAIL)
        return whole[: -len(TAIL)]


# What it gets.


@dataclass
class Frame:
    opcode: int
    data: bytes = b""
    rsv1: bool = False


def read_frames(data: bytes) -> tuple[list[Frame], bytes]:
    """The frames, and what is left of one that is not whole. A server's are final and plain."""
    frames = []
    at = 0
    while len(data) - at >= 2:
        first, second = data[at], data[at + 1]
        size, begin = second, at + 2
        if second == 126:
            size, begin = int.from_bytes(data[begin : begin + 2], "big"), begin + 2
            assert size >= 126
        elif second == 127:
            size, begin = int.from_bytes(data[begin : begin + 8], "big"), begin + 8
            assert size >= 0x10000
        assert first & ~(RSV1 | 0x0F) == FIN and second <= 127, data[at : at + 20]
        if begin + size > len(data):
            break
        opcode = first & 0x0F
        assert opcode in (TEXT, BINARY) or (opcode in (CLOSE, PING, PONG) and size <= 125)
        assert not (first & RSV1 and opcode >= CLOSE)
        frames.append(Frame(opcode, data[begin : begin + size], bool(first & RSV1)))
        at = begin + size
    return frames, data[at:]


class Peer:
    """A client that has said its handshake: `client` is its connection."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.inflater = zlib.decompressobj(wbits=-15)
        self.inflated: list[bytes] = []

    def send(self, *pieces: bytes) -> Peer:
        """Each piece is a read of its own, if the server reads."""
        self.client.send(*pieces)
        return self

    @property
    def answer(self) -> Response:
        return self.split()[0]

    @property
    def frames(self) -> list[Frame]:
        """All that came after 101, whole frames."""
        frames, rest = read_frames(self.split()[1])
        assert rest == b"" or not self.client.ended, rest
        if CLOSE in [frame.opcode for frame in frames[:-1]]:
            raise AssertionError(f"frames after a close frame: {frames[-3:]}")
        return frames

    def split(self) -> tuple[Response, bytes]:
        response, rest = switched(self.client.wire)
        assert response.status == 101, self.client.wire
        return response, rest

    @property
    def messages(self) -> list[Any]:
        """The messages, str and bytes. They are inflated as they are looked at."""
        frames = [frame for frame in self.frames if frame.opcode in (TEXT, BINARY)]
        for frame in frames[len(self.inflated) :]:
            self.inflated.append(self.inflate(frame) if frame.rsv1 else frame.data)
        return [
            data.decode() if frame.opcode == TEXT else data
            for frame, data in zip(frames, self.inflated, strict=True)
        ]

    def inflate(self, frame: Frame) -> bytes:
        return self.inflater.decompress(frame.data + TAIL)

    def control(self, opcode: int) -> list[bytes]:
        return [frame.data for frame in self.frames if frame.opcode == opcode]

    @property
    def closing(self) -> tuple[int, str] | None:
        """Code and reason of the server's close frame; 1005 for one without."""
        frames = self.control(CLOSE)
        if not frames:
            return None
        (data,) = frames
        return (int.from_bytes(data[:2], "big"), data[2:].decode()) if data else (1005, "")

    @property
    def ended(self) -> bool:
        return self.client.ended

    @property
    def closed(self) -> bool:
        return self.client.closed


def switched(wire: bytes) -> tuple[Response, bytes]:
    """The answer to a handshake, and what follows it if that is 101."""
    client = h11.Connection(h11.CLIENT)
    headers = [("host", "a"), ("connection", "upgrade"), ("upgrade", "websocket")]
    client.send(h11.Request(method="GET", target="/", headers=headers))
    client.send(h11.EndOfMessage())
    client.receive_data(wire)
    event = client.next_event()
    assert isinstance(event, (h11.InformationalResponse, h11.Response)), wire
    fields = [(name.lower(), value) for name, value in event.headers]
    response = Response(event.status_code, bytes(event.reason), fields)
    return response, client.trailing_data[0]


def knock(server: Server, *lines: bytes, then: bytes = b"", **options: Any) -> Peer:
    """Connect and ask for a WebSocket; `then` comes in the same read."""
    return Peer(server.connect().send(handshake(*lines, **options) + then))


def ask(server: Server, then: bytes = b"") -> Client:
    return server.connect().send(handshake() + then)


def lines(server: Server) -> list[str]:
    """Of the log at INFO, without the client's address."""
    infos = [record for record in server.log.records if record.levelno == logging.INFO]
    return [record.getMessage().removeprefix("192.0.2.1:40000 - ") for record in infos]


def unparsed(client: Client) -> int:
    """Bytes that were read and are in no message yet."""
    codec = getattr(client.connection.handler, "codec", None)
    return 0 if codec is None else codec.unread_size()


def full(server: Server, last: bytes = b"") -> Peer:
    """A peer that has sent a hundred numbers to an app that reads slowly, and these bytes."""
    return knock(server).send(*[text(str(number)) for number in range(100)], *[last] * bool(last))
