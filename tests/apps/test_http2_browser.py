"""HTTP/2 with a real browser. conftest.py leaves this out where none is installed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.apps.app_http2 import LARGE
from tests.apps.browsing import page_of, windows
from tests.apps.serving import FEW, HOST, VARIANTS, Process, Variant, in_process, until
from tests.apps.test_browser import seen
from tests.certificates import certificates

APP = "tests.apps.app_http2:app"
TRUSTING = "--ignore-certificate-errors"


@pytest.fixture
def page(variant: Variant) -> Iterator[Process]:
    made = certificates()
    tls = ("--ssl-certfile", made.server, "--ssl-keyfile", made.key)
    with in_process(APP, variant, "--lifespan", "off", *tls) as process:
        yield process
        assert "Traceback" not in process.log


@pytest.mark.parametrize("variant", FEW, ids=str, indirect=True)
def test_a_page_all_its_requests_and_its_websocket_are_one_connection(
    page: Process, tmp_path: Path
) -> None:
    assert seen(page_of(f"https://{HOST}:{page.port}/", tmp_path, TRUSTING)) == [
        "page: h2",
        "hinted: true",
        "style: rgb(1, 2, 3)",
        "many: true",
        "upload: e55b8bdf",
        f"download: {LARGE}",
        "left: all",
        "chat: version 29,hello5,xxxxxxxxx200000",
        "connections: 1",
        "Done",
    ]


def under_way(url: str) -> int:
    """How many responses have begun, and neither ended nor lost their client."""
    context = certificates().client_context()
    return int(httpx.get(f"{url}/under-way", verify=context, trust_env=False).text)


@pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
def test_the_requests_of_a_page_that_is_left_are_over(page: Process, tmp_path: Path) -> None:
    url = f"https://{HOST}:{page.port}"
    with windows(tmp_path, f"{url}/version", options=(TRUSTING,)) as (window,):
        until(lambda: window.run("document.body.textContent") == "2", 30, "the page is there")
        window.run("for (let each = 0; each < 100; each++) fetch('/endless'); 0")
        until(lambda: under_way(url) == 100, what="all have begun")
        window.run("location.reload(); 0")
        until(lambda: under_way(url) == 0, what="all are over")
        until(lambda: window.run("document.body.textContent") == "2", 30, "the page is there again")


@pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
def test_a_websocket_hears_that_the_server_ends(page: Process, tmp_path: Path) -> None:
    url = f"https://{HOST}:{page.port}"
    script = """
        window.chat = new WebSocket(`wss://${location.host}/chat`)
        window.chatEnded = new Promise(resolve => { chat.onclose = event => resolve(event.code) })
        new Promise(resolve => { chat.onmessage = event => resolve(event.data) })
    """
    with windows(tmp_path, f"{url}/version", options=(TRUSTING,)) as (window,):
        until(lambda: window.run("document.body.textContent") == "2", 30, "the page is there")
        assert window.run(script) == "version 2"
        page.signal(signal.SIGTERM)
        assert window.run("window.chatEnded") == 1012
    assert page.wait() in (0, -signal.SIGTERM)
