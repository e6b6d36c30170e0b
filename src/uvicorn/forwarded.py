"""What X-Forwarded-For and X-Forwarded-Proto mean, and who may send them; without ASGI.

A peer that is trusted may speak for its client. Then

1.  X-Forwarded-For, all its lines joined, is read from the right: each hop was named by the one
    to its right. The first hop that is not trusted is the client; if all are trusted, the
    leftmost one is. Where everybody is trusted (`*`), the client is the leftmost one.
2.  A hop is an address, with or without a port, or a name (`proxy-1`, `unknown`, `_hidden`),
    which is trusted only if exactly this name is listed. Addresses come out in their normal form,
    IPv4 in IPv6 as IPv4. A hop without a port has port 0.
3.  Anything else ends the search, an empty hop too: anybody may have written what stands left of
    it. The client is then the hop to its right; without one, it stays the peer.
4.  The search also ends after LIMIT_HOPS.
5.  X-Forwarded-Proto counts only if it is one of SCHEMES; the last line wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The value of FORWARDED_ALLOW_IPS if it is not set.
LOOPBACK = "127.0.0.1,::1"

SCHEMES = {name.encode(): name for name in ("http", "https", "ws", "wss")}

# Nobody has so many proxies; each hop costs the parsing of an address.
LIMIT_HOPS = 100

# Entries of a trust list for every peer, and for those that come over a Unix socket; nginx also
# gives this name to a client on a Unix socket.
EVERYBODY = "*"
UNIX = "unix:"

# How many header values are remembered, and the longest one: clients choose what they send.
REMEMBERED = 1024
LONGEST_REMEMBERED = 128

MAPPED = IPv6Network("::ffff:0:0/96")

# Digits, dots and colons; `ipaddress` would accept any characters as a zone.
ADDRESS = re.compile(r"[0-9A-Fa-f:.]+(?:%[0-9A-Za-z._~-]+)?")
HOP = re.compile(r"(?:\[([^\[\]]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?")
# The last label does not begin with a digit: some programs would read 127.1 or 0x7f.1 as an
# address; here they are neither an address nor a name.
NAME = re.compile(r"(?:[0-9A-Za-z_-]+\.)*[A-Za-z_][0-9A-Za-z_-]*")
HIGHEST_PORT = 65535
# The longest name there may be; `ipaddress` is slow with longer texts.
LONGEST_HOP = 255


class TrustedHosts:
    """The peers that a trust list names: addresses, networks, names, `unix:`, or `*` alone for all.

    `listed` is one text with commas, or several. `doubts` has a sentence for each entry that is
    probably a mistake; such an entry is a name that nobody has.
    """

    def __init__(self, listed: str | Iterable[str]) -> None:
        self.everybody = False
        self.addresses: set[Address] = set()
        self.networks: list[Network] = []
        self.names: set[str] = set()
        self.doubts: list[str] = []
        self.known_hosts = lru_cache(REMEMBERED)(self.judge)
        # By header value. A plain dict: compiled code looks into it without a call.
        self.clients: dict[bytes, tuple[str, int]] = {}
        entries = split_entries(listed)
        if entries == [EVERYBODY]:
            self.everybody = True
        else:
            for entry in entries:
                self.add(entry)

    # The list.

    def add(self, entry: str) -> None:
        if entry.startswith(("/", UNIX)):
            self.names.add(socket_name(entry))
        elif "/" in entry:
            network = read_network(entry)
            if network is not None:
                self.networks.append(network)
            else:
                self.doubt(entry, no_network(entry))
        elif ":" in entry or entry.replace(".", "").isdigit():
            address = read_address(entry)
            if address is not None:
                self.addresses.add(address)
            else:
                self.doubt(entry, "is not an IP address; a port does not belong to it.")
        elif re.search(r"[\s*?\[\]]", entry):
            self.doubt(entry, no_name(entry))
        else:
            self.names.add(entry)

    def doubt(self, entry: str, reason: str) -> None:
        self.doubts.append(f"{entry!r} {reason}")
        self.names.add(entry)

    # Who is trusted.

    def trusts_peer(
        self, client: tuple[str, int] | None, server: tuple[str, int | None] | None
    ) -> bool:
        """Whether a peer may speak for others; `client` and `server` are those of its scope.

        A peer without an address is on a Unix socket only if the server is: a client that resets
        its TCP connection early enough has no address either.
        """
        if client is not None:
            return self.trusts(client[0])
        if self.everybody or server is None or server[1] is not None:
            return self.everybody
        return bool(self.names & {UNIX, server[0], UNIX + server[0]})

    def trusts(self, host: str) -> bool:
        return self.known_hosts(host)

    def judge(self, host: str) -> bool:
        if self.everybody or host in self.names:
            return True
        address = read_address(host)
        if address is None:
            return False
        if address in self.addresses or any(address in network for network in self.networks):
            return True
        # An entry without a zone means the address in any zone.
        return isinstance(address, IPv6Address) and IPv6Address(int(address)) in self.addresses

    # What the peer says.

    def client_of(self, value: bytes) -> tuple[str, int] | None:
        """(host, port) of the client by X-Forwarded-For; None if the peer stays the client.

        The result is also stored in `clients`, as long as there is room.
        """
        client = self.find_client(value.decode("latin-1"))
        if client is not None and len(value) <= LONGEST_REMEMBERED:
            if len(self.clients) >= REMEMBERED:
                self.clients.clear()
            self.clients[value] = client
        return client

    def find_client(self, text: str) -> tuple[str, int] | None:
        if self.everybody:
            return read_hop(text.partition(",")[0])
        client = None
        for _ in range(LIMIT_HOPS):
            text, comma, element = text.rpartition(",")
            element = element.strip(" \t")
            hop = read_hop(element)
            if hop is not None:
                client = hop
            elif element != UNIX:
                return client
            if not comma or not self.trusts(hop[0] if hop else UNIX):
                return client
        return client


def split_entries(listed: str | Iterable[str]) -> list[str]:
    texts = [listed] if isinstance(listed, str) else [str(text) for text in listed]
    entries = [entry.strip() for text in texts for entry in text.split(",")]
    return [entry for entry in entries if entry]


def socket_name(entry: str) -> str:
    """unix:, unix:path or a path; unix:///path is the same as unix:/path."""
    return UNIX + entry[len(UNIX) :].replace("///", "/", 1) if entry.startswith(UNIX) else entry


def read_network(entry: str) -> Network | None:
    try:
        network = ip_network(entry)
    except ValueError:
        return None
    if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
        prefix = network.prefixlen - MAPPED.prefixlen
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, prefix))
    return network


def read_address(text: str) -> Address | None:
    """The address; IPv4 mapped into IPv6 (RFC 4291 section 2.5.5.2) comes out as IPv4."""
    if ADDRESS.fullmatch(text) is None:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def no_network(entry: str) -> str:
    try:
        meant = ip_interface(entry)
    except ValueError:
        return "is not a network; write it like 10.0.0.0/8 or fd00::/8."
    return (
        f"is an address in a network: write {meant.network} for the network, or {meant.ip} for"
        " the address."
    )


def no_name(entry: str) -> str:
    if entry == EVERYBODY:
        return "trusts everybody: give it alone, or not at all."
    return (
        "is neither an address, a network nor a name: put commas between entries, and write"
        " networks like 10.0.0.0/8."
    )


def read_hop(element: str) -> tuple[str, int] | None:
    """(host, port) of one element of X-Forwarded-For; None if it is neither address nor name."""
    element = element.strip(" \t")
    if len(element) > LONGEST_HOP:
        return None
    match = HOP.fullmatch(element)
    # Without brackets and with more than one colon it is IPv6, or nothing.
    six, host, port = match.groups() if match else (element, "", None)
    if (port and int(port) > HIGHEST_PORT) or (six and ":" not in six):
        return None
    address = read_address(six or host)
    if address is not None:
        return str(address), int(port or 0)
    if host and NAME.fullmatch(host):
        return host, int(port or 0)
    return None
