"""Which servers are measured, and the command line of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .scenarios import Scenario

ASGI_APPS = {"raw": "asgi:app", "fastapi": "fastapi_app:app"}
OTHER_APPS = {"raw": ""}


@dataclass(frozen=True)
class Server:
    """One row of the server table.

    `command` and the argument lists may hold `{bin}` (the folder of the peer's programs), `{port}`
    and `{app}`. `quiet` is added when the access log is off, `logged` when it is on (None: the
    server has none), `patient` when thousands of connections must stay open without requests.
    `apps` gives the applications it can run, `only` the scenarios where its answers mean something
    (all if empty).
    """

    name: str
    peer: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    apps: Mapping[str, str] = field(default_factory=lambda: ASGI_APPS)
    quiet: tuple[str, ...] = ()
    logged: tuple[str, ...] | None = None
    patient: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    def runs(self, scenario: Scenario) -> bool:
        """Return whether the scenario can be measured on this server."""
        if self.only and scenario.name not in self.only:
            return False
        if scenario.access_log and self.logged is None:
            return False
        return scenario.app in self.apps

    def command_line(self, scenario: Scenario, bin_folder: str, port: int) -> list[str]:
        """Return the argv that serves `scenario` on 127.0.0.1:`port`."""
        parts = [*self.command, *((self.logged or ()) if scenario.access_log else self.quiet)]
        if scenario.measure == "idle":
            parts += self.patient
        values = {"bin": bin_folder, "port": str(port), "app": self.apps[scenario.app]}
        return [part.format(**values) for part in parts]


UVICORN = ("{bin}/uvicorn", "{app}", "--host", "127.0.0.1", "--port", "{port}")
GRANIAN = (
    *("{bin}/granian", "--interface", "asgi", "--workers", "1", "--loop", "uvloop"),
    *("--host", "127.0.0.1", "--port", "{port}", "{app}"),
)
HYPERCORN = (
    *("{bin}/hypercorn", "--workers", "1", "--worker-class", "uvloop"),
    *("--bind", "127.0.0.1:{port}", "{app}"),
)


def _uvicorn(name: str, peer: str, http: str, loop: str = "uvloop", build: str = "") -> Server:
    """Return a row for ours or the reference: both have the same command line."""
    return Server(
        name,
        peer,
        (*UVICORN, "--http", http, "--loop", loop),
        env={"UVICORN_EXTENSIONS": build} if build else {},
        quiet=("--no-access-log",),
        logged=("--access-log",),
        patient=("--timeout-keep-alive", "300"),
    )


SERVERS = (
    _uvicorn("ours", "ours", "native", build="require"),
    _uvicorn("ours-httptools", "ours", "httptools", build="require"),
    _uvicorn("ours-h11", "ours", "h11", build="require"),
    _uvicorn("ours-asyncio", "ours", "native", loop="asyncio", build="require"),
    _uvicorn("ours-pure-httptools", "ours", "httptools", build="skip"),
    _uvicorn("ours-pure-h11", "ours", "h11", build="skip"),
    _uvicorn("ref-httptools", "reference", "httptools"),
    _uvicorn("ref-h11", "reference", "h11"),
    Server(
        "granian",
        "granian",
        GRANIAN,
        quiet=("--no-access-log",),
        logged=("--access-log",),
        patient=("--backpressure", "100000"),
    ),
    Server(
        "hypercorn",
        "hypercorn",
        HYPERCORN,
        logged=("--access-logfile", "-"),
        patient=("--keep-alive", "300"),
    ),
    Server("node", "node", ("{bin}/node", "server.js", "{port}"), apps=OTHER_APPS),
    Server("go", "go", ("{bin}/server", "{port}"), apps=OTHER_APPS),
    Server(
        "floor",
        "reference",
        ("{bin}/python", "floor.py", "{port}"),
        apps=OTHER_APPS,
        only=("hello", "browser", "idle", "startup"),
    ),
)
