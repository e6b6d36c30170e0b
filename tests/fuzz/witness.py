"""What plain h11, without anything of ours, sees in the bytes of a connection."""

from __future__ import annotations

import h11

# Method, target and body, which is None if it does not end.
Seen = tuple[str, bytes, bytes | None]


def witnessed(data: bytes, most: int) -> tuple[list[Seen], bool]:
    """The first requests, and whether h11 refuses to go on before it has seen so many.

    It is stricter about a few things, like an empty line before a request line. A request in
    which it refuses something does not count as seen.
    """
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    connection.receive_data(data)
    seen: list[Seen] = []
    try:
        while len(seen) < most:
            request = next_request(connection)
            if request is None:
                break
            seen.append(request)
            if request[2] is None:
                break
            if len(seen) < most:
                # A refusal of an upgrade or a tunnel, so that what follows is a request again.
                response = h11.Response(status_code=404, headers=[("content-length", "0")])
                connection.send(response)
                connection.send(h11.EndOfMessage())
                connection.start_next_cycle()
    except h11.ProtocolError:
        return seen, True
    return seen, False


def next_request(connection: h11.Connection) -> Seen | None:
    request = connection.next_event()
    if not isinstance(request, h11.Request):
        return None
    body = b""
    while isinstance(event := connection.next_event(), h11.Data):
        body += event.data
    ended = isinstance(event, h11.EndOfMessage)
    return request.method.decode(), request.target, body if ended else None
