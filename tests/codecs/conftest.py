from __future__ import annotations

import pytest

from tests.codecs.driving import NewCodec, all_codecs, codec_maker
from uvicorn import _select

# What only the native codec has, where there is none.
collect_ignore = [] if _select.core.compiled else ["test_http2_native.py"]


@pytest.fixture(
    params=all_codecs(), ids=lambda pair: f"{pair[1]}-{pair[0].rpartition('.')[2].strip('_')}"
)
def new_codec(request: pytest.FixtureRequest) -> NewCodec:
    """Makes a codec with the limits of the cases: each engine, in each build of the core."""
    return codec_maker(*request.param)
