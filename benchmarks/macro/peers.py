"""Each peer in a venv or build of its own, made once and kept in the cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .scenarios import SCENARIOS

CHECKOUT = Path(__file__).parent.parent.parent
APPS = CHECKOUT / "benchmarks" / "apps"

REFERENCE_PINS = ("uvicorn[standard]==0.54.0",)
SHARED_PINS = ("fastapi==0.165.0", "uvloop==0.23.0", "httptools==0.9.0")
WSGI_PINS = ("flask==3.1.3", "werkzeug==3.1.9")
WEBSOCKET_PINS = ("websockets==17.4", "wsproto==1.3.2")
HTTP2_PINS = ("h2==4.4.1", "hpack==4.2.0")
PINS = {
    "ours": (*SHARED_PINS, *WSGI_PINS, *WEBSOCKET_PINS, *HTTP2_PINS),
    "reference": (*REFERENCE_PINS, *SHARED_PINS, *WSGI_PINS, *WEBSOCKET_PINS),
    "reference-a2wsgi": (*REFERENCE_PINS, *SHARED_PINS, *WSGI_PINS, "a2wsgi==1.10.10"),
    "reference-zttp": (*REFERENCE_PINS, *SHARED_PINS, "zttp==0.0.35"),
    "granian": ("granian[uvloop]==2.8.7", *SHARED_PINS),
    "hypercorn": ("hypercorn[uvloop]==0.18.0", *SHARED_PINS, *WEBSOCKET_PINS, *HTTP2_PINS),
    "picows": ("picows==2.3.1", "uvloop==0.23.0"),
}
"""What pip installs; ours is added from the checkout."""

H2C_SINCE = [1, 24]
NOT_BUILT_FROM = ("benchmarks/", "tests/", "docs/", "examples/", ".github/", ".ci/")


class Unavailable(Exception):
    """A peer cannot be measured here; the message says what is missing."""


@dataclass(frozen=True)
class Peer:
    """A peer that is ready: where its programs are, and its versions."""

    bin_folder: Path
    versions: dict[str, str]


@dataclass(frozen=True)
class Workshop:
    """Where peers are made, and with which Python."""

    cache: Path
    python: str

    def make(self, name: str) -> Peer:
        """Return the peer, making what the cache does not have yet."""
        return MAKERS[name](self, name)

    def run(self, name: str, argv: list[str], env: dict[str, str] | None = None) -> None:
        """Run a build step; its output goes to <cache>/<name>.log."""
        with (self.cache / f"{name}.log").open("ab") as log:
            environment = {**os.environ, **(env or {})}
            done = subprocess.run(argv, stdout=log, stderr=log, env=environment, check=False)
        if done.returncode:
            step = " ".join([Path(argv[0]).name, *argv[1:4]])
            raise Unavailable(f"`{step} ...` failed, see {name}.log in the cache folder")

    def fresh(self, name: str, stamp: str, build: Callable[[Path], None]) -> Path:
        """Return the peer's folder, built anew unless it was built with this stamp."""
        folder = self.cache / name
        mark = folder / "stamp"
        if not (mark.exists() and mark.read_text() == stamp):
            shutil.rmtree(folder, ignore_errors=True)
            (self.cache / f"{name}.log").unlink(missing_ok=True)
            build(folder)
            mark.write_text(stamp)
        return folder


# Python


DESCRIBE_PYTHON = """
import platform, sysconfig
arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
pgo = "PGO" if "--enable-optimizations" in arguments else "no PGO"
lto = "LTO" if "--with-lto" in arguments else "no LTO"
print(f"{platform.python_implementation()} {platform.python_version()} ({pgo}, {lto})")
"""


def _python_version(python: str) -> str:
    """Return name, version and how it was optimised, which is worth more than a minor version."""
    try:
        return _output([python, "-c", DESCRIBE_PYTHON])
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"no Python at `{Path(python).name}`: choose one by --python") from error


def _output(argv: list[str]) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


def _make_venv(workshop: Workshop, name: str) -> Peer:
    version = _python_version(workshop.python)
    stamp = json.dumps([version, workshop.python, PINS[name]])

    def build(folder: Path) -> None:
        workshop.run(name, [workshop.python, "-m", "venv", str(folder)])
        _pip_install(workshop, name, folder, list(PINS[name]))

    return _venv_peer(workshop.fresh(name, stamp, build), version)


def _make_ours(workshop: Workshop, name: str) -> Peer:
    """The checkout as it is now, in a copy, so that building leaves nothing behind in it."""
    files = _source_files()
    if not (CHECKOUT / "pyproject.toml").exists():
        raise Unavailable("the checkout has no pyproject.toml")
    version, built_from = _python_version(workshop.python), commit()
    stamp = json.dumps([version, workshop.python, PINS[name], _digest(files)])

    def build(folder: Path) -> None:
        workshop.run(name, [workshop.python, "-m", "venv", str(folder)])
        source = folder / "source"
        for file in files:
            target = source / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / file, target)
        env = {"UVICORN_EXTENSIONS": "require"}
        _pip_install(workshop, name, folder, [f"{source}[standard]", *PINS[name]], env)

    peer = _venv_peer(workshop.fresh(name, stamp, build), version)
    return Peer(peer.bin_folder, {**peer.versions, "commit": built_from})


def _pip_install(
    workshop: Workshop,
    name: str,
    folder: Path,
    what: list[str],
    env: dict[str, str] | None = None,
) -> None:
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install"]
    workshop.run(name, [*pip, "--disable-pip-version-check", *what], env)


def _venv_peer(folder: Path, version: str) -> Peer:
    python = str(folder / "bin" / "python")
    listed = json.loads(
        _output([python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"])
    )
    versions = {entry["name"]: entry["version"] for entry in listed if entry["name"] != "pip"}
    return Peer(folder / "bin", {"python": version, **versions})


def _source_files() -> list[str]:
    """Return what git knows or would add, without the folders that no build reads."""
    listed = _output(
        ["git", "-C", str(CHECKOUT), "ls-files", "-z", "-co", "--exclude-standard"]
    ).split("\0")
    return sorted(
        file
        for file in set(listed)
        if file and not file.startswith(NOT_BUILT_FROM) and (CHECKOUT / file).is_file()
    )


def commit() -> str:
    """Return the short commit, marked when what is built from it has changes."""
    git = ["git", "-C", str(CHECKOUT)]
    found = subprocess.run(
        [*git, "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        return "uncommitted"
    sources = ["--", "src", "csrc", "setup.py", "pyproject.toml"]
    status = subprocess.run(
        [*git, "status", "--porcelain", *sources], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() + ("-dirty" if status.stdout.strip() else "")


def _digest(files: list[str]) -> str:
    digest = hashlib.sha256()
    for file in files:
        content = (CHECKOUT / file).read_bytes()
        digest.update(f"{file}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


# Node, Go, nghttpd


def _program(name: str, package: str) -> str:
    if (path := shutil.which(name)) is None:
        raise Unavailable(f"`{name}` is not installed (Debian: {package})")
    return path


def _make_node(workshop: Workshop, name: str) -> Peer:
    node = _program("node", "nodejs")
    return Peer(Path(node).parent, {"node": _output([node, "--version"])})


def _make_go(workshop: Workshop, name: str) -> Peer:
    """Build main.go with the Go that is here: no other toolchain, no modules. `go-h2c` speaks
    HTTP/2 without TLS, too."""
    go = _program("go", "golang-go")
    version = _output([go, "env", "GOVERSION"])
    sources = [APPS / "main.go"]
    if name == "go-h2c":
        if [int(part) for part in version.removeprefix("go").split(".")[:2]] < H2C_SINCE:
            raise Unavailable("Go 1.24 or newer is needed for HTTP/2 without TLS")
        sources.append(APPS / "h2c.go")
    digests = [hashlib.sha256(source.read_bytes()).hexdigest() for source in sources]
    stamp = json.dumps([version, digests])
    env = {"GOTOOLCHAIN": "local", "GO111MODULE": "off", "GOFLAGS": ""}

    def build(folder: Path) -> None:
        folder.mkdir()
        cache = {"GOCACHE": str(workshop.cache / "go-cache")}
        argv = [go, "build", "-o", str(folder / "server"), *map(str, sources)]
        workshop.run(name, argv, env | cache)

    return Peer(workshop.fresh(name, stamp, build), {"go": version})


def _make_nghttpd(workshop: Workshop, name: str) -> Peer:
    """It serves files alone, so the answers of the applications are files."""
    program = _program("nghttpd", "nghttp2-server")
    version = _output([program, "--version"])
    files = {s.path.lstrip("/") or "index.html": s.expect for s in SCENARIOS if s.http2}
    stamp = json.dumps([version, program, {path: len(body) for path, body in files.items()}])

    def build(folder: Path) -> None:
        (folder / "files").mkdir(parents=True)
        (folder / "nghttpd").symlink_to(program)
        for path, body in files.items():
            (folder / "files" / path).write_bytes(body)

    return Peer(workshop.fresh(name, stamp, build), {"nghttpd": version})


MAKERS: dict[str, Callable[[Workshop, str], Peer]] = {
    "ours": _make_ours,
    "reference": _make_venv,
    "reference-a2wsgi": _make_venv,
    "reference-zttp": _make_venv,
    "granian": _make_venv,
    "hypercorn": _make_venv,
    "picows": _make_venv,
    "node": _make_node,
    "go": _make_go,
    "go-h2c": _make_go,
    "nghttpd": _make_nghttpd,
}
