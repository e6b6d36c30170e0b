"""A whole application in plain ASGI, no framework:

    uvicorn --app-dir examples hello:app

/ is a page, /json answers JSON, /stream sends a line each second, /echo sends back what is
posted to it:

    curl localhost:8000/json
    curl --no-buffer localhost:8000/stream
    curl --data 'hello' localhost:8000/echo
"""

import asyncio
import json
import platform
import time

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Hello</title>
<style>
  body { font: 18px/1.6 system-ui, sans-serif; max-width: 34em; margin: 15vh auto; padding: 0 1em }
  pre { background: #8882; padding: 1em; border-radius: .5em; min-height: 1.6em }
</style>
<h1>Hello, world</h1>
<p>This page is served by uvicorn. It asks for <a href="/json">/json</a>:</p>
<pre id="json"></pre>
<p>and reads <a href="/stream">/stream</a> line by line:</p>
<pre id="stream"></pre>
<script type="module">
  json.textContent = JSON.stringify(await (await fetch("/json")).json(), null, 2)
  const lines = (await fetch("/stream")).body.pipeThrough(new TextDecoderStream()).getReader()
  for (let part; !(part = await lines.read()).done;) stream.textContent += part.value
</script>
"""


async def respond(send, status, content_type, body):
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def page(scope, receive, send):
    await respond(send, 200, b"text/html; charset=utf-8", PAGE.encode())


async def as_json(scope, receive, send):
    facts = {"hello": "world", "python": platform.python_version(), "client": scope["client"]}
    await respond(send, 200, b"application/json", json.dumps(facts).encode())


async def stream(scope, receive, send):
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number in range(1, 6):
        line = f"{number}: {time.strftime('%X')}\n".encode()
        await send({"type": "http.response.body", "body": line, "more_body": True})
        await asyncio.sleep(1)
    await send({"type": "http.response.body"})


async def echo(scope, receive, send):
    headers = [(b"content-type", b"application/octet-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message["more_body"]
        await send({"type": "http.response.body", "body": message["body"], "more_body": more})


async def not_found(scope, receive, send):
    await respond(send, 404, b"text/plain; charset=utf-8", b"There is nothing here.\n")


async def lifespan(scope, receive, send):
    """The server says when it starts and when it ends, and waits for the answers."""
    for event in ("startup", "shutdown"):
        message = await receive()
        assert message["type"] == f"lifespan.{event}"
        await send({"type": f"lifespan.{event}.complete"})


ROUTES = {"/": page, "/json": as_json, "/stream": stream, "/echo": echo}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
    elif scope["type"] == "http":
        await ROUTES.get(scope["path"], not_found)(scope, receive, send)
    else:
        raise RuntimeError(f"This application has no {scope['type']}.")
