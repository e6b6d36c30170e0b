"""receive() and send() in tasks, threads, timeouts and cancel scopes, as apps use them."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import pytest

from tests.core.ws_apps import accepted, close, echo, gone, heard, pause, say, told
from tests.core.ws_peer import close as bye
from tests.core.ws_peer import knock, text

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


def test_tasks_of_a_factory_serve_as_well(serve_ws):
    """They may not start eagerly; the app's first step is in a later pass then."""
    server = serve_ws(echo)
    server.loop.set_task_factory(lambda loop, coro, **options: asyncio.Task(coro, loop=loop))
    server.service.start(server.loop, contextvars.copy_context())
    peer = knock(server, then=text("1")).send(text("2"), bye(4000))
    assert (peer.messages, peer.closing) == (["1", "2"], (4000, ""))


def test_send_may_be_called_where_no_task_runs(serve_ws_once):
    async def body(receive: Any, send: Any) -> None:
        asyncio.get_running_loop().call_soon(send, say("1"))
        asyncio.get_running_loop().call_soon(send, close(4000))
        assert await receive() == gone(4000)

    peer = knock(serve_ws_once(accepted(body))).send(bye(4001))
    assert (peer.messages, peer.closing) == (["1"], (4000, ""))


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
