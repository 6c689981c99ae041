from datetime import UTC, datetime
from typing import Any

import pytest

from telemetry_service.process.counter import Verdict
from telemetry_service.process.rules.zero_glitch import zero_glitch


@pytest.mark.parametrize(
    ("count", "base", "verdict"), [(0, 50_000, Verdict.ZERO), (0, None, Verdict.ZERO), (0, 0, None), (1, 50_000, None)]
)
def test_a_counter_that_stood_at_something_does_not_read_nothing(
    step: Any, count: Any, base: Any, verdict: Any
) -> None:
    assert zero_glitch(step(count, base=base)) is verdict


def test_a_meter_entered_as_new_may_start_at_zero(step: Any) -> None:
    assert zero_glitch(step(0, base=None, meter_from=datetime(2024, 1, 1, tzinfo=UTC))) is None
