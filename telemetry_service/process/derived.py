"""The quality tests of variables that are made of others: those that the configuration names, as it held at the time.

Nothing is on by itself: the difference of two flows may be below zero, and a ratio has no usual range.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import numpy as np

from shared.errors import invalid
from telemetry_service.points.queries import config_versions
from telemetry_service.process.judging import judged, reach_of
from telemetry_service.process.known import setups_of
from telemetry_service.process.qartod.defaults import kind_of, standing
from telemetry_service.process.qartod.thresholds import Thresholds, Unusable, read_thresholds
from telemetry_service.process.rules import VALUE_RULES
from telemetry_service.process.segments import segments
from telemetry_service.process.series import Series
from telemetry_service.process.setup import Setup
from telemetry_service.virtual.align import Rows
from telemetry_service.virtual.judging import Said, Supposed

NAMES = ("range_limit", "gross_range", "spike", "rate_of_change", "flat_line", "gap")
RULES = tuple(rule for rule in VALUE_RULES if rule.name in NAMES)
OFF = Thresholds()


class DerivedJudge:
    """Asks the tests with a point's dated thresholds."""

    def __init__(self, setups: Sequence[Setup]) -> None:
        named = {name for setup in setups for name in (*setup.thresholds, *setup.limits)}
        off = dict.fromkeys(named, OFF)
        self._named = named
        self._setups = [replace(one, thresholds={**off, **one.thresholds}) for one in setups]

    @property
    def reach_us(self) -> int:
        reach = reach_of(self._setups, RULES)
        return max(reach.before, reach.after) // timedelta(microseconds=1)

    def judged(self, variable: str, rows: Rows) -> Said | None:
        """Where a version says nothing of the variable it is not tested."""
        if variable not in self._named or not len(rows):
            return None
        series = Series(variable, rows.times, rows.values, rows.qualities.astype(np.int64), rows.reasons)
        found = judged(series, segments(rows.times, self._setups), RULES)
        return Said(rows.times, found.quality, found.reasons)


def judge_of(point_id: UUID) -> DerivedJudge:
    return DerivedJudge(setups_of(config_versions(point_id)))


def supposing(point_id: UUID, variable: str, said: Supposed) -> DerivedJudge:
    """As `judge_of`, if every version of the configuration said `said` of the variable. Raises InvalidInput by path."""
    setups = setups_of(config_versions(point_id)) or [Setup()]
    thresholds = {} if said.quality is None else {variable: _read(variable, said.quality)}
    limits = {} if said.limits is None else {variable: said.limits}
    return DerivedJudge(
        [replace(one, thresholds={**one.thresholds, **thresholds}, limits={**one.limits, **limits}) for one in setups]
    )


def _read(variable: str, said: object) -> Thresholds:
    try:
        return read_thresholds(said, standing=standing(variable), kind=kind_of(variable))
    except Unusable as error:
        path = ".".join(("quality", *error.path))
        raise invalid(path, error.problem, received=error.received, expected=error.expected) from error
