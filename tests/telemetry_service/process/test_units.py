from typing import Any

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
