"""Cases of header fields: names, values, Host, limits, and which refusal wins."""

from __future__ import annotations

from tests.cases.http1 import (
    BAD_HOST,
    BAD_LENGTH,
    BAD_METHOD,
    BAD_NAME,
    BAD_TARGET,
    BAD_VALUE,
    BLOCK_TOO_LONG,
    LINE_TOO_LONG,
    NO_HOST,
    OBS_FOLD,
    OTHER_VERSION,
    TOO_MANY_FIELDS,
    TWO_HOSTS,
    Request,
    head,
    headers,
    refused,
    taken,
)

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
            *(b"[fe80::1%eth0]:8000", b"[fe80::1%25eth0]", b"[fe80::1%25en%2D0]", b"[fe80::1%1]:"),
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
            *(
                b"[::1]a",
                b"a[::1]",
                b"[::1]:b",
                b"[g]",
                b"[fe80::1%]",
                b"[%eth0]",
                b"%",
                b"%4",
                b"%zz",
            ),
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

LINE = 16 * 1024 - len("GET  HTTP/1.1")

BLOCK = 64 * 1024 - len("Host: a\r\nX:\r\n")

LIMITS_OF_HEADS = [
    taken(
        "a request line of 16384 bytes",
        head(start=b"GET /%b HTTP/1.1" % (b"a" * (LINE - 1))),
        Request(target=b"/" + b"a" * (LINE - 1)),
    ),
    taken(
        "a request line of 16384 bytes behind four empty lines",
        b"\r\n" * 4 + head(start=b"GET /%b HTTP/1.1" % (b"a" * (LINE - 1))),
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

CASES = [*NAMES, *VALUES, *HOSTS, *LIMITS_OF_HEADS, *FIRST_REFUSAL_WINS]
