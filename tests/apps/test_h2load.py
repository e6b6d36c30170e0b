"""h2load as a client. conftest.py leaves this out where it is not installed."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from functools import partial

import pytest

from tests.apps.serving import FEW, HOST, VARIANTS, Process, Variant, in_process, until
from tests.certificates import certificates

APP = "tests.apps.app_http2:app"
ARGUMENTS = ("--lifespan", "off")


def h2load(*arguments: str) -> subprocess.Popen[str]:
    path = shutil.which("h2load")
    assert path is not None, "CI is set, but h2load is not here: install nghttp2-client."
    command = [path, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def outcome(process: subprocess.Popen[str]) -> dict[str, int]:
    """How many requests were there, and what became of them."""
    output, _ = process.communicate(timeout=60)
    line = re.search("^requests: (.*)$", output, re.MULTILINE)
    assert line is not None, output
    return {name: int(number) for number, name in re.findall(r"(\d+) (\w+)", line[1])}


@pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)
@pytest.mark.parametrize("streams", ["1", "100"])
def test_h2load_has_all_its_answers(streams: str, server: Process) -> None:
    load = h2load("-n", "3000", "-c", "10", "-m", streams, f"{server.url}/echo?some")
    said = outcome(load)
    assert (said["succeeded"], said["done"]) == (3000, 3000)


def test_h2load_has_all_its_answers_over_tls() -> None:
    made = certificates()
    tls = ("--ssl-certfile", made.server, "--ssl-keyfile", made.key, "--no-access-log")
    with in_process(APP, VARIANTS[0], *ARGUMENTS, *tls) as server:
        url = f"https://{HOST}:{server.port}/large"
        assert outcome(h2load("-n", "60", "-c", "3", "-m", "10", url))["succeeded"] == 60


def times(server: Process, text: str, number: int) -> bool:
    return server.log.count(text) == number


@pytest.mark.parametrize("variant", FEW, ids=str)
def test_rolling_restarts_lose_no_request(variant: Variant) -> None:
    workers = ("--workers", "2", "--no-access-log")
    with in_process(APP, variant, *ARGUMENTS, *workers) as server:
        started = "Started server process"
        until(partial(times, server, started, 2), 30, "both workers are there")
        # By the rate: for as long as two restarts take, and some more.
        load = h2load("-D", "6", "-c", "8", "-m", "16", f"{server.url}/echo?some")
        for ended in (2, 4):
            server.signal(signal.SIGHUP)
            until(partial(times, server, started, ended + 2), 30, "the new workers are there")
            until(partial(times, server, "Finished server", ended), 30, "the old ones have ended")
        said = outcome(load)
        assert said["failed"] == said["errored"] == said["timeout"] == 0
        assert said["succeeded"] == said["done"] > 1000
    assert load.returncode == 0
