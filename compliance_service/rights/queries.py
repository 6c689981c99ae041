"""Reads of rights with what is used of them."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from compliance_service.rights.models import DrawnVolume, RightPoint, RightWarning, WaterRight
from compliance_service.rights.usage import Drawn, Grant, Usage, usage


def rights_page(*, points: Collection[UUID] | None, after: str, limit: int) -> list[WaterRight]:
    """By name; those on which one of `points` draws, None means all."""
    rows = WaterRight.objects.filter(name__gt=after).order_by("name").prefetch_related("points")
    if points is not None:
        rows = rows.filter(rightpoint__point_id__in=points).distinct()
    return list(rows[:limit])


def usages(
    *, points: Collection[UUID] | None, today: date, rights: Iterable[UUID] | None = None
) -> list[tuple[WaterRight, Usage]]:
    """The usage of each right in its year of `today`, by name. `points` None means all, `rights` too."""
    wanted = WaterRight.objects.order_by("name")
    if points is not None:
        wanted = wanted.filter(rightpoint__point_id__in=points).distinct()
    if rights is not None:
        wanted = wanted.filter(id__in=list(rights))
    drawing = _drawing()
    others = {
        point: [grant for grant, its in drawing.values() if point in its]
        for _, its in drawing.values()
        for point in its
    }
    found = []
    for right in wanted:
        grant, its_points = drawing[right.id]
        first, last = grant.year_of(today)
        rows = DrawnVolume.objects.filter(point_id__in=its_points, day__range=(first, last))
        drawn = [Drawn(*row) for row in rows.order_by("day").values_list("point_id", "day", "m3")]
        found.append((right, usage(grant, drawn=drawn, others=others, today=today)))
    return found


def warnings_of(right_id: UUID) -> list[RightWarning]:
    return list(RightWarning.objects.filter(right_id=right_id).order_by("year_from", "percent"))


def _drawing() -> dict[UUID, tuple[Grant, frozenset[UUID]]]:
    """Every right with the points that draw on it."""
    points: dict[UUID, set[UUID]] = {}
    for right_id, point_id in RightPoint.objects.values_list("right_id", "point_id"):
        points.setdefault(right_id, set()).add(point_id)
    return {right.id: (_grant(right), frozenset(points.get(right.id, ()))) for right in WaterRight.objects.all()}


def _grant(right: WaterRight) -> Grant:
    return Grant(
        id=right.id,
        yearly_m3=right.yearly_m3,
        flow_l_s=right.flow_l_s,
        valid_from=right.valid_from,
        valid_to=right.valid_to,
        year_starts_in=right.year_starts_in,
        monthly_m3=tuple(right.monthly_m3),
    )
