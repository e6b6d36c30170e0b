"""The log of all messages: what it shows, and what it must not."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from tests.apps.serving import in_thread, url_of
from tests.middleware.asgi_peer import Peer, call, http_scope
from tests.server.conftest import Log
from uvicorn.logging import TRACE_LOG_LEVEL
from uvicorn.middleware.message_logger import MessageLoggerMiddleware

CLIENT = "127.0.0.1:1234 - ASGI [1]"
SECRET = "S3cret"
START = {"type": "http.response.start", "status": 200, "headers": [(b"x", SECRET.encode())]}


async def answer(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send(START)
    await send({"type": "http.response.body", "body": SECRET.encode(), "more_body": False})


@pytest.fixture
def trace(log: Log) -> Log:
    logging.addLevelName(TRACE_LOG_LEVEL, "TRACE")
    logging.getLogger("uvicorn.asgi").setLevel(TRACE_LOG_LEVEL)
    return log


def without_scope(log: Log) -> list[str]:
    return [line.partition("=")[0] for line in log.lines]


def sends(message: dict[str, Any]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(message)

    return MessageLoggerMiddleware(app)


def test_every_message_is_a_line(trace: Log) -> None:
    messages = [{"type": "http.request", "body": b"four", "more_body": False}]
    call(MessageLoggerMiddleware(answer), Peer(messages))
    assert trace.lines[0].startswith(f"TRACE {CLIENT} Started scope={{'type': 'http', ")
    assert trace.lines[1:] == [
        f"TRACE {CLIENT} Receive {{'type': 'http.request', 'body': '<4 bytes>',"
        " 'more_body': False}",
        f"TRACE {CLIENT} Send {{'type': 'http.response.start', 'status': 200, 'headers': '<...>'}}",
        f"TRACE {CLIENT} Send {{'type': 'http.response.body', 'body': '<6 bytes>',"
        " 'more_body': False}",
        f"TRACE {CLIENT} Completed",
    ]
    assert {record.name for record in trace.records} == {"uvicorn.asgi"}


def test_no_payload_is_shown(trace: Log) -> None:
    scope = http_scope(headers=[(b"cookie", SECRET.encode())], state={"key": SECRET})
    call(MessageLoggerMiddleware(answer), Peer([{"type": "http.request"}]), scope)
    assert "'headers': '<...>', 'client'" in trace.lines[0]
    assert not trace.has(SECRET)


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("bytes", b"12345", "'<5 bytes>'"),
        ("bytes", None, "None"),
        ("text", "äöü", "'<3 chars>'"),
        ("body", bytearray(7), "'<7 bytes>'"),
        ("body", 5, "'<int>'"),
        ("status", 200, "200"),
    ],
)
def test_a_payload_is_shown_as_its_size(trace: Log, field: str, value: Any, shown: str) -> None:
    call(sends({"type": "some", field: value}))
    assert trace.lines[1] == f"TRACE {CLIENT} Send {{'type': 'some', '{field}': {shown}}}"


def test_messages_are_passed_on_as_they_are() -> None:
    peer = call(MessageLoggerMiddleware(answer))
    assert peer.sent[0] is START
    assert peer.parts == [SECRET.encode()]


def test_each_call_has_its_number(trace: Log) -> None:
    app = sends({"type": "some"})
    call(app)
    call(app)
    numbers = [line.partition("[")[2].partition("]")[0] for line in trace.lines]
    assert numbers == ["1"] * 3 + ["2"] * 3


@pytest.mark.parametrize("scope", [{"type": "lifespan"}, http_scope(client=None)])
def test_a_call_without_a_client_has_no_address(trace: Log, scope: dict[str, Any]) -> None:
    call(sends({"type": "some"}), scope=scope)
    assert without_scope(trace)[0] == "TRACE ASGI [1] Started scope"


def test_an_exception_is_told_and_raised_on(trace: Log) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError(SECRET)

    with pytest.raises(ValueError, match=SECRET):
        call(MessageLoggerMiddleware(app))
    assert without_scope(trace)[1:] == [f"TRACE {CLIENT} Raised exception"]
    assert not trace.has(SECRET)


def test_what_the_app_returns_is_returned() -> None:
    """The server complains of it."""

    async def app(scope: Any, receive: Any, send: Any) -> Any:
        return 5

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        assert await MessageLoggerMiddleware(app)(scope, receive, send) == 5

    call(outer)


def test_nothing_is_logged_above_the_level_trace(log: Log) -> None:
    logging.getLogger("uvicorn.asgi").setLevel(logging.DEBUG)
    call(MessageLoggerMiddleware(answer))
    assert log.lines == []


def test_a_served_app_is_logged(trace: Log) -> None:
    app = MessageLoggerMiddleware(answer)
    with in_thread(app) as server:
        assert httpx.get(url_of(server), trust_env=False).text == SECRET
    lines = [line.partition(" - ")[2] for line in trace.lines if "ASGI" in line]
    assert lines[0].startswith("ASGI [1] Started scope=")
    assert lines[-1] == "ASGI [1] Completed"
