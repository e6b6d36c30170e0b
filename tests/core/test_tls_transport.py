"""TLS between a socket and a connection: bytes, back-pressure, ends. On both builds."""

from __future__ import annotations

import asyncio
import gc
import logging
import ssl
import weakref
from typing import Any

import pytest

from tests.certificates import certificates
from tests.core.apps import GET, body, echo, post, reply, start
from tests.core.tls_peer import TlsClient

LARGE = bytes(range(256)) * 4096


def test_a_request_over_tls_is_answered_in_one_record(serve_once):
    server = serve_once(reply())
    client = TlsClient(server).handshake()
    before = len(client.transport.writes)
    client.send(GET)
    (response,) = client.responses()
    assert (response.status, response.body) == (200, b"ok")
    assert len(client.transport.writes) == before + 1
    assert client.transport.writes[-1].count(b"\x17\x03\x03") == 1


def test_the_scope_says_https(serve_once):
    seen = []

    async def app(scope, receive, send):
        seen.append((scope["scheme"], scope["server"], scope["client"]))
        await reply()(scope, receive, send)

    TlsClient(serve_once(app)).handshake().send(GET)
    assert seen == [("https", ("198.51.100.1", 80), ("192.0.2.1", 40000))]


def test_a_handshake_and_a_request_may_come_byte_by_byte(serve_once):
    server = serve_once(reply())
    client = TlsClient(server)
    client.wire_send(*(bytes([each]) for each in client.hello()))
    client.take()
    client.ssl.do_handshake()
    data = client.encrypted(GET)
    client.wire_send(*(bytes([each]) for each in data))
    assert [each.status for each in client.responses()] == [200]


def test_a_request_may_come_with_the_end_of_the_handshake(serve_once):
    client = TlsClient(serve_once(reply()))
    client.wire_send(client.hello())
    client.take()
    client.ssl.do_handshake()
    client.wire_send(client.encrypted(GET))
    assert [each.status for each in client.responses()] == [200]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_large_bodies_go_both_ways(version, serve_once):
    context = certificates().client_context()
    context.maximum_version = version
    client = TlsClient(serve_once(echo), context)
    client.wire_send(client.hello())
    while True:
        client.take()
        try:
            client.ssl.do_handshake()
            break
        except ssl.SSLWantReadError:
            client.wire_send(client.outgoing.read())
    client.send(post(LARGE))
    (response,) = client.responses()
    assert response.body == LARGE
    assert client.ssl.version() == version.name.replace("_", ".")


def test_several_records_in_one_read_are_all_served(serve_once):
    client = TlsClient(serve_once(reply())).handshake()
    client.wire_send(client.encrypted(GET) + client.encrypted(GET + GET) + client.encrypted(GET))
    assert [each.status for each in client.responses()] == [200] * 4


def test_what_was_read_while_the_app_was_busy_is_not_lost(serve_once):
    """Reading pauses in the midst of a read; the rest of its records waits."""
    room = asyncio.Event()
    received = []

    async def app(scope, receive, send):
        await room.wait()
        more = True
        while more:
            message = await receive()
            received.append(message["body"])
            more = message["more_body"]
        await reply()(scope, receive, send)

    server = serve_once(app)
    client = TlsClient(server).handshake()
    client.wire_send(client.encrypted(post(LARGE)))
    assert not client.transport.is_reading()
    server.do(room.set)
    assert b"".join(received) == LARGE
    assert client.transport.is_reading()
    assert [each.status for each in client.responses()] == [200]


class Pausing(asyncio.Protocol):
    """Takes one piece at a time."""

    def __init__(self):
        self.pieces = []

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.pieces.append(data)
        self.transport.pause_reading()


def test_records_of_one_read_wait_while_reading_is_paused(serve_once):
    server = serve_once(reply())
    protocol = Pausing()
    server.new_connection = lambda service: protocol
    client = TlsClient(server).handshake()
    client.wire_send(b"".join(client.encrypted(piece) for piece in (b"one", b"two", b"three")))
    assert protocol.pieces == [b"one"]
    server.do(protocol.transport.resume_reading)
    assert protocol.pieces == [b"one", b"two"]
    assert not client.transport.is_reading()
    server.do(protocol.transport.resume_reading)
    assert protocol.pieces == [b"one", b"two", b"three"]
    server.do(protocol.transport.resume_reading)
    assert client.transport.is_reading()
    client.send(b"four")
    assert protocol.pieces[3:] == [b"four"]


def test_a_client_that_does_not_read_stops_the_app(serve_once):
    sent = []

    async def app(scope, receive, send):
        await send(start())
        for number in range(64):
            await send(body(b"x" * 16384, more=True))
            sent.append(number)
        await send(body())

    server = serve_once(app)
    client = TlsClient(server).handshake()
    client.transport.client_reads = False
    client.send(GET)
    assert 0 < len(sent) < 10
    client.transport.client_reads = True
    server.do(client.transport.take)
    assert len(sent) == 64
    (response,) = client.responses()
    assert response.body == b"x" * 16384 * 64


# Ends


def test_the_server_says_goodbye_when_it_closes(serve_once):
    server = serve_once(reply(), timeout_keep_alive=5)
    client = TlsClient(server).handshake().send(GET)
    server.advance(10)
    assert client.closed
    client.decrypted()
    assert client.said_goodbye


def test_a_goodbye_while_idle_ends_the_connection_in_silence(serve_once):
    server = serve_once(reply())
    client = TlsClient(server).handshake().send(GET)
    client.wire_send(client.goodbye())
    assert client.closed
    client.decrypted()
    assert client.said_goodbye
    assert server.messages() == []


def test_a_request_whose_client_has_said_goodbye_is_answered(serve_once):
    gate = asyncio.Event()

    async def app(scope, receive, send):
        await gate.wait()
        await reply()(scope, receive, send)

    server = serve_once(app)
    client = TlsClient(server).handshake()
    client.wire_send(client.encrypted(GET) + client.goodbye())
    client.end()
    assert not client.closed
    server.do(gate.set)
    client.take()
    assert client.ssl.read(1000).startswith(b"HTTP/1.1 200")
    assert client.closed


async def until_it_ends(scope, receive, send):
    while (await receive())["type"] != "http.disconnect":
        pass


def test_an_end_without_goodbye_is_in_the_log_if_it_cuts_something_off(serve_once):
    server = serve_once(until_it_ends)
    client = TlsClient(server).handshake().send(post(b"half", size=8))
    client.end()
    assert client.closed
    assert server.messages() == ["TLS client left without close_notify (192.0.2.1:40000)."]
    assert server.log.records[0].levelno == logging.INFO


def test_an_end_without_goodbye_after_the_whole_response_is_not_in_the_log(serve_once):
    """Also if it comes in the same pass of the loop as the response's end."""
    gate = asyncio.Event()
    ended = []

    async def app(scope, receive, send):
        await gate.wait()
        await reply()(scope, receive, send)
        ended.append(client.transport.get_protocol().eof_received())

    server = serve_once(app)
    client = TlsClient(server).handshake().send(GET)
    server.do(gate.set)
    assert [each.status for each in client.responses()] == [200]
    assert ended == [False]
    assert not [each for each in server.log.records if each.levelno > logging.DEBUG]


def test_an_end_without_goodbye_ends_both_halves(serve_once):
    """Whoever is at work on the answer finds nobody to send it to."""
    gate = asyncio.Event()

    async def app(scope, receive, send):
        await gate.wait()
        await reply()(scope, receive, send)

    server = serve_once(app)
    client = TlsClient(server).handshake().send(GET)
    client.end()
    assert client.closed
    server.do(gate.set)


def test_an_end_without_goodbye_while_idle_is_for_debugging_alone(serve_once):
    server = serve_once(reply())
    client = TlsClient(server).handshake().send(GET)
    server.logger.setLevel(logging.DEBUG)
    client.end()
    assert client.closed
    (record,) = server.log.records
    assert record.levelno == logging.DEBUG


def test_a_refused_request_is_read_to_its_end_so_that_the_answer_arrives(serve_once):
    server = serve_once(reply())
    client = TlsClient(server).handshake()
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    assert client.transport.eof_written and not client.closed
    client.send(b"x" * 100_000)
    (response,) = client.responses()
    assert response.status == 400
    client.end()
    assert client.closed
    assert client.said_goodbye


def test_a_client_that_goes_on_after_a_refusal_is_dropped(serve_once):
    server = serve_once(reply())
    client = TlsClient(server).handshake()
    client.send(b"nonsense\r\n\r\n")
    server.advance(10)
    assert client.closed


def test_bytes_that_are_no_record_end_the_connection_with_an_alert(serve_once):
    server = serve_once(reply())
    client = TlsClient(server).handshake().send(GET)
    client.decrypted()
    client.wire_send(b"\x17\x03\x03\x00\x20" + b"x" * 32)
    assert client.closed
    with pytest.raises(ssl.SSLError):
        client.decrypted()
    (line,) = server.messages()
    assert line.startswith("TLS failed. ") and line.endswith(" (192.0.2.1:40000).")


def test_a_reset_ends_the_request_in_silence(serve_once):
    server = serve_once(until_it_ends)
    client = TlsClient(server).handshake().send(post(b"half", size=8))
    client.vanish(ConnectionResetError())
    assert server.messages() == []
    assert client.closed


class Observed:
    """A context that shows what its connection holds, and may have OpenSSL answer by itself.

    In TLS 1.2 it does, to each attempt to renegotiate; a test cannot have a client make one.
    """

    def __init__(self, answer=b""):
        self.answer = answer

    def wrap_bio(self, incoming, outgoing, server_side):
        self.incoming, self.outgoing = incoming, outgoing
        context = certificates().server_context()
        self.ssl = context.wrap_bio(incoming, outgoing, server_side=server_side)
        return self if self.answer else self.ssl

    def __getattr__(self, name):
        return getattr(self.ssl, name)

    def read(self, size):
        while self.ssl.read(size):
            self.outgoing.write(self.answer)


def test_what_follows_a_goodbye_is_not_kept(serve_once):
    """It would be, without a limit, for as long as the app works on an answer."""
    gate = asyncio.Event()

    async def app(scope, receive, send):
        await gate.wait()
        await reply()(scope, receive, send)

    server = serve_once(app)
    context = Observed()
    client = TlsClient(server, served=context).handshake().send(GET)
    client.wire_send(client.goodbye())
    client.wire_send(bytes(100_000), bytes(100_000))
    assert context.incoming.pending == 0
    server.do(gate.set)
    client.take()
    assert client.ssl.read(1000).startswith(b"HTTP/1.1 200")


def test_a_client_that_takes_no_answers_of_openssl_is_not_heard(serve_once):
    server = serve_once(reply())
    client = TlsClient(server, served=Observed(b"a" * 500), high_water=2000).handshake()
    client.transport.client_reads = False
    client.send(*[b"again"] * 50)
    assert not client.transport.is_reading()
    assert len(client.transport.buffer) == 2500
    client.transport.client_reads = True
    server.do(client.transport.take)
    assert client.transport.is_reading()
    assert not client.unread


def test_a_protocol_that_pauses_is_not_heard_when_the_socket_takes_bytes_again(serve_once):
    server = serve_once(reply())
    protocol: Any = Pausing()
    protocol.pause_writing = protocol.resume_writing = lambda: None
    server.new_connection = lambda service: protocol
    client = TlsClient(server, served=Observed(b"a" * 500), high_water=400).handshake()
    client.transport.client_reads = False
    client.send(b"again")
    server.do(protocol.transport.pause_reading)
    server.do(client.transport.take)
    assert not client.transport.is_reading()
    server.do(protocol.transport.resume_reading)
    assert client.transport.is_reading()


def test_nothing_is_read_after_a_protocol_has_ended_its_half(serve_once):
    class Ending(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport, self.pieces = transport, []

        def data_received(self, data):
            self.pieces.append(data)
            self.transport.write_eof()

    server = serve_once(reply())
    protocol = Ending()
    server.new_connection = lambda service: protocol
    client = TlsClient(server).handshake()
    client.wire_send(b"".join(client.encrypted(each) for each in (b"one", b"two", b"four")))
    client.send(b"three")
    assert protocol.pieces == [b"one"]
    assert server.messages() == []


class Staying(asyncio.Protocol):
    """Stays when the peer ends its half."""

    def __init__(self):
        self.ends = 0

    def connection_made(self, transport):
        self.transport = transport

    def eof_received(self):
        self.ends += 1
        return True


def test_a_connection_whose_halves_have_both_ended_closes_when_it_likes(serve_once):
    server = serve_once(reply())
    protocol = Staying()
    server.new_connection = lambda service: protocol
    client = TlsClient(server).handshake()
    client.wire_send(client.goodbye())
    server.do(protocol.transport.write_eof)
    server.do(protocol.transport.write, b"late")
    client.end()
    assert (client.closed, protocol.ends, client.decrypted()) == (False, 1, b"")
    server.do(protocol.transport.close)
    assert client.closed
    assert server.messages() == []


def test_the_end_of_a_client_is_not_heard_after_close(serve_once):
    """Some transports deliver it even then."""
    server = serve_once(reply())
    protocol = Staying()
    server.new_connection = lambda service: protocol
    client = TlsClient(server).handshake()
    client.transport.client_reads = False
    server.do(protocol.transport.close)
    assert not server.do(protocol.transport.eof_received)
    server.do(client.transport.take)
    assert (client.closed, protocol.ends, server.messages()) == (True, 0, [])


def test_what_openssl_holds_is_freed_without_the_collector(serve_once):
    gc.collect()
    server = serve_once(reply())
    client = TlsClient(server).handshake().send(GET)
    transport = client.transport.get_protocol()
    held = weakref.ref(transport.get_extra_info("ssl_object"))
    gc.disable()
    try:
        client.vanish()
        assert held() is None
        assert transport.get_extra_info("cipher") is None
    finally:
        gc.enable()


def test_what_openssl_holds_for_a_handshake_is_freed_without_the_collector(serve_once):
    gc.collect()
    context = Observed()
    client = TlsClient(serve_once(reply()), served=context)
    client.wire_send(client.hello())
    held = weakref.ref(context.ssl)
    del context.ssl
    gc.disable()
    try:
        client.vanish()
        assert held() is None
    finally:
        gc.enable()
