"""The environ that a WSGI app gets: PEP 3333, and RFC 3875 where that leaves it open."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from tests.middleware.asgi_peer import http_scope
from uvicorn.middleware.wsgi import build_environ


def environ_of(**fields: Any) -> dict[str, Any]:
    message: Any = {"type": "http.request", "body": b""}
    return dict(build_environ(http_scope(**fields), message, io.BytesIO()))


def headers_in(*headers: tuple[bytes, bytes]) -> dict[str, str]:
    """What of the environ comes from the headers."""
    environ = environ_of(headers=headers)
    return {key: environ[key] for key in environ if key.startswith(("HTTP_", "CONTENT_"))}


def test_a_plain_request_is_described_whole() -> None:
    body = io.BytesIO()
    scope: Any = http_scope("POST", path="/a b", query_string=b"x=%20", http_version="1.0")
    assert build_environ(scope, {"type": "http.disconnect"}, body) == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a b",
        "QUERY_STRING": "x=%20",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.0",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "1234",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }


@pytest.mark.parametrize(
    ("root_path", "path", "script_name", "path_info"),
    [
        ("", "/", "", "/"),
        ("", "", "", ""),
        ("/app", "/app/page", "/app", "/page"),
        ("/app/", "/app/page", "/app", "/page"),
        ("/app", "/app", "/app", ""),
        ("/app", "/app/", "/app", "/"),
        ("/app", "/page", "/app", "/page"),
        ("/app", "/apples", "/app", "/apples"),
        ("", "/\u00e4", "", "/\u00c3\u00a4"),
        ("/\u00e4", "/\u00e4/\u20ac", "/\u00c3\u00a4", "/\u00e2\u0082\u00ac"),
    ],
)
def test_script_name_and_path_info_make_up_the_path(
    root_path: str, path: str, script_name: str, path_info: str
) -> None:
    environ = environ_of(root_path=root_path, path=path, raw_path=None)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == (script_name, path_info)


@pytest.mark.parametrize(
    ("path", "raw_path", "path_info"),
    [
        ("/\ufffd", b"/%FF", "/\u00ff"),
        ("/\ufffd", b"/\xff", "/\u00ff"),
        # A middleware has changed the path, so the raw one says nothing.
        ("/other/\ufffd", b"/%FF", "/other/\u00ef\u00bf\u00bd"),
        ("/\ufffd", None, "/\u00ef\u00bf\u00bd"),
        ("/\ufffd", b"/%EF%BF%BD", "/\u00ef\u00bf\u00bd"),
    ],
)
def test_a_path_that_is_not_utf_8_keeps_its_bytes(
    path: str, raw_path: bytes | None, path_info: str
) -> None:
    assert environ_of(path=path, raw_path=raw_path)["PATH_INFO"] == path_info


@pytest.mark.parametrize("server", [None, ("/run/app.sock", None)])
@pytest.mark.parametrize(("scheme", "port"), [("http", "80"), ("https", "443")])
def test_a_unix_socket_has_a_name_and_a_port_too(server: Any, scheme: str, port: str) -> None:
    environ = environ_of(server=server, client=None, scheme=scheme)
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("localhost", port)
    assert environ["wsgi.url_scheme"] == scheme
    assert environ["REMOTE_ADDR"] == ""
    assert "REMOTE_PORT" not in environ


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(b"host", b"a"), (b"x-some-name", b"b")], {"HTTP_HOST": "a", "HTTP_X_SOME_NAME": "b"}),
        ([(b"X-Upper", b"a")], {"HTTP_X_UPPER": "a"}),
        ([(b"x", b"\xe4")], {"HTTP_X": "\u00e4"}),
        (
            [(b"accept", b"a"), (b"b", b"1"), (b"accept", b"c")],
            {"HTTP_ACCEPT": "a,c", "HTTP_B": "1"},
        ),
        ([(b"cookie", b"a=1"), (b"cookie", b"b=2")], {"HTTP_COOKIE": "a=1; b=2"}),
        (
            [(b"content-type", b"text/plain"), (b"content-length", b"3")],
            {"CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "3"},
        ),
        ([(b"content-md5", b"a")], {"HTTP_CONTENT_MD5": "a"}),
        # One of them would pass for the other.
        ([(b"x_user", b"evil"), (b"x-user", b"good")], {"HTTP_X_USER": "good"}),
        ([(b"x-user", b"good"), (b"x_user", b"evil")], {"HTTP_X_USER": "good"}),
        ([(b"content_length", b"9")], {}),
    ],
)
def test_headers_have_their_names_of_cgi(
    headers: list[tuple[bytes, bytes]], expected: dict[str, str]
) -> None:
    assert headers_in(*headers) == expected
