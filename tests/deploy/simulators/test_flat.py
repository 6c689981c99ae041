"""The six drafts of the specification: each its own path, credential and names."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.clock import VirtualClock

DATA = {"synthetic": "cubic_metres", "seed": 1, "start": "2024-05-01T00:00:00Z", "hours": 2000}
KEYS = {role: {"column": role} for role in ("flow", "total", "level")}
USER = {"username": "ops@example.cl", "password": "synthetic-secret-1"}
LAST = "2024-05-13T14:00:00.000Z"
BASIC = httpx.BasicAuth("ops@example.cl", "synthetic-secret-1")
DRAFTS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "twin": (
        "/flat/twin/device/equipo-1/data",
        {"headers": {"Authorization": "Bearer key-000"}},
        ["device_id", "timestamp", "flow", "total", "level", "pulses"],
    ),
    "nettra": (
        "/flat/nettra/api/v1/device/equipo-1",
        {"auth": BASIC},
        ["id_dispositivo", "fecha_medicion", "caudal", "acumulado", "nivel", "pulsos"],
    ),
    "novus": (
        "/flat/novus/devices/equipo-1/telemetry",
        {"headers": {"Authorization": "Token key-000"}},
        ["device_identifier", "measurement_time", "flow_rate", "total_volume", "water_level", "pulse_count"],
    ),
    "tdata": (
        "/flat/tdata/telemetry/equipo-1",
        {"headers": {"X-API-Key": "key-000"}},
        ["id_equipo", "fecha_medicion", "caudal_actual", "volumen_total", "nivel_agua", "contador_pulsos"],
    ),
    "thingsio": (
        "/flat/thingsio/devices/equipo-1/data",
        {"headers": {"Device-ID": "equipo-1"}},
        ["device_identifier", "measurement_timestamp", "flow_rate", "total_volume", "water_level", "pulse_count"],
    ),
}
drafts = pytest.mark.parametrize("name", DRAFTS)


@pytest.fixture
def cloud(serve: Callable[..., httpx.Client]) -> httpx.Client:
    things = [
        {"name": n, "engine": f"{n}-draft", "device": "equipo-1", "token": "key-000", "data": DATA, "keys": KEYS}
        for n in (*DRAFTS, "tago")
    ]
    return serve(*things, users=[USER])


@drafts
def test_one_flat_object(cloud: httpx.Client, name: str) -> None:
    path, credential, names = DRAFTS[name]
    body = cloud.get(path, **credential).json()
    assert list(body) == names
    device, time, flow, total, level, pulses = body.values()
    assert (device, time, pulses) == ("equipo-1", LAST, None)
    truth = cloud.get("/_sim/readings", params={"thing": name}).json()
    assert [flow, total, level] == [truth[role][-1][1] for role in ("flow", "total", "level")]


@drafts
def test_only_with_the_right_credential(cloud: httpx.Client, name: str) -> None:
    path, credential, _ = DRAFTS[name]
    assert cloud.get(path).status_code == 401
    wrong: dict[str, Any] = {"auth": httpx.BasicAuth("ops@example.cl", "no")}
    if "headers" in credential:
        wrong = {"headers": {header: f"{value}0" for header, value in credential["headers"].items()}}
    assert cloud.get(path, **wrong).status_code == 401
    assert cloud.get(path.replace("equipo-1", "equipo-2"), **credential).status_code == 404


@drafts
def test_never_measured_is_null_and_never_zero(
    serve: Callable[..., httpx.Client], clock: VirtualClock, name: str
) -> None:
    path, credential, names = DRAFTS[name]
    thing = {"name": name, "engine": f"{name}-draft", "device": "equipo-1", "token": "key-000", "data": DATA}
    client = serve(thing | {"keys": KEYS}, users=[USER])
    clock.freeze(clock.read() - timedelta(days=100))
    body = client.get(path, **credential).json()
    assert body == dict.fromkeys(names) | {names[0]: "equipo-1"}


def test_tagos_draft_is_a_list_of_records(cloud: httpx.Client) -> None:
    response = cloud.get("/flat/tago/data", headers={"Device-Token": "key-000"}).json()
    assert response["status"] is True
    assert [(row["variable"], row["time"]) for row in response["result"]] == [
        (role, LAST) for role in ("flow", "total", "level")
    ]
    assert cloud.get("/flat/tago/data", headers={"Device-Token": "no"}).status_code == 401


@pytest.mark.parametrize(
    ("fault", "status"), [("rate_limited", 429), ("forbidden", 403), ("token_refused", 401), ("json_500", 500)]
)
def test_faults(cloud: httpx.Client, fault: str, status: int) -> None:
    cloud.post("/_sim/faults", json={fault: {"rate": 1, "only": ["twin"]}})
    path, credential, _ = DRAFTS["twin"]
    response = cloud.get(path, **credential)
    assert (response.status_code, list(response.json())) == (status, ["error"])
    path, credential, _ = DRAFTS["tdata"]
    assert cloud.get(path, **credential).status_code == 200
