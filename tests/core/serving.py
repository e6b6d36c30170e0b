"""A server of one app without sockets: feed bytes, let the loop go round, look at the answer."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.core.answers import Response, parse_responses
from tests.core.settings import core_settings
from tests.fakes import FakeTransport, SteppedLoop
from uvicorn.codecs import http_codec, ws_codec
from uvicorn.state import ServerState

PEERS: dict[str, Any] = {"peername": ("192.0.2.1", 40000), "sockname": ("198.51.100.1", 80)}
READ_SIZE = 256 * 1024


class LogList(logging.Handler):
    """Keeps records; its filters and level are those of any handler."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class Server:
    """A Service on a stepped loop; close() checks that nothing was left behind.

    `ws` is the engine of its WebSockets; without one it serves none. `http2` is the codec class of
    its HTTP/2, with `limits2` other than the default. `level` is that of its log.
    """

    def __init__(
        self,
        build: Any,
        codec: str,
        app: Any,
        *,
        ws: str | None = None,
        http2: type[Any] | None = None,
        limits2: dict[str, int] | None = None,
        level: int = logging.INFO,
        **settings: Any,
    ) -> None:
        self.build = build
        self.loop = SteppedLoop()
        self.settings = core_settings(**settings)
        self.state = ServerState()
        self.app_state: dict[str, Any] = {}
        self.logger = logging.getLogger("uvicorn.error")
        self.log = LogList()
        self.logger.addHandler(self.log)
        self.level = self.logger.level
        self.logger.setLevel(level)
        self.clients: list[Client] = []
        self.failures_allowed = False
        values = self.settings
        new_codec = http_codec(codec, build)
        limits = values.limit_request_line, values.limit_request_head, values.limit_request_fields

        def new_handler(connection: Any, alpn: str) -> Any:
            return build.http1.Http1(connection, new_codec(*limits), connection.service)

        self.new_connection = build.connection.Connection
        self.service = build.service.Service(app, values, self.state, self.app_state, new_handler)
        if ws is not None:
            self.service.new_websocket = websocket_opener(build, ws)
        if http2 is not None:
            limits_of_http2 = build.http2_codec.Http2Limits(*limits)
            for name, value in (limits2 or {}).items():
                setattr(limits_of_http2, name, value)
            self.service.new_http2 = lambda connection: build.http2.Http2(
                connection, http2(limits_of_http2), connection.service
            )
        self.service.start(self.loop, contextvars.copy_context())

    def connect(self, extra: dict[str, Any] = PEERS, **options: Any) -> Client:
        client = Client(self, FakeTransport(self.loop, extra, **options))
        self.clients.append(client)
        return client

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def do(self, call: Callable[..., Any], *args: Any) -> Any:
        """Call something from the running loop, and let everything go on that can.

        No task is running then, as when a transport calls its protocol.
        """

        async def inside() -> Any:
            done = self.loop.create_future()

            def act() -> None:
                try:
                    done.set_result(call(*args))
                except Exception as error:
                    done.set_exception(error)

            self.loop.call_soon(act)
            result = await done
            await self.settle()
            return result

        return self.run(inside())

    async def settle(self) -> None:
        await self.loop.passes()
        while any(client.is_readable() for client in self.clients):
            for client in self.clients:
                self.loop.call_soon(client.deliver)
            await self.loop.passes()

    def advance(self, seconds: float) -> None:
        self.run(self.loop.advance(seconds))

    # The log.

    def messages(self, level: int = logging.INFO) -> list[str]:
        return [record.getMessage() for record in self.log.records if record.levelno >= level]

    def failures(self) -> list[Any]:
        """The exceptions of apps in the log, or the message where there was none."""
        self.failures_allowed = True
        return [
            record.exc_info[1] if record.exc_info else record.getMessage()
            for record in self.log.records
            if record.levelno >= logging.ERROR
        ]

    # The end.

    def close(self) -> None:
        try:
            self.do(self.lose_clients)
            for task in list(self.state.tasks):
                task.cancel()
                self.failures_allowed = True
            self.do(lambda: None)
            self.check()
        finally:
            self.logger.removeHandler(self.log)
            self.logger.setLevel(self.level)
            self.loop.close()

    def lose_clients(self) -> None:
        for client in self.clients:
            client.transport.lose(None)

    def check(self) -> None:
        assert not self.loop.errors
        assert not self.state.tasks
        assert not self.state.connections
        assert self.service.running == 0
        assert not asyncio.all_tasks(self.loop)
        assert [client.transport.late for client in self.clients if client.transport.late] == []
        if not self.failures_allowed:
            assert self.failures() == []


def websocket_opener(build: Any, engine: str) -> Callable[..., Any]:
    new_codec = ws_codec(engine, build)
    return lambda *handed_over: build.websocket.open_websocket(*handed_over, new_codec)


class Client:
    """One connection, seen from its other end.

    What is sent waits for the server to read, one read in a pass of the loop.
    """

    def __init__(self, server: Server, transport: FakeTransport) -> None:
        self.server = server
        self.transport = transport
        self.unread: deque[bytes] = deque()
        self.connection = server.new_connection(server.service)
        transport.set_protocol(self.connection)
        server.do(self.connection.connection_made, transport)

    def send(self, *pieces: bytes) -> Client:
        """Each piece is a read of its own, if the server reads."""
        for piece in pieces:
            for start in range(0, len(piece), READ_SIZE):
                self.unread.append(piece[start : start + READ_SIZE])
        self.server.do(lambda: None)
        return self

    def end(self) -> None:
        """Close our half."""
        self.unread.append(b"")
        self.server.do(lambda: None)

    def vanish(self, error: Exception | None = None) -> None:
        self.server.do(self.transport.lose, error)

    def is_readable(self) -> bool:
        return bool(self.unread) and self.transport.is_reading()

    def deliver(self) -> None:
        """What the loop does when a socket is readable."""
        if not self.is_readable():
            return
        data = self.unread.popleft()
        protocol = self.transport.get_protocol()
        if data:
            protocol.data_received(data)
        elif not protocol.eof_received():
            self.transport.close()

    # What came back.

    @property
    def wire(self) -> bytes:
        return bytes(self.transport.arrived)

    @property
    def ended(self) -> bool:
        """Whether the server sends no more."""
        return self.transport.eof_written or self.transport.lost

    @property
    def closed(self) -> bool:
        return self.transport.lost

    def responses(self, *methods: str) -> list[Response]:
        """All answers, parsed by h11: to requests of these methods, GET if none are given."""
        return parse_responses(self.wire, methods or ("GET",) * 1000, self.ended)

    def response(self, method: str = "GET") -> Response:
        """The only answer."""
        responses = self.responses(method)
        assert len(responses) == 1, self.wire
        return responses[0]
