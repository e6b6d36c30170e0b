from __future__ import annotations

import pytest

from tests.codecs.driving import NewCodec, all_codecs, codec_maker


@pytest.fixture(
    params=all_codecs(), ids=lambda pair: f"{pair[1]}-{pair[0].rpartition('.')[2].strip('_')}"
)
def new_codec(request: pytest.FixtureRequest) -> NewCodec:
    """Makes a codec with the limits of the cases: each engine, in each build of the core."""
    return codec_maker(*request.param)
