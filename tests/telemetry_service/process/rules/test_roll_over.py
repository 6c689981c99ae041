from typing import Any

import pytest

from telemetry_service.process.counter import Verdict
from telemetry_service.process.rules.roll_over import roll_over


@pytest.mark.parametrize(
    ("count", "digits", "rolls"), [(12, 8, True), (92, 8, True), (93, 8, False), (12, None, False), (12, 9, False)]
)
def test_only_at_the_end_of_the_digits_and_no_faster_than_the_pipe(
    step: Any, count: Any, digits: Any, rolls: Any
) -> None:
    assert (roll_over(step(count, base=99_999_990, digits=digits)) is Verdict.ROLLS_OVER) == rolls


def test_a_rise_is_none(step: Any) -> None:
    assert roll_over(step(99_999_995, base=99_999_990, digits=8)) is None
