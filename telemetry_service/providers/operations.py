"""Writes of provider accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from shared.errors import Conflict, FieldError, InvalidInput, NotFound
from telemetry_service.providers.models import Provider, ProviderType
from telemetry_service.providers.presets import override, preset
from telemetry_service.providers.queries import speak

# With every poll: the ORM takes longer to say it than the database to do it.
MOVE_CIRCUIT = """
UPDATE provider SET failures = %s, postponed_until = %s, last_ok_at = coalesce(%s, last_ok_at)
 WHERE id = %s AND failures = %s AND postponed_until IS NOT DISTINCT FROM %s
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """Who speaks with the provider: the type, for CUSTOM its adapter's entry point, and the preset it came from."""

    type: str = ProviderType.HTTP_API
    adapter: str = ""
    preset: str = ""


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What a person changes in an account; None leaves it. `config` is laid over what is there, null removes."""

    name: str | None = None
    config: Mapping[str, Any] | None = None
    credentials: Mapping[str, str] | None = field(default=None, repr=False)
    is_active: bool | None = None


def create_provider(
    *,
    name: str,
    changes: Mapping[str, Any],
    credentials: Mapping[str, str],
    actor: str,
    now: datetime,
    preset_name: str = "",
    type_: str = ProviderType.HTTP_API,
    adapter: str = "",
) -> Provider:
    """An account whose configuration is the preset with `changes` laid over it. Refused unless the whole makes sense.

    Without a preset, `changes` is the whole.
    """
    base = preset(preset_name) if preset_name else {}
    kind = Kind(type_, adapter, preset_name)
    return store_provider(
        name=name, kind=kind, config=override(base, changes), credentials=credentials, actor=actor, now=now
    )


def store_provider(
    *,
    name: str,
    kind: Kind,
    config: Mapping[str, Any],
    credentials: Mapping[str, str],
    actor: str,
    now: datetime,
) -> Provider:
    """An account with this very configuration, whatever became of the preset that it was made from."""
    check_account(kind.type, kind.adapter, config=config, credentials=credentials)
    secret: Any = dict(credentials)
    try:
        with transaction.atomic():
            return Provider.objects.create(
                name=name,
                type=kind.type,
                adapter=kind.adapter,
                preset=kind.preset,
                config=config,
                credentials=secret,
                created_at=now,
                created_by=actor,
            )
    except IntegrityError as error:
        raise _taken(name) from error


def change_provider(*, provider_id: UUID, change: AccountChange) -> Provider:
    """The account as `change` wants it, its row locked until the caller's transaction ends.

    The version counts what a session depends on, which a name is not: open ones are renewed by it.
    """
    provider = lock_provider(provider_id)
    if change.config is not None:
        provider.config = override(provider.config, change.config)
    if change.credentials is not None:
        provider.credentials = dict(change.credentials)
    if change.config is not None or change.credentials is not None:
        check_account(provider.type, provider.adapter, config=provider.config, credentials=provider.credentials)
    provider.name = provider.name if change.name is None else change.name
    provider.is_active = provider.is_active if change.is_active is None else change.is_active
    provider.version += replace(change, name=None) != AccountChange()
    try:
        with transaction.atomic():
            provider.save(update_fields=["name", "config", "credentials", "is_active", "version"])
    except IntegrityError as error:
        raise _taken(provider.name) from error
    return provider


def renew_sessions(*, provider_id: UUID) -> None:
    """Whoever has the account open opens it anew before the next read."""
    Provider.objects.filter(id=provider_id).update(version=F("version") + 1)


def lock_provider(provider_id: UUID) -> Provider:
    provider = Provider.objects.select_for_update().filter(id=provider_id).first()
    if provider is None:
        raise NotFound("No existe esa cuenta de proveedor.")
    return provider


def check_account(type_: str, adapter: str, *, config: Mapping[str, Any], credentials: Mapping[str, str]) -> None:
    """InvalidInput where the configuration is none of its type's, or the credentials are not those that it uses."""
    said = speak(type_, adapter, config)
    wanted = said.adapter.credentials(said.parsed)
    needed = ", ".join(sorted(wanted)) or "ninguna"
    missing = [
        FieldError(f"credentials.{one}", "falta", None, needed) for one in sorted(wanted) if not credentials.get(one)
    ]
    unknown = [
        FieldError(f"credentials.{one}", "esta cuenta no la usa", "***", needed)
        for one in sorted(set(credentials) - wanted)
    ]
    if missing or unknown:
        raise InvalidInput("Las credenciales no son las que la cuenta usa.", errors=[*missing, *unknown])


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
    with connection.cursor() as cursor:
        cursor.execute(MOVE_CIRCUIT, [*after, ok_at, provider_id, *before])
        return bool(cursor.rowcount == 1)


def _taken(name: str) -> Conflict:
    taken = FieldError("name", "ya existe", name, "un nombre que no tenga otra cuenta")
    return Conflict("Ya hay una cuenta de proveedor con ese nombre.", errors=[taken])
