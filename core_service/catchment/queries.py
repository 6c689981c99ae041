"""Points as somebody may see them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from core_service.catchment.models import CatchmentPoint, CatchmentPointOwner
from shared.auth.principal import Principal
from shared.errors import NotFound


def visible_points(principal: Principal) -> QuerySet[CatchmentPoint]:
    points = CatchmentPoint.objects.filter(deleted=False)
    return points if principal.points is None else points.filter(id__in=principal.points)


def find_point(*, point_id: UUID, principal: Principal) -> CatchmentPoint:
    """Raises NotFound alike for a point that is not there and for one that is another's."""
    point = visible_points(principal).prefetch_related("configs").filter(id=point_id).first()
    if point is None:
        raise NotFound(f"No hay un punto {point_id} entre los suyos.")
    return point


def page_of_points(
    *, principal: Principal, filters: Mapping[str, Any], after: str | None, limit: int
) -> list[CatchmentPoint]:
    """`limit + 1` points by code."""
    points = visible_points(principal).filter(**filters).order_by("code")
    if after:
        points = points.filter(code__gt=after)
    return list(points.prefetch_related("configs")[: limit + 1])


def point_ids_of(user_id: UUID) -> frozenset[UUID]:
    """The points that a person owns, one way or the other."""
    mine = Q(owner_id=user_id) | Q(owners__user_id=user_id)
    return frozenset(CatchmentPoint.objects.filter(mine, deleted=False).values_list("id", flat=True))


def page_of_owners(*, principal: Principal, after: int, limit: int) -> list[CatchmentPointOwner]:
    """`limit + 1` owners in the order they were added."""
    owners = CatchmentPointOwner.objects.filter(point__in=visible_points(principal), id__gt=after)
    return list(owners.select_related("user", "point").order_by("id")[: limit + 1])
