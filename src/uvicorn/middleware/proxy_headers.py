"""For apps that wrap themselves in it; the server does the same without it, see docs/proxies.md.

Both together do no harm: the second finds a peer that is not trusted, or the same client again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..forwarded import TrustedHosts

if TYPE_CHECKING:
    from .._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
    from ..forwarded import Address, Network

logger = logging.getLogger("uvicorn.error")


class ProxyHeadersMiddleware:
    """Gives `app` the client and the scheme that a trusted peer names in its headers.

    `trusted_hosts` is a list as for --forwarded-allow-ips, a text with commas or several texts.
    An entry that is probably a mistake gets a warning, and trusts nobody. `client` and `scheme`
    are replaced in the scope itself, so the server's access log has them too.
    """

    def __init__(
        self, app: ASGI3Application, trusted_hosts: str | Iterable[str] = "127.0.0.1"
    ) -> None:
        self.app = app
        self.trusted_hosts = _TrustedHosts(trusted_hosts)
        for doubt in self.trusted_hosts.doubts:
            logger.warning("ProxyHeadersMiddleware trusts nobody for this entry: %s", doubt)

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] != "lifespan" and self.trusted_hosts.trusts_peer(
            scope.get("client"), scope.get("server")
        ):
            # Only here: most servers need only the name of this class, and never the pure core.
            from ..core.scope import forward

            forward(scope, scope["headers"], self.trusted_hosts)
            if scope["type"] == "websocket":
                scope["scheme"] = scope["scheme"].replace("http", "ws")
        await self.app(scope, receive, send)


class _TrustedHosts(TrustedHosts):
    """With the names that tests of other programs use."""

    @property
    def always_trust(self) -> bool:
        return self.everybody

    @property
    def trusted_hosts(self) -> set[Address]:
        return self.addresses

    @property
    def trusted_networks(self) -> set[Network]:
        return set(self.networks)

    @property
    def trusted_literals(self) -> set[str]:
        return self.names

    def __contains__(self, host: str | None) -> bool:
        return self.everybody if host is None else self.trusts(host)

    def get_trusted_client_address(self, x_forwarded_for: str) -> tuple[str, int]:
        """(host, port) of the client; ("", 0) if it stays the peer."""
        return self.find_client(x_forwarded_for) or ("", 0)
