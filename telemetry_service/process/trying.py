"""Trying thresholds on a point's past: reads raw rows, writes nothing, and no more than there is room for."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from shared.errors import invalid
from telemetry_service.measurements.columns import Columns
from telemetry_service.process.anew import INSTANT
from telemetry_service.process.instants import micros
from telemetry_service.process.judging import reach_of
from telemetry_service.process.known import Known, known_of
from telemetry_service.process.qartod.defaults import kind_of
from telemetry_service.process.qartod.thresholds import Thresholds, Unusable, read_thresholds
from telemetry_service.process.setup import Setup
from telemetry_service.process.trial import Trial, compare, measured, tried
from telemetry_service.process.window import made_in, stale_from
from telemetry_service.raw import queries as raw
from telemetry_service.raw.columns import columns_of_rows
from telemetry_service.raw.variables import VariableCode

MOST_DAYS = 90
MOST_ROWS = 200_000  # ninety days of minutes, and room for what lies before them
# A counter is judged by its meter; what is made of other measurements has no raw rows.
JUDGED = tuple(
    code.value for code in VariableCode if code not in (VariableCode.TOTAL, VariableCode.PULSES, VariableCode.VOLUME)
)
BY_COUNTER = VariableCode.MEAN_FLOW.value
MADE_FROM = {VariableCode.WATER_TABLE.value: (VariableCode.LEVEL.value, VariableCode.WATER_TABLE.value)}
Pair = tuple[Known, Known]  # as it is, and as it would be
NOTHING = Trial(0, 0, 0, 0, 0, [])


def try_thresholds(*, point_id: UUID, variable: str, said: Any, days: int, now: datetime) -> Trial:
    """What the tests `said` would have said of the last `days`. Those not named stay as the point has them."""
    known = known_of(point_id)
    thresholds = _read(said, variable, known.setups)
    both = known, replace(known, setups=tried(known.setups, variable, thresholds))
    of = _by_counter if variable == BY_COUNTER else _by_rows
    present, future = of(both, variable, now - timedelta(days=days), now)
    return compare(present, future) if present and future else NOTHING


def _by_counter(both: Pair, variable: str, start: datetime, now: datetime) -> Iterator[Columns | None]:
    """What it shows depends on all that it said before, and on the decisions about it."""
    since = stale_from(both[0].point_id)
    for known in both:
        made = made_in(known, start=start, end=now + INSTANT, stale_from=since).columns
        yield next((one for one in made if one.variable == variable), None)


def _by_rows(both: Pair, variable: str, start: datetime, now: datetime) -> Iterator[Columns | None]:
    before = max(reach_of(known.setups).before for known in both)
    named = MADE_FROM.get(variable, (variable,))
    rows = raw.readings(point_id=both[0].point_id, variables=named, start=start - before, end=now)
    kept = list(islice(rows, MOST_ROWS + 1))
    if len(kept) > MOST_ROWS:
        raise invalid("days", "demasiadas lecturas para una prueba", received=(now - start).days, expected="menos días")
    columns = columns_of_rows(kept)
    for known in both:
        found = measured(columns, variable, known.setups)
        yield found.between(micros(start) - 1, micros(now)) if found else None


def _read(said: Any, variable: str, setups: Sequence[Setup]) -> Thresholds:
    present = (setups[-1] if setups else Setup()).thresholds_of(variable)
    try:
        return read_thresholds(said, standing=present, kind=kind_of(variable))
    except Unusable as error:
        path = ".".join(("tests", *error.path))
        raise invalid(path, error.problem, received=error.received, expected=error.expected) from error
