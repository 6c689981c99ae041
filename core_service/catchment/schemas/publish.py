"""Makes the versions of points that follow from what changed: of their own, or in the templates that they use.

To be called under the feed's lock, so that nobody else changes what it reads.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from core_service.catchment.feed import next_change
from core_service.catchment.models import CatchmentPoint, CatchmentPointConfig
from core_service.catchment.schemas.models import DynamicSchema, SchemaTemplateVersion
from core_service.catchment.schemas.timeline import Addition, History, Said, Use, additions
from core_service.catchment.schemas.works import problems_between_points
from shared.checks import Problem
from shared.errors import FieldError, InvalidInput
from shared.point_config.whole import problems_of


@dataclass(frozen=True, slots=True)
class Plan:
    """The versions that a point gets."""

    point: CatchmentPoint
    last_version: int
    additions: list[Addition]


def plan(points: Iterable[CatchmentPoint], *, entered: Mapping[UUID, Said] | None = None) -> list[Plan]:
    """What is to be made for each point. Raises InvalidInput where its whole configuration could not be."""
    chosen = {point.id: point for point in points}
    plans = []
    for point_id, history in histories(chosen).items():
        new = additions(history, entered=(entered or {}).get(point_id))
        if new:
            last = max((one.version for one in history.published), default=0)
            plans.append(Plan(chosen[point_id], last, new))
    _check(plans)
    return plans


def write(plans: Iterable[Plan], *, who: str, now: datetime) -> None:
    """Every point takes its next place in the feed."""
    versions, points = [], []
    for one in plans:
        for version, (valid_from, config, custom) in enumerate(one.additions, one.last_version + 1):
            versions.append(
                CatchmentPointConfig(
                    point=one.point,
                    version=version,
                    valid_from=valid_from,
                    config=config,
                    custom_config=custom,
                    author=who,
                    created_at=now,
                )
            )
        one.point.change_seq, one.point.updated_at, one.point.updated_by = next_change(), now, who
        points.append(one.point)
    CatchmentPointConfig.objects.bulk_create(versions)
    CatchmentPoint.objects.bulk_update(points, ["change_seq", "updated_at", "updated_by"])


def histories(point_ids: Collection[UUID]) -> dict[UUID, History]:
    published: dict[UUID, list[Said]] = {one: [] for one in point_ids}
    own: dict[UUID, list[Said]] = {one: [] for one in point_ids}
    uses: dict[UUID, list[Use]] = {one: [] for one in point_ids}
    for row in CatchmentPointConfig.objects.filter(point_id__in=point_ids).order_by("version"):
        published[row.point_id].append(Said(row.version, row.valid_from, row.config))
        if row.custom_config is not None:
            own[row.point_id].append(Said(row.version, row.valid_from, row.custom_config))
    for use in DynamicSchema.objects.filter(point_id__in=point_ids):
        uses[use.point_id].append(Use(use.template_id, use.valid_from, use.valid_to))
    templates = _templates({use.template for some in uses.values() for use in some})
    return {one: History(published[one], own[one], uses[one], templates) for one in point_ids}


def _templates(ids: Collection[UUID]) -> dict[UUID, list[Said]]:
    found: dict[UUID, list[Said]] = {one: [] for one in ids}
    for row in SchemaTemplateVersion.objects.filter(template_id__in=ids).order_by("version"):
        found[row.template_id].append(Said(row.version, row.valid_from, row.config))
    return found


def _check(plans: Collection[Plan]) -> None:
    for one in plans:
        for addition in one.additions:
            found = problems_of(addition.config)
            if found:
                _refuse(one.point, addition, found)
    _refuse_between(plans)


def _refuse_between(plans: Collection[Plan]) -> None:
    said = [(one.point, addition) for one in plans for addition in one.additions]
    found = problems_between_points([(point.id, addition.config) for point, addition in said])
    for (point, addition), problems in zip(said, found, strict=True):
        if problems:
            _refuse(point, addition, problems)


def _refuse(point: CatchmentPoint, addition: Addition, problems: Iterable[Problem]) -> NoReturn:
    since = "desde siempre" if addition.valid_from is None else f"desde {addition.valid_from.isoformat()}"
    errors = [
        FieldError(".".join(("config", *item.path)), item.problem, item.received, item.expected) for item in problems
    ]
    raise InvalidInput(f"La configuración de {point.code} {since} no se puede aceptar.", errors=errors)
