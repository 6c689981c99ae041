"""Answers are kept deflated, small ones in a stored block: what comes out is what went in."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.raw.store import LARGE, SMALL, deflated


@given(st.binary(max_size=2 * SMALL))
def test_what_is_deflated_is_what_it_was(body: bytes) -> None:
    assert zlib.decompress(deflated(body)) == body


def test_every_size_at_which_the_way_changes() -> None:
    for size in (0, 1, SMALL - 1, SMALL, SMALL + 1, LARGE - 1, LARGE):
        body = b"7" * size
        assert zlib.decompress(deflated(body)) == body
    assert len(deflated(b"7" * LARGE)) < LARGE / 50
