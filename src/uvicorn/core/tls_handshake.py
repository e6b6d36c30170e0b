"""The TLS handshake of a new connection, and why it fails.

1.  It is the protocol of the socket until it is complete; then the transport is, see tls.py.
2.  Until then it stands for the connection in the server's state, and has `timeout` seconds.
3.  Each failure is one line in the log. A client that speaks TLS gets an alert, one that speaks
    plain HTTP a response.
4.  A client that has been told why has LINGER_SECONDS to leave.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from typing import TYPE_CHECKING

from .scope import peer_name
from .service import LINGER_SECONDS
from .tls import Tls, TlsTransport, reason_of

if TYPE_CHECKING:
    from .._shapes import StreamProtocol, Transport


# RFC 8446 section 5.1: the first byte of a record that holds a part of a handshake.
HANDSHAKE = 22

PLAIN_HTTP = re.compile(rb"[A-Z]{3,20} [!-~]+ HTTP/")
PLAIN_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\n"
    b"content-type: text/plain; charset=utf-8\r\n"
    b"content-length: 47\r\n"
    b"connection: close\r\n\r\n"
    b"This port speaks HTTPS, the request was not TLS"
)


class TlsHandshake:
    """The handshake of one connection. `protocol` hears nothing before it is complete."""

    def __init__(self, tls: Tls, protocol: StreamProtocol) -> None:
        self.tls = tls
        self.transport = TlsTransport(tls, protocol)
        self.timer: asyncio.TimerHandle | None = None
        self.first = -1
        self.over = False

    # From the socket's transport.

    def connection_made(self, raw: Transport) -> None:
        self.raw = raw
        self.transport.attach(raw)
        self.tls.state.connections.add(self)
        self.timer = self.tls.loop.call_later(self.tls.timeout, self.time_is_over)

    def data_received(self, data: bytes) -> None:
        if self.over:
            return
        if self.first < 0:
            self.first = data[0]
        transport = self.transport
        transport.feed(data)
        try:
            transport.ssl.do_handshake()
        except ssl.SSLWantReadError:
            transport.flush()
        except ssl.SSLError as error:
            self.fail(error, data)
        else:
            transport.flush()
            self.unregister()
            transport.start()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self.unregister()
        self.transport.release()
        if not self.over:
            self.over = True
            self.log(logging.DEBUG if self.first < 0 else logging.INFO, "Client left")

    def pause_writing(self) -> None:
        self.transport.full = True

    def resume_writing(self) -> None:
        self.transport.full = False

    # From the server: the handshake may go on until end_silence().

    def shutdown(self) -> None: ...

    def end_silence(self) -> None:
        if self.timer is not None:
            self.time_is_over()

    def end_grace(self) -> None:
        self.over = True
        self.raw.abort()

    # Ends.

    def unregister(self) -> None:
        self.stop_timer()
        self.tls.state.connections.discard(self)

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def time_is_over(self) -> None:
        self.stop_timer()
        if not self.over:
            self.log(logging.INFO, "Not complete in time")
        self.end_grace()

    def fail(self, error: ssl.SSLError, data: bytes) -> None:
        """Log why, tell the peer, and close; `data` is what the peer sent last."""
        if self.first == HANDSHAKE:
            self.log(logging.WARNING, reason_of(error))
            self.transport.flush()
        elif PLAIN_HTTP.match(data):
            self.log(logging.WARNING, "Plain HTTP was sent to a port that speaks HTTPS")
            self.raw.write(PLAIN_ANSWER)
        else:
            self.log(logging.WARNING, "What came is not TLS")
        self.over = True
        self.stop_timer()
        self.timer = self.tls.loop.call_later(LINGER_SECONDS, self.time_is_over)
        self.raw.close()

    def log(self, level: int, reason: str) -> None:
        self.tls.logger.log(level, "TLS handshake failed. %s (%s).", reason, peer_name(self.raw))
