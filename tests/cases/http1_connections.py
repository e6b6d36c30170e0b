"""Cases of requests as a whole, and of what they mean for their connection."""

from __future__ import annotations

from tests.cases.http1 import (
    BAD_METHOD,
    END,
    NEXT,
    NEXT_REQUEST,
    POST,
    TWO_FRAMINGS,
    Request,
    chunked,
    chunked_request,
    head,
    headers,
    refused,
    taken,
)

WHOLE_REQUESTS = [
    taken("a request with a Host alone", head(), Request()),
    taken(
        "header names come in lower case and values as they are",
        head(b"X-MiXeD: VaLuE", b"accept: */*"),
        Request(headers=headers((b"x-mixed", b"VaLuE"), (b"accept", b"*/*"))),
    ),
    taken(
        "headers keep their order and their repeats",
        head(b"B: 1", b"A: 2", b"B: 3", b"b: 4"),
        Request(headers=headers((b"b", b"1"), (b"a", b"2"), (b"b", b"3"), (b"b", b"4"))),
    ),
    taken(
        "a request as browsers send it",
        head(
            b"Connection: keep-alive",
            b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0.0.0",
            b'sec-ch-ua: "Chromium";v="126"',
            b"Accept-Encoding: gzip, deflate, br, zstd",
            b"Cookie: a=b; c=d",
            start=b"GET /items/42?q=%20x&y=1 HTTP/1.1",
        ),
        Request(
            target=b"/items/42?q=%20x&y=1",
            headers=headers(
                (b"connection", b"keep-alive"),
                (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0.0.0"),
                (b"sec-ch-ua", b'"Chromium";v="126"'),
                (b"accept-encoding", b"gzip, deflate, br, zstd"),
                (b"cookie", b"a=b; c=d"),
            ),
        ),
    ),
    taken(
        "an HTTP/1.0 request without any header",
        b"GET / HTTP/1.0\r\n\r\n",
        Request(headers=[], minor=0, keep_alive=False),
    ),
    taken(
        "a body of a given length",
        head(b"Content-Length: 5", start=POST) + b"hello",
        Request("POST", headers=headers((b"content-length", b"5")), body=b"hello"),
    ),
    taken(
        "a body that holds every byte",
        head(b"Content-Length: 256", start=POST) + bytes(range(256)),
        Request("POST", headers=headers((b"content-length", b"256")), body=bytes(range(256))),
    ),
    taken(
        "a body that looks like a request",
        head(b"Content-Length: 31", start=POST) + NEXT,
        Request("POST", headers=headers((b"content-length", b"31")), body=NEXT),
    ),
    taken(
        "a body of length 0",
        head(b"Content-Length: 0", start=POST),
        Request("POST", headers=headers((b"content-length", b"0"))),
    ),
    taken("a POST without length has no body", head(start=POST), Request("POST")),
    taken(
        "a GET may have a body",
        head(b"Content-Length: 2") + b"hi",
        Request(headers=headers((b"content-length", b"2")), body=b"hi"),
    ),
    taken(
        "a HEAD may have a body",
        head(b"Content-Length: 2", start=b"HEAD / HTTP/1.1") + b"hi",
        Request("HEAD", headers=headers((b"content-length", b"2")), body=b"hi"),
    ),
    taken(
        "a body in HTTP/1.0",
        head(b"Content-Length: 2", start=b"POST / HTTP/1.0") + b"hi",
        Request(
            "POST",
            headers=headers((b"content-length", b"2")),
            body=b"hi",
            minor=0,
            keep_alive=False,
        ),
    ),
]

CONNECTIONS = [
    *(
        taken(
            f"the Connection {value.decode()!r} ends with its response",
            head(b"Connection: " + value) + NEXT,
            Request(headers=headers((b"connection", value)), keep_alive=False),
            unread=NEXT,
        )
        for value in (
            *(b"close", b"Close", b"CLOSE", b"keep-alive, close", b"close, keep-alive", b"x,close"),
            *(b"close,", b",close", b"x\t,\tclose"),
        )
    ),
    *(
        taken(
            f"the Connection {value.decode()!r} goes on",
            head(b"Connection: " + value) + NEXT,
            Request(headers=headers((b"connection", value))),
            NEXT_REQUEST,
        )
        for value in (
            *(b"keep-alive", b"Keep-Alive", b"", b"closed", b"x-close", b"close-x", b"clo se"),
            *(b'"close"', b"close;x", b"te", b"upgrade", b","),
        )
    ),
    taken(
        "a close among several Connection lines",
        head(b"Connection: keep-alive", b"Connection: close", b"Connection: te") + NEXT,
        Request(
            headers=headers(
                (b"connection", b"keep-alive"), (b"connection", b"close"), (b"connection", b"te")
            ),
            keep_alive=False,
        ),
        unread=NEXT,
    ),
    taken(
        "a body before the end of the connection",
        head(b"Connection: close", b"Content-Length: 2", start=POST) + b"hi" + NEXT,
        Request(
            "POST",
            headers=headers((b"connection", b"close"), (b"content-length", b"2")),
            body=b"hi",
            keep_alive=False,
        ),
        unread=NEXT,
    ),
    taken(
        "a chunked body before the end of the connection",
        head(b"Connection: close", b"Transfer-Encoding: chunked", start=POST)
        + b"2\r\nhi\r\n"
        + END
        + b"\x16\x03",
        Request(
            "POST",
            headers=headers((b"connection", b"close"), (b"transfer-encoding", b"chunked")),
            body=b"hi",
            keep_alive=False,
        ),
        unread=b"\x16\x03",
    ),
    taken(
        "nonsense behind the last request is not looked at",
        head(b"Connection: close") + b"\x00\xff",
        Request(headers=headers((b"connection", b"close")), keep_alive=False),
        unread=b"\x00\xff",
    ),
    taken(
        "a request behind one of HTTP/1.0 is not looked at",
        b"GET / HTTP/1.0\r\n\r\n" + NEXT,
        Request(headers=[], minor=0, keep_alive=False),
        unread=NEXT,
    ),
    taken(
        "Keep-Alive and Proxy-Connection mean nothing",
        head(b"Keep-Alive: timeout=5", b"Proxy-Connection: close") + NEXT,
        Request(headers=headers((b"keep-alive", b"timeout=5"), (b"proxy-connection", b"close"))),
        NEXT_REQUEST,
    ),
]

UPGRADES = [
    *(
        taken(
            f"the Upgrade {value.decode()!r} with the Connection {connection.decode()!r}",
            head(b"Upgrade: " + value, b"Connection: " + connection) + NEXT,
            Request(
                headers=headers((b"upgrade", value), (b"connection", connection)),
                upgrade=value.lower(),
            ),
            NEXT_REQUEST,
        )
        for value, connection in (
            (b"websocket", b"Upgrade"),
            (b"WebSocket", b"upgrade"),
            (b"websocket", b"keep-alive, Upgrade"),
            (b"websocket", b"Upgrade, HTTP2-Settings"),
            (b"h2c", b"UPGRADE"),
            (b"websocket, h2c", b"upgrade"),
            (b"TLS/1.0", b"upgrade"),
        )
    ),
    *(
        taken(
            f"an Upgrade with the Connection {connection.decode()!r} does not count",
            head(b"Connection: " + connection, b"Upgrade: websocket") + NEXT,
            Request(headers=headers((b"connection", connection), (b"upgrade", b"websocket"))),
            NEXT_REQUEST,
        )
        for connection in (b"keep-alive", b"", b"upgraded", b"x-upgrade", b'"upgrade"', b"up grade")
    ),
    taken(
        "an Upgrade without Connection does not count",
        head(b"Upgrade: websocket") + NEXT,
        Request(headers=headers((b"upgrade", b"websocket"))),
        NEXT_REQUEST,
    ),
    taken(
        "a Connection: upgrade without Upgrade",
        head(b"Connection: upgrade") + NEXT,
        Request(headers=headers((b"connection", b"upgrade"))),
        NEXT_REQUEST,
    ),
    taken(
        "an Upgrade in two lines",
        head(b"Upgrade: h2c", b"Connection: upgrade", b"Upgrade: WebSocket"),
        Request(
            headers=headers(
                (b"upgrade", b"h2c"), (b"connection", b"upgrade"), (b"upgrade", b"WebSocket")
            ),
            upgrade=b"h2c,websocket",
        ),
    ),
    taken(
        "an Upgrade in HTTP/1.0 does not count",
        head(b"Upgrade: websocket", b"Connection: upgrade", start=b"GET / HTTP/1.0"),
        Request(
            headers=headers((b"upgrade", b"websocket"), (b"connection", b"upgrade")),
            minor=0,
            keep_alive=False,
        ),
    ),
    taken(
        "an Upgrade with a body of a given length",
        head(b"Upgrade: h2c", b"Connection: upgrade", b"Content-Length: 2", start=POST)
        + b"hi"
        + NEXT,
        Request(
            "POST",
            headers=headers(
                (b"upgrade", b"h2c"), (b"connection", b"upgrade"), (b"content-length", b"2")
            ),
            body=b"hi",
            upgrade=b"h2c",
        ),
        NEXT_REQUEST,
    ),
    taken(
        "an Upgrade with a chunked body",
        head(b"Upgrade: h2c", b"Connection: upgrade", b"Transfer-Encoding: chunked", start=POST)
        + b"2\r\nhi\r\n"
        + END
        + NEXT,
        Request(
            "POST",
            headers=headers(
                (b"upgrade", b"h2c"),
                (b"connection", b"upgrade"),
                (b"transfer-encoding", b"chunked"),
            ),
            body=b"hi",
            upgrade=b"h2c",
        ),
        NEXT_REQUEST,
    ),
    taken(
        "an Upgrade that closes",
        head(b"Upgrade: websocket", b"Connection: upgrade, close") + b"\x81\x00",
        Request(
            headers=headers((b"upgrade", b"websocket"), (b"connection", b"upgrade, close")),
            upgrade=b"websocket",
            keep_alive=False,
        ),
        unread=b"\x81\x00",
    ),
    refused(
        "an Upgrade with two framings",
        head(
            b"Upgrade: websocket",
            b"Connection: upgrade",
            b"Content-Length: 2",
            b"Transfer-Encoding: chunked",
        ),
        TWO_FRAMINGS,
    ),
    refused(
        "frames behind an upgrade that nobody followed",
        head(b"Upgrade: websocket", b"Connection: upgrade") + b"\x81\x00",
        BAD_METHOD,
        Request(
            headers=headers((b"upgrade", b"websocket"), (b"connection", b"upgrade")),
            upgrade=b"websocket",
        ),
    ),
]

EXPECTATIONS = [
    *(
        taken(
            f"the expectation {value.decode()!r}",
            head(b"Expect: " + value, b"Content-Length: 2", start=POST) + b"hi",
            Request(
                "POST",
                headers=headers((b"expect", value), (b"content-length", b"2")),
                body=b"hi",
                expect_continue=expected,
            ),
        )
        for value, expected in (
            (b"100-continue", True),
            (b"100-Continue", True),
            (b"", False),
            (b"100", False),
            (b"200-ok", False),
            (b"100-continued", False),
            (b'"100-continue"', False),
        )
    ),
    taken(
        "an expectation in HTTP/1.0 does not count",
        head(b"Expect: 100-continue", b"Content-Length: 0", start=b"POST / HTTP/1.0"),
        Request(
            "POST",
            headers=headers((b"expect", b"100-continue"), (b"content-length", b"0")),
            minor=0,
            keep_alive=False,
        ),
    ),
    taken(
        "an expectation does not last until the next request",
        head(b"Expect: 100-continue", b"Content-Length: 2", start=POST) + b"hi" + NEXT,
        Request(
            "POST",
            headers=headers((b"expect", b"100-continue"), (b"content-length", b"2")),
            body=b"hi",
            expect_continue=True,
        ),
        NEXT_REQUEST,
    ),
    taken(
        "a client that waits to be told to go on",
        head(b"Expect: 100-continue", b"Transfer-Encoding: chunked", start=POST),
        Request(
            "POST",
            headers=headers((b"expect", b"100-continue"), (b"transfer-encoding", b"chunked")),
            expect_continue=True,
            ended=False,
        ),
    ),
]

PIPELINES = [
    taken("two requests at once", head() + NEXT, Request(), NEXT_REQUEST),
    taken("16 requests at once", NEXT * 16, *[NEXT_REQUEST] * 16),
    taken(
        "a body between two requests",
        NEXT + head(b"Content-Length: 3", start=POST) + b"\r\n\r" + NEXT,
        NEXT_REQUEST,
        Request("POST", headers=headers((b"content-length", b"3")), body=b"\r\n\r"),
        NEXT_REQUEST,
    ),
    taken(
        "a request and half of the next",
        head() + NEXT[:20],
        Request(),
        unread=NEXT[:20],
    ),
    refused("a bad request behind a good one", head() + b"\x00", BAD_METHOD, Request()),
    refused(
        "more data than its length",
        head(b"Content-Length: 2") + b"hi!!\r\n",
        BAD_METHOD,
        Request(headers=headers((b"content-length", b"2")), body=b"hi"),
    ),
    refused(
        "a request smuggled behind a GET without a length",
        head() + b"x=1&GET /admin HTTP/1.1\r\nHost: a\r\n\r\n",
        BAD_METHOD,
        Request(),
    ),
    taken(
        "every engine forgets the last request",
        head(b"Connection: upgrade", b"Upgrade: h2c", b"Expect: 100-continue")
        + b"BREW / HTTP/1.5\r\nhost: b\r\nContent-Length: 1\r\n\r\n!"
        + chunked(b"1\r\n.\r\n" + END)
        + head(start=b"CONNECT a:1 HTTP/1.1")
        + NEXT,
        Request(
            headers=headers(
                (b"connection", b"upgrade"), (b"upgrade", b"h2c"), (b"expect", b"100-continue")
            ),
            upgrade=b"h2c",
            expect_continue=True,
        ),
        Request("BREW", headers=[(b"host", b"b"), (b"content-length", b"1")], body=b"!"),
        chunked_request(b"."),
        Request("CONNECT", b"a:1", keep_alive=False),
        unread=NEXT,
    ),
]

INCOMPLETE = [
    taken(f"a head that ends with {part[-6:]!r} after {len(part)} bytes", part, unread=part)
    for part in (
        *(b"G", b"GET", b"GET ", b"GET /", b"GET / ", b"GET / H", b"GET / HTTP/1."),
        *(b"GET / HTTP/1.1", b"GET / HTTP/1.1\r", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nH"),
        *(b"GET / HTTP/1.1\r\nHost:", b"GET / HTTP/1.1\r\nHost: a", b"GET / HTTP/1.1\r\nHost: a\r"),
        *(b"GET / HTTP/1.1\r\nHost: a\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r"),
        *(b"\r\nG", b"\r\nGET / HTTP/1.1\r\nHost: a\r\nX: "),
    )
]

CASES = [*WHOLE_REQUESTS, *CONNECTIONS, *UPGRADES, *EXPECTATIONS, *PIPELINES, *INCOMPLETE]
