"""Points in the order in which they are shown, with what was measured there last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from telemetry_service.measurements.queries import Latest, latest
from telemetry_service.points.geometry import Area, Circle, distance_m
from telemetry_service.points.queries import Place, places


@dataclass(frozen=True, slots=True)
class Found:
    """A point, how far it is from the middle of the circle asked for (None: no circle), and its latest values."""

    place: Place
    distance_m: float | None
    latest: Sequence[Latest]

    @property
    def key(self) -> tuple[float, UUID]:
        return (self.distance_m or 0.0, self.place.id)


def places_page(
    *,
    points: Collection[UUID] | None,
    area: Area | None,
    variables: Sequence[str],
    after: tuple[float, UUID] | None,
    limit: int,
) -> list[Found]:
    """The nearest first where a circle is asked for, else by id; the first `limit` behind the key `after`."""
    found = sorted((Found(one, _distance(one, area), ()) for one in places(points=points, area=area)), key=_key)
    some = [one for one in found if after is None or one.key > after][:limit]
    values = _latest_of([one.place.id for one in some], variables)
    return [Found(one.place, one.distance_m, values.get(str(one.place.id), ())) for one in some]


def _key(found: Found) -> tuple[float, UUID]:
    return found.key


def _distance(place: Place, area: Area | None) -> float | None:
    if not isinstance(area, Circle) or place.latitude is None or place.longitude is None:
        return None
    return distance_m(area.latitude, area.longitude, place.latitude, place.longitude)


def _latest_of(points: Sequence[UUID], variables: Sequence[str]) -> dict[str, list[Latest]]:
    values: dict[str, list[Latest]] = {}
    if variables and points:
        for row in latest(points=points, variables=variables):
            values.setdefault(row.point_id, []).append(row)
    return values
