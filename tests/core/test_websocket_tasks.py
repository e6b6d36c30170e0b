"""receive() and send() in tasks, threads, timeouts and cancel scopes, as apps use them."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import suppress
from typing import Any

import anyio
import pytest

from tests.core.ws_apps import CONNECT, accept, gone, heard, say
from tests.core.ws_peer import Peer, handshake, knock, text
from tests.core.ws_peer import close as bye


def accepted(body: Any) -> Any:
    """An app that accepts and then does this with its receive() and send()."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == CONNECT
        await send(accept())
        await body(receive, send)

    return app


def told(messages: list[Any]) -> list[str]:
    return [message["text"] for message in messages if "text" in message]


# Several tasks.


def test_several_tasks_may_wait_and_each_message_is_for_one(serve_ws):
    got: list[Any] = []

    async def listen(receive: Any, name: str) -> None:
        while True:
            message = await receive()
            got.append((name, message))
            if message["type"] == "websocket.disconnect":
                return

    async def body(receive: Any, send: Any) -> None:
        await asyncio.gather(*[listen(receive, name) for name in "abc"])

    peer = knock(serve_ws(accepted(body)))
    for number in range(7):
        peer.send(text(str(number)))
    peer.send(b"".join(text(str(number)) for number in range(7, 30)))
    peer.send(bye(4000))
    assert told([message for _, message in got]) == [str(number) for number in range(30)]
    assert sorted(got[-3:]) == [(name, gone(4000)) for name in "abc"]
    assert len({name for name, message in got if "text" in message}) == 3


@pytest.mark.parametrize("make", [asyncio.create_task, asyncio.ensure_future, asyncio.shield])
def test_receive_may_be_made_a_task(serve_ws_once, make):
    got = []

    async def body(receive: Any, send: Any) -> None:
        for _ in range(3):
            got.append(await make(receive()))

    knock(serve_ws_once(accepted(body)), then=text("1")).send(text("2"), bye())
    assert got == [heard("1"), heard("2"), gone(1000)]


@pytest.mark.parametrize("then", [b"", text("1") + text("2")])
def test_receive_may_be_gathered(serve_ws_once, then):
    got: list[Any] = []

    async def body(receive: Any, send: Any) -> None:
        got.extend(await asyncio.gather(receive(), receive()))

    peer = knock(serve_ws_once(accepted(body)), then=then)
    if not then:
        peer.send(text("1"), text("2"))
    assert told(got) == ["1", "2"]


def test_a_receive_that_was_never_awaited_takes_no_message(serve_ws_once):
    got = []

    async def body(receive: Any, send: Any) -> None:
        receive()
        receive().close()
        got.append(await receive())

    knock(serve_ws_once(accepted(body)), then=text("1") + bye())
    assert got == [heard("1")]


def test_the_order_is_that_of_the_awaiting_and_not_of_the_calls(serve_ws_once):
    got: list[Any] = []

    async def body(receive: Any, send: Any) -> None:
        first, second = receive(), receive()
        got.append(await second)
        got.append(await first)

    knock(serve_ws_once(accepted(body)), then=text("1") + text("2"))
    assert told(got) == ["1", "2"]


@pytest.mark.parametrize("make", [asyncio.create_task, asyncio.ensure_future])
def test_send_may_be_made_a_task(serve_ws_once, make):
    async def body(receive: Any, send: Any) -> None:
        tasks = [make(send(say(str(number)))) for number in range(5)]
        await asyncio.gather(*tasks, send(say("5")))

    peer = knock(serve_ws_once(accepted(body)))
    assert peer.messages == list("012345")


async def pause(seconds: float) -> None:
    """Until the test moves its clock on so far."""
    with anyio.move_on_after(seconds):
        await asyncio.Event().wait()


def test_one_task_may_send_while_another_receives(serve_ws):
    async def body(receive: Any, send: Any) -> None:
        async def answer() -> None:
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    ticker.cancel()
                    return
                await send(say(message["text"]))

        async def tick() -> None:
            for number in range(3):
                await pause(1)
                await send(say(f"tick {number}"))

        ticker = asyncio.create_task(tick())
        await asyncio.gather(answer(), ticker, return_exceptions=True)

    server = serve_ws(accepted(body))
    peer = knock(server)
    for number in range(3):
        peer.send(text(str(number)))
        server.advance(1)
    peer.send(bye())
    assert peer.messages == ["0", "tick 0", "1", "tick 1", "2", "tick 2"]


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

    server = serve_ws(accepted(body))
    peer = knock(server)
    for number in range(40):
        server.advance(1.5)
        peer.send(text(str(number)))
        peer.send(text(str(number)))
    server.advance(1.5)
    gc.collect()
    assert [type(thing).__name__ for thing in gc.get_objects()].count("Waiter") <= 2
    peer.send(bye())
    assert told(got) == [str(number) for number in range(40) for _ in (0, 1)]
    assert len(timeouts) == 41
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


# Threads.


def in_thread(loop: asyncio.AbstractEventLoop, work: Any) -> Any:
    """Run it in a thread, and wait for its result without stopping the loop."""
    future = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            loop.call_soon_threadsafe(future.set_exception, error)
        else:
            loop.call_soon_threadsafe(future.set_result, result)

    threading.Thread(target=run).start()
    return future


def test_a_thread_may_hand_receive_and_send_to_the_loop(serve_ws):
    async def body(receive: Any, send: Any) -> None:
        loop = asyncio.get_running_loop()

        def call(awaitable: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(awaitable, loop).result(10)

        def work() -> None:
            for _ in range(3):
                call(send(say(call(receive())["text"])))

        await in_thread(loop, work)
        ended.set()

    ended = asyncio.Event()
    server = serve_ws(accepted(body))
    peer = knock(server, then=text("1") + text("2")).send(text("3"))
    server.run(asyncio.wait_for(ended.wait(), None))
    server.do(lambda: None)
    assert peer.messages == ["1", "2", "3"]
    assert peer.client.transport.threads == {threading.get_ident()}


def test_an_error_of_send_reaches_the_thread(serve_ws_once):
    async def body(receive: Any, send: Any) -> None:
        loop = asyncio.get_running_loop()

        def work() -> None:
            with pytest.raises(RuntimeError):
                awaitable = send({"type": "nonsense"})
                asyncio.run_coroutine_threadsafe(awaitable, loop).result(10)

        await in_thread(loop, work)
        ended.set()

    ended = asyncio.Event()
    server = serve_ws_once(accepted(body))
    peer = knock(server)
    server.run(asyncio.wait_for(ended.wait(), None))
    server.do(lambda: None)
    assert peer.closing == (1000, "")
