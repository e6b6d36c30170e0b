from __future__ import annotations

import pytest

from tests.codecs.http2_driving import Engine, all_http2_codecs, engine_name
from tests.fuzz.http2_talks import codec_maker, findings_of


@pytest.mark.parametrize("engine", all_http2_codecs(), ids=engine_name)
def test_a_client_of_h2_and_a_codec_understand_each_other(engine: Engine) -> None:
    """A glance at what `python tests/fuzz/http2_talks.py` does for as long as you like."""
    assert findings_of(codec_maker(engine), seed=1, go_on=lambda count: count < 15) == []
