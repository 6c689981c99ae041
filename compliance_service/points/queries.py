from collections.abc import Iterable
from uuid import UUID

from compliance_service.points.models import Point


def known_points(point_ids: Iterable[UUID]) -> dict[UUID, Point]:
    """Points that exist and are not deleted, by id."""
    return {point.id: point for point in Point.objects.filter(id__in=list(point_ids), deleted=False)}
