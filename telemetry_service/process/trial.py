"""What other thresholds would have said of a variable's past, beside what the present ones say of it. Plain Python.

Both are worked out by the engine from the same raw rows, so nothing differs but the thresholds.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from telemetry_service.measurements.columns import Columns
from telemetry_service.measurements.quality import NAMES, Quality, Reason
from telemetry_service.process.columns import best_of
from telemetry_service.process.instants import Mask, instant
from telemetry_service.process.qartod.thresholds import Thresholds
from telemetry_service.process.setup import Setup
from telemetry_service.process.values import measured_values
from telemetry_service.raw.columns import RawColumns

DAYS_OF = ZoneInfo("America/Santiago")
EXAMPLES = 10
# What the quality tests say; the other reasons do not depend on their thresholds.
OF_TESTS = (
    Reason.OUT_OF_RANGE,
    Reason.UNUSUAL_VALUE,
    Reason.SPIKE,
    Reason.RATE_OF_CHANGE,
    Reason.FLAT_LINE,
    Reason.AFTER_GAP,
)


@dataclass(frozen=True, slots=True)
class Example:
    time: datetime
    value: float
    quality: Quality
    quality_now: Quality


@dataclass(frozen=True, slots=True)
class Fired:
    """How often a reason would be given, and how often it is now. `days`: readings by day of America/Santiago."""

    reason: str
    readings: int
    readings_now: int
    days: dict[str, int]
    examples: list[Example]  # the first ones that have it then and not now; the first of all where none is new


@dataclass(frozen=True, slots=True)
class Trial:
    """`good_now` and `good` of `readings`; `held`: good now and not then; `freed`: the other way round."""

    readings: int
    good: int
    good_now: int
    held: int
    freed: int
    fired: list[Fired]


def tried(setups: Sequence[Setup], variable: str, thresholds: Thresholds) -> list[Setup]:
    """As if `thresholds` had held for the variable at all times."""
    always = [] if setups and setups[0].valid_from is None else [Setup()]
    return [replace(one, thresholds={**one.thresholds, variable: thresholds}) for one in (*always, *setups)]


def measured(raw: Sequence[RawColumns], variable: str, setups: Sequence[Setup]) -> Columns | None:
    """The variable's measurements from the rows of all its sources; None where there is no row."""
    of = tuple(sorted({one.source for one in raw}))
    found = [
        columns for one in raw for columns in measured_values(one, of=of, setups=setups) if columns.variable == variable
    ]
    return best_of(found) if found else None


def compare(now: Columns, then: Columns) -> Trial:
    """`now` and `then` have the same readings."""
    with_value = ~np.isnan(then.values)
    good_now, good = now.quality == Quality.GOOD, then.quality == Quality.GOOD
    return Trial(
        readings=int(with_value.sum()),
        good=int((good & with_value).sum()),
        good_now=int((good_now & with_value).sum()),
        held=int((good_now & ~good).sum()),
        freed=int((good & ~good_now).sum()),
        fired=[one for one in (_fired(reason, now, then) for reason in OF_TESTS) if one.readings or one.readings_now],
    )


def _fired(reason: Reason, now: Columns, then: Columns) -> Fired:
    has, had = (then.reasons & reason) != 0, (now.reasons & reason) != 0
    new = has & ~had
    days = Counter(instant(at).astimezone(DAYS_OF).date().isoformat() for at in then.times[has].tolist())
    shown = _first(new if new.any() else has)
    return Fired(
        NAMES[reason], int(has.sum()), int(had.sum()), dict(sorted(days.items())), list(_examples(shown, now, then))
    )


def _first(where: Mask) -> list[int]:
    return [int(row) for row in np.flatnonzero(where)[:EXAMPLES]]


def _examples(rows: Iterable[int], now: Columns, then: Columns) -> Iterable[Example]:
    for row in rows:
        quality, quality_now = Quality(int(then.quality[row])), Quality(int(now.quality[row]))
        yield Example(instant(int(then.times[row])), float(then.values[row]), quality, quality_now)
