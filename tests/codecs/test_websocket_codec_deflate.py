"""core.deflate: what is agreed on, and both directions, in both builds."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from tests.cases.websocket import TAIL, deflated
from tests.cases.websocket_offers import NEGOTIATIONS, Negotiation
from tests.core.settings import deflate_settings
from uvicorn._select import Core
from uvicorn.state import DeflateSettings

Parameters = list[tuple[str, str | None]]
LIMIT = 1_000_000
LARGE = b"0123456789abcdef" * 2000
MESSAGES = [b"Hello", b"Hello", b"", b"", b"x", bytes(range(256)) * 20, LARGE, LARGE, b"Hello"]


def offers(text: str) -> list[tuple[str, Parameters]]:
    return [offer(part) for part in text.split(",")] if text else []


def offer(text: str) -> tuple[str, Parameters]:
    name, *parameters = (part.strip() for part in text.split(";"))
    return name, [(key, value if is_given else None) for key, is_given, value in
                  (parameter.partition("=") for parameter in parameters)]  # fmt: skip


def negotiated(text: str, build: Core, settings: DeflateSettings) -> Any:
    return build.deflate.negotiate(offers(text), settings)


@pytest.mark.parametrize("case", NEGOTIATIONS, ids=lambda case: case.name)
def test_offers_are_answered_as_their_case_says(case: Negotiation, build: Core) -> None:
    agreed = negotiated(case.offers, build, case.settings)
    if case.answer is None:
        assert agreed is None
        return
    assert agreed.answer == case.answer.encode()
    assert (agreed.server_bits, agreed.client_bits) == (case.server_bits, case.client_bits)
    assert (agreed.server_takeover, agreed.client_takeover) == (
        case.server_takeover,
        case.client_takeover,
    )


@pytest.mark.parametrize("threshold", [0, 1, 256, 100_000])
def test_the_threshold_is_that_of_the_settings(threshold: int, build: Core) -> None:
    settings = deflate_settings(threshold=threshold)
    assert negotiated("permessage-deflate", build, settings).threshold == threshold


class Peer:
    """A client's side, of zlib alone."""

    def __init__(self, bits: int, takeover: bool) -> None:
        self.bits = bits
        self.takeover = takeover
        self.inflater = zlib.decompressobj(-bits)

    def inflate(self, payload: bytes) -> bytes:
        message = self.inflater.decompress(payload + TAIL)
        assert not self.inflater.unconsumed_tail and not self.inflater.eof
        if not self.takeover:
            self.inflater = zlib.decompressobj(-self.bits)
        return message


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("takeover", [True, False], ids=["takeover", "no takeover"])
@pytest.mark.parametrize("bits", range(9, 16))
def test_a_client_inflates_what_was_deflated(
    bits: int, takeover: bool, level: int, build: Core
) -> None:
    settings = deflate_settings(window_bits=bits, level=level, server_takeover=takeover)
    agreed = negotiated("permessage-deflate", build, settings)
    client = Peer(bits, takeover)
    for message in MESSAGES:
        payload = agreed.deflate(message)
        assert type(payload) is bytes and payload
        assert client.inflate(payload) == message


@pytest.mark.parametrize("memory_level", range(1, 10))
def test_each_memory_level_can_be_inflated(memory_level: int, build: Core) -> None:
    settings = deflate_settings(memory_level=memory_level)
    agreed = negotiated("permessage-deflate", build, settings)
    client = Peer(12, True)
    assert [client.inflate(agreed.deflate(message)) for message in MESSAGES] == MESSAGES


@pytest.mark.parametrize("takeover", [True, False], ids=["takeover", "no takeover"])
@pytest.mark.parametrize("bits", range(9, 16))
def test_what_a_client_deflates_is_inflated(bits: int, takeover: bool, build: Core) -> None:
    parameters = "" if takeover else "; client_no_context_takeover"
    text = f"permessage-deflate; client_max_window_bits={bits}{parameters}"
    agreed = negotiated(text, build, deflate_settings(window_bits=15))
    sent = deflated(*MESSAGES, bits=bits, takeover=takeover)
    inflated = [agreed.inflate(payload, LIMIT) for payload in sent]
    assert inflated == MESSAGES
    assert all(type(message) is bytes for message in inflated)


def test_takeover_makes_the_second_message_smaller(build: Core) -> None:
    agreed = negotiated("permessage-deflate", build, deflate_settings())
    assert len(agreed.deflate(LARGE)) > len(agreed.deflate(LARGE[:1000]))
    first, second = (
        agreed.deflate(b"words that come again"),
        agreed.deflate(b"words that come again"),
    )
    assert len(second) < len(first) // 2


def test_without_takeover_each_message_is_the_same(build: Core) -> None:
    settings = deflate_settings(server_takeover=False)
    agreed = negotiated("permessage-deflate", build, settings)
    assert agreed.deflate(b"words that come again") == agreed.deflate(b"words that come again")


def test_a_higher_level_makes_less(build: Core) -> None:
    text = b"".join(b"%d, %d and %d; " % (n, n * n, n % 7) for n in range(2000))
    sizes = [
        len(negotiated("permessage-deflate", build, deflate_settings(level=level)).deflate(text))
        for level in (0, 1, 9)
    ]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 3


def test_both_directions_have_windows_of_their_own(build: Core) -> None:
    agreed = negotiated("permessage-deflate", build, deflate_settings(window_bits=15))
    client = Peer(15, True)
    for sent in deflated(*MESSAGES):
        message = agreed.inflate(sent, LIMIT)
        assert client.inflate(agreed.deflate(message)) == message
