"""What changes points and their owners. Each change takes its place in the feed and tells the others to look."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Max

from core_service.catchment.feed import next_change
from core_service.catchment.models import CatchmentPoint, CatchmentPointOwner
from core_service.catchment.schemas.publish import Plan, plan, write
from core_service.catchment.schemas.timeline import THE_BEGINNING, Said
from core_service.catchment.versions import version_at
from core_service.clients.hints import hint_after_commit
from core_service.users.queries import user_exists
from core_service.web.conflicts import one_write
from shared.errors import FieldError, InvalidInput, NotFound, invalid
from shared.point_config.whole import problems_of_part

logger = logging.getLogger(__name__)
HINT = "send_change_hints"
TAKEN = {
    "point_code_once": ("code", "otro punto ya usa este código", "un código que nadie use"),
    "point_device_once": ("device_id", "otro punto ya usa este dispositivo", "un dispositivo libre, o vacío"),
    "owner_once": ("user", "este usuario ya figura en este punto", "otro usuario"),
    "owner_one_primary": ("ownership_type", "este punto ya tiene un titular", "SECONDARY o ADMINISTRATOR"),
}


@dataclass(frozen=True, slots=True)
class NewConfig:
    """What a point (or a template) says of its own, and since when it holds; None: always."""

    config: dict[str, Any]
    valid_from: datetime | None


def create_point(
    *, fields: Mapping[str, Any], config: NewConfig, who: str, now: datetime, point_id: UUID | None = None
) -> CatchmentPoint:
    """Raises Conflict when the code or the device is taken, InvalidInput for a configuration that cannot be."""
    check_part(config)
    _check_owner(fields.get("owner_id"))
    with one_write(TAKEN, fields):
        point = CatchmentPoint(id=point_id or uuid4(), **fields, created_at=now)
        _put_in_feed(point, next_change(), who, now)
        point.save(force_insert=True)
        _add_config(point, config, who, now)
        hint_after_commit(HINT)
    return point


def update_point(
    *, point_id: UUID, fields: Mapping[str, Any], config: NewConfig | None, who: str, now: datetime
) -> CatchmentPoint:
    """Changes the fields given; a configuration becomes a new version. Raises as `create_point`, and NotFound."""
    if config is not None:
        check_part(config)
    _check_owner(fields.get("owner_id"))
    with one_write(TAKEN, fields):
        point = _take(point_id, who, now)
        for name, value in fields.items():
            setattr(point, name, value)
        point.save()
        if config is not None and not _says_the_same(point, config):
            _add_config(point, config, who, now)
        hint_after_commit(HINT)
    return point


def delete_point(*, point_id: UUID, who: str, now: datetime) -> None:
    """Marks a point as deleted; its history stays. Raises NotFound when it is not there or was deleted before."""
    with one_write(TAKEN, {}):
        point = _take(point_id, who, now)
        point.deleted = True
        point.save()
        hint_after_commit(HINT)
    logger.info("point deleted", extra={"point": str(point_id), "who": who})


def add_owner(
    *, user: UUID, point: UUID, ownership_type: str, permissions: dict[str, Any], who: str, now: datetime
) -> CatchmentPointOwner:
    """Raises InvalidInput for a user or a point that is not there, Conflict when the point has such an owner."""
    if not user_exists(user):
        raise invalid("user", "no existe ese usuario", received=user, expected="el id de un usuario")
    if not CatchmentPoint.objects.filter(id=point, deleted=False).exists():
        raise invalid("point", "no existe ese punto", received=point, expected="el id de un punto")
    with one_write(TAKEN, {"user": user, "point": point, "ownership_type": ownership_type}):
        owner = CatchmentPointOwner.objects.create(
            user_id=user, point_id=point, ownership_type=ownership_type, permissions=permissions, created_at=now
        )
    logger.info("owner added", extra={"point": str(point), "user": str(user), "who": who})
    return owner


def _take(point_id: UUID, who: str, now: datetime) -> CatchmentPoint:
    """The point's row, locked, with its next place in the feed. The feed's lock comes first: see feed.next_change."""
    seq = next_change()
    point = CatchmentPoint.objects.select_for_update().filter(id=point_id, deleted=False).first()
    if point is None:
        raise NotFound(f"No hay un punto {point_id}.")
    _put_in_feed(point, seq, who, now)
    return point


def _put_in_feed(point: CatchmentPoint, seq: int, who: str, now: datetime) -> None:
    point.change_seq, point.updated_at, point.updated_by = seq, now, who


def check_config(*, point: CatchmentPoint, config: NewConfig) -> None:
    """Raises InvalidInput where the point, with the templates that it uses, cannot have this configuration."""
    check_part(config)
    _plan(point, config)


def _plan(point: CatchmentPoint, new: NewConfig) -> list[Plan]:
    last = point.configs.aggregate(last=Max("version"))["last"] or 0
    return plan([point], entered={point.id: Said(last + 1, new.valid_from, new.config)})


def _add_config(point: CatchmentPoint, new: NewConfig, who: str, now: datetime) -> None:
    write(_plan(point, new), who=who, now=now)


def _says_the_same(point: CatchmentPoint, new: NewConfig) -> bool:
    """Sending once more what already holds from then on makes no version."""
    own = [one for one in point.configs.all() if one.custom_config is not None]
    holding = version_at(own, new.valid_from or THE_BEGINNING)
    return holding is not None and holding.custom_config == new.config


def _check_owner(user_id: UUID | None) -> None:
    if user_id is not None and not user_exists(user_id):
        raise invalid("owner", "no existe ese usuario", received=user_id, expected="el id de un usuario, o null")


def check_part(new: NewConfig) -> None:
    found = problems_of_part(new.config)
    if found:
        errors = [
            FieldError(".".join(("config", *item.path)), item.problem, item.received, item.expected) for item in found
        ]
        raise InvalidInput("La configuración no se puede aceptar.", errors=errors)
