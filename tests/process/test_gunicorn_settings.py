"""What the workers make of gunicorn's settings, and of what its arbiter does; without processes."""

from __future__ import annotations

import pytest
from gunicorn.config import Config as Settings

from uvicorn import workers

TLS = {"certfile": "cert.pem", "keyfile": "key.pem", "ca_certs": "ca.pem", "ciphers": "ECDHE"}


def test_settings_of_tls_are_passed_on_if_they_are_set() -> None:
    known = frozenset({"backlog", *workers.SETTINGS_IF_SET.values()})
    settings = Settings()
    assert workers.options_from(settings, known) == {"backlog": 2048}
    for name, value in TLS.items():
        settings.set(name, value)
    settings.set("cert_reqs", 2)
    expected = {f"ssl_{name}": value for name, value in TLS.items()}
    assert workers.options_from(settings, known) == {
        "backlog": 2048,
        **expected,
        "ssl_cert_reqs": 2,
    }
    assert workers.ignored_settings(settings, known) == []
    assert set(TLS) <= set(workers.ignored_settings(settings, frozenset()))


def test_the_hook_for_tls_gets_gunicorns_settings() -> None:
    settings = Settings()
    settings.set("ssl_context", lambda cfg, default: (cfg, default()))
    options = workers.options_from(settings, frozenset({"ssl_context_factory"}))
    hook = options["ssl_context_factory"]
    assert hook("our own", lambda: "made") == (settings, "made")


def test_addresses_of_proxies_are_always_passed_on() -> None:
    known = frozenset({"forwarded_allow_ips"})
    settings = Settings()
    assert workers.options_from(settings, known) == {"forwarded_allow_ips": ["127.0.0.1", "::1"]}
    settings.set("forwarded_allow_ips", "*")
    assert workers.options_from(settings, known) == {"forwarded_allow_ips": ["*"]}


@pytest.mark.parametrize(
    ("age", "youngest", "number", "seconds", "expected"),
    {
        "all have started together": (1, 4, 4, 0, False),
        "the oldest, at a reload": (1, 8, 4, 0, True),
        "the youngest, at a reload": (4, 8, 4, 0, True),
        "at a reload with fewer workers": (4, 6, 2, 0, True),
        "one was replaced": (2, 5, 4, 0, False),
        "all were replaced, one by one": (1, 9, 4, 60, False),
    }.values(),
)
def test_a_worker_has_successors_once_as_many_as_there_shall_be_were_just_started(
    age: int,
    youngest: int,
    number: int,
    seconds: float,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr("uvicorn.workers.time.monotonic", lambda: now[0])
    successors = workers.Successors()
    successors.note(youngest, number)
    now[0] += seconds
    assert successors.has(age) is expected
