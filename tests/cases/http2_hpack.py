"""Cases of header compression, as a decoder has to take it or to refuse it (RFC 7541)."""

from __future__ import annotations

from tests.cases.http2 import (
    COMPRESSION,
    END_HEADERS,
    END_STREAM,
    GET_BLOCK,
    PROTOCOL,
    Case,
    End,
    Event,
    Field,
    Head,
    Reset,
    TooLarge,
    added,
    block,
    connection_error,
    get,
    headers,
    indexed,
    integer,
    literal,
    post,
    posted,
    pseudo,
    reset_frame,
    string,
    table_size,
    taken,
)
from uvicorn.codecs import http2_refusals as why

REQUEST = Head(), End(1)


def told(*more: Field, stream: int = 1) -> tuple[Event, Event]:
    return Head(stream, headers=((b"host", b"a"), *more)), End(stream)


# :method GET, :scheme http, :path /, and :authority in Huffman code.
STATIC = b"\x82\x86\x84" + b"\x41\x81\x1f"
X = b"x", b"y"

TAKEN = [
    taken("fields of the static table", headers(1, STATIC), *REQUEST),
    taken("the last entry of the static table", headers(1, GET_BLOCK + indexed(61)),
          *told((b"www-authenticate", b""))),
    taken("the first example of RFC 7541 C.3 and C.4",
          headers(1, bytes.fromhex("828684410f7777772e6578616d706c652e636f6d"))
          + headers(3, bytes.fromhex("828684be58086e6f2d6361636865"))
          + headers(5, bytes.fromhex("828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565")),
          Head(1, headers=((b"host", b"www.example.com"),), authority=b"www.example.com"), End(1),
          Head(3, headers=((b"host", b"www.example.com"), (b"cache-control", b"no-cache")),
               authority=b"www.example.com"), End(3),
          Head(5, "GET", b"/index.html", ((b"host", b"www.example.com"),
               (b"custom-key", b"custom-value")), b"www.example.com"), End(5)),
    taken("the same in Huffman code",
          headers(1, bytes.fromhex("828684418cf1e3c2e5f23a6ba0ab90f4ff"))
          + headers(3, bytes.fromhex("828684be5886a8eb10649cbf"))
          + headers(5, bytes.fromhex("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")),
          Head(1, headers=((b"host", b"www.example.com"),), authority=b"www.example.com"), End(1),
          Head(3, headers=((b"host", b"www.example.com"), (b"cache-control", b"no-cache")),
               authority=b"www.example.com"), End(3),
          Head(5, "GET", b"/index.html", ((b"host", b"www.example.com"),
               (b"custom-key", b"custom-value")), b"www.example.com"), End(5)),
    taken("a field that was added", headers(1, GET_BLOCK + added(*X))
          + headers(3, GET_BLOCK + indexed(62)), *told(X), *told(X, stream=3)),
    taken("a name that was added", headers(1, GET_BLOCK + added(*X))
          + headers(3, GET_BLOCK + integer(62, 4) + string(b"z")), *told(X),
          *told((b"x", b"z"), stream=3)),
    taken("a field that is never to be indexed",
          headers(1, GET_BLOCK + b"\x10" + string(b"x") + string(b"y")), *told(X)),
    taken("a name of the static table in a literal",
          headers(1, GET_BLOCK + integer(17, 4) + string(b"de")),
          *told((b"accept-language", b"de"))),
    taken("an integer with zeros behind it",
          headers(1, GET_BLOCK + b"\x00\x7f\x80\x80\x00" + b"x" * 127 + string(b"y")),
          *told((b"x" * 127, b"y"))),
    taken("a table size of 0", headers(1, GET_BLOCK + added(*X))
          + headers(3, table_size(0) + GET_BLOCK), *told(X), *told(stream=3)),
    taken("two table sizes", headers(1, table_size(0) + table_size(4096) + GET_BLOCK), *REQUEST),
    taken("an entry that is larger than the table empties it",
          headers(1, table_size(64) + GET_BLOCK + added(*X) + added(b"z", b"z" * 64)),
          *told(X, (b"z", b"z" * 64))),
    taken("a name of an entry that its own field evicts",
          headers(1, table_size(40) + GET_BLOCK + added(*X))
          + headers(3, GET_BLOCK + integer(62, 6, 0x40) + string(b"abc")),
          *told(X), *told((b"x", b"abc"), stream=3)),
    taken("a Huffman string without a byte", headers(1, GET_BLOCK + b"\x00\x01x\x80"),
          *told((b"x", b""))),
]  # fmt: skip

# Behind these, the table is as the client thinks.
LARGE = b"x", b"y" * 2000
KEPT = [
    Case("fields of a request that is malformed are in the table",
         headers(1, literal(b"X", b"y") + GET_BLOCK + added(b"x-found", b"1"))
         + headers(3, GET_BLOCK + indexed(62)),
         [Reset(1, PROTOCOL, why.REASONS[why.BAD_NAME]), *told((b"x-found", b"1"), stream=3)],
         [reset_frame(1, PROTOCOL)]),
    taken("fields of a request that is too large are in the table",
          headers(1, GET_BLOCK + literal(*LARGE) * 2 + added(b"x-found", b"1"))
          + headers(3, GET_BLOCK + indexed(62)), TooLarge(1, why.LIST_TOO_LARGE),
          *told((b"x-found", b"1"), stream=3)),
    taken("references to one large field count as if they were spelt out",
          headers(1, GET_BLOCK + added(*LARGE)) + headers(3, GET_BLOCK + indexed(62) * 2),
          *told(LARGE), TooLarge(3, why.LIST_TOO_LARGE)),
    taken("a bomb of references", headers(1, GET_BLOCK + added(*LARGE))
          + headers(3, GET_BLOCK + indexed(62) * 5000), *told(LARGE),
          TooLarge(3, why.LIST_TOO_LARGE)),
    taken("a bomb of small fields", headers(1, GET_BLOCK + indexed(61) * 5000),
          TooLarge(1, why.TOO_MANY_FIELDS)),
    taken("a table that is filled again and again",
          headers(1, GET_BLOCK + b"".join(added(b"a", b"b" * 2000) for _ in range(3))),
          TooLarge(1, why.LIST_TOO_LARGE)),
]  # fmt: skip


# Blocks of the same bytes, which a codec may know again.
LATEST = GET_BLOCK + indexed(62)
AGAIN = headers(1, GET_BLOCK + added(*X)) + headers(3, LATEST) + headers(5, LATEST)
TWICE = *told(X), *told(X, stream=3), *told(X, stream=5)
POST_BLOCK = block(*pseudo(b"POST"), (b"content-length", b"1"))

REPEATED = [
    taken("the same block again", AGAIN, *TWICE),
    taken("the same block when the table is another",
          AGAIN + headers(7, GET_BLOCK + added(b"x", b"z")) + headers(9, LATEST),
          *TWICE, *told((b"x", b"z"), stream=7), *told((b"x", b"z"), stream=9)),
    taken("the same block when trailers have changed the table",
          AGAIN + post(7) + headers(7, added(b"x", b"z")) + headers(9, LATEST),
          *TWICE, posted(7), End(7), *told((b"x", b"z"), stream=9)),
    connection_error("the same block when the table is empty",
                     AGAIN + headers(7, table_size(0) + GET_BLOCK) + headers(9, LATEST),
                     COMPRESSION, why.REASONS[why.BAD_INDEX], *TWICE, *told(stream=7)),
    Case("the same block with an end that it may not have",
         headers(1, POST_BLOCK, END_HEADERS) + headers(3, POST_BLOCK),
         [posted(1, (b"content-length", b"1")), Reset(3, PROTOCOL, why.WRONG_LENGTH)],
         [reset_frame(3, PROTOCOL)]),
]  # fmt: skip


def broken(name: str, data: bytes, reason: int) -> Case:
    return connection_error(name, headers(1, data), COMPRESSION, why.REASONS[reason])


BROKEN = [
    broken("the index 0", b"\x80" + GET_BLOCK, why.BAD_INDEX),
    broken("an index behind both tables", GET_BLOCK + indexed(62), why.BAD_INDEX),
    broken("a name's index behind both tables", GET_BLOCK + integer(62, 4) + string(b"y"),
           why.BAD_INDEX),
    broken("an index far behind both tables", GET_BLOCK + indexed(1_000_000), why.BAD_INDEX),
    broken("an index of an entry that was evicted",
           GET_BLOCK + added(*X) + added(b"z", b"z" * 4064) + indexed(63), why.BAD_INDEX),
    broken("an index of an entry that made way for another",
           table_size(100) + GET_BLOCK + added(*X) + added(b"z", b"z" * 40) + indexed(63),
           why.BAD_INDEX),
    broken("an index of an entry that is larger than the table",
           table_size(100) + GET_BLOCK + added(*X) + added(b"z", b"z" * 80) + indexed(62),
           why.BAD_INDEX),
    broken("an integer that does not end", GET_BLOCK + b"\xff\x80\x80", why.CUT_SHORT),
    broken("an integer of six bytes", GET_BLOCK + b"\xff\x80\x80\x80\x80\x80\x01", why.BAD_INTEGER),
    broken("an integer without end", GET_BLOCK + b"\xff" + b"\x80" * 100, why.BAD_INTEGER),
    broken("a length of six bytes", GET_BLOCK + b"\x00\x7f" + b"\xff" * 5 + b"\x01x",
           why.BAD_INTEGER),
    broken("a name that is cut short", GET_BLOCK + b"\x00\x05ab", why.CUT_SHORT),
    broken("a name without a value", GET_BLOCK + b"\x00\x01x", why.CUT_SHORT),
    broken("a value that is cut short", GET_BLOCK + b"\x00\x01x\x05ab", why.CUT_SHORT),
    broken("a literal of no byte", GET_BLOCK + b"\x00", why.CUT_SHORT),
    broken("Huffman code with EOS", GET_BLOCK + b"\x00\x01x\x84\xff\xff\xff\xff",
           why.BAD_HUFFMAN),
    broken("Huffman code with a byte of padding", GET_BLOCK + b"\x00\x01x\x82\x1f\xff",
           why.BAD_HUFFMAN),
    broken("Huffman code with padding of zeros", GET_BLOCK + b"\x00\x01x\x81\x18",
           why.BAD_HUFFMAN),
    broken("a table size that is too large", table_size(4097) + GET_BLOCK, why.BAD_SIZE),
    broken("a table size behind a field", GET_BLOCK + table_size(0), why.MISPLACED_SIZE),
    broken("a table size behind an index", indexed(2) + table_size(0) + GET_BLOCK,
           why.MISPLACED_SIZE),
    connection_error("trailers that are broken", post() + headers(1, b"\x80",
                     END_HEADERS | END_STREAM), COMPRESSION, why.REASONS[why.BAD_INDEX], posted()),
    connection_error("a block that is broken on a closed stream",
                     get() + headers(1, b"\x80"), COMPRESSION, why.REASONS[why.BAD_INDEX],
                     *REQUEST, answers=True),
    connection_error("a block that is broken behind the list's limit",
                     headers(1, block(*pseudo()) + literal(*LARGE) * 2 + b"\x80"), COMPRESSION,
                     why.REASONS[why.BAD_INDEX]),
]  # fmt: skip

CASES = [*TAKEN, *KEPT, *REPEATED, *BROKEN]
