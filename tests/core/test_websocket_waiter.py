"""What receive() answers, alone: an awaitable, a coroutine and a future to asyncio's tasks."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.ws_world import World

VARIABLE = contextvars.ContextVar("VARIABLE", default="of nobody")


KINDS = {"C": asyncio.Task, "Python": asyncio.tasks._PyTask}  # type: ignore[attr-defined]


@pytest.fixture(params=[(kind, debug) for kind in KINDS for debug in (False, True)], ids=repr)
def world(request: pytest.FixtureRequest, build: Any) -> Iterator[World]:
    kind, debug = request.param
    made = World(build, KINDS[kind], debug)
    yield made
    made.loop.close()
    assert not made.loop.errors


# When the task goes on.


def test_what_is_there_already_is_given_without_a_wait(world):
    async def app() -> None:
        world.put(1, 2)
        passes.append((await world.receive())["number"])
        passes.append((await world.receive())["number"])

    passes: list[Any] = []
    world.loop.call_soon(lambda: world.loop.call_soon(passes.append, "pass"))
    task = world.new_task(app(), loop=world.loop)
    world.turn()
    assert (task.done(), passes) == (True, [1, 2, "pass"])


def test_a_task_goes_on_at_once_when_none_is_running(world):
    task = world.start(world.listen(2))
    world.call(world.post, 1, 2)
    assert world.events == ["before", "1", "2", "after"]
    assert task.done()


def test_a_task_waits_for_the_next_pass_while_another_runs(world):
    async def other() -> None:
        world.post(1)

    world.start(world.listen())
    world.start(other())
    assert world.events == ["before", "after", "1"]


def test_a_task_that_goes_on_in_another_step_does_not_run_within_it(world):
    """The first task's step puts more into the box while it runs."""

    async def first() -> None:
        await world.receive()
        world.events.append("first")
        world.put(2)
        world.events.append("first still")

    world.start(first())
    world.start(world.listen())
    world.call(world.post, 1)
    assert world.events == ["before", "first", "first still", "after", "2"]


def test_a_step_runs_in_the_context_of_its_task(world):
    seen = []

    async def app() -> None:
        VARIABLE.set("of the app")
        await world.receive()
        seen.append(VARIABLE.get())
        VARIABLE.set("of the step")
        await world.receive()
        seen.append(VARIABLE.get())

    def transport() -> None:
        VARIABLE.set("of the transport")
        world.put(1)
        seen.append(VARIABLE.get())

    world.start(app())
    world.call(transport)
    world.call(world.put, 2)
    assert seen == ["of the app", "of the transport", "of the step"]
    assert VARIABLE.get() == "of nobody"


def test_a_step_in_the_next_pass_runs_in_its_context_too(world):
    seen = []

    async def app() -> None:
        VARIABLE.set("of the app")
        await world.receive()
        seen.append(VARIABLE.get())
        VARIABLE.set("of the step")
        await world.receive()
        seen.append(VARIABLE.get())

    async def other(number: int) -> None:
        VARIABLE.set("of another")
        world.put(number)

    world.start(app())
    world.start(other(1))
    world.start(other(2))
    assert seen == ["of the app", "of the step"]


def test_a_cancellation_is_seen_in_the_context_of_the_task(world):
    seen = []

    async def app() -> None:
        VARIABLE.set("of the app")
        try:
            await world.receive()
        finally:
            seen.append(VARIABLE.get())

    task = world.start(app())
    world.call(task.cancel)
    assert seen == ["of the app"]


def test_the_current_task_is_right_in_the_step_and_none_after_it(world):
    seen = []

    async def app() -> None:
        await world.receive()
        seen.append(asyncio.current_task())

    def transport() -> None:
        world.put(1)
        seen.append(asyncio.current_task(world.loop))

    task = world.start(app())
    world.call(transport)
    assert seen == [task, None]


def test_tasks_get_messages_in_the_order_in_which_they_came_to_wait(world):
    for name in "abc":
        world.start(world.listen(2, name))
    for number in range(6):
        world.call(world.put, number)
    assert world.events == ["a0", "b1", "c2", "a3", "b4", "c5"]


def test_a_task_that_was_woken_for_nothing_waits_again(world):
    async def other() -> None:
        world.put(1)
        world.events.append(await world.receive())

    world.start(world.listen())
    world.start(other())
    assert world.events == [{"number": 1}]
    world.call(world.put, 2)
    assert world.events == [{"number": 1}, "2"]


def test_to_be_woken_again_changes_nothing(world):
    async def other() -> None:
        world.put(1)
        world.mailbox.wake()
        world.mailbox.wake()

    world.start(world.listen(2))
    world.start(other())
    world.call(world.mailbox.wake)
    assert world.events == ["1"]
    world.call(world.put, 2)
    assert world.events == ["1", "2"]


def test_one_waiter_is_woken_once(world):
    calls: list[Any] = []
    waiter = world.receive()
    next(waiter)
    waiter.add_done_callback(calls.append, context=contextvars.copy_context())
    waiter.wake()
    waiter.wake()
    assert calls == [waiter]
    waiter.close()


def test_an_error_in_the_step_stays_with_the_task(world):
    async def app() -> None:
        await world.receive()
        raise KeyError

    task = world.start(app())
    world.call(world.post, 1)
    assert world.events == ["before", "after"]
    assert isinstance(task.exception(), KeyError)


# Cancellation.


@pytest.mark.parametrize("message", [(), ("why",)])
def test_a_cancellation_ends_the_wait_with_its_message(world, message):
    task = world.start(world.listen())
    world.call(task.cancel, *message)
    assert (world.events, task.cancelled()) == ([("cancelled", *message)], True)
    world.call(world.put, 1)
    assert world.letters == [{"number": 1}]


def test_a_task_may_be_cancelled_twice(world):
    task = world.start(world.listen())

    def cancel() -> None:
        task.cancel("first")
        task.cancel("second")

    world.call(cancel)
    assert task.cancelled()
    assert len(world.events) == 1


@pytest.mark.parametrize("order", ["cancel, put", "put, cancel"])
def test_a_cancellation_along_with_news_leaves_the_message_for_others(world, order):
    async def other() -> None:
        for step in order.split(", "):
            if step == "cancel":
                task.cancel()
            else:
                world.put(1)

    task = world.start(world.listen(name="a"))
    world.start(world.listen(name="b"))
    world.start(other())
    assert task.cancelled()
    assert sorted(map(str, world.events)) == ["('acancelled',)", "b1"]


def test_an_app_may_catch_its_cancellation_and_go_on(world):
    async def app() -> None:
        try:
            await world.receive()
        except asyncio.CancelledError:
            world.events.append("caught")
        world.events.append((await world.receive())["number"])

    task = world.start(app())
    world.call(task.cancel)
    world.call(world.put, 1)
    assert world.events == ["caught", 1]


# What it passes for.


def test_before_it_waits_it_is_a_coroutine_and_no_future(world):
    waiter = world.receive()
    assert asyncio.iscoroutine(waiter) and inspect.isawaitable(waiter)
    assert not asyncio.isfuture(waiter)


@pytest.mark.parametrize("there", [False, True])
def test_a_task_may_drive_it_alone(world, there):
    if there:
        world.put(1)
    task = world.start(world.receive())
    if not there:
        assert not task.done()
        world.call(world.put, 1)
    assert task.result() == {"number": 1}


@pytest.mark.parametrize("there", [False, True])
def test_it_may_be_gathered_waited_for_and_shielded(world, there):
    async def app() -> None:
        world.events += await asyncio.gather(world.receive(), world.receive())
        world.events.append(await asyncio.wait_for(world.receive(), 5))
        world.events.append(await asyncio.shield(world.receive()))

    if there:
        world.put(1, 2, 3, 4)
    world.start(app())
    if not there:
        for number in range(1, 5):
            world.call(world.put, number)
    assert world.events == [{"number": number} for number in range(1, 5)]


def test_the_loop_itself_may_run_it(world):
    world.loop.call_soon(world.put, 7)
    assert world.loop.run_until_complete(world.receive()) == {"number": 7}


def test_while_it_waits_it_is_a_future_that_is_not_done(world):
    task = world.start(world.listen())
    waiter = task._fut_waiter
    assert asyncio.isfuture(waiter)
    assert (waiter.done(), waiter.cancelled(), waiter.get_loop()) == (False, False, world.loop)
    world.call(task.cancel)
    assert (waiter.done(), waiter.cancelled(), waiter.cancel()) == (True, True, False)
    with pytest.raises(asyncio.CancelledError):
        waiter.exception()


def test_a_callback_that_was_taken_back_is_not_called(world):
    calls: list[Any] = []
    waiter = world.receive()
    next(waiter)
    waiter.add_done_callback(calls.append, context=contextvars.copy_context())
    assert waiter.remove_done_callback(print) == 0
    assert waiter.remove_done_callback(calls.append) == 1
    world.call(world.put, 1)
    assert calls == []


def test_closed_it_waits_no_more(world):
    """As the loop does with a coroutine that it gives up."""
    waiter = world.receive()
    assert next(waiter) is waiter
    waiter.close()
    world.call(world.put, 1)
    assert world.letters == [{"number": 1}]


def test_an_error_that_is_thrown_in_comes_out_and_ends_the_wait(world):
    waiter = world.receive()
    next(waiter)
    with pytest.raises(KeyError):
        waiter.throw(KeyError)
    with pytest.raises(ValueError, match="mine"):
        world.receive().throw(ValueError("mine"))
    world.call(world.put, 1)
    assert world.letters == [{"number": 1}]
