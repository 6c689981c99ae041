"""A work whose flow is its period's mean: from Telemetry to the regulator's record, its proof and its corrections."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from compliance_service.authorities.dga.terms import read_terms
from compliance_service.files.columns import as_csv, columns_of
from compliance_service.files.queries import ready, row_of
from compliance_service.golive.look import preflight
from compliance_service.golive.shadow import shadow_of
from compliance_service.impact.assess import assess
from compliance_service.ledger.operations import seal
from compliance_service.submissions.gather import WIDEST
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import Regulator, Telemetry
from tests.compliance_service.evidence.conftest import Origin, origin  # noqa: F401 a fixture

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MEAN = {"flow_value": "mean"}
VERIFY = Path(__file__).parents[3] / "scripts" / "verify-evidence"


def midnight(year: int, month: int, day: int) -> datetime:
    """Of the regulator: UTC-4 all year."""
    return datetime(year, month, day, 4, tzinfo=UTC)


@pytest.fixture
def make(make_config: Make, telemetry: Telemetry) -> Make:
    """A work of one duty at `slot`, with an hourly flow of 1, 2, 3 … from `start` until the hour before it."""

    def work(slot: datetime, start: datetime, standard: str = "MEDIO", **changes: Any) -> Any:
        said = {"start": slot, "standard": standard, "terms": read_terms(changes.pop("terms", MEAN))}
        config = make_config(**(said | changes))
        hours = int((slot - start) / HOUR)
        for hour in range(hours):
            telemetry.set(config.point_id, "flow", float(hour + 1), 1, at=start + hour * HOUR)
        telemetry.good(config.point_id, slot, flow=777.0)
        return config

    return work


def made(run: Make, slot: datetime, after: timedelta = 2 * HOUR) -> None:
    from compliance_service.obligations.making import make_ahead

    make_ahead(slot)
    run(slot + after)


@pytest.mark.parametrize(
    ("slot", "hours"),
    [
        (midnight(2024, 5, 13), 24),
        (midnight(2024, 3, 1), 24),  # 29 February
        (midnight(2024, 4, 7), 24),  # the night in which the clocks of Chile go back: no 25th hour
        (midnight(2024, 9, 8), 24),  # … and forward: no hour is lacking
        (midnight(2025, 1, 1), 24),
    ],
)
def test_medio_reports_the_mean_of_the_day_before(
    make: Make, run: Make, regulator: Regulator, slot: datetime, hours: int
) -> None:
    make(slot, slot - DAY)
    made(run, slot)
    (record,) = regulator.records()
    sent = record["document"]
    assert (sent["caudal"], sent["totalizador"], sent["horaMedicion"]) == (f"{(hours + 1) / 2:.2f}", "1010", "00:00:00")


@pytest.mark.parametrize(
    ("slot", "start", "standard", "hours"),
    [
        (midnight(2024, 3, 1), midnight(2024, 2, 1), "MENOR", 29 * 24),
        (midnight(2025, 3, 1), midnight(2025, 2, 1), "MENOR", 28 * 24),
        (midnight(2025, 1, 1), midnight(2024, 12, 1), "MENOR", 31 * 24),
        (midnight(2024, 7, 1), midnight(2024, 1, 1), "CAUDALES_MUY_PEQUENOS", 182 * 24),
        (midnight(2025, 1, 1), midnight(2024, 7, 1), "CAUDALES_MUY_PEQUENOS", 184 * 24),
    ],
)
def test_longer_periods_are_read_in_parts(
    make: Make, run: Make, regulator: Regulator, telemetry: Telemetry, slot: datetime, start: datetime, standard: str,
    hours: int,
) -> None:  # fmt: skip
    widest: list[timedelta] = []
    read = telemetry.read

    def watched(points: Any, variables: Any, low: datetime, high: datetime) -> list[Any]:
        widest.append(high - low)
        return read(points, variables, low, high)

    telemetry.read = watched  # type: ignore[method-assign]
    make(slot, start, standard)
    made(run, slot)
    (record,) = regulator.records()
    assert record["document"]["caudal"] == f"{(hours + 1) / 2:.2f}"
    assert max(widest) <= WIDEST


def test_mayor_reports_the_mean_of_its_hour(make: Make, run: Make, regulator: Regulator, telemetry: Telemetry) -> None:
    slot = midnight(2024, 5, 13)
    config = make(slot, slot, "MAYOR")
    for minute in range(0, 60, 10):
        telemetry.set(config.point_id, "flow", minute / 100, 1, at=slot - HOUR + timedelta(minutes=minute))
    made(run, slot, timedelta(minutes=2))
    (record,) = regulator.records()
    assert record["document"]["caudal"] == "0.25"


def test_many_works_share_a_question(make: Make, run: Make, telemetry: Telemetry, regulator: Regulator) -> None:
    slot = midnight(2024, 5, 13)
    make(slot, slot - DAY)
    made(run, slot)
    alone, telemetry.asked = telemetry.asked, 0
    for code in ("OB-0601-102", "OB-0601-103", "OB-0601-104"):
        make(slot + DAY, slot, code=code)
    make(slot + DAY, slot, code="OB-0601-105", terms={})
    made(run, slot + DAY)
    assert telemetry.asked == alone


def test_a_thin_period_waits_then_is_held_and_heals(
    make: Make, run: Make, telemetry: Telemetry, regulator: Regulator, submission_of: Make
) -> None:
    slot = midnight(2024, 5, 13)
    config = make(slot, slot - DAY)
    lost = [(config.point_id, "flow", slot - hour * HOUR) for hour in range(1, 7)]
    late = {key: telemetry.rows.pop(key) for key in lost}
    made(run, slot, timedelta(minutes=2))
    assert config.obligations.get().waiting_for == "thin_period"
    run(slot + 2 * HOUR)
    held = submission_of(config, slot)
    assert (held.status, held.held_reason, held.document) == ("HELD", "thin_period", {})
    assert held.evidence["flow"]["mean"]["coverage"] == "0.750000"
    telemetry.rows |= late
    run(slot + 4 * HOUR)
    assert submission_of(config, slot).document["caudal"] == "12.50"
    assert [record["document"]["caudal"] for record in regulator.records()] == ["12.50"]


def test_a_file_and_the_shadow_have_the_same_number(make: Make, run: Make, telemetry: Telemetry) -> None:
    slot = midnight(2024, 5, 13)
    config = make(slot, slot - DAY, terms=MEAN | {"channel": "file"}, is_shadow=True)
    made(run, slot)
    rows = [row_of(row) for row in ready(config.id, start=slot, end=slot + HOUR)]
    assert b";12.50;1010;9.85" in as_csv(columns_of(config.source.config, "subterranea"), config.work_code, rows)
    said = shadow_of(config, start=slot, end=slot + HOUR)
    assert (said.ready, said.flow_value) == (1, "mean")


def test_the_preflight_says_which_number_and_how_much_of_it(make: Make, telemetry: Telemetry) -> None:
    slot = midnight(2024, 5, 13)
    config = make(slot, slot - DAY)
    checks = {one.check: one for one in preflight(config, read=telemetry.read, now=slot + 2 * HOUR)}
    assert checks["flow_value"].ok is True
    assert "12-05-2024 00:00 a 13-05-2024 00:00 (UTC-4): 100,0 % cubierto por 24" in checks["flow_value"].says.replace(
        "%", " %"
    )
    for hour in range(8):
        del telemetry.rows[config.point_id, "flow", slot - DAY + hour * HOUR]
    checks = {one.check: one for one in preflight(config, read=telemetry.read, now=slot + 2 * HOUR)}
    assert (checks["flow_value"].ok, checks["data"].ok) == (False, False)


def test_an_amended_measurement_of_the_period_is_in_the_impact(
    make: Make, run: Make, telemetry: Telemetry, regulator: Regulator
) -> None:
    slot = midnight(2024, 5, 13)
    config = make(slot, slot - DAY)
    made(run, slot)
    asked = {"first": slot.date(), "last": slot.date(), "read": telemetry.read, "now": slot + 8 * DAY}
    assert assess(config, **asked).touched == []
    telemetry.set(config.point_id, "flow", 999.0, 1, at=slot)  # the slot's own sample was not reported
    assert assess(config, **asked).touched == []
    telemetry.set(config.point_id, "flow", 36.0, 1, at=slot - HOUR)
    (touched,) = assess(config, **asked).touched
    assert [(one.field, one.sent, one.now) for one in touched.differences] == [("caudal", "12.50", "13.00")]
    # It is compared as it was reported, whatever the work's terms are by now.
    config.terms = read_terms({})
    config.save(update_fields=["terms"])
    assert len(assess(config, **asked).touched) == 1


def test_the_evidence_file_makes_the_mean_again_alone(
    make: Make, run: Make, telemetry: Telemetry, regulator: Regulator, origin: Origin, tmp_path: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    slot = midnight(2024, 5, 14)
    config = make(slot, slot - DAY)
    for hour in (5, 9):
        telemetry.set(config.point_id, "flow", 99.5, 4, "spike", at=slot - hour * HOUR)
    made(run, slot)
    seal(slot + DAY)
    monkeypatch.setattr("shared.clock.now", lambda: slot + 8 * DAY)
    url = f"/api/compliance/book/{config.id}/evidence/"

    def verified() -> tuple[int, str]:
        answer = api_client(user_token()).get(url, {"from": "2024-05-14", "to": "2024-05-14"})
        file = tmp_path / "evidencia.zip"
        file.write_bytes(b"".join(answer.streaming_content))
        command = [sys.executable, "-I", str(VERIFY), str(file)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        return ran.returncode, ran.stdout + ran.stderr

    code, said = verified()
    assert code == 0, said
    assert "       1 medias rehechas desde sus mediciones" in said
    assert "      24 números rehechos desde las lecturas" in said  # 22 good flows, the total and the level
    telemetry.set(config.point_id, "flow", 99.6, 4, "spike", at=slot - 5 * HOUR)
    code, said = verified()
    assert (code, "la media no es la de sus mediciones" in said) == (1, True), said
