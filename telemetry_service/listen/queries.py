"""Reads of devices, connections and dead letters."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from shared.errors import NotFound
from telemetry_service.listen.models import Connection, DeadLetter, Device, LetterState, NodeMemory, Route, Undated
from telemetry_service.listen.store.routes import Known, Leads, Target
from telemetry_service.providers.decoders.values import known_zone
from telemetry_service.raw.queries import variables_of
from telemetry_service.sources.models import Source, State

Names = Collection[tuple[UUID, str]]  # account and identity


@dataclass(frozen=True, slots=True)
class Speaker:
    """A device that speaks and whose messages nobody could store."""

    provider_id: UUID
    device: str
    reason: str
    letters: int
    messages: int
    first_at: datetime
    last_at: datetime


# --- what the listener asks


def find_devices(names: Names) -> dict[tuple[UUID, str], Known]:
    """The devices of these names that are known, with where each of their keys leads."""
    mine = Q(provider_id__in={provider for provider, _ in names}, identity__in={identity for _, identity in names})
    devices = {
        (provider, identity): device_id
        for device_id, provider, identity in Device.objects.filter(mine).values_list("id", "provider_id", "identity")
        if (provider, identity) in names
    }
    routes = _routes(devices.values())
    return {name: Known(device_id, routes.get(device_id, {})) for name, device_id in devices.items()}


def find_targets(source_ids: Iterable[UUID]) -> dict[UUID, Target]:
    keys = variables_of(found := list(source_ids))
    rows = Source.objects.filter(id__in=found).values_list(
        "id", "point_id", "state", "point__deleted", "next_poll_at", "provider__config__history"
    )
    return {
        source_id: Target(
            source_id=source_id,
            point_id=point_id,
            is_live=state != State.DRAFT and not deleted,
            is_asked=state == State.ACTIVE and next_poll_at is not None and history is not None,
            keys=frozenset(keys.get(source_id, {})),
        )
        for source_id, point_id, state, deleted, next_poll_at, history in rows
    }


def _routes(device_ids: Iterable[UUID]) -> dict[UUID, dict[str, Leads]]:
    rows = list(
        Route.objects.filter(device_id__in=list(device_ids)).values_list("device_id", "key", "source_id", "source_key")
    )
    targets = find_targets({source_id for _, _, source_id, _ in rows if source_id})
    found: dict[UUID, dict[str, Leads]] = {}
    for device_id, key, source_id, source_key in rows:
        found.setdefault(device_id, {})[key] = Leads(targets.get(source_id) if source_id else None, source_key)
    return found


def zones_of(provider_ids: Collection[UUID]) -> dict[UUID, dict[str, tzinfo]]:
    """The devices of each account whose clock has a zone of its own."""
    found: dict[UUID, dict[str, tzinfo]] = {}
    rows = Device.objects.filter(provider_id__in=provider_ids).exclude(zone="")
    for provider_id, identity, name in rows.values_list("provider_id", "identity", "zone"):
        zone = known_zone(name)
        if zone is not None:
            found.setdefault(provider_id, {})[identity] = zone
    return found


def memory_of(provider_id: UUID) -> dict[str, Any]:
    return dict(NodeMemory.objects.filter(provider_id=provider_id).values_list("node", "memory"))


def first_received(digests: Collection[tuple[UUID, bytes]]) -> dict[tuple[UUID, bytes], datetime]:
    """When messages without a time of their own were first received, of those that we know."""
    rows = Undated.objects.filter(
        provider_id__in={provider for provider, _ in digests}, digest__in={digest for _, digest in digests}
    )
    return {
        (provider, bytes(digest)): at
        for provider, digest, at in rows.values_list("provider_id", "digest", "received_at")
    }


# --- what people ask


def get_device(device_id: UUID) -> Device:
    device = Device.objects.filter(id=device_id).prefetch_related("routes").first()
    if device is None:
        raise NotFound("No existe ese dispositivo.")
    return device


def devices_page(
    *, points: Collection[UUID] | None, provider_id: UUID | None, after: tuple[str, UUID] | None, limit: int
) -> list[Device]:
    """Devices by name, of one account or of all; with `points`, those that reach one of these points."""
    devices = Device.objects.prefetch_related("routes").order_by("identity", "id")
    if provider_id is not None:
        devices = devices.filter(provider_id=provider_id)
    if points is not None:
        devices = devices.filter(id__in=Route.objects.filter(source__point_id__in=points).values("device_id"))
    if after is not None:
        devices = devices.filter(Q(identity__gt=after[0]) | Q(identity=after[0], id__gt=after[1]))
    return list(devices[:limit])


def letters_of(*, said: Mapping[str, Any], after: tuple[datetime, UUID] | None, limit: int) -> list[DeadLetter]:
    """Letters by time, the oldest first. `said`: provider, device, reason, state."""
    letters = _filtered(said).defer("payload", "topic").order_by("received_at", "id")
    if after is not None:
        letters = letters.filter(Q(received_at__gt=after[0]) | Q(received_at=after[0], id__gt=after[1]))
    return list(letters[:limit])


def get_letter(letter_id: UUID) -> DeadLetter:
    letter = DeadLetter.objects.filter(id=letter_id).first()
    if letter is None:
        raise NotFound("No existe ese mensaje sin destino.")
    return letter


def speakers(*, provider_id: UUID | None, limit: int) -> list[Speaker]:
    """What waits, by device and reason, the most recent first."""
    letters = DeadLetter.objects.filter(state=LetterState.WAITING)
    if provider_id is not None:
        letters = letters.filter(provider_id=provider_id)
    rows = (
        letters.values_list("provider_id", "device", "reason")
        .annotate(letters=Count("id"), messages=Sum("count"), first=Min("received_at"), last=Max("last_at"))
        .order_by("-last", "device")
    )
    return [Speaker(*row) for row in rows[:limit]]


def connections(provider_ids: Collection[UUID] | None = None) -> list[Connection]:
    rows = Connection.objects.select_related("provider").order_by("provider__name", "shard")
    return list(rows if provider_ids is None else rows.filter(provider_id__in=provider_ids))


def _filtered(said: Mapping[str, Any]) -> QuerySet[DeadLetter]:
    letters = DeadLetter.objects.all()
    for name, column in FILTERS.items():
        if name in said:
            letters = letters.filter(**{column: said[name]})
    return letters


FILTERS = {"provider": "provider_id", "device": "device", "reason": "reason", "state": "state"}
