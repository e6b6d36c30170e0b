"""The scope that an app is given for each request, on every codec."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from tests.core.apps import CLOSE, GET, OLD, post, request
from tests.core.serving import PEERS, Server
from tests.fakes import FakeTransport, SteppedLoop
from uvicorn.core.scope import LONGEST_KEPT

KEYS = {
    *("type", "asgi", "http_version", "server", "client", "scheme", "method", "root_path"),
    *("path", "raw_path", "query_string", "headers", "state"),
}


class Scopes:
    """An app that keeps its scopes and, if told so, spoils all that can be changed in them."""

    def __init__(self, spoil: bool = False) -> None:
        self.seen: list[dict[str, Any]] = []
        self.spoil = spoil

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        kept = dict(scope, asgi=dict(scope["asgi"]), headers=list(scope["headers"]))
        kept["state"] = dict(scope["state"])
        self.seen.append(kept)
        if self.spoil:
            scope["asgi"].clear()
            scope["headers"].append((b"x-left", b"behind"))
            scope["headers"].reverse()
            scope["state"]["left"] = "behind"
            for name in [*KEYS, "extensions", "app"]:
                scope[name] = "spoilt"
        head = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"0")],
        }
        await send(head)
        await send({"type": "http.response.body"})


def scope_of(serve: Any, sent: bytes, extra: dict[str, Any] = PEERS, **settings: Any) -> Any:
    app = Scopes()
    client = serve(app, **settings).connect(extra).send(sent)
    assert len(app.seen) == 1, client.wire
    return app.seen[0]


def get(target: bytes, *lines: bytes, method: bytes = b"GET") -> bytes:
    return request(*lines, start=b"%b %b HTTP/1.1" % (method, target))


def test_a_scope_has_the_keys_of_the_specification_and_no_others(serve):
    scope = scope_of(serve, GET)
    assert set(scope) == KEYS
    del scope["headers"]
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("198.51.100.1", 80),
        "client": ("192.0.2.1", 40000),
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "state": {},
    }


@pytest.mark.parametrize(("sent", "version"), [(GET, "1.1"), (CLOSE, "1.1"), (OLD, "1.0")])
def test_the_version_is_that_of_the_request(serve, sent, version):
    assert scope_of(serve, sent)["http_version"] == version


def test_the_version_does_not_stay_from_one_request_to_the_next(serve):
    app = Scopes()
    serve(app).connect().send(GET, GET, OLD)
    assert [scope["http_version"] for scope in app.seen] == ["1.1", "1.1", "1.0"]


@pytest.mark.parametrize(
    "method", [b"GET", b"HEAD", b"POST", b"M-SEARCH", b"get", b"X!#$%&'*+-.^_`|~"]
)
def test_the_method_is_as_the_client_sent_it(serve, method):
    assert scope_of(serve, get(b"/", method=method))["method"] == method.decode()


# The path.


@pytest.mark.parametrize(
    ("target", "path", "raw_path", "query"),
    [
        (b"/", "/", b"/", b""),
        (b"/a/b", "/a/b", b"/a/b", b""),
        (b"//a//b/", "//a//b/", b"//a//b/", b""),
        (b"/../a/./b", "/../a/./b", b"/../a/./b", b""),
        (b"/?", "/", b"/", b""),
        (b"/?a=1&b=%20", "/", b"/", b"a=1&b=%20"),
        (b"/a?b?c", "/a", b"/a", b"b?c"),
        (b"/a%3Fb?c", "/a?b", b"/a%3Fb", b"c"),
        (b"/a%20b", "/a b", b"/a%20b", b""),
        (b"/a+b", "/a+b", b"/a+b", b""),
        (b"/a%2Fb", "/a/b", b"/a%2Fb", b""),
        (b"/%2525", "/%25", b"/%2525", b""),
        (b"/%c3%a9", "/é", b"/%c3%a9", b""),
        (b"/%F0%9F%A6%84", "/🦄", b"/%F0%9F%A6%84", b""),
        (b"/%ff", "/\ufffd", b"/%ff", b""),
        (b"/%c3", "/\ufffd", b"/%c3", b""),
        (b"/%ed%a0%80", "/\ufffd\ufffd\ufffd", b"/%ed%a0%80", b""),
        (b"/%00", "/\0", b"/%00", b""),
        (b"/%0d%0a", "/\r\n", b"/%0d%0a", b""),
        (b"/%", "/%", b"/%", b""),
        (b"/%4", "/%4", b"/%4", b""),
        (b"/%zz", "/%zz", b"/%zz", b""),
        (b"/a;b=c", "/a;b=c", b"/a;b=c", b""),
        (b"/http://b/c", "/http://b/c", b"/http://b/c", b""),
        (b"/a*", "/a*", b"/a*", b""),
    ],
)
@pytest.mark.parametrize("root", ["", "/api"])
def test_the_path_is_decoded_and_the_raw_path_is_not(serve, target, path, raw_path, query, root):
    scope = scope_of(serve, get(target), root_path=root)
    assert scope["path"] == root + path
    assert scope["raw_path"] == root.encode() + raw_path
    assert scope["query_string"] == query
    assert scope["root_path"] == root


@pytest.mark.parametrize("byte", [*range(0x80, 0x100, 9), 0, 0x1F, 0x7F])
def test_bytes_that_no_target_may_have_are_refused_or_passed_on_but_no_error(serve, byte):
    app = Scopes()
    client = serve(app).connect().send(get(b"/a" + bytes([byte]) + b"?b" + bytes([byte])))
    assert client.response().status in (200, 400)
    assert len(app.seen) == (client.response().status == 200)


# Other forms of the target.


@pytest.mark.parametrize(
    ("target", "raw_path", "query", "host"),
    [
        (b"http://b/c", b"/c", b"", b"b"),
        (b"http://b", b"/", b"", b"b"),
        (b"http://b/", b"/", b"", b"b"),
        (b"HTTP://b:81/c?d", b"/c", b"d", b"b:81"),
        (b"https://b/c", b"/c", b"", b"b"),
        (b"http://[::1]:80/c", b"/c", b"", b"[::1]:80"),
        (b"http://b?d", b"/", b"d", b"b"),
        (b"http://b?d/e?f", b"/", b"d/e?f", b"b"),
        (b"http://b//c", b"//c", b"", b"b"),
        (b"http://b/http://c/d", b"/http://c/d", b"", b"b"),
        (b"http://b/?http://c/d", b"/", b"http://c/d", b"b"),
    ],
)
@pytest.mark.parametrize("root", ["", "/api"])
def test_the_authority_of_an_absolute_target_replaces_the_host(
    serve, target, raw_path, query, host, root
):
    scope = scope_of(serve, get(target, b"X-One: 1"), root_path=root)
    assert scope["raw_path"] == root.encode() + raw_path
    assert scope["path"] == scope["raw_path"].decode()
    assert scope["query_string"] == query
    assert scope["headers"] == [(b"host", host), (b"x-one", b"1")]
    assert scope["scheme"] == "http"


def test_an_old_absolute_request_gets_a_host(serve):
    scope = scope_of(serve, b"GET http://b/c HTTP/1.0\r\nX-One: 1\r\n\r\n")
    assert scope["headers"] == [(b"host", b"b"), (b"x-one", b"1")]


def test_an_absolute_target_of_one_request_is_not_the_host_of_the_next(serve):
    app = Scopes()
    serve(app).connect().send(get(b"http://b/"), GET, get(b"http://c/"), GET)
    hosts = [dict(scope["headers"])[b"host"] for scope in app.seen]
    assert hosts == [b"b", b"a", b"c", b"a"]


def test_a_star_and_an_authority_stay_as_they_are(serve):
    for target, method in ((b"*", b"OPTIONS"), (b"b:443", b"CONNECT"), (b"[::1]:443", b"CONNECT")):
        scope = scope_of(serve, get(target, method=method))
        assert (scope["raw_path"], scope["path"]) == (target, target.decode())
        assert (scope["query_string"], scope["headers"]) == (b"", [(b"host", b"a")])


# Headers.


def test_headers_are_in_lower_case_in_their_order_with_all_that_repeat(serve):
    lines = [b"X-B: 1", b"x-a: 2", b"X-b: 3", b"COOKIE: a", b"cookie: b", b"x-b: 1", b"X-Empty:"]
    assert scope_of(serve, request(*lines))["headers"] == [
        (b"host", b"a"),
        (b"x-b", b"1"),
        (b"x-a", b"2"),
        (b"x-b", b"3"),
        (b"cookie", b"a"),
        (b"cookie", b"b"),
        (b"x-b", b"1"),
        (b"x-empty", b""),
    ]


def test_values_are_bytes_without_the_space_around_them(serve):
    lines = [b"X-A: \t a b\t ", b"X-B:\xff\x80", b"x-c:  Upper  Case"]
    assert scope_of(serve, request(*lines))["headers"][1:] == [
        (b"x-a", b"a b"),
        (b"x-b", b"\xff\x80"),
        (b"x-c", b"Upper  Case"),
    ]


@pytest.mark.parametrize(
    ("lines", "warned"),
    [
        ([b"Upgrade: h2c"], False),
        ([b"Upgrade: h2c", b"Connection: keep-alive"], False),
        ([b"Upgrade: h2c", b"Connection: Upgrade, HTTP2-Settings"], True),
        ([b"Connection: upgrade"], False),
    ],
)
def test_an_upgrade_that_is_not_offered_is_a_normal_request(serve, lines, warned):
    app = Scopes()
    server = serve(app)
    client = server.connect().send(request(*lines), GET)
    assert [response.status for response in client.responses()] == [200, 200]
    assert server.messages() == ["Unsupported upgrade request."] * warned
    assert [set(scope) for scope in app.seen] == [KEYS, KEYS]


# Addresses.


@pytest.mark.parametrize(
    ("extra", "client", "server", "scheme"),
    [
        ({}, None, None, "http"),
        ({"peername": "", "sockname": "/run/a.sock"}, None, ("/run/a.sock", None), "http"),
        ({"peername": None, "sockname": None}, None, None, "http"),
        ({"peername": b"", "sockname": b"\0name"}, None, ("\0name", None), "http"),
        (
            {"peername": ("::1", 5, 0, 0), "sockname": ("::", 6, 0, 0)},
            ("::1", 5),
            ("::", 6),
            "http",
        ),
        ({"peername": ["h", 5], "sockname": ["h", 6]}, ("h", 5), ("h", 6), "http"),
        ({"sslcontext": object()}, None, None, "https"),
    ],
)
def test_addresses_and_scheme_are_those_of_the_transport(serve_once, extra, client, server, scheme):
    scope = scope_of(serve_once, GET, extra)
    assert (scope["client"], scope["server"], scope["scheme"]) == (client, server, scheme)


def test_the_asgi_version_is_that_of_the_settings(serve_once):
    scope = scope_of(serve_once, GET, asgi_version="2.1")
    assert scope["asgi"] == {"version": "2.1", "spec_version": "2.3"}


@pytest.mark.parametrize(
    ("root", "raw"),
    [
        ("/api/", b"/api/"),
        ("api", b"api"),
        ("/a b", b"/a%20b"),
        ("/%41", b"/%41"),
        ("/é", b"/%C3%A9"),
        ("/🦄", b"/%F0%9F%A6%84"),
    ],
)
def test_a_raw_path_starts_with_the_root_as_a_client_would_send_it(serve_once, root, raw):
    scope = scope_of(serve_once, get(b"/x"), root_path=root)
    assert (scope["path"], scope["raw_path"]) == (root + "/x", raw + b"/x")


# From one request to the next.


def test_nothing_that_an_app_does_to_its_scope_is_there_in_the_next(serve):
    app = Scopes(spoil=True)
    server: Server = serve(app, root_path="/api")
    client = server.connect()
    for _ in range(3):
        client.send(get(b"/a?b", b"X-One: 1"))
    server.connect().send(get(b"/a?b", b"X-One: 1"))
    assert app.seen == [app.seen[0]] * 4
    assert len(client.responses()) == 3
    assert server.app_state == {}


def test_a_request_that_repeats_another_in_part_has_what_is_its_own(serve):
    app = Scopes()
    client = serve(app, root_path="/api").connect()
    long = b"/" + b"l" * LONGEST_KEPT
    asked = [
        ("GET", b"/a", b"b=c"),
        ("POST", b"/a", b"b=c"),
        ("GET", b"/a", b""),
        ("GET", b"/a", b""),
        ("GET", long, b"b"),
        ("GET", long, b"b"),
        ("GET", long, b""),
        ("GET", b"/a", b""),
        ("GET", b"/a%20a", b"b=c"),
        ("GET", b"/a", b"b=c"),
    ]
    for method, path, query in asked:
        target = path + b"?" + query if query else path
        client.send(get(target, b"Content-Length: 0", method=method.encode()))
    assert app.seen == [
        {
            **app.seen[0],
            "method": method,
            "raw_path": b"/api" + path,
            "path": "/api" + path.decode().replace("%20", " "),
            "query_string": query,
        }
        for method, path, query in asked
    ]


@pytest.mark.parametrize(("length", "kept"), [(LONGEST_KEPT, True), (LONGEST_KEPT + 1, False)])
def test_a_long_target_is_not_kept_for_the_next_request(build, length, kept):
    head = build.interfaces.RequestHead()
    head.method, head.headers = "GET", []
    with contextlib.closing(SteppedLoop()) as loop:
        template = build.scope.ScopeTemplate(FakeTransport(loop), "", "3.0", {}, None)
    head.target = b"/" + b"t" * (length - 1)
    assert template.build(head)["raw_path"] == head.target
    assert (head.target in template.common.values()) == kept


def test_every_request_has_objects_of_its_own(serve):
    scopes: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)
        await Scopes()(scope, receive, send)

    serve(app).connect().send(GET + GET, GET)
    for key in ("asgi", "state", "headers"):
        assert len({id(scope[key]) for scope in scopes}) == 3
    assert len({id(scope) for scope in scopes}) == 3


def test_the_state_is_a_shallow_copy_of_that_of_the_lifespan(serve):
    app = Scopes()
    server = serve(app)
    shared: list[int] = []
    server.app_state["shared"] = shared
    client = server.connect().send(GET)
    server.app_state["later"] = 1
    client.send(GET)
    assert [scope["state"] for scope in app.seen] == [
        {"shared": []},
        {"shared": [], "later": 1},
    ]
    assert all(scope["state"]["shared"] is shared for scope in app.seen)


def test_the_headers_of_a_request_without_any_are_its_own(serve):
    app = Scopes(spoil=True)
    for _ in range(2):
        serve(app).connect().send(OLD)
    assert [scope["headers"] for scope in app.seen] == [[], []]


def test_bodies_and_heads_of_pipelined_requests_stay_apart(serve):
    app = Scopes()
    sent = [post(b"x" * size, b"X-Size: %d" % size, path=b"/%d" % size) for size in range(20)]
    server = serve(app)
    client = server.connect().send(b"".join(sent))
    # Where tasks are not eager, each request takes some passes of the loop.
    server.run(server.loop.passes(100))
    assert len(client.responses(*["POST"] * 20)) == 20
    for size, scope in enumerate(app.seen):
        assert scope["path"] == f"/{size}"
        assert dict(scope["headers"])[b"x-size"] == b"%d" % size
