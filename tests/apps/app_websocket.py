"""WebSocket endpoints as FastAPI and Starlette users write them."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Depends, FastAPI, WebSocket, WebSocketDisconnect, WebSocketException
from starlette.endpoints import WebSocketEndpoint
from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute

app = FastAPI()
ends: list[Any] = []


@app.get("/ends")
async def read_ends() -> list[Any]:
    return ends


@app.websocket("/echo")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                ends.append([message["code"], message["reason"]])
                return
            if message.get("text") is not None:
                await socket.send_text(message["text"])
            else:
                await socket.send_bytes(message["bytes"])
    except BaseException as error:
        ends.append(repr(error))
        raise


@app.websocket("/json/{name}")
async def json_of(socket: WebSocket, name: str, times: int = 1) -> None:
    await socket.accept(subprotocol="json", headers=[(b"x-name", name.encode())])
    for _ in range(times):
        await socket.send_json({"name": name, "got": await socket.receive_json()})


def known_token(token: str = "") -> str:
    if token != "right":
        raise WebSocketException(code=1008, reason="No such token")
    return token


@app.websocket("/private")
async def private(socket: WebSocket, token: str = Depends(known_token)) -> None:
    await socket.accept()
    await socket.send_text(token)


@app.websocket("/denied")
async def denied(socket: WebSocket) -> None:
    answer = JSONResponse({"detail": "paid guests only"}, 402, {"x-reason": "money"})
    await socket.send_denial_response(answer)


@app.websocket("/close/{code}")
async def close(socket: WebSocket, code: int) -> None:
    await socket.accept()
    await socket.close(code, "because")


@app.websocket("/fail")
async def fail(socket: WebSocket) -> None:
    await socket.accept()
    raise RuntimeError("This endpoint fails.")


@app.websocket("/both")
async def both(socket: WebSocket) -> None:
    """Speaks and listens at the same time, in two tasks."""
    await socket.accept()

    async def speak() -> None:
        for number in range(100):
            await socket.send_text(str(number))
            await asyncio.sleep(0)

    speaking = asyncio.create_task(speak())
    heard = 0
    try:
        while await socket.receive_text() != "enough":
            heard += 1
    except WebSocketDisconnect:
        return
    await speaking
    await socket.send_text(f"heard {heard}")


@app.websocket("/flood")
async def flood(socket: WebSocket) -> None:
    """Sends as fast as the client takes it, until it leaves."""
    await socket.accept()
    sent = 0
    try:
        while True:
            await socket.send_bytes(bytes(100_000))
            sent += 1
    except WebSocketDisconnect as error:
        ends.append([error.code, sent < 100_000])


class Endpoint(WebSocketEndpoint):
    encoding = "text"

    async def on_receive(self, websocket: WebSocket, data: Any) -> None:
        await websocket.send_text(data.upper())

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        ends.append(close_code)


app.router.routes.append(WebSocketRoute("/endpoint", Endpoint))
