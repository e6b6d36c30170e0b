"""fastapi-cli: `fastapi run` and `fastapi dev`, which call uvicorn.run(), in real processes."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.apps.serving import FEW, VARIANTS, Process, Variant, process, until

APP = """
from contextlib import asynccontextmanager
from fastapi import FastAPI, Request

@asynccontextmanager
async def lifespan(app: FastAPI):
    yield {{"text": "{text}"}}
    print("lifespan is over", flush=True)

app = FastAPI(lifespan=lifespan)

@app.get("/")
async def hello(request: Request) -> dict[str, str]:
    return {{"text": request.state.text, "scheme": request.url.scheme}}
"""
# Where a terminal is, the command gives run() a log_config with formatters of its own.
IN_TERMINAL = "import sys; sys.stdout.isatty = lambda: True; from fastapi.cli import main; main()"
PLAIN = ("-m", "fastapi")

Start = Callable[..., Process]

# Of a variant it takes the build alone.
on_one = pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
on_few = pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)


@pytest.fixture
def save(tmp_path: Path) -> Callable[[str], None]:
    """Saves an app that answers this text; as an editor does, by a rename."""

    def write(text: str) -> None:
        draft = tmp_path / "draft~"
        draft.write_text(APP.format(text=text))
        os.replace(draft, tmp_path / "main.py")

    write("one")
    return write


@pytest.fixture
def start(variant: Variant, save: Callable[[str], None], tmp_path: Path) -> Iterator[Start]:
    """Starts `fastapi COMMAND` for the app that was saved."""
    # Two versions of one size within a second would share their bytecode.
    environment = {**variant.environment, "PYTHONDONTWRITEBYTECODE": "1", "TERM": "dumb"}
    with ExitStack() as stack:

        def begin(command: str, *arguments: str, interpreter: tuple[str, ...] = PLAIN) -> Process:
            line = [sys.executable, *interpreter, command, str(tmp_path / "main.py")]
            line += ["--host", "127.0.0.1", "--port", "0", *arguments]
            server = stack.enter_context(process(line, environment))
            server.wait_for_port()
            return server

        yield begin


def ask(server: Process, **headers: str) -> dict[str, str]:
    response = httpx.get(server.url, headers=headers, timeout=20, trust_env=False)
    answer: dict[str, str] = response.raise_for_status().json()
    return answer


@on_few
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 0)], ids=str
)
def test_fastapi_run_serves_and_ends_as_uvicorn_does(
    start: Start, number: signal.Signals, status: int
) -> None:
    server = start("run")
    assert ask(server) == {"text": "one", "scheme": "http"}
    # The command passes proxy_headers=True.
    assert ask(server, **{"x-forwarded-proto": "https"})["scheme"] == "https"
    server.signal(number)
    assert server.wait() == status
    assert "lifespan is over" in server.log
    assert "ERROR" not in server.log and "Traceback" not in server.log


@on_one
def test_fastapi_run_logs_by_formatters_of_its_own_in_a_terminal(start: Start) -> None:
    server = start("run", interpreter=("-c", IN_TERMINAL))
    assert ask(server)["text"] == "one"
    until(lambda: re.search(r'127\.0\.0\.1:\d+ - "GET / HTTP/1\.1" 200\n', server.log))
    assert "INFO:" not in server.log


@on_one
def test_fastapi_run_has_workers(start: Start) -> None:
    server = start("run", "--workers", "2")
    until(lambda: server.log.count("is ready") == 2, 60, "both workers serve")
    assert ask(server)["text"] == "one"
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert server.log.count("lifespan is over") == 2


@on_one
def test_fastapi_dev_serves_the_new_code_after_a_save(
    start: Start, save: Callable[[str], None], tmp_path: Path
) -> None:
    server = start("dev", "--reload-dir", str(tmp_path))
    assert ask(server)["text"] == "one"
    save("two")
    until(lambda: ask(server)["text"] == "two", 30, "the new code answers")
    assert "detected changes in" in server.log
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert server.log.count("lifespan is over") == 2
