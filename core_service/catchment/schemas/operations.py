"""What changes templates and their uses. Every point that gets another configuration by it goes through the feed."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, ProtectedError

from core_service.catchment.feed import next_change
from core_service.catchment.models import CatchmentPoint
from core_service.catchment.operations import HINT, NewConfig, check_part
from core_service.catchment.schemas.models import DynamicSchema, SchemaTemplate, SchemaTemplateVersion
from core_service.catchment.schemas.publish import Plan, plan, write
from core_service.catchment.schemas.queries import find_use
from core_service.catchment.schemas.timeline import Said
from core_service.clients.hints import hint_after_commit
from core_service.web.conflicts import one_write
from shared.errors import Conflict, NotFound, invalid

logger = logging.getLogger(__name__)
TAKEN = {
    "template_name_once": ("name", "otra plantilla ya se llama así", "un nombre que nadie use"),
    "dynamic_schema_no_overlap": (
        "valid_from",
        "se cruza en el tiempo con otra plantilla del mismo punto",
        "un período libre: termine antes la otra con valid_to",
    ),
    "dynamic_schema_ends_after_it_begins": ("valid_to", "no es posterior a valid_from", "un instante posterior"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a change, and when. `points` None is all; `dry_run`: only what it would do."""

    who: str
    now: datetime
    points: frozenset[UUID] | None = None
    dry_run: bool = False


@contextmanager
def _change(received: Mapping[str, object], asked: Asked) -> Iterator[None]:
    """A transaction under the feed's lock; of a dry run nothing stays."""
    with one_write(TAKEN, received):
        next_change()
        yield
        if asked.dry_run:
            transaction.set_rollback(True)
        else:
            hint_after_commit(HINT)


def create_template(*, fields: Mapping[str, Any], config: NewConfig, asked: Asked) -> SchemaTemplate:
    """Raises Conflict for a name that is taken, InvalidInput for a configuration that no point could complete."""
    check_part(config)
    with _change(fields, asked):
        template = SchemaTemplate.objects.create(
            **fields, created_at=asked.now, updated_at=asked.now, updated_by=asked.who
        )
        _add_version(template, config, asked)
    return template


def update_template(
    *, template_id: UUID, fields: Mapping[str, Any], config: NewConfig | None, asked: Asked
) -> list[Plan]:
    """The versions that points get by it. Raises as `create_template`, InvalidInput naming a point that cannot, and

    NotFound.
    """
    if config is not None:
        check_part(config)
    with _change(fields, asked):
        template = SchemaTemplate.objects.select_for_update().filter(id=template_id).first()
        if template is None:
            raise NotFound(f"No hay una plantilla {template_id}.")
        for name, value in fields.items():
            setattr(template, name, value)
        template.updated_at, template.updated_by = asked.now, asked.who
        template.save()
        if config is None:
            return []
        _add_version(template, config, asked)
        using = CatchmentPoint.objects.filter(schemas__template=template, deleted=False).distinct()
        return _publish(using, asked)


def delete_template(*, template_id: UUID, who: str) -> None:
    """Raises Conflict where a point uses or used it: what was configured goes on naming it."""
    try:
        deleted, _ = SchemaTemplate.objects.filter(id=template_id).delete()
    except ProtectedError as error:
        raise Conflict("La plantilla está o estuvo en uso: lo que se configuró con ella la sigue nombrando.") from error
    if not deleted:
        raise NotFound(f"No hay una plantilla {template_id}.")
    logger.info("template deleted", extra={"template": str(template_id), "who": who})


def use_template(
    *, point_id: UUID, template_id: UUID, period: tuple[datetime | None, datetime | None], custom: NewConfig | None,
    asked: Asked,
) -> tuple[DynamicSchema, list[Plan]]:  # fmt: skip
    """Raises Conflict for a time in which the point uses another, InvalidInput for what cannot be."""
    valid_from, valid_to = period
    if custom is not None:
        check_part(custom)
    received = {"valid_from": valid_from, "valid_to": valid_to}
    with _change(received, asked):
        point = _point(point_id, asked)
        if not SchemaTemplate.objects.filter(id=template_id).exists():
            raise invalid(
                "template", "no existe esa plantilla", received=template_id, expected="el id de una plantilla"
            )
        use = DynamicSchema.objects.create(
            point=point, template_id=template_id, valid_from=valid_from, valid_to=valid_to,
            created_at=asked.now, updated_at=asked.now, updated_by=asked.who,
        )  # fmt: skip
        plans = _publish([point], asked, custom)
    return use, plans


def end_use(*, schema_id: UUID, valid_to: datetime | None, asked: Asked) -> tuple[DynamicSchema, list[Plan]]:
    """Raises as `use_template`, and NotFound. None: it goes on and on."""
    with _change({"valid_to": valid_to}, asked):
        use = find_use(schema_id=schema_id, points=asked.points)
        use.valid_to, use.updated_at, use.updated_by = valid_to, asked.now, asked.who
        use.save()
        plans = _publish([use.point], asked)
    return use, plans


def _publish(points: Iterable[CatchmentPoint], asked: Asked, custom: NewConfig | None = None) -> list[Plan]:
    chosen: Sequence[CatchmentPoint] = list(points)
    entered = {one.id: _said(one, custom) for one in chosen} if custom else {}
    plans = plan(chosen, entered=entered)
    write(plans, who=asked.who, now=asked.now)
    return plans


def _said(point: CatchmentPoint, custom: NewConfig) -> Said:
    last = point.configs.aggregate(last=Max("version"))["last"] or 0
    return Said(last + 1, custom.valid_from, custom.config)


def _point(point_id: UUID, asked: Asked) -> CatchmentPoint:
    visible = asked.points is None or point_id in asked.points
    point = CatchmentPoint.objects.filter(id=point_id, deleted=False).first() if visible else None
    if point is None:
        raise invalid("point", "no existe ese punto", received=point_id, expected="el id de un punto")
    return point


def _add_version(template: SchemaTemplate, config: NewConfig, asked: Asked) -> None:
    last = template.versions.aggregate(last=Max("version"))["last"] or 0
    SchemaTemplateVersion.objects.create(
        template=template, version=last + 1, valid_from=config.valid_from, config=config.config, author=asked.who,
        created_at=asked.now,
    )  # fmt: skip
