"""Certificates for the tests: made once for a run, in files, by an authority of our own."""

from __future__ import annotations

import atexit
import shutil
import ssl
import tempfile
from functools import cache
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization

PASSWORD = "correct horse"


class Certificates:
    """Files in one folder. `server` and `key` belong together, `both` is the two in one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        issued = self.authority.issue_cert("127.0.0.1", "localhost")
        other = self.authority.issue_cert("other.test")
        client = self.authority.issue_cert("client.test")
        self.ca = self.write("ca.pem", self.authority.cert_pem.bytes())
        self.server = self.write("server.pem", issued.cert_chain_pems[0].bytes())
        self.key = self.write("key.pem", issued.private_key_pem.bytes())
        self.both = self.write("both.pem", issued.private_key_and_cert_chain_pem.bytes())
        self.locked_key = self.write("locked.pem", locked(issued.private_key_pem.bytes()))
        self.other = self.write("other.pem", other.private_key_and_cert_chain_pem.bytes())
        self.client = self.write("client.pem", client.private_key_and_cert_chain_pem.bytes())
        stranger = trustme.CA().issue_cert("client.test").private_key_and_cert_chain_pem
        self.stranger = self.write("stranger.pem", stranger.bytes())
        self.text = self.write("text.txt", b"hello")

    def write(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    @property
    def options(self) -> dict[str, str]:
        """What makes a server speak TLS."""
        return {"ssl_certfile": self.server, "ssl_keyfile": self.key}

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server, self.key)
        context.set_alpn_protocols(["http/1.1"])
        return context

    def client_context(self, certificate: str | None = None) -> ssl.SSLContext:
        """Of a client that trusts the authority, and shows a certificate if it has one."""
        context = ssl.create_default_context(cafile=self.ca)
        if certificate is not None:
            context.load_cert_chain(certificate)
        return context


def locked(key: bytes) -> bytes:
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSWORD.encode()),
    )


@cache
def certificates() -> Certificates:
    folder = Path(tempfile.mkdtemp(prefix="certificates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Certificates(folder)
