"""Which of several series of one variable speaks. A pure function of the rows: the order of arrival changes nothing.

A point may be read by several sources: a provider and its fallback, a person's correction of a bad day. Each series
has a rank, and a row speaks unless a series of lower rank has a row that speaks within `holds_s` seconds of it, or
says that it replaces the whole span in which the row lies.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import groupby
from typing import Protocol, TypeVar
from uuid import UUID


class Rank(IntEnum):
    """Between these lie the ranks of fallbacks: FIRST + 1, FIRST + 2, …"""

    CORRECTION = 0  # a person's, in place of what the device said
    FIRST = 100
    LAST = 999


@dataclass(frozen=True, slots=True)
class Standing:
    """How a series stands towards the others of its variable. `span`: both ends included."""

    rank: int
    holds: timedelta = timedelta(0)
    span: tuple[datetime, datetime] | None = None
    variable: str = ""  # whose span it is


class Row(Protocol):
    @property
    def source_id(self) -> UUID: ...
    @property
    def key(self) -> str: ...
    @property
    def variable(self) -> str: ...
    @property
    def device_time(self) -> datetime: ...


R = TypeVar("R", bound=Row)
Standings = Mapping[tuple[UUID, str], Standing]


def speaking(rows: Sequence[R], standings: Standings) -> Sequence[R]:
    """The rows that speak, in their order. Give every row within `reach` of those asked for."""
    if not disagree(standings.values()):
        return rows
    silent: set[int] = set()
    numbered = sorted(enumerate(rows), key=lambda item: (item[1].variable, item[1].device_time))
    for variable, group in groupby(numbered, key=lambda item: item[1].variable):
        replaced = [one for one in standings.values() if one.span and one.variable == variable]
        silent.update(_silent(list(group), standings, replaced))
    return [row for index, row in enumerate(rows) if index not in silent]


def reach(standings: Iterable[Standing]) -> timedelta:
    """How far a row's word carries beyond its own time: what it silences would have silenced others of higher rank."""
    longest: dict[int, timedelta] = {}
    for one in standings:
        longest[one.rank] = max(one.holds, longest.get(one.rank, one.holds))
    heard_by_others = [holds for _, holds in sorted(longest.items())][:-1]
    return sum(heard_by_others, timedelta(0))


def disagree(standings: Iterable[Standing]) -> bool:
    """Whether one of them may silence another."""
    return len({one.rank for one in standings}) > 1


def _silent(rows: list[tuple[int, R]], standings: Standings, replaced: Sequence[Standing]) -> Iterable[int]:
    """`rows` of one variable, by time, each with its place; `replaced` have a span, and perhaps no row among these."""
    heard: list[tuple[list[datetime], timedelta]] = []
    for rank in sorted({_standing(row, standings).rank for _, row in rows}):
        spans = [one.span for one in replaced if one.span and one.rank < rank]
        mine = [(index, row) for index, row in rows if _standing(row, standings).rank == rank]
        spoke: dict[timedelta, list[datetime]] = {}
        for index, row in mine:
            if _is_silenced(row.device_time, spans, heard):
                yield index
            else:
                spoke.setdefault(_standing(row, standings).holds, []).append(row.device_time)
        heard += [(times, holds) for holds, times in spoke.items()]


def _is_silenced(
    at: datetime, spans: Sequence[tuple[datetime, datetime]], heard: Sequence[tuple[list[datetime], timedelta]]
) -> bool:
    if any(start <= at <= end for start, end in spans):
        return True
    return any(_is_near(at, times, holds) for times, holds in heard)


def _is_near(at: datetime, times: Sequence[datetime], holds: timedelta) -> bool:
    """One of `times` lies within `holds` of it, or at the very instant."""
    index = bisect_right(times, at)
    around = times[max(0, index - 1) : index + 1]
    return any(abs(at - time) < holds or at == time for time in around)


def _standing(row: Row, standings: Standings) -> Standing:
    return standings[row.source_id, row.key]
