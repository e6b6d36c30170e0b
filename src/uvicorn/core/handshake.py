"""What a client offers for its WebSocket, from its header fields (RFC 6455 section 4.2).

An Offer is the same in every version of HTTP (RFC 8441 section 5.1); only HTTP/1.1 has the key
and its proof.
"""

from __future__ import annotations

import binascii
import hashlib
import re

from ..errors import ProtocolError
from .octets import is_token

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VERSION = b"13"
# 16 bytes in base64.
KEY = re.compile(rb"[0-9A-Za-z+/]{22}==")
Extension = tuple[str, list[tuple[str, "str | None"]]]


class Offer:
    """Subprotocols and extensions. Raises ProtocolError: 400, or 426 for another version."""

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self.version = b""
        self.subprotocols: list[str] = []
        self.extensions: list[Extension] = []
        versions = 0
        for name, value in headers:
            if not name.startswith(b"sec-websocket-"):
                continue
            if name == b"sec-websocket-version":
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
        if len(set(self.subprotocols)) < len(self.subprotocols):
            raise ProtocolError(400, "Bad Sec-WebSocket-Protocol")

    def answer(self, subprotocol: str | None) -> list[tuple[bytes, bytes]]:
        """The header fields that accept it, but for extensions."""
        if not subprotocol:
            return []
        if subprotocol not in self.subprotocols:
            raise RuntimeError("'websocket.accept' names a subprotocol that was not offered.")
        return [(b"sec-websocket-protocol", subprotocol.encode("ascii"))]


def switch_fields(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The fields of 101 (Switching Protocols) for a client's key. Raises ProtocolError(400)."""
    keys = [value for name, value in headers if name == b"sec-websocket-key"]
    if len(keys) != 1 or KEY.fullmatch(keys[0]) is None:
        raise ProtocolError(400, "Bad or missing Sec-WebSocket-Key")
    digest = hashlib.sha1(keys[0] + GUID, usedforsecurity=False).digest()
    proof = binascii.b2a_base64(digest, newline=False)
    return [(b"upgrade", b"websocket"), (b"sec-websocket-accept", proof)]


def elements(value: bytes) -> list[bytes]:
    """The elements of a list; empty ones do not count (RFC 9110 section 5.6.1.2)."""
    parts = [part.strip(b" \t") for part in value.split(b",")]
    return [part for part in parts if part]


def read_subprotocols(value: bytes) -> list[str]:
    names = elements(value)
    if not all(map(is_token, names)):
        raise ProtocolError(400, "Bad Sec-WebSocket-Protocol")
    return [name.decode("ascii") for name in names]


def read_extensions(value: bytes) -> list[Extension]:
    """1#( token *( ";" token [ "=" ( token / quoted token ) ] ) ), RFC 6455 section 9.1."""
    offers: list[Extension] = []
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
