"""The threads that WSGI apps run in: how many, for whom, and how long."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.apps.serving import until
from tests.middleware.asgi_peer import Peer, call, http_scope, run, until_true
from tests.server.conftest import Log
from uvicorn.middleware.wsgi import WSGIMiddleware
from uvicorn.middleware.wsgi.threads import Threads

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class Crowd:
    """An app whose calls wait in their threads until go_on is set."""

    def __init__(self) -> None:
        self.calls = 0
        self.inside = 0
        self.most_inside = 0
        self.lock = threading.Lock()
        self.go_on = threading.Event()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        with self.lock:
            self.calls += 1
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        assert self.go_on.wait(10)
        with self.lock:
            self.inside -= 1
        start_response("200 OK", [])
        return [b"done"]


def requests_to(app: Any, count: int) -> tuple[list[Peer], list[asyncio.Future[None]]]:
    peers = [Peer() for _ in range(count)]
    tasks = [asyncio.ensure_future(app(http_scope(), one.receive, one.send)) for one in peers]
    return peers, tasks


def test_as_many_requests_run_at_once_as_there_are_workers() -> None:
    crowd = Crowd()

    async def serve() -> None:
        peers, tasks = requests_to(WSGIMiddleware(crowd, 4), 9)
        await until_true(lambda: crowd.inside == 4)
        crowd.go_on.set()
        await asyncio.gather(*tasks)
        assert [peer.status for peer in peers] == [200] * 9

    run(serve())
    assert crowd.most_inside == 4


def test_requests_beyond_the_queue_are_answered_with_503(log: Log) -> None:
    crowd = Crowd()
    middleware = WSGIMiddleware(crowd, 2, max_waiting=3)

    async def serve() -> None:
        peers, tasks = requests_to(middleware, 5)
        await until_true(lambda: crowd.inside == 2)
        refused = Peer()
        await middleware(http_scope(), refused.receive, refused.send)
        assert (refused.status, refused.parts) == (503, [b"Service Unavailable"])
        assert refused.headers[b"content-length"] == b"19"
        crowd.go_on.set()
        await asyncio.gather(*tasks)
        assert [peer.status for peer in peers] == [200] * 5
        free = Peer()
        await middleware(http_scope(), free.receive, free.send)
        assert free.status == 200

    run(serve())
    assert log.lines == ["WARNING Exceeded the limit of 3 waiting requests."]


def test_a_request_that_is_cancelled_in_the_queue_never_runs() -> None:
    crowd = Crowd()
    middleware = WSGIMiddleware(crowd, 1)

    async def serve() -> None:
        _, tasks = requests_to(middleware, 3)
        await until_true(lambda: crowd.inside == 1)
        tasks[1].cancel()
        await asyncio.wait(tasks[1:2])
        crowd.go_on.set()
        await tasks[0]
        await tasks[2]

    run(serve())
    assert crowd.calls == 2


def test_the_app_sees_the_context_of_its_request() -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        seen = variable.get()
        variable.set("set by the app")
        return [seen.encode()]

    middleware = WSGIMiddleware(app, 1)

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        variable.set(scope["path"])
        await middleware(scope, receive, send)
        assert variable.get() == scope["path"]

    for path in ("/first", "/second"):
        assert call(outer, scope=http_scope(path=path)).parts == [path.encode()]


def test_one_middleware_serves_several_loops() -> None:
    crowd = Crowd()
    crowd.go_on.set()
    middleware = WSGIMiddleware(crowd)
    for _ in range(3):
        assert call(middleware).parts == [b"done"]


def test_the_threads_end_with_the_middleware() -> None:
    threads: list[threading.Thread] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        threads.append(threading.current_thread())
        start_response("200 OK", [])
        return []

    middleware = WSGIMiddleware(app)
    call(middleware)
    assert threads[0].is_alive()
    del middleware
    gc.collect()
    threads[0].join(10)
    assert not threads[0].is_alive()


# The threads alone


class Barrier:
    """Jobs that end when so many of them run at once."""

    def __init__(self, parties: int) -> None:
        self.barrier = threading.Barrier(parties)
        self.all_passed: list[None] = []

    @property
    def passed(self) -> int:
        return len(self.all_passed)

    def __call__(self) -> None:
        self.barrier.wait(10)
        self.all_passed.append(None)


@pytest.fixture
def new_threads() -> Any:
    made: list[Threads] = []

    def make(count: int, max_waiting: int = 100) -> Threads:
        made.append(Threads(count, max_waiting))
        return made[-1]

    yield make
    for threads in made:
        threads.close()


NewThreads = Callable[..., Threads]


def test_each_job_that_waits_has_another_thread_come(new_threads: NewThreads) -> None:
    threads = new_threads(5)
    barrier = Barrier(5)
    for passed in (5, 10, 15):
        for _ in range(5):
            assert threads.submit(barrier)
        until(lambda: barrier.passed == passed)  # noqa: B023  (asked at once)
    assert threads.started == 5


def test_one_job_after_the_other_needs_one_thread(new_threads: NewThreads) -> None:
    threads = new_threads(5)
    for _ in range(20):
        done = threading.Event()
        assert threads.submit(done.set)
        assert done.wait(10)
        until(lambda: threads.idle)
    assert threads.started == 1


def test_no_job_is_lost_among_many(new_threads: NewThreads) -> None:
    threads = new_threads(8, 10_000)
    done: list[int] = []
    for number in range(2000):
        assert threads.submit(partial(done.append, number))
    until(lambda: len(done) == 2000)
    assert sorted(done) == list(range(2000))


def test_jobs_are_done_in_their_order(new_threads: NewThreads) -> None:
    threads = new_threads(1)
    done: list[int] = []
    go_on = threading.Event()
    assert threads.submit(lambda: assert_done(go_on.wait(10)))
    for number in range(9):
        assert threads.submit(partial(done.append, number))
    assert done == []
    go_on.set()
    until(lambda: threads.busy == 0 and not threads.jobs)
    assert done == list(range(9))


def assert_done(value: bool) -> None:
    assert value


def test_what_waits_at_the_end_is_done_before_it(new_threads: NewThreads) -> None:
    threads = new_threads(1)
    go_on = threading.Event()
    done = threading.Event()
    assert threads.submit(lambda: assert_done(go_on.wait(10)))
    assert threads.submit(done.set)
    threads.close()
    go_on.set()
    assert done.wait(10)
