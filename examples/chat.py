"""A chat over WebSocket, in plain ASGI:

    uvicorn --app-dir examples chat:app

Open localhost:8000 in two windows, and talk.
"""

import asyncio

PAGE = """<!doctype html>
<title>Chat</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40em; margin: 2em auto; }
  input { font: inherit; width: 100%; box-sizing: border-box; padding: .5em; }
</style>
<h1>Chat</h1>
<ul id="said"></ul>
<form><input id="say" placeholder="Say something" autocomplete="off" disabled></form>
<script>
  const said = document.getElementById("said"), say = document.getElementById("say");
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(scheme + "//" + location.host + "/chat");
  const show = text => {
    const line = document.createElement("li");
    line.textContent = text;
    said.append(line);
  };
  socket.onopen = () => { say.disabled = false; say.focus(); };
  socket.onmessage = event => show(event.data);
  socket.onclose = event => { say.disabled = true; show("The end. " + event.reason); };
  document.forms[0].onsubmit = event => {
    event.preventDefault();
    if (say.value) socket.send(say.value);
    say.value = "";
  };
</script>
"""

LONGEST = 1000
guests = set()


async def page(scope, send):
    found = scope["path"] == "/"
    body = PAGE.encode() if found else b"Not found"
    kind = b"text/html; charset=utf-8" if found else b"text/plain"
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    status = 200 if found else 404
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def tell_all(text):
    message = {"type": "websocket.send", "text": text}
    # A guest that is slow to read, or gone, holds up nobody else.
    await asyncio.gather(*(send(message) for send in list(guests)), return_exceptions=True)


async def chat(receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    guests.add(send)
    try:
        await tell_all(f"Guests: {len(guests)}")
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text") or ""
            if len(text) > LONGEST:
                await send({"type": "websocket.close", "code": 1009, "reason": "Too long."})
                break
            await tell_all(text)
    finally:
        guests.discard(send)
        await tell_all(f"Guests: {len(guests)}")


async def lifespan(receive, send):
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})


async def app(scope, receive, send):
    if scope["type"] == "websocket" and scope["path"] == "/chat":
        await chat(receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})
    elif scope["type"] == "http":
        await page(scope, send)
    elif scope["type"] == "lifespan":
        await lifespan(receive, send)
    else:
        raise RuntimeError(f"This app has no {scope['type']}.")
