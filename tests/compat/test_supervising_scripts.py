"""Scripts that start processes by the names of the reference's supervisors, and that wrap apps."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import httpx
import pytest

from tests.apps.serving import BUILDS, until
from tests.compat.test_scripts import ask, script


def text_of(construct: str, **options: object) -> str:
    """A script that listens, and has `construct` serve what it listens on."""
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return f"""
import uvicorn
from uvicorn.supervisors import ChangeReload, Multiprocess

if __name__ == "__main__":
    config = uvicorn.Config("script:app", port=0, lifespan="off"{given})
    server = uvicorn.Server(config)
    sockets = [config.bind_socket()]
    {construct}
    sockets[0].close()
    print("the script goes on", flush=True)
"""


def first_answer(url: str) -> str:
    """bind_socket() does not listen yet; the child does."""

    def look() -> str:
        try:
            return ask(url)
        except httpx.ConnectError:
            return ""

    return until(look)


SUPERVISORS = {
    "today": "Multiprocess(config, sockets).run()",
    "today, by name": "Multiprocess(config, sockets=sockets).run()",
    "before 0.51": "Multiprocess(config, server.run, sockets).run()",
    "before 0.51, by name": "Multiprocess(config, target=server.run, sockets=sockets).run()",
}
RELOADERS = {
    "by name": "ChangeReload(config, target=server.run, sockets=sockets).run()",
    "by position": "ChangeReload(config, server.run, sockets).run()",
}


@pytest.mark.parametrize("construct", SUPERVISORS.values(), ids=list(SUPERVISORS))
@pytest.mark.parametrize("build", BUILDS)
def test_multiprocess_takes_its_parameters_as_ever(
    tmp_path: Path, build: str, construct: str
) -> None:
    with script(tmp_path, text_of(construct, workers=2), build) as server:
        server.wait_for_port()
        assert first_answer(server.url) == "hello"
        until(lambda: server.log.count("Started server process") == 2)
        server.signal(signal.SIGTERM)
        assert server.wait() == 0, server.log
        assert server.log.count("Finished server process") == 2
        assert server.log.rstrip().endswith("the script goes on")


@pytest.mark.parametrize("construct", RELOADERS.values(), ids=list(RELOADERS))
def test_reloader_takes_its_parameters_as_ever(tmp_path: Path, construct: str) -> None:
    text = text_of(construct, reload=True, reload_dirs=[str(tmp_path)])
    with script(tmp_path, text) as server:
        server.wait_for_port()
        assert first_answer(server.url) == "hello"
        changed = (tmp_path / "script.py").read_text().replace('b"hello"', 'b"changed"')
        (tmp_path / "script.py").write_text(changed)
        until(lambda: "Reloading..." in server.log)
        assert ask(server.url) == "changed"
        server.signal(signal.SIGTERM)
        assert server.wait() == 0, server.log
        assert server.log.rstrip().endswith("the script goes on")


@pytest.mark.quick
def test_get_subprocess_makes_a_process_that_serves(tmp_path: Path) -> None:
    construct = """
    from uvicorn._subprocess import get_subprocess
    process = get_subprocess(config, target=server.run, sockets=sockets)
    process.start()
    process.join()
    print("it ended with", process.exitcode, flush=True)
"""
    with script(tmp_path, text_of(construct)) as server:
        server.wait_for_port()
        assert first_answer(server.url) == "hello"
        child = until(lambda: re.search(r"Started server process \[(\d+)\]", server.log))
        assert child is not None
        os.kill(int(child[1]), signal.SIGTERM)
        assert server.wait() == 0, server.log
        assert f"it ended with {-signal.SIGTERM}" in server.log


def test_is_alive_of_a_worker_may_be_patched(tmp_path: Path) -> None:
    """For workers that compute for longer than the supervisor has patience."""
    text = """
import uvicorn
from uvicorn.supervisors.multiprocess import Process

original = Process.is_alive

def is_alive(self, timeout=60):
    print("asked", timeout > 0, flush=True)
    return original(self, timeout)

Process.is_alive = is_alive

if __name__ == "__main__":
    uvicorn.run("script:app", port=0, lifespan="off", workers=2)
"""
    with script(tmp_path, text) as server:
        server.wait_for_port()
        until(lambda: "asked True" in server.log)
        server.signal(signal.SIGTERM)
        server.wait()
        assert "Traceback" not in server.log


@pytest.mark.parametrize("build", BUILDS)
def test_middleware_for_proxies_that_the_app_has_put_around_itself(
    tmp_path: Path, build: str
) -> None:
    text = """
import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

async def client(scope, receive, send):
    body = f"{scope['scheme']} {scope['client'][0]}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})

wrapped = ProxyHeadersMiddleware(client, trusted_hosts=["127.0.0.1", "10.0.0.0/8"])
uvicorn.run(wrapped, port=0, lifespan="off", proxy_headers=False)
"""
    said = {"X-Forwarded-For": "203.0.113.7, 10.0.0.2", "X-Forwarded-Proto": "https"}
    with script(tmp_path, text, build) as server:
        server.wait_for_port()
        with httpx.Client(trust_env=False) as asking:
            assert asking.get(server.url, headers=said).text == "https 203.0.113.7"
            assert asking.get(server.url).text == "http 127.0.0.1"
