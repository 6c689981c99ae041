from typing import Any

import pytest

from telemetry_service.process.qartod.gross_range import GrossRange, gross_range

BOTH = GrossRange(fail=(0, 14), suspect=(5, 10))


@pytest.mark.parametrize(
    ("value", "flag"), [(-0.01, 4), (0, 3), (4.99, 3), (5, 1), (10, 1), (10.01, 3), (14, 3), (14.01, 4), (None, 9)]
)
def test_both_ends_of_a_span_are_possible(hourly: Any, value: float | None, flag: int) -> None:
    assert gross_range(hourly([value]), BOTH).tolist() == [flag]


@pytest.mark.parametrize(
    ("limits", "flags"),
    [(GrossRange(), [1, 1]), (GrossRange(fail=(0, 9)), [4, 1]), (GrossRange(suspect=(0, 9)), [3, 1])],
)
def test_a_span_that_nobody_gave_is_not_asked(hourly: Any, limits: GrossRange, flags: list[int]) -> None:
    assert gross_range(hourly([-3, 5]), limits).tolist() == flags


def test_nothing_in_nothing_out(hourly: Any) -> None:
    assert gross_range(hourly([]), BOTH).tolist() == []
