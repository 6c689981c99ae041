from typing import Any

import pytest

from telemetry_service.process.qartod.gap import Gap, gap

LIMITS = Gap(3600, 24 * 3600)


@pytest.mark.parametrize(
    ("hours", "flags"), [([0, 1, 2], [4, 1, 1]), ([0, 1.01, 2], [4, 3, 1]), ([0, 25, 26], [4, 4, 1]), ([], [])]
)
def test_the_reading_that_ends_it_is_flagged_and_the_first(hourly: Any, hours: list[float], flags: list[int]) -> None:
    assert gap(hourly([7] * len(hours), hours), LIMITS).tolist() == flags


def test_a_time_without_a_value_does_not_end_it(hourly: Any) -> None:
    assert gap(hourly([None, 7, None, 7]), LIMITS).tolist() == [9, 4, 9, 3]
