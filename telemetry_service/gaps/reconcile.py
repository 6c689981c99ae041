"""Looks at parts of series again and brings the gaps, their days and the watches in line. In a transaction."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection
from psycopg2.extras import execute_values

from shared.db.turns import take_turn
from telemetry_service.gaps.changes import Planned, write_changes
from telemetry_service.gaps.days import SECOND, Stretch, instant
from telemetry_service.gaps.holes import CONTEXT, holes, rhythm_at_end
from telemetry_service.gaps.pieces import Known, Region, merged, plan
from telemetry_service.gaps.queries import gaps_at_hand, rhythms_of
from telemetry_service.gaps.ranges import Range
from telemetry_service.gaps.rhythm import NEIGHBOURS, Rhythms
from telemetry_service.gaps.tally import set_losses
from telemetry_service.raw.queries import device_times

# A series that was looked at while a reading of it was on its way is looked at again: its newest never goes back.
WATCH = """
INSERT INTO gap_watch AS watch (source_id, key, newest_at, cadence_s) VALUES %s
    ON CONFLICT (source_id, key) DO UPDATE SET newest_at = excluded.newest_at, cadence_s = excluded.cadence_s
 WHERE watch.newest_at <= excluded.newest_at
   AND (watch.newest_at, watch.cadence_s) IS DISTINCT FROM (excluded.newest_at, excluded.cadence_s)
"""
SILENT = Rhythms()


@dataclass(slots=True)
class _Series:
    """What was seen of one series."""

    regions: list[Region] = field(default_factory=list)
    times: set[int] = field(default_factory=set)
    newest: tuple[int, int | None] | None = None  # with the rhythm after it, in microseconds


def hold() -> None:
    """One at a time changes gaps, until the end of the transaction."""
    take_turn("gaps")


def reconcile(touched: Sequence[Range], *, now: datetime) -> None:
    """`touched`: ranges, as gaps.ranges gives them, in which readings came or the rhythm changed."""
    seen = _look(touched)
    regions = [(series, region) for series, one in seen.items() for region in merged(one.regions)]
    stretches = [Stretch(*series, region.start, region.end) for series, region in regions]
    known = gaps_at_hand(stretches)
    planned, changed = [], []
    for (series, region), of_region in zip(regions, known, strict=True):
        if of_region or region.holes:
            planned.append(Planned(*series, plan(of_region, region), sorted(seen[series].times)))
            changed.append(_extent(series, region, of_region))
    write_changes(planned, now=now)
    _watch(seen)
    set_losses(changed, now=now)


def _look(touched: Sequence[Range]) -> dict[tuple[UUID, str], _Series]:
    said = rhythms_of({one.source_id for one in touched})
    asked = [(one.source_id, one.key, instant(one.first), instant(one.last)) for one in touched]
    seen: dict[tuple[UUID, str], _Series] = {}
    for one, times in zip(touched, device_times(asked, more=CONTEXT), strict=True):
        if times:
            series = seen.setdefault((one.source_id, one.key), _Series())
            _judge(series, one, times, said.get(one.source_id, SILENT))
    return seen


def _judge(series: _Series, touched: Range, times: Sequence[int], rhythms: Rhythms) -> None:
    """Every pair on which a reading of the range bears."""
    before, after = bisect_left(times, touched.first), bisect_right(times, touched.last)
    first, last = max(before - 1 - NEIGHBOURS, 0), min(after + NEIGHBOURS, len(times) - 1)
    found = tuple(holes(times, rhythms, first=first, last=last))
    series.regions.append(Region(times[first], times[last], found))
    series.times.update(times[first : last + 1])
    if len(times) - after < CONTEXT:  # these are all there are behind it, the newest among them
        series.newest = times[-1], rhythm_at_end(times, rhythms)


def _extent(series: tuple[UUID, str], region: Region, known: Sequence[Known]) -> Stretch:
    """The days that may have lost or gained something; a silence was counted beyond the readings there are."""
    starts = [region.start, *(one.start for one in known)]
    ends = [region.end, *(one.end or one.counted_to or one.start for one in known)]
    return Stretch(*series, min(starts), max(ends))


def _watch(seen: dict[tuple[UUID, str], _Series]) -> None:
    rows = [
        (*series, instant(one.newest[0]), max(round(one.newest[1] / SECOND), 1) if one.newest[1] else None)
        for series, one in sorted(seen.items())
        if one.newest
    ]
    if rows:
        with connection.cursor() as cursor:
            execute_values(cursor, WATCH, rows, page_size=1000)
