from typing import Any

import pytest

from telemetry_service.process.counter import Verdict
from telemetry_service.process.rules.noise import noise


@pytest.mark.parametrize(
    ("count", "base", "is_noise"),
    [
        (49_990, 50_000, True),
        (49_501, 50_000, True),
        (49_500, 50_000, False),
        (50_000, 50_000, False),
        (2, 3, True),
        (1, 3, False),
    ],
)
def test_less_than_one_percent_or_one_count(step: Any, count: Any, base: Any, is_noise: Any) -> None:
    assert (noise(step(count, base=base)) is Verdict.NOISE) == is_noise
