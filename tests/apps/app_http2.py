"""A page over HTTP/2, whose script asks for what the protocol is for, and writes down what came.

The page has loaded when its image has, and that one comes when the script is done.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

PAGE = b"""\
<!doctype html>
<meta charset="utf-8">
<title>Waiting</title>
<ul id="seen"></ul>
<img src="/image-at-the-end">
<script type="module">
  const say = (what, value) => {
    const item = document.createElement("li")
    item.textContent = `${what}: ${value}`
    document.getElementById("seen").append(item)
  }
  const of = async path => (await (await fetch(path)).text())
  try {
    const page = performance.getEntriesByType("navigation")[0]
    say("page", page.nextHopProtocol)
    say("hinted", page.firstInterimResponseStart > 0)
    say("style", getComputedStyle(document.body).color)
    const answers = await Promise.all([...Array(200).keys()].map(number => of(`/echo?${number}`)))
    say("many", answers.every((text, number) => text == number))
    const big = await fetch("/digest", {method: "POST", body: "x".repeat(3000000)})
    say("upload", (await big.text()).slice(0, 8))
    say("download", (await (await fetch("/large")).arrayBuffer()).byteLength)
    const gone = [...Array(20)].map(() => new AbortController())
    await Promise.all(gone.map(async each => {
      const endless = await fetch("/endless", {signal: each.signal})
      await endless.body.getReader().read()
      each.abort()
    }))
    say("left", await of("/left"))
    const said = []
    const chat = new WebSocket(`wss://${location.host}/chat`)
    await new Promise((resolve, reject) => {
      chat.onopen = () => { chat.send("hello"); chat.send("x".repeat(200000)) }
      chat.onmessage = event => { said.push(event.data); if (said.length == 3) chat.close(1000) }
      chat.onclose = resolve
      chat.onerror = reject
    })
    say("chat", said.map(text => text.slice(0, 9) + text.length))
    say("connections", await of("/connections"))
    document.title = "Done"
  } catch (error) {
    document.title = `Failed: ${error}`
  } finally {
    await fetch("/done")
  }
</script>
"""
PART = bytes(65536)
LARGE = 160 * len(PART)


class Seen:
    """What the app has seen so far."""

    def __init__(self) -> None:
        self.left = asyncio.Semaphore(0)
        self.done = asyncio.Event()
        self.clients: set[Any] = set()
        self.endless = 0


seen = Seen()


async def start(send: Any, headers: list[Any], status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def part(send: Any, body: bytes, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def answer(send: Any, body: bytes, kind: bytes = b"text/plain") -> None:
    await start(send, [(b"content-type", kind), (b"content-length", b"%d" % len(body))])
    await part(send, body, more=False)


async def page(receive: Any, send: Any) -> None:
    links = [b"</style.css>; rel=preload; as=style"]
    await send({"type": "http.response.early_hint", "links": links})
    await start(send, [(b"content-type", b"text/html")])
    await part(send, b'<link rel="stylesheet" href="/style.css">')
    await part(send, PAGE, more=False)


async def digest(receive: Any, send: Any) -> None:
    found = hashlib.sha256()
    more = True
    while more:
        message = await receive()
        assert message["type"] == "http.request"
        found.update(message["body"])
        more = message["more_body"]
    await answer(send, found.hexdigest().encode())


async def large(receive: Any, send: Any) -> None:
    await start(send, [])
    for _ in range(LARGE // len(PART)):
        await part(send, PART)
    await part(send, b"", more=False)


async def endless(receive: Any, send: Any) -> None:
    await start(send, [])
    await part(send, b"beginning")
    seen.endless += 1
    while (await receive())["type"] != "http.disconnect":
        pass
    seen.endless -= 1
    seen.left.release()


async def left(receive: Any, send: Any) -> None:
    for _ in range(20):
        await seen.left.acquire()
    await answer(send, b"all")


async def image(receive: Any, send: Any) -> None:
    await seen.done.wait()
    await answer(send, b'<svg xmlns="http://www.w3.org/2000/svg"/>', b"image/svg+xml")


async def done(receive: Any, send: Any) -> None:
    seen.done.set()
    await answer(send, b"ok")


async def style(receive: Any, send: Any) -> None:
    await answer(send, b"body { color: rgb(1, 2, 3) }", b"text/css")


async def trailers(receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "trailers": True})
    await part(send, b"body", more=False)
    await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"4")]})


async def under_way(receive: Any, send: Any) -> None:
    await answer(send, b"%d" % seen.endless)


async def connections(receive: Any, send: Any) -> None:
    await answer(send, b"%d" % len(seen.clients))


async def chat(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": f"version {scope['http_version']}"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


PATHS = {
    "/": page,
    "/style.css": style,
    "/digest": digest,
    "/large": large,
    "/endless": endless,
    "/left": left,
    "/image-at-the-end": image,
    "/done": done,
    "/trailers": trailers,
    "/under-way": under_way,
    "/connections": connections,
}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    seen.clients.add(tuple(scope["client"]))
    if scope["type"] == "websocket":
        await chat(scope, receive, send)
    elif scope["path"] in PATHS:
        await PATHS[scope["path"]](receive, send)
    elif scope["path"] == "/version":
        await answer(send, scope["http_version"].encode())
    else:
        await answer(send, scope["query_string"])
