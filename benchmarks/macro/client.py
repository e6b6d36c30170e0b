"""Single requests to a server: is it up, and is its answer the right one."""

from __future__ import annotations

import http.client
import socket

from . import http2, tls, websocket
from .scenarios import Scenario, WrongAnswer

TIMEOUT = 10.0


def request_bytes(scenario: Scenario, port: int) -> bytes:
    """Return the scenario's request as it goes over the wire."""
    lines = [f"{scenario.method} {scenario.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in scenario.headers]
    if scenario.body:
        lines.append(f"Content-Length: {len(scenario.body)}")
    return "\r\n".join([*lines, "", ""]).encode() + scenario.body


def ask(connection: socket.socket, scenario: Scenario, port: int) -> None:
    """Make the scenario's request; raise WrongAnswer unless status and body are as expected."""
    if scenario.websocket:
        return websocket.ask(connection, scenario, port)
    if scenario.http2:
        return http2.ask(connection, scenario, port)
    connection.sendall(request_bytes(scenario, port))
    response = http.client.HTTPResponse(connection, method=scenario.method)
    try:
        response.begin()
        body = response.read()
    except http.client.HTTPException as error:
        raise WrongAnswer(f"bad response: {error!r}") from error
    finally:
        response.close()
    if response.status != 200:
        raise WrongAnswer(f"status {response.status}")
    if body != scenario.expect:
        raise WrongAnswer(f"{len(body)} bytes of body, not the {len(scenario.expect)} expected")


def connect(scenario: Scenario, port: int) -> socket.socket:
    """Return a connection to the server; ConnectionRefusedError while it does not listen."""
    connection = socket.create_connection(("127.0.0.1", port), TIMEOUT)
    if not scenario.tls:
        return connection
    return tls.client_context(http2.ALPN if scenario.http2 else "").wrap_socket(connection)


def opened(scenario: Scenario, port: int) -> socket.socket:
    """Return an open connection that made the request once."""
    connection = connect(scenario, port)
    try:
        ask(connection, scenario, port)
    except BaseException:
        connection.close()
        raise
    return connection


def is_open(connection: socket.socket) -> bool:
    """Return whether the server has left this idle connection open."""
    connection.setblocking(False)
    try:
        # Behind an answer of HTTP/2 there may be frames about the connection.
        while connection.recv(4096):
            pass
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def ask_once(scenario: Scenario, port: int) -> None:
    """Make the request on a connection of its own."""
    with connect(scenario, port) as connection:
        ask(connection, scenario, port)
