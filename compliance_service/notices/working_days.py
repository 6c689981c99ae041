"""Working days in Chile: neither Saturdays, Sundays nor holidays (Ley 19.880, article 25). Plain Python.

The holidays are data (`holidays.json`: date, name and the law of each); one that a law adds for once goes into the
source's row, `notices.holidays`.
"""

import json
from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).parent / "holidays.json"
SATURDAY = 5
DAY = timedelta(days=1)


class UnknownYear(ValueError):
    """The holidays of a year are not known."""


@lru_cache(maxsize=1)
def holidays() -> dict[date, str]:
    """Date to name."""
    return {date.fromisoformat(row["date"]): row["name"] for row in json.loads(FILE.read_text())}


def is_working_day(day: date, *, more: Collection[date] = ()) -> bool:
    """`more`: holidays besides the known ones. Raises UnknownYear."""
    known = {found.year for found in holidays()}
    if day.year not in known:
        raise UnknownYear(f"no se conocen los feriados de {day.year}, solo de {min(known)} a {max(known)}")
    return day.weekday() < SATURDAY and day not in holidays() and day not in more


def last_day_to_tell(planned: date, *, working_days: int, more: Collection[date] = ()) -> date:
    """The last working day after which `working_days` whole ones still pass before `planned`.

    A term is counted from the day after the notice, so neither the notice's day nor the planned one counts.
    """
    day, passed = planned - DAY, 0
    while passed < working_days or not is_working_day(day, more=more):
        passed += is_working_day(day, more=more)
        day -= DAY
    return day
