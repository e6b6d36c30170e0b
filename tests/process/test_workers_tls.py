"""Workers that speak TLS: each makes its own context, so SIGHUP takes new certificates."""

from __future__ import annotations

import shutil
import signal
import socket
import ssl
import sys
from pathlib import Path

import pytest

from tests.apps.serving import VARIANTS, Process, get, process, until
from tests.certificates import certificates

APP = "tests.process.worker_apps:app"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return (
        Path(shutil.copy(certificates().server, tmp_path / "server.pem")),
        Path(shutil.copy(certificates().key, tmp_path / "key.pem")),
    )


def started(files: tuple[Path, Path]) -> list[str]:
    certificate, key = files
    command = [sys.executable, "-W", "error", "-m", "uvicorn", APP, "--port", "0", "--workers", "2"]
    command += ["--ssl-certfile", str(certificate), "--ssl-keyfile", str(key), "--no-use-colors"]
    return [*command, *VARIANTS[0].arguments]


def shown(server: Process) -> bytes:
    """The certificate that a new connection is shown; a request is answered on it."""
    context = certificates().client_context()
    context.check_hostname = False
    with (
        socket.create_connection(("127.0.0.1", server.port), 10) as raw,
        context.wrap_socket(raw) as client,
    ):
        client.sendall(get("/", "Connection: close"))
        answer = b""
        while data := client.recv(65536):
            answer += data
        assert answer.startswith(b"HTTP/1.1 200 ")
        found = client.getpeercert(binary_form=True)
        assert found is not None
        return found


def in_file(path: Path | str) -> bytes:
    text = Path(path).read_text()
    start = text.index("-----BEGIN CERTIFICATE-----")
    return ssl.PEM_cert_to_DER_cert(text[start : text.index("-----END CERTIFICATE-----") + 26])


def test_a_new_certificate_is_taken_at_a_hangup(files: tuple[Path, Path]) -> None:
    with process(started(files), VARIANTS[0].environment) as server:
        server.wait_for_port()
        until(lambda: server.log.count("is ready") == 2, 60)
        assert shown(server) == in_file(certificates().server)
        for each in files:
            shutil.copy(certificates().other, each)
        assert shown(server) == in_file(certificates().server)
        server.signal(signal.SIGHUP)
        until(lambda: server.log.count("is ready") == 4, 60)
        until(lambda: server.log.count("Terminated child process") == 2, 60)
        assert shown(server) == in_file(certificates().other)
        assert "Traceback" not in server.log


def test_a_broken_certificate_at_a_hangup_leaves_the_workers_as_they_are(
    files: tuple[Path, Path],
) -> None:
    with process(started(files), VARIANTS[0].environment) as server:
        server.wait_for_port()
        until(lambda: server.log.count("is ready") == 2, 60)
        files[0].write_text("nothing\n")
        server.signal(signal.SIGHUP)
        until(lambda: "Its successor did not start" in server.log, 60)
        assert "holds no certificate: give a file in PEM form." in server.log
        assert shown(server) == in_file(certificates().server)
