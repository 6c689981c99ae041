"""A work of the demo's regulator, its duties, and DGA itself: the simulator, over real HTTP."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.simulators.dga.app import dga
from deploy.simulators.scenario import read_scenario
from deploy.simulators.web import running

# The hour whose fate most tests follow, and when somebody first looks at it.
SLOT = datetime(2024, 5, 13, 14, tzinfo=UTC)
LOOK = SLOT + timedelta(minutes=2)
DAY = timedelta(days=1)


@dataclass
class Clock:
    at: datetime = LOOK


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass
class Regulator:
    """DGA's simulator, with its switches and what it holds."""

    url: str
    http: httpx.Client = field(repr=False)

    def faults(self, **rates: Any) -> None:
        self.http.post("/_sim/faults", json=rates).raise_for_status()

    def records(self) -> list[dict[str, Any]]:
        return list(self.http.get("/_sim/records").json()["results"])


@pytest.fixture
def regulator(clock: Clock, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Regulator]:
    monkeypatch.delenv("STACK_CLOCK_FILE", raising=False)
    scenario = replace(read_scenario("demo"), faults={})
    application = dga(scenario, lambda: clock.at, tmp_path / "dga.db")
    with running(application) as url, httpx.Client(base_url=url, trust_env=False) as http:
        settings.DGA_BASE_URL = f"{url}/api/v1"
        settings.OUTBOUND_ALLOW = ["127.0.0.1"]
        yield Regulator(url, http)


@pytest.fixture
def make_point(db: None) -> Callable[..., Any]:
    from compliance_service.points.models import Point

    def make(code: str = "OB-0601-101") -> Point:
        return Point.objects.create(id=uuid.uuid4(), code=code, name=f"Pozo {code}", updated_at=SLOT)

    return make


@pytest.fixture
def make_config(make_point: Callable[..., Any]) -> Callable[..., Any]:
    """A work of the simulator's scenario whose first duty is SLOT's hour."""
    from compliance_service.obligations.operations import NewConfig, create_config

    works = read_scenario("demo").works

    def make(code: str = "OB-0601-101", *, hours: int = 1, start: datetime = SLOT, **changes: Any) -> Any:
        said = {
            "point": make_point(code).id,
            "source": "DGA",
            "work_code": code,
            "standard": "MAYOR",
            "informant_rut": works[code].informant if code in works else "12345678-5",
            "company_rut": "76000000-0",
            "password": works[code].password if code in works else "synthetic-secret",
            "start_date": start,
            "end_date": start + timedelta(hours=hours - 1, minutes=1),
        }
        return create_config(new=NewConfig(**(said | changes)), by="user:ops@example.cl", now=LOOK)

    return make


@dataclass
class Telemetry:
    """What is measured: (point, variable, time) to (value, quality, reasons)."""

    rows: dict[tuple[UUID, str, datetime], tuple[float | None, int, tuple[str, ...]]] = field(default_factory=dict)
    asked: int = 0

    def good(self, point: UUID, at: datetime = SLOT, **changes: float) -> None:
        for variable, value in ({"flow": 12.345, "total": 1010.9, "water_table": 9.854} | changes).items():
            self.rows[point, variable, at] = (value, 1, ())

    def set(
        self, point: UUID, variable: str, value: float | None, quality: int, *reasons: str, at: datetime = SLOT
    ) -> None:
        self.rows[point, variable, at] = (value, quality, reasons)

    def read(self, points: Sequence[UUID], variables: Sequence[str], start: datetime, end: datetime) -> list[Any]:
        from compliance_service.clients.telemetry import Measured

        self.asked += 1
        return [
            Measured(point, variable, time, value, quality, reasons, 1, "2024-05-13T14:01:00Z")
            for (point, variable, time), (value, quality, reasons) in sorted(self.rows.items())
            if point in points and variable in variables and start <= time < end
        ]


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry()


@pytest.fixture
def run(telemetry: Telemetry, clock: Clock) -> Callable[..., int]:
    """One look of the pipeline at an instant: recover, prepare, send. Says how many were sent."""
    from compliance_service.ledger.concealment import concealer
    from compliance_service.receipts.operations import keep_receipts
    from compliance_service.submissions.operations import recover
    from compliance_service.submissions.prepare import prepare
    from compliance_service.submissions.send import send_due

    def look(at: datetime = LOOK) -> int:
        clock.at = at
        recover(at)
        prepare(at, read=telemetry.read)
        return send_due(at, keep=keep_receipts, conceal=concealer(at))

    return look


@pytest.fixture
def submission_of() -> Callable[..., Any]:
    from compliance_service.submissions.models import ComplianceData

    def find(config: Any, slot: datetime = SLOT) -> ComplianceData:
        return ComplianceData.objects.get(config=config, slot_at=slot)

    return find
