"""Addresses: what the options ask for, what may stand together, and which sockets that makes."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import uvicorn
from tests.server.apps import hello, quiet
from tests.server.conftest import Drive, Log
from tests.server.serving_loop import Client, serving
from uvicorn.config import STARTUP_FAILURE
from uvicorn.errors import ConfigError
from uvicorn.listen import bind, sockets
from uvicorn.listen.bind import Descriptor, Tcp, Unix

# What `bind` says, and what it means.

PARSED: dict[str, bind.Address] = {
    "127.0.0.1:80": Tcp(("127.0.0.1",), 80),
    "localhost:0": Tcp(("localhost",), 0),
    ":8000": Tcp(("",), 8000),
    "[::1]:443": Tcp(("::1",), 443),
    "[fe80::1%eth0]:65535": Tcp(("fe80::1%eth0",), 65535),
    "unix:/run/a.sock": Unix("/run/a.sock"),
    "unix:a:b": Unix("a:b"),
    "unix:@name": Unix("@name"),
    "fd://0": Descriptor(0),
    "fd://17": Descriptor(17),
}
REFUSED = ["", "localhost", "::1:80", "[::1]", "a:b:1", "http://a:80", "a:65536", "a:-1", "a:"]
REFUSED += ["unix:", "unix:@", "fd://", "fd://x", "fd:x", "[]:1", "/run/a.sock"]


@pytest.mark.parametrize("text", PARSED)
def test_an_address_is_read(text: str) -> None:
    assert bind.parse(text) == PARSED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_address_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        bind.parse(text)
    assert repr(text) in str(caught.value)
    assert "host:port, [IPv6]:port, unix:path or fd://N" in str(caught.value)


# Which of the options decide

ASKED: dict[str, tuple[dict[str, Any], list[bind.Address]]] = {
    "nothing": ({}, []),
    "host and port alone": ({"host": "::1", "port": 1}, []),
    "fd 0": ({"fd": 0}, [Descriptor(0)]),
    "uds, and host and port as in many scripts": (
        {"uds": "a", "host": "0.0.0.0", "port": 1},
        [Unix("a")],
    ),
    "all of them": (
        {"fd": 3, "uds": "a", "bind": ["unix:@b", ":1"]},
        [Descriptor(3), Unix("a"), Unix("@b"), Tcp(("",), 1)],
    ),
    "one string to bind": ({"bind": "unix:a"}, [Unix("a")]),
    "the same twice": ({"uds": "a", "bind": ["unix:a", ":1", ":1"]}, [Unix("a"), Tcp(("",), 1)]),
}


@pytest.mark.parametrize(("options", "addresses"), ASKED.values(), ids=list(ASKED))
def test_addresses_come_from_all_options_that_name_one(
    options: dict[str, Any], addresses: list[bind.Address]
) -> None:
    config = uvicorn.Config(hello, log_config=None, **options)
    bind.check(config)
    assert bind.explicit(config) == addresses


TOGETHER: dict[str, tuple[dict[str, Any], str]] = {
    "bind and host": (
        {"bind": "unix:a", "host": ["::1", "a"]},
        "not used together with bind: leave them out, or add [::1]:8000, a:8000 to bind.",
    ),
    "bind and port": ({"bind": "unix:a", "port": 80}, "add 127.0.0.1:80 to bind."),
    "activation and port": (
        {"socket_activation": True, "port": 80},
        "not used together with socket_activation",
    ),
    "no host": ({"host": []}, "host names no address"),
    "bad address": ({"bind": ["a"]}, "host:port"),
    "mode without a unix socket": ({"uds_mode": 0o600}, "add uds, or leave them out"),
    "owner of an abstract one": ({"uds": "@a", "uds_owner": "root"}, "add uds, or leave them out"),
}


@pytest.mark.parametrize(("options", "hint"), TOGETHER.values(), ids=list(TOGETHER))
def test_options_that_do_not_go_together_are_refused_before_the_app_is_imported(
    options: dict[str, Any], hint: str
) -> None:
    config = uvicorn.Config("nowhere:app", log_config=None, **options)
    with pytest.raises(ConfigError) as caught:
        config.load()
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


LACKING: dict[str, tuple[dict[str, Any], str, str]] = {
    "unix sockets": ({"uds": "a"}, "AF_UNIX", "listen on a port"),
    "SO_REUSEPORT": ({"reuse_port": True}, "SO_REUSEPORT", "leave reuse_port out"),
}


@pytest.mark.parametrize(("options", "name", "hint"), LACKING.values(), ids=list(LACKING))
def test_what_the_system_does_not_have_is_refused(
    options: dict[str, Any], name: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, name)
    with pytest.raises(ConfigError, match=hint):
        bind.check(uvicorn.Config(hello, log_config=None, **options))


def test_abstract_unix_sockets_are_for_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(ConfigError, match="give a path"):
        bind.check(uvicorn.Config(hello, log_config=None, uds="@a"))


# The dual-stack rule

# Host, which of the two loopback addresses answer, and what the log shows.
STACKS: dict[str, tuple[str | list[str], set[str], list[str]]] = {
    "every IPv4 address": ("0.0.0.0", {"127.0.0.1"}, ["0.0.0.0"]),
    "every IPv6 address": ("::", {"::1"}, ["[::]"]),
    "every address": ("", {"127.0.0.1", "::1"}, ["0.0.0.0", "[::]"]),
    "both by their names": (["::", "0.0.0.0"], {"127.0.0.1", "::1"}, ["[::]", "0.0.0.0"]),
    "one of each": (["127.0.0.1", "::1"], {"127.0.0.1", "::1"}, ["127.0.0.1", "[::1]"]),
    "the same address twice": (["127.0.0.1", "127.0.0.1"], {"127.0.0.1"}, ["127.0.0.1"]),
}


async def answers(host: str, port: int) -> bool:
    try:
        client = Client(*await asyncio.open_connection(host, port))
    except OSError:
        return False
    client.send()
    assert await client.response() == (200, b"hello")
    await client.close()
    return True


@pytest.mark.parametrize(("host", "reached", "shown"), STACKS.values(), ids=list(STACKS))
def test_an_ipv6_socket_listens_for_ipv6_alone_and_all_have_one_port(
    host: str | list[str], reached: set[str], shown: list[str], drive: Drive, log: Log
) -> None:
    server = uvicorn.Server(quiet(hello, host=host))

    async def main() -> None:
        async with serving(server):
            (port,) = {each.sockets[0].getsockname()[1] for each in server.servers}
            answering = {each for each in ("127.0.0.1", "::1") if await answers(each, port)}
            assert answering == reached
            lines = [line for line in log.lines if "running on" in line]
            assert lines == [
                f"INFO Uvicorn running on http://{each}:{port} (Press CTRL+C to quit)"
                for each in shown
            ]

    drive(main())


def test_bind_socket_keeps_the_same_rule() -> None:
    with quiet(hello, host="::").bind_socket() as sock:
        assert sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1


def test_bind_socket_is_for_one_address(log: Log) -> None:
    for options in ({"host": ["127.0.0.1", "::1"]}, {"fd": 3, "uds": "a"}):
        with pytest.raises(SystemExit) as caught:
            quiet(hello, **options).bind_socket()
        assert caught.value.code == STARTUP_FAILURE
    assert log.has("bind_socket() is for one address: give one.")


# Names

V4 = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
V6 = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0))
# Of a net for documentation (RFC 5737), so that no machine has it.
ELSEWHERE = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("198.51.100.1", 0))


def open_name(monkeypatch: pytest.MonkeyPatch, *found: Any) -> list[bind.Bound]:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: list(found))
    opened = bind.open_tcp(Tcp(("name",), 0), 5)
    bind.close_all(each.sock for each in opened)
    return opened


def test_each_address_of_a_name_is_listened_on_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = [each.host for each in open_name(monkeypatch, V6, V4, V4)]
    assert hosts == ["::1", "127.0.0.1"]


def test_a_name_with_one_address_is_shown_as_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [each.host for each in open_name(monkeypatch, V4)] == ["name"]


def test_addresses_of_a_name_that_are_not_here_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(open_name(monkeypatch, ELSEWHERE, V4)) == 1
    with pytest.raises(OSError, match="Choose an address that this machine has"):
        open_name(monkeypatch, ELSEWHERE)


def test_a_name_whose_only_address_here_is_listened_on_already_adds_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found(host: str, port: int, **_: Any) -> list[Any]:
        rows = [V4] if host == "127.0.0.1" else [ELSEWHERE, V4]
        return [(*row[:4], (row[4][0], port)) for row in rows]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    opened = bind.open_tcp(Tcp(("127.0.0.1", "name"), 0), 5)
    bind.close_all(each.sock for each in opened)
    assert [each.host for each in opened] == ["127.0.0.1"]


def test_a_family_that_the_system_does_not_have_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = socket.socket

    def without_ipv6(family: int = -1, *rest: Any, **more: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return real(family, *rest, **more)

    monkeypatch.setattr(socket, "socket", without_ipv6)
    assert [each.host for each in open_name(monkeypatch, V6, V4)] == ["name"]
    with pytest.raises(OSError, match="address family not supported"):
        open_name(monkeypatch, V6)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a..b", "x" * 70])
def test_a_host_that_is_not_found_ends_the_process(host: str, drive: Drive, log: Log) -> None:
    with pytest.raises(SystemExit) as caught:
        drive(uvicorn.Server(quiet(hello, host=host)).serve())
    assert caught.value.code == STARTUP_FAILURE
    (line,) = [line for line in log.lines if line.startswith("ERROR")]
    assert line.startswith(f"ERROR Cannot find host {host!r} (")
    assert line.endswith("give an address of this machine, or a name that it knows.")


# Ports


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on, on IPv6 alone."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as sock:
        yield sock.getsockname()[1]


def test_another_port_is_tried_when_one_is_not_free_on_all_hosts(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time, the system's choice on IPv4 is the one that is taken on IPv6."""
    real, picked = bind.bound, [taken, 0]

    def pick(family: int, sockaddr: tuple[Any, ...], reuse_port: bool) -> socket.socket:
        if sockaddr == ("127.0.0.1", 0):
            sockaddr = ("127.0.0.1", picked.pop(0))
        return real(family, sockaddr, reuse_port)

    monkeypatch.setattr(bind, "bound", pick)
    opened = bind.open_tcp(Tcp(("127.0.0.1", "::1"), 0), 5)
    ports = {each.sock.getsockname()[1] for each in opened}
    bind.close_all(each.sock for each in opened)
    assert len(opened) == 2
    assert len(ports) == 1
    assert picked == []


def test_a_port_that_is_taken_on_one_host_leaves_none_open(taken: int) -> None:
    with pytest.raises(OSError, match="address already in use"):
        bind.open_tcp(Tcp(("127.0.0.1", "::1"), taken), 5)
    socket.create_server(("127.0.0.1", taken)).close()


def test_two_servers_share_a_port_if_both_say_so(drive: Drive) -> None:
    async def main() -> None:
        one = uvicorn.Server(quiet(hello, reuse_port=True))
        async with serving(one):
            port = one.servers[0].sockets[0].getsockname()[1]
            async with serving(uvicorn.Server(quiet(hello, reuse_port=True, port=port))):
                assert await answers("127.0.0.1", port)

    drive(main())


# All kinds at once


def test_ports_unix_sockets_and_descriptors_are_served_together(
    drive: Drive, log: Log, tmp_path: Any
) -> None:
    path = str(tmp_path / "a.sock")
    given = socket.create_server(("127.0.0.1", 0))
    fd = given.fileno()
    where = ["127.0.0.1:0", "[::1]:0", f"unix:{path}", f"fd://{fd}"]
    server = uvicorn.Server(quiet(hello, port=8000, bind=where))

    async def main() -> None:
        async with serving(server):
            for each in server.servers:
                address = each.sockets[0].getsockname()
                if isinstance(address, str):
                    client = Client(*await asyncio.open_unix_connection(address))
                else:
                    client = Client(*await asyncio.open_connection(*address[:2]))
                client.send()
                assert await client.response() == (200, b"hello")
                await client.close()

    drive(main())
    shown = [line.split(" running on ")[1] for line in log.lines if " running on " in line]
    assert [line.split(":")[0] for line in shown] == [
        "http",
        "http",
        f"unix socket {path} (Press CTRL+C to quit)",
        f"socket {given.getsockname()} (Press CTRL+C to quit)".split(":")[0],
    ]
    given.close()


def test_if_one_address_cannot_be_had_none_is_left_open(taken: int, tmp_path: Any) -> None:
    path = tmp_path / "a.sock"
    config = quiet(hello, port=8000, bind=[f"unix:{path}", f"[::1]:{taken}"])
    with pytest.raises(OSError, match="address already in use"):
        sockets.open_listeners(config)
    assert not path.exists()


def test_listeners_can_be_handed_to_children_and_are_closed_by_who_opened_them(
    tmp_path: Any,
) -> None:
    path = tmp_path / "a.sock"
    listeners = sockets.open_listeners(quiet(hello, port=8000, bind=["[::1]:0", f"unix:{path}"]))
    port = listeners.sockets[0].getsockname()[1]
    assert str(listeners) == f"http://[::1]:{port}, unix socket {path}"
    assert not any(sock.get_inheritable() for sock in listeners.sockets)
    listeners.make_inheritable()
    assert all(sock.get_inheritable() for sock in listeners.sockets)
    listeners.close()
    assert not path.exists()
    assert all(sock.fileno() == -1 for sock in listeners.sockets)
