"""An MQTT account, a source of it, and what its broker sends."""

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from telemetry_service.listen.store.arrivals import Arrival, Fate
from telemetry_service.listen.store.heard import Sent, arrival
from telemetry_service.listen.store.keep import Keeper
from telemetry_service.providers.mqtt.parse import parse_mqtt

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
TS = int(NOW.timestamp())
Make = Callable[..., Any]
ROW: dict[str, Any] = {
    "engine": "mqtt/1",
    "host": "127.0.0.1",
    "subscriptions": [
        {"topic": "telemetry/+/data", "decoder": "flat"},
        {"topic": "telemetry/+/status", "decoder": "status"},
    ],
}
TOPIC = "telemetry/sn-1/data"


@pytest.fixture
def make_account(db: None) -> Make:
    from telemetry_service.providers.models import Provider, ProviderType

    def make(name: str = "broker", secrets: Mapping[str, str] | None = None, **changes: Any) -> Provider:
        secret: Any = dict(secrets or {})
        return Provider.objects.create(
            name=name,
            type=ProviderType.MQTT,
            config=ROW | changes,
            credentials=secret,
            created_at=NOW,
            created_by="user:ops@example.cl",
        )

    return make


@pytest.fixture
def make_listened(make_point: Make) -> Make:
    """A source of an MQTT account: it says which device it is, and nobody asks it."""
    from telemetry_service.raw.operations import map_series
    from telemetry_service.sources.models import Source, State

    def make(provider: Any, device: str = "sn-1", variables: Any = None, **more: Any) -> Source:
        point = make_point(f"P-{uuid.uuid4().hex[:6]}")
        said = {"period_s": 300, "created_at": NOW, "created_by": "user:ops@example.cl"}
        said |= {"params": {"device": device}, "state": State.ACTIVE}
        source = Source.objects.create(provider=provider, point=point, **(said | more))
        map_series(
            source_id=source.id,
            origin=f"{provider.id}/{device}",
            point_id=point.id,
            variables=variables or {"caudal": "flow", "nivel": "level"},
        )
        return source

    return make


def sent(provider: Any, payload: Any, *, topic: str = TOPIC, at: datetime = NOW, **how: bool) -> Arrival:
    """What the account's broker sent at that time."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    row = parse_mqtt(provider.config)
    return arrival(provider_id=provider.id, row=row, sent=Sent(topic, body, **how), received_at=at)


def keep(*arrivals: Arrival, keeper: Keeper | None = None) -> list[Fate]:
    """As the listener does it: one transaction for all of them."""
    from telemetry_service.listen.store.heard import rows_of

    keeper = keeper or Keeper(lambda: rows_of({one.provider_id for one in arrivals}))
    return keeper.keep(arrivals, now=NOW).fates


def stored() -> list[tuple[str, datetime, str]]:
    from telemetry_service.raw.models import RawTelemetryData

    rows = RawTelemetryData.objects.order_by("device_time", "key")
    return list(rows.values_list("key", "device_time", "value"))


@pytest.fixture
def make_device(db: None) -> Make:
    """A device whose keys go to a source, some under another name."""
    from telemetry_service.listen.models import Device, Route

    def make(provider: Any, identity: str, source: Any, renames: Mapping[str, str] | None = None) -> Device:
        device = Device.objects.create(provider=provider, identity=identity, created_at=NOW, created_by="user:ops")
        Route.objects.create(device=device, source=source)
        for key, source_key in (renames or {}).items():
            Route.objects.create(device=device, key=key, source=source, source_key=source_key)
        return device

    return make
