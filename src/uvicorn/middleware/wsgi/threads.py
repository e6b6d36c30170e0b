"""Threads for WSGI apps, and the bell by which they call the loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from threading import Lock, Thread
from typing import Protocol


class Rung(Protocol):
    """An object for which a thread rings."""

    def wake(self) -> None:
        """In the loop: the thread has rung the bell."""

    def abandon(self) -> None:
        """In the thread: the loop is closed."""


class Bell:
    """Calls the loop from a thread, once for all threads that ring before it comes."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.lock = Lock()
        self.rung: list[Rung] = []

    def ring(self, rung: Rung) -> None:
        with self.lock:
            self.rung.append(rung)
            if len(self.rung) > 1:
                return
        try:
            self.loop.call_soon_threadsafe(self.come)
        except RuntimeError:
            # The loop is closed.
            for each in self.pop_all():
                each.abandon()

    def come(self) -> None:
        for rung in self.pop_all():
            rung.wake()

    def pop_all(self) -> list[Rung]:
        with self.lock:
            rung, self.rung = self.rung, []
        return rung


class Threads:
    """Up to `count` threads for jobs; `max_waiting` more jobs wait for one of them.

    At most one thread is on its way to the jobs; first it calls the next one, if there are more
    jobs. So few threads do short jobs, with few switches, and a job that waits for something
    delays no other. The threads end with the process.
    """

    def __init__(self, count: int, max_waiting: int) -> None:
        self.count = count
        self.max_waiting = max_waiting
        self.lock = Lock()
        self.jobs: deque[Callable[[], None]] = deque()
        self.idle: list[Lock] = []
        self.started = 0
        self.busy = 0
        self.on_its_way = False
        self.closed = False

    def submit(self, job: Callable[[], None]) -> bool:
        """Queue the job; False if too many wait already."""
        with self.lock:
            if len(self.jobs) + self.busy >= self.count + self.max_waiting:
                return False
            self.call_one()
            self.jobs.append(job)
        return True

    def close(self) -> None:
        """Let the threads end once the jobs are done."""
        with self.lock:
            self.closed = True
            idle, self.idle = self.idle, []
        for gate in idle:
            gate.release()

    def call_one(self) -> None:
        """Call a thread, if none is on its way and one is left. The caller holds the lock."""
        if self.on_its_way:
            return
        if self.idle:
            # The one that was busy last: its memory is still in the caches.
            self.idle.pop().release()
            self.on_its_way = True
        elif self.started < self.count:
            thread = Thread(target=self.work, name=f"wsgi-{self.started + 1}", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # The system has no more threads; go on with those there are.
                if not self.started:
                    raise
                return
            self.started += 1
            self.on_its_way = True

    def work(self) -> None:
        gate = Lock()
        gate.acquire()
        arrived = True
        while True:
            job = self.next_job(gate, arrived)
            arrived = job is None
            if job is not None:
                job()
                # It must not live on while the thread is idle.
                del job
            elif self.closed:
                return
            else:
                gate.acquire()

    def next_job(self, gate: Lock, arrived: bool) -> Callable[[], None] | None:
        """A job; None if there is none, and then the thread is idle and `gate` wakes it."""
        with self.lock:
            if arrived:
                self.on_its_way = False
            else:
                self.busy -= 1
            if not self.jobs:
                self.idle.append(gate)
                return None
            job = self.jobs.popleft()
            self.busy += 1
            if self.jobs:
                self.call_one()
            return job
