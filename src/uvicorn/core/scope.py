"""The ASGI HTTP scope: a template made once per connection, and a copy per request.

The keys are those of the ASGI spec 2.3 (HTTP connection scope) with `state` of lifespan. What a
trusted proxy says about its client replaces `client` and `scheme`, see forwarded.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, unquote

from ..forwarded import SCHEMES
from .interfaces import RequestHead

if TYPE_CHECKING:
    from .._shapes import Addressed
    from .._types import AppState, ASGIVersions, HTTPScope, RawHeaders, WebSocketScope, WWWScope
    from ..forwarded import TrustedHosts

SLASH = ord("/")
FORWARDED_FOR = b"x-forwarded-for"
FORWARDED_PROTO = b"x-forwarded-proto"
SHORTEST = len(FORWARDED_FOR)
# A longer target is not kept after its request: it would stay while the connection is idle.
LONGEST_KEPT = 256


def peer_address(transport: Addressed) -> tuple[str, int] | None:
    """(host, port) of the client; None for a unix socket."""
    address = transport.get_extra_info("peername")
    if isinstance(address, (list, tuple)) and len(address) >= 2:
        return (str(address[0]), int(address[1]))
    return None


def own_address(transport: Addressed) -> tuple[str, int | None] | None:
    """(host, port) of the server, or (path, None) for a unix socket."""
    address = transport.get_extra_info("sockname")
    if isinstance(address, (list, tuple)) and len(address) >= 2:
        return (str(address[0]), int(address[1]))
    if isinstance(address, (str, bytes)):
        return (address if isinstance(address, str) else address.decode(), None)
    return None


def peer_name(transport: Addressed) -> str:
    """The client's address for the log."""
    address = transport.get_extra_info("peername")
    return f"{address[0]}:{address[1]}" if isinstance(address, tuple) else "unix socket"


class ScopeTemplate:
    """What all requests of one connection have in common, and values of the last one.

    A connection often asks for the same again, so method and target are only read when they are
    not those of the request before.
    """

    def __init__(
        self,
        transport: Addressed,
        root_path: str,
        asgi_version: Literal["2.0", "3.0"],
        state: AppState,
        trusted: TrustedHosts | None,
    ) -> None:
        self.client = peer_address(transport)
        server = own_address(transport)
        # The peer of a connection does not change, so it is looked up once.
        if trusted is not None and not trusted.trusts_peer(self.client, server):
            trusted = None
        self.trusted = trusted
        self.root_path = root_path
        self.raw_root_path = quote(root_path, safe="/%:@!$&'()*+,;=~").encode("ascii")
        self.state = state
        self.asgi: ASGIVersions = {"version": asgi_version, "spec_version": "2.3"}
        # ASGI extensions, if the connection has any.
        self.extensions: dict[str, dict[object, object]] | None = None
        self.target = b""
        self.method = ""
        self.http_version = "1.1"
        # Every key is here, so that a copy is large enough when build() fills it in.
        self.common: HTTPScope = {
            "type": "http",
            "asgi": self.asgi,
            "http_version": "1.1",
            "server": server,
            "client": self.client,
            "scheme": "https" if transport.get_extra_info("sslcontext") else "http",
            "method": "",
            "root_path": root_path,
            "path": "",
            "raw_path": b"",
            "query_string": b"",
            "headers": [],
            "state": {},
        }

    def build(self, head: RequestHead) -> HTTPScope:
        """The scope of one request."""
        target = head.target
        headers = head.headers
        if target[0] != SLASH:
            target, headers = from_other_form(head)
        if target != self.target:
            self.read_target(target)
        # Mostly the same objects; equal ones that are not the same cost an assignment.
        if head.method is not self.method:
            self.method = self.common["method"] = head.method
        if head.http_version is not self.http_version:
            self.http_version = self.common["http_version"] = head.http_version
        scope = self.common.copy()
        # A middleware may write into these; the next request must not see it.
        scope["asgi"] = self.asgi.copy()
        scope["state"] = self.state.copy()
        scope["headers"] = headers
        if self.extensions is not None:
            scope["extensions"] = self.extensions.copy()
        if len(target) > LONGEST_KEPT:
            self.read_target(b"")
        if head.may_be_forwarded and self.trusted is not None:
            forward(scope, headers, self.trusted)
        return scope

    def read_target(self, target: bytes) -> None:
        """Put the path and the query of a target into `common`."""
        mark = target.find(b"?")
        query = b""
        raw_path = target
        if mark >= 0:
            raw_path = target[:mark]
            query = target[mark + 1 :]
        path = raw_path.decode("ascii")
        if "%" in path:
            path = unquote(path)
        if self.root_path:
            path = self.root_path + path
            raw_path = self.raw_root_path + raw_path
        self.target = target
        self.common["path"] = path
        self.common["raw_path"] = raw_path
        self.common["query_string"] = query

    def build_websocket(self, head: RequestHead, subprotocols: list[str]) -> WebSocketScope:
        """The scope of a WebSocket that a request asks for (ASGI 2.4)."""
        # One kind of scope becomes another, key by key.
        scope: Any = self.build(head)
        del scope["method"]
        scope["type"] = "websocket"
        scope["asgi"]["spec_version"] = "2.4"
        scope["scheme"] = "wss" if scope["scheme"] in ("https", "wss") else "ws"
        scope["subprotocols"] = subprotocols
        scope["extensions"] = {"websocket.http.response": {}}
        made: WebSocketScope = scope
        return made


def forward(scope: WWWScope, headers: RawHeaders, trusted: TrustedHosts) -> None:
    """Put the client and the scheme that a trusted peer names into the scope."""
    hops = b""
    scheme = b""
    for field in headers:
        name = field[0]
        # Most names are shorter.
        if len(name) < SHORTEST:
            continue
        if name == FORWARDED_FOR:
            hops = hops + b"," + field[1] if hops else field[1]
        elif name == FORWARDED_PROTO:
            scheme = field[1]
    if hops:
        known: dict[bytes, tuple[str, int]] = trusted.clients
        client = known.get(hops) or trusted.client_of(hops)
        if client is not None:
            scope["client"] = client
    if scheme:
        # Under another server, the middleware may get a value with blanks around it.
        said = SCHEMES.get(scheme) or SCHEMES.get(scheme.strip())
        if said is not None:
            scope["scheme"] = said


def from_other_form(head: RequestHead) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The target as a path, and the headers, of a request that is not in origin form.

    In absolute form the authority replaces the Host header (RFC 9112 section 3.2.2); `*` and
    the authority of CONNECT stay as they are.
    """
    target = head.target
    if head.method == "CONNECT" or target == b"*":
        return target, head.headers
    authority, slash, path = target.partition(b"://")[2].partition(b"/")
    host, mark, query = authority.partition(b"?")
    if mark:
        path = b"/?" + query + slash + path
    else:
        path = b"/" + path
    headers = [field for field in head.headers if field[0] != b"host"]
    headers.insert(0, (b"host", host))
    return path, headers
