"""An evidence file is whole, is right, and shows every way in which somebody could make it wrong."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from compliance_service.ledger.operations import seal
from compliance_service.obligations.models import Cause, Obligation
from compliance_service.obligations.operations import Evidence, explain
from compliance_service.review.operations import Decision, Item, Reviewer, review
from compliance_service.review.queries import waiting
from compliance_service.review.verdicts import Action
from compliance_service.submissions.models import ComplianceData
from compliance_service.weather.models import Delayed, Outage
from shared.auth.tokens import public_jwks
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Regulator, Telemetry
from tests.compliance_service.evidence.conftest import Origin

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
VERIFY = Path(__file__).parents[3] / "scripts" / "verify-evidence"
HOUR = timedelta(hours=1)
PERIOD = {"from": "2024-05-13", "to": "2024-05-13"}
FILES = {
    "LEAME.txt", "certificado.json", "certificado.pdf", "envios.ndjson", "lagunas.json", "libro.ndjson",
    "manifiesto.json", "obligaciones.csv", "origen.ndjson", "puntos.json",
}  # fmt: skip


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("shared.clock.now", lambda: LOOK + 8 * DAY)
    return api_client(user_token())


@pytest.fixture
def work(make_config: Make, telemetry: Telemetry, origin: Origin, regulator: Regulator, run: Make) -> Any:
    """Four hours: two receipts, one explained, one missed."""
    config = make_config(hours=4)
    for hour in range(2):
        telemetry.good(config.point_id, SLOT + hour * HOUR, flow=12.345 + hour)
        run(LOOK + hour * HOUR)
    said = {"cause": Cause.POWER_FAILURE, "note": "=corte de luz", "leave": [], "by": "user:ops@example.cl"}
    window = {"start": SLOT + 2 * HOUR, "end": SLOT + 3 * HOUR}
    given = Evidence([{"kind": "outage", "reference": "corte 4411"}])
    explain(config_id=config.id, **window, **said, now=LOOK + 4 * HOUR, evidence=given)
    seal(LOOK + DAY)
    return config


def ask(client: Any, work: Any, **query: str) -> Any:
    return client.get(f"/api/compliance/book/{work.id}/evidence/", PERIOD | query)


def file_of(client: Any, work: Any) -> bytes:
    answer = ask(client, work)
    assert answer.status_code == 200, answer.json()
    return b"".join(answer.streaming_content)


def verify(body: bytes, path: Path, *more: str) -> tuple[int, str]:
    file = path / "evidencia.zip"
    file.write_bytes(body)
    ran = subprocess.run([sys.executable, str(VERIFY), str(file), *more], capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def changed(body: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same file with other bytes under `name`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.namelist():
            said = old.read(one)
            new.writestr(one, change(said) if one == name else said)
    return out.getvalue()


def test_it_holds_all_that_proves_the_period(work: Any, client: Any) -> None:
    answer = ask(client, work)
    body = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"] == 'attachment; filename="evidencia-OB-0601-101-2024-05-13-2024-05-13.zip"'
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        names = set(file.namelist())
        assert {name for name in names if "/" not in name} == FILES
        assert len(names - FILES) == 2  # the answers of two hours
        duties = [json.loads(text) for text in file.read("envios.ndjson").splitlines()]
        table = file.read("obligaciones.csv").decode().splitlines()
    assert [duty["outcome"] for duty in duties] == ["receipt", "receipt", "explained", "open"]
    first = duties[0]["submission"]
    assert (first["document"]["caudal"], len(first["attempts"]), bool(first["receipt"]["voucher"])) == (
        "12.35",
        1,
        True,
    )
    assert len(table) == 5
    assert "'=corte de luz" in table[3]


def test_every_number_is_rebuilt_from_the_providers_bytes(work: Any, client: Any, tmp_path: Path) -> None:
    (key,) = (one["kid"] for one in public_jwks()["keys"])
    code, said = verify(file_of(client, work), tmp_path, "--key", key)
    assert code == 0, said
    lines = {text[9:]: int(text[:8]) for text in said.splitlines()[1:]}
    assert lines["envíos con comprobante / submissions with a receipt"] == 2
    assert lines["números rehechos desde las lecturas / numbers rebuilt from readings"] == 6
    assert lines["lecturas en sus bytes / readings found in their bytes"] == 6
    assert lines["libro.ndjson: comprobado / checked"] == 1
    assert lines["certificado.json: comprobado / checked"] == 1


def test_a_number_that_a_person_corrected_is_counted_as_theirs(
    work: Any, client: Any, telemetry: Telemetry, run: Make, tmp_path: Path
) -> None:
    telemetry.good(work.point_id, SLOT + 3 * HOUR)
    telemetry.set(work.point_id, "flow", 99.0, 3, "spike", at=SLOT + 3 * HOUR)
    run(LOOK + 3 * HOUR)
    row = waiting(ComplianceData.objects.get(config=work, status="HELD").id)
    assert row is not None
    given = {"flow": 12.0, "total": 1010.9, "water_table": 9.854}
    reviewer = Reviewer("user:ops@example.cl", LOOK + 3 * HOUR)
    asked = Decision(Action.CORRECT, "un pico del sensor", "", reviewer)
    item = Item(row.submission.id, row.held.seen, given, "")
    assert [said for _, said in review(decision=asked, items=[item], now=LOOK + 3 * HOUR)] == ["corrected"]
    run(LOOK + 4 * HOUR)
    seal(LOOK + DAY)
    body = file_of(client, work)
    code, said = verify(body, tmp_path)
    assert (code, "       1 números puestos por una persona" in said) == (0, True), said
    other = changed(body, "envios.ndjson", lambda text: text.replace(b'"caudal":"12.00"', b'"caudal":"13.00"'))
    code, said = verify(other, tmp_path)
    assert (code, "13.00, no / not 99.00" in said) == (1, True), said


def test_no_secret_is_in_it(work: Any, client: Any) -> None:
    with zipfile.ZipFile(io.BytesIO(file_of(client, work))) as file:
        everything = b"".join(file.read(name) for name in file.namelist())
    assert work.password.encode() not in everything


@pytest.mark.parametrize(
    ("name", "before", "after", "complaint"),
    [
        ("envios.ndjson", b'"caudal":"12.35"', b'"caudal":"12.36"', "caudal"),
        ("origen.ndjson", b'"12.345"', b'"12.346"', "los bytes no dicen"),
        ("puntos.json", b'"sensor_depth":60.0', b'"sensor_depth":61.0', "water_table"),
        ("obligaciones.csv", b"explained", b"receipt", "obligaciones.csv: cambiado"),
        ("libro.ndjson", b"MAYOR", b"MENOR", "libro.ndjson"),
        ("certificado.json", b'"receipts":2', b'"receipts":3', "certificado.json"),
        ("manifiesto.json", b'"standard":"MAYOR"', b'"standard":"MENOR"', "firma"),
    ],
)
def test_what_was_changed_is_named(
    work: Any, client: Any, tmp_path: Path, name: str, before: bytes, after: bytes, complaint: str
) -> None:
    body = file_of(client, work)
    code, said = verify(changed(body, name, lambda text: text.replace(before, after)), tmp_path)
    assert (code, complaint in said) == (1, True), said


def test_a_provider_answer_that_was_changed_is_named(work: Any, client: Any, tmp_path: Path) -> None:
    body = file_of(client, work)
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        name = next(one for one in file.namelist() if one.startswith("respuestas/"))
    code, said = verify(changed(body, name, lambda text: text + b" "), tmp_path)
    assert (code, f"{name}: cambiado" in said) == (1, True), said


def test_another_signer_is_named(work: Any, client: Any, tmp_path: Path) -> None:
    code, said = verify(file_of(client, work), tmp_path, "--key", "otra")
    assert (code, "otra clave" in said) == (1, True)


def test_what_is_no_evidence_cannot_be_read(tmp_path: Path) -> None:
    assert verify(b"PK", tmp_path)[0] == 2


def test_bytes_that_retention_took_are_said_to_be_gone(work: Any, client: Any, origin: Origin, tmp_path: Path) -> None:
    origin.lost = True
    code, said = verify(file_of(client, work), tmp_path)
    assert (code, "readings whose bytes retention took" in said) == (0, True), said


def test_a_number_whose_origin_telemetry_knows_no_more_is_wrong(
    work: Any, client: Any, telemetry: Telemetry, tmp_path: Path
) -> None:
    telemetry.good(work.point_id, SLOT, flow=99.0)
    code, said = verify(file_of(client, work), tmp_path)
    assert (code, "flow: sin origen" in said) == (1, True), said


def test_a_number_that_was_corrected_since_has_its_origin_in_the_past(
    work: Any, client: Any, telemetry: Telemetry, origin: Origin, tmp_path: Path
) -> None:
    origin.past = [{"variable": "flow", "value": 12.345}]
    telemetry.good(work.point_id, SLOT, flow=99.0)
    code, said = verify(file_of(client, work), tmp_path)
    assert (code, "de las lecturas" in said) == (1, True), said  # the readings say 99 now: named, not hidden


def test_with_telemetry_away_nothing_half_made_comes(work: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from shared.clients.service_client import ServiceClient

    monkeypatch.setattr(
        "compliance_service.evidence.api.telemetry", lambda: ServiceClient("http://127.0.0.1:1", "telemetry")
    )
    answer = ask(client, work)
    assert answer.status_code in {502, 503}
    assert "telemetry" in answer.json()["detail"]


def test_answers_come_many_at_a_time_and_the_rest_is_asked_for(work: Any, client: Any, origin: Origin) -> None:
    file_of(client, work)
    assert origin.asked == [2]
    origin.asked.clear()
    origin.at_once = 1
    with zipfile.ZipFile(io.BytesIO(file_of(client, work))) as file:
        assert sum(name.startswith("respuestas/") for name in file.namelist()) == 2
    assert origin.asked == [1, 1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": ""}, "from"),
        ({"to": "2024-05-12"}, "to"),
        ({"to": "2024-07-01"}, "to"),
        ({"to": "2024-05-21"}, "to"),
    ],
)
def test_a_period_that_makes_no_sense_names_the_field(
    work: Any, client: Any, query: dict[str, str], field: str
) -> None:
    answer = ask(client, work, **query)
    assert answer.status_code == 400
    assert field in str(answer.json()["errors"])


def test_too_many_duties_are_refused_with_their_number(work: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance_service.book.days.MOST_DUTIES", 3)
    answer = ask(client, work)
    assert (answer.status_code, "4 deberes" in str(answer.json())) == (400, True)


def test_others_see_nothing(work: Any, client: Any) -> None:
    stranger = api_client(user_token(points=[]))
    assert ask(stranger, work).status_code == 404
    assert ask(api_client(), work).status_code == 401


def test_the_sent_numbers_are_the_pinned_ones(work: Any) -> None:
    pins = ComplianceData.objects.get(slot_at=SLOT).evidence
    assert pins["flow"]["value"] == 12.345


def test_an_outage_stands_with_the_duty_that_it_delayed(work: Any, client: Any) -> None:
    outage = Outage.objects.create(source_id="DGA", started_at=SLOT, noticed_at=LOOK, tries=7, works=3)
    Delayed.objects.create(outage=outage, obligation=Obligation.objects.get(config=work, slot_at=SLOT))
    with zipfile.ZipFile(io.BytesIO(file_of(client, work))) as file:
        duties = [json.loads(text) for text in file.read("envios.ndjson").splitlines()]
    assert [(one["tries"], one["ended_at"]) for one in duties[0]["outages"]] == [(7, None)]
    assert duties[1]["outages"] == []
