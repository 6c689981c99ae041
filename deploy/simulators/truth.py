"""The water really drawn, to compare what the system says with."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from deploy.simulators.series import load_rows
from deploy.simulators.synthetic import simulate

# The replayed well, by its operator: both meters' readings at the replacement, and the reading at the second row.
OLD_METER_FIRST, OLD_METER_LAST, NEW_METER_FIRST = 627_163.0, 639_188.0, 116_180.0
REPLACED_AT = datetime.fromisoformat("2024-04-24T10:00:00-04:00")
TENTH_SCALE = (datetime.fromisoformat("2024-05-13T09:00:00-04:00"), datetime.fromisoformat("2024-05-14T10:00:00-04:00"))


def drawn_m3(data: Mapping[str, Any], *, start: datetime, end: datetime) -> float:
    """Cubic metres drawn from the first reading at or after `start` to the last good one at or before `end`."""
    if "synthetic" in data:
        return _synthetic_total(data, end) - _synthetic_total(data, start)
    return _well_total(data, end) - _well_total(data, start)


def _synthetic_total(data: Mapping[str, Any], at: datetime) -> float:
    first = datetime.fromisoformat(data["start"])
    states = simulate(seed=data["seed"], start=first, hours=data["hours"])
    return max((state.drawn_m3 for state in states if state.at <= at), default=0.0)


def _well_total(data: Mapping[str, Any], at: datetime) -> float:
    """Volume since the second row of the well, by the last reading that was neither a glitch nor a tenth."""
    when, reading = max(
        ((time, float(row["totalizer_m3"])) for time, row in load_rows(data) if _is_good(time, row, at)),
        default=(datetime.min.replace(tzinfo=UTC), OLD_METER_FIRST),
    )
    if when < REPLACED_AT:
        return reading - OLD_METER_FIRST
    return (OLD_METER_LAST - OLD_METER_FIRST) + (reading - NEW_METER_FIRST)


def _is_good(time: datetime, row: Mapping[str, str], at: datetime) -> bool:
    reading = float(row["totalizer_m3"])
    is_first_meter_stray = time < REPLACED_AT and reading < OLD_METER_FIRST
    is_tenth = TENTH_SCALE[0] <= time < TENTH_SCALE[1]
    return time <= at and reading > 0 and not is_first_meter_stray and not is_tenth
