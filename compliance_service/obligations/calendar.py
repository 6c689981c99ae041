"""Which instants a standard makes due. Regulator time is UTC-4 all year, so no day has 23 or 25 hours."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from shared.clock import REGULATOR_TIME

HOUR = timedelta(hours=1)
# Data of the hour should arrive no later than this after it (manual, section 3).
DUE_AFTER = HOUR


def slots(every: str, *, start: datetime, end: datetime) -> Iterator[datetime]:
    """The due instants in [start, end), aware, in regulator time. `every`: a key of RHYTHMS."""
    first, following = RHYTHMS[every]
    slot = first(start.astimezone(REGULATOR_TIME))
    while slot < start:
        slot = following(slot)
    while slot < end:
        yield slot
        slot = following(slot)


def before(every: str, slot: datetime) -> datetime:
    """The due instant before this one: where the period that ends at `slot` begins."""
    first, _ = RHYTHMS[every]
    return first(slot.astimezone(REGULATOR_TIME) - timedelta(microseconds=1))


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _next_month(at: datetime) -> datetime:
    return at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)


def _half_year(at: datetime) -> datetime:
    return _midnight(at).replace(month=1 if at.month < 7 else 7, day=1)


def _next_half_year(at: datetime) -> datetime:
    return at.replace(month=7) if at.month == 1 else at.replace(year=at.year + 1, month=1)


def _minutes(count: int) -> tuple["Move", "Move"]:
    """On the minutes of the hour that `count` divides."""

    def first(at: datetime) -> datetime:
        return at.replace(minute=at.minute - at.minute % count, second=0, microsecond=0)

    return first, lambda at: at + timedelta(minutes=count)


Move = Callable[[datetime], datetime]
RHYTHMS: dict[str, tuple[Move, Move]] = {
    "minute": _minutes(1),
    **{f"{count}_minutes": _minutes(count) for count in (5, 10, 15, 30)},
    "hour": (lambda at: at.replace(minute=0, second=0, microsecond=0), lambda at: at + HOUR),
    "day": (_midnight, lambda at: at + timedelta(days=1)),
    "month": (lambda at: _midnight(at).replace(day=1), _next_month),
    "half_year": (_half_year, _next_half_year),
}


# Data may be late by minutes, so the first hour is looked at often; then hourly for a day, then daily for as long as
# it takes: the regulator accepts late data, and an overdue duty is still a duty.
EARLY_LOOKS = tuple(timedelta(minutes=minutes) for minutes in (2, 7, 15, 30, 55))


def first_look(slot: datetime) -> datetime:
    return slot + EARLY_LOOKS[0]


def next_look(slot: datetime, now: datetime) -> datetime:
    """When to look again at a duty whose data are not there, or not good, at `now`."""
    age = now - slot
    early = [slot + look for look in EARLY_LOOKS if look > age]
    if early:
        return early[0]
    step = HOUR if age < timedelta(hours=26) else timedelta(days=1)
    # On the same minute of the hour as the first look, so that looks of many hours fall together.
    passed = (now - first_look(slot)) // step
    return first_look(slot) + (passed + 1) * step
