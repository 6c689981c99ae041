"""Trying thresholds on a point's past: reads raw rows, writes nothing, and no more than there is room for."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from shared.errors import invalid
from telemetry_service.points.queries import config_versions
from telemetry_service.process.instants import micros
from telemetry_service.process.judging import reach_of
from telemetry_service.process.known import setups_of
from telemetry_service.process.qartod.defaults import kind_of
from telemetry_service.process.qartod.thresholds import Thresholds, Unusable, read_thresholds
from telemetry_service.process.setup import Setup
from telemetry_service.process.trial import Trial, compare, measured, tried
from telemetry_service.raw import queries as raw
from telemetry_service.raw.columns import columns_of_rows
from telemetry_service.raw.variables import VariableCode

MOST_DAYS = 90
MOST_ROWS = 200_000  # ninety days of minutes, and room for what lies before them
# A counter is judged by its meter; what is made of other measurements has no raw rows.
JUDGED = tuple(
    code.value
    for code in VariableCode
    if code not in (VariableCode.TOTAL, VariableCode.PULSES, VariableCode.VOLUME, VariableCode.MEAN_FLOW)
)
MADE_FROM = {VariableCode.WATER_TABLE.value: (VariableCode.LEVEL.value, VariableCode.WATER_TABLE.value)}
NOTHING = Trial(0, 0, 0, 0, 0, [])


def try_thresholds(*, point_id: UUID, variable: str, said: Any, days: int, now: datetime) -> Trial:
    """What the tests `said` would have said of the last `days`. Those not named stay as the point has them."""
    setups = setups_of(config_versions(point_id))
    thresholds = _read(said, variable, setups)
    then = tried(setups, variable, thresholds)
    start = now - timedelta(days=days)
    before = reach_of([*setups, *then]).before
    rows = raw.readings(
        point_id=point_id, variables=MADE_FROM.get(variable, (variable,)), start=start - before, end=now
    )
    kept = list(islice(rows, MOST_ROWS + 1))
    if len(kept) > MOST_ROWS:
        raise invalid("days", "demasiadas lecturas para una prueba", received=days, expected="menos días")
    columns = columns_of_rows(kept)
    present, future = (measured(columns, variable, one) for one in (setups, then))
    if present is None or future is None:
        return NOTHING
    window = micros(start) - 1, micros(now)
    return compare(present.between(*window), future.between(*window))


def _read(said: Any, variable: str, setups: list[Setup]) -> Thresholds:
    present = (setups[-1] if setups else Setup()).thresholds_of(variable)
    try:
        return read_thresholds(said, standing=present, kind=kind_of(variable))
    except Unusable as error:
        path = ".".join(("tests", *error.path))
        raise invalid(path, error.problem, received=error.received, expected=error.expected) from error
