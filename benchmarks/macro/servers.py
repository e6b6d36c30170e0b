"""Which servers are measured, and the command line of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import tls
from .scenarios import SCENARIOS, Scenario

HTTP_APPS = {"raw": "asgi:app", "fastapi": "fastapi_app:app"}
WEBSOCKET_APPS = {"ws": "ws_echo:app"}
WSGI_APPS = {"flask": "flask_app:app"}
ASGI_APPS = HTTP_APPS | WEBSOCKET_APPS
ALL_APPS = ASGI_APPS | WSGI_APPS
OTHER_APPS = {"raw": ""}
OVER_HTTP2 = tuple(scenario.name for scenario in SCENARIOS if scenario.http2)


@dataclass(frozen=True)
class Server:
    """One row of the server table.

    `command` and the argument lists may hold `{bin}` (the folder of the peer's programs), `{port}`
    and `{app}`. `quiet` is added when the access log is off, `logged` when it is on (None: the
    server has none), `patient` when thousands of connections must stay open without requests.
    `apps` gives the applications it can run, `only` the scenarios where its answers mean something
    (all if empty). `deflates` says whether it has permessage-deflate for WebSockets; `plain` is
    added to turn that off, `wsgi` to run a WSGI application. `tls` is added for what is over TLS,
    with `{certificate}` and `{key}`, `cleartext` for what is not, `http2` for what is over HTTP/2;
    None: the server has none.
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
    deflates: bool = True
    plain: tuple[str, ...] = ()
    wsgi: tuple[str, ...] = ()
    tls: tuple[str, ...] | None = None
    cleartext: tuple[str, ...] = ()
    http2: tuple[str, ...] | None = None

    def runs(self, scenario: Scenario) -> bool:
        """Return whether the scenario can be measured on this server."""
        if self.only and scenario.name not in self.only:
            return False
        if scenario.access_log and self.logged is None:
            return False
        if scenario.deflate and not self.deflates:
            return False
        if scenario.tls and self.tls is None:
            return False
        if scenario.http2 and self.http2 is None:
            return False
        return scenario.app in self.apps

    def command_line(self, scenario: Scenario, bin_folder: str, port: int) -> list[str]:
        """Return the argv that serves `scenario` on 127.0.0.1:`port`."""
        parts = [*self.command, *((self.logged or ()) if scenario.access_log else self.quiet)]
        if scenario.measure == "idle":
            parts += self.patient
        if scenario.websocket and not scenario.deflate:
            parts += self.plain
        if scenario.app in WSGI_APPS:
            parts += self.wsgi
        parts += (self.tls or ()) if scenario.tls else self.cleartext
        if scenario.http2:
            parts += self.http2 or ()
        values = {"bin": bin_folder, "port": str(port), "app": self.apps[scenario.app]}
        if scenario.tls:
            values |= tls.files()
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

GO = ("{bin}/server", "{port}")


def _uvicorn(
    name: str,
    peer: str,
    http: str,
    *,
    ws: str | None = None,
    loop: str = "uvloop",
    build: str | None = None,
    apps: Mapping[str, str] = HTTP_APPS,
    only: tuple[str, ...] = (),
    http2: tuple[str, ...] | None = None,
) -> Server:
    """Return a row for ours or the reference: both have the same command line."""
    return Server(
        name,
        peer,
        (*UVICORN, "--http", http, *(("--ws", ws) if ws else ()), "--loop", loop),
        env={"UVICORN_EXTENSIONS": build} if build else {},
        apps=apps,
        quiet=("--no-access-log",),
        logged=("--access-log",),
        patient=("--timeout-keep-alive", "300"),
        plain=("--ws-per-message-deflate", "false"),
        wsgi=("--interface", "wsgi"),
        tls=("--ssl-certfile", "{certificate}", "--ssl-keyfile", "{key}"),
        only=only,
        http2=http2,
    )


def _ours(
    name: str,
    http: str,
    *,
    ws: str | None = None,
    loop: str = "uvloop",
    apps: Mapping[str, str] = HTTP_APPS,
    only: tuple[str, ...] = (),
    http2: tuple[str, ...] | None = None,
) -> Server:
    """Return a row for ours: those called pure do without what was compiled."""
    build = "skip" if name.startswith("ours-pure") else "require"
    return _uvicorn(
        name, "ours", http, ws=ws, loop=loop, build=build, apps=apps, only=only, http2=http2
    )


SERVERS = (
    _ours("ours", "native", ws="native", apps=ALL_APPS, http2=("--http2",)),
    _ours("ours-httptools", "httptools"),
    _ours("ours-h11", "h11"),
    _ours("ours-asyncio", "native", ws="native", loop="asyncio", apps=ALL_APPS),
    _ours("ours-websockets", "native", ws="websockets", apps=WEBSOCKET_APPS),
    _ours("ours-wsproto", "native", ws="wsproto", apps=WEBSOCKET_APPS),
    _ours("ours-pure-httptools", "httptools"),
    _ours("ours-pure-h11", "h11", apps=HTTP_APPS | WSGI_APPS),
    _ours("ours-pure-websockets", "httptools", ws="websockets", apps=WEBSOCKET_APPS),
    _ours("ours-pure-h2", "h11", only=OVER_HTTP2, http2=("--http2",)),
    _uvicorn("ref-httptools", "reference", "httptools", apps=HTTP_APPS | WSGI_APPS),
    _uvicorn("ref-a2wsgi", "reference-a2wsgi", "httptools", apps=WSGI_APPS),
    _uvicorn("ref-h11", "reference", "h11"),
    _uvicorn("ref-sansio", "reference", "httptools", ws="websockets-sansio", apps=WEBSOCKET_APPS),
    _uvicorn("ref-wsproto", "reference", "httptools", ws="wsproto", apps=WEBSOCKET_APPS),
    _uvicorn("ref-zttp", "reference-zttp", "zttp", only=OVER_HTTP2, http2=("--http2",)),
    Server(
        "granian",
        "granian",
        GRANIAN,
        quiet=("--no-access-log",),
        logged=("--access-log",),
        patient=("--backpressure", "100000"),
        deflates=False,
        tls=("--ssl-certificate", "{certificate}", "--ssl-keyfile", "{key}"),
        http2=("--http", "2"),
    ),
    Server(
        "hypercorn",
        "hypercorn",
        HYPERCORN,
        logged=("--access-logfile", "-"),
        patient=("--keep-alive", "300"),
        tls=("--certfile", "{certificate}", "--keyfile", "{key}"),
        http2=("--config", "hypercorn.toml"),
    ),
    Server("node", "node", ("{bin}/node", "server.js", "{port}"), apps=OTHER_APPS),
    Server("go", "go", GO, apps=OTHER_APPS, tls=("{certificate}", "{key}")),
    Server(
        "go-tls",
        "go",
        GO,
        apps=OTHER_APPS,
        only=("h2tls",),
        tls=("{certificate}", "{key}"),
        http2=(),
    ),
    Server("go-h2c", "go-h2c", GO, apps=OTHER_APPS, only=OVER_HTTP2, http2=()),
    Server(
        "nghttpd",
        "nghttpd",
        ("{bin}/nghttpd", "-a", "127.0.0.1", "-d", "{bin}/files", "{port}"),
        apps=OTHER_APPS,
        only=OVER_HTTP2,
        tls=("{key}", "{certificate}"),
        cleartext=("--no-tls",),
        http2=(),
    ),
    Server(
        "floor",
        "reference",
        ("{bin}/python", "floor.py", "{port}"),
        apps=OTHER_APPS,
        only=("hello", "browser", "idle", "startup"),
    ),
    Server(
        "wsfloor",
        "picows",
        ("{bin}/python", "wsfloor.py", "{port}"),
        apps={"ws": ""},
        deflates=False,
    ),
)
