"""From what a broker sent to an arrival, by the account's row: live, and again from a dead letter."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple
from uuid import UUID

from shared.errors import InvalidInput
from telemetry_service.listen.models import Reason
from telemetry_service.listen.store.arrivals import Arrival, Rejected
from telemetry_service.providers.decoders import DECODERS
from telemetry_service.providers.decoders.message import Decoded, Message, Undecodable
from telemetry_service.providers.models import Provider, ProviderType
from telemetry_service.providers.mqtt.parse import parse_mqtt
from telemetry_service.providers.mqtt.row import MASK, MqttRow

ZONED = "novus-logbox"


class Sent(NamedTuple):
    """What the broker sent, and how: kept for whoever comes, sent before, sent without waiting for a word from us."""

    topic: str
    payload: bytes
    is_retained: bool = False
    is_repeated: bool = False
    may_be_lost: bool = False


def arrival(
    *, provider_id: UUID, row: MqttRow, sent: Sent, received_at: datetime, settle: Callable[[], None] = lambda: None
) -> Arrival:
    subscription = row.hearing(sent.topic)
    decoder = subscription.decoder if subscription else ""

    def decode(zones: Mapping[str, tzinfo], memory: Mapping[str, Any]) -> Decoded:
        if subscription is None:
            raise Undecodable("ninguna suscripción de la cuenta oye este tópico")
        if len(sent.payload) > row.most_bytes:
            raise Rejected(Reason.TOO_BIG, f"{len(sent.payload)} bytes; la cuenta admite {row.most_bytes}")
        return subscription.decode(Message(sent.topic, sent.payload, zones, memory))

    return Arrival(
        provider_id=provider_id,
        topic=sent.topic,
        shown_topic=_shown(row, sent.topic),
        payload=sent.payload,
        received_at=received_at,
        decode=decode,
        is_retained=sent.is_retained,
        is_repeated=sent.is_repeated,
        may_be_lost=sent.may_be_lost,
        has_zones=decoder == ZONED,
        has_memory=bool(decoder) and DECODERS[decoder].has_memory,
        settle=settle,
    )


def rows_of(provider_ids: Collection[UUID]) -> dict[UUID, MqttRow]:
    """Of those that are MQTT accounts with a row that can be read."""
    found = {}
    for provider in Provider.objects.filter(id__in=provider_ids, type=ProviderType.MQTT):
        try:
            found[provider.id] = parse_mqtt(provider.config)
        except InvalidInput:
            continue
    return found


def _shown(row: MqttRow, topic: str) -> str:
    subscription = row.hearing(topic)
    if subscription is not None:
        return subscription.shown(topic)
    return MASK if any(one.is_secret for one in row.subscriptions) else topic
