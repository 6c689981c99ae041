"""One reading, followed from the provider's answer to DGA's receipt, and back through the APIs by its owner."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo.api import Api, ApiError
from deploy.demo.receipts import rounded
from deploy.demo.settings import Settings
from deploy.demo.works import START, DemoWork, find_point
from deploy.native.state import ROOT
from tests.e2e.conftest import Days

HOURS = 3
SLOT = START + timedelta(hours=2)
UTC_SLOT = "2024-03-25T19:00:00Z"
PERSON = {"password": "una clave de prueba 42", "name": "Dueña"}


@pytest.fixture(scope="module")
def admin(days: Days) -> Api:
    """Three hours have passed since the work was set up."""
    days.pass_hours(HOURS + 1)
    assert days.driver.failures == []
    return days.api


@pytest.fixture(scope="module")
def owner(stack: Settings, admin: Api, work: DemoWork) -> Iterator[Api]:
    with person(stack, admin, "duena@example.cl", owns=find_point(admin, work)) as api:
        yield api


@pytest.fixture(scope="module")
def stranger(stack: Settings, admin: Api) -> Iterator[Api]:
    with person(stack, admin, "nadie@example.cl", owns=None) as api:
        yield api


def person(stack: Settings, admin: Api, email: str, *, owns: dict[str, Any] | None) -> Api:
    user = admin.post("/api/users/", {"email": email, **PERSON})
    if owns:
        admin.post("/api/users/owners/", {"user": user["id"], "point": owns["id"]})
    return Api(stack.url, email, PERSON["password"])


@pytest.fixture
def cloud(stack: Settings, work: DemoWork) -> Iterator[httpx.Client]:
    """The provider's API, logged in as the account that the system uses."""
    name, password = work.user
    with httpx.Client(base_url=stack.providers_url, trust_env=False) as client:
        token = client.post("/api/auth/login", json={"username": name, "password": password}).json()["token"]
        client.headers["X-Authorization"] = f"Bearer {token}"
        yield client


def test_the_reading_arrives_as_a_receipt(cloud: httpx.Client, stack: Settings, work: DemoWork, owner: Api) -> None:
    said = at_the_provider(cloud, work)
    assert said == {"5001": "0", "5002": "0.9", "5003": "627171"}

    point = owner.get("/api/core/points/")["results"][0]
    measured = owner.get(
        "/api/telemetry/data/",
        points=point["id"],
        variables="flow,total,water_table",
        **{"from": SLOT.isoformat(), "to": (SLOT + timedelta(hours=1)).isoformat()},
    )["results"]
    assert {row["time"] for row in measured} == {UTC_SLOT}
    assert {row["quality_label"] for row in measured} == {"good"}
    values = {row["variable"]: row["value"] for row in measured}
    assert values == {"flow": float(said["5001"]), "water_table": float(said["5002"]), "total": float(said["5003"])}

    submission = one_submission(owner, point["id"])
    assert submission["status"] == "CONFIRMED"
    assert submission["data"] == {
        "caudal": str(rounded("flow", values["flow"])),
        "totalizador": str(rounded("total", values["total"])),
        "nivelFreaticoDelPozo": str(rounded("water_table", values["water_table"])),
        "fechaMedicion": "2024-03-25",
        "horaMedicion": "15:00:00",
    }

    kept = at_dga(stack, work, submission["voucher"])
    assert kept == {
        "fechaMedicion": "25-03-2024",
        "horaMedicion": "15:00:00",
        "caudal": "0.0",
        "totalizador": "627171",
        "nivelFreaticoDelPozo": "0.9",
    }


def test_every_hour_has_its_receipt(owner: Api) -> None:
    (summary,) = owner.get("/api/compliance/obligations/summary/")["results"]
    assert (summary["due"], summary["receipts"], summary["open"]["total"]) == (HOURS + 1, HOURS + 1, 0)


def test_whoever_owns_nothing_sees_nothing(owner: Api, stranger: Api) -> None:
    point = owner.get("/api/core/points/")["results"][0]["id"]
    assert stranger.get("/api/core/points/")["results"] == []
    assert stranger.get("/api/compliance/data/")["results"] == []
    with pytest.raises(ApiError, match="403"):
        stranger.get("/api/telemetry/data/", points=point, variables="flow")


def test_an_owner_reads_and_changes_nothing(owner: Api) -> None:
    with pytest.raises(ApiError, match="403"):
        owner.post("/api/telemetry/providers/", {"name": "x", "preset": "tago"})


def at_the_provider(cloud: httpx.Client, work: DemoWork) -> dict[str, str]:
    at = round(SLOT.timestamp() * 1000)
    query: dict[str, Any] = {"keys": "5001,5002,5003", "startTs": at, "endTs": at + 1}
    path = f"/api/plugins/telemetry/DEVICE/{work.thing.device}/values/timeseries"
    return {key: points[0]["value"] for key, points in cloud.get(path, params=query).json().items()}


def one_submission(api: Api, point: str) -> dict[str, Any]:
    window = {"from": SLOT.isoformat(), "to": (SLOT + timedelta(hours=1)).isoformat()}
    (found,) = api.get("/api/compliance/data/", point=point, **window)["results"]
    return dict(found)


def at_dga(stack: Settings, work: DemoWork, voucher: str) -> dict[str, str]:
    """As anyone may ask DGA who has the voucher."""
    query = {"codigoObra": work.code, "numeroComprobante": voucher}
    answer = httpx.get(f"{stack.dga_url}/api/v1/mediciones/subterraneas", params=query, trust_env=False).json()
    return dict(answer["data"])


def test_its_evidence_is_checked_without_us(days: Days, owner: Api, stack: Settings, tmp_path: Path) -> None:
    """When the day is over, from the provider's bytes to what was sent."""
    days.pass_hours(12)
    (summary,) = owner.get("/api/compliance/obligations/summary/")["results"]
    person = {"email": "duena@example.cl", "password": PERSON["password"]}
    with httpx.Client(base_url=stack.url, timeout=60, trust_env=False) as http:
        token = http.post("/api/auth/token", json=person).json()["access"]
        answer = http.get(
            f"/api/compliance/book/{summary['config']}/evidence/",
            params={"from": "2024-03-25", "to": "2024-03-25"},
            headers={"Authorization": f"Bearer {token}"},
        )
    assert answer.status_code == 200, answer.text
    file = tmp_path / "evidencia.zip"
    file.write_bytes(answer.content)
    command = [sys.executable, str(ROOT / "scripts/verify-evidence"), str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    counts = {text[9:]: int(text[:8]) for text in ran.stdout.splitlines()[1:]}
    receipts = counts["envíos con comprobante / submissions with a receipt"]
    assert receipts >= HOURS
    assert counts["números rehechos desde las lecturas / numbers rebuilt from readings"] == 3 * receipts
