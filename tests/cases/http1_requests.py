"""What HTTP/1 requests mean, or how they are refused: data only, the same for every codec.

A case is a sentence, the bytes of a connection, the requests that come out of them, and the
refusal that ends it, if any. Where a codec differs, the case says so in `differs`: a reason
by the codec's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Request:
    """One request as a codec tells of it; `ended` if END came."""

    method: str = "GET"
    target: bytes = b"/"
    headers: Headers = field(default_factory=lambda: [(b"host", b"a")])
    body: bytes = b""
    minor: int = 1
    keep_alive: bool = True
    upgrade: bytes = b""
    expect_continue: bool = False
    ended: bool = True


@dataclass(frozen=True)
class Case:
    """`unread` is what the codec still has at the end, if nothing was refused."""

    name: str
    data: bytes
    requests: list[Request]
    refused: tuple[int, str] | None = None
    unread: bytes = b""
    differs: dict[str, str] = field(default_factory=dict)


def taken(name: str, data: bytes, *requests: Request, unread: bytes = b"") -> Case:
    return Case(name, data, list(requests), None, unread)


def refused(name: str, data: bytes, verdict: tuple[int, str], *before: Request) -> Case:
    """`before` are complete requests in front of the bad one."""
    return Case(name, data, list(before), verdict)


def head(*lines: bytes, start: bytes = b"GET / HTTP/1.1") -> bytes:
    """A request head with a Host and these field lines."""
    return b"\r\n".join([start, b"Host: a", *lines, b"", b""])


def headers(*added: tuple[bytes, bytes]) -> Headers:
    return [(b"host", b"a"), *added]


def chunked(body: bytes) -> bytes:
    """A POST whose body is given as it is on the wire."""
    return head(b"Transfer-Encoding: chunked", start=b"POST / HTTP/1.1") + body


def chunked_request(body: bytes, ended: bool = True) -> Request:
    return Request(
        "POST", headers=headers((b"transfer-encoding", b"chunked")), body=body, ended=ended
    )


POST = b"POST / HTTP/1.1"
END = b"0\r\n\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
NEXT_REQUEST = Request(target=b"/next")

BAD_METHOD = 400, "Bad request method"
BAD_TARGET = 400, "Bad request target"
BAD_VERSION = 400, "Bad HTTP version"
OTHER_VERSION = 505, "HTTP version not supported"
BAD_LINE_END = 400, "Bare CR or LF in request head"
BAD_NAME = 400, "Bad header name"
BAD_VALUE = 400, "Control byte in header value"
OBS_FOLD = 400, "Folded header line"
LINE_TOO_LONG = 414, "Request line too long"
BLOCK_TOO_LONG = 431, "Request header block too long"
TOO_MANY_FIELDS = 431, "Too many request headers"
BAD_HOST = 400, "Bad Host header"
NO_HOST = 400, "Missing Host header"
TWO_HOSTS = 400, "More than one Host"
BAD_LENGTH = 400, "Bad Content-Length"
TWO_LENGTHS = 400, "More than one Content-Length"
TWO_FRAMINGS = 400, "Content-Length with Transfer-Encoding"
CODING_IN_1_0 = 400, "Transfer-Encoding in HTTP/1.0"
BAD_CODING = 400, "Bad Transfer-Encoding"
OTHER_CODING = 501, "Unsupported transfer coding"
BAD_SIZE = 400, "Bad chunk size"
BAD_EXTENSION = 400, "Bad chunk extension"
BAD_CHUNK_LINE_END = 400, "Bad line end in chunked body"
BAD_TRAILER = 400, "Bad trailer"
EXTENSION_TOO_LONG = 400, "Chunk extensions too long"
TRAILER_TOO_LONG = 431, "Trailer block too long"
TOO_MANY_TRAILERS = 431, "Too many trailers"

# The limits that the cases run with: those of wire.py.
LIMITS = (16 * 1024, 64 * 1024, 200)

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
        Request("CONNECT", b"a.example:443"),
    ),
    taken(
        "CONNECT with a body of a given length, which is read",
        head(b"Content-Length: 2", start=b"CONNECT a:443 HTTP/1.1") + b"hi" + NEXT,
        Request("CONNECT", b"a:443", headers((b"content-length", b"2")), b"hi"),
        NEXT_REQUEST,
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
        Request("CONNECT", b"[::1]:443"),
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
    refused("two empty lines before the request line", b"\r\n\r\n" + head(), BAD_LINE_END),
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
    refused(
        "two empty lines between requests", head() + b"\r\n\r\n" + NEXT, BAD_LINE_END, Request()
    ),
    taken("an empty line alone", b"\r\n", unread=b"\r\n"),
    taken("half an empty line alone", b"\r", unread=b"\r"),
    taken("an empty line behind the last request", head() + b"\r\n", Request(), unread=b"\r\n"),
]

NAMES = [
    taken(
        "a name of every token character",
        head(b"!#$%&'*+-.^_`|~019azAZ: x"),
        Request(headers=headers((b"!#$%&'*+-.^_`|~019azaz", b"x"))),
    ),
    taken("a name of one letter", head(b"x:y"), Request(headers=headers((b"x", b"y")))),
    taken(
        "names of an underscore and a hyphen are two names",
        head(b"a_b: 1", b"a-b: 2"),
        Request(headers=headers((b"a_b", b"1"), (b"a-b", b"2"))),
    ),
    taken(
        "a name of 1000 bytes",
        head(b"N" * 1000 + b": x"),
        Request(headers=headers((b"n" * 1000, b"x"))),
    ),
    refused("an empty name", head(b": x"), BAD_NAME),
    refused("a colon alone", head(b":"), BAD_NAME),
    refused("a line without a colon", head(b"nonsense"), BAD_NAME),
    refused("a first line without a colon", b"GET / HTTP/1.1\r\nHost\r\n\r\n", BAD_NAME),
    refused("a space before the colon", head(b"X : y"), BAD_NAME),
    refused("a tab before the colon", head(b"X\t: y"), BAD_NAME),
    refused("a space in a name", head(b"X Y: z"), BAD_NAME),
    refused("a space before the colon of a Host", b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", BAD_NAME),
    *(
        refused(f"a name with {what}", head(b"X%bY: z" % byte), BAD_NAME)
        for what, byte in {
            "a NUL": b"\x00",
            "a vertical tab": b"\x0b",
            "a form feed": b"\x0c",
            "a bare CR": b"\r",
            "a bare LF": b"\n",
            "a DEL": b"\x7f",
            "a high byte": b"\x80",
            "UTF-8": b"\xc3\xa9",
            "a Kelvin sign": b"\xe2\x84\xaa",
            "parentheses": b"()",
            "a slash": b"/",
            "a quote": b'"',
            "a comma": b",",
            "a semicolon": b";",
            "an equals sign": b"=",
            "an at sign": b"@",
            "a bracket": b"[",
            "a backslash": b"\\",
            "a brace": b"{",
            "an angle bracket": b"<",
            "a question mark": b"?",
        }.items()
    ),
    refused("a line that starts with a space", head(b"X: y", b" z"), OBS_FOLD),
    refused("a line that starts with a tab", head(b"X: y", b"\tz"), OBS_FOLD),
    refused("a folded Host", b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", OBS_FOLD),
    refused(
        "a first line that starts with a space", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", OBS_FOLD
    ),
    refused(
        "a first line that starts with a tab", b"GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", OBS_FOLD
    ),
    refused("a line of a space alone", head(b" "), OBS_FOLD),
    refused("a folded Transfer-Encoding", head(b"Transfer-Encoding:", b" chunked"), OBS_FOLD),
    refused("a folded Content-Length", head(b"Content-Length: 1", b" 2"), OBS_FOLD),
]

VALUES = [
    *(
        taken(f"a value {what}", head(b"X:" + value), Request(headers=headers((b"x", result))))
        for what, value, result in (
            ("without a blank before it", b"y", b"y"),
            ("with blanks around it", b" \t y \t ", b"y"),
            ("with blanks in it", b" a  b\tc ", b"a  b\tc"),
            ("that is empty", b"", b""),
            ("that is a space", b" ", b""),
            ("that is blanks", b" \t \t", b""),
            ("with colons", b" a:b::c", b"a:b::c"),
            ("with high bytes", b" \x80\xff", b"\x80\xff"),
            ("with UTF-8", b" \xc3\xa9\xe2\x82\xac", b"\xc3\xa9\xe2\x82\xac"),
            ("with a NEL and a no-break space at its ends", b"\x85x\xa0", b"\x85x\xa0"),
            ("of every visible character", bytes(range(33, 127)), bytes(range(33, 127))),
            ("of every high byte", bytes(range(128, 256)), bytes(range(128, 256))),
            ("of 10000 bytes", b" " + b"v" * 10000, b"v" * 10000),
            ("of 1000 blanks and a letter", b" " * 1000 + b"v", b"v"),
        )
    ),
    *(
        refused(f"the control byte {byte:#04x} in a value", head(b"X: a%cb" % byte), BAD_VALUE)
        for byte in (*range(9), *range(11, 13), *range(14, 32), 127)
    ),
    refused("a NUL at the start of a value", head(b"X: \x00"), BAD_VALUE),
    refused("a DEL at the end of a value", head(b"X: a\x7f"), BAD_VALUE),
    refused("a vertical tab before a value", head(b"X:\x0bchunked"), BAD_VALUE),
]

HOSTS = [
    *(
        taken(
            f"the Host {host.decode()!r}",
            b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % host,
            Request(headers=[(b"host", host)]),
        )
        for host in (
            *(b"", b"a", b"a:80", b"a:", b"example.com", b"EXAMPLE.com:65535", b"127.0.0.1:8000"),
            *(b"[::1]", b"[::1]:80", b"[2001:DB8::ffff:1.2.3.4]", b"a-b_c~d", b"%41%62", b"xn--a"),
            *(b"a.", b".a", b"a,b", b"a;b", b"a=b", b"(a)", b"a'b", b"a!$&*+", b":80", b"0", b"-"),
        )
    ),
    *(
        refused(
            f"the Host {host.decode('latin-1')!r}",
            b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % host,
            BAD_HOST,
        )
        for host in (
            *(b"a b", b"a, b", b"u@a", b"u:p@a", b"a/", b"a/b", b"/a", b"http://a", b"a?b", b"a#b"),
            *(b"a:b", b"a:80x", b"a:-1", b"a:123456", b"a:80:80", b"::1", b"[::1", b"::1]", b"[]"),
            *(b"[::1]a", b"a[::1]", b"[::1]:b", b"[g]", b"[fe80::1%25eth0]", b"%", b"%4", b"%zz"),
            *(
                b'"a"',
                b"<a>",
                b"{a}",
                b"a|b",
                b"a\\b",
                b"a^b",
                b"a`b",
                b"a\tb",
                b"\xc3\xa9",
                b"\xff",
            ),
        )
    ),
    refused("no Host in HTTP/1.1", b"GET / HTTP/1.1\r\n\r\n", NO_HOST),
    refused("no Host among other fields", b"GET / HTTP/1.1\r\nX: a\r\n\r\n", NO_HOST),
    refused("no Host with a target in absolute form", b"GET http://a/ HTTP/1.1\r\n\r\n", NO_HOST),
    refused("no Host in a version from the future", b"GET / HTTP/1.9\r\n\r\n", NO_HOST),
    refused("two Hosts", head(b"Host: b"), TWO_HOSTS),
    refused("two Hosts that are equal", head(b"host: a"), TWO_HOSTS),
    refused("two Hosts, one empty", head(b"Host:"), TWO_HOSTS),
    refused("two Hosts in HTTP/1.0", head(b"Host: b", start=b"GET / HTTP/1.0"), TWO_HOSTS),
    refused("a bad Host in HTTP/1.0", b"GET / HTTP/1.0\r\nHost: a b\r\n\r\n", BAD_HOST),
    taken(
        "a Host unlike the one of an absolute target",
        head(start=b"GET http://b/ HTTP/1.1"),
        Request(target=b"http://b/"),
    ),
    taken(
        "a Host that changes from request to request",
        head() + b"GET / HTTP/1.1\r\nHost: b\r\n\r\n" + head(),
        Request(),
        Request(headers=[(b"host", b"b")]),
        Request(),
    ),
    refused(
        "a bad Host behind a good one",
        head() + b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        BAD_HOST,
        Request(),
    ),
]

CONTENT_LENGTHS = [
    taken(
        "a length with zeros in front",
        head(b"Content-Length: 0002", start=POST) + b"hi",
        Request("POST", headers=headers((b"content-length", b"0002")), body=b"hi"),
    ),
    taken(
        "a length with blanks around it",
        head(b"Content-Length:\t 2 \t", start=POST) + b"hi",
        Request("POST", headers=headers((b"content-length", b"2")), body=b"hi"),
    ),
    taken(
        "a length of 18 digits with zeros in front",
        head(b"Content-Length: " + b"2".zfill(18), start=POST) + b"hi",
        Request("POST", headers=headers((b"content-length", b"2".zfill(18))), body=b"hi"),
    ),
    taken(
        "a body that is not complete",
        head(b"Content-Length: 999999999999999999", start=POST) + b"hi",
        Request(
            "POST",
            headers=headers((b"content-length", b"9" * 18)),
            body=b"hi",
            ended=False,
        ),
    ),
    taken(
        "a body that has not begun",
        head(b"Content-Length: 2", start=POST),
        Request("POST", headers=headers((b"content-length", b"2")), ended=False),
    ),
    *(
        refused(
            f"the Content-Length {value.decode('latin-1')!r}",
            head(b"Content-Length: " + value, start=POST) + b"hello",
            BAD_LENGTH,
        )
        for value in (
            *(
                b"",
                b"+5",
                b"-5",
                b"-0",
                b"+",
                b"5,5",
                b"5, 5",
                b"5,",
                b",5",
                b"5 5",
                b"5\t5",
                b"0x5",
            ),
            *(
                b"5.0",
                b"5e0",
                b"1_0",
                b"five",
                b"5;",
                b"5 a",
                b"a5",
                b'"5"',
                b"'5'",
                b"(5)",
                b"0b1",
            ),
            *(b"1" * 19, b"9" * 20, b"18446744073709551621", b"0" * 19, b"1" * 1000),
            *(b"\xb2", b"\xd9\xa5", b"\xff", b"5\xa0", b"\xa05", b"NaN", b"inf", b"5/1", b"#5"),
        )
    ),
    refused("a NUL in a Content-Length", head(b"Content-Length: 5\x00"), BAD_VALUE),
    refused("a vertical tab before a Content-Length", head(b"Content-Length: \x0b5"), BAD_VALUE),
    refused("a form feed behind a Content-Length", head(b"Content-Length: 5\x0c"), BAD_VALUE),
    refused("a CR in a Content-Length", head(b"Content-Length: 5\r6"), BAD_LINE_END),
    refused("a space before the colon of a Content-Length", head(b"Content-Length : 5"), BAD_NAME),
    refused(
        "a Content-Length with a space in front", head(b"X: y", b" Content-Length: 5"), OBS_FOLD
    ),
    refused(
        "two lengths that are equal",
        head(b"Content-Length: 5", b"Content-Length: 5", start=POST) + b"hello",
        TWO_LENGTHS,
    ),
    refused(
        "two lengths that differ",
        head(b"Content-Length: 5", b"content-length: 6", start=POST) + b"hello",
        TWO_LENGTHS,
    ),
    refused(
        "two lengths with fields between them",
        head(b"Content-Length: 0", b"X: y", b"CONTENT-LENGTH: 0", start=POST),
        TWO_LENGTHS,
    ),
    refused(
        "a bad length in HTTP/1.0",
        head(b"Content-Length: -1", start=b"POST / HTTP/1.0"),
        BAD_LENGTH,
    ),
    refused("a bad length of a GET", head(b"Content-Length: x"), BAD_LENGTH),
    taken(
        "a name that only resembles Content-Length",
        head(b"Content_Length: 5", b"X-Content-Length: 6", b"Content-Lengths: 7", start=POST),
        Request(
            "POST",
            headers=headers(
                (b"content_length", b"5"), (b"x-content-length", b"6"), (b"content-lengths", b"7")
            ),
        ),
    ),
]

TRANSFER_ENCODINGS = [
    *(
        taken(
            f"the Transfer-Encoding {value.decode()!r}",
            head(b"Transfer-Encoding:" + value, start=POST) + b"2\r\nhi\r\n" + END,
            Request("POST", headers=headers((b"transfer-encoding", value.strip())), body=b"hi"),
        )
        for value in (
            b"chunked",
            b" chunked",
            b"\tchunked",
            b" \t chunked \t",
            b"Chunked",
            b"CHUNKED",
        )
    ),
    taken(
        "Transfer-Encoding in other letters",
        head(b"tRANSFER-eNCODING: chunked", start=POST) + b"2\r\nhi\r\n" + END,
        chunked_request(b"hi"),
    ),
    taken(
        "a chunked GET",
        head(b"Transfer-Encoding: chunked") + b"2\r\nhi\r\n" + END + NEXT,
        Request(headers=headers((b"transfer-encoding", b"chunked")), body=b"hi"),
        NEXT_REQUEST,
    ),
    *(
        refused(
            f"the Transfer-Encoding {value.decode('latin-1')!r}",
            head(b"Transfer-Encoding: " + value, start=POST) + END,
            BAD_CODING,
        )
        for value in (
            *(b"", b"identity", b"gzip", b"xchunked", b"chunkedx", b"chunked, identity", b"x"),
            *(b"chunked,", b",chunked", b"chunked, chunked", b"chunked;q=1", b"chunked ;a=b"),
            *(b'"chunked"', b"'chunked'", b"chun ked", b"chunked, gzip", b"gzip, , chunked"),
            *(b"chunked gzip", b"gzip chunked", b"gzip;chunked", b"\xffchunked", b"chunked\xa0"),
            *(b"chunked, CHUNKED", b"chunked,gzip,chunked", b"c", b",", b"cow", b"-"),
        )
    ),
    *(
        refused(
            f"the Transfer-Encoding {value.decode()!r}",
            head(b"Transfer-Encoding: " + value, start=POST) + END,
            OTHER_CODING,
        )
        for value in (
            *(b"gzip, chunked", b"gzip,chunked", b"identity, chunked", b"x, Chunked"),
            *(b"deflate, gzip\t, chunked", b"xchunked, chunked", b"chunked;a=b, chunked"),
        )
    ),
    refused(
        "two lines of Transfer-Encoding",
        head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", start=POST) + END,
        BAD_CODING,
    ),
    refused(
        "a second Transfer-Encoding of identity",
        head(b"Transfer-Encoding: chunked", b"Transfer-encoding: identity", start=POST) + END,
        BAD_CODING,
    ),
    refused(
        "a second Transfer-Encoding of nonsense",
        head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: cow", start=POST) + END,
        BAD_CODING,
    ),
    refused(
        "a second Transfer-Encoding that is empty",
        head(b"Transfer-Encoding: chunked", b"Transfer-Encoding:", start=POST) + END,
        BAD_CODING,
    ),
    refused(
        "chunked behind another coding in a line of its own",
        head(b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked", start=POST) + END,
        OTHER_CODING,
    ),
    refused(
        "a space before the colon of a Transfer-Encoding",
        head(b"Transfer-Encoding : chunked", start=POST) + END,
        BAD_NAME,
    ),
    refused(
        "a Transfer-Encoding behind a vertical tab",
        head(b"Transfer-Encoding: \x0bchunked", start=POST) + END,
        BAD_VALUE,
    ),
    refused(
        "a Transfer-Encoding that ends with a NUL",
        head(b"Transfer-Encoding: chunked\x00", start=POST) + END,
        BAD_VALUE,
    ),
    refused(
        "a Transfer-Encoding with a space in front",
        head(b" Transfer-Encoding: chunked", start=POST) + END,
        OBS_FOLD,
    ),
    refused(
        "a Transfer-Encoding behind a bare LF",
        head(b"X: y\nTransfer-Encoding: chunked", start=POST) + END,
        BAD_LINE_END,
    ),
    refused(
        "a Transfer-Encoding in quotes",
        head(b'"Transfer-Encoding": chunked', start=POST) + END,
        BAD_NAME,
    ),
    refused(
        "Content-Length, then Transfer-Encoding",
        head(b"Content-Length: 6", b"Transfer-Encoding: chunked", start=POST) + END + b"G",
        TWO_FRAMINGS,
    ),
    refused(
        "Transfer-Encoding, then Content-Length",
        head(b"Transfer-Encoding: chunked", b"Content-Length: 3", start=POST) + END,
        TWO_FRAMINGS,
    ),
    refused(
        "Content-Length with an unknown Transfer-Encoding",
        head(b"Content-Length: 3", b"Transfer-Encoding: x", start=POST) + b"abc",
        TWO_FRAMINGS,
    ),
    refused(
        "Content-Length with an empty Transfer-Encoding",
        head(b"Content-Length: 3", b"Transfer-Encoding:", start=POST) + b"abc",
        TWO_FRAMINGS,
    ),
    refused(
        "a bad Content-Length with Transfer-Encoding",
        head(b"Transfer-Encoding: chunked", b"Content-Length: 1e2", start=POST) + END,
        BAD_LENGTH,
    ),
    refused(
        "Transfer-Encoding in HTTP/1.0",
        head(b"Transfer-Encoding: chunked", start=b"POST / HTTP/1.0") + END,
        CODING_IN_1_0,
    ),
    refused(
        "Transfer-Encoding and Content-Length in HTTP/1.0",
        head(b"Content-Length: 5", b"Transfer-Encoding: chunked", start=b"POST / HTTP/1.0") + END,
        CODING_IN_1_0,
    ),
    taken(
        "a name that only resembles Transfer-Encoding",
        head(b"Transfer_Encoding: chunked", b"X-Transfer-Encoding: chunked", start=POST) + NEXT,
        Request(
            "POST",
            headers=headers(
                (b"transfer_encoding", b"chunked"), (b"x-transfer-encoding", b"chunked")
            ),
        ),
        NEXT_REQUEST,
    ),
    taken(
        "TE is not Transfer-Encoding",
        head(b"TE: chunked", start=POST) + NEXT,
        Request("POST", headers=headers((b"te", b"chunked"))),
        NEXT_REQUEST,
    ),
]

CHUNKS = [
    *(
        taken(f"a chunked body of {what}", chunked(wire), chunked_request(body))
        for what, wire, body in (
            ("nothing", END, b""),
            ("one chunk", b"5\r\nhello\r\n" + END, b"hello"),
            ("two chunks", b"5\r\nhello\r\n1\r\n!\r\n" + END, b"hello!"),
            ("sizes in lower case", b"a\r\n0123456789\r\n" + END, b"0123456789"),
            ("sizes in upper case", b"A\r\n0123456789\r\n" + END, b"0123456789"),
            ("sizes in mixed case", b"aA\r\n" + b"x" * 170 + b"\r\n" + END, b"x" * 170),
            ("zeros before a size", b"0005\r\nhello\r\n" + END, b"hello"),
            ("16 digits", b"5".zfill(16) + b"\r\nhello\r\n" + END, b"hello"),
            ("a last chunk of many zeros", b"5\r\nhello\r\n000\r\n\r\n", b"hello"),
            ("a last chunk of 16 zeros", b"1\r\na\r\n" + b"0" * 16 + b"\r\n\r\n", b"a"),
            ("line ends as data", b"4\r\n\r\n\r\n\r\n" + END, b"\r\n\r\n"),
            ("what looks like an end", b"5\r\n0\r\n\r\n\r\n" + END, b"0\r\n\r\n"),
            ("every byte", b"100\r\n" + bytes(range(256)) + b"\r\n" + END, bytes(range(256))),
            ("many small chunks", b"1\r\nx\r\n" * 300 + END, b"x" * 300),
            ("a large chunk", b"11170\r\n" + b"y" * 70000 + b"\r\n" + END, b"y" * 70000),
        )
    ),
    taken("a chunk that is not complete", chunked(b"5\r\nhel"), chunked_request(b"hel", False)),
    taken("a chunk without its line end", chunked(b"5\r\nhello"), chunked_request(b"hello", False)),
    taken("a chunked body that has not begun", chunked(b""), chunked_request(b"", False)),
    taken(
        "the largest chunk size there is",
        chunked(b"7fffffffffffffff\r\nhello"),
        chunked_request(b"hello", False),
    ),
    *(
        refused(f"the chunk size line {line!r}", chunked(line + b"\r\nhello\r\n" + END), BAD_SIZE)
        for line in (
            *(b"", b" ", b" 5", b"\t5", b"+5", b"-5", b"-0", b"0x5", b"0X5", b"g", b"5g", b"x5"),
            *(b"5,5", b"5.", b"5_0", b"5h", b"5\x00", b"\x005", b"5\x0b", b"5\x0c", b'"5"', b"5="),
            *(b"8000000000000000", b"ffffffffffffffff", b"FFFFFFFFFFFFFFFF", b"10000000000000000"),
            *(b"0" * 17, b"5".zfill(17), b"1" * 100, b";", b";a=b", b"\xb2", b"\xff", b"5\x85"),
            *(b"/", b":", b"@", b"G", b"`", b"5\x7f", b"\x7f"),
        )
    ),
    refused("a size line that ends with a LF", chunked(b"5\nhello\r\n" + END), BAD_CHUNK_LINE_END),
    refused("a size line of a LF alone", chunked(b"\n" + END), BAD_SIZE),
    refused("a size line that ends with a CR", chunked(b"5\rhello\r\n" + END), BAD_CHUNK_LINE_END),
    refused("a size line with two CR", chunked(b"5\r\r\nhello\r\n" + END), BAD_CHUNK_LINE_END),
    refused("a last chunk that ends with a LF", chunked(b"0\n\r\n"), BAD_CHUNK_LINE_END),
    refused("a last chunk that ends with a CR", chunked(b"0\r\r\n\r\n"), BAD_CHUNK_LINE_END),
    refused("a body that ends with a LF", chunked(b"0\r\n\n"), BAD_CHUNK_LINE_END),
    refused("a body that ends with a CR", chunked(b"0\r\n\rG"), BAD_CHUNK_LINE_END),
    *(
        refused(
            f"{what} behind the data",
            chunked(b"5\r\nhello" + line_end + END),
            BAD_CHUNK_LINE_END,
        )
        for what, line_end in {
            "nothing": b"",
            "a LF": b"\n",
            "a CR": b"\r",
            "two CR": b"\r\r\n",
            "LF and CR": b"\n\r",
            "more data": b"!\r\n",
            "a space": b" \r\n",
        }.items()
    ),
    taken(
        "a request behind a chunked body",
        chunked(b"5\r\nhello\r\n" + END) + NEXT,
        chunked_request(b"hello"),
        NEXT_REQUEST,
    ),
    taken(
        "two chunked requests one after the other",
        chunked(b"5\r\nhello\r\n" + END) + chunked(b"2;a\r\nhi\r\n0\r\nX: y\r\n\r\n") + NEXT,
        chunked_request(b"hello"),
        chunked_request(b"hi"),
        NEXT_REQUEST,
    ),
    refused(
        "a bad chunk behind a whole request",
        head() + chunked(b"5\r\nhello\r\nx\r\n"),
        BAD_SIZE,
        Request(),
    ),
]

EXTENSIONS = [
    *(
        taken(
            f"the chunk extension {extension!r}",
            chunked(b"5%b\r\nhello\r\n" % extension + END),
            chunked_request(b"hello"),
        )
        for extension in (
            *(b";a", b";a=b", b";a;b", b";a=b;c=d", b"; a", b" ;a", b" ; a = b", b"\t;\ta\t=\tb"),
            *(
                b';a="b"',
                b';a=""',
                b';a="b c"',
                b';a="b;c=d"',
                b';a="\\""',
                b';a="\\\\"',
                b';a="\t"',
            ),
            *(
                b';a="\\b"',
                b';a="\xff"',
                b';a="\\\xff"',
                b';a="b" ;c',
                b";a  ;b",
                b";a=b ;c",
                b";5",
            ),
            *(b";!#$%&'*+-.^_`|~=x", b";a=1.5", b';a="b";c="d"', b";" + b"a" * 4095),
        )
    ),
    taken(
        "an extension of the last chunk",
        chunked(b"5\r\nhello\r\n0;a=b\r\n\r\n"),
        chunked_request(b"hello"),
    ),
    *(
        refused(
            f"the chunk extension {extension!r}",
            chunked(b"5%b\r\nhello\r\n" % extension + END),
            BAD_EXTENSION,
        )
        for extension in (
            *(
                b";",
                b" ",
                b"\t",
                b"  ",
                b";;",
                b";a;",
                b"; ",
                b";=",
                b";=b",
                b";a=",
                b";a= ",
                b";a ",
            ),
            *(
                b";a=b ",
                b' ;a="b" ',
                b";a==b",
                b";a b",
                b";a=b c",
                b'"',
                b';"a"',
                b';a="b',
                b';a="',
            ),
            *(b';a="b\\', b';a=b"c"', b';a="b"c', b";a=(", b";a(", b";a,b", b";a=b,c", b";\x00"),
            *(
                b";a\x00",
                b";a=\x00",
                b';a="\x00"',
                b';a="\\\x00"',
                b";a\x7f",
                b';a="\x7f"',
                b";\xff",
            ),
            *(
                b";a\xff",
                b";a=\xff",
                b" a",
                b" =",
                b" 5",
                b"\t5",
                b";a=b=c",
                b"; ;",
                b";/",
                b";a=@",
            ),
        )
        if not extension.startswith(b'"')
    ),
    refused("a quote behind a size", chunked(b'5"\r\nhello\r\n' + END), BAD_SIZE),
    *(
        refused(
            f"a LF {what} an extension",
            chunked(b"5%b\r\nhello\r\n" % extension + END),
            BAD_CHUNK_LINE_END,
        )
        for what, extension in {
            "at the start of": b";\n",
            "in the name of": b";a\n",
            "before the equals sign of": b";a \n",
            "before the value of": b";a=\n",
            "in the value of": b";a=b\n",
            "in the quotes of": b';a="\n"',
            "behind a backslash in": b';a="\\\n"',
            "behind the quotes of": b';a="b"\n',
            "before the semicolon of": b" \n",
        }.items()
    ),
    refused("a bare CR in an extension", chunked(b"5;a\rb\r\nhello\r\n" + END), BAD_CHUNK_LINE_END),
    refused("a bare CR in quotes", chunked(b'5;a="\r"\r\nhello\r\n' + END), BAD_EXTENSION),
    taken(
        "extensions of 4096 bytes in all",
        chunked(b"1;a=b\r\nx\r\n" * 1023 + b"1;a=b\r\nx\r\n" + END),
        chunked_request(b"x" * 1024),
    ),
    refused(
        "extensions of 4097 bytes in one line",
        chunked(b"5;" + b"a" * 4096 + b"\r\nhello\r\n" + END),
        EXTENSION_TOO_LONG,
    ),
    refused(
        "extensions of 4100 bytes in many lines",
        chunked(b"1;a=b\r\nx\r\n" * 1025 + END),
        EXTENSION_TOO_LONG,
    ),
    refused(
        "a quoted extension that does not end",
        chunked(b'5;a="' + b"b" * 4096),
        EXTENSION_TOO_LONG,
    ),
    refused(
        "blanks behind a size that do not end", chunked(b"5" + b" " * 4097), EXTENSION_TOO_LONG
    ),
]

TRAILERS = [
    *(
        taken(
            f"a trailer {what} is checked and dropped",
            chunked(b"5\r\nhello\r\n0\r\n" + trailer + b"\r\n") + NEXT,
            chunked_request(b"hello"),
            NEXT_REQUEST,
        )
        for what, trailer in {
            "of one field": b"X: y\r\n",
            "of two fields": b"X: y\r\nZ: z\r\n",
            "with an empty value": b"X:\r\n",
            "with high bytes": b"X: \xff\r\n",
            "with tabs": b"X:\ty\tz\t\r\n",
            "with a Content-Length": b"Content-Length: 5\r\n",
            "with a Transfer-Encoding": b"Transfer-Encoding: chunked\r\n",
            "with a Host": b"Host: b\r\nHost: c\r\n",
            "with a Connection: close": b"Connection: close\r\n",
            "of 200 fields": b"a:\r\n" * 200,
            "of 65536 bytes": b"a:" + b"b" * 65532 + b"\r\n",
        }.items()
    ),
    *(
        refused(
            f"a trailer with {what}",
            chunked(b"5\r\nhello\r\n0\r\n" + trailer + b"\r\n\r\n"),
            verdict,
        )
        for what, trailer, verdict in (
            ("an empty name", b": y", BAD_TRAILER),
            ("no colon", b"nonsense", BAD_TRAILER),
            ("a space before the colon", b"X : y", BAD_TRAILER),
            ("a space in front", b" X: y", BAD_TRAILER),
            ("a tab in front", b"\tX: y", BAD_TRAILER),
            ("a folded line", b"X: y\r\n z", BAD_TRAILER),
            ("a NUL in the name", b"X\x00: y", BAD_TRAILER),
            ("a NUL in the value", b"X: \x00", BAD_TRAILER),
            ("a DEL in the value", b"X: y\x7f", BAD_TRAILER),
            ("a high byte in the name", b"X\xff: y", BAD_TRAILER),
            ("a bare LF in the name", b"X\n: y", BAD_TRAILER),
            ("a bare CR in the name", b"X\r: y", BAD_TRAILER),
            ("a bare LF in the value", b"X: y\nZ: z", BAD_CHUNK_LINE_END),
            ("a bare CR in the value", b"X: y\rZ: z", BAD_CHUNK_LINE_END),
            ("a LF at its end", b"X: y\r\n\n", BAD_CHUNK_LINE_END),
            ("a request instead", b"GET / HTTP/1.1", BAD_TRAILER),
            ("201 fields", b"a:\r\n" * 201, TOO_MANY_TRAILERS),
            ("65537 bytes in a line", b"a:" + b"b" * 65533, TRAILER_TOO_LONG),
            ("65537 bytes in two lines", b"a:\r\nb:" + b"c" * 65529, TRAILER_TOO_LONG),
        )
    ),
    taken(
        "a trailer that is not complete",
        chunked(b"2\r\nhi\r\n0\r\nX: y\r\n"),
        chunked_request(b"hi", False),
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
        Request("CONNECT", b"a:1"),
        NEXT_REQUEST,
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

LINE = 16 * 1024 - len("GET  HTTP/1.1")
BLOCK = 64 * 1024 - len("Host: a\r\nX:\r\n")
LIMITS_OF_HEADS = [
    taken(
        "a request line of 16384 bytes",
        head(start=b"GET /%b HTTP/1.1" % (b"a" * (LINE - 1))),
        Request(target=b"/" + b"a" * (LINE - 1)),
    ),
    taken(
        "a request line of 16384 bytes behind an empty line",
        b"\r\n" + head(start=b"GET /%b HTTP/1.1" % (b"a" * (LINE - 1))),
        Request(target=b"/" + b"a" * (LINE - 1)),
    ),
    refused(
        "a request line of 16385 bytes",
        head(start=b"GET /%b HTTP/1.1" % (b"a" * LINE)),
        LINE_TOO_LONG,
    ),
    refused("a method that does not end", b"G" * 17000, LINE_TOO_LONG),
    refused("a target that does not end", b"GET /" + b"a" * 17000, LINE_TOO_LONG),
    refused(
        "a bad byte behind a line that is too long",
        b"GET /" + b"a" * 17000 + b"\x00",
        LINE_TOO_LONG,
    ),
    refused("a bad byte in a line that is too long", b"GET /\x00" + b"a" * 17000, BAD_TARGET),
    taken(
        "a header block of 65536 bytes",
        head(b"X:" + b"a" * BLOCK),
        Request(headers=headers((b"x", b"a" * BLOCK))),
    ),
    refused("a header block of 65537 bytes", head(b"X:" + b"a" * (BLOCK + 1)), BLOCK_TOO_LONG),
    refused("a value that does not end", head()[:-2] + b"X: " + b"a" * 70000, BLOCK_TOO_LONG),
    refused("a name that does not end", head()[:-2] + b"a" * 70000, BLOCK_TOO_LONG),
    refused("blanks that do not end", head()[:-2] + b"X:" + b" " * 70000, BLOCK_TOO_LONG),
    refused(
        "a bad byte behind a block that is too long",
        head(b"X:" + b"a" * (BLOCK + 1), b"\x00"),
        BLOCK_TOO_LONG,
    ),
    refused(
        "a bad byte in a block that is too long",
        head(b"\x00", b"X:" + b"a" * (BLOCK + 1)),
        BAD_NAME,
    ),
    taken(
        "a head with 200 fields",
        head(*[b"a:"] * 199),
        Request(headers=headers(*[(b"a", b"")] * 199)),
    ),
    refused("a head with 201 fields", head(*[b"a:"] * 200), TOO_MANY_FIELDS),
    refused(
        "a head with 201 fields, the last one wrong", head(*[b"a:"] * 199, b"\x00"), TOO_MANY_FIELDS
    ),
    refused("a head with 1000 fields", head(*[b"a:"] * 999), TOO_MANY_FIELDS),
    refused(
        "a wrong Host in a head with 201 fields",
        b"GET / HTTP/1.1\r\nHost: a b\r\n" + b"a:\r\n" * 200 + b"\r\n",
        TOO_MANY_FIELDS,
    ),
    taken(
        "a head of both limits at once",
        head(b"X:" + b"a" * BLOCK, start=b"GET /%b HTTP/1.1" % (b"a" * (LINE - 1))),
        Request(target=b"/" + b"a" * (LINE - 1), headers=headers((b"x", b"a" * BLOCK))),
    ),
]

FIRST_REFUSAL_WINS = [
    refused("a bad method before a bad version", head(start=b"G:T / HTTP/2.0"), BAD_METHOD),
    refused("a bad target before a bad version", head(start=b"GET /\x00 HTTP/2.0"), BAD_TARGET),
    refused(
        "another version before a bad line", head(b": x", start=b"GET / HTTP/2.0"), OTHER_VERSION
    ),
    refused("a bad name before a bad value", head(b"X : \x00"), BAD_NAME),
    refused(
        "a bad line before a bad Host", b"GET / HTTP/1.1\r\nHost: a b\r\n: x\r\n\r\n", BAD_NAME
    ),
    refused("a bad line before a bad length", head(b"Content-Length: x", b"\x00: y"), BAD_NAME),
    refused("a bad line before a bad target", head(b"X Y: z", start=b"GET * HTTP/1.1"), BAD_NAME),
    refused(
        "a bad length before a second Host", head(b"Content-Length: x", b"Host: b"), BAD_LENGTH
    ),
    refused(
        "a second Host before a bad target", head(b"Host: b", start=b"GET * HTTP/1.1"), TWO_HOSTS
    ),
    refused(
        "a bad target before a bad coding",
        head(b"Transfer-Encoding: x", start=b"GET * HTTP/1.1"),
        BAD_TARGET,
    ),
    refused("a missing Host before a bad target", b"GET * HTTP/1.1\r\n\r\n", NO_HOST),
]

CASES = [
    *WHOLE_REQUESTS,
    *METHODS,
    *TARGETS,
    *VERSIONS,
    *LINE_ENDS,
    *EMPTY_LINES,
    *NAMES,
    *VALUES,
    *HOSTS,
    *CONTENT_LENGTHS,
    *TRANSFER_ENCODINGS,
    *CHUNKS,
    *EXTENSIONS,
    *TRAILERS,
    *CONNECTIONS,
    *UPGRADES,
    *EXPECTATIONS,
    *PIPELINES,
    *INCOMPLETE,
    *LIMITS_OF_HEADS,
    *FIRST_REFUSAL_WINS,
]
