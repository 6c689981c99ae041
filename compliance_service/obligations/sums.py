"""The book's sums: due = receipts + explained + open + overdue, of each work and month. A row a month, not an hour.

Whole months come from `obligation_month`, the months that a period or the present cuts are counted, and what is open
is read from the few rows that are.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from shared.clock import REGULATOR_TIME

FIRST_DAY = datetime(1900, 1, 1, tzinfo=REGULATOR_TIME)
MONTH = "date_trunc('month', slot_at AT TIME ZONE INTERVAL '-04:00')::date"
COUNTS = "count(*), count(*) FILTER (WHERE outcome = 'receipt'), count(*) FILTER (WHERE outcome = 'explained')"
# Work by work, so that the part of a month is found by its index, however long the history.
PART = f"""
SELECT id, part.* FROM wanted CROSS JOIN LATERAL (
    SELECT {MONTH}, {COUNTS} FROM obligation
     WHERE config_id = wanted.id AND slot_at >= %({{low}})s AND slot_at < %({{high}})s GROUP BY 1
) part
"""  # noqa: S608  # constants of this file
ENDED = f"""
WITH wanted AS (
    SELECT id FROM compliance_config WHERE %(configs)s::uuid[] IS NULL OR id = ANY(%(configs)s::uuid[])
)
SELECT config_id, month, due, receipts, explained FROM obligation_month
 WHERE month >= %(first)s AND month < %(last)s AND (%(configs)s::uuid[] IS NULL OR config_id = ANY(%(configs)s::uuid[]))
UNION ALL {PART.format(low="start", high="cut_1")} UNION ALL {PART.format(low="cut_2", high="end")}
"""  # noqa: S608
OPEN = f"""
SELECT config_id, {MONTH}, count(*), count(*) FILTER (WHERE deadline_at < %(now)s) FROM obligation
 WHERE outcome = 'open' AND slot_at >= %(start)s AND slot_at < %(end)s
   AND (%(configs)s::uuid[] IS NULL OR config_id = ANY(%(configs)s::uuid[])) GROUP BY 1, 2
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end). What is due after `now` is not in it."""

    start: datetime
    end: datetime

    @classmethod
    def of_days(cls, first: date | None, last: date | None, *, now: datetime) -> "Period":
        """Days of UTC-4, both included; None: from the beginning, until now."""
        start = datetime.combine(first, datetime.min.time(), REGULATOR_TIME) if first else FIRST_DAY
        until = now + timedelta(microseconds=1)  # the hour that begins now is due
        if last:
            until = min(until, datetime.combine(last, datetime.min.time(), REGULATOR_TIME) + timedelta(days=1))
        return cls(start, max(start, until))

    def whole_months(self) -> tuple[datetime, datetime]:
        """Where the whole months in it begin and end; both are `end` where there is none."""
        first, last = _month_from(self.start), _month_before(self.end)
        return (first, last) if first < last else (self.end, self.end)


@dataclass(slots=True)
class Sum:
    due: int = 0
    receipts: int = 0
    explained: int = 0
    open: int = 0  # and not overdue
    overdue: int = 0

    @property
    def closes(self) -> bool:
        return self.due == self.receipts + self.explained + self.open + self.overdue

    def add(self, other: "Sum") -> None:
        for name in ("due", "receipts", "explained", "open", "overdue"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


Months = dict[date, Sum]


def sums(*, configs: Collection[UUID] | None, period: Period, now: datetime) -> dict[UUID, Months]:
    """By work and month (its first day, UTC-4). `configs` None means all."""
    found: dict[UUID, Months] = {}
    for config, month, due, receipts, explained in _asked(ENDED, configs, period, now):
        found.setdefault(config, {}).setdefault(month, Sum()).add(Sum(due, receipts, explained))
    for config, month, count, overdue in _asked(OPEN, configs, period, now):
        found.setdefault(config, {}).setdefault(month, Sum()).add(Sum(open=count - overdue, overdue=overdue))
    return found


def total(months: Months) -> Sum:
    whole = Sum()
    for one in months.values():
        whole.add(one)
    return whole


def _asked(query: str, configs: Collection[UUID] | None, period: Period, now: datetime) -> Iterator[tuple[Any, ...]]:
    cut_1, cut_2 = period.whole_months()
    wanted = {
        "configs": None if configs is None else [str(config) for config in configs],
        "start": period.start,
        "end": period.end,
        "cut_1": cut_1,
        "cut_2": cut_2,
        "first": cut_1.astimezone(REGULATOR_TIME).date(),
        "last": cut_2.astimezone(REGULATOR_TIME).date(),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, wanted)
        yield from cursor.fetchall()


def _month_before(at: datetime) -> datetime:
    return at.astimezone(REGULATOR_TIME).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _month_from(at: datetime) -> datetime:
    begins = _month_before(at)
    return begins if begins == at else (begins + timedelta(days=32)).replace(day=1)
