"""Response bytes, read by a parser that is not ours: h11 as a client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import h11


@dataclass
class Response:
    """`complete` if its end was there, `interim` the 1xx statuses that came before it."""

    status: int
    reason: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes = b""
    complete: bool = False
    interim: list[int] = field(default_factory=list)

    def get(self, name: bytes) -> bytes | None:
        """The value of the only field of this name."""
        values = self.all(name)
        assert len(values) <= 1, (name, values)
        return values[0] if values else None

    def all(self, name: bytes) -> list[bytes]:
        return [value for known, value in self.fields if known == name]

    @property
    def closes(self) -> bool:
        return self.get(b"connection") == b"close"


def parse_responses(data: bytes, methods: Sequence[str], ended: bool) -> list[Response]:
    """The responses to requests of these methods, of which the last may be incomplete.

    Raises h11.RemoteProtocolError for what no client can read, AssertionError for bytes after
    the last response. `ended` is whether the server has ended its half.
    """
    client = h11.Connection(h11.CLIENT)
    responses: list[Response] = []
    for method in methods:
        request = h11.Request(method=method, target="/", headers=[("host", "a")])
        client.send(request)
        client.send(h11.EndOfMessage())
        if data:
            client.receive_data(data)
            data = b""
        response = next_response(client, ended)
        if response is None:
            return responses
        responses.append(response)
        if not response.complete:
            return responses
        if client.their_state is not h11.DONE or client.our_state is not h11.DONE:
            rest = client.trailing_data[0]
            assert rest == b"", f"bytes after the end of the connection: {rest!r}"
            return responses
        client.start_next_cycle()
    rest = client.trailing_data[0]
    assert rest == b"", f"bytes after the last response: {rest!r}"
    return responses


def next_response(client: h11.Connection, ended: bool) -> Response | None:
    response: Response | None = None
    interim: list[int] = []
    while True:
        event = client.next_event()
        if event is h11.NEED_DATA:
            if ended and response is not None and until_close(response):
                response.complete = True
            return response
        if isinstance(event, h11.InformationalResponse):
            interim.append(event.status_code)
        elif isinstance(event, h11.Response):
            fields = [(name.lower(), value) for name, value in event.headers]
            response = Response(event.status_code, bytes(event.reason), fields, interim=interim)
        elif isinstance(event, h11.Data):
            assert response is not None
            response.body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            assert response is not None
            response.complete = True
            return response
        else:
            return response


def until_close(response: Response) -> bool:
    names = {name for name, _ in response.fields}
    return not names & {b"content-length", b"transfer-encoding"}
