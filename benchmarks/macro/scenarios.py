"""What is measured: a table of scenarios, and the metrics that come out of them."""

from __future__ import annotations

from dataclasses import dataclass

from .messages import json_texts, letters

HELLO = b"Hello, world!"
HTTP = "HTTP"
HTTP2 = "HTTP/2"
WEBSOCKET = "WebSocket"

UPLOAD = 10_000_000

BROWSER_HEADERS = (
    ("Connection", "keep-alive"),
    ("Cache-Control", "max-age=0"),
    (
        "User-Agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Safari/537.36",
    ),
    (
        "Accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    ),
    ("Sec-Fetch-Site", "same-origin"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
    ("Referer", "http://127.0.0.1/login"),
    ("Accept-Encoding", "gzip, deflate, br"),
    ("Accept-Language", "en-GB,en;q=0.9,de;q=0.8"),
    ("Cookie", "sessionid=6f3a1c0b9d8e47f2a5b4; csrftoken=Zk3vT9qLw2Xn8RbY; theme=dark"),
)
"""With `Host`, which every client adds: 12 fields."""

PROXY_HEADERS = (("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"))
"""What a proxy adds; the load comes from the loopback, which ours and the reference trust."""


class WrongAnswer(Exception):
    """The server answered, but not with what the scenario expects."""


@dataclass(frozen=True)
class Scenario:
    """One row of the scenario table.

    `measure` names the kind of measurement (see `measure.kinds`), `app` the application that the
    server runs, `expect` the body that the right answer carries. `depth` requests or messages are
    in one write, and the next ones follow when all are answered; with `http2` so many streams are
    open on each connection, and the next one follows when one is answered. `connections` is None
    where the command line says how many.

    A WebSocket sends `messages` in turn, each in one frame, and expects them back; without any it
    only opens. `deflate` says whether permessage-deflate is negotiated. `tls` is HTTPS or WSS.
    """

    name: str
    measure: str = "cpu"
    app: str = "raw"
    path: str = "/"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    depth: int = 1
    access_log: bool = False
    expect: bytes = HELLO
    connections: int | None = None
    messages: tuple[bytes, ...] = ()
    binary: bool = False
    deflate: bool = False
    tls: bool = False
    http2: bool = False

    @property
    def websocket(self) -> bool:
        """Whether it speaks WebSocket, and not only HTTP."""
        return self.app == "ws"

    @property
    def protocol(self) -> str:
        """The title of the table that its metrics stand in."""
        return WEBSOCKET if self.websocket else HTTP2 if self.http2 else HTTP

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of what it yields."""
        return ("first", "start") if self.measure == "startup" else (self.name,)


def _websocket(
    name: str,
    messages: tuple[bytes, ...],
    *,
    depth: int = 1,
    binary: bool = False,
    deflate: bool = False,
    tls: bool = False,
) -> Scenario:
    """Return a row for an echo over 32 connections."""
    return Scenario(
        name,
        app="ws",
        depth=depth,
        connections=32,
        messages=messages,
        binary=binary,
        deflate=deflate,
        tls=tls,
    )


def _http2(
    name: str,
    *,
    path: str = "/",
    method: str = "GET",
    body: bytes = b"",
    expect: bytes = HELLO,
    connections: int = 16,
    depth: int = 32,
    tls: bool = False,
) -> Scenario:
    """Return a row over HTTP/2: without TLS the client begins with its preface."""
    return Scenario(
        name,
        path=path,
        method=method,
        body=body,
        expect=expect,
        connections=connections,
        depth=depth,
        tls=tls,
        http2=True,
    )


SCENARIOS = (
    Scenario("hello"),
    Scenario("pipelined", depth=16),
    Scenario("browser", headers=BROWSER_HEADERS),
    Scenario("proxied", headers=PROXY_HEADERS),
    Scenario("post", path="/echo", method="POST", body=b"x" * 1024, expect=b"x" * 1024),
    Scenario("body100k", path="/large", expect=b"x" * 100_000),
    Scenario("stream10", path="/stream", expect=b"x" * 1280),
    Scenario("log", access_log=True),
    Scenario("https", tls=True),
    Scenario("fastapi", app="fastapi", expect=b'{"message":"Hello, world!"}'),
    Scenario("wsgi", app="flask"),
    Scenario("idle", measure="idle"),
    Scenario("startup", measure="startup"),
    _websocket("ws32", (letters(32),)),
    _websocket("ws1k", (letters(1024),)),
    _websocket("ws64k", (letters(64 * 1024),), binary=True),
    _websocket("wspipe", (letters(32),), depth=16),
    _websocket("wss32", (letters(32),), tls=True),
    _websocket("wsdeflate", json_texts(), deflate=True),
    Scenario("wsidle", measure="idle", app="ws", connections=1000, deflate=True),
    _http2("h2hello"),
    _http2("h2body100k", path="/large", expect=b"x" * 100_000),
    _http2("h2one", connections=1, depth=100),
    _http2(
        "h2upload",
        path="/upload",
        method="POST",
        body=b"x" * UPLOAD,
        expect=b"%d" % UPLOAD,
        connections=4,
        depth=1,
    ),
    _http2("h2tls", tls=True),
    Scenario("h2idle", measure="idle", http2=True),
)


@dataclass(frozen=True)
class Metric:
    """A column of the table of its protocol: what a scenario yields."""

    name: str
    unit: str
    title: str
    protocol: str = HTTP


METRICS_OF = {scenario.name: scenario.metrics for scenario in SCENARIOS}

METRICS = (
    *(Metric(s.name, "us", s.name, s.protocol) for s in SCENARIOS if s.measure == "cpu"),
    Metric("idle", "kB", "idle conn"),
    Metric("first", "ms", "1st resp"),
    Metric("start", "MB", "at start"),
    Metric("wsidle", "kB", "wsidle", WEBSOCKET),
    Metric("h2idle", "kB", "h2idle", HTTP2),
)
