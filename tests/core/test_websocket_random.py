"""Random conversations: messages are neither lost, doubled nor reordered, in any direction."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.conftest import WS_ENGINES, Serve
from tests.core.serving import Server
from tests.core.settings import deflate_settings
from tests.core.ws_peer import DEFLATE
from tests.core.ws_scenario import Said, Scenario, TwoTasks, check, converse
from uvicorn.state import DeflateSettings

CASES = 10_000 // len(WS_ENGINES)

SIZES = [0, 1, 125, 126, 127, 5000, 65_535, 65_536, 70_000]
PIECES = [1, 2, 3, 8, 100, 1000, 4096, 65_536, 262_144]


def said(octets: bytes) -> list[Said]:
    """Messages of up to six bytes each: what they are, their size, and where they are cut."""
    return [read_said(octets[at : at + 6]) for at in range(0, len(octets), 6)]


def read_said(octets: bytes) -> Said:
    kind, size, *cuts = (*octets, 0, 0)
    return Said(
        text=kind & 1 > 0,
        compressed=kind & 2 > 0,
        ping=kind & 4 > 0,
        size=SIZES[size % len(SIZES)] if kind & 8 else size,
        cuts=tuple(sorted(cut * 4 for cut in cuts[: kind >> 4 & 3])),
    )


# Bytes cost one draw, where lists of tuples cost many.
SCENARIOS = st.builds(
    Scenario,
    st.binary(max_size=36).map(said),
    st.binary(max_size=36).map(said),
    st.binary(min_size=1, max_size=4).map(lambda octets: [PIECES[n % 9] for n in octets]),
    st.binary(max_size=25).map(lambda octets: [octet % 5 for octet in octets]),
    st.sampled_from([0, 100, 65_536]),
    st.booleans(),
)
DEFLATES = st.sampled_from(
    [
        None,
        deflate_settings(threshold=0),
        deflate_settings(window_bits=15, threshold=100),
        deflate_settings(window_bits=9, server_takeover=False, client_takeover=False, threshold=1),
    ]
)
QUEUES = st.sampled_from([1, 2, 32])


class Servers:
    """One for each of the settings, made when first asked for; each conversation has its app."""

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.made: dict[Any, Server] = {}
        self.app = TwoTasks()

    async def call(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def server(self, deflate: DeflateSettings | None, queue: int) -> Server:
        key = deflate, queue
        if key not in self.made:
            self.made[key] = self.serve(self.call, ws_deflate=deflate, ws_max_queue=queue)
        return self.made[key]


def test_random_conversations_lose_double_and_reorder_nothing(serve_ws):
    servers = Servers(serve_ws)

    @settings(
        max_examples=CASES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(SCENARIOS, DEFLATES, QUEUES)
    def converse_at_random(scenario: Scenario, deflate: DeflateSettings | None, queue: int) -> None:
        server = servers.server(deflate, queue)
        servers.app = app = TwoTasks()
        peer = converse(server, app, scenario, [DEFLATE] if deflate else [])
        check(app, peer, scenario)
        server.clients.clear()

    converse_at_random()
