"""receive() and send() under timeouts, cancellations and anyio's scopes."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from typing import Any

import anyio
import pytest

from tests.core.ws_apps import accepted, gone, heard, pause, say, told
from tests.core.ws_peer import Peer, handshake, knock, text
from tests.core.ws_peer import close as bye

# Timeouts and cancellation.


def test_receive_with_a_timeout_loses_no_message_and_leaves_nothing_behind(serve_ws):
    got: list[Any] = []
    timeouts = []

    async def body(receive: Any, send: Any) -> None:
        while not got or "text" in got[-1]:
            try:
                got.append(await asyncio.wait_for(receive(), 1))
            except asyncio.TimeoutError:
                timeouts.append(len(got))

    server = serve_ws(accepted(body), ws_ping_interval=None)
    peer = knock(server)
    for number in range(40):
        server.advance(1.5)
        peer.send(text(str(number)))
        peer.send(text(str(number)))
    server.advance(30)
    gc.collect()
    assert [type(thing).__name__ for thing in gc.get_objects()].count("Waiter") <= 2
    peer.send(bye())
    assert told(got) == [str(number) for number in range(40) for _ in (0, 1)]
    assert len(timeouts) > 60
    assert got[-1] == gone(1000)


@pytest.mark.parametrize("timeout", [0, -1, 0.0])
def test_a_look_without_waiting_takes_a_message_or_leaves_it(serve_ws_once, timeout):
    """A task that is cancelled before its first step has taken nothing."""
    got: list[Any] = []

    async def body(receive: Any, send: Any) -> None:
        for _ in range(3):
            with suppress(asyncio.TimeoutError):
                got.append(await asyncio.wait_for(receive(), timeout))
        while told(got) != ["1", "2"]:
            got.append(await receive())

    knock(serve_ws_once(accepted(body)), then=text("1") + text("2"))
    assert told(got) == ["1", "2"]


def test_a_task_that_is_cancelled_before_its_first_step_takes_no_message(serve_ws_once):
    got: list[Any] = []

    async def body(receive: Any, send: Any) -> None:
        task = asyncio.create_task(receive())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        got.append(await receive())

    knock(serve_ws_once(accepted(body)), then=text("1"))
    assert told(got) == ["1"]


def test_a_message_and_a_cancellation_at_once_lose_neither(serve_ws_once):
    got: list[Any] = []
    cancelled = []

    async def body(receive: Any, send: Any) -> None:
        async def listen() -> None:
            try:
                got.append(await receive())
            except asyncio.CancelledError:
                cancelled.append(True)
                raise

        tasks.extend(asyncio.create_task(listen()) for _ in range(2))
        await asyncio.wait(tasks)
        while len(told(got)) < 3:
            got.append(await receive())

    tasks: list[Any] = []
    server = serve_ws_once(accepted(body))
    peer = knock(server)

    def cancel_and_deliver() -> None:
        tasks[0].cancel()
        peer.client.connection.data_received(text("1") + text("2") + text("3"))

    server.do(cancel_and_deliver)
    assert (told(got), cancelled) == (["1", "2", "3"], [True])


def test_a_cancelled_wait_lets_the_next_in_line_have_the_message(serve_ws_once):
    got = []

    async def body(receive: Any, send: Any) -> None:
        async def listen(name: str) -> None:
            got.append((name, await receive()))

        tasks.extend(asyncio.create_task(listen(name)) for name in "abc")
        await asyncio.gather(*tasks, return_exceptions=True)

    tasks: list[Any] = []
    server = serve_ws_once(accepted(body))
    peer = knock(server)
    server.do(tasks[0].cancel)
    peer.send(text("1"), bye())
    assert got == [("b", heard("1")), ("c", gone(1000))]


def test_an_asyncio_timeout_ends_the_wait_and_only_that(serve_ws_once):
    got: list[Any] = []

    async def body(receive: Any, send: Any) -> None:
        try:
            await within(1, receive)
        except asyncio.TimeoutError:
            got.append("timeout")
        got.append(await receive())

    server = serve_ws_once(accepted(body))
    peer = knock(server)
    server.advance(2)
    peer.send(text("1"))
    assert got == ["timeout", heard("1")]


async def within(seconds: float, receive: Any) -> None:
    """asyncio.timeout() is younger than Python 3.10."""
    if not hasattr(asyncio, "timeout"):
        await asyncio.wait_for(receive(), seconds)
        return
    async with asyncio.timeout(seconds):
        await receive()


@pytest.mark.parametrize("name", ["task", "app"])
def test_a_cancellation_keeps_its_message(serve_ws_once, name):
    errors = []

    async def body(receive: Any, send: Any) -> None:
        tasks["app"] = asyncio.current_task()
        tasks["task"] = task = asyncio.create_task(wait(receive))
        await task

    async def wait(receive: Any) -> None:
        try:
            await receive()
        except asyncio.CancelledError as error:
            errors.append(error.args)

    tasks: dict[str, Any] = {}
    server = serve_ws_once(accepted(body))
    knock(server)
    server.do(tasks[name].cancel, "why")
    assert errors == [("why",)]


def test_anyio_scopes_know_their_own_cancellation(serve_ws_once):
    got: list[Any] = []

    async def body(receive: Any, send: Any) -> None:
        with anyio.move_on_after(1) as scope:
            await receive()
        got.append(scope.cancelled_caught)
        with pytest.raises(TimeoutError):
            with anyio.fail_after(1):
                await receive()
        got.append(await receive())

    server = serve_ws_once(accepted(body))
    peer = knock(server)
    server.advance(3)
    peer.send(text("1"))
    assert got == [True, heard("1")]


def test_anyio_task_groups_may_be_left_with_a_task_in_receive(serve_ws_once):
    got: list[Any] = []

    async def body(receive: Any, send: Any) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(listen, receive)
            await pause(1)
            await send(say("enough"))
            group.cancel_scope.cancel()
        got.append("left")

    async def listen(receive: Any) -> None:
        while True:
            got.append(await receive())

    server = serve_ws_once(accepted(body))
    peer = knock(server).send(text("1"))
    server.advance(2)
    assert got == [heard("1"), "left"]
    assert (peer.messages, peer.closing) == (["enough"], (1000, ""))


def test_anyio_starts_receive_and_send_themselves(serve_ws_once):
    async def body(receive: Any, send: Any) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(send, say("1"))
            group.start_soon(receive)
        await send(say("2"))

    peer = knock(serve_ws_once(accepted(body))).send(text("x"))
    assert peer.messages == ["1", "2"]


def test_a_cancelled_app_closes_with_1011(serve_ws_once):
    async def body(receive: Any, send: Any) -> None:
        await receive()

    server = serve_ws_once(accepted(body))
    peer = knock(server)
    (task,) = server.state.tasks
    server.do(task.cancel, "stop")
    (failure,) = server.failures()
    assert (type(failure), failure.args) == (asyncio.CancelledError, ("stop",))
    assert peer.closing == (1011, "")


def test_a_send_that_waits_for_the_peer_may_be_cancelled(serve_ws):
    sent = []

    async def body(receive: Any, send: Any) -> None:
        with anyio.move_on_after(1):
            for number in range(100):
                await send(say(b"x" * 10_000))
                sent.append(number)
        await send(say("last"))

    server = serve_ws(accepted(body))
    client = server.connect()
    client.transport.client_reads = False
    peer = Peer(client.send(handshake()))
    server.advance(2)
    client.transport.client_reads = True
    server.do(client.transport.take)
    # The message whose send() was cancelled is on its way: it waited for room behind it.
    assert peer.messages == [b"x" * 10_000] * (len(sent) + 1) + ["last"]
