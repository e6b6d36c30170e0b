"""Cases of how long a body is: Content-Length and Transfer-Encoding."""

from __future__ import annotations

from tests.cases.http1 import (
    BAD_CODING,
    BAD_LENGTH,
    BAD_LINE_END,
    BAD_NAME,
    BAD_VALUE,
    CODING_IN_1_0,
    END,
    NEXT,
    NEXT_REQUEST,
    OBS_FOLD,
    OTHER_CODING,
    POST,
    TWO_FRAMINGS,
    TWO_LENGTHS,
    Request,
    chunked_request,
    head,
    headers,
    refused,
    taken,
)

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

CASES = [*CONTENT_LENGTHS, *TRANSFER_ENCODINGS]
