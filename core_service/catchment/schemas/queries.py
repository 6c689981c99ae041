"""Templates and their uses, as somebody may see them."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from core_service.catchment.schemas.models import DynamicSchema, SchemaTemplate
from shared.errors import NotFound


def find_template(template_id: UUID) -> SchemaTemplate:
    template = SchemaTemplate.objects.prefetch_related("versions").filter(id=template_id).first()
    if template is None:
        raise NotFound(f"No hay una plantilla {template_id}.")
    return template


def page_of_templates(*, filters: Mapping[str, Any], after: str | None, limit: int) -> list[SchemaTemplate]:
    """`limit + 1` templates by name."""
    templates = SchemaTemplate.objects.filter(**filters).order_by("name")
    if after:
        templates = templates.filter(name__gt=after)
    return list(templates.prefetch_related("versions")[: limit + 1])


def find_use(*, schema_id: UUID, points: Collection[UUID] | None) -> DynamicSchema:
    """Raises NotFound alike for one that is not there and for one of another's point."""
    uses = DynamicSchema.objects.select_related("point", "template").filter(id=schema_id, point__deleted=False)
    use = (uses if points is None else uses.filter(point_id__in=list(points))).first()
    if use is None:
        raise NotFound(f"No hay un esquema {schema_id} entre los suyos.")
    return use


def page_of_uses(
    *, points: Collection[UUID] | None, filters: Mapping[str, Any], after: str | None, limit: int
) -> list[DynamicSchema]:
    """`limit + 1` uses by id."""
    uses = DynamicSchema.objects.select_related("point", "template").filter(point__deleted=False, **filters)
    if points is not None:
        uses = uses.filter(point_id__in=list(points))
    if after:
        uses = uses.filter(id__gt=after)
    return list(uses.order_by("id")[: limit + 1])
