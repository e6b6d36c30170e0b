"""What HTTP/1 requests mean, or how they are refused: data only, the same for every codec.

A case is a sentence, the bytes of a connection, the requests that come out of them, and the
refusal that ends it, if any. No codec differs in any of them; one that has to would be named
in its case, with the reason.
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
