"""A source of the account itself says which device it is: it needs no route that a person makes."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from telemetry_service.listen.models import Device, Route
from telemetry_service.raw.queries import variables_of
from telemetry_service.sources.models import Source

BY = "listen"


class Namer(Protocol):
    """An account's row, as far as it says which device a source is."""

    def device_of(self, params: Mapping[str, str]) -> str: ...


def adopt(rows: Mapping[UUID, Namer], names: Collection[tuple[UUID, str]], *, now: datetime) -> None:
    """Routes for sources of these accounts that have none and are one of these devices.

    The first source of a device gets all that it knows; one that shares the device gets its own keys, one by one.
    """
    found = [
        (source, name)
        for source in Source.objects.filter(provider_id__in=rows, routes=None).order_by("created_at", "id")
        if (name := (source.provider_id, _device_of(rows, source))) in names
    ]
    if not found:
        return
    devices = _devices({name for _, name in found}, now)
    keys = variables_of(source.id for source, _ in found)
    taken = set(Route.objects.filter(device__in=devices.values(), key="").values_list("device_id", flat=True))
    for source, name in found:
        device_id = devices[name]
        _lead(device_id, source, keys.get(source.id, {}) if device_id in taken else [""])
        taken.add(device_id)


def _device_of(rows: Mapping[UUID, Namer], source: Source) -> str:
    return rows[source.provider_id].device_of({**source.params, **source.secret_params})


def _devices(names: Collection[tuple[UUID, str]], now: datetime) -> dict[tuple[UUID, str], UUID]:
    # Another listener may be at the very same: whoever is first makes them.
    Device.objects.bulk_create(
        [Device(provider_id=one, identity=name, created_at=now, created_by=BY) for one, name in sorted(names)],
        ignore_conflicts=True,
    )
    rows = Device.objects.filter(provider_id__in={one for one, _ in names}, identity__in={name for _, name in names})
    return {(one, name): device_id for device_id, one, name in rows.values_list("id", "provider_id", "identity")}


def _lead(device_id: UUID, source: Source, keys: Iterable[str]) -> None:
    Route.objects.bulk_create(
        [Route(device_id=device_id, key=key, source=source) for key in sorted(keys)], ignore_conflicts=True
    )
