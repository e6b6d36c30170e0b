"""What is measured: a table of scenarios, and the metrics that come out of them."""

from __future__ import annotations

from dataclasses import dataclass

HELLO = b"Hello, world!"

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


@dataclass(frozen=True)
class Scenario:
    """One row of the scenario table.

    `measure` names the kind of measurement (see `measure.KINDS`), `app` the application that the
    server runs, `expect` the body that the right answer carries.
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

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of what it yields."""
        return ("first", "start") if self.measure == "startup" else (self.name,)


SCENARIOS = (
    Scenario("hello"),
    Scenario("pipelined", depth=16),
    Scenario("browser", headers=BROWSER_HEADERS),
    Scenario("post", path="/echo", method="POST", body=b"x" * 1024, expect=b"x" * 1024),
    Scenario("body100k", path="/large", expect=b"x" * 100_000),
    Scenario("stream10", path="/stream", expect=b"x" * 1280),
    Scenario("log", access_log=True),
    Scenario("fastapi", app="fastapi", expect=b'{"message":"Hello, world!"}'),
    Scenario("idle", measure="idle"),
    Scenario("startup", measure="startup"),
)


@dataclass(frozen=True)
class Metric:
    """A column of the tables: what a scenario yields."""

    name: str
    unit: str
    title: str


METRICS_OF = {scenario.name: scenario.metrics for scenario in SCENARIOS}

METRICS = (
    *(Metric(s.name, "us", s.name) for s in SCENARIOS if s.measure == "cpu"),
    Metric("idle", "kB", "idle conn"),
    Metric("first", "ms", "1st resp"),
    Metric("start", "MB", "at start"),
)
