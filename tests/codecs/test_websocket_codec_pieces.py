"""Text in one frame that comes in pieces: what cannot become UTF-8 is refused with its piece."""

from __future__ import annotations

import pytest

from tests.cases.websocket import BINARY, CONTINUATION, TEXT, binary, frame, text
from tests.cases.websocket_texts import INVALID, VALID
from tests.codecs.ws_driving import Engine, drive, on_every_codec, ws_codec_maker

NOT_UTF8 = (1007, "Text that is not UTF-8")
BEHIND = b"b" * 40


def cut_behind(data: bytes, at: int) -> list[bytes]:
    return [data[:at], data[at:]]


@on_every_codec
@pytest.mark.parametrize("before", [b"", b"a", b"\xc3\xa9", b"\xe2\x82\xac" * 5])
@pytest.mark.parametrize("name", INVALID)
def test_bad_text_is_refused_with_its_piece(engine: Engine, name: str, before: bytes) -> None:
    bad = before + INVALID[name]
    whole = frame(TEXT, bad + BEHIND)
    end = len(whole) - len(BEHIND)
    new_codec = ws_codec_maker(engine)
    for begin in range(end - len(INVALID[name]), end):
        pieces = [whole[:begin], whole[begin:end]]
        assert drive(new_codec(), pieces[:1]).refused is None
        assert drive(new_codec(), pieces).refused == NOT_UTF8


@on_every_codec
@pytest.mark.parametrize("name", INVALID)
def test_bad_text_in_a_later_fragment_is_refused_with_its_piece(engine: Engine, name: str) -> None:
    first = frame(TEXT, b"caf\xc3", final=False)
    bad = b"\xa9" + INVALID[name]
    last = frame(CONTINUATION, bad + BEHIND)
    end = len(last) - len(BEHIND)
    for cut in range(end - len(bad) + 1, end):
        pieces = [first + last[:cut], last[cut:end]]
        assert drive(ws_codec_maker(engine)(), pieces).refused == NOT_UTF8


@on_every_codec
@pytest.mark.parametrize("name", VALID)
def test_good_text_is_taken_in_any_two_pieces(engine: Engine, name: str) -> None:
    whole = frame(TEXT, VALID[name].encode()) + frame(TEXT, b"next")
    for at in range(1, min(len(whole), 80)):
        outcome = drive(ws_codec_maker(engine)(), cut_behind(whole, at))
        assert outcome.events == [text(VALID[name]), text("next")]


@on_every_codec
def test_a_text_in_pieces_leaves_nothing_to_the_next_message(engine: Engine) -> None:
    """Neither half a character, nor that it was checked."""
    clef = "𝄞".encode()
    sent = frame(TEXT, clef, final=False) + frame(CONTINUATION, clef[:2] + clef[2:])
    pieces = [bytes((byte,)) for byte in sent]
    pieces += [frame(TEXT, b"a", final=False), frame(CONTINUATION, b"\xff", final=False)]
    outcome = drive(ws_codec_maker(engine)(), pieces)
    assert (outcome.events, outcome.refused) == ([text("𝄞𝄞")], NOT_UTF8)


@on_every_codec
def test_data_in_pieces_may_be_anything(engine: Engine) -> None:
    whole = frame(BINARY, b"\xff" * 20)
    for at in range(1, len(whole)):
        assert drive(ws_codec_maker(engine)(), cut_behind(whole, at)).events == [
            binary(b"\xff" * 20)
        ]


@on_every_codec
def test_of_a_large_text_the_bad_piece_is_refused(engine: Engine) -> None:
    """Before the rest of it is waited for."""
    size = 1_000_000
    whole = frame(TEXT, b"a" * size + b"\xff" + b"a" * size)
    cuts = range(0, len(whole), 65_536)
    pieces = [whole[at : at + 65_536] for at in cuts]
    bad = (len(whole) - size - 1) // 65_536
    maker = ws_codec_maker(engine, 4_000_000)
    assert drive(maker(), pieces[:bad]).refused is None
    assert drive(maker(), pieces[: bad + 1]).refused == NOT_UTF8
