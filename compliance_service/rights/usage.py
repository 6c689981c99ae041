"""How much of a right is used, what is left, and when it will be gone. Plain Python: the day is an argument.

A work that draws on several rights uses each in proportion to what it grants in a year, on the days on which they are
valid. Volumes are those of the continuous volume, so a glitch or a new meter neither adds nor loses any.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import sqrt
from statistics import fmean, pstdev
from uuid import UUID

DAY = timedelta(days=1)
SECONDS_A_YEAR = 365 * 86_400
# What is likely is what was usual of late.
RECENT_DAYS = 60
FEWEST_DAYS = 7
# Eight of ten outcomes lie within so many deviations of the mean.
BAND = 1.28
LEVELS = (80, 100)


@dataclass(frozen=True, slots=True)
class Grant:
    """A right as far as volumes go; `monthly_m3` has twelve members, or none."""

    id: UUID
    yearly_m3: float | None
    flow_l_s: float | None
    valid_from: date
    valid_to: date | None
    year_starts_in: int = 1
    monthly_m3: Sequence[float] = ()

    @property
    def weight(self) -> float:
        """Its volume of a year: what it says, else what its flow gives without a pause."""
        return self.yearly_m3 or (self.flow_l_s or 0.0) * SECONDS_A_YEAR / 1000

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def year_of(self, day: date) -> tuple[date, date]:
        """The first and the last day of the right's year in which `day` lies."""
        first = date(day.year - (day.month < self.year_starts_in), self.year_starts_in, 1)
        return first, date(first.year + 1, self.year_starts_in, 1) - DAY


@dataclass(frozen=True, slots=True)
class Drawn:
    point: UUID
    day: date
    m3: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The year's volume if it goes on like the last days: m³, with the band of eight in ten.

    `exhausted_on` is the day on which the granted volume ends, None where it lasts; `earliest` by the upper band.
    """

    mean_m3_day: float
    expected_m3: float
    low_m3: float
    high_m3: float
    exhausted_on: date | None
    earliest: date | None


@dataclass(frozen=True, slots=True)
class Usage:
    """`left_m3` is None where only a flow is granted. `over_months`: months in which more was drawn than granted."""

    year: tuple[date, date]
    used_m3: float
    left_m3: float | None
    percent: float | None
    by_month: Mapping[int, float] = field(default_factory=dict)
    over_months: tuple[int, ...] = ()
    forecast: Forecast | None = None

    @property
    def reached(self) -> tuple[int, ...]:
        return tuple(level for level in LEVELS if self.percent is not None and self.percent >= level)


def usage(grant: Grant, *, drawn: Iterable[Drawn], others: Mapping[UUID, Sequence[Grant]], today: date) -> Usage:
    """`drawn`: what its points drew; `others`: every right of each of those points, `grant` among them."""
    first, last = grant.year_of(today)
    daily: dict[date, float] = {}
    for one in drawn:
        if first <= one.day <= today and grant.holds(one.day):
            daily[one.day] = daily.get(one.day, 0.0) + one.m3 * share(grant, others[one.point], one.day)
    used = sum(daily[day] for day in sorted(daily))
    months = _by_month(daily)
    over = tuple(m for m, m3 in months.items() if grant.monthly_m3 and m3 > grant.monthly_m3[m - 1])
    granted = grant.yearly_m3
    return Usage(
        year=(first, last),
        used_m3=used,
        left_m3=None if granted is None else granted - used,
        percent=None if granted is None else 100 * used / granted,
        by_month=months,
        over_months=over,
        forecast=_forecast(daily, used=used, granted=granted, today=today, last=last),
    )


def share(grant: Grant, rights: Sequence[Grant], day: date) -> float:
    """The part of what a point drew on `day` that counts for `grant`; `rights` are all of the point's."""
    weights = {right.id: right.weight for right in rights if right.holds(day)}
    total = sum(weights.values())
    return weights.get(grant.id, 0.0) / total if total else 0.0


def _by_month(daily: Mapping[date, float]) -> dict[int, float]:
    months: dict[int, float] = {}
    for day in sorted(daily):
        months[day.month] = months.get(day.month, 0.0) + daily[day]
    return months


def _forecast(
    daily: Mapping[date, float], *, used: float, granted: float | None, today: date, last: date
) -> Forecast | None:
    """None while there are too few days to speak of."""
    recent = [m3 for day, m3 in sorted(daily.items()) if day > today - RECENT_DAYS * DAY]
    if len(recent) < FEWEST_DAYS:
        return None
    mean, spread = fmean(recent), pstdev(recent)
    days = (last - today).days
    band = BAND * spread * sqrt(days)
    expected = used + mean * days
    return Forecast(
        mean_m3_day=mean,
        expected_m3=expected,
        low_m3=max(used, expected - band),
        high_m3=expected + band,
        exhausted_on=_exhausted(used, granted, mean, 0.0, today, days),
        earliest=_exhausted(used, granted, mean, spread, today, days),
    )


def _exhausted(used: float, granted: float | None, mean: float, spread: float, today: date, days: int) -> date | None:
    if granted is None:
        return None
    for n in range(days + 1):
        if used + mean * n + BAND * spread * sqrt(n) >= granted:
            return today + n * DAY
    return None
