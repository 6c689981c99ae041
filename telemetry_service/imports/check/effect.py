"""What an import changes of what is heard: asked of the very rows and rules that processing hears by.

For a check: the rows are put down, their series speak, and all of it is undone afterwards.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from telemetry_service.imports.check.summary import in_our_unit, plain
from telemetry_service.imports.models import Import, Line
from telemetry_service.measurements.fields import iso
from telemetry_service.raw.precedence import Standings, disagree, reach, speaking
from telemetry_service.raw.queries import RawReading, all_readings, standings_of

WINDOW = timedelta(days=31)
INSTANT = timedelta(microseconds=1)
Window = tuple[datetime, datetime]  # the end left out


@dataclass(slots=True)
class Heard:
    """Of what speaks in the span of the import, in our unit."""

    count: int = 0
    total: Decimal = Decimal(0)
    lowest: Decimal | None = None
    highest: Decimal | None = None
    first: Decimal | None = None
    last: Decimal | None = None

    def add(self, rows: Iterable[RawReading]) -> None:
        for row in rows:
            self.count += 1
            number = in_our_unit(row.variable, row.value, row.unit)
            if number is None:
                continue
            self.total += number
            self.lowest = number if self.lowest is None else min(self.lowest, number)
            self.highest = number if self.highest is None else max(self.highest, number)
            self.first, self.last = number if self.first is None else self.first, number

    def shown(self) -> dict[str, Any]:
        numbers = {"sum": self.total, "lowest": self.lowest, "highest": self.highest}
        ends = {"first": self.first, "last": self.last}
        return {"count": self.count} | {name: plain(number) for name, number in (numbers | ends).items()}


@dataclass(slots=True)
class Effect:
    """`silenced`: how many readings are heard no more; `unheard`: how many of the import are not heard."""

    silenced: int = 0
    unheard: int = 0
    before: Heard = field(default_factory=Heard)
    after: Heard = field(default_factory=Heard)
    first_silenced: datetime | None = None
    last_silenced: datetime | None = None

    def shown(self) -> dict[str, Any]:
        ends = {"first_silenced": self.first_silenced, "last_silenced": self.last_silenced}
        return {
            "silenced": self.silenced,
            "unheard": self.unheard,
            "before": self.before.shown(),
            "after": self.after.shown(),
            **{name: at and iso(at) for name, at in ends.items()},
        }


def effect_of(batch: Import, line: Line) -> Effect | None:
    """None where no series of the point may silence another: readings are added, and that is all."""
    standings = standings_of(line.point_id)
    if line.first_at is None or line.last_at is None or not disagree(standings.values()):
        return None
    around = reach(standings.values())
    span = line.first_at, line.last_at + INSTANT
    effect = Effect()
    for window in _windows(span[0] - around, span[1] + around):
        start, end = window[0] - around, window[1] + around
        rows = all_readings(point_id=line.point_id, variable=line.variable, start=start, end=end)
        _add(effect, batch.id, rows, standings, window=window, span=span)
    return effect


def _windows(start: datetime, end: datetime) -> Iterator[Window]:
    while start < end:
        yield start, min(start + WINDOW, end)
        start += WINDOW


def _add(
    effect: Effect, own: UUID, rows: Sequence[RawReading], standings: Standings, *, window: Window, span: Window
) -> None:
    others = {place: standing for place, standing in standings.items() if place[0] != own}
    before = _within(speaking([row for row in rows if row.source_id != own], others), window)
    after = _within(speaking(rows, standings), window)
    effect.before.add(_within(before, span))
    effect.after.add(_within(after, span))
    heard = {_place(row) for row in after}
    silenced = [row.device_time for row in before if _place(row) not in heard]
    effect.silenced += len(silenced)
    effect.unheard += sum(row.source_id == own and _place(row) not in heard for row in _within(rows, window))
    if silenced:
        effect.first_silenced = effect.first_silenced or silenced[0]
        effect.last_silenced = silenced[-1]


def _within(rows: Iterable[RawReading], window: Window) -> list[RawReading]:
    return [row for row in rows if window[0] <= row.device_time < window[1]]


def _place(row: RawReading) -> tuple[UUID, str, datetime]:
    return row.source_id, row.key, row.device_time
