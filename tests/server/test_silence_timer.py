"""When connections are told to end their silence, by a clock that the test sets."""

from __future__ import annotations

from typing import Any

from tests.fakes import SteppedLoop
from uvicorn.shutdown import Silence


class Connection:
    """Is told at these seconds; the last time it fails at it."""

    def __init__(self, loop: SteppedLoop) -> None:
        self.loop = loop
        self.began = loop.now
        self.told: list[float] = []

    def shutdown(self) -> None:
        pass

    def end_silence(self) -> None:
        self.told.append(self.loop.now - self.began)
        if len(self.told) == 3:
            raise ValueError("of somebody's protocol")


class Old:
    """Of a protocol that knows no more than the reference asks of it."""

    def shutdown(self) -> None:
        pass


def test_silence_ends_when_patience_does_and_again_at_half_of_it_for_latecomers() -> None:
    loop = SteppedLoop()
    early, late = Connection(loop), Connection(loop)
    connections: set[Any] = {Old(), early}

    async def live() -> None:
        silence = Silence(lambda: set(connections), 1.0)
        await loop.advance(1.25)
        connections.add(late)
        await loop.advance(1.25)
        silence.stop()
        await loop.advance(5)

    loop.run_until_complete(live())
    loop.close()
    assert early.told == [1.0, 1.5, 2.0, 2.5]
    assert late.told == [1.5, 2.0, 2.5]
