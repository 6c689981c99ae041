"""Writes of rights, of what was drawn on them, and of the warnings that it led to."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from compliance_service.clients.telemetry import Day
from compliance_service.rights.models import DrawnVolume, RightPoint, RightWarning, WaterRight
from compliance_service.rights.queries import usages
from shared.clock import REGULATOR_TIME
from shared.errors import Conflict, FieldError, NotFound

# (points, from, to) to their days: Telemetry, over REST.
Read = Callable[[Sequence[UUID], datetime, datetime], list[Day]]
# Of a right's year, however late a correction of it comes, and the year before for whoever looks back.
LOOKS_BACK = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class RightBody:
    name: str
    resolution: str
    flow_l_s: float | None
    yearly_m3: float | None
    monthly_m3: Sequence[float]
    year_starts_in: int
    valid_from: date
    valid_to: date | None
    points: Collection[UUID]


def create_right(*, body: RightBody, by: str, now: datetime) -> WaterRight:
    with _one_name(body.name):
        right = WaterRight.objects.create(**_columns(body), created_at=now, created_by=by)
        _set_points(right, body.points)
    return right


def replace_right(*, right_id: UUID, body: RightBody) -> WaterRight:
    """The whole of it: a right that was entered wrongly is another right."""
    with _one_name(body.name):
        if WaterRight.objects.filter(id=right_id).update(**_columns(body)) != 1:
            raise NotFound("No existe ese derecho.")
        right = WaterRight.objects.get(id=right_id)
        _set_points(right, body.points)
    return right


def watch_rights(now: datetime, *, read: Read) -> int:
    """Asks what was drawn, and warns of shares that were reached; says how many warnings are new."""
    keep_drawn(now, read=read)
    return warn(now)


def keep_drawn(now: datetime, *, read: Read) -> int:
    """The days of every point with a right, as Telemetry knows them now; says how many are new or changed."""
    points = sorted(set(RightPoint.objects.values_list("point_id", flat=True)))
    if not points:
        return 0
    today = now.astimezone(REGULATOR_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    days = read(points, today - LOOKS_BACK, now)
    rows = _volumes(days)
    known = {
        (one.point_id, one.day): (one.m3, one.max_flow_l_s)
        for one in DrawnVolume.objects.filter(point_id__in=points, day__gte=(today - LOOKS_BACK).date())
    }
    changed = {key: said for key, said in rows.items() if known.get(key) != said}
    DrawnVolume.objects.bulk_create(
        [
            DrawnVolume(point_id=p, day=day, m3=m3, max_flow_l_s=top, known_at=now)
            for (p, day), (m3, top) in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["point", "day"],
        update_fields=["m3", "max_flow_l_s", "known_at"],
    )
    return len(changed)


def warn(now: datetime) -> int:
    today = now.astimezone(REGULATOR_TIME).date()
    said = [
        RightWarning(right=right, year_from=found.year[0], percent=level, used_m3=found.used_m3, at=now)
        for right, found in usages(points=None, today=today)
        for level in found.reached
    ]
    before = RightWarning.objects.count()
    RightWarning.objects.bulk_create(said, ignore_conflicts=True)
    return RightWarning.objects.count() - before


def _volumes(days: Iterable[Day]) -> dict[tuple[UUID, date], tuple[float, float | None]]:
    volumes = {(one.point, one.day): one.change for one in days if one.variable == "volume" and one.change is not None}
    flows = {(one.point, one.day): one.highest for one in days if one.variable == "flow"}
    return {key: (m3, flows.get(key)) for key, m3 in volumes.items()}


def _columns(body: RightBody) -> Mapping[str, Any]:
    return {
        "name": body.name,
        "resolution": body.resolution,
        "flow_l_s": body.flow_l_s,
        "yearly_m3": body.yearly_m3,
        "monthly_m3": list(body.monthly_m3),
        "year_starts_in": body.year_starts_in,
        "valid_from": body.valid_from,
        "valid_to": body.valid_to,
    }


def _set_points(right: WaterRight, points: Collection[UUID]) -> None:
    RightPoint.objects.filter(right=right).exclude(point_id__in=points).delete()
    RightPoint.objects.bulk_create([RightPoint(right=right, point_id=one) for one in points], ignore_conflicts=True)


@contextmanager
def _one_name(name: str) -> Iterator[None]:
    """A transaction in which a name that is taken is said to be."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "right_name_once" not in str(error):
            raise
        taken = FieldError("name", "ya existe", name, "un nombre que no tenga otro derecho")
        raise Conflict("Ya hay un derecho con ese nombre.", errors=[taken]) from error
