"""The volume of each minute at SMA's simulator, and the evidence file that makes SMA's numbers again by itself."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from compliance_service.authorities.sma.terms import read_terms
from compliance_service.impact.assess import assess
from compliance_service.ledger.operations import seal
from compliance_service.obligations.operations import change_config
from compliance_service.submissions.models import ComplianceData
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Telemetry
from tests.compliance_service.evidence.conftest import Origin, origin  # noqa: F401 a fixture
from tests.compliance_service.submissions.sma.conftest import MINUTE, Desk, Q

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
VERIFY = Path(__file__).parents[4] / "scripts" / "verify-evidence"
GROWN = {"name": "VA", "unit": "m3", "variable": "volume", "decimals": 3, "change": True}
LEVEL = {"name": "NF", "unit": "m", "variable": "water_table"}
DEVICES = [{"id": "8903", "parameters": [{**Q, "unit": "l/s", "decimals": 1}, GROWN, LEVEL]}]
MINUTES = 3


@pytest.fixture
def process(make_process: Make, good: Make, telemetry: Telemetry, desk: Desk, run: Make, origin: Origin) -> Any:  # noqa: F811
    """Three minutes that were reported, 0.6 m³ each, of a counter that was read a minute before as well."""
    config = make_process(minutes=MINUTES, devices=DEVICES)
    good(config.point_id, MINUTES)
    for minute in range(-1, MINUTES):
        volume = round(1000.1 + 0.6 * (minute + 1), 1)
        telemetry.set(config.point_id, "volume", volume, 1, at=SLOT + minute * MINUTE)
    for minute in range(MINUTES):
        run(LOOK + minute * MINUTE)
    return config


def test_each_stamp_has_the_volume_since_the_one_before(process: Any, desk: Desk) -> None:
    numbers = [{one["nombre"]: one["valor"] for one in record["document"]} for record in desk.records()]
    assert [said["VA"] for said in numbers] == ["0.600"] * MINUTES
    assert [said["Q"] for said in numbers] == ["10.0", "11.0", "12.0"]


def test_without_the_minute_before_nothing_is_made_up(
    make_process: Make, good: Make, telemetry: Telemetry, desk: Desk, run: Make
) -> None:
    config = make_process(devices=DEVICES)
    good(config.point_id)
    telemetry.set(config.point_id, "volume", 1000.7, 1)
    run()
    assert (desk.records(), config.obligations.get().waiting_for) == ([], "no_VA_of_8903")
    telemetry.set(config.point_id, "volume", 1000.1, 1, at=SLOT - MINUTE)
    run(LOOK + 10 * MINUTE)
    assert [one["valor"] for one in desk.records()[0]["document"] if one["nombre"] == "VA"] == ["0.600"]


def test_one_question_more_is_asked_and_no_other(process: Any, telemetry: Telemetry) -> None:
    """Of several stamps only the first one's minute before is not among what is asked already."""
    from compliance_service.obligations.works import authority_for, work_of
    from compliance_service.submissions.gather import Asked, gather

    asked = [Asked(authority_for(process), work_of(process), SLOT + minute * MINUTE) for minute in range(MINUTES)]
    telemetry.asked = 0
    assert [len(found.rows) for found in gather(asked, read=telemetry.read)] == [4, 6, 6]
    assert telemetry.asked == 2


@pytest.fixture
def file(process: Any, monkeypatch: pytest.MonkeyPatch) -> bytes:
    seal(LOOK + DAY)
    monkeypatch.setattr("shared.clock.now", lambda: LOOK + 8 * DAY)
    url, days = f"/api/compliance/book/{process.id}/evidence/", {"from": "2024-05-13", "to": "2024-05-13"}
    return b"".join(api_client(user_token()).get(url, days).streaming_content)


def verify(body: bytes, folder: Path) -> tuple[int, str]:
    (folder / "evidencia.zip").write_bytes(body)
    command = [sys.executable, "-I", str(VERIFY), "evidencia.zip"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return ran.returncode, ran.stdout + ran.stderr


def changed(body: bytes, name: str, before: bytes, after: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.namelist():
            said = old.read(one)
            assert one != name or before in said
            new.writestr(one, said.replace(before, after) if one == name else said)
    return out.getvalue()


def test_every_number_is_made_again_alone(file: bytes, tmp_path: Path) -> None:
    code, said = verify(file, tmp_path)
    assert code == 0, said
    lines = {text[9:]: int(text[:8]) for text in said.splitlines()[1:]}
    assert lines["envíos con comprobante / submissions with a receipt"] == MINUTES
    # Of each stamp a flow, a level, and the two readings of the counter.
    assert lines["números rehechos desde las lecturas / numbers rebuilt from readings"] == 4 * MINUTES
    assert not any("sin forma" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "before", "after", "complaint"),
    [
        ("envios.ndjson", b'"valor":"11.0"', b'"valor":"11.1"', "8903/Q: 11.1, no / not 11.0"),
        ("envios.ndjson", b'"exact":"0.6"', b'"exact":"0.7"', "volume: creció / grew 0.6"),
        ("origen.ndjson", b'"11.0"', b'"11.5"', "los bytes no dicen"),
        ("puntos.json", b'"sensor_depth":60.0', b'"sensor_depth":61.0', "water_table"),
    ],
)
def test_what_was_changed_is_named(
    file: bytes, tmp_path: Path, name: str, before: bytes, after: bytes, complaint: str
) -> None:
    code, said = verify(changed(file, name, before, after), tmp_path)
    assert (code, complaint in said) == (1, True), said


def test_what_left_must_be_what_the_document_says(file: bytes, tmp_path: Path) -> None:
    """The body is the attempt's text: its quotes are escaped in the file."""
    other = changed(file, "envios.ndjson", b'\\"valor\\":\\"11.0\\"', b'\\"valor\\":\\"10.9\\"')
    code, said = verify(other, tmp_path)
    assert (code, "8903/Q" in said) == (1, True), said


def test_the_pins_say_where_each_number_is_from(process: Any) -> None:
    pins = ComplianceData.objects.order_by("slot_at").first().evidence  # type: ignore[union-attr]
    assert pins["8903/VA"]["change"]["from"]["time"] == (SLOT - MINUTE).isoformat()
    assert pins["8903/Q"]["point"] == str(process.point_id)


def test_the_impact_is_of_the_terms_that_a_stamp_was_reported_under(process: Any, telemetry: Telemetry) -> None:
    other = [{"id": "8903", "parameters": [{**Q, "unit": "m3/h", "decimals": 3}, {**LEVEL, "unit": "cm"}]}]
    change_config(config_id=process.id, changes={"terms": read_terms({"devices": other})})
    process.refresh_from_db()
    period: dict[str, Any] = {"first": date(2024, 5, 13), "last": date(2024, 5, 13), "now": LOOK + 8 * DAY}
    found = assess(process, read=telemetry.read, **period)
    assert (found.compared, list(found.touched)) == (MINUTES, [])
    telemetry.set(process.point_id, "volume", 1001.5, 1, at=SLOT + 1 * MINUTE)
    found = assess(process, read=telemetry.read, **period)
    changed = [(one.slot_at, one.differences[0].sent, one.differences[0].now) for one in found.touched]
    assert changed == [(SLOT + MINUTE, "0.600", "0.800"), (SLOT + 2 * MINUTE, "0.600", "0.400")]
