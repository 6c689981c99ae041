import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from telemetry_service.providers.adapters import FailureClass, PollFailed
from telemetry_service.providers.adapters.interface import Device
from telemetry_service.providers.websocket import frames
from telemetry_service.providers.websocket.frames import authentication, read_frame, subscriptions, wanted_of

A, B = uuid.UUID(int=1), uuid.UUID(int=2)
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MS = 1767355200000
DEVICES = [
    Device(A, frozenset({"nivel", "5001"}), {"device": "d-1"}),
    Device(B, frozenset({"nivel", "lluvia"}), {"device": "a-1", "entity": "ASSET"}, {"lluvia": {"device": "a-2"}}),
]


def row(kind: str, entity: str, **series: Any) -> dict[str, Any]:
    return {"entityId": {"entityType": kind, "id": entity}, "latest": {"TIME_SERIES": series}}


def point(value: Any, ts: int = MS) -> dict[str, Any]:
    return {"ts": ts, "value": value}


def heard(frame: Any) -> list[tuple[uuid.UUID, list[tuple[str, str]]]]:
    found = read_frame(json.dumps(frame), wanted_of(DEVICES), received_at=NOW)
    return [(one.source_id, [(reading.key, reading.value) for reading in one.readings]) for one in found]


def test_each_type_of_entity_is_asked_for_with_the_keys_of_its_devices() -> None:
    devices, assets = (json.loads(text)["cmds"][0] for text in reversed(subscriptions(wanted_of(DEVICES))))
    assert devices["query"]["entityFilter"]["entityList"] == ["d-1"]
    assert [key["key"] for key in devices["latestCmd"]["keys"]] == ["5001", "nivel"]
    assert assets["query"]["entityFilter"]["entityType"] == "ASSET"
    assert assets["query"]["entityFilter"]["entityList"] == ["a-1", "a-2"]
    assert [one["key"] for one in assets["query"]["latestValues"]] == ["lluvia", "nivel"]
    assert {devices["cmdId"], assets["cmdId"]} == {1, 2}


def test_many_entities_are_asked_for_by_hundreds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "AT_ONCE", 2)
    many = [Device(uuid.UUID(int=n), frozenset({"q"}), {"device": f"d-{n}"}) for n in range(5)]
    asked = [json.loads(text)["cmds"][0] for text in subscriptions(wanted_of(many))]
    assert [len(one["query"]["entityFilter"]["entityList"]) for one in asked] == [2, 2, 1]
    assert [one["cmdId"] for one in asked] == [1, 2, 3]


def test_who_one_is_comes_first() -> None:
    assert json.loads(authentication("t")) == {"authCmd": {"cmdId": 0, "token": "t"}}


def test_the_first_answer_and_what_comes_later_say_the_same() -> None:
    opening = {"cmdId": 1, "errorCode": 0, "data": {"data": [row("DEVICE", "d-1", nivel=point("2.30"))]}}
    update = {"cmdId": 1, "errorCode": 0, "data": None, "update": [row("DEVICE", "d-1", nivel=point("2.30"))]}
    assert heard(opening) == heard(update) == [(A, [("nivel", "2.30")])]
    (one,) = read_frame(json.dumps(update), wanted_of(DEVICES), received_at=NOW)
    assert (one.readings[0].device_time, one.body, one.received_at) == (NOW, json.dumps(update).encode(), NOW)


def test_a_key_of_a_source_may_be_another_entitys() -> None:
    frame = {"update": [row("ASSET", "a-2", lluvia=point(3.5), nivel=point(1)), row("ASSET", "a-1", nivel=point(2))]}
    assert heard(frame) == [(B, [("lluvia", "3.5")]), (B, [("nivel", "2")])]


@pytest.mark.parametrize(
    "series",
    [
        {"nivel": point("")},
        {"nivel": point(None)},
        {"nivel": point("2.3", ts=0)},
        {"nivel": point("error")},
        {"nivel": {"value": "2.3"}},
        {"nivel": "2.3"},
        {"otra": point("2.3")},
    ],
)
def test_what_is_no_reading_is_none(series: Any) -> None:
    assert heard({"update": [row("DEVICE", "d-1", **series)]}) == [(A, [])]


@pytest.mark.parametrize("update", [None, 7, [7], [{"entityId": 7, "latest": {}}], [row("DEVICE", "stranger")]])
def test_what_is_about_nobody_is_nothing(update: Any) -> None:
    assert heard({"update": update}) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{", FailureClass.PARSE),
        ("[]", FailureClass.PARSE),
        ('{"cmdId": 1, "errorCode": 2, "errorMsg": "no"}', FailureClass.CONFIG),
    ],
)
def test_what_is_wrong_is_a_failure_with_a_class(text: str, kind: FailureClass) -> None:
    with pytest.raises(PollFailed) as caught:
        read_frame(text, wanted_of(DEVICES), received_at=NOW)
    assert caught.value.failure.kind is kind
