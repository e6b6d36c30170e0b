"""What proxies and liars say in X-Forwarded-For and X-Forwarded-Proto, and who the client is then.

One row, one outcome. Everything that reads these headers is held to it: the core with each codec
in both builds, the middleware, and the protocol classes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

PROXY = ("127.0.0.1", 40000)
STRANGER = ("203.0.113.9", 40000)
SOCKET = ("/run/app.sock", None)
OURS = "127.0.0.1,::1,10.0.0.0/8,fd00::/8,edge-1"


class Case(NamedTuple):
    """`client` and `scheme` of the scope after `lines` from `peer`; by default as they were.

    `peer` is None on a Unix socket, where `server` is (path, None).
    """

    name: str
    lines: tuple[bytes, ...] = ()
    client: tuple[str, int] | None = PROXY
    scheme: str = "http"
    trusted: Any = OURS
    peer: tuple[str, int] | None = PROXY
    server: tuple[str, int | None] | None = ("198.51.100.1", 80)


def hops(name: str, value: bytes, client: tuple[str, int] | None = PROXY, **more: Any) -> Case:
    return Case(name, (b"X-Forwarded-For: " + value,), client, **more)


def proto(name: str, value: bytes, scheme: str = "http", **more: Any) -> Case:
    return Case(name, (b"X-Forwarded-Proto: " + value,), scheme=scheme, **more)


def peer(name: str, trusted: Any, host: str, believed: bool) -> Case:
    client = ("203.0.113.7", 0) if believed else (host, 1)
    return hops(name, b"203.0.113.7", client, trusted=trusted, peer=(host, 1))


CLIENT = ("203.0.113.7", 0)
BOTH = (b"X-Forwarded-For: 203.0.113.7", b"X-Forwarded-Proto: https")

WHO_IS_TRUSTED = [
    Case("nothing is said"),
    Case("a trusted peer", BOTH, CLIENT, "https"),
    Case("a stranger", BOTH, STRANGER, peer=STRANGER),
    Case("nobody is trusted", BOTH, trusted=""),
    Case("everybody is trusted", BOTH, CLIENT, "https", trusted="*", peer=STRANGER),
    Case("a list of texts", BOTH, CLIENT, "https", trusted=["10.0.0.0/8", "127.0.0.1"]),
    Case("a list in a list", BOTH, CLIENT, "https", trusted=["10.0.0.0/8, 127.0.0.1"]),
    Case("a star in a list is no star", BOTH, STRANGER, trusted="127.0.0.1,*", peer=STRANGER),
    peer("in a network", "10.0.0.0/8", "10.255.0.1", True),
    peer("beside a network", "10.0.0.0/8", "11.0.0.1", False),
    peer("in a network by its mask", "10.0.0.0/255.0.0.0", "10.1.1.1", True),
    peer("in an IPv6 network", "fd00::/8", "fd12::1", True),
    peer("IPv6 in another spelling", "2001:DB8:0:0::1", "2001:db8::1", True),
    peer("an address with a network's bits", "10.0.0.1/8", "10.0.0.1", False),
    peer("a network that is none", "10.0.0.0/33", "10.0.0.1", False),
    peer("IPv4 on an IPv6 socket", "127.0.0.1", "::ffff:127.0.0.1", True),
    peer("IPv4 on an IPv6 socket, in a network", "10.0.0.0/8", "::ffff:10.1.2.3", True),
    peer("IPv4, listed as IPv6", "::ffff:127.0.0.1", "127.0.0.1", True),
    peer("IPv4, its network listed as IPv6", "::ffff:10.0.0.0/104", "10.1.2.3", True),
    peer("all of IPv6 is not all of IPv4", "::/0", "::ffff:10.1.2.3", False),
    peer("IPv4 in the last bits alone is not IPv4", "127.0.0.1", "::127.0.0.1", False),
    peer("any zone", "fe80::1", "fe80::1%eth0", True),
    peer("its zone", "fe80::1%eth0", "fe80::1%eth0", True),
    peer("another zone", "fe80::1%eth0", "fe80::1%eth1", False),
    peer("a zone in a network", "fe80::/10", "fe80::1%eth0", True),
    peer("a name", "testclient", "testclient", True),
    peer("a name in other letters", "testclient", "TestClient", False),
    peer("a name that begins like it", "testclient", "testclient2", False),
    peer("no name at all", OURS, "", False),
    peer("a trusted name is looked up by nobody", "localhost", "127.0.0.1", False),
]

ON_UNIX: Any = {"peer": None, "server": SOCKET}
UNIX_SOCKETS = [
    Case("not by default", BOTH, None, **ON_UNIX),
    Case("with unix:", BOTH, CLIENT, "https", trusted="unix:", **ON_UNIX),
    Case("with unix: in a list", BOTH, CLIENT, "https", trusted="10.0.0.1,unix:", **ON_UNIX),
    Case("by its path", BOTH, CLIENT, "https", trusted="/run/app.sock", **ON_UNIX),
    Case("by unix:path", BOTH, CLIENT, "https", trusted="unix:/run/app.sock", **ON_UNIX),
    Case("by a URL", BOTH, CLIENT, "https", trusted="unix:///run/app.sock", **ON_UNIX),
    Case("by another path", BOTH, None, trusted="unix:/run/other.sock", **ON_UNIX),
    Case("with everybody", BOTH, CLIENT, "https", trusted="*", **ON_UNIX),
    Case("unix: is for no TCP", BOTH, STRANGER, trusted="unix:", peer=STRANGER),
    Case("a TCP peer that has lost its address", BOTH, None, trusted="unix:", peer=None),
    Case("a peer of nowhere", BOTH, None, trusted="unix:", peer=None, server=None),
    hops("a hop over a Unix socket", b"203.0.113.7, unix:", CLIENT, trusted="127.0.0.1,unix:"),
    hops("such a hop that is not trusted", b"6.6.6.6, unix:"),
    hops("nonsense is no Unix socket", b"6.6.6.6, ?", trusted="127.0.0.1,unix:"),
    hops("hops over Unix sockets alone", b"unix:", trusted="127.0.0.1,unix:"),
]

CHAINS = [
    hops("one hop", b"203.0.113.7", CLIENT),
    hops("the liar wrote the left one", b"127.0.0.1, 203.0.113.7", CLIENT),
    hops("through a proxy of ours", b"6.6.6.6, 203.0.113.7, 10.0.0.2", CLIENT),
    hops("through a proxy of ours with a port", b"203.0.113.7, 10.0.0.2:55", CLIENT),
    hops("through a proxy of ours on IPv6", b"203.0.113.7,[fd00::2]:55, fd00::3", CLIENT),
    hops("through a proxy of ours as IPv6", b"203.0.113.7, ::ffff:10.0.0.2", CLIENT),
    hops("through a proxy of ours by name", b"203.0.113.7, edge-1", CLIENT),
    hops("all are ours", b"10.0.0.3, 10.0.0.2", ("10.0.0.3", 0)),
    hops("all are ours, one", b"127.0.0.1", ("127.0.0.1", 0)),
    hops("one that claims to be the server", b"198.51.100.1", ("198.51.100.1", 0)),
    hops("no spaces", b"6.6.6.6,203.0.113.7,10.0.0.2", CLIENT),
    hops("many spaces", b"6.6.6.6 ,\t 203.0.113.7 \t, 10.0.0.2", CLIENT),
    hops("everybody: the left one", b"203.0.113.7, 6.6.6.6, 10.0.0.2", CLIENT, trusted="*"),
    hops("everybody: the left one is nothing", b"?, 203.0.113.7", trusted="*"),
    hops("everybody: the left one is empty", b", 203.0.113.7", trusted="*"),
    Case(
        "two lines are one list",
        (b"X-Forwarded-For: 6.6.6.6", b"x-forwarded-for: 203.0.113.7, 10.0.0.2"),
        CLIENT,
    ),
    Case(
        "two lines and others between them",
        (b"X-FORWARDED-FOR: 203.0.113.7", b"X-Long-Other-Name: 6.6.6.6", b"X-Forwarded-For: ::1"),
        CLIENT,
    ),
    Case("an empty line before", (b"X-Forwarded-For:", b"X-Forwarded-For: 203.0.113.7"), CLIENT),
    Case("an empty line after", (b"X-Forwarded-For: 6.6.6.6", b"X-Forwarded-For:")),
    hops("thousands that are ours", b",".join([b"10.0.0.2"] * 3000), ("10.0.0.2", 0)),
    hops("thousands of a liar", b"127.0.0.1," * 3000 + b"203.0.113.7", CLIENT),
    hops("thousands of commas", b"," * 9000),
    hops("beyond a hundred", b"6.6.6.6" + b",10.0.0.2" * 100, ("10.0.0.2", 0)),
    hops("within a hundred", b"203.0.113.7" + b",10.0.0.2" * 99, CLIENT),
]

SPELLINGS = [
    hops("with a port", b"203.0.113.7:4711", ("203.0.113.7", 4711)),
    hops("IPv6", b"2001:db8::7", ("2001:db8::7", 0)),
    hops("IPv6 in capitals", b"2001:0DB8:0:0::7", ("2001:db8::7", 0)),
    hops("IPv6 in brackets", b"[2001:db8::7]", ("2001:db8::7", 0)),
    hops("IPv6 with a port", b"[2001:DB8::7]:4711", ("2001:db8::7", 4711)),
    hops("IPv6 that ends like a port", b"2001:db8::7:4711", ("2001:db8::7:4711", 0)),
    hops("IPv6 with a zone", b"fe80::7%eth0", ("fe80::7%eth0", 0)),
    hops("IPv4 as IPv6", b"::FFFF:203.0.113.7", CLIENT),
    hops("IPv4 as IPv6 with a port", b"[::ffff:203.0.113.7]:4711", ("203.0.113.7", 4711)),
    hops("the highest port", b"203.0.113.7:65535", ("203.0.113.7", 65535)),
    hops("unknown", b"unknown", ("unknown", 0)),
    hops("hidden", b"_x-7.y", ("_x-7.y", 0)),
    hops("a name", b"client.example", ("client.example", 0)),
    hops("a name with a port", b"client.example:80", ("client.example", 80)),
    hops("the longest name", b"a" * 255, ("a" * 255, 0)),
    hops("a name is not skipped", b"6.6.6.6, unknown, 10.0.0.2", ("unknown", 0)),
    hops("a name that begins like an address", b"127.0.0.1.example", ("127.0.0.1.example", 0)),
]

# Of these nothing can be made. The address left of them is a liar's, right of them one of ours.
NONSENSE = {
    "empty": b"",
    "blank": b" \t ",
    "dots": b"...",
    "a colon": b":",
    "a port alone": b":80",
    "a colon without a port": b"203.0.113.7:",
    "a port of letters": b"203.0.113.7:http",
    "a port with a sign": b"203.0.113.7:+80",
    "a negative port": b"203.0.113.7:-1",
    "a port too high": b"203.0.113.7:65536",
    "a port too long": b"203.0.113.7:000080",
    "two ports": b"203.0.113.7:80:80",
    "a number too high": b"203.0.113.256",
    "three numbers": b"203.0.113",
    "five numbers": b"127.0.0.1.1",
    "octal": b"0177.0.0.1",
    "a leading zero": b"127.0.0.01",
    "hexadecimal": b"0x7f.0.0.1",
    "hexadecimal in one": b"0x7f000001",
    "decimal in one": b"2130706433",
    "short for the loopback": b"127.1",
    "a prefix": b"127.0.0.0/8",
    "a star": b"*",
    "a name with an end": b"client.example.",
    "a name of dots": b"a..b",
    "a label of digits last": b"example.1",
    "a name too long": b"a" * 256,
    "quotes": b'"203.0.113.7"',
    "quotes around IPv6": b'"[2001:db8::7]:4711"',
    "RFC 7239": b"for=203.0.113.7",
    "a space within": b"203.0.113.7 10.0.0.2",
    "a tab within": b"127.0.0\t.1",
    "a semicolon": b"203.0.113.7; 10.0.0.2",
    "a log line": b'1.1.1.1:1 - "GET / HTTP/1.1" 200',
    "IPv4 in brackets": b"[203.0.113.7]",
    "half of a bracket": b"[2001:db8::7",
    "the other half": b"2001:db8::7]",
    "brackets in brackets": b"[[2001:db8::7]]",
    "a name in brackets": b"[edge-1]",
    "something after brackets": b"[2001:db8::7]80",
    "two gaps": b"2001::db8::7",
    "too many groups": b"1:2:3:4:5:6:7:8:9",
    "a group too long": b"2001:db8::12345",
    "a zone of anything": b"fe80::1%<b>",
    "an empty zone": b"fe80::1%",
    "IPv4 with a zone": b"127.0.0.1%eth0",
    "a URL": b"http://203.0.113.7",
    "a path": b"/run/app.sock",
    "a Unix socket": b"unix:/run/app.sock",
    "other letters": "\N{LATIN SMALL LETTER E WITH ACUTE}".encode(),
    "bytes": b"\xff\xfe\x80",
    "a full width address": "\uff11\uff12\uff17.0.0.1".encode(),
    "a no-break space": b"\xa0203.0.113.7",
    "markup": b"<script>",
    "a long one": b"1" * 5000,
    "a long one of hexadecimal digits": b"a" * 5000 + b"::",
    "many colons": b":" * 5000,
    "many labels": b"a." * 5000,
}
ENDS = [
    case
    for name, text in NONSENSE.items()
    for case in (
        hops(f"{name}", text),
        hops(f"{name}, then a liar's", b"6.6.6.6, " + text),
        hops(f"{name}, after ours", b"6.6.6.6, " + text + b", 10.0.0.2", ("10.0.0.2", 0)),
        hops(f"{name}, before the client", text + b", 203.0.113.7", CLIENT),
        hops(f"{name}, everybody is trusted", text + b", 6.6.6.6", trusted="*"),
    )
]

SCHEMES = [
    *(proto(f"{name} it is", name.encode(), name) for name in ("http", "https", "ws", "wss")),
    proto("none", b""),
    proto("capitals", b"HTTPS"),
    proto("a list", b"https, http"),
    proto("a list of one", b"https,"),
    proto("another one", b"ftp"),
    proto("with a colon", b"https:"),
    proto("in quotes", b'"https"'),
    proto("bytes", b"http\xff"),
    proto("a stranger's", b"https", peer=STRANGER, client=STRANGER),
    Case(
        "the last line wins",
        (b"X-Forwarded-Proto: https", b"X-Forwarded-Proto: http"),
    ),
    Case(
        "the last line wins the other way",
        (b"X-Forwarded-Proto: http", b"X-Forwarded-Proto: https"),
        scheme="https",
    ),
    Case(
        "a last line of nonsense",
        (b"X-Forwarded-Proto: https", b"X-Forwarded-Proto: spdy"),
    ),
]

OTHERS = [
    Case(
        "what other headers say",
        (
            *(b"Forwarded: for=203.0.113.7;proto=https", b"X-Forwarded-Host: a.example"),
            *(b"X-Forwarded-Port: 443", b"X-Forwarded-Prefix: /a", b"X-Real-IP: 203.0.113.7"),
            *(b"X-Forwarded-Fo: 203.0.113.7", b"X-Forwarded-For-: 203.0.113.7"),
            *(b"X_Forwarded_For: 203.0.113.7", b"X-Forwarded-Scheme: https"),
        ),
    ),
]

CASES = [*WHO_IS_TRUSTED, *UNIX_SOCKETS, *CHAINS, *SPELLINGS, *ENDS, *SCHEMES, *OTHERS]
