"""The handshake of TLS: what fails, and what the client and the log hear of it. On both builds."""

from __future__ import annotations

import logging
import ssl

import pytest

from tests.certificates import certificates
from tests.core.answers import parse_responses
from tests.core.apps import GET, reply
from tests.core.tls_peer import TIMEOUT, TlsClient


def requiring() -> ssl.SSLContext:
    context = certificates().server_context()
    context.load_verify_locations(certificates().ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def only(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = certificates().client_context()
    context.minimum_version = context.maximum_version = version
    return context


PLAIN = [GET, b"OPTIONS * HTTP/1.1\r\n\r\n", b"DELETE /a HTTP/1.1\r\n\r\n", b"CONNECT a:1 HTTP/1.1"]
GARBAGE = [b"\x00" * 64, b"SSH-2.0-OpenSSH_9.6\r\n", b"\xff\xfe\xfd\xfc\xfb\xfa" * 5, b"\r\n" * 9]
NAMED = "(192.0.2.1:40000)."


@pytest.mark.parametrize("request_", PLAIN)
def test_a_plain_request_is_told_that_the_port_speaks_https(request_, serve_once):
    server = serve_once(reply())
    client = TlsClient(server)
    client.wire_send(request_)
    (response,) = parse_responses(client.wire, ("GET",), True)
    assert response.status == 400 and response.complete and response.closes
    assert client.closed
    assert server.messages(logging.WARNING) == [
        f"TLS handshake failed. Plain HTTP was sent to a port that speaks HTTPS {NAMED}"
    ]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_one_line_in_the_log(garbage, serve_once):
    server = serve_once(reply())
    client = TlsClient(server)
    client.wire_send(garbage)
    assert client.closed
    assert client.wire == b""
    assert server.messages() == [f"TLS handshake failed. What came is not TLS {NAMED}"]


def test_a_client_hello_that_is_cut_short_runs_out_of_time(serve_once):
    server = serve_once(reply())
    client = TlsClient(server)
    client.wire_send(client.hello()[:100])
    server.advance(TIMEOUT - 1)
    assert not client.closed
    server.advance(2)
    assert client.closed
    assert server.messages() == [f"TLS handshake failed. Not complete in time {NAMED}"]


def test_a_client_that_says_nothing_runs_out_of_time(serve_once):
    server = serve_once(reply())
    client = TlsClient(server)
    server.advance(TIMEOUT + 1)
    assert client.closed
    assert server.messages() == [f"TLS handshake failed. Not complete in time {NAMED}"]


@pytest.mark.parametrize("how", ["end", "vanish"])
def test_a_client_that_leaves_within_the_handshake_is_one_line(how, serve_once):
    server = serve_once(reply())
    client = TlsClient(server)
    client.wire_send(client.hello())
    getattr(client, how)()
    assert client.closed
    assert server.messages() == [f"TLS handshake failed. Client left {NAMED}"]


def test_a_look_whether_the_port_is_open_is_for_debugging_alone(serve_once):
    server = serve_once(reply())
    TlsClient(server).end()
    assert server.messages() == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (None, "Client sent no certificate"),
        ("stranger", "Client certificate refused: "),
        ("client", ""),
    ],
)
def test_a_client_needs_the_certificate_that_is_required(shown, reason, version, serve_once):
    server = serve_once(reply())
    context = only(version)
    if shown is not None:
        context.load_cert_chain(getattr(certificates(), shown))
    client = TlsClient(server, context, requiring())
    client.wire_send(client.hello())
    client.take()
    for _ in range(3):
        if not client.ended:
            client.wire_send(client.hello())
            client.take()
    if reason:
        assert client.closed
        (line,) = server.messages(logging.WARNING)
        assert line.startswith(f"TLS handshake failed. {reason}") and line.endswith(NAMED)
    else:
        client.send(GET)
        assert [each.status for each in client.responses()] == [200]


def test_a_client_that_does_not_trust_us_is_one_line(serve_once):
    server = serve_once(reply())
    client = TlsClient(server, ssl.create_default_context())
    client.wire_send(client.hello())
    client.take()
    with pytest.raises(ssl.SSLCertVerificationError):
        client.ssl.do_handshake()
    client.wire_send(client.outgoing.read())
    assert client.closed
    assert server.messages() == [
        f"TLS handshake failed. Client does not trust the certificate {NAMED}"
    ]


def test_a_client_without_a_common_version_is_one_line(serve_once):
    served = certificates().server_context()
    served.minimum_version = ssl.TLSVersion.TLSv1_3
    server = serve_once(reply())
    client = TlsClient(server, only(ssl.TLSVersion.TLSv1_2), served)
    client.wire_send(client.hello())
    assert client.closed
    assert server.messages() == [f"TLS handshake failed. No TLS version in common {NAMED}"]
    client.take()
    with pytest.raises(ssl.SSLError, match=r"(?i)alert"):
        client.ssl.do_handshake()


def test_a_client_that_never_takes_the_alert_is_dropped(serve_once):
    server = serve_once(reply())
    client = TlsClient(server)
    client.transport.client_reads = False
    client.wire_send(GET)
    assert not client.closed
    server.advance(5)
    assert client.closed
    assert len(server.messages()) == 1


def test_a_handshake_that_ends_after_the_shutdown_gets_its_answer(serve_once):
    server = serve_once(reply())
    client = TlsClient(server)
    (waiting,) = server.state.connections
    server.do(waiting.shutdown)
    client.handshake()
    (connection,) = server.state.connections
    assert connection is not waiting
    server.do(connection.shutdown)
    client.send(GET)
    assert [each.status for each in client.responses()] == [200]
    assert client.closed
