"""The raw ASGI app that every Python server runs: one path per scenario, no framework."""

HELLO = b"Hello, world!"
LARGE = b"x" * 100_000
CHUNK = b"x" * 128
CHUNKS = 10


def _start(length):
    """Return the response start of a plain text of `length` bytes; None: of unknown length."""
    headers = [(b"content-type", b"text/plain")]
    if length is not None:
        headers.append((b"content-length", b"%d" % length))
    return {"type": "http.response.start", "status": 200, "headers": headers}


async def hello(receive, send):
    await send(_start(len(HELLO)))
    await send({"type": "http.response.body", "body": HELLO})


async def large(receive, send):
    await send(_start(len(LARGE)))
    await send({"type": "http.response.body", "body": LARGE})


async def echo(receive, send):
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(parts)
    await send(_start(len(body)))
    await send({"type": "http.response.body", "body": body})


async def upload(receive, send):
    size = 0
    more = True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"%d" % size
    await send(_start(len(body)))
    await send({"type": "http.response.body", "body": body})


async def stream(receive, send):
    await send(_start(None))
    for _ in range(CHUNKS):
        await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def lifespan(receive, send):
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


ROUTES = {"/": hello, "/large": large, "/echo": echo, "/upload": upload, "/stream": stream}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    else:
        await ROUTES[scope["path"]](receive, send)
