"""A client that speaks TLS with a server of serving.py, over a fake transport."""

from __future__ import annotations

import contextlib
import ssl
from collections import deque
from typing import Any

from tests.certificates import certificates
from tests.core.answers import Response, parse_responses
from tests.core.serving import PEERS, Client, Server
from tests.fakes import FakeTransport

TIMEOUT = 30.0


class TlsClient(Client):
    """One connection; handshake() first, unless the test is about what comes instead of it."""

    def __init__(
        self,
        server: Server,
        context: ssl.SSLContext | None = None,
        served: Any = None,
        extra: dict[str, Any] = PEERS,
        **options: Any,
    ) -> None:
        self.server = server
        self.transport = FakeTransport(server.loop, extra, **options)
        self.unread = deque()
        tls = server.build.tls.Tls(
            served or certificates().server_context(), server.loop, server.state, TIMEOUT
        )
        protocol = server.new_connection(server.service)
        handshake = server.build.tls_handshake.TlsHandshake(tls, protocol)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.ssl = (context or certificates().client_context()).wrap_bio(
            self.incoming, self.outgoing, server_hostname="localhost"
        )
        self.taken = 0
        self.read = b""
        self.said_goodbye = False
        self.transport.set_protocol(handshake)
        server.clients.append(self)
        server.do(handshake.connection_made, self.transport)

    # What it says.

    def hello(self) -> bytes:
        """Its first flight."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.ssl.do_handshake()
        return self.outgoing.read()

    def handshake(self) -> TlsClient:
        self.wire_send(self.hello())
        self.take()
        self.ssl.do_handshake()
        self.wire_send(self.outgoing.read())
        return self

    def wire_send(self, *pieces: bytes) -> None:
        """Bytes as they are."""
        super().send(*pieces)

    def send(self, *pieces: bytes) -> TlsClient:
        """A record for each piece, and each of them a read of its own."""
        self.wire_send(*(self.encrypted(piece) for piece in pieces))
        return self

    def encrypted(self, data: bytes) -> bytes:
        view = memoryview(data)
        while view:
            view = view[self.ssl.write(view) :]
        return self.outgoing.read()

    def goodbye(self) -> bytes:
        with contextlib.suppress(ssl.SSLError):
            self.ssl.unwrap()
        return self.outgoing.read()

    # What it hears.

    def take(self) -> None:
        self.incoming.write(self.wire[self.taken :])
        self.taken = len(self.wire)

    def decrypted(self) -> bytes:
        """All that has come, without TLS; notes the server's close_notify."""
        self.take()
        try:
            while data := self.ssl.read(1 << 20):
                self.read += data
            self.said_goodbye = True
        except ssl.SSLZeroReturnError:
            self.said_goodbye = True
        except ssl.SSLWantReadError:
            pass
        return self.read

    def responses(self, *methods: str) -> list[Response]:
        return parse_responses(self.decrypted(), methods or ("GET",) * 1000, self.ended)
