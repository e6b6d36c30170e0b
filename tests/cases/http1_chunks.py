"""Cases of chunked bodies: sizes, extensions, trailers."""

from __future__ import annotations

from tests.cases.http1 import (
    BAD_CHUNK_LINE_END,
    BAD_EXTENSION,
    BAD_SIZE,
    BAD_TRAILER,
    END,
    EXTENSION_TOO_LONG,
    NEXT,
    NEXT_REQUEST,
    TOO_MANY_TRAILERS,
    TRAILER_TOO_LONG,
    Request,
    chunked,
    chunked_request,
    head,
    refused,
    taken,
)

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

CASES = [*CHUNKS, *EXTENSIONS, *TRAILERS]
