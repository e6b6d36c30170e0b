from __future__ import annotations

from tests.fuzz.http2_talks import findings


def test_a_client_of_h2_and_the_codec_understand_each_other() -> None:
    """A glance at what `python tests/fuzz/http2_talks.py` does for as long as you like."""
    assert findings(seed=1, go_on=lambda count: count < 25) == []
