"""How an import's series stand to those of the sources, and when they speak. Nothing of what others said is touched."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Min

from shared.db.turns import take_turn
from telemetry_service.imports.mapping.rows import Value
from telemetry_service.imports.models import Import, Line
from telemetry_service.imports.modes import Mode
from telemetry_service.imports.put.known import newest_at
from telemetry_service.raw.models import Series
from telemetry_service.raw.operations import request_processing
from telemetry_service.raw.precedence import Rank

Lines = dict[tuple[UUID, str], Line]


def lines_of(batch: Import) -> Lines:
    return {(line.point_id, line.variable): line for line in batch.lines.all()}


def add_lines(batch: Import, lines: Lines, values: Iterable[Value], *, now: datetime) -> None:
    """A series for each variable of a point that has none yet. It is withdrawn: nobody hears it before the end."""
    for value in values:
        place = value.point.id, value.variable
        if place not in lines:
            lines[place] = _add_line(batch, value, now)


def _add_line(batch: Import, value: Value, now: datetime) -> Line:
    point, key = value.point, f"{value.point.code}/{value.variable}"
    Series.objects.create(
        source_id=batch.id,
        origin=f"import:{batch.id}",
        key=key,
        point_id=point.id,
        variable=value.variable,
        rank=Rank.FIRST,
        holds_s=0 if batch.mode == Mode.REPLACE else point.holds_s,
        withdrawn_at=now,
    )
    asked = batch.mode in (Mode.APPEND, Mode.BACKFILL)
    newest = newest_at(point.id, value.variable) if asked else None
    return Line.objects.create(
        batch=batch, point_id=point.id, variable=value.variable, key=key, holds_s=point.holds_s, newest_at=newest
    )


def let_speak(batch: Import) -> None:
    """All its series at once. A replacement speaks before every earlier one, for the whole span of its readings."""
    for line in _stored(batch):
        series = Series.objects.filter(source_id=batch.id, key=line.key)
        if batch.mode == Mode.REPLACE:
            rank = _before_all(line)
            series.update(withdrawn_at=None, rank=rank, span_from=line.first_at, span_to=line.last_at)
        else:
            series.update(withdrawn_at=None)


def speak_again(batch: Import) -> None:
    """As it stood when it was withdrawn: a replacement made since still speaks before it."""
    Series.objects.filter(source_id=batch.id, key__in=[line.key for line in _stored(batch)]).update(withdrawn_at=None)


def fall_silent(batch: Import, *, now: datetime) -> None:
    Series.objects.filter(source_id=batch.id, withdrawn_at=None).update(withdrawn_at=now)


def request_points(batch: Import, *, now: datetime) -> None:
    """Their measurements are made anew. While the import speaks: how far its word carries is asked of its series."""
    firsts: dict[UUID, datetime] = {}
    for line in _stored(batch):
        if line.first_at:
            firsts[line.point_id] = min(line.first_at, firsts.get(line.point_id, line.first_at))
    for point_id, first in sorted(firsts.items()):
        request_processing(point_id=point_id, from_time=first, now=now)


def _stored(batch: Import) -> list[Line]:
    return list(batch.lines.exclude(first_at=None).order_by("point_id", "variable"))


def _before_all(line: Line) -> int:
    """Withdrawn ones count too: they may be called back."""
    corrections = Series.objects.filter(point_id=line.point_id, variable=line.variable, rank__lt=Rank.FIRST)
    lowest = corrections.exclude(source_id=line.batch_id).aggregate(lowest=Min("rank"))["lowest"]
    return Rank.CORRECTION if lowest is None else min(lowest - 1, Rank.CORRECTION)


def one_at_a_time() -> None:
    """Until the end of the transaction: two replacements that began to speak at once would take the same rank."""
    take_turn("imports let speak")
