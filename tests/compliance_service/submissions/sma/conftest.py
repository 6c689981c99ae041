"""A proceso of the simulator's registry, its minutes, and SMA itself over real HTTP."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.simulators.scenario import read_scenario
from deploy.simulators.sma.app import sma
from deploy.simulators.web import running
from tests.compliance_service.conftest import LOOK, SLOT, Clock, Telemetry

PASSWORD = "synthetic-secret-sma"
Q = {"name": "Q", "unit": "l/s", "variable": "flow"}
VA = {"name": "VA", "unit": "m3", "variable": "total"}
NF = {"name": "NF", "unit": "m", "variable": "water_table"}
TWO = [Q, VA]
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DOUBT = 5 * MINUTE  # until what is in doubt is sent again
GAP = 6 * SECOND  # between two sends of a proceso that owes more


@dataclass
class Desk:
    """SMA's simulator, with its switches and what it holds."""

    url: str
    http: httpx.Client = field(repr=False)

    def faults(self, **rates: Any) -> None:
        self.http.post("/_sim/faults", json=rates).raise_for_status()

    def records(self) -> list[dict[str, Any]]:
        return list(self.http.get("/_sim/records").json()["results"])

    def received(self, what: str) -> list[dict[str, Any]]:
        return [row for row in self.http.get("/_sim/log?limit=1000").json()["results"] if row["what"] == what]


@pytest.fixture
def desk(clock: Clock, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.delenv("STACK_CLOCK_FILE", raising=False)
    scenario = replace(read_scenario("demo"), faults={})
    application = sma(scenario, lambda: clock.at, tmp_path / "sma.db")
    with running(application) as url, httpx.Client(base_url=url, trust_env=False) as http:
        settings.SMA_BASE_URL = f"{url}/api/v1"
        settings.OUTBOUND_ALLOW = ["127.0.0.1"]
        yield Desk(url, http)


def meanings() -> list[str]:
    """Of every attempt, in their order."""
    from compliance_service.submissions.models import Attempt

    return list(Attempt.objects.order_by("id").values_list("meaning", flat=True))


def statuses() -> list[str]:
    """Of every stamp, in their order."""
    from compliance_service.submissions.models import ComplianceData

    return list(ComplianceData.objects.order_by("slot_at").values_list("status", flat=True))


@pytest.fixture
def make_process(make_point: Callable[..., Any]) -> Callable[..., Any]:
    """A proceso with one dispositivo (or two, of two points) whose first duty is SLOT's minute."""
    from compliance_service.authorities.sma.terms import read_terms
    from compliance_service.obligations.operations import NewConfig, create_config

    def make(
        *,
        minutes: int = 1,
        code: str = "1234/568",
        devices: list[Any] | None = None,
        start: datetime = SLOT,
        **changes: Any,
    ) -> Any:
        terms = {"devices": devices or [{"id": "8903", "parameters": [Q, VA, NF]}]}
        said = {
            "point": make_point(f"P-{uuid.uuid4().hex[:6]}").id,
            "source": "SMA",
            "work_code": code,
            "standard": "MINUTO",
            "informant_rut": "",
            "company_rut": "76000000-0",
            "password": PASSWORD,
            "start_date": start,
            "end_date": start + (minutes - 1) * MINUTE + timedelta(seconds=1),
            "terms": read_terms(terms),
        }
        return create_config(new=NewConfig(**(said | changes)), by="user:ops@example.cl", now=LOOK)

    return make


@pytest.fixture
def make_pair(make_process: Callable[..., Any], make_point: Callable[..., Any]) -> Callable[..., Any]:
    """A proceso of two dispositivos at two points; gives its configuration and the second point."""

    def make(**changes: Any) -> tuple[Any, uuid.UUID]:
        other = make_point("OTRO").id
        devices = [
            {"id": "8901", "parameters": [Q, VA]},
            {"id": "8902", "point": str(other), "parameters": [Q, VA]},
        ]
        return make_process(code="1234/567", devices=devices, **changes), other

    return make


@pytest.fixture
def good(telemetry: Telemetry) -> Callable[..., None]:
    """Good values of a point, minute after minute."""

    def measure(point: uuid.UUID, minutes: int = 1, start: datetime = SLOT) -> None:
        for minute in range(minutes):
            telemetry.good(point, start + minute * MINUTE, flow=10.0 + minute)

    return measure
