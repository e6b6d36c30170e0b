from __future__ import annotations

from tests.fuzz.http2_differential import findings


def test_codecs_do_not_differ_on_frames_at_random() -> None:
    """A glance at what `python tests/fuzz/http2_differential.py` does for as long as you like."""
    assert findings(seed=2, go_on=lambda count: count < 400) == []
