"""The chat of the examples, in two windows of a real browser."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.browsing import Window, windows
from tests.apps.serving import VARIANTS, Process, in_process, until

SAID = "[...document.querySelectorAll('#said li')].map(line => line.textContent)"


@pytest.fixture
def chat() -> Iterator[Process]:
    with in_process("chat:app", VARIANTS[0], "--app-dir", "examples") as process:
        yield process


def sees(window: Window, *lines: str) -> bool:
    return window.run(SAID)[-len(lines) :] == list(lines)


def say(window: Window, text: str) -> None:
    window.run(f"say.value = {text!r}; document.forms[0].requestSubmit()")


def test_guests_of_the_chat_hear_each_other_until_the_server_ends(
    chat: Process, tmp_path: Path
) -> None:
    with windows(tmp_path, chat.url, chat.url) as (here, there):
        until(lambda: sees(there, "Guests: 2") and sees(here, "Guests: 2"), 30, "both are in")
        say(here, "Hello, Grüße")
        until(lambda: sees(there, "Guests: 2", "Hello, Grüße"), what="the first line is there")
        say(there, "x" * 900)
        until(lambda: sees(here, "Hello, Grüße", "x" * 900), what="the answer is here")
        say(there, "y" * 1001)
        until(lambda: sees(there, "The end. Too long."), what="too long a line ends it")
        until(lambda: sees(here, "x" * 900, "Guests: 1"), what="the other is told")
        chat.signal(signal.SIGTERM)
        until(lambda: here.run("socket.readyState") == 3, what="the server has said goodbye")
    assert "Traceback" not in chat.log
