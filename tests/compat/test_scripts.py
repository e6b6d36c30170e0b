"""Whole scripts, as they are found in the wild, run as they are there: each in a process."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.apps.serving import BUILDS, HOST, Process, Wire, get, process, until

HELLO = """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
    await send({"type": "http.response.body", "body": b"hello"})
"""

EXTENSIONS = {"compiled": "require", "pure": "skip"}


@contextlib.contextmanager
def script(folder: Path, text: str, build: str = BUILDS[0]) -> Iterator[Process]:
    """`text` run by Python as a file, until it ends; warnings are errors."""
    path = folder / "script.py"
    path.write_text(HELLO + text)
    command = [sys.executable, "-W", "error", str(path)]
    with process(command, {"UVICORN_EXTENSIONS": EXTENSIONS[build]}) as started:
        yield started


def ask(url: str) -> str:
    with httpx.Client(trust_env=False) as client:
        return client.get(url).text


# Signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("build", BUILDS)
def test_handle_exit_patched_at_import_ends_endless_streams(
    tmp_path: Path, build: str, number: int
) -> None:
    """What sse-starlette does: it learns from handle_exit() that its streams must end."""
    text = """
import asyncio
import uvicorn
from uvicorn.main import Server

class AppStatus:
    should_exit = False

    @staticmethod
    def handle_exit(*args, **kwargs):
        AppStatus.should_exit = True
        original_handler(*args, **kwargs)

original_handler = Server.handle_exit
Server.handle_exit = AppStatus.handle_exit

async def stream(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while not AppStatus.should_exit:
        await send({"type": "http.response.body", "body": b"data", "more_body": True})
        await asyncio.sleep(0.01)
    await send({"type": "http.response.body", "body": b"the end"})

uvicorn.run(stream, port=0, lifespan="off", timeout_graceful_shutdown=None)
"""
    with script(tmp_path, text, build) as server:
        server.wait_for_port()
        with Wire(server.port) as wire:
            wire.send(get("/"))
            wire.read_until(b"data")
            server.signal(number)
            wire.read_until(b"the end")
        expected = [-number] if number == signal.SIGTERM else [0, 130, -number]
        assert server.wait() in expected
        assert "ERROR" not in server.log


def test_handle_exit_patched_after_the_server_was_made_is_called(tmp_path: Path) -> None:
    text = """
import uvicorn
server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off"))
original = server.handle_exit
def handle_exit(sig, frame):
    print("handled", int(sig), flush=True)
    original(sig, frame)
server.handle_exit = handle_exit
server.run()
"""
    with script(tmp_path, text) as server:
        server.wait_for_port()
        server.signal(signal.SIGTERM)
        assert server.wait() == -signal.SIGTERM
        assert "handled 15" in server.log


def test_handler_of_the_program_is_called_after_the_server_has_ended(tmp_path: Path) -> None:
    text = """
import signal
import uvicorn
signal.signal(signal.SIGTERM, lambda sig, frame: print("mine", flush=True))
uvicorn.run(app, port=0, lifespan="off")
print("after run", flush=True)
"""
    with script(tmp_path, text) as server:
        server.wait_for_port()
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert server.log.index("Finished server process") < server.log.index("mine")
        assert server.log.rstrip().endswith("after run")


def test_run_ends_quietly_with_ctrl_c(tmp_path: Path) -> None:
    text = """
import uvicorn
uvicorn.run(app, port=0, lifespan="off")
"""
    with script(tmp_path, text) as server:
        server.wait_for_port()
        server.signal(signal.SIGINT)
        server.wait()
        assert "Traceback" not in server.log
        assert "Finished server process" in server.log


# Servers of a program's own


@pytest.mark.parametrize("build", BUILDS)
def test_server_in_a_thread_with_install_signal_handlers_overridden(
    tmp_path: Path, build: str
) -> None:
    """The test helper that has been copied from issue to issue for years."""
    text = """
import contextlib, threading, time, urllib.request
import uvicorn

class Server(uvicorn.Server):
    def install_signal_handlers(self):
        pass

    @contextlib.contextmanager
    def run_in_thread(self):
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            while not self.started:
                time.sleep(1e-3)
            yield
        finally:
            self.should_exit = True
            thread.join()

server = Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="info", lifespan="off"))
with server.run_in_thread():
    port = server.servers[0].sockets[0].getsockname()[1]
    print(urllib.request.urlopen(f"http://127.0.0.1:{port}").read().decode(), flush=True)
print("stopped", flush=True)
"""
    with script(tmp_path, text, build) as server:
        assert server.wait() == 0
        assert "hello\n" in server.log and server.log.rstrip().endswith("stopped")


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("loop", ["asyncio.run", "uvloop.run"])
def test_several_servers_in_one_loop(tmp_path: Path, build: str, loop: str) -> None:
    text = f"""
import asyncio
import uvicorn
import uvloop

def make(number):
    async def app(scope, receive, send):
        await send({{"type": "http.response.start", "status": 200, "headers": []}})
        await send({{"type": "http.response.body", "body": b"server %d" % number}})
    config = uvicorn.Config(app, port=0, lifespan="off", log_level="warning")
    return uvicorn.Server(config)

async def ask(server):
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.0\\r\\n\\r\\n")
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\\r\\n\\r\\n")[2].decode()

async def main():
    servers = [make(number) for number in range(3)]
    tasks = [asyncio.create_task(server.serve()) for server in servers]
    while not all(server.started for server in servers):
        await asyncio.sleep(0.001)
    print([await ask(server) for server in servers])
    servers[1].should_exit = True
    await tasks[1]
    print(await ask(servers[0]), await ask(servers[2]))
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*tasks)

{loop}(main())
print("all ended")
"""
    with script(tmp_path, text, build) as server:
        assert server.wait() == 0, server.log
        assert server.log.splitlines() == [
            "['server 0', 'server 1', 'server 2']",
            "server 0 server 2",
            "all ended",
        ]


def test_one_signal_ends_all_servers_of_a_loop(tmp_path: Path) -> None:
    """Each raises it again for the one before."""
    text = """
import asyncio
import uvicorn

async def main():
    configs = [uvicorn.Config(app, port=0, lifespan="off") for _ in range(2)]
    await asyncio.gather(*(uvicorn.Server(config).serve() for config in configs))

asyncio.run(main())
"""
    with script(tmp_path, text) as server:
        until(lambda: server.log.count("Uvicorn running on") == 2)
        server.signal(signal.SIGTERM)
        assert server.wait() == -signal.SIGTERM
        assert server.log.count("Finished server process") == 2


def test_serve_inside_a_program_with_sockets_of_its_own(tmp_path: Path) -> None:
    text = """
import asyncio, socket, sys
import uvicorn

async def main():
    sock = socket.socket(fileno=int(sys.stdin.readline())) if False else socket.socket()
    sock.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
    task = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.001)
    reader, writer = await asyncio.open_connection(*sock.getsockname())
    writer.write(b"GET / HTTP/1.0\\r\\n\\r\\n")
    print((await reader.read()).decode().splitlines()[0])
    writer.close()
    server.should_exit = True
    await task

asyncio.run(main())
"""
    text = text.replace("socket.socket(fileno=int(sys.stdin.readline())) if False else ", "")
    with script(tmp_path, text) as server:
        assert server.wait() == 0
        assert server.log == "HTTP/1.1 200 OK\n"


def test_on_tick_and_startup_may_be_extended(tmp_path: Path) -> None:
    text = """
import uvicorn

class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        print("started", self.started, flush=True)

    async def on_tick(self, counter):
        if counter == 2:
            print("third tick", flush=True)
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets=None):
        print("shutting down", flush=True)
        await super().shutdown(sockets=sockets)

Server(uvicorn.Config(app, port=0, lifespan="off", log_level="warning")).run()
"""
    with script(tmp_path, text) as server:
        assert server.wait() == 0
        assert server.log.splitlines() == ["started True", "third tick", "shutting down"]


def test_callback_notify_is_called_while_the_server_runs(tmp_path: Path) -> None:
    text = """
import uvicorn

async def notify():
    print("notified", flush=True)
    server.should_exit = True

config = uvicorn.Config(
    app, port=0, lifespan="off", log_level="warning", callback_notify=notify, timeout_notify=0
)
server = uvicorn.Server(config)
server.run()
"""
    with script(tmp_path, text) as server:
        assert server.wait() == 0
        assert server.log.splitlines() == ["notified"]


# Logging


@pytest.mark.parametrize("build", BUILDS)
def test_logging_config_edited_in_place_formats_both_logs(tmp_path: Path, build: str) -> None:
    text = """
import uvicorn
from uvicorn.config import LOGGING_CONFIG

LOGGING_CONFIG["formatters"]["default"]["fmt"] = "MY %(levelname)s %(message)s"
LOGGING_CONFIG["formatters"]["access"]["fmt"] = (
    'OUR %(client_addr)s %(request_line)s %(status_code)s'
)
LOGGING_CONFIG["loggers"]["uvicorn.error"]["level"] = "INFO"
uvicorn.run(app, port=0, lifespan="off")
"""
    with script(tmp_path, text, build) as server:
        server.wait_for_port()
        assert "MY INFO Uvicorn running" in server.log
        ask(f"{server.url}/path?a=b")
        line = r"OUR 127\.0\.0\.1:\d+ GET /path\?a=b HTTP/1\.1 200 OK\n"
        until(lambda: re.search(line, server.log), what=line)


def test_copied_logging_config_may_be_given(tmp_path: Path) -> None:
    text = """
import copy
import uvicorn
import uvicorn.config

config = copy.deepcopy(uvicorn.config.LOGGING_CONFIG)
config["formatters"]["access"]["fmt"] = "%(asctime)s %(message)s"
config["handlers"]["access"]["stream"] = "ext://sys.stderr"
config["loggers"]["uvicorn.access"]["level"] = "INFO"
uvicorn.run(app, port=0, lifespan="off", log_config=config)
"""
    with script(tmp_path, text) as server:
        server.wait_for_port()
        ask(f"{server.url}/path")
        line = r'\d{4}-\d\d-\d\d .* 127\.0\.0\.1:\d+ - "GET /path HTTP/1\.1" 200\n'
        until(lambda: re.search(line, server.log), what=line)


FILTERS = {
    "args": """
class Health(logging.Filter):
    def filter(self, record):
        client_addr, method, path, http_version, status_code = record.args
        assert (method, http_version, status_code) == ("GET", "1.1", 200)
        return path != "/health"
""",
    "args by index": """
class Health(logging.Filter):
    def filter(self, record):
        return len(record.args) >= 3 and record.args[2] != "/health"
""",
    "getMessage": """
class Health(logging.Filter):
    def filter(self, record):
        message = record.getMessage()
        assert message.endswith(' HTTP/1.1" 200'), message
        return message.find("GET /health ") == -1
""",
}


@pytest.mark.parametrize("kind", FILTERS)
@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("when", ["before", "while it runs"])
def test_filter_of_the_access_log_keeps_lines_out(
    tmp_path: Path, kind: str, build: str, when: str
) -> None:
    text = f"""
import logging
import uvicorn
{FILTERS[kind]}
def add():
    logging.getLogger("uvicorn.access").addFilter(Health())

async def late(scope, receive, send):
    if scope["path"] == "/add":
        add()
    await app(scope, receive, send)

{"add()" if when == "before" else ""}
uvicorn.run(late, port=0, lifespan="off")
"""
    with script(tmp_path, text, build) as server:
        server.wait_for_port()
        if when != "before":
            ask(f"{server.url}/add")
        for path in ("/health", "/seen", "/health", "/last"):
            ask(server.url + path)
        until(lambda: '"GET /last HTTP/1.1" 200' in server.log)
        assert "/seen" in server.log
        assert "/health" not in server.log
        assert "Traceback" not in server.log


def test_handler_added_to_the_access_log_gets_records(tmp_path: Path) -> None:
    text = """
import logging
import uvicorn

class List(logging.Handler):
    def emit(self, record):
        print("RECORD", record.name, record.args[1:], flush=True)

config = uvicorn.Config(app, port=0, lifespan="off")
logging.getLogger("uvicorn.access").addHandler(List())
uvicorn.Server(config).run()
"""
    with script(tmp_path, text) as server:
        server.wait_for_port()
        ask(f"{server.url}/path")
        until(lambda: "RECORD uvicorn.access ('GET', '/path', '1.1', 200)" in server.log)
        until(lambda: '"GET /path HTTP/1.1" 200 OK' in server.log)


def test_log_config_none_leaves_logging_to_the_program(tmp_path: Path) -> None:
    text = """
import logging
import uvicorn
logging.basicConfig(level="INFO", format="ROOT %(name)s %(message)s")
uvicorn.run(app, port=0, lifespan="off", log_config=None)
"""
    with script(tmp_path, text) as server:
        server.wait_for_port()
        assert "ROOT uvicorn.error Uvicorn running" in server.log
        ask(f"{server.url}/path")
        line = r'ROOT uvicorn\.access 127\.0\.0\.1:\d+ - "GET /path HTTP/1\.1" 200\n'
        until(lambda: re.search(line, server.log), what=line)


def test_loggers_of_uvicorn_may_be_routed_to_the_root_after_configuring(tmp_path: Path) -> None:
    """The loguru recipe: every handler goes, and all records propagate to one of the program's."""
    text = """
import logging
import uvicorn

class Intercept(logging.Handler):
    def emit(self, record):
        print("CAUGHT", record.name, record.getMessage(), flush=True)

config = uvicorn.Config(app, port=0, lifespan="off")
logging.root.handlers = [Intercept()]
for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
    logging.getLogger(name).handlers = []
    logging.getLogger(name).propagate = True
uvicorn.Server(config).run()
"""
    with script(tmp_path, text) as server:
        server.wait_for_port()
        ask(f"{server.url}/path")
        line = r'CAUGHT uvicorn\.access 127\.0\.0\.1:\d+ - "GET /path HTTP/1\.1" 200\n'
        until(lambda: re.search(line, server.log), what=line)
        assert "CAUGHT uvicorn.error Uvicorn running" in server.log


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("build", BUILDS)
def test_connections_of_a_running_server_can_be_ended_by_the_program(
    tmp_path: Path, build: str, loop: str
) -> None:
    """What supervisors in the wild do with `server_state.connections`."""
    text = f"""
import asyncio
import uvicorn

async def hang(scope, receive, send):
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b"hello", "more_body": True}})
    await asyncio.sleep(0)
    for connection in list(server.server_state.connections):
        transport = getattr(connection, "transport", None)
        assert transport is not None
        transport.abort()

config = uvicorn.Config(hang, port=0, lifespan="off", loop="{loop}")
server = uvicorn.Server(config)
server.run()
"""
    with script(tmp_path, text, build) as server:
        server.wait_for_port()
        with Wire(server.port) as wire:
            wire.send(get("/"))
            with contextlib.suppress(ConnectionResetError):
                wire.read_to_end()
        assert "AssertionError" not in server.log


@pytest.mark.parametrize("build", BUILDS)
def test_server_that_has_ended_leaves_no_connection_open(tmp_path: Path, build: str) -> None:
    """Even if the app ignores all that it is told: the program may live on for long."""
    text = """
import asyncio
import uvicorn

async def stubborn(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello", "more_body": True})
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

async def main():
    config = uvicorn.Config(stubborn, port=0, lifespan="off", timeout_graceful_shutdown=0.1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.001)
    address = server.servers[0].sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET / HTTP/1.1\\r\\nHost: test\\r\\n\\r\\n")
    await reader.readuntil(b"hello")
    server.should_exit = True
    await task
    try:
        await asyncio.wait_for(reader.read(), 5)
    except ConnectionResetError:
        pass
    print("closed", flush=True)
    os._exit(0)

import os
asyncio.run(main())
"""
    with script(tmp_path, text, build) as server:
        assert server.wait() == 0, server.log
        assert server.log.rstrip().endswith("closed")


def test_app_that_fails_at_startup_ends_the_program_with_3(tmp_path: Path) -> None:
    text = """
import uvicorn
async def failing(scope, receive, send):
    assert scope["type"] == "lifespan"
    raise RuntimeError("no database")
uvicorn.run(failing, port=0, lifespan="on")
"""
    with script(tmp_path, text) as server:
        assert server.wait() == 3
        assert "no database" in server.log


def test_a_taken_port_ends_the_program(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        text = f"""
import uvicorn
from uvicorn.main import STARTUP_FAILURE
try:
    uvicorn.run(app, port={taken.getsockname()[1]}, lifespan="off")
except SystemExit as error:
    assert error.code in (1, STARTUP_FAILURE)
    print("taken", flush=True)
"""
        with script(tmp_path, text) as server:
            assert server.wait() == 0, server.log
            assert "taken" in server.log
