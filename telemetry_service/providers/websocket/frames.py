"""What is said to ThingsBoard's WebSocket and what its frames say; https://thingsboard.io/docs/user-guide/telemetry."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from telemetry_service.providers.adapters.interface import Device, Heard
from telemetry_service.providers.engine.extract import value_text
from telemetry_service.providers.engine.jsonpath import read_json
from telemetry_service.providers.engine.results import Failure, FailureClass, PollFailed, Reading, plain
from telemetry_service.providers.engine.times import EPOCH, read_time
from telemetry_service.providers.websocket.row import DEVICE, ENTITY

# By entity (its type and id) and key: the sources that it is heard for.
Wanted = Mapping[tuple[str, str], Mapping[str, Sequence[UUID]]]
AT_ONCE = 100
COERCE = frozenset({"number", "numeric_string", "bool"})


def wanted_of(devices: Sequence[Device]) -> Wanted:
    found: dict[tuple[str, str], dict[str, list[UUID]]] = {}
    for device in devices:
        for key in sorted(device.keys):
            said = {**device.params, **device.overrides.get(key, {})}
            entity = said.get(ENTITY) or "DEVICE", said.get(DEVICE, "")
            found.setdefault(entity, {}).setdefault(key, []).append(device.source_id)
    return found


def authentication(token: str) -> str:
    """Must be the first that is said."""
    return json.dumps({"authCmd": {"cmdId": 0, "token": token}})


def subscriptions(wanted: Wanted) -> list[str]:
    """One command for up to AT_ONCE entities of a type; numbered from 1."""
    found: list[str] = []
    for kind in sorted({kind for kind, _ in wanted}):
        ids = sorted(entity for one, entity in wanted if one == kind)
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            found.append(_subscription(len(found) + 1, kind, some, _keys(wanted, kind, some)))
    return found


def read_frame(text: str, wanted: Wanted, *, received_at: datetime) -> list[Heard]:
    """What the frame says of each source. PollFailed where it says that something is wrong."""
    try:
        frame = read_json(text.encode())
    except ValueError:
        raise PollFailed(Failure(FailureClass.PARSE, "el WebSocket manda algo que no es JSON")) from None
    if not isinstance(frame, dict):
        raise PollFailed(Failure(FailureClass.PARSE, "el WebSocket manda algo que no es un objeto"))
    if str(frame.get("errorCode") or 0) != "0":
        said = plain(str(frame.get("errorMsg") or ""), 200)
        raise PollFailed(Failure(FailureClass.CONFIG, f"ThingsBoard rechaza la suscripción: {said}"))
    rows = list(_rows(frame))
    return [
        Heard(source_id, readings, _body(text, row, len(rows)), received_at)
        for row in rows
        for source_id, readings in _readings(row, wanted)
    ]


def _rows(frame: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Of the first answer in `data.data`, of what comes later in `update`."""
    data = frame.get("data")
    inside = data.get("data") if isinstance(data, dict) else None
    for rows in (inside, frame.get("update")):
        yield from (row for row in rows or () if isinstance(row, dict)) if isinstance(rows, list) else ()


def _readings(row: Mapping[str, Any], wanted: Wanted) -> Iterator[tuple[UUID, list[Reading]]]:
    entity, latest = row.get("entityId"), row.get("latest")
    if not isinstance(entity, dict) or not isinstance(latest, dict):
        return
    keys = wanted.get((str(entity.get("entityType")), str(entity.get("id"))), {})
    series = latest.get("TIME_SERIES")
    found: dict[UUID, list[Reading]] = {source_id: [] for sources in keys.values() for source_id in sources}
    for key, point in series.items() if isinstance(series, dict) else ():
        for source_id in keys.get(key, ()):
            found[source_id] += _reading(key, point)
    yield from found.items()


def _reading(key: str, point: Any) -> Iterator[Reading]:
    """None for a key without a value: ThingsBoard sends an empty text or a null, with a time that means nothing."""
    value = point.get("value") if isinstance(point, dict) else None
    if value is None or value == "":
        return
    try:
        at = read_time(point.get("ts"), ("epoch_ms",), UTC)
        if at > EPOCH:
            yield Reading(key, value_text(value, COERCE), at, "", 0)
    except ValueError:
        return  # the history says of it what is wrong


def _body(text: str, row: Mapping[str, Any], rows: int) -> bytes:
    """The frame as it came; of one about many, the part that is about this one."""
    return text.encode() if rows == 1 else json.dumps(row, ensure_ascii=False).encode()


def _keys(wanted: Wanted, kind: str, ids: Sequence[str]) -> list[str]:
    return sorted({key for entity in ids for key in wanted[kind, entity]})


def _subscription(number: int, kind: str, ids: Sequence[str], keys: Sequence[str]) -> str:
    series = [{"type": "TIME_SERIES", "key": key} for key in keys]
    query = {
        "entityFilter": {"type": "entityList", "resolveMultiple": True, "entityType": kind, "entityList": list(ids)},
        "pageLink": {
            "page": 0,
            "pageSize": AT_ONCE,
            "textSearch": None,
            "dynamic": True,
            "sortOrder": {"key": {"key": "name", "type": "ENTITY_FIELD"}, "direction": "ASC"},
        },
        "entityFields": [{"type": "ENTITY_FIELD", "key": "name"}],
        "latestValues": series,
    }
    command = {"cmdId": number, "type": "ENTITY_DATA", "query": query, "latestCmd": {"keys": series}}
    return json.dumps({"cmds": [command]})
