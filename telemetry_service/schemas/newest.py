"""What a schema says of each point at present: the newest values, or the last period that is over."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from telemetry_service.measurements.rollups import ZONES
from telemetry_service.measurements.sums import Interval, Sums, SumsWanted, sums
from telemetry_service.schemas.grouping import Layout, grouped
from telemetry_service.schemas.queries import Group, figures_of, latest_groups

# Far enough back that one whole period is in it.
BACK = {"hour": timedelta(hours=2), "day": timedelta(days=2), "month": timedelta(days=62)}


def newest_groups(layout: Layout, points: Sequence[UUID], *, now: datetime) -> Iterator[Group]:
    """`points` in ascending order. A point of which nothing is known says nothing."""
    return latest_groups(layout, points) if layout.interval == "instant" else _last_periods(layout, points, now)


def _last_periods(layout: Layout, points: Sequence[UUID], now: datetime) -> Iterator[Group]:
    zone = layout.processing.get("zone", "utc")
    wanted = SumsWanted(
        points=points,
        variables=layout.variables,
        interval=cast("Interval", layout.interval),
        zone=zone,
        start=now - BACK[layout.interval],
        end=now,
    )
    rows = sums(wanted, after=None, limit=100 * len(points) * len(layout.variables) + 1)
    for point_id, bucket, known in _last_of_each(rows, layout.interval, zone, now):
        columns = {code: figures_of(layout.figure(code), [known.get(code)]) for code in layout.variables}
        (said,) = grouped(layout, columns, 1)
        yield Group(UUID(point_id), bucket, said)


def _last_of_each(
    rows: Iterable[Sums], interval: str, zone: str, now: datetime
) -> Iterator[tuple[str, datetime | date, dict[str, Sums]]]:
    by_point: dict[str, dict[str, list[Sums]]] = {}
    for row in rows:
        if _is_over(row.bucket, interval, zone, now):
            by_point.setdefault(row.point_id, {}).setdefault(row.bucket.isoformat(), []).append(row)
    for point_id, buckets in by_point.items():
        last = buckets[max(buckets)]
        yield point_id, last[0].bucket, {row.variable: row for row in last}


def _is_over(bucket: datetime | date, interval: str, zone: str, now: datetime) -> bool:
    if isinstance(bucket, datetime):
        return bucket.astimezone(UTC) + timedelta(hours=1) <= now
    today = now.astimezone(ZoneInfo(ZONES[zone])).date()
    return bucket < (today if interval == "day" else today.replace(day=1))
