"""ProxyHeadersMiddleware, and the options that make the server do the same without it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

import uvicorn
from tests.apps.serving import ROOT
from tests.cases.forwarded import BOTH, CASES, CLIENT, PROXY, Case
from tests.server.apps import hello, quiet
from tests.server.conftest import Log
from uvicorn.assemble import settings
from uvicorn.errors import ConfigError
from uvicorn.forwarded import LONGEST_REMEMBERED, REMEMBERED, TrustedHosts
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware, _TrustedHosts


def through(
    case: Case, scope_type: str = "http", times: int = 1, **more: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The scope that the app gets, and the one that went in."""
    seen: list[dict[str, Any]] = []

    async def record(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    app: Any = record
    for _ in range(times):
        app = ProxyHeadersMiddleware(app, case.trusted)
    scope = {
        "type": scope_type,
        "client": case.peer,
        "server": case.server,
        "scheme": "http" if scope_type == "http" else "ws",
        "headers": [fields(line) for line in case.lines],
        **more,
    }
    asyncio.run(app(scope, None, None))
    return seen[0], scope


def fields(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.lower(), value.strip(b" \t")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_middleware_says_what_the_core_says(case: Case) -> None:
    scope, given = through(case)
    assert (scope["client"], scope["scheme"]) == (case.client, case.scheme)
    assert scope is given


def test_the_middleware_twice_is_the_middleware_once() -> None:
    for case in CASES:
        scope, _ = through(case, times=2)
        assert (scope["client"], scope["scheme"]) == (case.client, case.scheme), case.name


def test_a_websocket_has_the_same_client_and_its_own_scheme() -> None:
    for case in CASES:
        scope, _ = through(case, "websocket")
        assert scope["client"] == case.client, case.name
        assert scope["scheme"] == case.scheme.replace("http", "ws"), case.name


def test_the_middleware_trusts_the_loopback_by_default() -> None:
    trusted = ProxyHeadersMiddleware(hello).trusted_hosts
    assert [host in trusted for host in ("127.0.0.1", "::1")] == [True, False]


def test_the_middleware_leaves_the_lifespan_alone() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope == {"type": "lifespan"}

    wrapped: Any = ProxyHeadersMiddleware(app, "*")
    asyncio.run(wrapped({"type": "lifespan"}, None, None))


def test_the_middleware_takes_what_other_servers_give() -> None:
    case = Case("lists, and no server", BOTH, trusted="127.0.0.1")
    headers = [list(fields(line)) for line in BOTH]
    scope, _ = through(case, client=list(PROXY), server=None, headers=headers)
    assert (scope["client"], scope["scheme"]) == (CLIENT, "https")


def test_the_middleware_warns_of_entries_that_mean_nothing(log: Log) -> None:
    ProxyHeadersMiddleware(hello, ["10.0.0.0/8", "10.0.0.1/8"])
    assert log.lines == [
        "WARNING ProxyHeadersMiddleware trusts nobody for this entry: '10.0.0.1/8' is an address"
        " in a network: write 10.0.0.0/8 for the network, or 10.0.0.1 for the address."
    ]


def test_the_list_answers_to_what_tests_of_other_programs_ask() -> None:
    trusted = _TrustedHosts(["10.0.0.0/8", "127.0.0.1", "testclient"])
    assert "10.1.1.1" in trusted
    assert "11.1.1.1" not in trusted
    assert None not in trusted
    assert not trusted.always_trust
    assert {str(address) for address in trusted.trusted_hosts} == {"127.0.0.1"}
    assert {str(network) for network in trusted.trusted_networks} == {"10.0.0.0/8"}
    assert trusted.trusted_literals == {"testclient"}
    assert trusted.get_trusted_client_address("6.6.6.6, 1.2.3.4:5, 10.0.0.1") == ("1.2.3.4", 5)
    assert trusted.get_trusted_client_address("") == ("", 0)
    assert _TrustedHosts("*").always_trust
    assert None in _TrustedHosts("*")


def test_what_clients_make_it_remember_is_bounded() -> None:
    trusted = TrustedHosts("10.0.0.0/8")
    for number in range(3 * REMEMBERED):
        host = f"203.0.{number // 256}.{number % 256}"
        assert trusted.client_of(host.encode()) == (host, 0)
    assert 0 < len(trusted.clients) <= REMEMBERED
    trusted.clients.clear()
    for value in (b" " * LONGEST_REMEMBERED + b"203.0.113.7", b"?", b""):
        trusted.client_of(value)
    assert trusted.clients == {}


PAGE = (ROOT / "docs" / "proxies.md").read_text(encoding="utf-8")
# A header's value, a trust list, and the client: an address, or the peer.
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \| (?:`([^`]+)`|the peer)", re.MULTILINE)


@pytest.mark.parametrize(("value", "listed", "client"), ROW.findall(PAGE))
def test_the_page_says_what_happens(value: str, listed: str, client: str) -> None:
    found = TrustedHosts(listed).client_of(value.encode())
    assert (found[0] if found else "") == client


def test_the_page_has_its_table() -> None:
    assert len(ROW.findall(PAGE)) == 8


# The options


def test_the_loopback_is_trusted_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    config = quiet(hello)
    assert (config.proxy_headers, config.forwarded_allow_ips) == (True, "127.0.0.1,::1")


@pytest.mark.parametrize("value", ["10.0.0.1", "*", ""])
def test_the_environment_says_who_is_trusted(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", value)
    assert quiet(hello).forwarded_allow_ips == value
    assert quiet(hello, forwarded_allow_ips=["::1"]).forwarded_allow_ips == ["::1"]
    assert quiet(hello, forwarded_allow_ips="").forwarded_allow_ips == ""


def test_the_env_file_may_say_who_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "")
    monkeypatch.delenv("FORWARDED_ALLOW_IPS")
    file = tmp_path / ".env"
    file.write_text("FORWARDED_ALLOW_IPS=10.0.0.1\n")
    assert quiet(hello, env_file=file).forwarded_allow_ips == "10.0.0.1"


def test_the_core_is_given_the_list() -> None:
    def trusted(**options: Any) -> Any:
        return settings(quiet(hello, **options), "auto").trusted

    assert trusted(forwarded_allow_ips="10.0.0.1").trusts("10.0.0.1")
    assert trusted(forwarded_allow_ips=["10.0.0.0/8", "::1"]).trusts("::1")
    assert not trusted(forwarded_allow_ips="").trusts("127.0.0.1")
    assert trusted(proxy_headers=False) is None


DOUBTFUL = {
    "10.0.0.0/33": "is not a network; write it like 10.0.0.0/8 or fd00::/8.",
    "10.0.0/8": "is not a network",
    "example.org/8": "is not a network",
    "10.0.0.1/8": "write 10.0.0.0/8 for the network, or 10.0.0.1 for the address.",
    "fd00::1/8": "write fd00::/8 for the network, or fd00::1 for the address.",
    "256.0.0.1": "is not an IP address",
    "10.0.0": "is not an IP address",
    "127.0.0.1:80": "is not an IP address; a port does not belong to it.",
    "[::1]": "is not an IP address",
    "::g": "is not an IP address",
    "10.0.0.1 10.0.0.2": "put commas between entries",
    "10.0.0.*": "write networks like 10.0.0.0/8.",
    "*.example.org": "is neither an address, a network nor a name",
}


@pytest.mark.parametrize("entry", DOUBTFUL)
def test_an_entry_that_was_meant_otherwise_is_refused_in_one_line(entry: str) -> None:
    sentence = f"forwarded_allow_ips: {entry!r} "
    with pytest.raises(ConfigError, match=f"^{re.escape(sentence)}.*{re.escape(DOUBTFUL[entry])}"):
        quiet(hello, forwarded_allow_ips=f"::1, {entry}").load()
    quiet(hello, forwarded_allow_ips=entry, proxy_headers=False).load()


@pytest.mark.parametrize("listed", ["127.0.0.1,*", ["*", "10.0.0.1"]])
def test_a_star_stands_alone(listed: Any) -> None:
    with pytest.raises(ConfigError, match=r"'\*' trusts everybody: give it alone, or not at all."):
        quiet(hello, forwarded_allow_ips=listed).load()


@pytest.mark.parametrize(
    "listed",
    [
        "*",
        " * ",
        ["*"],
        "",
        ",",
        "testclient, edge-1,edge.example",
        "unix:,/run/a.sock,unix:/a,unix:///a",
        "fe80::1%eth0,10.0.0.0/255.0.0.0,::/0",
    ],
)
def test_a_list_that_means_something_is_taken(listed: Any) -> None:
    quiet(hello, forwarded_allow_ips=listed).load()


def test_run_refuses_a_bad_list(log: Log) -> None:
    with pytest.raises(SystemExit) as caught:
        uvicorn.run(hello, port=0, forwarded_allow_ips="10.0.0.0/33", log_config=None)
    assert caught.value.code == 3
    assert log.has("forwarded_allow_ips: '10.0.0.0/33' is not a network")
