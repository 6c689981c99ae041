"""How a month of a partitioned table is cut: whole, in weeks or in days. Names and bounds; plain Python."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

NAME = re.compile(r"_y(\d{4})m(\d{2})(?:[wd]\d{1,2})?$")
# More rows than these, and a shuffled batch after a checkpoint writes eight times the log that it writes into less.
MOST_ROWS = 10_000_000
LONGEST_MONTH, WEEK = 31, 7  # days


class Grain(StrEnum):
    MONTH = "month"
    WEEK = "week"  # from the 1st, 8th, 15th, 22nd and 29th: the pieces of a month end with it
    DAY = "day"


class Piece(NamedTuple):
    """From UTC midnight to UTC midnight, `end` not included."""

    suffix: str
    start: date
    end: date


def pieces(month: date, grain: Grain) -> Iterator[Piece]:
    """Those of the month that begins on `month`, by time, without a hole."""
    base, end = f"_y{month.year:04d}m{month.month:02d}", next_month(month)
    if grain is Grain.MONTH:
        yield Piece(base, month, end)
        return
    length, letter = (WEEK, "w") if grain is Grain.WEEK else (1, "d")
    start, number = month, 1
    while start < end:
        last = min(start + timedelta(days=length), end)
        yield Piece(f"{base}{letter}{number:0{1 if grain is Grain.WEEK else 2}d}", start, last)
        start, number = last, number + 1


def month_of(name: str) -> date | None:
    """The month that a table of this name is a piece of; None where it is none."""
    found = NAME.search(name)
    return date(int(found[1]), int(found[2]), 1) if found else None


def grain_for(rows_a_month: float) -> Grain:
    """The largest whose pieces hold no more than MOST_ROWS."""
    if rows_a_month <= MOST_ROWS:
        return Grain.MONTH
    return Grain.WEEK if rows_a_month * WEEK / LONGEST_MONTH <= MOST_ROWS else Grain.DAY


def months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = next_month(month)


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
