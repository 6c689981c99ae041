"""What comes in and goes out about devices and dead letters."""

import base64
from typing import Any
from uuid import UUID

from rest_framework import serializers

from shared.web.serializers import StrictQuery, StrictSerializer
from telemetry_service.listen.models import LONGEST_NAME, Connection, DeadLetter, Device, LetterState, Reason
from telemetry_service.listen.operations import Way
from telemetry_service.listen.queries import Speaker
from telemetry_service.listen.store.replay import Verdict

PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
MOST_KEYS, MOST_IDS = 200, 500


class KeyWay(StrictSerializer):
    """A key that goes elsewhere, or under another name. `source` null: nobody wants it."""

    key = serializers.RegexField(PRINTABLE, max_length=LONGEST_NAME)
    source = serializers.UUIDField(required=False, allow_null=True)  # type: ignore[assignment]  # fields leave the class
    source_key = serializers.RegexField(PRINTABLE, max_length=LONGEST_NAME, required=False)


class Ways(StrictSerializer):
    source = serializers.UUIDField(required=False, allow_null=True)  # type: ignore[assignment]  # fields leave the class
    keys = KeyWay(many=True, required=False)
    zone = serializers.CharField(max_length=60, required=False, allow_blank=True)

    def validate_keys(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        names = [item["key"] for item in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or len(names) > MOST_KEYS:
            raise serializers.ValidationError(f"claves repetidas o demasiadas: {', '.join(twice)} ⇒ cada una una vez")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "keys" in attrs and "source" not in attrs:
            raise serializers.ValidationError({"source": "falta ⇒ adónde van las demás claves, o null"})
        return attrs


class NewDevice(Ways):
    provider = serializers.UUIDField()
    identity = serializers.RegexField(PRINTABLE, max_length=LONGEST_NAME)
    source = serializers.UUIDField(allow_null=True)


class DeviceQuery(StrictQuery):
    provider = serializers.UUIDField(required=False)
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)


class LetterQuery(DeviceQuery):
    device = serializers.CharField(required=False, allow_blank=True)
    reason = serializers.ChoiceField(choices=Reason.values, required=False)
    state = serializers.ChoiceField(choices=LetterState.values, default=LetterState.WAITING)


class Meant(StrictSerializer):
    """Which letters: by their ids, or all that wait of one device of an account."""

    ids = serializers.ListField(child=serializers.UUIDField(), max_length=MOST_IDS, allow_empty=False, required=False)
    provider = serializers.UUIDField(required=False)
    device = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_NAME)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        by_device = {"provider", "device"} <= set(attrs)
        if ("ids" in attrs) == by_device or ("ids" in attrs and {"provider", "device"} & set(attrs)):
            raise serializers.ValidationError({"ids": "no dice cuáles ⇒ ids, o bien provider y device"})
        return attrs


class Again(Meant):
    cursor = serializers.CharField(required=False)


def ways_of(said: dict[str, Any]) -> list[Way] | None:
    """None where nothing is said of them."""
    if "source" not in said:
        return None
    default: UUID | None = said["source"]
    ways = [Way("", default)]
    for item in said.get("keys", []):
        source: UUID | None = item.get("source", default)
        ways.append(Way(item["key"], source, item.get("source_key", "") if source else ""))
    return ways


def shown_device(device: Device) -> dict[str, Any]:
    routes = {route.key: route for route in device.routes.all()}
    default = routes.pop("", None)
    return {
        "id": str(device.id),
        "provider": str(device.provider_id),
        "identity": device.identity,
        "source": _text(default.source_id if default else None),
        "keys": [
            {"key": key, "source": _text(route.source_id), "source_key": route.source_key or key}
            for key, route in sorted(routes.items())
        ],
        "zone": device.zone,
        "heard_at": device.heard_at,
        "is_online": device.is_online,
        "status_at": device.status_at,
        "created_at": device.created_at,
        "created_by": device.created_by,
    }


def shown_letter(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": str(letter.id),
        "provider": str(letter.provider_id),
        "topic": letter.shown_topic,
        "device": letter.device,
        "key": letter.key,
        "reason": letter.reason,
        "reason_text": Reason(letter.reason).label,
        "problem": letter.problem,
        "size": letter.size,
        "count": letter.count,
        "received_at": letter.received_at,
        "last_at": letter.last_at,
        "state": letter.state,
        "settled_at": letter.settled_at,
        "settled_by": letter.settled_by,
    }


def shown_whole(letter: DeadLetter) -> dict[str, Any]:
    """With its payload: as text where it is one."""
    payload = bytes(letter.payload)
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = None
    return {**shown_letter(letter), "payload": text, "payload_base64": base64.b64encode(payload).decode()}


def shown_speaker(one: Speaker) -> dict[str, Any]:
    return {
        "provider": str(one.provider_id),
        "device": one.device,
        "reason": one.reason,
        "letters": one.letters,
        "messages": one.messages,
        "first_at": one.first_at,
        "last_at": one.last_at,
    }


def shown_verdict(verdict: Verdict) -> dict[str, Any]:
    fate = verdict.fate
    return {
        "id": str(verdict.letter.id),
        "verdict": "waiting" if fate.letters else "stored",
        "stored": fate.stored,
        "duplicates": fate.duplicates,
        "conflicts": fate.conflicts,
        "still": [{"device": one.device, "reason": one.reason, "problem": one.problem} for one in fate.letters],
    }


def shown_connection(one: Connection) -> dict[str, Any]:
    return {
        "provider": str(one.provider_id),
        "name": one.provider.name,
        "shard": one.shard,
        "state": one.state,
        "problem": one.problem,
        "since": one.since,
        "seen_at": one.seen_at,
        "retry_at": one.retry_at,
        "failures": one.failures,
    }


def _text(found: UUID | None) -> str | None:
    return None if found is None else str(found)
