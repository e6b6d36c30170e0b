"""A client's WebSocket handshake over HTTP/1.1 (RFC 6455 section 4.2), from its header fields."""

from __future__ import annotations

import binascii
import hashlib
import re
from typing import Any

from ..errors import ProtocolError
from .octets import is_token

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VERSION = b"13"
# 16 bytes in base64.
KEY = re.compile(rb"[0-9A-Za-z+/]{22}==")
Offer = tuple[str, list[tuple[str, "str | None"]]]


class Handshake:
    """What the client asks for. Raises ProtocolError: 400, or 426 for another version."""

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self.key = b""
        self.version = b""
        self.subprotocols: list[str] = []
        self.extensions: list[Offer] = []
        keys = versions = 0
        for name, value in headers:
            if not name.startswith(b"sec-websocket-"):
                continue
            if name == b"sec-websocket-key":
                self.key = value
                keys += 1
            elif name == b"sec-websocket-version":
                self.version = value
                versions += 1
            elif name == b"sec-websocket-protocol":
                self.subprotocols += read_subprotocols(value)
            elif name == b"sec-websocket-extensions":
                self.extensions += read_extensions(value)
        if versions != 1 or self.version != VERSION:
            if versions == 1 and self.version.isdigit():
                raise ProtocolError(426, "Unsupported WebSocket version")
            raise ProtocolError(400, "Bad or missing Sec-WebSocket-Version")
        if keys != 1 or KEY.fullmatch(self.key) is None:
            raise ProtocolError(400, "Bad or missing Sec-WebSocket-Key")
        if len(set(self.subprotocols)) < len(self.subprotocols):
            raise ProtocolError(400, "Bad Sec-WebSocket-Protocol")

    def answer(self, subprotocol: Any) -> list[tuple[bytes, bytes]]:
        """The header fields that accept it, but for extensions."""
        digest = hashlib.sha1(self.key + GUID, usedforsecurity=False).digest()
        proof = binascii.b2a_base64(digest, newline=False)
        headers = [(b"upgrade", b"websocket"), (b"sec-websocket-accept", proof)]
        if subprotocol:
            if subprotocol not in self.subprotocols:
                raise RuntimeError("'websocket.accept' names a subprotocol that was not offered.")
            headers.append((b"sec-websocket-protocol", subprotocol.encode("ascii")))
        return headers


def elements(value: bytes) -> list[bytes]:
    """Of a list; empty ones do not count (RFC 9110 section 5.6.1.2)."""
    parts = [part.strip(b" \t") for part in value.split(b",")]
    return [part for part in parts if part]


def read_subprotocols(value: bytes) -> list[str]:
    names = elements(value)
    if not all(map(is_token, names)):
        raise ProtocolError(400, "Bad Sec-WebSocket-Protocol")
    return [name.decode("ascii") for name in names]


def read_extensions(value: bytes) -> list[Offer]:
    """1#( token *( ";" token [ "=" ( token / quoted token ) ] ) ), RFC 6455 section 9.1."""
    offers: list[Offer] = []
    for offer in elements(value):
        name, *rest = [part.strip(b" \t") for part in offer.split(b";")]
        parameters = [read_parameter(part) for part in rest]
        offers.append((read_token(name), parameters))
    return offers


def read_parameter(parameter: bytes) -> tuple[str, str | None]:
    name, equals, value = parameter.partition(b"=")
    name = name.rstrip(b" \t")
    value = value.lstrip(b" \t")
    if not equals:
        return read_token(name), None
    if len(value) > 2 and value[:1] == value[-1:] == b'"':
        value = value[1:-1]
    return read_token(name), read_token(value)


def read_token(value: bytes) -> str:
    if not is_token(value):
        raise ProtocolError(400, "Bad Sec-WebSocket-Extensions")
    return value.decode("ascii")
