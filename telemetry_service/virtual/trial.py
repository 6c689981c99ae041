"""What a formula would have made of a point's past: values, what would be missing, why and when. Plain Python."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from shared.clock import CHILE
from telemetry_service.measurements.columns import instant
from telemetry_service.measurements.quality import NAMES, Quality
from telemetry_service.virtual.align import Rows

EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Example:
    time: datetime
    value: float | None
    quality: int
    reasons: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Over the good values alone; None where there is none."""

    least: float | None
    most: float | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class Would:
    """`days`: the missing by day of America/Santiago. `reasons`: how often each is given, missing or not.

    `now`: how many measurements of the variable there are at present; `changed`: of these, how many would be another.
    """

    instants: int
    good: int
    missing: int
    now: int
    changed: int
    values: Spread
    reasons: dict[str, int]
    days: dict[str, int]
    examples: list[Example]  # the newest with a value
    missing_examples: list[Example]  # the newest without one


def would_be(made: Rows, now: Rows) -> Would:
    """`made`: what the formula gives. `now`: what is stored of the same variable and window."""
    absent = np.isnan(made.values)
    good = (made.qualities == int(Quality.GOOD)) & ~absent
    return Would(
        instants=len(made),
        good=int(good.sum()),
        missing=int(absent.sum()),
        now=len(now),
        changed=_changed(made, now),
        values=_spread(made.values[good]),
        reasons={name: count for bit, name in NAMES.items() if (count := int(((made.reasons & bit) != 0).sum()))},
        days=dict(sorted(Counter(_day(at) for at in made.times[absent].tolist()).items())),
        examples=_examples(made, np.flatnonzero(~absent)[-EXAMPLES:].tolist()),
        missing_examples=_examples(made, np.flatnonzero(absent)[-EXAMPLES:].tolist()),
    )


def _changed(made: Rows, now: Rows) -> int:
    """Those that would have another value or quality, and those that would be gone."""
    both, there, here = np.intersect1d(now.times, made.times, return_indices=True)
    before, after = now.values[there], made.values[here]
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    return int((~same | (now.qualities[there] != made.qualities[here])).sum()) + len(now) - len(both)


def _spread(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Spread:
    if not len(values):
        return Spread(None, None, None)
    return Spread(float(values.min()), float(values.max()), float(values.mean()))


def _examples(made: Rows, places: Sequence[int]) -> list[Example]:
    return [
        Example(
            instant(made.times[place]),
            None if np.isnan(made.values[place]) else float(made.values[place]),
            int(made.qualities[place]),
            int(made.reasons[place]),
        )
        for place in reversed(places)
    ]


def _day(at: int) -> str:
    return instant(at).astimezone(CHILE).date().isoformat()
