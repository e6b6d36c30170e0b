"""The options for TLS: what they make, and what is said of those that cannot work."""

from __future__ import annotations

import ssl
import sys
from typing import Any

import pytest

import uvicorn
from tests.apps.serving import process
from tests.certificates import PASSWORD, certificates
from tests.server.apps import hello, quiet
from uvicorn.config import SSL_PROTOCOL_VERSION, STARTUP_FAILURE, create_ssl_context
from uvicorn.errors import ConfigError

COMMAND = [sys.executable, "-W", "error", "-m", "uvicorn", "tests.server.apps:hello", "--port", "0"]


def loaded(**options: Any) -> uvicorn.Config:
    config = quiet(hello, **options)
    config.load()
    return config


def test_without_a_certificate_there_is_no_tls() -> None:
    config = loaded()
    assert config.is_ssl is False and config.ssl is None


@pytest.mark.parametrize(
    "names",
    [
        {"ssl_certfile": "server", "ssl_keyfile": "key"},
        {"ssl_certfile": "both"},
        {"ssl_certfile": "server", "ssl_keyfile": "locked_key", "ssl_keyfile_password": PASSWORD},
    ],
    ids=["two files", "one file", "a password"],
)
def test_a_certificate_makes_a_context(names: dict[str, str]) -> None:
    options = {name: getattr(certificates(), value, value) for name, value in names.items()}
    config = loaded(**options)
    assert config.is_ssl
    assert config.ssl is not None
    assert config.ssl.minimum_version == ssl.TLSVersion.TLSv1_2
    assert config.ssl.verify_mode == ssl.CERT_NONE
    assert config.ssl.options & ssl.OP_NO_RENEGOTIATION
    assert config.ssl.options & ssl.OP_NO_COMPRESSION


def test_a_context_is_as_the_options_say() -> None:
    made = certificates()
    config = loaded(
        **made.options,
        ssl_version=ssl.PROTOCOL_TLSv1_2,
        ssl_cert_reqs=ssl.CERT_REQUIRED,
        ssl_ca_certs=made.ca,
        ssl_ciphers="ECDHE-ECDSA-AES256-GCM-SHA384",
    )
    assert config.ssl is not None
    assert config.ssl.protocol == ssl.PROTOCOL_TLSv1_2
    assert config.ssl.verify_mode == ssl.CERT_REQUIRED
    assert len(config.ssl.get_ca_certs()) == 1
    older = [each["name"] for each in config.ssl.get_ciphers() if each["protocol"] != "TLSv1.3"]
    assert older == ["ECDHE-ECDSA-AES256-GCM-SHA384"]


def test_a_context_can_be_made_by_itself() -> None:
    made = certificates()
    context = create_ssl_context(
        made.server, made.key, None, SSL_PROTOCOL_VERSION, ssl.CERT_NONE, None, None
    )
    assert isinstance(context, ssl.SSLContext)
    assert SSL_PROTOCOL_VERSION == ssl.PROTOCOL_TLS_SERVER


# A factory


def test_a_factory_may_change_what_the_options_make() -> None:
    asked: list[Any] = []

    def factory(config: uvicorn.Config, default: Any) -> ssl.SSLContext:
        asked.append(config)
        context: ssl.SSLContext = default()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context

    config = quiet(hello, **certificates().options, ssl_context_factory=factory)
    config.check()
    assert asked == []
    config.load()
    assert asked == [config]
    assert config.ssl is not None
    assert config.ssl.minimum_version == ssl.TLSVersion.TLSv1_3


def test_a_factory_may_do_without_the_options() -> None:
    context = certificates().server_context()
    config = loaded(ssl_context_factory=lambda config, default: context)
    assert config.is_ssl and config.ssl is context


def test_a_factory_that_makes_no_context_is_told_so() -> None:
    with pytest.raises(ConfigError, match="ssl_context_factory returned str: return an"):
        loaded(ssl_context_factory=lambda config, default: "context")


# Mistakes: options with names of files, and what is said.
MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"ssl_certfile": "/nowhere/cert"}, "ssl_certfile '/nowhere/cert': No such file or directory."),
    ({"ssl_certfile": "/"}, "ssl_certfile '/': Is a directory."),
    (
        {"ssl_certfile": "server", "ssl_keyfile": "/nowhere/key"},
        "ssl_keyfile '/nowhere/key': No such file or directory.",
    ),
    ({"ssl_keyfile": "key"}, "ssl_certfile is missing: give the certificate"),
    ({"ssl_certfile": "server"}, "holds no private key: add ssl_keyfile."),
    ({"ssl_certfile": "text"}, "holds no certificate: give a file in PEM form."),
    ({"ssl_certfile": "server", "ssl_keyfile": "text"}, "holds no private key: give one in PEM"),
    ({"ssl_certfile": "server", "ssl_keyfile": "other"}, "does not belong to the certificate"),
    (
        {"ssl_certfile": "server", "ssl_keyfile": "locked_key"},
        "The private key is encrypted: add ssl_keyfile_password.",
    ),
    (
        {"ssl_certfile": "server", "ssl_keyfile": "locked_key", "ssl_keyfile_password": "wrong"},
        "ssl_keyfile_password does not open the key in ",
    ),
    ({"ssl_certfile": "both", "ssl_ciphers": "nonsense"}, "ssl_ciphers is 'nonsense': OpenSSL"),
    ({"ssl_certfile": "both", "ssl_version": 16}, "ssl_version is 16: leave it out"),
    ({"ssl_certfile": "both", "ssl_cert_reqs": 2}, "add ssl_ca_certs, the authorities to trust."),
    ({"ssl_certfile": "both", "ssl_cert_reqs": 3, "ssl_ca_certs": "ca"}, "ssl_cert_reqs is 3: 0"),
    ({"ssl_certfile": "both", "ssl_ca_certs": "text"}, "holds no certificates: give a file in PEM"),
    (
        {"ssl_certfile": "both", "ssl_ca_certs": "/nowhere/ca"},
        "ssl_ca_certs '/nowhere/ca': No such file or directory.",
    ),
    ({"ssl_cert_reqs": 2}, "ssl_certfile is missing: only over TLS"),
    ({"ssl_ca_certs": "ca"}, "ssl_certfile is missing: only over TLS"),
]


def with_files(options: dict[str, Any]) -> dict[str, Any]:
    return {
        name: getattr(certificates(), value, value) if isinstance(value, str) else value
        for name, value in options.items()
    }


@pytest.mark.parametrize(("options", "said"), MISTAKES)
def test_a_mistake_is_found_before_anything_starts(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        quiet(hello, **with_files(options)).check()
    text = str(caught.value)
    assert said in text
    assert text.endswith(".") and "\n" not in text


def test_a_key_that_openssl_cannot_read_is_named() -> None:
    made = certificates()
    broken = made.write(
        "broken.pem", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    )
    with pytest.raises(ConfigError, match=r"OpenSSL cannot use .*broken.pem.*: make them anew\."):
        quiet(hello, ssl_certfile=made.server, ssl_keyfile=broken).check()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_mistake_ends_the_command_in_one_line(workers: str) -> None:
    arguments = ["--ssl-certfile", "/nowhere/cert", "--workers", workers, "--no-use-colors"]
    with process([*COMMAND, *arguments]) as server:
        assert server.wait() == STARTUP_FAILURE
        (line,) = server.log.splitlines()
    assert line == (
        "ERROR:    ssl_certfile '/nowhere/cert': No such file or directory. Give a file that this"
        " process can read."
    )


@pytest.mark.parametrize("arguments", [["--ssl-cert-reqs", "3"], ["--ssl-version", "new"]])
def test_a_number_that_is_none_is_a_usage_error(arguments: list[str]) -> None:
    with process([*COMMAND, *arguments]) as server:
        assert server.wait() == 2
