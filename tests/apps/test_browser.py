"""Pages in a real browser. conftest.py leaves them out where none is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.browsing import page_of
from tests.apps.serving import VARIANTS, Process, in_process

APP = "tests.apps.app_browser:app"


def seen(page: str) -> list[str]:
    """What the page's script has written down, and the title last."""
    title = re.search("<title>(.*?)</title>", page)
    assert title is not None, page
    return [*re.findall("<li>(.*?)</li>", page), title[1]]


@pytest.mark.parametrize("variant", VARIANTS[:1], ids=str, indirect=True)
def test_a_page_and_all_that_its_script_asks_for_arrive(server: Process, tmp_path: Path) -> None:
    assert seen(page_of(f"{server.url}/", tmp_path)) == [
        "json: %C3%A4",
        "stream: 0ä 1ä 2ä 3ä 4ä ",
        "many: 30",
        "echo: 1000000",
        "status: 404",
        "head: 0",
        "left: yes",
        "event: news",
        "style: rgb(1, 2, 3)",
        "Done",
    ]


@pytest.fixture
def example() -> Iterator[Process]:
    arguments = ("--app-dir", "examples", "--timeout-graceful-shutdown", "0")
    with in_process("hello:app", VARIANTS[0], *arguments) as process:
        yield process


def test_the_page_of_the_first_example_shows_what_it_asks_for(
    example: Process, tmp_path: Path
) -> None:
    # Its clock is the page's own, and stands still while an answer is awaited.
    page = page_of(f"{example.url}/", tmp_path, "--virtual-time-budget=5000")
    assert "<h1>Hello, world</h1>" in page
    assert '"hello": "world"' in page
    assert "Traceback" not in example.log
