"""What may start a server, and what it says where that does not work."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import uvicorn
from tests.apps.serving import ROOT, process
from tests.server.apps import hello, quiet
from tests.server.conftest import Drive, Log
from uvicorn.config import STARTUP_FAILURE
from uvicorn.errors import ConfigError
from uvicorn.loops.auto import auto_loop_factory

INSIDE = r"there, write `await Server\(config\)\.serve\(\)`"


# Inside of a running loop


def no_loop() -> asyncio.AbstractEventLoop:
    raise AssertionError("A loop was made.")


RUNS: dict[str, Callable[..., None]] = {
    "run": lambda **options: uvicorn.run(hello, **options),
    "server": lambda **options: uvicorn.Server(uvicorn.Config(hello, **options)).run(),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=list(RUNS))
def test_run_inside_of_a_loop_says_what_to_write_and_leaves_nothing_behind(
    run: Callable[..., None], drive: Drive
) -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match=INSIDE):
            run(port=0, log_config=None, loop=f"{__name__}:no_loop")

    drive(main())


NOTEBOOK = """
import asyncio, threading, urllib.request
import nest_asyncio, uvicorn
from tests.apps.serving import port_of, until

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"from a cell"})

def visit(server):
    until(lambda: server.started)
    with urllib.request.urlopen(f"http://127.0.0.1:{port_of(server)}/") as answer:
        print(answer.read().decode())
    server.should_exit = True

async def cell():
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    other = asyncio.create_task(asyncio.Event().wait())
    visitor = threading.Thread(target=visit, args=[server])
    visitor.start()
    server.run()
    visitor.join()
    print("goes on" if not other.done() else other)
    other.cancel()

nest_asyncio.apply()
asyncio.get_event_loop().run_until_complete(cell())
"""


@pytest.mark.parametrize("build", ["", "skip"])
def test_run_works_in_a_notebook_whose_loop_may_be_nested(build: str) -> None:
    environment = {"UVICORN_EXTENSIONS": build, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )
    assert (done.stderr, done.stdout) == ("", "from a cell\ngoes on\n")


# The app is imported before a loop runs


RUNS_A_LOOP = """
import asyncio
from tests.server.process_apps import with_lifespan as app
asyncio.run(asyncio.sleep(0))
"""


@pytest.mark.parametrize("arguments", [[], ["--workers", "2"], ["--parent-hook", "app:hook"]])
def test_an_app_may_run_a_loop_when_it_is_imported(arguments: list[str], tmp_path: Path) -> None:
    hook = "import contextlib\nhook = contextlib.nullcontext\n"
    (tmp_path / "app.py").write_text(hook + RUNS_A_LOOP)
    command = [sys.executable, "-W", "error", "-m", "uvicorn", "app:app", "--port", "0"]
    command += ["--app-dir", str(tmp_path), *arguments]
    with process(command, {"PYTHONPATH": str(ROOT)}) as server:
        server.wait_for("Application startup complete.")


# What cannot start


class Broken:
    """The errors that a start may end with, before an app was started."""

    @staticmethod
    def app() -> Any:
        raise ValueError("at the import of the app")


def failing_config(**options: Any) -> uvicorn.Config:
    return quiet(Broken.app, factory=True, **options)


def test_who_polls_in_another_task_sees_why_it_never_starts(drive: Drive, log: Log) -> None:
    """The task's own exception is seen only when somebody awaits it."""

    async def main() -> None:
        server = uvicorn.Server(failing_config())
        task = asyncio.ensure_future(server.serve())
        await asyncio.wait([task])
        assert not server.started
        assert isinstance(task.exception(), ValueError)

    drive(main())
    assert log.lines == ["ERROR The server could not start."]
    (record,) = log.records
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "at the import of the app"


def test_a_setting_that_cannot_work_is_one_line(drive: Drive, log: Log) -> None:
    with pytest.raises(ConfigError):
        drive(uvicorn.Server(quiet(hello, lifespan="zzz")).serve())
    (line,) = log.lines
    assert line.startswith("ERROR lifespan ")


def test_in_a_thread_a_failed_start_is_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a SystemExit nobody would hear there."""
    seen: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    thread = threading.Thread(target=uvicorn.Server(failing_config()).run)
    thread.start()
    thread.join(20)
    (args,) = seen
    assert str(args.exc_value) == "at the import of the app"


def test_the_command_says_it_once(log: Log) -> None:
    with pytest.raises(SystemExit) as caught:
        uvicorn.run(Broken.app, factory=True, port=0, log_config=None)
    assert caught.value.code == STARTUP_FAILURE
    assert log.lines == ["ERROR The server could not start."]


def test_a_loop_that_is_not_installed_is_one_line(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with pytest.raises(SystemExit) as caught:
        uvicorn.run(hello, loop="uvloop", port=0, log_config=None)
    assert caught.value.code == STARTUP_FAILURE
    advice = "pip install uvloop, or choose --loop asyncio."
    assert log.lines == [f"ERROR The event loop uvloop is not installed: {advice}"]


def test_without_uvloop_the_loop_is_that_of_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert auto_loop_factory() is asyncio.SelectorEventLoop
