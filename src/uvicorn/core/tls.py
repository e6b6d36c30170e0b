"""TLS between a socket and a connection: a protocol for the socket, a transport for the connection.

    bytes that come  > data_received > OpenSSL > the connection's data_received
    write            > OpenSSL > one write of the socket's transport

It is our own, not the event loop's, so that every loop does the same, each failure is one line in
the log, and nothing waits without a limit.

phase       what comes                         what is written
BOTH_OPEN   is decrypted                       is sent
PEER_ENDED  is thrown away                     is sent
WE_ENDED    is thrown away, its end is heard   is thrown away
BOTH_ENDED  is thrown away                     is thrown away
SHUT        is thrown away                     is thrown away

1.  When the handshake is complete, see tls_handshake.py, this becomes the protocol of the socket,
    and connection_made() gives it to the connection.
2.  A read asks OpenSSL only if data must be there: the answer that there is none costs as much as
    a small request.
3.  The peer's close_notify is the end of its half, as a FIN is without TLS; what comes after it
    is thrown away. A FIN without it is the end of both; somebody may have cut the connection.
4.  close() and write_eof() send our close_notify, and do not wait for the peer's.
5.  After a failure the peer gets an alert, which has LINGER_SECONDS to leave.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..state import ServerState
from ..wire import BOTH_ENDED, BOTH_OPEN, PEER_ENDED, SHUT, WE_ENDED
from .scope import peer_name
from .service import LINGER_SECONDS

if TYPE_CHECKING:
    from .._shapes import StreamProtocol, Transport


# RFC 8446 section 5.1: the most bytes in a record.
RECORD = 16384

# Bytes that are encrypted for one write. OpenSSL keeps a buffer of that size; half costs more CPU.
LARGE_WRITE = 131072

OF_TLS = {"peercert": "getpeercert", "cipher": "cipher", "compression": "compression"}

NOT_TRUSTED = "Client does not trust the certificate"
REASONS = {
    "NO_SHARED_CIPHER": "No cipher in common",
    "UNSUPPORTED_PROTOCOL": "No TLS version in common",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "Client sent no certificate",
    "TLSV1_ALERT_UNKNOWN_CA": NOT_TRUSTED,
    "SSLV3_ALERT_BAD_CERTIFICATE": NOT_TRUSTED,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": NOT_TRUSTED,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": NOT_TRUSTED,
}


def reason_of(error: ssl.SSLError) -> str:
    """What the log says of an error."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"Client certificate refused: {error.verify_message}"
    reason = error.reason or "unknown"
    return REASONS.get(reason) or reason.replace("_", " ").capitalize()


class Tls:
    """What all TLS connections of one server share; `timeout` is the handshake's, in seconds."""

    def __init__(
        self,
        context: ssl.SSLContext,
        loop: asyncio.AbstractEventLoop,
        state: ServerState,
        timeout: float,
    ) -> None:
        self.context = context
        self.loop = loop
        self.state = state
        self.timeout = timeout
        self.logger = logging.getLogger("uvicorn.error")


class TlsTransport:
    """One connection. `protocol` is any asyncio protocol; for it this is the transport."""

    def __init__(self, tls: Tls, protocol: StreamProtocol) -> None:
        self.tls = tls
        self.protocol = protocol
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.feed = self.incoming.write
        self.drain = self.outgoing.read
        self.ssl = tls.context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.decrypt = self.ssl.read
        self.encrypt = self.ssl.write
        self.timer: asyncio.TimerHandle | None = None
        self.reading = True
        self.unread = self.full = self.held = False
        self.phase = BOTH_OPEN

    # From the handshake.

    def attach(self, raw: Transport) -> None:
        """Write to this socket's transport, whose protocol is still the handshake."""
        self.raw = raw
        self.raw_write = raw.write

    def start(self) -> None:
        """The handshake is complete."""
        self.raw.set_protocol(self)
        protocol = self.protocol
        protocol.connection_made(self)
        # Data may have come with the end of the handshake.
        self.read()

    def release(self) -> None:
        """Free OpenSSL's memory now; the connection itself may wait for the garbage collector."""
        # Any: nobody uses one of them any more.
        gone: Any = None
        self.ssl = self.decrypt = self.encrypt = gone
        self.incoming = self.outgoing = self.feed = self.drain = gone
        self.protocol = gone

    # From the socket's transport.

    def data_received(self, data: bytes) -> None:
        if self.phase == BOTH_OPEN:
            self.feed(data)
            self.read()

    def eof_received(self) -> bool:
        """Returns whether our half stays open."""
        if self.phase == BOTH_OPEN:
            self.end_without_close_notify()
        elif self.phase == WE_ENDED:
            protocol = self.protocol
            protocol.eof_received()
        return self.phase == PEER_ENDED or self.phase == BOTH_ENDED

    def connection_lost(self, error: Exception | None) -> None:
        self.phase = SHUT
        if self.timer is not None:
            self.timer.cancel()
        protocol = self.protocol
        self.release()
        protocol.connection_lost(error)

    def pause_writing(self) -> None:
        self.full = True
        protocol = self.protocol
        protocol.pause_writing()

    def resume_writing(self) -> None:
        self.full = False
        if self.held:
            self.held = False
            self.listen()
        protocol = self.protocol
        protocol.resume_writing()

    # For the connection, as its transport.

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As asyncio's transports; facts about TLS are gone when the connection is lost."""
        if name == "sslcontext":
            return self.tls.context
        if name == "ssl_object":
            return self.ssl
        if name in OF_TLS:
            return None if self.ssl is None else getattr(self.ssl, OF_TLS[name])()
        return self.raw.get_extra_info(name, default)

    def set_protocol(self, protocol: StreamProtocol) -> None:
        self.protocol = protocol

    def get_protocol(self) -> StreamProtocol:
        return self.protocol

    def write(self, data: bytes) -> None:
        if self.phase > PEER_ENDED or not data:
            return
        try:
            if len(data) <= RECORD:
                self.encrypt(data)
            else:
                self.encrypt_all(memoryview(data).cast("B"))
        except ssl.SSLError as error:
            self.fail(error)
            return
        self.flush()

    def writelines(self, parts: Iterable[bytes]) -> None:
        self.write(b"".join(parts))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """End our half. What comes after that is thrown away; only the peer's end is heard."""
        if self.phase <= PEER_ENDED:
            self.phase = BOTH_ENDED if self.phase == PEER_ENDED else WE_ENDED
            self.send_close_notify()
            self.raw.write_eof()

    def pause_reading(self) -> None:
        self.reading = False
        if self.phase != SHUT:
            self.raw.pause_reading()

    def resume_reading(self) -> None:
        self.reading = True
        if self.unread:
            self.tls.loop.call_soon(self.read_on)
        else:
            self.listen()

    def is_reading(self) -> bool:
        return self.reading and self.phase != SHUT

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.raw.set_write_buffer_limits(high, low)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self.raw.get_write_buffer_limits()

    def get_write_buffer_size(self) -> int:
        size: int = self.raw.get_write_buffer_size()
        return size

    def is_closing(self) -> bool:
        return self.phase == SHUT

    def close(self) -> None:
        phase = self.phase
        if phase != SHUT:
            self.phase = SHUT
            if phase <= PEER_ENDED:
                self.send_close_notify()
            self.raw.close()

    def abort(self) -> None:
        self.phase = SHUT
        self.raw.abort()

    # Bytes.

    def read(self) -> None:
        """Give the connection all that has come, until it pauses reading."""
        self.unread = False
        while self.phase == BOTH_OPEN:
            data = self.decrypted()
            if data is None:
                break
            if not data:
                self.close_notify_received()
                break
            protocol = self.protocol
            protocol.data_received(data)
            if self.phase == SHUT:
                return
            if not self.incoming.pending and not self.ssl.pending():
                break
            if not self.reading:
                self.unread = True
                break
        if self.phase <= PEER_ENDED and self.outgoing.pending:
            # OpenSSL's own answers. A peer that reads none of them is not read any more.
            self.flush()
            if self.full:
                self.held = True
                self.raw.pause_reading()

    def decrypted(self) -> bytes | None:
        """The data of one record; b"" is the peer's close_notify, None means no record."""
        try:
            data: bytes = self.decrypt(RECORD)
            return data
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLError as error:
            self.fail(error)
            return None

    def read_on(self) -> None:
        if self.reading and self.phase != SHUT:
            if self.unread:
                self.read()
            self.listen()

    def listen(self) -> None:
        if self.reading and not self.unread and not self.held and self.phase != SHUT:
            self.raw.resume_reading()

    def flush(self) -> None:
        if self.outgoing.pending:
            self.raw_write(self.drain())

    def encrypt_all(self, view: memoryview) -> None:
        """In parts, so that it is not copied as a whole; OpenSSL may accept less than a part."""
        start = 0
        while start < len(view):
            start += self.encrypt(view[start : start + LARGE_WRITE])
            if self.outgoing.pending >= LARGE_WRITE:
                self.raw_write(self.drain())

    # Ends.

    def close_notify_received(self) -> None:
        self.phase = PEER_ENDED
        protocol = self.protocol
        if not protocol.eof_received():
            self.close()

    def end_without_close_notify(self) -> None:
        protocol = self.protocol
        harmless = getattr(protocol, "is_idle", bool)()
        self.tls.logger.log(
            logging.DEBUG if harmless else logging.INFO,
            "TLS client left without close_notify (%s).",
            peer_name(self.raw),
        )
        self.phase = PEER_ENDED
        protocol.eof_received()
        self.close()

    def send_close_notify(self) -> None:
        # It is sent, even if unwrap() raises because the peer's has not come yet.
        with contextlib.suppress(ssl.SSLError):
            self.ssl.unwrap()
        self.flush()

    def fail(self, error: ssl.SSLError) -> None:
        """Log why, tell the peer, and close."""
        reason = reason_of(error)
        self.tls.logger.warning("TLS failed. %s (%s).", reason, peer_name(self.raw))
        self.flush()
        self.phase = SHUT
        self.timer = self.tls.loop.call_later(LINGER_SECONDS, self.abort)
        self.raw.close()
