from decimal import Decimal
from typing import Any

import pytest

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.units import converted, ratio_to_ours


@pytest.mark.parametrize(
    ("variable", "unit", "number", "ours"),
    [
        ("flow", "", "1.91", "1.91"),
        ("flow", "L/s", "1.91", "1.91"),
        ("flow", "m³/h", "7.2", "2"),
        ("flow", "m3 / H", "7.2", "2"),
        ("flow", "l/min", "90", "1.5"),
        ("level", "cm", "250", "2.5"),
        ("total", "m3", "7", "7"),
        ("ph", "pH", "7.1", "7.1"),
    ],
)
def test_the_providers_unit_becomes_ours(variable: str, unit: str, number: str, ours: str) -> None:
    ratio = ratio_to_ours(variable, unit)
    assert ratio
    assert converted(Decimal(number), ratio) == Decimal(ours)


def test_an_unknown_unit_is_not_guessed(run: Any, feed: Any, series: Any) -> None:
    reading = feed([5], "flow")[0]._replace(unit="gpm")
    (row,) = series(run([reading]), "flow")
    assert (row.value, row.text) == (None, "5 gpm")
    assert (row.quality, row.reasons) == (Quality.NOT_EVALUATED, Reason.UNKNOWN_UNIT)


def test_limits_are_in_our_unit(run: Any, feed: Any, setup: Any, series: Any) -> None:
    reading = feed([100], "flow")[0]._replace(unit="m3/h")
    (row,) = series(run([reading], setups=[setup(limits={"flow": [0, 50]})]), "flow")
    assert (round(row.value, 3), row.quality) == (27.778, Quality.GOOD)
