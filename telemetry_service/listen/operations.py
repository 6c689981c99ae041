"""Writes that people ask for: devices and where they lead, dead letters that nobody wants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from shared.errors import Conflict, FieldError, InvalidInput, invalid
from telemetry_service.listen.models import DeadLetter, Device, LetterState, Route
from telemetry_service.listen.queries import get_device
from telemetry_service.listen.store.heard import rows_of
from telemetry_service.providers.decoders.values import known_zone
from telemetry_service.providers.mqtt.topics import digest_name
from telemetry_service.raw.queries import variables_of
from telemetry_service.sources.models import Source

ANOTHER = "uno que no lo esté, o PATCH de ese: /api/telemetry/devices/ dice su id"


@dataclass(frozen=True, slots=True)
class Way:
    """Where a key goes: no source means that nobody wants it. An empty `key` is every other key."""

    key: str
    source_id: UUID | None
    source_key: str = ""


def create_device(
    *, provider_id: UUID, identity: str, ways: Sequence[Way], zone: str, actor: str, now: datetime
) -> Device:
    called = _called(provider_id, identity)
    _check(zone, ways)
    try:
        with transaction.atomic():
            device = Device.objects.create(
                provider_id=provider_id, identity=called, zone=zone, created_at=now, created_by=actor
            )
            _lead(device, ways)
    except IntegrityError as error:
        taken = FieldError("identity", "ya está registrado en esa cuenta", called, ANOTHER)
        raise Conflict("El dispositivo ya está registrado en esa cuenta.", errors=[taken]) from error
    return get_device(device.id)


def change_device(*, device_id: UUID, ways: Sequence[Way] | None = None, zone: str | None = None) -> Device:
    """Ways are replaced whole. What was stored stays where it is."""
    with transaction.atomic():
        device = get_device(device_id)
        _check(device.zone if zone is None else zone, ways or ())
        if zone is not None:
            Device.objects.filter(id=device_id).update(zone=zone)
        if ways is not None:
            Route.objects.filter(device=device).delete()
            _lead(device, ways)
    return get_device(device_id)


def delete_device(*, device_id: UUID) -> None:
    """What it says from now on is a dead letter, unless a source of its account says that it is this device."""
    get_device(device_id).delete()


def discard(*, said: Mapping[str, Any], actor: str, now: datetime) -> int:
    """Letters that wait, by their ids or by account and device: nobody wants them. Says how many that were."""
    return waiting(said).update(state=LetterState.DISCARDED, settled_at=now, settled_by=actor)


def waiting(said: Mapping[str, Any]) -> QuerySet[DeadLetter]:
    """The waiting letters that a person means."""
    letters = DeadLetter.objects.filter(state=LetterState.WAITING)
    if "ids" in said:
        return letters.filter(id__in=said["ids"])
    return letters.filter(provider_id=said["provider"], device=said["device"])


def _called(provider_id: UUID, identity: str) -> str:
    """A device whose name is a secret is known by its digest, which is also what lists show of it."""
    row = rows_of([provider_id]).get(provider_id)
    if row is None:
        expected = "el id de una cuenta MQTT cuya configuración se puede leer"
        raise invalid("provider", "no es una cuenta que se escuche", received=str(provider_id), expected=expected)
    is_secret = any(one.is_secret for one in row.subscriptions) and not identity.startswith("#")
    return digest_name(identity) if is_secret else identity


def _check(zone: str, ways: Sequence[Way]) -> None:
    if zone and known_zone(zone) is None:
        raise invalid("zone", "zona desconocida", received=zone, expected="una zona IANA, como America/Santiago")
    ids = {way.source_id for way in ways if way.source_id is not None}
    known = set(Source.objects.filter(id__in=ids).values_list("id", flat=True))
    keys = variables_of(known)
    errors = [error for index, way in enumerate(ways) for error in _wrong(index, way, known, keys)]
    if errors:
        raise InvalidInput("Hay claves que no tienen adónde ir.", errors=errors)


def _field(index: int, way: Way, name: str) -> str:
    """As the body has it: the first way is where every other key goes."""
    return f"keys[{index - 1}].{name}" if way.key else "source"


def _wrong(index: int, way: Way, known: set[UUID], keys: Mapping[UUID, Mapping[str, str]]) -> list[FieldError]:
    if way.source_id is None:
        return []
    if way.source_id not in known:
        return [FieldError(_field(index, way, "source"), "no existe", str(way.source_id), "el id de una fuente")]
    called = way.source_key or way.key
    if called and called not in keys.get(way.source_id, {}):
        expected = ", ".join(keys.get(way.source_id, {}))
        return [FieldError(_field(index, way, "source_key"), "la fuente no tiene esa clave", called, expected)]
    return []


def _lead(device: Device, ways: Sequence[Way]) -> None:
    Route.objects.bulk_create(
        Route(device=device, key=way.key, source_id=way.source_id, source_key=way.source_key) for way in ways
    )
