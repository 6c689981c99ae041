"""What a token may see of points, series, variables and sources, as SensorThings' entities are made of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db import connection

from telemetry_service.measurements.models import Variable
from telemetry_service.points.queries import Place, places
from telemetry_service.sources.models import Source


@dataclass(frozen=True, slots=True)
class Series:
    """A Datastream: one variable of one point, its newest measurement's time and source."""

    point_id: UUID
    variable: str
    latest_at: datetime
    source_id: UUID

    @property
    def id(self) -> str:
        return f"{self.point_id}:{self.variable}"


@dataclass(frozen=True, slots=True)
class Named:
    """A variable: how people call it, and its unit."""

    code: str
    name: str
    unit: str


SERIES = """
SELECT point_id::text, variable, time, source_id::text FROM measurement_latest
 WHERE point_id = ANY(%s::uuid[]) ORDER BY point_id, variable
"""


class Catalog:
    """Of these points (None: all). Each table is read when somebody asks for it, once."""

    def __init__(self, points: Collection[UUID] | None) -> None:
        self._asked = points

    @cached_property
    def points(self) -> dict[UUID, Place]:
        return {one.id: one for one in places(points=self._asked, area=None)}

    @cached_property
    def series(self) -> dict[str, Series]:
        with connection.cursor() as cursor:
            cursor.execute(SERIES, [list(self.points)])
            rows = [Series(UUID(point), code, at, UUID(source)) for point, code, at, source in cursor.fetchall()]
        return {one.id: one for one in rows}

    @cached_property
    def variables(self) -> dict[str, Named]:
        return {row[0]: Named(*row) for row in Variable.objects.order_by("code").values_list("code", "name", "unit")}

    @cached_property
    def sources(self) -> dict[UUID, str]:
        """The name of each source that speaks in a series: its provider's account; an import and a hand have none."""
        ids = sorted({one.source_id for one in self.series.values()})
        names = dict(Source.objects.filter(id__in=ids).values_list("id", "provider__name"))
        return {source_id: names.get(source_id, "") for source_id in ids}

    @cached_property
    def by_point(self) -> dict[UUID, list[Series]]:
        found: dict[UUID, list[Series]] = {}
        for one in self.series.values():
            found.setdefault(one.point_id, []).append(one)
        return found


def catalog_of(points: Collection[UUID] | None, *, point: UUID | None) -> Catalog:
    """Of one point alone where only that one matters: a page of Observations shall not wait for thousands of points."""
    if point is None:
        return Catalog(points)
    return Catalog([point] if points is None or point in points else [])
