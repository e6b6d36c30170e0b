"""Cases of fields, smuggling among them: RFC 9113 sections 8.2, 8.3 and 8.5, RFC 8441, RFC 9218."""

from __future__ import annotations

from dataclasses import replace

from tests.cases.http2 import (
    FIELDS,
    LINE,
    PROTOCOL,
    Body,
    Case,
    End,
    Event,
    Field,
    Head,
    Priority,
    TooLarge,
    connection_error,
    data,
    fields,
    frame,
    get,
    head,
    malformed,
    number,
    post,
    priority_update,
    pseudo,
    taken,
)
from tests.cases.http2 import PRIORITY_UPDATE as UPDATE
from uvicorn.codecs import http2_refusals as why

REASONS = why.REASONS
REQUEST = Head(), End(1)


def shown(value: bytes) -> str:
    return value.decode("latin-1")


def asked(
    name: str,
    given: tuple[Field, ...],
    method: str = "GET",
    target: bytes = b"/",
    host: bytes = b"a",
    more: tuple[Field, ...] = (),
    authority: bytes | None = None,
    protocol: bytes = b"",
) -> Case:
    """A request that is taken, of these fields."""
    told = Head(1, method, target, ((b"host", host), *more),
                host if authority is None else authority, protocol)  # fmt: skip
    return taken(name, fields(*given), told, End(1))


METHOD, SCHEME, PATH, AUTHORITY = pseudo()

PSEUDO = [
    asked("pseudo-headers in another order", (AUTHORITY, PATH, SCHEME, METHOD)),
    *(
        asked(f"the method {shown(method)}", pseudo(method), shown(method))
        for method in (b"POST", b"get", b"PROPFIND", b"X-!#$%&'*+.^_`|~9", b"connect", b"PRI")
    ),
    *(
        asked(f"the path {shown(path)}", pseudo(path=path), target=path)
        for path in (b"/a?b=c", b"//a", b"/?", b"/%00%zz", b"/~!$&'()*+,;=:@", b"/a//../b")
    ),
    asked("the path * of OPTIONS", pseudo(b"OPTIONS", b"*"), "OPTIONS", b"*"),
    *(
        asked(f"the authority {shown(authority)}", pseudo(authority=authority), host=authority)
        for authority in (b"a.example:8000", b"[::1]:80", b"[fe80::1%25eth0]:80", b"127.0.0.1",
                          b"A-b_c", b"a%20b", b"a:")
    ),
    *(
        asked(f"the scheme {shown(scheme)}", pseudo(scheme=scheme))
        for scheme in (b"https", b"HTTP", b"coap+tcp", b"x-1.0")
    ),
    *(
        malformed(f"no {shown(left_out[0])}",
                  fields(*(field for field in pseudo() if field != left_out)),
                  REASONS[why.MISSING])
        for left_out in (METHOD, SCHEME, PATH)
    ),
    malformed("no field at all", fields(), REASONS[why.MISSING]),
    *(
        malformed(f"{shown(twice[0])} twice", fields(*pseudo(), twice), REASONS[why.REPEATED])
        for twice in (METHOD, SCHEME, PATH, AUTHORITY)
    ),
    malformed("a method of CONNECT behind another one", fields(*pseudo(), (b":method", b"CONNECT")),
              REASONS[why.REPEATED]),
    *(
        malformed(f"{shown(late[0])} behind another header",
                  fields(*(field for field in pseudo() if field != late), (b"x", b"y"), late),
                  REASONS[why.LATE_PSEUDO])
        for late in (METHOD, SCHEME, PATH, AUTHORITY)
    ),
    *(
        malformed(f"the pseudo-header {shown(name)!r}", fields(*pseudo(), (name, b"200")),
                  REASONS[why.BAD_PSEUDO])
        for name in (b":status", b":x", b":", b":Path", b":path ", b"::path", b":host")
    ),
    malformed("an informational :status in a request", fields((b":status", b"100"), *pseudo()),
              REASONS[why.BAD_PSEUDO]),
    *(
        malformed(f"the method {shown(method)!r}", fields(*pseudo(method)),
                  REASONS[why.BAD_METHOD])
        for method in (b"", b"GET ", b" GET", b"GE T", b"GET\t", b"GET\r\n", b"GET / HTTP/1.1\r\n",
                       b"G\x00T", b"G\xc9T", b"GET:", b"(GET)")
    ),
    *(
        malformed(f"the path {shown(path)!r}", fields(*pseudo(path=path)), REASONS[why.BAD_PATH])
        for path in (b"", b"a", b"?a", b" /", b"/ ", b"/a b", b"/\t", b"/\x00", b"/\r", b"/\n",
                     b"/ HTTP/1.1\r\nx: y", b"/\x7f", b"/\xc3\xa9", b"*a", b"/*\x0b", b"**",
                     b"http://a/", b"http://a", b"a:80", b"://")
    ),
    malformed("the path * of GET", fields(*pseudo(path=b"*")), REASONS[why.BAD_PATH]),
    *(
        malformed(f"the scheme {shown(scheme)!r}", fields(*pseudo(scheme=scheme)),
                  REASONS[why.BAD_SCHEME])
        for scheme in (b"", b"1http", b"http:", b"ht tp", b"http\x00", b"http://a/?", b"http ",
                       b"\xe9")
    ),
    *(
        malformed(f"the authority {shown(authority)!r}", fields(*pseudo(authority=authority)),
                  REASONS[why.BAD_AUTHORITY])
        for authority in (b"u@a", b"u:p@a", b"a b", b" a", b"a ", b"a/", b"a/b", b"a?b", b"a#b",
                          b"a\x00", b"a\r\nx: y", b"[::1", b"[]", b"::1", b"a:80:80", b"a:x",
                          b"a:123456", b"a,b\\c", b"\xe9", b"a%2", b"http://a")
    ),
]  # fmt: skip

AUTHORITIES = [
    asked("a host and no :authority", (METHOD, SCHEME, PATH, (b"host", b"b:80")), host=b"b:80",
          authority=b""),
    asked("a host behind other headers comes first",
          (METHOD, SCHEME, PATH, (b"x", b"y"), (b"host", b"b")), host=b"b", authority=b"",
          more=((b"x", b"y"),)),
    asked("a host that is as :authority", (*pseudo(), (b"x", b"y"), (b"host", b"a")),
          more=((b"x", b"y"),)),
    asked("a host that is as :authority but for case", (*pseudo(), (b"host", b"A"))),
    malformed("neither :authority nor a host", fields(METHOD, SCHEME, PATH), why.MISSING_HOST),
    malformed("a host unlike :authority", fields(*pseudo(), (b"host", b"b")), why.OTHER_HOST),
    malformed("a host with a port where :authority has none",
              fields(*pseudo(), (b"host", b"a:80")), why.OTHER_HOST),
    malformed("an empty host beside :authority", fields(*pseudo(), (b"host", b"")),
              why.OTHER_HOST),
    malformed("two hosts", fields(METHOD, SCHEME, PATH, (b"host", b"a"), (b"host", b"b")),
              why.MORE_HOSTS),
    malformed("the same host twice", fields(*pseudo(), (b"host", b"a"), (b"host", b"a")),
              why.MORE_HOSTS),
    *(
        malformed(f"the host {shown(host)!r}", fields(METHOD, SCHEME, PATH, (b"host", host)),
                  reason)
        for host, reason in (
            (b"u@a", REASONS[why.BAD_AUTHORITY]),
            (b"a/b", REASONS[why.BAD_AUTHORITY]),
            (b"a,b@c", REASONS[why.BAD_AUTHORITY]),
            (b" a", REASONS[why.BAD_VALUE]),
            (b"a\r\n", REASONS[why.BAD_VALUE]),
        )
    ),
]  # fmt: skip


def carries(name: str, *more: Field, told: tuple[Field, ...] | None = None) -> Case:
    return taken(name, get(1, *more), head(*(more if told is None else told)), End(1))


def bad(name: str, field: Field, reason: int) -> Case:
    return malformed(name, get(1, field), REASONS[reason])


PLAIN = [
    carries("headers in their order", (b"b", b"1"), (b"a", b"2"), (b"b", b"3")),
    carries("a value without a byte", (b"x", b"")),
    carries("a value with a tab and high bytes", (b"x", b"a\tb \xc3\xa9\xff")),
    carries("a name of all bytes that are allowed", (b"!#$%&'*+-.^_`|~09az", b"y")),
    carries("te of trailers", (b"te", b"trailers")),
    carries("te of trailers in upper case", (b"te", b"Trailers")),
    *(
        bad(f"the name {shown(name)!r}", (name, b"y"), why.BAD_NAME)
        for name in (b"", b"X-Upper", b"x-uppeR", b"Host", b"x y", b" x", b"x ", b"x\t", b"x:",
                     b"x:y", b"x\x00", b"x\r\ny", b"x\n", b"\xe9", b"x\x7f", b"(x)", b'x"', b"x/y",
                     b"Content-Length", b"Transfer-Encoding")
    ),
    *(
        bad(f"the value {shown(value)!r}", (b"x", value), why.BAD_VALUE)
        for value in (b" y", b"y ", b"\ty", b"y\t", b" ", b"a\x00b", b"a\rb", b"a\nb",
                      b"a\r\nx: y", b"\x01", b"\x7f", b"a\x0bb", b"a\x1fb", b"a\r\n\r\nGET /")
    ),
    *(
        bad(f"{shown(name)}: {shown(value)}", (name, value), why.CONNECTION_FIELD)
        for name, value in (
            (b"connection", b"close"),
            (b"connection", b"keep-alive"),
            (b"connection", b""),
            (b"keep-alive", b"timeout=5"),
            (b"proxy-connection", b"keep-alive"),
            (b"transfer-encoding", b"chunked"),
            (b"transfer-encoding", b"identity"),
            (b"transfer-encoding", b""),
            (b"upgrade", b"h2c"),
            (b"upgrade", b"websocket"),
            (b"te", b"gzip"),
            (b"te", b"trailers, deflate"),
            (b"te", b"trailers;q=1"),
            (b"te", b""),
        )
    ),
    carries("a cookie in three fields", (b"cookie", b"a=1"), (b"x", b"y"), (b"cookie", b"b=2"),
            (b"cookie", b"c=3"), told=((b"cookie", b"a=1; b=2; c=3"), (b"x", b"y"))),
    carries("one cookie", (b"cookie", b"a=1; b=2")),
    *(
        malformed(f"the length {shown(value)!r}", post(1, (b"content-length", value)),
                  why.BAD_LENGTH)
        for value in (b"", b"+1", b"-1", b"1,1", b"1 1", b"0x1", b"1.0", b"1" * 19, b"\xb2")
    ),
    malformed("a length with a blank in front", post(1, (b"content-length", b" 5")),
              REASONS[why.BAD_VALUE]),
    *(
        malformed(f"the lengths 5 and {shown(value)}",
                  post(1, (b"content-length", b"5"), (b"content-length", value)), why.MORE_LENGTHS)
        for value in (b"5", b"6")
    ),
    *(
        taken(f"the expectation {shown(value)}", post(1, (b"expect", value)),
              head((b"expect", value), method="POST")._replace(expect_continue=expected))
        for value, expected in ((b"100-continue", True), (b"100-Continue", True), (b"x", False))
    ),
]  # fmt: skip


def too_large(name: str, data: bytes, error: tuple[int, str]) -> Case:
    return taken(name, data, TooLarge(1, error))


PSEUDO_SIZE = sum(len(name) + len(value) + 32 for name, value in pseudo())
BRIM = 4000 - PSEUDO_SIZE - 32 - len(b"x")

LIMITS = [
    asked("the longest path", pseudo(path=b"/".ljust(LINE, b"a")), target=b"/".ljust(LINE, b"a")),
    too_large("a path that is too long", fields(*pseudo(path=b"/".ljust(LINE + 1, b"a"))),
              why.PATH_TOO_LONG),
    carries("as many headers as are allowed", *((b"x", b"y"),) * (FIELDS - 4)),
    too_large("one header too many", get(1, *((b"x", b"y"),) * (FIELDS - 3)), why.TOO_MANY_FIELDS),
    carries("headers as large as they may be", (b"x", b"y" * BRIM)),
    too_large("headers that are too large by one byte", get(1, (b"x", b"y" * (BRIM + 1))),
              why.LIST_TOO_LARGE),
    taken("a body of a request that is too large",
          post(1, (b"x", b"y" * 4000)) + data(1, b"hello") + data(1, b"", True),
          TooLarge(1, why.LIST_TOO_LARGE)),
]  # fmt: skip


def connect(*more: Field, authority: bytes = b"a:443") -> tuple[Field, ...]:
    return (b":method", b"CONNECT"), (b":authority", authority), *more


EXTENDED = (b":method", b"CONNECT"), (b":protocol", b"websocket"), SCHEME, PATH, AUTHORITY
TUNNEL = Head(1, "CONNECT", b"a:443", ((b"host", b"a:443"),), b"a:443")
WEBSOCKET = Head(1, "CONNECT", b"/", protocol=b"websocket")

CONNECTS = [
    taken("CONNECT", fields(*connect(), end=False) + data(1, b"x"), TUNNEL, Body(1, b"x")),
    malformed("CONNECT with a path", fields(*connect(PATH)), REASONS[why.NOT_ALLOWED]),
    malformed("CONNECT with a scheme", fields(*connect(SCHEME)), REASONS[why.NOT_ALLOWED]),
    malformed("CONNECT without :authority", fields((b":method", b"CONNECT"), (b"host", b"a:443")),
              REASONS[why.MISSING]),
    *(
        malformed(f"CONNECT to {shown(authority)!r}", fields(*connect(authority=authority)),
                  REASONS[why.BAD_AUTHORITY])
        for authority in (b"a", b"a:", b":443", b"")
    ),
    taken("extended CONNECT", fields(*EXTENDED, end=False), WEBSOCKET),
    taken("extended CONNECT and what is sent through it",
          fields(*EXTENDED, end=False) + data(1, b"x"), WEBSOCKET, Body(1, b"x")),
    taken("a protocol in upper case",
          fields(EXTENDED[0], (b":protocol", b"WebSocket"), *EXTENDED[2:], end=False), WEBSOCKET),
    taken("another protocol",
          fields(EXTENDED[0], (b":protocol", b"connect-udp"), *EXTENDED[2:], end=False),
          WEBSOCKET._replace(protocol=b"connect-udp")),
    *(
        malformed(f"extended CONNECT without {shown(left_out[0])}",
                  fields(*(field for field in EXTENDED if field != left_out)),
                  REASONS[why.MISSING])
        for left_out in (SCHEME, PATH, AUTHORITY)
    ),
    malformed(":protocol with GET", fields(*pseudo(), (b":protocol", b"websocket")),
              REASONS[why.NOT_ALLOWED]),
    malformed(":protocol twice", fields(*EXTENDED, (b":protocol", b"websocket")),
              REASONS[why.REPEATED]),
    *(
        malformed(f"the protocol {shown(value)!r}",
                  fields(EXTENDED[0], (b":protocol", value), *EXTENDED[2:]),
                  REASONS[why.BAD_PROTOCOL])
        for value in (b"", b"web socket", b"websocket\r\n", b"a/b")
    ),
    malformed("the path * of extended CONNECT",
              fields(*EXTENDED[:3], (b":path", b"*"), AUTHORITY), REASONS[why.BAD_PATH]),
    replace(malformed("extended CONNECT where there are no WebSockets", fields(*EXTENDED),
                      why.NO_WEBSOCKETS), websockets=False),
]  # fmt: skip


def says(value: bytes, urgency: int, incremental: bool) -> Case:
    given = b"priority", value
    return taken(f"the priority {shown(value)!r}", get(1, given),
                 head(given)._replace(priority=(urgency, incremental)), End(1))  # fmt: skip


def updated(value: bytes, *events: Event) -> Case:
    return taken(f"PRIORITY_UPDATE of {shown(value)!r}", post() + priority_update(1, value),
                 head(method="POST"), *events)  # fmt: skip


PRIORITIES = [
    says(b"u=0", 0, False),
    says(b"u=7, i", 7, True),
    says(b"i", 3, True),
    says(b"i=?1", 3, True),
    says(b"i=?0, u=1", 1, False),
    says(b"", 3, False),
    says(b"x=1, u=5;a=b, y", 5, False),
    says(b"u=1,u=2", 2, False),
    says(b"u=1,\tu=4", 4, False),
    says(b"u=8", 3, False),
    says(b"u=-1", 3, False),
    says(b"u=?1, i=1", 3, False),
    says(b"u=1 i", 3, True),
    says(b"i=", 3, True),
    taken("priority in two fields", get(1, (b"priority", b"u=1"), (b"priority", b"i")),
          head((b"priority", b"u=1"), (b"priority", b"i"))._replace(priority=(1, True)), End(1)),
    updated(b"u=1", Priority(1, (1, False))),
    updated(b"u=2, i", Priority(1, (2, True))),
    updated(b"i"),
    updated(b"u=1 i"),
    updated(b"U=1"),
    updated(b"", Priority(1, (3, False))),
    taken("PRIORITY_UPDATE in front of its stream", priority_update(1, b"u=1") + get(),
          Head(priority=(1, False)), End(1)),
    taken("PRIORITY_UPDATE in front of its stream wins over the field",
          priority_update(1, b"u=1") + get(1, (b"priority", b"u=5")),
          head((b"priority", b"u=5"))._replace(priority=(1, False)), End(1)),
    taken("PRIORITY_UPDATE of a stream that is left out", priority_update(1, b"u=1") + get(3),
          Head(3), End(3)),
    taken("PRIORITY_UPDATE of streams that are left out count no more",
          b"".join(priority_update(stream, b"u=1") for stream in (1, 3, 5, 7)) + get(9)
          + b"".join(priority_update(stream, b"u=2") for stream in (11, 13, 15)) + get(15),
          Head(9), End(9), Head(15, priority=(2, False)), End(15)),
    taken("PRIORITY_UPDATE of a stream that has ended", get() + priority_update(1, b"u=1"),
          *REQUEST, answers=True),
    connection_error("PRIORITY_UPDATE of stream 0", frame(UPDATE, 0, 0, number(0)), PROTOCOL,
                     why.FRAME_NOT_ALLOWED),
    connection_error("PRIORITY_UPDATE of a pushed stream", frame(UPDATE, 0, 0, number(2)),
                     PROTOCOL, why.FRAME_NOT_ALLOWED),
    connection_error("PRIORITY_UPDATE of more streams than may be open",
                     b"".join(priority_update(stream, b"u=1") for stream in range(1, 13, 2)),
                     PROTOCOL, why.TOO_MANY_STREAMS),
]  # fmt: skip

CASES = [*PSEUDO, *AUTHORITIES, *PLAIN, *LIMITS, *CONNECTS, *PRIORITIES]
