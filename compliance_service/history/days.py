"""Which days of the past are shown. Plain Python: the clock is an argument."""

import re
from datetime import date, datetime, timedelta

from shared.clock import REGULATOR_TIME

MONTHS = 18  # "the last 18 months on demand" (Res. 252)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class NoSuchDay(ValueError):
    """The message says what is wrong with the date."""


def read_day(text: str, *, now: datetime) -> date:
    """A day of regulator time within the last 18 months."""
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise NoSuchDay("La fecha no es válida: debe ser AAAA-MM-DD")
    today = now.astimezone(REGULATOR_TIME).date()
    first = first_day(today)
    if not first <= day <= today:
        raise NoSuchDay(f"La fecha debe estar entre {first.isoformat()} y {today.isoformat()} (UTC-4)")
    return day


def first_day(today: date) -> date:
    """The same day 18 months ago, or the last of that month where it has none."""
    months = today.year * 12 + today.month - 1 - MONTHS
    year, month = months // 12, months % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(today.day, last))


def bounds(day: date) -> tuple[datetime, datetime]:
    """[start, end) of the day, which has 24 hours all year."""
    start = datetime(day.year, day.month, day.day, tzinfo=REGULATOR_TIME)
    return start, start + timedelta(days=1)
