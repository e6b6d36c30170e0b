"""The first process of a container: the kernel spares it all signals that it does not handle."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.apps.serving import Process, process
from tests.server.conftest import UNSHARE

Start = Callable[..., Process]
ENDED_BY_SIGTERM = 128 + signal.SIGTERM


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def begin(app: str, *arguments: str, says: str, **environment: str) -> Process:
            command = [sys.executable, "-m", "uvicorn", f"tests.server.{app}", "--port", "0"]
            server = stack.enter_context(process([*UNSHARE, *command, *arguments], environment))
            server.wait_for(says)
            return server

        yield begin


def terminate(server: Process) -> None:
    """Send it to the first process, the only child of the one that has started it."""
    (child,) = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    os.kill(int(child), signal.SIGTERM)


@pytest.mark.parametrize("hook", [False, True])
def test_sigterm_ends_it_during_a_long_import(hook: bool, start: Start, tmp_path: Path) -> None:
    arguments = ["--parent-hook", "tests.process.hooks:hook"] if hook else []
    witness = tmp_path / "witness"
    server = start("slow_import:app", *arguments, says="The import begins.", WITNESS=str(witness))
    terminate(server)
    assert server.wait() == ENDED_BY_SIGTERM
    if hook:
        assert witness.read_text().splitlines()[1:] == ["after in 1"]


def test_the_second_sigterm_ends_it_while_the_app_starts(start: Start) -> None:
    server = start("ending_apps:waits", says="The startup begins.")
    terminate(server)
    server.wait_for("A signal was taken.")
    terminate(server)
    assert server.wait() == ENDED_BY_SIGTERM


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_ends_it_in_good_order(workers: str, start: Start) -> None:
    says = "Press CTRL+C" if workers == "1" else "is ready"
    server = start("process_apps:with_lifespan", "--workers", workers, says=says)
    terminate(server)
    assert server.wait() == 0
    assert "Application shutdown complete." in server.log
