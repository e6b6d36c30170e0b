"""--reload: what a save of a file does to the workers. Real processes, real files."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import uvicorn
from tests.apps.serving import Process, Variant, Wire, get, process, until
from tests.process.supervised import (
    HELLO,
    Start,
    ask,
    children,
    lives,
    wait_for,
    wait_for_workers,
)
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import ChangeReload

APP = """
import os
TEXT = b"{text}"
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    if scope["path"] == "/wait":
        await receive()
        await receive()
    if scope["path"] == "/crash":
        os._exit(9)
    if scope["path"] == "/block":
        import threading
        threading.Event().wait(float(scope["query_string"]))
    await send({{"type": "http.response.start", "status": 200,
                "headers": [(b"content-length", b"%d" % len(TEXT))]}})
    await send({{"type": "http.response.body", "body": TEXT}})
"""

# As it is installed: with `python -m` Python itself fails where it has no directory.
UVICORN = Path(sys.executable).with_name("uvicorn")

Begin = Callable[..., Process]


@pytest.fixture
def save(tmp_path: Path) -> Callable[[str], None]:
    """Saves a version of the app that answers this text; as an editor does, by a rename."""

    def write(text: str) -> None:
        draft = tmp_path / "draft~"
        draft.write_text(APP.format(text=text) if text else "this is no Python\n")
        os.replace(draft, tmp_path / "edited.py")

    write("one")
    return write


@pytest.fixture
def begin(start: Start, save: Callable[[str], None], tmp_path: Path) -> Begin:
    def with_reload(*arguments: str, workers: int = 1, waits: bool = True) -> Process:
        folder = str(tmp_path)
        options = ["--reload", "--reload-dir", folder, "--app-dir", folder, *arguments]
        return start(
            *options,
            app="edited:app",
            workers=workers,
            waits=waits,
            # Two versions of one size within a second would share their bytecode.
            PYTHONDONTWRITEBYTECODE="1",
        )

    return with_reload


def answers(server: Process, text: str) -> None:
    until(lambda: ask(server) == text, 30, f"the answer is {text!r}")


@pytest.mark.quick
@pytest.mark.parametrize("polls", ["", "1"], ids=["WatchFiles", "StatReload"])
def test_a_change_brings_the_new_code(
    polls: str, begin: Begin, save: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", polls)
    server = begin()
    name = "StatReload" if polls else "WatchFiles"
    assert f"using {name}" in server.log
    assert ask(server) == "one"
    save("two")
    answers(server, "two")
    assert f"{name} detected changes in" in server.log
    assert "edited.py'. Reloading..." in server.log


def test_the_sockets_stay_open_and_who_comes_in_between_gets_the_new_code(
    begin: Begin, save: Callable[[str], None]
) -> None:
    server = begin()
    save("two")
    wait_for(server, "Reloading...")
    wait_for(server, "Terminated child process")
    assert ask(server) == "two"


def test_all_workers_change_together(begin: Begin, save: Callable[[str], None]) -> None:
    server = begin(workers=2)
    before = children(server)
    save("two")
    wait_for_workers(server, 4)
    assert {ask(server) for _ in range(20)} == {"two"}
    assert not set(before) & set(children(server))


@pytest.mark.parametrize("broken", ["", "import nothing_of_this_name"])
def test_an_error_in_the_code_is_waited_out(
    broken: str, begin: Begin, save: Callable[[str], None], tmp_path: Path
) -> None:
    server = begin()
    if broken:
        (tmp_path / "edited.py").write_text(broken)
    else:
        save("")
    wait_for(server, "Waiting for the files to change.")
    assert server.popen.poll() is None
    assert ("ModuleNotFoundError" if broken else "SyntaxError") in server.log
    # Somebody who asks now is answered by what is mended.
    with Wire(server.port) as client:
        client.send(HELLO)
        save("two")
        assert client.read_response() == (200, b"two")
    assert "uvicorn/importer.py" not in server.log


def test_an_app_that_cannot_be_imported_at_first_is_waited_for(
    begin: Begin, save: Callable[[str], None]
) -> None:
    save("")
    server = begin(waits=False)
    wait_for(server, "Waiting for the files to change.")
    save("one")
    answers(server, "one")


def test_changes_while_the_new_code_starts_count(begin: Begin, save: Callable[[str], None]) -> None:
    server = begin()
    for text in ("two", "", "three", "four"):
        save(text)
        wait_for(server, "Reloading...", 1 + server.log.count("Reloading...") // 2)
    answers(server, "four")


def test_a_worker_that_has_served_and_died_comes_back(begin: Begin) -> None:
    server = begin()
    with Wire(server.port) as client:
        client.send(get("/crash"))
        assert client.read_to_end() == b""
    wait_for_workers(server, 2)
    assert ask(server) == "one"


def test_a_worker_in_a_debugger_is_left_alone(begin: Begin) -> None:
    server = begin("--timeout-worker-healthcheck", "0.3")
    before = children(server)
    with Wire(server.port) as client:
        client.send(get("/block?1.5"))
        assert client.read_response()[0] == 200
    assert children(server) == before


def test_a_hang_up_restarts_all_workers(begin: Begin) -> None:
    server = begin()
    before = children(server)
    server.signal(signal.SIGHUP)
    wait_for_workers(server, 2)
    assert not set(before) & set(children(server))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_told_to(number: int, begin: Begin) -> None:
    server = begin()
    server.signal(number)
    assert server.wait() == 0
    assert "Stopping reloader process" in server.log


def test_it_ends_while_it_waits_for_a_change(begin: Begin, save: Callable[[str], None]) -> None:
    server = begin()
    save("")
    wait_for(server, "Waiting for the files to change.")
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def command_in(folder: Path) -> list[str]:
    """The command, for a server that is started in this directory."""
    there = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", str(folder)]
    command = [sys.executable, "-W", "error", "-m", "uvicorn", "edited:app"]
    return [*there, *command, "--port", "0", "--reload"]


def test_a_directory_that_is_deleted_is_waited_for(
    variant: Variant, save: Callable[[str], None], tmp_path: Path
) -> None:
    """Its own one: what is there later has the name, but is another directory."""
    environment = {**variant.environment, "PYTHONDONTWRITEBYTECODE": "1"}
    with process(command_in(tmp_path), environment) as server:
        server.wait_for_port()
        wait_for_workers(server, 1)
        shutil.rmtree(tmp_path)
        wait_for(server, "Reloading...")
        wait_for(server, "Terminated child process")
        wait_for(server, "Cannot start a child process")
        assert server.popen.poll() is None
        tmp_path.mkdir()
        save("two")
        wait_for_workers(server, 2)
        assert ask(server) == "two"
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert "Traceback" not in server.log


@pytest.mark.parametrize("option", ["--reload", "--workers=2"])
def test_a_start_in_a_deleted_directory_says_so_in_one_line(option: str, tmp_path: Path) -> None:
    command = ["sh", "-c", f"cd {tmp_path} && rmdir {tmp_path} && exec {UVICORN} a:a {option}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == STARTUP_FAILURE
    assert "The current directory has been deleted" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_directory_that_is_deleted_does_not_keep_a_reloader(
    variant: Variant, save: Callable[[str], None], tmp_path: Path
) -> None:
    with process(command_in(tmp_path), variant.environment) as server:
        server.wait_for_port()
        wait_for_workers(server, 1)
        workers = children(server)
        shutil.rmtree(tmp_path)
        wait_for(server, "Reloading...")
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert not any(map(lives, workers))


def test_a_reloader_can_be_run_by_hand_in_a_thread(
    save: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        config = uvicorn.Config(
            "edited:app", reload=True, reload_dirs=[str(tmp_path)], log_config=None
        )
        supervisor = ChangeReload(config, target=uvicorn.Server(config).run, sockets=[sock])
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        try:
            with Wire(sock.getsockname()[1]) as client:
                client.send(HELLO)
                assert client.read_response() == (200, b"one")
        finally:
            supervisor.should_exit.set()
            thread.join(20)
        assert not thread.is_alive()
