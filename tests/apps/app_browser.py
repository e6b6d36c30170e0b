"""A page whose script asks for what scripts ask for, and writes down what came.

The page has loaded when its image has, and that one comes when the script is done.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

PAGE = b"""\
<!doctype html>
<meta charset="utf-8">
<title>Waiting</title>
<link rel="stylesheet" href="/style.css">
<ul id="seen"></ul>
<img src="/image-at-the-end">
<script type="module">
  const say = (what, value) => {
    const item = document.createElement("li")
    item.textContent = `${what}: ${value}`
    document.getElementById("seen").append(item)
  }
  try {
    say("json", (await (await fetch("/json?q=\xc3\xa4")).json()).query)
    const reader = (await fetch("/stream")).body.pipeThrough(new TextDecoderStream()).getReader()
    let text = ""
    for (let part; !(part = await reader.read()).done;) text += part.value
    say("stream", text)
    const answers = await Promise.all([...Array(30).keys()].map(
      async number => (await (await fetch(`/json?q=${number}`)).json()).query))
    say("many", answers.length)
    const big = await fetch("/echo", {method: "POST", body: "x".repeat(1000000)})
    say("echo", (await big.text()).length)
    const lost = await fetch("/nowhere")
    say("status", lost.status)
    const head = await fetch("/json", {method: "HEAD"})
    say("head", (await head.text()).length)
    const gone = new AbortController()
    const endless = await fetch("/endless", {signal: gone.signal})
    await endless.body.getReader().read()
    gone.abort()
    await fetch("/left")
    say("left", "yes")
    await new Promise((resolve, reject) => {
      const events = new EventSource("/events")
      events.onmessage = event => { events.close(); say("event", event.data); resolve() }
      events.onerror = reject
    })
    say("style", getComputedStyle(document.body).color)
    document.title = "Done"
  } catch (error) {
    document.title = `Failed: ${error}`
  } finally {
    await fetch("/done")
  }
</script>
"""

left = asyncio.Event()
done = asyncio.Event()


async def answer(send: Any, kind: bytes, body: bytes, status: int = 200) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def start(send: Any, kind: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})


async def part(send: Any, body: bytes, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def stream(receive: Any, send: Any) -> None:
    await start(send, b"text/plain; charset=utf-8")
    for number in range(5):
        await part(send, b"%d\xc3" % number)
        await asyncio.sleep(0.01)
        await part(send, b"\xa4 ")
    await part(send, b"", more=False)


async def echo(receive: Any, send: Any) -> None:
    await start(send, b"text/plain")
    more = True
    while more:
        message = await receive()
        more = message["more_body"]
        await part(send, message["body"], more)


async def endless(receive: Any, send: Any) -> None:
    await start(send, b"text/plain")
    await part(send, b"beginning")
    while (await receive())["type"] != "http.disconnect":
        pass
    left.set()


async def events(receive: Any, send: Any) -> None:
    await start(send, b"text/event-stream")
    await part(send, b"data: news\n\n")
    while (await receive())["type"] != "http.disconnect":
        pass


STREAMS = {"/stream": stream, "/echo": echo, "/endless": endless, "/events": events}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise RuntimeError(f"This app has no {scope['type']}.")
    path = scope["path"]
    if path in STREAMS:
        await STREAMS[path](receive, send)
    elif path == "/":
        await answer(send, b"text/html", PAGE)
    elif path == "/style.css":
        await answer(send, b"text/css", b"body { color: rgb(1, 2, 3) }")
    elif path == "/json":
        query = scope["query_string"].decode().removeprefix("q=")
        await answer(send, b"application/json", json.dumps({"query": query}).encode())
    elif path == "/image-at-the-end":
        await done.wait()
        await answer(send, b"image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    elif path == "/done":
        done.set()
        await answer(send, b"text/plain", b"ok")
    elif path == "/left":
        await left.wait()
        await answer(send, b"text/plain", b"ok")
    else:
        await answer(send, b"text/plain", b"nothing here", 404)
