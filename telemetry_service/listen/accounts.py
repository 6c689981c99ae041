"""The accounts that are listened to, as a listener needs them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.errors import InvalidInput
from telemetry_service.listen.shards import Shard
from telemetry_service.providers.engine.templates import BadTemplate
from telemetry_service.providers.models import Provider, ProviderType
from telemetry_service.providers.mqtt.parse import parse_mqtt
from telemetry_service.providers.mqtt.row import MqttRow
from telemetry_service.sources.models import Source


@dataclass(frozen=True, slots=True)
class BrokerAccount:
    """`row` None: `problem` says what is wrong with it."""

    id: UUID
    name: str
    version: int
    client_id: str
    row: MqttRow | None
    problem: str = ""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    filters: tuple[tuple[str, int], ...] = field(default=(), repr=False)  # and the quality asked for


def rows_of(provider_ids: Collection[UUID]) -> dict[UUID, MqttRow]:
    """Of those that are MQTT accounts with a row that can be read."""
    found = {}
    for provider in Provider.objects.filter(id__in=provider_ids, type=ProviderType.MQTT):
        try:
            found[provider.id] = parse_mqtt(provider.config)
        except InvalidInput:
            continue
    return found


def broker_accounts(shard: Shard) -> list[BrokerAccount]:
    """The MQTT accounts that are active and that this shard hears."""
    found = []
    for provider in Provider.objects.filter(type=ProviderType.MQTT, is_active=True).order_by("id"):
        is_shared = bool(provider.config.get("shared"))
        if is_shared or shard.has(provider.id):
            found.append(_account(provider, shard))
    return found


def _account(provider: Provider, shard: Shard) -> BrokerAccount:
    said: dict[str, Any] = {"id": provider.id, "name": provider.name, "version": provider.version}
    try:
        row = parse_mqtt(provider.config)
        scope = {"cred": provider.credentials}
        return BrokerAccount(
            **said,
            client_id=client_id(row, provider.id, shard),
            row=row,
            username=row.username.render(scope) if row.username else None,
            password=row.password.render(scope) if row.password else None,
            filters=_filters(row, provider.id),
        )
    except (InvalidInput, BadTemplate) as error:
        return BrokerAccount(**said, client_id="", row=None, problem=str(error))


def client_id(row: MqttRow, provider_id: UUID, shard: Shard) -> str:
    """The same for ever: the broker keeps the session under it. Shards that share an account have one each."""
    name = row.client_id or f"stack-vps-{provider_id.hex[:10]}"
    return f"{name}-{shard.number}" if row.shared else name


def _filters(row: MqttRow, provider_id: UUID) -> tuple[tuple[str, int], ...]:
    """What to subscribe to, each with its quality; by source where the topic is made of what one says."""
    by_source = any(one.topic.places for one in row.subscriptions)
    sources = Source.objects.filter(provider_id=provider_id) if by_source else Source.objects.none()
    params = [{**one.params, **one.secret_params} for one in sources.order_by("created_at", "id")]
    group = f"$share/{row.shared}/" if row.shared else ""
    found = {f"{group}{text}": one.qos for one in row.subscriptions for text in one.filters(params)}
    return tuple(found.items())
