"""One request over HTTP/2 on a blocking socket, to see that a server's answer is the right one.

As much of RFC 9113 as that takes. The header table is switched off, so a status of 200 is one of a
few bytes, behind a new size of the table at most.
"""

from __future__ import annotations

import socket
import struct

from .scenarios import Scenario, WrongAnswer

ALPN = "h2"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
ACK = END_STREAM = 0x1
END_HEADERS = 0x4
TABLE_SIZE, ENABLE_PUSH, INITIAL_WINDOW = 1, 2, 4
FIRST_WINDOW = 65535
LARGEST_WINDOW = 2**31 - 1
LONGEST_FRAME = 16384
# New sizes of the header table, each in a byte (RFC 7541 section 6.3).
SIZES = bytes(range(0x20, 0x3F))

STREAM = 1
# RFC 7541 sections 6.1, 6.2.1 and 6.2.2; as a literal in plain letters, or by Huffman code.
STATUS_200 = (
    *(b"\x88", b"\x08\x03200", b"\x48\x03200"),
    *(b"\x08\x82\x10\x01", b"\x48\x82\x10\x01"),
)


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return a frame as it goes over the wire."""
    head = struct.pack(">BHBBL", len(payload) >> 16, len(payload) & 0xFFFF, kind, flags, stream)
    return head + payload


def field(name: str, value: str) -> bytes:
    """Return a header field that leaves the table alone (RFC 7541 section 6.2.2)."""
    return b"\x00" + _text(name) + _text(value)


def _text(text: str) -> bytes:
    if len(text) >= 127:
        raise ValueError("a length of one byte goes up to 126")
    return bytes((len(text),)) + text.encode()


def ask(connection: socket.socket, scenario: Scenario, port: int) -> None:
    """Make the request, the first one of its connection; WrongAnswer for a wrong answer."""
    conversation = Conversation(connection)
    conversation.send(scenario, port)
    while not conversation.is_over:
        conversation.read_frame()
    if not conversation.block.startswith(STATUS_200):
        raise WrongAnswer("a status other than 200")
    if conversation.body != scenario.expect:
        size = len(conversation.body)
        raise WrongAnswer(f"{size} bytes of body, not the {len(scenario.expect)} expected")


class Conversation:
    """One request and its answer; what the server's windows allow is `room` on the connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.stream_room = self.room = self.initial = FIRST_WINDOW
        self.is_over = False
        self.block = b""
        self.body = b""

    def send(self, scenario: Scenario, port: int) -> None:
        """Send the preface and the request, its body as the windows allow it."""
        settings = ((TABLE_SIZE, 0), (ENABLE_PUSH, 0), (INITIAL_WINDOW, LARGEST_WINDOW))
        more = struct.pack(">L", LARGEST_WINDOW - FIRST_WINDOW)
        fields = [
            (":method", scenario.method),
            (":scheme", "https" if scenario.tls else "http"),
            (":path", scenario.path),
            (":authority", f"127.0.0.1:{port}"),
            *((name.lower(), value) for name, value in scenario.headers),
        ]
        if scenario.body:
            fields.append(("content-length", str(len(scenario.body))))
        block = b"".join(field(*pair) for pair in fields)
        flags = END_HEADERS | (0 if scenario.body else END_STREAM)
        self.connection.sendall(
            PREFACE
            + frame(SETTINGS, 0, 0, b"".join(struct.pack(">HL", *pair) for pair in settings))
            + frame(WINDOW_UPDATE, 0, 0, more)
            + frame(HEADERS, flags, STREAM, block)
        )
        self._send_body(scenario.body)

    def _send_body(self, body: bytes) -> None:
        sent = 0
        while sent < len(body) and not self.is_over:
            size = min(self.room, self.stream_room, LONGEST_FRAME, len(body) - sent)
            if size <= 0:
                self.read_frame()
                continue
            part = body[sent : sent + size]
            sent += size
            self.room -= size
            self.stream_room -= size
            flags = END_STREAM if sent == len(body) else 0
            self.connection.sendall(frame(DATA, flags, STREAM, part))

    def read_frame(self) -> None:
        """Take one frame of the server's."""
        high, low, kind, flags, stream = struct.unpack(">BHBBL", self._read(9))
        payload = self._read(high << 16 | low)
        if kind == SETTINGS and not flags & ACK:
            self._settings(payload)
        elif kind == PING and not flags & ACK:
            self.connection.sendall(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            more = int.from_bytes(payload, "big")
            if stream:
                self.stream_room += more
            else:
                self.room += more
        elif kind == GOAWAY or (kind == RST_STREAM and stream == STREAM):
            code = int.from_bytes(payload[4:8] if kind == GOAWAY else payload, "big")
            raise WrongAnswer(f"{'GOAWAY' if kind == GOAWAY else 'RST_STREAM'} with code {code}")
        elif kind in (HEADERS, DATA) and stream == STREAM:
            self._answer(kind, flags, payload)

    def _settings(self, payload: bytes) -> None:
        for key, value in struct.iter_unpack(">HL", payload):
            if key == INITIAL_WINDOW:
                self.stream_room += value - self.initial
                self.initial = value
        self.connection.sendall(frame(SETTINGS, ACK, 0, b""))

    def _answer(self, kind: int, flags: int, payload: bytes) -> None:
        if kind == DATA:
            self.body += payload
        elif not self.block:
            self.block = payload.lstrip(SIZES)
        self.is_over = flags & END_STREAM != 0

    def _read(self, size: int) -> bytes:
        parts = b""
        while len(parts) < size:
            part = self.connection.recv(size - len(parts))
            if not part:
                raise WrongAnswer("the connection ended within an answer")
            parts += part
        return parts
