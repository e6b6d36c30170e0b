"""What a client offers of permessage-deflate, and what is answered (RFC 7692 section 7.1)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.core.settings import deflate_settings
from uvicorn.state import DeflateSettings

USUAL = deflate_settings()
FULL = deflate_settings(window_bits=15)
NO_SERVER_TAKEOVER = deflate_settings(server_takeover=False)
NO_CLIENT_TAKEOVER = deflate_settings(client_takeover=False)
NO_TAKEOVER = deflate_settings(server_takeover=False, client_takeover=False)


@dataclass(frozen=True)
class Negotiation:
    """Offers as in Sec-WebSocket-Extensions, and the answer, or None for no extension.

    The windows are base-two logarithms of bytes; a side with takeover keeps its window.
    """

    name: str
    offers: str
    answer: str | None
    server_bits: int = 12
    client_bits: int = 15
    server_takeover: bool = True
    client_takeover: bool = True
    settings: DeflateSettings = USUAL


PLAIN = "permessage-deflate"
# What a server with windows of 12 bits always says, as no offer keeps it from that.
OURS = "permessage-deflate; server_max_window_bits=12"
BITS = range(8, 16)

ACCEPTED = [
    Negotiation("nothing but the name", PLAIN, OURS),
    Negotiation("nothing but the name, with full windows", PLAIN, PLAIN, 15, settings=FULL),
    Negotiation(
        "the offer of Chrome and Firefox",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
        client_bits=12,
    ),
    Negotiation(
        "the offer of Chrome and Firefox, with full windows",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=15",
        15,
        settings=FULL,
    ),
    Negotiation(
        "the server is asked for no takeover",
        "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=12",
        server_takeover=False,
    ),
    Negotiation(
        "the client says that it does without takeover",
        "permessage-deflate; client_no_context_takeover",
        "permessage-deflate; client_no_context_takeover; server_max_window_bits=12",
        client_takeover=False,
    ),
    Negotiation(
        "everything at once",
        "permessage-deflate; client_max_window_bits=10; server_max_window_bits=11;"
        " client_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover;"
        " server_max_window_bits=11; client_max_window_bits=10",
        11,
        10,
        False,
        False,
    ),
    *(
        Negotiation(
            f"a server window of {bits} bits",
            f"permessage-deflate; server_max_window_bits={bits}",
            f"permessage-deflate; server_max_window_bits={min(bits, 12)}",
            min(bits, 12),
        )
        for bits in BITS
        if bits > 8
    ),
    *(
        Negotiation(
            f"a server window of {bits} bits, with full windows",
            f"permessage-deflate; server_max_window_bits={bits}",
            f"permessage-deflate; server_max_window_bits={bits}",
            bits,
            settings=FULL,
        )
        for bits in BITS
        if bits > 8
    ),
    *(
        Negotiation(
            f"a client window of {bits} bits",
            f"permessage-deflate; client_max_window_bits={bits}",
            "permessage-deflate; server_max_window_bits=12;"
            f" client_max_window_bits={min(bits, 12)}",
            # zlib reads a window of 8 bits as a part of one of 9.
            client_bits=max(9, min(bits, 12)),
        )
        for bits in BITS
    ),
    Negotiation(
        "a server that has no takeover says so unasked",
        PLAIN,
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=12",
        server_takeover=False,
        settings=NO_SERVER_TAKEOVER,
    ),
    Negotiation(
        "a server that asks for no takeover of the client",
        PLAIN,
        "permessage-deflate; client_no_context_takeover; server_max_window_bits=12",
        client_takeover=False,
        settings=NO_CLIENT_TAKEOVER,
    ),
    Negotiation(
        "no takeover on either side",
        "permessage-deflate; client_no_context_takeover",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover;"
        " server_max_window_bits=12",
        server_takeover=False,
        client_takeover=False,
        settings=NO_TAKEOVER,
    ),
    Negotiation(
        "the smallest window of the settings",
        "permessage-deflate; client_max_window_bits; server_max_window_bits=15",
        "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
        9,
        9,
        settings=deflate_settings(window_bits=9),
    ),
]

CHOSEN = [
    Negotiation(
        "the first of two offers",
        "permessage-deflate; server_max_window_bits=10, permessage-deflate",
        "permessage-deflate; server_max_window_bits=10",
        10,
    ),
    Negotiation(
        "the second offer, as the first has an unknown parameter",
        "permessage-deflate; wish=1, permessage-deflate; server_no_context_takeover",
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=12",
        server_takeover=False,
    ),
    Negotiation(
        "the second offer, as zlib has no window of 8 bits for the first",
        "permessage-deflate; server_max_window_bits=8, permessage-deflate",
        OURS,
    ),
    Negotiation("an offer behind another extension", "x-webkit-deflate-frame, " + PLAIN, OURS),
    Negotiation("an offer before another extension", PLAIN + ", permessage-bzip2", OURS),
    Negotiation(
        "another extension may have any parameters",
        "foo; server_max_window_bits=99, " + PLAIN,
        OURS,
    ),
]

DECLINED = [
    Negotiation("no offer", "", None),
    Negotiation("another extension", "permessage-bzip2", None),
    Negotiation("a longer name", "permessage-deflate2", None),
    Negotiation("a name in capitals", "Permessage-Deflate", None),
    *(
        Negotiation(f"declined: {parameters}", f"permessage-deflate; {parameters}", None)
        for parameters in (
            "server_max_window_bits=8",
            "server_max_window_bits",
            "server_max_window_bits=7",
            "server_max_window_bits=16",
            "server_max_window_bits=0",
            "server_max_window_bits=-9",
            "server_max_window_bits=+9",
            "server_max_window_bits=010",
            "server_max_window_bits=09",
            "server_max_window_bits=1O",
            "server_max_window_bits=ten",
            "server_max_window_bits=1000000000000",
            "server_max_window_bits=10.0",
            "client_max_window_bits=7",
            "client_max_window_bits=16",
            "client_max_window_bits=010",
            "client_max_window_bits=x",
            "server_no_context_takeover=true",
            "server_no_context_takeover=1",
            "client_no_context_takeover=true",
            "client_no_context_takeover=0",
            "Server_No_Context_Takeover",
            "SERVER_MAX_WINDOW_BITS=10",
            "wish",
            "wish=1",
            "server_max_window_bits=10; wish",
            "server_max_window_bits=10; server_max_window_bits=10",
            "server_max_window_bits=10; server_max_window_bits=11",
            "client_max_window_bits; client_max_window_bits",
            "client_max_window_bits; client_max_window_bits=10",
            "server_no_context_takeover; server_no_context_takeover",
            "client_no_context_takeover; client_no_context_takeover",
        )
    ),
    Negotiation(
        "two offers of which none can be met",
        "permessage-deflate; server_max_window_bits=8, permessage-deflate; wish",
        None,
    ),
]

NEGOTIATIONS = [*ACCEPTED, *CHOSEN, *DECLINED]
