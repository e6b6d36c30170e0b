"""All that the reference offers is here, but for the gaps that this file names with a reason.

collect_facts.py says where the stored facts are from, and how to collect them anew.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.apps.serving import ROOT

COLLECTOR = Path(__file__).with_name("collect_facts.py")
FACTS = Path(__file__).with_name("reference_facts.json")

# Why it is not here.
ENGINES = "zttp and zuvloop are engines of the reference alone"
HTTP2 = "on where a codec is there, so it has a word for off"
DIFFERS = "differs on purpose, see docs/migration.md"
INTERNAL = "a tool of the reference's own, not for its users"
IMPORTED = "imported there for the reference's own use; it has another home, which is here"
OWN_SHAPE = "the same is done in another way; a subclass has the hooks of the facade"
OWN_SOCKETS = "WebSockets have one conversation for all engines; it has no hooks"

KEEPALIVE = "keepalive_timeout schedule_ping send_keepalive_ping start_keepalive stop_keepalive"
APP_CALL = "on_task_complete receive run_asgi send send_500_response"
HANDLERS = "handle_close handle_connect handle_events handle_ping handle_pong"

HTTP = "uvicorn.protocols.http"
WS = "uvicorn.protocols.websockets"
MULTI = "uvicorn.supervisors.multiprocess"

# where, which names there (with what precedes them in the collector's lines), why
GAPS: list[tuple[str, str, str]] = [
    ("option ", "http2,default", HTTP2),
    ("config(", "http2)", HTTP2),
    ("run(", "http2)", HTTP2),
    ("option ", "timeout_graceful_shutdown,default", DIFFERS),
    ("config(", "timeout_graceful_shutdown)", DIFFERS),
    ("run(", "timeout_graceful_shutdown)", DIFFERS),
    ("option ", "app_dir,default", "shown as the current directory, which it is"),
    ("config(", "log_config)", "a dict that people change cannot be shown; it is the same one"),
    ("uvicorn.", "__version__", "ours is our own"),
    ("uvicorn.config.", "HTTPProtocolType.zttp HTTP_PROTOCOLS.zttp", ENGINES),
    ("uvicorn.config.", "LOOP_FACTORIES.zuvloop LoopFactoryType.zuvloop", ENGINES),
    ("uvicorn.main.", "HTTPProtocolType.zttp LoopFactoryType.zuvloop", ENGINES),
    ("uvicorn.", "_ansi.style()", INTERNAL),
    ("uvicorn._types.", "StartResponse", "a protocol class: write() is typed too"),
    ("uvicorn.lifespan.", "off.Config on.Config", IMPORTED),
    ("uvicorn.lifespan.on.", "LifespanReceiveMessage LifespanSendMessage", IMPORTED),
    ("uvicorn.middleware.wsgi.", "WSGIResponder.sender WSGIResponder.start_response", OWN_SHAPE),
    # Protocols
    (f"{HTTP}.auto.", "HttpToolsProtocol", IMPORTED),
    (f"{HTTP}.h11_impl.", "DEFAULT_MAX_INCOMPLETE_EVENT_SIZE", IMPORTED),
    (f"{HTTP}.h11_impl.H11Protocol.", "handle_websocket_upgrade", OWN_SHAPE),
    (f"{HTTP}.h11_impl.H11Protocol.", "timeout_keep_alive_handler", OWN_SHAPE),
    (f"{HTTP}.h11_impl.", "RequestResponseCycle()", "takes the rest as keywords"),
    (f"{HTTP}.h11_impl.", "RequestResponseCycle.send_500_response", OWN_SHAPE),
    (f"{HTTP}.httptools_impl.HttpToolsProtocol.", "handle_websocket_upgrade", OWN_SHAPE),
    (f"{HTTP}.httptools_impl.HttpToolsProtocol.", "on_body on_message_complete", OWN_SHAPE),
    (f"{HTTP}.httptools_impl.HttpToolsProtocol.", "timeout_keep_alive_handler", OWN_SHAPE),
    (f"{HTTP}.httptools_impl.", "RequestResponseCycle()", "has what the handler gives it"),
    (f"{HTTP}.httptools_impl.", "RequestResponseCycle.send_500_response", OWN_SHAPE),
    ("instance of H11Protocol.", "timeout_keep_alive_task", OWN_SHAPE),
    ("instance of HttpToolsProtocol.", "expect_100_continue parser pipeline", OWN_SHAPE),
    ("instance of HttpToolsProtocol.", "timeout_keep_alive_task", OWN_SHAPE),
    ("instance of RequestResponseCycle of H11Protocol.", "more_body", OWN_SHAPE),
    ("instance of RequestResponseCycle of H11Protocol.", "waiting_for_100_continue", OWN_SHAPE),
    ("instance of RequestResponseCycle of HttpToolsProtocol.", "more_body", OWN_SHAPE),
    (
        "instance of RequestResponseCycle of HttpToolsProtocol.",
        "chunked_encoding expected_content_length waiting_for_100_continue",
        OWN_SHAPE,
    ),
    (f"{WS}.auto.", "WebSocketsSansIOProtocol", IMPORTED),
    (f"{WS}.websockets_impl.", "HTTPResponse Server Subprotocol websockets_version", INTERNAL),
    (
        f"{WS}.websockets_impl.WebSocketProtocol.",
        "asgi_receive asgi_send on_task_complete process_request process_subprotocol run_asgi"
        " send_500_response ws_handler",
        OWN_SOCKETS,
    ),
    (f"{WS}.websockets_sansio_impl.", "websockets_version", INTERNAL),
    (
        f"{WS}.websockets_sansio_impl.WebSocketsSansIOProtocol.",
        f"{HANDLERS} {KEEPALIVE} {APP_CALL} handle_bytes handle_cont handle_parser_exception"
        " handle_text send_receive_event_to_app",
        OWN_SOCKETS,
    ),
    (f"{WS}.wsproto_impl.", "FrameTooLargeError WebsocketBuffer", INTERNAL),
    (
        f"{WS}.wsproto_impl.WSProtocol.",
        f"{HANDLERS} {KEEPALIVE} {APP_CALL} handle_message",
        OWN_SOCKETS,
    ),
    # Supervisors
    (f"{MULTI}.", "Multiprocess()", "takes (config, sockets), and (config, target, sockets) too"),
    (f"{MULTI}.", "Process()", "takes (config, sockets), and (config, target, sockets) too"),
    (f"{MULTI}.", "Server", IMPORTED),
    ("uvicorn.supervisors.", "basereload.style statreload.logger", IMPORTED),
    ("uvicorn.supervisors.", "statreload.Config watchfilesreload.Config", IMPORTED),
]
KNOWN = {
    where + name.replace(",", ", "): reason
    for where, names, reason in GAPS
    for name in names.split()
}


@pytest.fixture(scope="module")
def lacking() -> dict[str, str]:
    """What ours lacks, by where: the lines that the collector prints."""
    command = [sys.executable, "-W", "error", str(COLLECTOR), str(FACTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(line.split("\t") for line in done.stdout.splitlines())


def test_nothing_of_the_reference_is_missing_without_a_reason(lacking: dict[str, str]) -> None:
    assert {place: what for place, what in lacking.items() if place not in KNOWN} == {}


def test_the_gaps_that_are_named_are_there(lacking: dict[str, str]) -> None:
    assert KNOWN.keys() - lacking.keys() == set()


# What its own row of the page explains in other words, or nobody can import or call.
UNNAMED = (ENGINES, HTTP2, DIFFERS)
OF_SUPERVISORS = ("uvicorn.supervisors.", "instance of Multiprocess.", "instance of StatReload.")


def test_a_name_that_is_not_there_is_in_the_page_about_coming_here() -> None:
    page = (ROOT / "docs" / "migration.md").read_text(encoding="utf-8")
    missing = [
        place
        for place, reason in KNOWN.items()
        if place.startswith(("uvicorn.", "instance of"))
        and place != "uvicorn.__version__"
        and not place.startswith(OF_SUPERVISORS)
        and reason not in UNNAMED
        and not re.search(rf"`{place.rpartition('.')[2].removesuffix('()')}(\(\))?`", page)
    ]
    assert missing == []


def test_no_gap_is_named_twice() -> None:
    assert len(KNOWN) == sum(len(names.split()) for _, names, _ in GAPS)
