"""The client and the scheme that a trusted peer speaks of, in the scopes of the core."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.cases.forwarded import BOTH, CASES, CLIENT, PROXY, SOCKET, Case
from tests.core.apps import GET, reply, request
from tests.core.serving import Server
from tests.core.test_scope import Scopes
from tests.core.ws_apps import Listener
from tests.core.ws_peer import knock
from uvicorn.forwarded import TrustedHosts

FROM_PROXY = {"peername": PROXY, "sockname": ("198.51.100.1", 80)}
ON_UNIX = {"peername": "", "sockname": SOCKET[0]}


def extra(case: Case) -> dict[str, Any]:
    server = case.server
    return {
        "peername": case.peer,
        "sockname": server[0] if server and server[1] is None else server,
    }


def test_the_scope_has_what_a_trusted_peer_says(serve: Any) -> None:
    """An engine hands the lines on and knows nothing of the rules: one test for each."""

    def is_other(case: Case) -> bool:
        app = Scopes()
        server: Server = serve(app, trusted=TrustedHosts(case.trusted))
        client = server.connect(extra(case)).send(request(*case.lines))
        (scope,) = app.seen
        assert scope["server"] == case.server, case.name
        assert len(scope["headers"]) == 1 + len(case.lines), case.name
        assert [response.status for response in client.responses()] == [200], case.name
        return (scope["client"], scope["scheme"]) != (case.client, case.scheme)

    assert [case.name for case in CASES if is_other(case)] == []


def test_nothing_is_believed_where_nobody_is_trusted(serve: Any) -> None:
    app = Scopes()
    serve(app).connect(FROM_PROXY).send(request(*BOTH))
    assert (app.seen[0]["client"], app.seen[0]["scheme"]) == (PROXY, "http")


def test_each_request_of_a_connection_has_its_own_client(serve: Any) -> None:
    app = Scopes(spoil=True)
    client = serve(app, trusted=TrustedHosts("127.0.0.1")).connect(FROM_PROXY)
    for value in (b"203.0.113.1", b"203.0.113.2", b"203.0.113.2:9", b"203.0.113.1"):
        client.send(request(b"X-Forwarded-For: " + value, b"X-Forwarded-Proto: https"))
    client.send(GET)
    assert [(scope["client"], scope["scheme"]) for scope in app.seen] == [
        (("203.0.113.1", 0), "https"),
        (("203.0.113.2", 0), "https"),
        (("203.0.113.2", 9), "https"),
        (("203.0.113.1", 0), "https"),
        (PROXY, "http"),
    ]


def test_a_peer_is_judged_once(serve: Any) -> None:
    class Counted(TrustedHosts):
        asked = 0

        def trusts_peer(self, *addresses: Any) -> bool:
            self.asked += 1
            return super().trusts_peer(*addresses)

    trusted = Counted("127.0.0.1")
    serve(Scopes(), trusted=trusted).connect(FROM_PROXY).send(request(*BOTH), GET, GET)
    assert trusted.asked == 1


def test_over_tls_a_proxy_may_say_that_its_client_has_none(serve_once: Any) -> None:
    app = Scopes()
    server = serve_once(app, trusted=TrustedHosts("127.0.0.1"))
    client = server.connect({**FROM_PROXY, "sslcontext": object()})
    client.send(request(b"X-Forwarded-Proto: http"), GET)
    assert [scope["scheme"] for scope in app.seen] == ["http", "https"]


@pytest.mark.parametrize(
    ("said", "scheme"),
    [
        ("http", "ws"),
        ("https", "wss"),
        ("ws", "ws"),
        ("wss", "wss"),
        ("WSS", "ws"),
        ("ftp", "ws"),
    ],
)
def test_a_websocket_has_the_scheme_of_websockets(
    serve_upgrades: Any, said: str, scheme: str
) -> None:
    app = Listener()
    server = serve_upgrades(app, trusted=TrustedHosts("192.0.2.1"))
    knock(server, BOTH[0], b"X-Forwarded-Proto: " + said.encode())
    assert (app.scope["scheme"], app.scope["client"]) == (scheme, CLIENT)


def test_a_websocket_of_a_stranger_is_the_strangers(serve_upgrades: Any) -> None:
    app = Listener()
    knock(serve_upgrades(app, trusted=TrustedHosts("127.0.0.1")), *BOTH)
    assert (app.scope["scheme"], app.scope["client"]) == ("ws", ("192.0.2.1", 40000))


@pytest.mark.parametrize("where", [FROM_PROXY, ON_UNIX], ids=["TCP", "Unix"])
def test_the_access_log_has_the_client(
    serve: Any, where: Any, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("uvicorn.access")
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level("INFO", "uvicorn.access"):
            server = serve(reply(), trusted=TrustedHosts("127.0.0.1,unix:"), access_log=True)
            server.connect(where).send(request(b"X-Forwarded-For: 203.0.113.7:99"))
    finally:
        logger.removeHandler(caplog.handler)
    lines = {record.getMessage() for record in caplog.records if record.name == "uvicorn.access"}
    assert lines == {'203.0.113.7:99 - "GET / HTTP/1.1" 200'}
