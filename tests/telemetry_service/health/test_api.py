"""Devices, points and limits over HTTP."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.testing import api_client, user_token
from telemetry_service.health.models import DeviceHealth, HealthLimits

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
Make = Callable[..., Any]
HEALTH = "/api/telemetry/health/"


@pytest.fixture
def clock_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def put(at: datetime) -> None:
        monkeypatch.setattr("telemetry_service.health.api.clock.now", lambda: at)

    return put


@pytest.fixture
def device(make_source: Make, send: Make, check: Make, now: datetime) -> Any:
    variables = {"caudal": "flow", "nivel": "level", "bat": "battery", "rssi": "signal"}
    source = make_source(variables=variables, cadence_s=3600)
    send(source, {"caudal": 1, "nivel": "-3200", "bat": 15, "rssi": -97})
    check(now)
    return source


def client(**token: Any) -> Any:
    return api_client(user_token(**token))


def get(path: str = HEALTH, token: dict[str, Any] | None = None, **query: Any) -> Any:
    return client(**token or {}).get(path, query)


def fields(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.json()
    return [error["field"] for error in answer.json()["errors"]]


def test_a_device_with_everything_that_is_known_of_it(device: Any, clock_at: Make, now: datetime) -> None:
    clock_at(now + 3 * HOUR)
    (shown,) = get().json()["results"]
    newest = "2026-01-02T12:00:00Z"
    assert shown == {
        "source": str(device.id),
        "point": str(device.point_id),
        "condition": "late",
        "condition_label": "atrasado",
        "since": "2026-01-02T14:00:00Z",
        "newest_at": newest,
        "period_s": 3600,
        "variables": [
            {"variable": name, "newest_at": newest, "stale": False} for name in ("battery", "flow", "level", "signal")
        ],
        "clock": {"state": "right", "label": "en hora", "behind_s": 0, "since": newest},
        "battery": {"variable": "battery", "value": 15.0, "unit": "%", "at": newest, "low": True},
        "signal": {"variable": "signal", "value": -97.0, "unit": "dBm", "at": newest},
        "logger_status": [{"variable": "level", "code": "-3200", "last_at": newest, "times": 1}],
        "reasons": [
            "La última lectura es de hace 3 h; se espera una cada 60 min.",
            (
                "El registrador informó el estado -3200 en lugar de «level» 1 vez en 7 días, "
                "la última el 2026-01-02 12:00 UTC."
            ),
            "Batería baja: 15 %.",
        ],
    }


def test_devices_are_found_by_what_is_asked_for(device: Any, clock_at: Make, now: datetime) -> None:
    clock_at(now)

    def found(**query: Any) -> int:
        return len(get(**query).json()["results"])

    assert (found(condition="online"), found(condition="late,never")) == (1, 0)
    assert (found(sources=device.id), found(sources=uuid4())) == (1, 0)
    assert (found(points=device.point_id), found(points=uuid4())) == (1, 0)


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize("path", [HEALTH, f"{HEALTH}points/"])
def test_pages_follow_one_another(
    make_source: Make, check: Make, clock_at: Make, now: datetime, limit: int, path: str
) -> None:
    first = make_source(params={"token": "t0"})
    for n in (1, 2, 3):
        make_source(provider=first.provider, params={"token": f"t{n}"})
    check(now)
    clock_at(now)
    found, cursor = [], ""
    while cursor is not None:
        page = get(path, limit=limit, **({"cursor": cursor} if cursor else {})).json()
        found += [one["point"] for one in page["results"]]
        cursor = page["next"]
    assert len(found) == len(set(found)) == 4


def test_a_point_is_as_its_best_device(
    make_source: Make, send: Make, check: Make, clock_at: Make, now: datetime
) -> None:
    dead = make_source(params={"token": "t0"}, variables={"caudal": "flow", "nivel": "level"}, cadence_s=3600)
    spare = make_source(
        provider=dead.provider, point=dead.point, params={"token": "t1"}, variables={"total": "total"}, cadence_s=3600
    )
    send(spare, {"total": 5})
    check(now)
    clock_at(now)
    (point,) = get(f"{HEALTH}points/").json()["results"]
    assert (point["point"], point["condition"], point["newest_at"]) == (
        str(dead.point_id),
        "online",
        "2026-01-02T12:00:00Z",
    )
    assert {one["source"]: one["condition"] for one in point["sources"]} == {
        str(dead.id): "never",
        str(spare.id): "online",
    }
    assert point["reasons"] == ["Nunca ha llegado una lectura."]


def test_a_variable_is_stale_at_a_point_where_no_device_reads_it(
    make_source: Make, send: Make, check: Make, clock_at: Make, now: datetime
) -> None:
    first = make_source(params={"token": "t0"}, variables={"caudal": "flow", "nivel": "level"}, cadence_s=3600)
    second = make_source(
        provider=first.provider, point=first.point, params={"token": "t1"}, variables={"n": "level"}, cadence_s=3600
    )
    send(first, {"nivel": 1, "caudal": 1})
    send(second, {"n": 1})
    later = now + 30 * HOUR
    for at in (now + 29 * HOUR, later):
        send(first, {"caudal": 1}, time=at)
    check(later)
    clock_at(later)
    (point,) = get(f"{HEALTH}points/").json()["results"]
    assert point["stale"] == ["level"]
    send(second, {"n": 1}, time=later)
    check(later)
    assert get(f"{HEALTH}points/").json()["results"][0]["stale"] == []


def test_what_changed_and_when(device: Any, check: Make, now: datetime) -> None:
    check(now + 3 * HOUR)
    check(now + 30 * HOUR)
    page = get(f"{HEALTH}{device.id}/moves/", limit=1).json()
    (newest,) = page["results"]
    assert newest == {
        "what": "condition",
        "what_label": "conexión",
        "variable": "",
        "before": "late",
        "after": "offline",
        "at": "2026-01-03T12:00:00Z",
        "noticed_at": "2026-01-03T18:00:00Z",
    }
    (oldest,) = get(f"{HEALTH}{device.id}/moves/", cursor=page["next"]).json()["results"]
    assert (oldest["before"], oldest["after"], oldest["at"]) == ("online", "late", "2026-01-02T14:00:00Z")
    assert get(f"{HEALTH}{uuid4()}/moves/").status_code == 404


def test_whoever_may_not_see_a_point_sees_nothing_of_it(device: Any, clock_at: Make, now: datetime) -> None:
    clock_at(now)
    stranger, owner = {"points": [uuid4()]}, {"points": [device.point_id]}
    for path in (HEALTH, f"{HEALTH}points/"):
        assert get(path, stranger).json()["results"] == []
        assert len(get(path, owner).json()["results"]) == 1
        assert get(path, stranger, points=device.point_id).status_code == 403
    assert get(f"{HEALTH}{device.id}/moves/", stranger).status_code == 404
    body = {"source": str(device.id), "drift_s": 60}
    assert client(**stranger).put(f"{HEALTH}limits/", body, format="json").status_code == 404
    assert client(**owner).put(f"{HEALTH}limits/", body, format="json").status_code == 200
    assert client(**owner).put(f"{HEALTH}limits/", {"source": None}, format="json").status_code == 403
    assert get(f"{HEALTH}limits/", stranger).json()["results"] == []


def test_limits_of_all_and_of_one(device: Any, check: Make, clock_at: Make, now: datetime) -> None:
    def put(body: dict[str, Any]) -> Any:
        return client().put(f"{HEALTH}limits/", body, format="json")

    assert put({"source": None, "late_periods": 4, "battery_pct": 10}).status_code == 200
    check(now + 3 * HOUR)
    assert DeviceHealth.objects.values_list("condition", "battery_low").get() == ("online", False)
    assert put({"source": str(device.id), "late_periods": 2}).status_code == 200
    check(now + 3 * HOUR)
    assert DeviceHealth.objects.values_list("condition", "battery_low").get() == ("late", False)
    said = get(f"{HEALTH}limits/").json()
    assert [(one["source"], one["late_periods"], one["battery_pct"]) for one in said["results"]] == [
        (None, 4.0, 10.0),
        (str(device.id), 2.0, None),
    ]
    assert (said["usual"]["late_periods"], said["results"][0]["changed_by"]) == (2.0, "user:ops@example.cl")
    assert put({"source": None}).json()["late_periods"] is None
    assert HealthLimits.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "source"),
        ({"source": None, "late_periods": 0}, "late_periods"),
        ({"source": None, "battery_pct": 101}, "battery_pct"),
        ({"source": None, "offline_s": 5}, "offline_s"),
        ({"source": None, "other": 5}, "other"),
    ],
)
def test_limits_that_make_no_sense_are_refused_by_name(db: None, body: dict[str, Any], field: str) -> None:
    assert fields(client().put(f"{HEALTH}limits/", body, format="json")) == [field]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"condition": "dead"}, "condition"),
        ({"sources": "x"}, "sources"),
        ({"cursor": "WzFd"}, "cursor"),
        ({"x": 1}, "x"),
    ],
)
def test_a_query_that_is_wrong_is_refused_by_name(db: None, query: dict[str, Any], field: str) -> None:
    assert fields(get(**query))[0].startswith(field)


def test_reading_and_writing_need_their_permissions(db: None) -> None:
    assert get(token={"scopes": ["core:read"]}).status_code == 403
    reader = client(scopes=["telemetry:read"])
    assert reader.put(f"{HEALTH}limits/", {"source": None}, format="json").status_code == 403
