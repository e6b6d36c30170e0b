"""Cases of what stands before the header fields: request lines, line ends, empty lines."""

from __future__ import annotations

from tests.cases.http1 import (
    BAD_LINE_END,
    BAD_METHOD,
    BAD_TARGET,
    BAD_VERSION,
    END,
    NEXT,
    NEXT_REQUEST,
    OTHER_VERSION,
    POST,
    Request,
    chunked,
    chunked_request,
    head,
    headers,
    refused,
    taken,
)

METHODS = [
    *(
        taken(f"the method {method}", head(start=method.encode() + b" / HTTP/1.1"), Request(method))
        for method in (
            *("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"),
            *("PROPFIND", "MKCOL", "M-SEARCH", "QUERY", "PURGE", "SOURCE", "LINK", "REPORT"),
            *("PRI", "DESCRIBE", "SETUP", "ANNOUNCE", "FLUSH", "get", "Get", "GETS", "GE", "G"),
            *("CUSTOM", "X-1", "!#$%&'*+-.^_`|~", "0", "A" * 100),
        )
    ),
    taken(
        "CONNECT with host and port",
        head(start=b"CONNECT a.example:443 HTTP/1.1"),
        Request("CONNECT", b"a.example:443", keep_alive=False),
    ),
    taken(
        "CONNECT with a body of a given length, which is read",
        head(b"Content-Length: 2", start=b"CONNECT a:443 HTTP/1.1") + b"hi" + NEXT,
        Request("CONNECT", b"a:443", headers((b"content-length", b"2")), b"hi", keep_alive=False),
        unread=NEXT,
    ),
    taken(
        "a custom method with a body and a request behind it",
        head(b"Content-Length: 2", start=b"BREW / HTTP/1.1") + b"hi" + NEXT,
        Request("BREW", headers=headers((b"content-length", b"2")), body=b"hi"),
        NEXT_REQUEST,
    ),
    *(
        refused(f"a method with {what}", head(start=start + b" / HTTP/1.1"), BAD_METHOD)
        for what, start in {
            "a colon": b"GE:T",
            "a slash": b"GE/T",
            "a quote": b'"GET"',
            "parentheses": b"GET()",
            "an at sign": b"G@T",
            "a bracket": b"G[T",
            "a NUL": b"GE\x00T",
            "a tab behind it": b"GET\t",
            "a high byte": b"G\xc3\x89T",
            "a DEL": b"GET\x7f",
            "a comma": b"GET,POST",
            "a CR in it": b"GE\rT",
            "a LF in it": b"GE\nT",
        }.items()
    ),
    refused("no method", b" / HTTP/1.1\r\nHost: a\r\n\r\n", BAD_METHOD),
    refused("a tab in front of the method", b"\tGET / HTTP/1.1\r\nHost: a\r\n\r\n", BAD_METHOD),
    refused("a byte order mark in front", b"\xef\xbb\xbf" + head(), BAD_METHOD),
    refused("the hello of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", BAD_METHOD),
    refused("the hello of SSH", b"SSH-2.0-OpenSSH_9.6\r\n", BAD_METHOD),
    refused("the hello of SOCKS 5", b"\x05\x01\x00", BAD_METHOD),
    refused("a PROXY protocol line", b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n" + NEXT, BAD_VERSION),
    refused("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (505, OTHER_VERSION[1])),
    refused("a NUL first", b"\x00" + head(), BAD_METHOD),
    refused("a request line of one word", b"GET\r\nHost: a\r\n\r\n", BAD_METHOD),
]

TARGETS = [
    *(
        taken(
            f"the target {target.decode('latin-1')}",
            head(start=b"GET %b HTTP/1.1" % target),
            Request(target=target),
        )
        for target in (
            *(b"/", b"//", b"//a/b", b"/a/../b", b"/a%00b", b"/%", b"/a;b=c", b"/?", b"/?a?b"),
            *(b"/*", b"/:80", b"/http://b/", b"/a,b", b"/a#b", b"/[x]", b'/{x}|^`\\<>"', b"/~a"),
            *(b"/a:b@c", b"/a" * 1000, b"/?" + b"q" * 3000),
            *(b"http://a", b"http://a/", b"http://a/b?c", b"HTTP://A/b", b"https://a:8443/b"),
            *(b"http://a?b", b"http://[::1]:80/", b"http://a:/", b"http://%41/", b"http://a_b~c/"),
        )
    ),
    taken(
        "OPTIONS with an asterisk",
        head(start=b"OPTIONS * HTTP/1.1"),
        Request("OPTIONS", b"*"),
    ),
    taken(
        "OPTIONS with a path",
        head(start=b"OPTIONS /a HTTP/1.1"),
        Request("OPTIONS", b"/a"),
    ),
    taken(
        "CONNECT to an IPv6 address",
        head(start=b"CONNECT [::1]:443 HTTP/1.1"),
        Request("CONNECT", b"[::1]:443", keep_alive=False),
    ),
    *(
        refused(f"the target {target.decode('latin-1')}", head(start=start), BAD_TARGET)
        for start, target in (
            *(
                (b"GET %b HTTP/1.1" % target, target)
                for target in (
                    *(b"*", b"**", b"a", b"a/b", b"a:80", b"?", b"?a", b"#", b".", b"..", b"%2F"),
                    *(b"http:", b"http:/", b"http://", b"http:///a", b"http:a", b"://a", b"ht"),
                    *(b"ftp://a/", b"ws://a/", b"httpx://a/", b"http//a", b"http://?a"),
                    *(b"http://u@a/", b"http://u:p@a/", b"http://a:b/", b"http://a:123456/"),
                    *(b"http://a#b", b"http://[::1/", b"http://::1/", b"http://a\\b/"),
                    *(b'http://a"/', b"http://a%4/", b"\\", b"@", b"[::1]", b"mailto:a@b"),
                )
            ),
            (b"POST * HTTP/1.1", b"* of a POST"),
            (b"OPTIONS ** HTTP/1.1", b"** of OPTIONS"),
            *(
                (b"CONNECT %b HTTP/1.1" % target, b"%b of CONNECT" % target)
                for target in (
                    *(
                        b"/",
                        b"*",
                        b"a",
                        b"a:",
                        b":80",
                        b"a:b",
                        b"http://a:80/",
                        b"a:80/",
                        b"u@a:80",
                    ),
                    *(b"a:123456", b"[::1]", b"a:80:80", b"a:-1", b"a,b"),
                )
            ),
        )
    ),
    *(
        refused(f"a target with {what}", head(start=b"GET /a%bb HTTP/1.1" % byte), BAD_TARGET)
        for what, byte in {
            "a NUL": b"\x00",
            "a tab": b"\t",
            "an escape": b"\x1b",
            "a vertical tab": b"\x0b",
            "a form feed": b"\x0c",
            "a DEL": b"\x7f",
            "a high byte": b"\x80",
            "UTF-8": b"\xc3\xa9",
            "the last byte": b"\xff",
        }.items()
    ),
    refused("a space in the target", head(start=b"GET /a b HTTP/1.1"), BAD_VERSION),
    refused("two spaces before the target", head(start=b"GET  / HTTP/1.1"), BAD_TARGET),
    refused("no target", head(start=b"GET HTTP/1.1"), BAD_VERSION),
    refused("no target, two spaces", head(start=b"GET  HTTP/1.1"), BAD_TARGET),
    refused("a line that ends instead of a target", b"GET \r\nHost: a\r\n\r\n", BAD_TARGET),
    refused("a bare CR in the target", head(start=b"GET /a\rb HTTP/1.1"), BAD_VERSION),
    refused("a bare LF in the target", head(start=b"GET /a\nb HTTP/1.1"), BAD_VERSION),
]

VERSIONS = [
    taken(
        "HTTP/1.0 ends with its response",
        head(start=b"GET / HTTP/1.0"),
        Request(minor=0, keep_alive=False),
    ),
    taken(
        "keep-alive in HTTP/1.0 changes nothing",
        head(b"Connection: keep-alive", start=b"GET / HTTP/1.0"),
        Request(headers=headers((b"connection", b"keep-alive")), minor=0, keep_alive=False),
    ),
    *(
        taken(
            f"the minor version {minor} is read as 1.1",
            head(start=b"GET / HTTP/1.%d" % minor) + NEXT,
            Request(),
            NEXT_REQUEST,
        )
        for minor in (2, 3, 9)
    ),
    taken(
        "a custom method with a minor version from the future and a body",
        head(b"Content-Length: 2", start=b"BREW / HTTP/1.7") + b"hi" + NEXT,
        Request("BREW", headers=headers((b"content-length", b"2")), body=b"hi"),
        NEXT_REQUEST,
    ),
    *(
        refused(f"the version {version.decode()}", head(start=b"GET / " + version), OTHER_VERSION)
        for version in (
            b"HTTP/0.9",
            b"HTTP/0.0",
            b"HTTP/2.0",
            b"HTTP/3.0",
            b"HTTP/9.9",
            b"HTTP/2.1",
        )
    ),
    *(
        refused(f"the version {version!r}", head(start=b"GET / " + version), BAD_VERSION)
        for version in (
            *(b"http/1.1", b"Http/1.1", b"HTTP/1", b"HTTP/1.", b"HTTP/.1", b"HTTP/11", b"HTTP/2"),
            *(b"HTTP/1.11", b"HTTP/01.1", b"HTTP/1.1.1", b"HTTP/1,1", b"HTTP/1.x", b"HTTP/x.1"),
            *(b"HTTP 1.1", b"HTTP/1.1 ", b"HTTP/1.1\t", b"HTTP/1.1x", b"HTTP/-1.1", b"HTTP/ 1.1"),
            *(b"HTTPS/1.1", b"HTP/1.1", b"ICE/1.0", b"RTSP/1.0", b"H", b"HTTP", b"HTTP/", b""),
            *(
                b" HTTP/1.1",
                b"\tHTTP/1.1",
                b"HTTP/1.1\x00",
                b"HTTP/1.\xb2",
                b"HTTP/1.\x00",
                b"/1.1",
            ),
        )
    ),
    refused("the request line of HTTP/0.9", b"GET /\r\n", BAD_VERSION),
    refused("the request line of HTTP/0.9 with a LF", b"GET /\n", BAD_VERSION),
]

LINE_ENDS = [
    refused("a request line that ends with a LF", b"GET / HTTP/1.1\nHost: a\r\n\r\n", BAD_LINE_END),
    refused("a head of LF alone", b"GET / HTTP/1.1\nHost: a\n\n", BAD_LINE_END),
    refused("a request line that ends with a CR", b"GET / HTTP/1.1\rHost: a\r\n\r\n", BAD_LINE_END),
    refused("a request line with two CR", b"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", BAD_LINE_END),
    refused("a field that ends with a LF", b"GET / HTTP/1.1\r\nHost: a\n\r\n", BAD_LINE_END),
    refused(
        "a field that ends with a CR", b"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", BAD_LINE_END
    ),
    refused("a field that ends with two CR", b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", BAD_LINE_END),
    refused("a head that ends with a LF", b"GET / HTTP/1.1\r\nHost: a\r\n\n", BAD_LINE_END),
    refused("a head that ends with a CR", b"GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n", BAD_LINE_END),
    refused("a head that ends with two CR", b"GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", BAD_LINE_END),
    refused("LF and CR in the wrong order", b"GET / HTTP/1.1\n\rHost: a\n\r\n\r", BAD_LINE_END),
    refused("a CR in a value", head(b"X: a\rb"), BAD_LINE_END),
    refused("a LF in a value", head(b"X: a\nb"), BAD_LINE_END),
    refused("a smuggled field behind a LF", head(b"X: a\nContent-Length: 5"), BAD_LINE_END),
    refused("a smuggled field behind a CR", head(b"X: a\rContent-Length: 5"), BAD_LINE_END),
    refused("a LF behind the Host", b"GET / HTTP/1.1\r\nHost: a\n\n" + NEXT, BAD_LINE_END),
]

EMPTY_LINES = [
    taken("an empty line before the request line is skipped", b"\r\n" + head(), Request()),
    taken("four empty lines before the request line", b"\r\n" * 4 + head(), Request()),
    refused("five empty lines before the request line", b"\r\n" * 4 + b"\r", BAD_LINE_END),
    refused("a LF behind four empty lines", b"\r\n" * 4 + b"\n", BAD_LINE_END),
    refused("a CR alone behind an empty line", b"\r\n\r" + head(), BAD_LINE_END),
    refused("a space behind four empty lines", b"\r\n" * 4 + b" " + head(), BAD_METHOD),
    refused("an empty line of a LF", b"\n" + head(), BAD_LINE_END),
    refused("an empty line of a CR", b"\r" + head(), BAD_LINE_END),
    refused("an empty line of two CR", b"\r\r\n" + head(), BAD_LINE_END),
    refused("a space in an empty line", b" \r\n" + head(), BAD_METHOD),
    refused("a space behind an empty line", b"\r\n " + head(), BAD_METHOD),
    taken(
        "an empty line behind a body, as old clients send it",
        head(b"Content-Length: 2", start=POST) + b"hi\r\n" + NEXT,
        Request("POST", headers=headers((b"content-length", b"2")), body=b"hi"),
        NEXT_REQUEST,
    ),
    taken(
        "four empty lines behind a body",
        head(b"Content-Length: 2", start=POST) + b"hi" + b"\r\n" * 4 + NEXT,
        Request("POST", headers=headers((b"content-length", b"2")), body=b"hi"),
        NEXT_REQUEST,
    ),
    refused(
        "five empty lines behind a body",
        head(b"Content-Length: 2", start=POST) + b"hi" + b"\r\n" * 5 + NEXT,
        BAD_LINE_END,
        Request("POST", headers=headers((b"content-length", b"2")), body=b"hi"),
    ),
    taken(
        "four empty lines in front of each of two requests",
        (b"\r\n" * 4 + NEXT) * 2,
        NEXT_REQUEST,
        NEXT_REQUEST,
    ),
    taken(
        "an empty line behind a chunked body",
        chunked(b"2\r\nhi\r\n" + END + b"\r\n") + NEXT,
        chunked_request(b"hi"),
        NEXT_REQUEST,
    ),
    taken(
        "an empty line between requests without a body",
        head() + b"\r\n" + NEXT,
        Request(),
        NEXT_REQUEST,
    ),
    taken(
        "two empty lines between requests",
        head() + b"\r\n\r\n" + NEXT,
        Request(),
        NEXT_REQUEST,
    ),
    taken("an empty line alone", b"\r\n", unread=b"\r\n"),
    taken("four empty lines alone", b"\r\n" * 4, unread=b"\r\n" * 4),
    taken("half an empty line behind three", b"\r\n\r\n\r\n\r", unread=b"\r\n\r\n\r\n\r"),
    taken("half an empty line alone", b"\r", unread=b"\r"),
    taken("an empty line behind the last request", head() + b"\r\n", Request(), unread=b"\r\n"),
]

CASES = [*METHODS, *TARGETS, *VERSIONS, *LINE_ENDS, *EMPTY_LINES]
