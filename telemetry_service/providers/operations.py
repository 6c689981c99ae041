"""Writes of provider accounts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from shared.errors import Conflict, FieldError, InvalidInput, NotFound
from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.engine.row import Row
from telemetry_service.providers.models import Provider
from telemetry_service.providers.presets import override, preset


def create_provider(
    *,
    name: str,
    preset_name: str,
    changes: Mapping[str, Any],
    credentials: Mapping[str, str],
    actor: str,
    now: datetime,
) -> Provider:
    """An account whose row is the preset with `changes` laid over it. Refused unless the whole row makes sense."""
    config = override(preset(preset_name), changes)
    _check_credentials(parse_row(config), credentials)
    secret: Any = dict(credentials)
    try:
        with transaction.atomic():
            return Provider.objects.create(
                name=name,
                preset=preset_name,
                config=config,
                credentials=secret,
                created_at=now,
                created_by=actor,
            )
    except IntegrityError as error:
        taken = FieldError("name", "ya existe", name, "un nombre que no tenga otra cuenta")
        raise Conflict("Ya hay una cuenta de proveedor con ese nombre.", errors=[taken]) from error


def change_provider(
    *, provider_id: UUID, credentials: Mapping[str, str] | None = None, is_active: bool | None = None
) -> Provider:
    """New credentials, whole, or the account switched on or off. Open sessions are renewed by the version."""
    with transaction.atomic():
        provider = Provider.objects.select_for_update().filter(id=provider_id).first()
        if provider is None:
            raise NotFound("No existe esa cuenta de proveedor.")
        if credentials is not None:
            _check_credentials(parse_row(provider.config), credentials)
            provider.credentials = dict(credentials)
        if is_active is not None:
            provider.is_active = is_active
        provider.version += 1
        provider.save(update_fields=["credentials", "is_active", "version"])
    return provider


def renew_sessions(*, provider_id: UUID) -> None:
    """Whoever has the account open opens it anew before the next read."""
    Provider.objects.filter(id=provider_id).update(version=F("version") + 1)


def move_circuit(
    *,
    provider_id: UUID,
    before: tuple[int, datetime | None],
    after: tuple[int, datetime | None],
    ok_at: datetime | None,
) -> bool:
    """Failures in a row and how long the account waits. False if they are not `before` any more, and nothing was done.

    `ok_at`: when the account last gave a usable answer, where that is to be noted.
    """
    changes: dict[str, object] = {"failures": after[0], "postponed_until": after[1]}
    if ok_at is not None:
        changes["last_ok_at"] = ok_at
    unchanged = Provider.objects.filter(id=provider_id, failures=before[0], postponed_until=before[1])
    return unchanged.update(**changes) == 1


def _check_credentials(row: Row, credentials: Mapping[str, str]) -> None:
    needed = ", ".join(sorted(row.credentials)) or "ninguna"
    missing = [
        FieldError(f"credentials.{one}", "falta", None, needed) for one in sorted(row.credentials - set(credentials))
    ]
    unknown = [
        FieldError(f"credentials.{one}", "esta cuenta no la usa", "***", needed)
        for one in sorted(set(credentials) - row.credentials)
    ]
    if missing or unknown:
        raise InvalidInput("Las credenciales no son las que la cuenta usa.", errors=[*missing, *unknown])
