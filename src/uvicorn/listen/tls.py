"""The TLS context of a server, from its options. Imported only where TLS is used.

A mistake in a file or a value is found here, and reported in one line that names the option.
"""

from __future__ import annotations

import os
import re
import ssl
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..errors import ConfigError, FileMissing, OptionMissing

if TYPE_CHECKING:
    from ..options import Options

Path = str | os.PathLike[str]

CERTIFICATE = re.compile(rb"-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----")
PRIVATE_KEY = re.compile(rb"-----BEGIN ([A-Z]+ )*PRIVATE KEY-----")

# PROTOCOL_TLS_SERVER, PROTOCOL_TLS; and protocols that stand for one version each.
ANY_VERSION = (17, 2)
ONE_VERSION = (3, 4, 5)

# Text, bytes, or what returns them.
Password = Callable[[], str | bytes] | str | bytes | None


def create_ssl_context(
    certfile: Path | None,
    keyfile: Path | None,
    password: Password,
    ssl_version: int,
    cert_reqs: int,
    ca_certs: Path | None,
    ciphers: str | None,
    alpn_protocols: Sequence[str] = (),
) -> ssl.SSLContext:
    """A context for a server: TLS 1.2 or later, without renegotiation.

    The key may be in `certfile`. `password` is text, bytes, or a function that returns them.
    `alpn_protocols` are offered in this order (RFC 7301). Raises ConfigError.
    """
    context = _empty_context(ssl_version)
    if certfile is None:
        raise OptionMissing(
            "ssl_certfile is missing: give the certificate that belongs to the key."
        )
    _load_certificate(context, certfile, keyfile, password)
    try:
        context.verify_mode = ssl.VerifyMode(cert_reqs)
    except ValueError:
        raise ConfigError(
            f"ssl_cert_reqs is {cert_reqs!r}: 0 asks clients for no certificate, 1 accepts one,"
            " 2 requires one."
        ) from None
    if ca_certs is not None:
        _load_authorities(context, ca_certs)
    if ciphers is not None:
        try:
            context.set_ciphers(ciphers)
        except ssl.SSLError:
            raise ConfigError(
                f"ssl_ciphers is {ciphers!r}: OpenSSL knows none of them, see 'openssl ciphers'."
            ) from None
    if alpn_protocols:
        context.set_alpn_protocols(alpn_protocols)
    return context


def context_of(config: Options, alpn: list[str]) -> ssl.SSLContext:
    """The context that the options describe, or that `ssl_context_factory` makes.

    `alpn` is offered, the best first (RFC 7301), unless the factory sets something else.
    """

    def default_context() -> ssl.SSLContext:
        context = described_context(config)
        context.set_alpn_protocols(alpn)
        return context

    make = config.ssl_context_factory
    if make is None:
        return default_context()
    context = make(config, default_context)
    if not isinstance(context, ssl.SSLContext):
        raise ConfigError(
            f"ssl_context_factory returned {type(context).__name__}: return an ssl.SSLContext."
        )
    return context


def described_context(config: Options) -> ssl.SSLContext:
    """The context from the options alone, without ALPN: that may need to import a class."""
    return create_ssl_context(
        config.ssl_certfile,
        config.ssl_keyfile,
        config.ssl_keyfile_password,
        config.ssl_version,
        config.ssl_cert_reqs,
        config.ssl_ca_certs,
        config.ssl_ciphers,
    )


def check(config: Options) -> None:
    """Raise ConfigError for what cannot work. A factory is not called: the worker does that."""
    if config.ssl_context_factory is not None:
        return
    if config.ssl_cert_reqs and config.ssl_ca_certs is None:
        raise ConfigError(
            "ssl_cert_reqs asks clients for certificates: add ssl_ca_certs, the authorities to"
            " trust."
        )
    described_context(config)


# Parts of a context


def _empty_context(version: int) -> ssl.SSLContext:
    if version not in ANY_VERSION + ONE_VERSION:
        raise ConfigError(
            f"ssl_version is {version!r}: leave it out for TLS 1.2 and later; 5 is TLS 1.2 alone."
        )
    with warnings.catch_warnings():
        # The user who asks for an old one knows.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            context = ssl.SSLContext(version)
        except ValueError:
            raise ConfigError(
                f"ssl_version is {version}, which this OpenSSL does not have: leave it out."
            ) from None
    if version in ANY_VERSION:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def _load_certificate(
    context: ssl.SSLContext, certfile: Path, keyfile: Path | None, password: Password
) -> None:
    certificate = _content("ssl_certfile", certfile)
    if not CERTIFICATE.search(certificate):
        raise ConfigError(
            f"ssl_certfile {os.fspath(certfile)!r} holds no certificate: give a file in PEM form."
        )
    key = certificate if keyfile is None else _content("ssl_keyfile", keyfile)
    if not PRIVATE_KEY.search(key):
        raise ConfigError(
            f"ssl_certfile {os.fspath(certfile)!r} holds no private key: add ssl_keyfile."
            if keyfile is None
            else f"ssl_keyfile {os.fspath(keyfile)!r} holds no private key: give one in PEM form."
        )
    ask = _Password(password)
    try:
        context.load_cert_chain(certfile, keyfile, ask)
    except ConfigError:
        raise
    except (ssl.SSLError, ValueError, TypeError) as exc:
        raise ConfigError(_why_not_loaded(exc, ask, certfile, keyfile)) from None


class _Password:
    """Gives OpenSSL the password of a key, if it asks; it would else ask on the terminal."""

    def __init__(self, password: Password) -> None:
        self.password = password
        self.was_asked = False

    def __call__(self) -> str | bytes:
        self.was_asked = True
        if self.password is None:
            raise ConfigError("The private key is encrypted: add ssl_keyfile_password.")
        return self.password() if callable(self.password) else self.password


def _why_not_loaded(exc: Exception, ask: _Password, certfile: Path, keyfile: Path | None) -> str:
    reason = getattr(exc, "reason", None) or str(exc)
    key = os.fspath(certfile if keyfile is None else keyfile)
    if reason == "KEY_VALUES_MISMATCH":
        return (
            f"The key in {key!r} does not belong to the certificate in {os.fspath(certfile)!r}:"
            " correct ssl_keyfile or ssl_certfile. The server's own certificate comes first."
        )
    if ask.was_asked:
        return f"ssl_keyfile_password does not open the key in {key!r}: correct it."
    return (
        f"OpenSSL cannot use ssl_certfile {os.fspath(certfile)!r} with the key in {key!r}"
        f" ({reason.replace('_', ' ').lower()}): make them anew."
    )


def _load_authorities(context: ssl.SSLContext, ca_certs: Path) -> None:
    _content("ssl_ca_certs", ca_certs)
    try:
        context.load_verify_locations(ca_certs)
    except ssl.SSLError:
        raise ConfigError(
            f"ssl_ca_certs {os.fspath(ca_certs)!r} holds no certificates: give a file in PEM form."
        ) from None


def _content(option: str, path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as exc:
        raise (FileMissing if isinstance(exc, FileNotFoundError) else ConfigError)(
            f"{option} {os.fspath(path)!r}: {exc.strerror}. Give a file that this process can read."
        ) from None
