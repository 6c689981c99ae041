from typing import Any

import pytest

from telemetry_service.process.counter import Verdict
from telemetry_service.process.rules.truncated_reading import truncated_reading


@pytest.mark.parametrize(
    ("count", "base", "truncated"),
    [
        (9_175, 91_755, True),
        (9_180, 91_755, True),
        (9_186, 91_755, False),  # more than the pipe carries in the hour
        (9_080, 91_755, False),  # more than 1 % below
        (116_180, 639_188, False),  # the real replacement
        (12, 115, False),  # too small to tell from a new meter
    ],
)
def test_a_tenth_of_what_goes_on(step: Any, count: Any, base: Any, truncated: Any) -> None:
    assert (truncated_reading(step(count, base=base)) is Verdict.TRUNCATED) == truncated


def test_a_run_at_a_tenth_goes_on_whatever_has_passed(step: Any) -> None:
    assert truncated_reading(step(9_900, base=91_755, truncated=9_895, hours=1)) is Verdict.TRUNCATED
    assert truncated_reading(step(15, base=91_755, truncated=9_895)) is None


def test_a_long_gap_does_not_make_a_new_meter_a_tenth(step: Any) -> None:
    assert truncated_reading(step(10_500, base=91_755, hours=1_000)) is None
