"""The accounts that are listened to, as a listener needs them."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.errors import InvalidInput
from telemetry_service.listen.connections.shards import Shard
from telemetry_service.providers.adapters import Device, Streams, adapter_for
from telemetry_service.providers.engine.templates import BadTemplate
from telemetry_service.providers.models import Provider, ProviderType
from telemetry_service.providers.mqtt.parse import parse_mqtt
from telemetry_service.providers.mqtt.row import MqttRow
from telemetry_service.raw.queries import variables_of
from telemetry_service.sources.models import Source, State

logger = logging.getLogger(__name__)
NOT_STREAMED = (ProviderType.HTTP_API, ProviderType.MQTT, ProviderType.PUSH)


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


@dataclass(frozen=True, slots=True)
class StreamAccount:
    """An account whose adapter streams. `has_history`: what was missed can be had. No `adapter`: see `problem`."""

    id: UUID
    name: str
    version: int
    adapter: Streams | None
    parsed: Any = None
    problem: str = ""
    has_history: bool = False
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    devices: tuple[Device, ...] = field(default=(), repr=False)


def broker_accounts(shard: Shard) -> list[BrokerAccount]:
    """The MQTT accounts that are active and that this shard hears."""
    found = []
    for provider in Provider.objects.filter(type=ProviderType.MQTT, is_active=True).order_by("id"):
        is_shared = bool(provider.config.get("shared"))
        if is_shared or shard.has(provider.id):
            found.append(_account(provider, shard))
    return found


def stream_accounts(shard: Shard) -> list[StreamAccount]:
    """The active accounts with an adapter that streams, and something to hear, of this shard."""
    others = Provider.objects.filter(is_active=True).exclude(type__in=NOT_STREAMED).order_by("id")
    mine = [provider for provider in others if shard.has(provider.id)]
    devices = _devices([provider.id for provider in mine])
    found = (_stream(provider, devices.get(provider.id, ())) for provider in mine)
    return [account for account in found if account is not None and (account.devices or account.problem)]


def _stream(provider: Provider, devices: Sequence[Device]) -> StreamAccount | None:
    """None where its adapter does not stream."""
    said: dict[str, Any] = {"id": provider.id, "name": provider.name, "version": provider.version}
    try:
        adapter = adapter_for(provider.type, provider.adapter)
        if not isinstance(adapter, Streams):
            return None
        parsed = adapter.parse(provider.config)
    except InvalidInput as error:
        is_ours = provider.type == ProviderType.WEBSOCKET
        return StreamAccount(**said, adapter=None, problem=str(error)) if is_ours else None
    except Exception as error:
        # A stranger's adapter may raise anything; the other accounts go on.
        logger.exception("account not read", extra={"account": provider.name})
        return StreamAccount(**said, adapter=None, problem=f"error interno al leerla ({type(error).__name__})")
    has_history = getattr(adapter, "has_history", None)
    return StreamAccount(
        **said,
        adapter=adapter,
        parsed=parsed,
        has_history=bool(has_history and has_history(parsed)),
        credentials=provider.credentials,
        devices=tuple(devices),
    )


def _devices(provider_ids: Collection[UUID]) -> dict[UUID, list[Device]]:
    """What is heard for each account: its sources that are in use, with the keys that they know."""
    sources = Source.objects.filter(provider_id__in=provider_ids, state=State.ACTIVE, point__deleted=False)
    found: dict[UUID, list[Device]] = {}
    rows = list(sources.order_by("created_at", "id"))
    keys = variables_of(source.id for source in rows)
    for source in rows:
        mine = frozenset(keys.get(source.id, {}))
        if mine:
            params = {**source.params, **source.secret_params}
            device = Device(source.id, mine, params, dict(source.variable_params))
            found.setdefault(source.provider_id, []).append(device)
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
