"""The daily sums of some hours: to the last bit what `rollups.MAKE_DAYS` makes of the same hours. Plain Python."""

import operator
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache, reduce
from typing import NamedTuple
from zoneinfo import ZoneInfo

from telemetry_service.measurements.columns import instant
from telemetry_service.measurements.rollups import ZONES

# A local day has 23 to 25 hours: those of any that an hour is in lie no further from it.
MICROSECOND, DAY = timedelta(microseconds=1), 86_400_000_000
EPOCH_DAY = date(1970, 1, 1).toordinal()
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
    for name in ZONES:
        days = _days(sorted(hours), name)
        found: dict[date, list[Figures]] = {day: [] for day in sorted({days[hour] for hour in touched})}
        for hour, day in days.items():
            if day in found:
                found[day].append(hours[hour])
        for day, of_day in found.items():
            yield name, day, _together(of_day)


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


def _days(hours: Sequence[int], zone: str) -> dict[int, date]:
    """By hour, in their order. Clocks are changed twice a year: mostly all have the same offset."""
    first, last = (instant(hours[n]).astimezone(_zone(zone)).utcoffset() or timedelta(0) for n in (0, -1))
    if first != last:
        return {hour: instant(hour).astimezone(_zone(zone)).date() for hour in hours}
    ahead = first // MICROSECOND
    return {hour: date.fromordinal(EPOCH_DAY + (hour + ahead) // DAY) for hour in hours}


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(ZONES[name])
