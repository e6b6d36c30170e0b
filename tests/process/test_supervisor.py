"""What a supervisor does when the system, or a worker, does not do its part. Few real processes."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import pytest

import uvicorn
from tests.apps.serving import Variant, Wire, process, until
from tests.process import worker_apps
from tests.process.supervised import APPS, HELLO, Start, ask, children, wait_for, wait_for_workers
from uvicorn._subprocess import stdin_number
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess, multiprocess
from uvicorn.supervisors.control import Alive, ReopenLogs, linked
from uvicorn.supervisors.process import SERVING, Process

CONFIG = uvicorn.Config(f"{APPS}:app", workers=2, log_config=None)


@contextmanager
def supervising(supervisor: Multiprocess) -> Iterator[None]:
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield
    finally:
        supervisor.should_exit.set()
        thread.join(30)
    assert not thread.is_alive()


def test_a_system_without_room_for_a_process_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start, failures = Process.start, [OSError(errno.EAGAIN, "No room")] * 3

    def start_later(process: Process) -> None:
        if failures:
            raise failures.pop()
        start(process)

    monkeypatch.setattr(Process, "start", start_later)
    monkeypatch.setattr(multiprocess, "FIRST_PAUSE", 0.01)
    with (
        socket.create_server(("127.0.0.1", 0)) as sock,
        supervising(Multiprocess(CONFIG, [sock])),
        Wire(sock.getsockname()[1]) as client,
    ):
        client.send(HELLO)
        assert client.read_response()[0] == 200
    assert caplog.text.count("Cannot start a child process: [Errno 11] No room. Trying") == 3


def test_a_system_without_room_for_a_socket_leaves_the_number_of_workers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_room(*_: Any) -> None:
        raise OSError(errno.EMFILE, "No room")

    monkeypatch.setattr("uvicorn.supervisors.multiprocess.bind.beside", no_room)
    config = uvicorn.Config(f"{APPS}:app", workers=2, reuse_port=True, log_config=None)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        supervisor = Multiprocess(config, [sock])
        with supervising(supervisor), Wire(sock.getsockname()[1]) as client:
            client.send(HELLO)
            assert client.read_response()[0] == 200
            assert len(supervisor.processes) == supervisor.processes_num == 1
    assert "Cannot listen for one more child process: [Errno 24] No room" in caplog.text


def test_an_end_is_seen_at_once_by_whoever_waits_and_wakes_only_once() -> None:
    process = Process(CONFIG, worker_apps.end_at_once, [])
    process.start()
    process.process.join()
    assert process.sources
    assert wait(process.sources, 60)
    process.look_for_end()
    assert process.sources == []
    process.join()


def test_a_function_that_says_nothing_of_itself_is_answered_for_by_a_thread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        supervisor = Multiprocess(CONFIG, worker_apps.serve_by_itself, [sock])
        with supervising(supervisor), Wire(sock.getsockname()[1]) as client:
            client.send(HELLO)
            assert client.read_response()[0] == 200
            until(lambda: all(process._answered for process in supervisor.processes))
            assert all(process.is_ready() for process in supervisor.processes)


def test_a_worker_that_cannot_start_sets_should_exit() -> None:
    config = uvicorn.Config(f"{APPS}:fails_to_start", workers=2, log_config=None)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        supervisor = Multiprocess(config, [sock])
        with pytest.raises(SystemExit) as ended:
            supervisor.run()
    assert ended.value.code == STARTUP_FAILURE
    assert supervisor.should_exit.is_set()


def test_a_loop_that_fails_leaves_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Multiprocess):
        def handle_usr1(self) -> None:
            raise RuntimeError("broken")

    def is_up() -> bool:
        return len(supervisor.processes) == 2 and all(p.is_ready() for p in supervisor.processes)

    with socket.create_server(("127.0.0.1", 0)) as sock:
        supervisor = Broken(CONFIG, [sock])
        failures: list[BaseException] = []

        def run() -> None:
            try:
                supervisor.run()
            except RuntimeError as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        until(is_up, 60)
        supervisor.signal_queue.append(signal.SIGUSR1)
        thread.join(30)
        assert [str(error) for error in failures] == ["broken"]
        for process in supervisor.processes:
            process.process.join(30)
            assert process.exitcode is not None


def test_a_worker_that_reads_nothing_does_not_hold_its_supervisor_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = Process(CONFIG)
    reader: Any = Connection(os.dup(process._their_link.reader.fileno()), writable=False)
    monkeypatch.setattr(process.process, "start", lambda: None)
    with closing(process.link), closing(process._stacks), closing(reader):
        process.start()
        said = 0
        while process.link.send(ReopenLogs()):
            said += 1
        process.stop()
        # It hears all of it, and then that nobody speaks any more.
        assert [type(reader.recv()) for _ in range(said)] == [ReopenLogs] * said
        with pytest.raises(EOFError):
            reader.recv()


def test_a_worker_that_says_very_much_does_not_keep_the_others_waiting() -> None:
    ours, theirs = linked()
    with closing(ours), closing(theirs):
        theirs.never_block()
        said = 0
        while theirs.send(Alive()):
            said += 1
        heard = [len(ours.received()) for _ in range(said // 100 + 1)]
        assert heard[0] == 100 < said
        assert sum(heard) == said


class Running:
    """What multiprocessing says of a process that runs."""

    pid = None
    exitcode: int | None = None

    def is_alive(self) -> bool:
        return self.exitcode is None


class Ended(Running):
    exitcode = 0


@pytest.mark.parametrize(("state", "said"), [(Running, "has not answered"), (Ended, "")])
def test_a_worker_that_has_just_ended_is_not_taken_for_hung(
    state: type[Running], said: str
) -> None:
    """The supervisor may look for the ended ones a moment before it looks at limits."""
    process = Process(CONFIG)
    with closing(process.link), closing(process._their_link), closing(process._stacks):
        process._their_stacks.close()
        process.process = state()  # type: ignore[assignment]
        process.phase, process.is_supervised = SERVING, True
        assert process.overdue() == ""
        process.patience.silent = CONFIG.timeout_worker_healthcheck
        assert process.overdue().startswith(said)
        assert bool(process.overdue()) is bool(said)


@pytest.mark.parametrize("stdin", ["none", "closed", "another"])
def test_a_worker_is_given_no_standard_input_that_it_does_not_have(
    stdin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(os.devnull) as file:
        if stdin == "closed":
            file.close()
        monkeypatch.setattr(sys, "stdin", None if stdin == "none" else file)
        assert stdin_number() is None


CLOSED = ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"]


@pytest.mark.parametrize("options", [[], ["--preload"]], ids=["spawned", "forked"])
@pytest.mark.parametrize("closed", CLOSED)
def test_workers_serve_where_standard_descriptors_are_closed(
    closed: str, options: list[str], variant: Variant
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        command = [sys.executable, "-m", "uvicorn", f"{APPS}:app", "--fd", str(sock.fileno())]
        command += ["--no-use-colors", "--no-access-log", "--workers", "2", *options]
        there = ["sh", "-c", f'exec "$@" {closed}', "sh"]
        with process([*there, *command], variant.environment, [sock.fileno()]) as server:
            server.port = sock.getsockname()[1]
            worker = ask(server)
            for number in range(3):
                # Not a pipe or a socket of ours.
                assert not os.readlink(f"/proc/{worker}/fd/{number}").startswith(("pipe", "socket"))
            server.signal(signal.SIGTERM)
            assert server.wait() == 0


def test_what_is_told_to_end_while_it_starts_has_its_time() -> None:
    process = Process(CONFIG)
    with closing(process.link), closing(process._their_link), closing(process._stacks):
        process._their_stacks.close()
        process.started_at = time.monotonic() - 60
        process.stop()
        assert process.overdue() == ""
        process.stopped_at -= 60
        assert process.overdue() == "has not ended in time"


def test_who_cannot_start_does_not_end_those_who_serve(start: Start, tmp_path: Path) -> None:
    fail = tmp_path / "fail"
    server = start(app="starts_once", FAIL=str(fail))
    fail.touch()
    os.kill(children(server)[0], signal.SIGKILL)
    wait_for(server, "died, with exit status 3")
    assert len(children(server)) >= 1
    assert ask(server)
    fail.unlink()
    wait_for_workers(server, 3)
    assert len(children(server)) == 2


def test_sockets_of_a_worker_that_never_started_go_with_it(start: Start, tmp_path: Path) -> None:
    fail = tmp_path / "fail"
    server = start("--reuse-port", app="waits_to_start", FAIL=str(fail))
    fail.touch()
    server.signal(signal.SIGTTIN)
    wait_for(server, "Waiting for application startup.", 3)
    server.signal(signal.SIGTTOU)
    wait_for(server, "Terminated child process", seconds=10)
    assert all(ask(server) for _ in range(30))


def test_a_parent_that_is_told_to_end_while_it_preloads_leaves_nothing(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text("print('Importing', flush=True)\nimport time\ntime.sleep(60)")
    file = tmp_path / "pid"
    server = start(
        *("--preload", "--app-dir", str(tmp_path), "--pid-file", str(file)),
        app="slow:app",
        waits=False,
    )
    wait_for(server, "Importing")
    assert file.exists()
    server.signal(signal.SIGTERM)
    assert server.wait() == -signal.SIGTERM
    assert not file.exists()
    assert "Traceback" not in server.log


def handles_interrupts(pid: int) -> bool:
    """As Python does from early on in its start."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("SigCgt:")[2].split()[0], 16) & 1 << signal.SIGINT - 1 > 0


def test_an_interrupt_while_workers_start_shows_no_traceback(start: Start) -> None:
    server = start(waits=False)
    until(lambda: any(map(handles_interrupts, children(server))), 20)
    for worker in filter(handles_interrupts, children(server)):
        os.kill(worker, signal.SIGINT)
    server.signal(signal.SIGINT)
    server.wait()
    assert "Traceback" not in server.log


def test_stacks_that_nobody_reads_do_not_stop_a_worker(start: Start) -> None:
    server = start()
    before = children(server)
    for _ in range(150):
        for worker in before:
            os.kill(worker, signal.SIGUSR2)
        assert ask(server)
    assert children(server) == before
