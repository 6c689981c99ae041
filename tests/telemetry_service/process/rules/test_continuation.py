from datetime import UTC, datetime
from typing import Any

import pytest

from telemetry_service.process.counter import Verdict
from telemetry_service.process.rules.continuation import continuation


@pytest.mark.parametrize(("count", "goes_on"), [(49_999, False), (50_000, True), (50_102, True), (50_103, False)])
def test_no_faster_than_the_pipe_with_two_counts_of_grace(step: Any, count: Any, goes_on: Any) -> None:
    assert (continuation(step(count)) is Verdict.CONTINUES) == goes_on


def test_a_gap_allows_what_its_hours_allow(step: Any) -> None:
    assert continuation(step(50_900, hours=9)) is Verdict.CONTINUES


def test_the_first_reading_goes_on_only_from_a_meter_somebody_entered(step: Any) -> None:
    assert continuation(step(7, base=None)) is None
    assert continuation(step(7, base=None, meter_from=datetime(2024, 1, 1, tzinfo=UTC))) is Verdict.CONTINUES
