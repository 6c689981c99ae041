"""One reading, followed from its measurement to SMA's IdVerificacion, and back through the holder's own service."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.demo.api import Api
from deploy.demo.receipts import rounded
from deploy.demo.settings import Settings
from deploy.demo.works import DemoWork, find_point
from shared.clock import REGULATOR_TIME
from tests.e2e.conftest import Days

HOURS = 2
COMPANY = "76000000-0"
DEVICE = "8903"
VARIABLES = {"Q": ("flow", "l/s"), "VA": ("total", "m3"), "NF": ("water_table", "m")}


@pytest.fixture(scope="module")
def point(days: Days, work: DemoWork) -> str:
    days.pass_hours(1)  # the work is there from its first hour on
    found = find_point(days.api, work)
    assert found is not None
    return str(found["id"])


@pytest.fixture(scope="module")
def submissions(days: Days, point: str) -> list[dict[str, Any]]:
    """A proceso of the same well, hourly by its permit; two hours have passed since."""
    start = days.hour
    parameters = [{"name": name, "variable": variable, "unit": unit} for name, (variable, unit) in VARIABLES.items()]
    made = days.api.post(
        "/api/compliance/configs/",
        {
            "point": point,
            "source": "SMA",
            "work_code": "1234/568",
            "standard": "HORA",
            "company_rut": COMPANY,
            "password": "synthetic-secret-sma",
            "start_date": start.isoformat(),
            "end_date": (start + HOURS * timedelta(hours=1) - timedelta(minutes=1)).isoformat(),
            "terms": {"devices": [{"id": DEVICE, "parameters": parameters}]},
        },
    )
    days.pass_hours(HOURS)
    rows = days.api.get("/api/compliance/data/", point=point, **{"from": start.isoformat()})["results"]
    return [row for row in rows if row["config"] == made["id"]]


def at_sma(stack: Settings) -> dict[str, dict[str, Any]]:
    """What SMA itself holds, by stamp: the other side's record, not ours."""
    answer = httpx.get(f"{stack.sma_url}/_sim/records", params={"process": "1234/568"}, trust_env=False)
    return {row["stamp"]: row for row in answer.json()["results"]}


def test_each_stamp_ends_in_an_identifier(stack: Settings, submissions: list[dict[str, Any]]) -> None:
    assert [row["status"] for row in submissions] == ["CONFIRMED"] * HOURS
    kept = at_sma(stack)
    assert sorted(row["verification"] for row in kept.values()) == sorted(row["voucher"] for row in submissions)


def test_what_sma_holds_is_what_was_measured(
    stack: Settings, days: Days, point: str, submissions: list[dict[str, Any]]
) -> None:
    for submission in submissions:
        (registro,) = submission["data"]["registros"]
        kept = at_sma(stack)[registro["parametros"][0]["estampaTiempo"]]
        assert kept["document"] == registro["parametros"]
        measured = values_at(days.api, point, submission["slot_at"])
        for one in kept["document"]:
            variable = VARIABLES[one["nombre"]][0]
            assert one["valor"] == str(rounded(variable, measured[variable]))


def values_at(api: Api, point: str, slot: str) -> dict[str, float]:
    rows = api.get("/api/telemetry/data/", points=point, variables="flow,total,water_table", **{"from": slot})[
        "results"
    ]
    return {row["variable"]: row["value"] for row in rows if row["time"] == slot}


def test_the_holder_shows_the_same_through_his_own_service(
    stack: Settings, days: Days, submissions: list[dict[str, Any]]
) -> None:
    issued = days.api.post("/api/compliance/history-credentials/", {"company_rut": COMPANY})
    said = {"usuario": issued["usuario"], "password": issued["password"]}
    day = f"{datetime.fromisoformat(submissions[0]['slot_at']).astimezone(REGULATOR_TIME):%Y-%m-%d}"
    base = f"{stack.url}/api/compliance/sma/v1"
    token = httpx.post(f"{base}/auth", json=said, trust_env=False).json()["token"]
    answer = httpx.get(
        f"{base}/ufs/1234/procesos/568/dispositivos/{DEVICE}/registros/{day}",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.status_code == 200
    (shown,) = answer.json()
    sent = [one for row in submissions for registro in row["data"]["registros"] for one in registro["parametros"]]
    assert shown == {"dispositivoId": DEVICE, "parametros": sent}
