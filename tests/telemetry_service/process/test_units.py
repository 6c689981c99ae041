from typing import Any

import pytest

from telemetry_service.measurements.quality import Quality, Reason


def test_an_unknown_unit_is_not_guessed(run: Any, feed: Any, series: Any) -> None:
    reading = feed([5], "flow")[0]._replace(unit="gpm")
    (row,) = series(run([reading]), "flow")
    assert (row.value, row.text) == (None, "5 gpm")
    assert (row.quality, row.reasons) == (Quality.NOT_EVALUATED, Reason.UNKNOWN_UNIT)


def test_limits_are_in_our_unit(run: Any, feed: Any, setup: Any, series: Any) -> None:
    reading = feed([100], "flow")[0]._replace(unit="m3/h")
    (row,) = series(run([reading], setups=[setup(limits={"flow": [0, 50]})]), "flow")
    assert (round(row.value, 3), row.quality) == (27.778, Quality.GOOD)


@pytest.mark.parametrize(
    ("variable", "unit", "text", "value"),
    [
        ("temperature", "°F", "68.9", 20.5),
        ("temperature", "°F", "-40", -40.0),
        ("temperature", "K", "293.65", 20.5),
        ("level", "kPa", "98.0665", 10.0),
        ("level", "psi", "10", 7.0306957964239),
        ("conductivity", "mS/cm", "0.7105", 710.5),
        ("temperature", "°F", "68.900000000000000001", 20.5),  # more digits than an array holds
    ],
)
def test_other_units_become_ours_and_are_rounded_once(
    run: Any, feed: Any, series: Any, variable: str, unit: str, text: str, value: float
) -> None:
    reading = feed([text], variable)[0]._replace(unit=unit)
    (row,) = series(run([reading]), variable)
    assert row.value == pytest.approx(value, rel=1e-6 if unit == "psi" else 1e-15)


def test_a_unit_of_another_quantity_is_not_taken_for_ours(run: Any, feed: Any, series: Any) -> None:
    reading = feed([5], "temperature")[0]._replace(unit="bar")
    (row,) = series(run([reading]), "temperature")
    assert (row.value, row.text, row.reasons) == (None, "5 bar", Reason.UNKNOWN_UNIT)
