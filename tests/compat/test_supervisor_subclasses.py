"""Programs that subclass and patch the supervisors, in the ways that are seen in the wild."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from tests.apps.serving import Process, until
from tests.compat.test_scripts import ask, script
from tests.compat.test_supervising_scripts import first_answer

START = """
import functools
import signal
import sys
import threading
import time
from pathlib import Path

import uvicorn
from uvicorn._subprocess import get_subprocess
from uvicorn.supervisors import ChangeReload, Multiprocess, basereload, multiprocess
from uvicorn.supervisors.basereload import BaseReload
from uvicorn.supervisors.multiprocess import Process
from uvicorn.supervisors.statreload import StatReload

def say(*words):
    print(*words, flush=True)
"""


def text_of(classes: str, construct: str, **options: object) -> str:
    """A script with `classes`, that listens and has `construct` serve what it listens on."""
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return f"""{START}
{classes}
if __name__ == "__main__":
    config = uvicorn.Config("script:app", port=0, lifespan="off"{given})
    server = uvicorn.Server(config)
    sockets = [config.bind_socket()]
    {construct}
    sockets[0].close()
    say("the script goes on")
"""


def says(server: Process, text: str, times: int = 1) -> None:
    until(lambda: server.log.count(text) >= times, 60, f"{text!r} is said; {server.log}")


def ends(server: Process, number: int = signal.SIGTERM) -> None:
    server.signal(number)
    assert server.wait(30) == 0, server.log
    assert "Traceback" not in server.log
    assert server.log.rstrip().endswith("the script goes on")


# Multiprocess

EVERY_HOOK = """
class Noisy(Multiprocess):
    pass

def noisy(name):
    original = getattr(Multiprocess, name)
    def method(self):
        say("called", name)
        return original(self)
    setattr(Noisy, name, method)

for name in (
    "init_processes", "join_all", "terminate_all", "restart_all", "keep_subprocess_alive",
    "handle_signals", "handle_int", "handle_term", "handle_hup", "handle_ttin", "handle_ttou",
):
    noisy(name)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_every_method_that_a_subclass_overrides_is_called(tmp_path: Path, number: int) -> None:
    text = text_of(EVERY_HOOK, "Noisy(config, sockets).run()", workers=1)
    with script(tmp_path, text) as server:
        says(server, "is ready")
        server.signal(signal.SIGTTIN)
        says(server, "is ready", 2)
        server.signal(signal.SIGTTOU)
        says(server, "Terminated child process")
        server.signal(signal.SIGHUP)
        says(server, "Terminated child process", 2)
        ends(server, number)
        called = re.findall("called (.*)", server.log)
        rest = [name for name in called if name not in ("handle_signals", "keep_subprocess_alive")]
        last = "handle_term" if number == signal.SIGTERM else "handle_int"
        assert rest == [
            *("init_processes", "handle_ttin", "handle_ttou", "handle_hup", "restart_all"),
            *(last, "terminate_all", "join_all"),
        ]
        assert {"handle_signals", "keep_subprocess_alive"} < set(called)


def test_a_subclass_starts_its_processes_by_itself(tmp_path: Path) -> None:
    """What faststream does: each worker gets a number in its config."""
    classes = """
class Numbering(Multiprocess):
    def init_processes(self):
        for number in range(self.processes_num):
            self.config.headers = [("number", str(number))]
            process = Process(self.config, target=self.target, sockets=self.sockets)
            process.start()
            self.processes.append(process)
            say("its own", process.pid)
"""
    text = text_of(classes, "Numbering(config, server.run, sockets).run()", workers=2)
    with script(tmp_path, text) as server:
        says(server, "is ready", 2)
        assert server.log.count("Started server process") == 2
        killed = int(re.findall(r"its own (\d+)", server.log)[0])
        os.kill(killed, signal.SIGKILL)
        says(server, f"Child process [{killed}] died, by SIGKILL")
        says(server, "is ready", 3)
        ends(server)


def test_a_loop_of_a_subclass_calls_the_parts(tmp_path: Path) -> None:
    classes = """
class OwnLoop(Multiprocess):
    def run(self):
        self.init_processes()
        while not self.should_exit.wait(0.05):
            self.handle_signals()
            self.keep_subprocess_alive()
        self.terminate_all()
        self.join_all()
        say("its own loop ends")
"""
    text = text_of(classes, "OwnLoop(config, sockets).run()", workers=2)
    with script(tmp_path, text) as server:
        says(server, "is ready", 2)
        server.signal(signal.SIGHUP)
        says(server, "is ready", 4)
        says(server, "Terminated child process", 2)
        ends(server)
        assert "its own loop ends" in server.log


def test_a_restart_of_a_subclass_replaces_processes_one_by_one(tmp_path: Path) -> None:
    classes = """
class OwnRestart(Multiprocess):
    def restart_all(self):
        for index, old in enumerate(self.processes):
            new = Process(self.config, self.sockets)
            new.start()
            say("ready", new.wait_until_ready(60, self.should_exit), new.is_ready(), new.ping())
            old.terminate()
            old.join()
            self.processes[index] = new
"""
    text = text_of(classes, "OwnRestart(config, sockets).run()", workers=2)
    with script(tmp_path, text) as server:
        says(server, "is ready", 2)
        server.signal(signal.SIGHUP)
        says(server, "ready True True True", 2)
        says(server, "is ready", 4)
        assert server.log.count("Started server process") == 4
        ends(server)
        assert server.log.count("Started server process") == 4


def test_a_hard_restart_of_a_subclass_ends_all_and_starts_all(tmp_path: Path) -> None:
    classes = """
class Hard(Multiprocess):
    def handle_hup(self):
        self.terminate_all()
        self.join_all()
        self.init_processes()
"""
    text = text_of(classes, "Hard(config, sockets).run()", workers=2)
    with script(tmp_path, text) as server:
        says(server, "is ready", 2)
        server.signal(signal.SIGHUP)
        says(server, "is ready", 4)
        assert server.log.count("Terminated child process") == 2
        ends(server)


def test_a_subclass_handles_a_signal_of_its_own(tmp_path: Path) -> None:
    classes = """
class Listening(Multiprocess):
    def handle_usr2(self):
        say("heard USR2")
"""
    text = text_of(classes, "Listening(config, sockets).run()", workers=1)
    with script(tmp_path, text) as server:
        says(server, "is ready")
        server.signal(signal.SIGUSR2)
        says(server, "heard USR2")
        ends(server)


def test_signals_may_be_put_into_the_queue_by_a_thread(tmp_path: Path) -> None:
    classes = """
def from_a_thread(supervisor):
    while not all(process.is_ready() for process in supervisor.processes or [supervisor]):
        time.sleep(0.01)
    supervisor.signal_queue.append(signal.SIGTERM)
    supervisor.join_all()
    say("all are gone")

class Patient(Multiprocess):
    def is_ready(self):
        return False
"""
    construct = """supervisor = Patient(config, sockets)
    thread = threading.Thread(target=from_a_thread, args=[supervisor])
    thread.start()
    supervisor.run()
    thread.join()"""
    with script(tmp_path, text_of(classes, construct, workers=2)) as server:
        assert server.wait(60) == 0, server.log
        assert "all are gone" in server.log
        assert server.log.count("Finished server process") == 2


# Process

PROCESS = """
class Own(Process):
    def __init__(self, config, sockets):
        super().__init__(config, sockets)
        self.colour = "blue"

    def target(self, sockets=None):
        say("in the worker it is", self.colour)
        super().target(sockets)

    def pong(self):
        super().pong()
        say("pong", self.server.started)

    def always_pong(self):
        say("always")
        super().always_pong()

    def ping(self, timeout=5):
        answer = super().ping(timeout)
        say("ping", answer)
        return answer

multiprocess.Process = Own
"""


def test_a_process_class_that_takes_the_place_of_ours_is_used(tmp_path: Path) -> None:
    text = text_of(PROCESS, "Multiprocess(config, sockets).run()", workers=1)
    with script(tmp_path, text) as server:
        server.wait_for_port()
        assert first_answer(server.url) == "hello"
        for line in ("in the worker it is blue", "always", "pong True", "ping True"):
            says(server, line)
        ends(server)


def test_a_target_that_makes_a_server_of_its_own_is_supervised(tmp_path: Path) -> None:
    classes = """
class Own(Process):
    def target(self, sockets=None):
        uvicorn.Server(self.config).run(sockets)

multiprocess.Process = Own
"""
    with script(tmp_path, text_of(classes, "Multiprocess(config, sockets).run()")) as server:
        says(server, "is ready")
        ends(server)


@pytest.mark.parametrize(
    "patch",
    [
        "Process.is_alive = lambda self, timeout=5: self.process.is_alive()",
        "Process.ping = lambda self, timeout=5: True",
    ],
    ids=["is_alive", "ping"],
)
def test_a_patched_check_is_the_one_that_counts(tmp_path: Path, patch: str) -> None:
    classes = f"""
{patch}
overdue = Process.overdue

def checked(self):
    if self.is_ready():
        self.patience.silent = 100.0
        say("killed" if overdue(self) else "left alone")
    return ""

Process.overdue = checked
"""
    with script(tmp_path, text_of(classes, "Multiprocess(config, sockets).run()")) as server:
        says(server, "is ready")
        says(server, "left alone")
        ends(server)
        assert "killed" not in server.log


def test_the_patience_of_a_check_may_be_set_as_sglang_does(tmp_path: Path) -> None:
    classes = """
Process.is_alive = functools.partialmethod(Process.is_alive, timeout=10)
ping = Process.ping
Process.ping = lambda self, timeout: say("patience", timeout) or ping(self, timeout)
"""
    with script(tmp_path, text_of(classes, "Multiprocess(config, sockets).run()")) as server:
        says(server, "patience 5", 3)
        ends(server)


# Reloaders


def change(folder: Path, before: str = "hello", after: str = "changed") -> None:
    path = folder / "script.py"
    path.write_text(path.read_text().replace(f'b"{before}"', f'b"{after}"'))


def reloading(folder: Path) -> dict[str, object]:
    return {"reload": True, "reload_dirs": [str(folder)]}


RELOADER = """
class Noisy(ChangeReload):
    def startup(self):
        say("startup", self.pid, self.reloader_name)
        super().startup()

    def shutdown(self):
        say("shutdown")
        super().shutdown()

    def pause(self):
        say("pause")
        super().pause()

    def should_restart(self):
        changes = super().should_restart()
        if changes:
            say("should restart", *(path.name for path in changes))
        return changes

    def restart(self):
        before = self.process.pid
        super().restart()
        say("restarted", before != self.process.pid, self.process.exitcode)

    def signal_handler(self, sig, frame):
        say("signal", int(sig))
        super().signal_handler(sig, frame)
"""


def test_every_method_of_a_reloader_that_is_overridden_is_called(tmp_path: Path) -> None:
    text = text_of(RELOADER, "Noisy(config, server.run, sockets).run()", **reloading(tmp_path))
    with script(tmp_path, text) as server:
        says(server, "is ready")
        change(tmp_path)
        says(server, "restarted True None")
        says(server, "is ready", 2)
        ends(server)
        words = "startup|pause|should restart script.py|signal 15|shutdown"
        called = list(dict.fromkeys(re.findall(f"(?m)^(?:{words})", server.log)))
        assert called == words.split("|")


OWN_PROCESS = """
class OwnProcess(ChangeReload):
    def startup(self):
        for sig in basereload.HANDLED_SIGNALS:
            signal.signal(sig, self.signal_handler)
        self._start()

    def restart(self):
        self.process.terminate()
        self.process.join()
        say("ended with", self.process.exitcode)
        self._start()

    def _start(self):
        self.process = basereload.get_subprocess(
            config=self.config, target=self.target, sockets=self.sockets
        )
        self.process.start()
        say("its own", self.process.pid)
"""


def test_a_reloader_that_starts_its_process_by_itself(tmp_path: Path) -> None:
    text = text_of(
        OWN_PROCESS, "OwnProcess(config, server.run, sockets).run()", **reloading(tmp_path)
    )
    with script(tmp_path, text) as server:
        server.wait_for_port()
        assert first_answer(server.url) == "hello"
        change(tmp_path)
        says(server, f"ended with {-signal.SIGTERM}")
        assert ask(server.url) == "changed"
        ends(server)
        assert server.log.count("its own") == server.log.count("Finished server process") == 2


def test_a_reloader_without_a_watcher_says_itself_when(tmp_path: Path) -> None:
    classes = """
class Flagged(BaseReload):
    def __init__(self, config, target, sockets):
        super().__init__(config, target, sockets)
        self.reloader_name = "Flagged"
        self.flag = Path(config.reload_dirs[0]) / "flag"

    def should_restart(self):
        self.pause()
        if self.flag.exists():
            self.flag.unlink()
            return [self.flag]
        return None
"""
    text = text_of(classes, "Flagged(config, server.run, sockets).run()", **reloading(tmp_path))
    with script(tmp_path, text) as server:
        says(server, "using Flagged")
        says(server, "is ready")
        (tmp_path / "flag").touch()
        says(server, "Flagged detected changes in")
        says(server, "is ready", 2)
        ends(server)


def test_files_that_a_wrapped_iter_py_files_yields_are_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What litellm does with its configuration."""
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    settings = tmp_path / "elsewhere" / "settings.yaml"
    settings.parent.mkdir()
    settings.write_text("one")
    classes = f"""
original = StatReload.iter_py_files

def with_settings(self):
    yield from original(self)
    yield Path({str(settings)!r})

StatReload.iter_py_files = with_settings
"""
    code = tmp_path / "code"
    code.mkdir()
    construct = "ChangeReload(config, server.run, sockets).run()"
    with script(code, text_of(classes, construct, **reloading(code))) as server:
        says(server, "is ready")
        settings.write_text("two!")
        says(server, "StatReload detected changes in")
        assert "settings.yaml" in server.log
        says(server, "is ready", 2)
        change(code)
        says(server, "script.py'. Reloading...")
        says(server, "is ready", 3)
        ends(server)


def test_iter_py_files_is_called_with_something_in_place_of_a_reloader(tmp_path: Path) -> None:
    from types import SimpleNamespace
    from typing import Any, cast

    from uvicorn.supervisors.statreload import StatReload

    (tmp_path / "app.py").touch()
    (tmp_path / "app.txt").touch()
    fake = cast(Any, SimpleNamespace(config=SimpleNamespace(reload_dirs=[tmp_path])))
    assert list(StatReload.iter_py_files(fake)) == [tmp_path / "app.py"]


def test_signals_may_be_left_to_the_program(tmp_path: Path) -> None:
    construct = """basereload.HANDLED_SIGNALS = []
    reloader = ChangeReload(config, server.run, sockets)
    signal.signal(signal.SIGTERM, lambda *_: say("the program's") or reloader.should_exit.set())
    reloader.run()"""
    with script(tmp_path, text_of("", construct, **reloading(tmp_path))) as server:
        says(server, "is ready")
        ends(server)
        assert "the program's" in server.log
        assert "Received SIGTERM" not in server.log
