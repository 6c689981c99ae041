"""The daily sums of some hours: to the last bit what `rollups.MAKE_DAYS` makes of the same hours. Plain Python."""

import operator
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, reduce
from typing import NamedTuple
from zoneinfo import ZoneInfo

from telemetry_service.measurements.columns import EPOCH, instant
from telemetry_service.measurements.rollups import ZONES

# A local day has 23 to 25 hours: those of any that an hour is in lie no further from it.
MICROSECOND, A_DAY = timedelta(microseconds=1), timedelta(days=1)
LONGEST_DAY = timedelta(hours=25)


class Figures(NamedTuple):
    """Of an hour or a day, as the tables of roll-ups name them, but for `rows`."""

    rows: int
    good: int
    first: float | None
    last: float | None
    min: float | None
    max: float | None
    sum: float | None
    area: float
    weighed_s: float
    before: float | None


def days_of(hours: Mapping[int, Figures], touched: Collection[int]) -> Iterator[tuple[str, date, Figures]]:
    """Zone, day and figures of each day that a touched hour is in. `hours`, in µs, has at least all of those days."""
    ordered, first = sorted(hours), sorted(touched)
    for name in ZONES:
        for day in sorted({_day_of(hour, name) for hour in first}):
            begin, end = (bisect_left(ordered, at) for at in _bounds(day, name))
            yield name, day, _together([hours[hour] for hour in ordered[begin:end]])


def _together(hours: Sequence[Figures]) -> Figures:
    good = [one for one in hours if one.good]
    return Figures(
        rows=sum(one.rows for one in hours),
        good=sum(one.good for one in hours),
        first=good[0].first if good else None,
        last=good[-1].last if good else None,
        min=min((one.min for one in hours if one.min is not None), default=None),
        max=max((one.max for one in hours if one.max is not None), default=None),
        sum=_added(one.sum for one in hours if one.sum is not None),
        area=_added(one.area for one in hours) or 0.0,
        weighed_s=_added(one.weighed_s for one in hours) or 0.0,
        before=good[0].before if good else None,
    )


def _added(values: Iterable[float]) -> float | None:
    """One after the other, as PostgreSQL does: Python's own `sum` makes up for what rounding loses."""
    some = list(values)
    return reduce(operator.add, some) if some else None


def _day_of(hour: int, zone: str) -> date:
    return instant(hour).astimezone(_zone(zone)).date()


@lru_cache(maxsize=1000)
def _bounds(day: date, zone: str) -> tuple[int, int]:
    """In µs, from when on the day is the zone's, and the one behind it."""
    return _midnight(day, zone), _midnight(day + A_DAY, zone)


def _midnight(day: date, zone: str) -> int:
    """Where the clock leaves midnight out, its first instant; where it has two, the first."""
    return (datetime(day.year, day.month, day.day, tzinfo=_zone(zone)).astimezone(UTC) - EPOCH) // MICROSECOND


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(ZONES[name])
