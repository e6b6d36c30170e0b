"""The certificate of the scenarios over TLS: made by openssl for one run, and the same for all."""

from __future__ import annotations

import atexit
import functools
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

KIND = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
NAME = ("-days", "1", "-subj", "/CN=localhost")


def available() -> bool:
    """Return whether openssl is installed."""
    return shutil.which("openssl") is not None


def files() -> dict[str, str]:
    """Return where certificate and key are, by the names that the table of servers has for them."""
    certificate, key = _certificate()
    return {"certificate": str(certificate), "key": str(key)}


def client_context(alpn: str = "") -> ssl.SSLContext:
    """Return the context of a client that takes any certificate, and offers `alpn` if it is one."""
    context = ssl.create_default_context()
    if alpn:
        context.set_alpn_protocols([alpn])
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@functools.cache
def _certificate() -> tuple[Path, Path]:
    folder = Path(tempfile.mkdtemp(prefix="benchmark-tls-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    argv = ["openssl", "req", "-x509", *KIND, *NAME, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(argv, capture_output=True, check=True)
    return certificate, key
