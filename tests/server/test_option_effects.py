"""Options whose values end in the core: each arrives there, and does what its help says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import pytest

import uvicorn
from tests.apps.serving import Wire, get, in_thread, port_of
from tests.server.apps import hello, quiet
from uvicorn.assemble import settings
from uvicorn.options import rows
from uvicorn.state import DeflateSettings, Settings
from uvicorn.supervisors.statreload import StatReload
from uvicorn.system.recycling import Recycling

OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
HANDSHAKE = get(
    "/",
    *("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
    *("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", OFFER),
)

# What is no default, by the name of the option and of what the core reads.
PASSED = {
    "root_path": "/below",
    "date_header": False,
    "access_log": False,
    "limit_concurrency": 7,
    "limit_request_line": 701,
    "limit_request_head": 702,
    "limit_request_fields": 73,
    "timeout_keep_alive": 7.5,
    "timeout_request_head": 7.6,
    "timeout_write_stall": 7.7,
    "ws_max_size": 707,
    "ws_max_queue": 78,
    "ws_ping_interval": 7.9,
    "ws_ping_timeout": 8.1,
    "ws_close_timeout": 8.2,
    "ws_log_close": True,
    "http2_keep_alive_interval": 8.3,
    "http2_keep_alive_timeout": 8.4,
}
OF_COMPRESSION = {
    "window_bits": 9,
    "memory_level": 3,
    "level": 2,
    "threshold": 17,
    "server_takeover": False,
    "client_takeover": False,
}


# What follows from several options, or is known after loading.
DERIVED = {"asgi_version", "default_headers", "ws_deflate", "trusted"}


def test_what_the_core_reads_is_an_option_or_derived_from_some() -> None:
    assert set(Settings._fields) == {*PASSED, *DERIVED}
    assert set(DeflateSettings._fields) == {*OF_COMPRESSION}


@pytest.mark.parametrize("name", PASSED)
def test_an_option_reaches_the_core_under_its_name(name: str) -> None:
    config = quiet(hello, **{name: PASSED[name]})
    config.load()
    assert getattr(settings(config, "h11"), name) == PASSED[name]
    assert next(row.default for row in rows() if row.name == name) != PASSED[name]


@pytest.mark.parametrize("name", OF_COMPRESSION)
def test_an_option_of_compression_reaches_the_core(name: str) -> None:
    config = quiet(hello, **{f"ws_deflate_{name}": OF_COMPRESSION[name]})
    config.load()
    reached: Any = settings(config, "h11").ws_deflate
    assert getattr(reached, name) == OF_COMPRESSION[name]
    default = next(row.default for row in rows() if row.name == f"ws_deflate_{name}")
    assert default != OF_COMPRESSION[name]


@contextlib.contextmanager
def connected(app: Any, **options: Any) -> Iterator[Wire]:
    with in_thread(app, **options) as server, Wire(port_of(server)) as wire:
        yield wire


# Limits of a request


@pytest.mark.parametrize(
    ("limit", "value", "request_", "status"),
    [
        ("limit_request_line", 40, get("/" + "a" * 40), 414),
        ("limit_request_head", 40, get("/", "X-Long: " + "a" * 40), 431),
        ("limit_request_fields", 2, get("/", "X-One: 1", "X-Two: 2"), 431),
        ("timeout_request_head", 0.05, b"GET / HTTP/1.1\r\nHost:", 408),
    ],
)
def test_a_request_over_its_limit_is_refused(
    limit: str, value: float, request_: bytes, status: int
) -> None:
    with connected(hello, **{limit: value}) as wire:
        wire.send(request_)
        assert wire.read_until(b"\r\n").startswith(b"HTTP/1.1 %d " % status)


# Compression of WebSockets


async def accepting(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": "short"})
    await receive()


def answer_to_offer(**options: Any) -> tuple[bytes, int]:
    """The line with the extensions that were agreed on, and the first byte of a message."""
    with connected(accepting, **options) as wire:
        wire.send(HANDSHAKE)
        head = wire.read_until(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if b"extensions" in line.lower()]
        frame = wire.read_exactly(1)
    return b"".join(lines), frame[0]


PLAIN_TEXT, COMPRESSED_TEXT = 0x81, 0xC1


def test_compression_is_agreed_on_by_default_and_spares_short_messages() -> None:
    extensions, first = answer_to_offer()
    assert b"permessage-deflate" in extensions
    assert b"no_context_takeover" not in extensions
    assert first == PLAIN_TEXT


def test_compression_can_be_turned_off() -> None:
    assert answer_to_offer(ws_per_message_deflate=False) == (b"", PLAIN_TEXT)


def test_messages_from_the_threshold_on_are_compressed() -> None:
    assert answer_to_offer(ws_deflate_threshold=5)[1] == COMPRESSED_TEXT
    assert answer_to_offer(ws_deflate_threshold=6)[1] == PLAIN_TEXT


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("ws_deflate_window_bits", 9, b"server_max_window_bits=9"),
        ("ws_deflate_window_bits", 10, b"client_max_window_bits=10"),
        ("ws_deflate_server_takeover", False, b"server_no_context_takeover"),
        ("ws_deflate_client_takeover", False, b"client_no_context_takeover"),
    ],
)
def test_the_client_is_told_how_to_compress(option: str, value: Any, said: bytes) -> None:
    assert said in answer_to_offer(**{option: value})[0]
    assert said not in answer_to_offer()[0]


# Others


@pytest.mark.parametrize("reset", [False, True])
def test_what_a_request_sets_in_its_context_ends_with_it(reset: bool) -> None:
    """With and without reset_contextvars, which asks for what is there anyway."""
    seen: ContextVar[bytes] = ContextVar("seen", default=b"nothing")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = seen.get()
        seen.set(b"the one before")
        length = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": body})

    with connected(app, reset_contextvars=reset) as wire:
        wire.send(get("/") * 3)
        assert [wire.read_response() for _ in range(3)] == [(200, b"nothing")] * 3


def test_files_are_looked_at_after_the_reload_delay() -> None:
    config = uvicorn.Config("main:app", reload=True, reload_delay=7, log_config=None)
    reloader = StatReload(config)
    with contextlib.closing(reloader._inbox):
        assert reloader.watcher.delay == 7


def test_the_limit_of_memory_has_a_random_part() -> None:
    config = quiet(hello, limit_max_memory=100, limit_max_memory_jitter=5)
    drawn = {Recycling(config).most_memory for _ in range(200)}
    assert drawn <= set(range(100, 106))
    assert len(drawn) > 1
