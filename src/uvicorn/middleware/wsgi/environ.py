"""The environ that a WSGI app gets: PEP 3333, and RFC 3875 where PEP 3333 leaves it open."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from ..._types import ASGIReceiveEvent, Environ, HTTPScope
from ...logging import Nowhere

CONSTANTS: Environ = {
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    # Chunked bodies end by EOF, too.
    "wsgi.input_terminated": True,
}

# For a server without standard error.
NO_ERRORS = Nowhere()


def build_environ(scope: HTTPScope, message: ASGIReceiveEvent, body: object) -> Environ:
    """The environ of a request; `wsgi.input` is `body`. `message` is not used: callers pass it."""
    script_name, path = split_path(scope)
    server = scope.get("server") or ("", None)
    scheme = scope.get("scheme", "http")
    client = scope.get("client")
    environ: Environ = {
        **CONSTANTS,
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": script_name,
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0] if client else "",
        "wsgi.url_scheme": scheme,
        "wsgi.input": body,
        "wsgi.errors": NO_ERRORS if sys.stderr is None else sys.stderr,
    }
    if server[1] is None:
        # A path of a unix socket is no host name; neither of the two may be empty.
        environ["SERVER_NAME"] = "localhost"
        environ["SERVER_PORT"] = "443" if scheme == "https" else "80"
    else:
        environ["SERVER_NAME"] = server[0]
        environ["SERVER_PORT"] = str(server[1])
    if client:
        environ["REMOTE_PORT"] = str(client[1])
    add_headers(environ, scope["headers"])
    return environ


def split_path(scope: HTTPScope) -> tuple[str, str]:
    """SCRIPT_NAME and PATH_INFO: bytes of a URL, each as the character of that number."""
    path = scope["path"]
    root = scope.get("root_path", "").rstrip("/")
    if not path.isascii():
        path = in_latin_1(path, scope.get("raw_path"))
    if not root:
        return "", path
    root = in_latin_1(root)
    if path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
        path = path[len(root) :]
    return root, path


def in_latin_1(text: str, raw: bytes | None = None) -> str:
    """`text` as PEP 3333 wants it; from `raw` if that is the same text and was not UTF-8."""
    if raw is not None and "\ufffd" in text:
        exact = unquote_to_bytes(raw)
        if exact.decode("utf-8", "replace") == text:
            return exact.decode("latin-1")
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def add_headers(environ: Environ, headers: Iterable[tuple[bytes, bytes]]) -> None:
    for name, value in headers:
        key = key_of(name)
        if key is None:
            continue
        text = value.decode("latin-1")
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text


@lru_cache(256)
def key_of(name: bytes) -> str | None:
    """The environ's name for a field; None if another field would have the same name there."""
    if b"_" in name:
        return None
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
