"""One WebSocket over a blocking socket, to see that a server's answer is the right one."""

from __future__ import annotations

import http.client
import socket
import zlib

from .frames import BINARY, COMPRESSED, FIN, OFFER, TEXT, accept_of, client_frame, new_key
from .messages import FULL_WINDOW, TAIL, WINDOW_BITS
from .scenarios import Scenario, WrongAnswer


def ask(connection: socket.socket, scenario: Scenario, port: int) -> None:
    """Open a WebSocket and, if the scenario has messages, have the first one echoed.

    WrongAnswer for anything else than the answer to the handshake and the same message.
    """
    open_websocket(connection, scenario, port)
    if not scenario.messages:
        return
    message = scenario.messages[0]
    payload = message
    if scenario.deflate:
        compressor = zlib.compressobj(wbits=-WINDOW_BITS)
        payload = compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH)
        payload = payload.removesuffix(TAIL)
    opcode = BINARY if scenario.binary else TEXT
    connection.sendall(client_frame(opcode, payload, scenario.deflate))
    first, answer = read_frame(connection)
    if first != FIN | opcode | (COMPRESSED if scenario.deflate else 0):
        raise WrongAnswer(f"a frame that begins with {first:#x}")
    if scenario.deflate:
        answer = zlib.decompressobj(-FULL_WINDOW).decompress(answer + TAIL)
    if answer != message:
        raise WrongAnswer(f"{len(answer)} bytes that are not the {len(message)} sent")


def open_websocket(connection: socket.socket, scenario: Scenario, port: int) -> None:
    """Do the handshake; nothing may follow its answer."""
    key = new_key()
    lines = [
        f"GET {scenario.path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]
    if scenario.deflate:
        lines.append(f"Sec-WebSocket-Extensions: {OFFER}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    response = http.client.HTTPResponse(connection)
    try:
        response.begin()
    except http.client.HTTPException as error:
        raise WrongAnswer(f"bad response: {error!r}") from error
    finally:
        response.close()
    if response.status != 101 or response.headers["Sec-WebSocket-Accept"] != accept_of(key):
        raise WrongAnswer(f"no WebSocket, but status {response.status}")
    check_extension(response.headers["Sec-WebSocket-Extensions"], scenario)


def check_extension(answer: str | None, scenario: Scenario) -> int:
    """Return the bits of the server's window if compression is as the scenario wants it.

    WrongAnswer if it is not, or if the client may not compress as `messages.deflated()` does.
    """
    if not scenario.deflate:
        if answer:
            raise WrongAnswer(f"the extension {answer!r} that nobody has asked for")
        return FULL_WINDOW
    name, *parameters = (part.strip() for part in (answer or "").split(";"))
    values = dict(parameter.partition("=")[::2] for parameter in parameters)
    window = int(values.get("client_max_window_bits", FULL_WINDOW))
    if (
        name != "permessage-deflate"
        or window < WINDOW_BITS
        or "client_no_context_takeover" in values
    ):
        raise WrongAnswer(f"compression as {answer!r}")
    return int(values.get("server_max_window_bits", FULL_WINDOW))


def read_frame(connection: socket.socket) -> tuple[int, bytes]:
    """Return the first byte and the payload of the next frame."""
    first, size = read(connection, 2)
    if size > 125:
        size = int.from_bytes(read(connection, 2 if size == 126 else 8), "big")
    return first, read(connection, size)


def read(connection: socket.socket, size: int) -> bytes:
    """Return just so many bytes."""
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise WrongAnswer("the WebSocket ended within a frame")
        parts += part
    return parts
