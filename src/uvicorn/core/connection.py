"""The asyncio protocol of every connection: it owns the channel and drives a handler.

It does not know which protocol its handler speaks; a handler may put another one in its
place. So it is called through a local name, which keeps it alive until the call returns: in
compiled code the attribute alone would not. `speaks` is for the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .channel import Channel
from .interfaces import TimedConnection
from .scope import peer_name
from .service import Service

if TYPE_CHECKING:
    from .._shapes import Transport


class Connection(TimedConnection):
    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service
        self.speaks = "HTTP"

    # From the transport. Any: asyncio declares less of a transport than we use.

    def connection_made(self, transport: Any) -> None:
        service = self.service
        self.channel = Channel(transport, service.loop)
        service.connection_made(self)
        tls = transport.get_extra_info("ssl_object")
        alpn = tls.selected_alpn_protocol() if tls is not None else None
        self.handler = service.new_handler(self, alpn or "")
        if service.trace:
            service.log_trace(self.peer(), f"{self.speaks} connection made")

    def data_received(self, data: bytes) -> None:
        handler = self.handler
        self.channel.cork()
        try:
            handler.data_received(data)
        finally:
            self.channel.uncork()

    def eof_received(self) -> bool:
        """Returns whether the transport stays open: our half may still be needed."""
        handler = self.handler
        handler.eof_received()
        transport = self.channel.transport
        return transport.can_write_eof() and not transport.is_closing()

    def connection_lost(self, error: Exception | None) -> None:
        self.deadline = 0.0
        self.service.connection_lost(self)
        self.channel.lost()
        handler = self.handler
        handler.connection_lost()
        if self.service.trace:
            self.service.log_trace(self.peer(), f"{self.speaks} connection lost")

    def pause_writing(self) -> None:
        self.channel.pause_writing()

    def resume_writing(self) -> None:
        self.channel.resume_writing()
        handler = self.handler
        handler.writable()

    # From the service and the server.

    def set_deadline(self, seconds: float) -> None:
        service = self.service
        self.deadline = service.deadline(seconds)
        self.deadline_set = service.now

    def check_deadline(self, now: float) -> None:
        if 0.0 < self.deadline <= now:
            self.deadline = 0.0
            handler = self.handler
            handler.deadline_reached()
        if self.channel.is_stalled(now, self.service.settings.timeout_write_stall):
            self.channel.abort()

    def shutdown(self) -> None:
        handler = self.handler
        handler.shutdown()

    def end_silence(self) -> None:
        """The server ends, and has waited long enough for a client that says nothing."""
        handler = self.handler
        handler.end_silence()

    def end_grace(self) -> None:
        """The time to finish is over: tell the app that its client is gone."""
        handler = self.handler
        handler.end_grace()

    def abort(self) -> None:
        """Close now: the client has had all the time there was."""
        self.channel.abort()

    def is_idle(self) -> bool:
        """Whether nothing is lost if the connection ends now."""
        handler = self.handler
        return handler.is_idle()

    @property
    def transport(self) -> Transport:
        """For programs that end connections themselves."""
        return self.channel.transport

    def peer(self) -> str:
        """The client's address for the log."""
        return peer_name(self.channel.transport)
