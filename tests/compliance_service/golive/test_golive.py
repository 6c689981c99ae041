"""A work in shadow: prepared, compared, checked, and then ours; and nothing of before is ever sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from compliance_service.files.columns import as_csv, columns_of
from compliance_service.golive.look import preflight
from compliance_service.golive.shadow import rows_between
from compliance_service.obligations.models import ComplianceConfig, Obligation
from compliance_service.submissions.models import Attempt, ComplianceData
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import LOOK, SLOT, Regulator, Telemetry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
HOUR = timedelta(hours=1)
NOW = LOOK + 3 * HOUR


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch, telemetry: Telemetry) -> Any:
    monkeypatch.setattr("shared.clock.now", lambda: NOW)

    def read(_: Any, *, points: Any, variables: Any, start: Any, end: Any) -> list[Any]:
        return telemetry.read(points, variables, start, end)

    monkeypatch.setattr("compliance_service.golive.api.measurements", read)
    return api_client(user_token(proved_at=NOW))


@pytest.fixture
def shadow(make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, settings: Any) -> Any:
    """Four hours: three good, one doubtful, at a work that another system reports."""
    settings.DGA_REHEARSAL_URL = settings.DGA_BASE_URL
    config = make_config(hours=8, is_shadow=True)
    for hour in range(4):
        telemetry.good(config.point_id, SLOT + hour * HOUR, total=1000.0 + hour)
    telemetry.set(config.point_id, "total", 1.0, 3, "truncated_reading", at=SLOT + HOUR)
    run(NOW)
    return config


def url(config: Any, what: str) -> str:
    return f"/api/compliance/configs/{config.id}/{what}/"


def test_in_shadow_everything_is_prepared_and_nothing_leaves(shadow: Any, regulator: Regulator, person: Any) -> None:
    assert (regulator.records(), Attempt.objects.count()) == ([], 0)
    said = person.get(url(shadow, "shadow")).json()
    assert (said["due"], said["ready"], said["held"], said["no_data"]) == (4, 3, {"truncated_reading": 1}, 0)


def test_what_another_system_reported_is_compared_hour_by_hour(shadow: Any, person: Any) -> None:
    rows = rows_between(shadow, start=SLOT, end=NOW)
    content = as_csv(columns_of(shadow.source.config, "subterranea"), shadow.work_code, rows)
    content = content.replace(b";1003;", b";1004;").replace(b"13:00:00", b"09:00:00", 0)
    response = person.post(url(shadow, "shadow/compare"), {"file": SimpleUploadedFile("ellos.csv", content)})
    said = response.json()
    assert (said["equal"], said["differing"], said["only_ours"], said["only_theirs"]) == (2, 1, 0, 0)
    (one,) = said["differences"]
    assert (one["field"], one["ours"], one["theirs"], one["by"]) == ("totalizador", "1003", "1004", "1")
    wrong = person.post(url(shadow, "shadow/compare"), {"file": SimpleUploadedFile("x.csv", b"no")})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "file[1]")


def checks_of(person: Any, config: Any) -> dict[str, Any]:
    said = person.post(url(config, "preflight"), {}, format="json").json()
    return {"ready": said["ready"], **{row["check"]: row["ok"] for row in said["results"]}}


def test_the_preflight_ends_with_a_rehearsal_that_is_read_back(shadow: Any, regulator: Regulator, person: Any) -> None:
    assert checks_of(person, shadow) == {
        "ready": True,
        "work_code": True,
        "company_rut": True,
        "informant_rut": True,
        "password": True,
        "standard": True,
        "clock": True,
        "flow_value": True,
        "data": True,
        "required_schema": True,
        "rehearsal": True,
    }
    (record,) = regulator.records()
    assert (record["work"], record["document"]["totalizador"]) == ("OB-0601-101999", "1002")
    assert shadow.password not in str(regulator.http.get("/_sim/log").json())


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"informant_rut": "12345678-4"}, "informant_rut"),
        ({"company_rut": "76.000.000-0"}, "company_rut"),
        ({"work_code": "OB-1-1"}, "work_code"),
        ({"standard": "GRANDE"}, "standard"),
        ({"password": ""}, "password"),
    ],
)
def test_what_is_wrong_with_the_configuration_is_said(
    shadow: Any, person: Any, changes: dict[str, str], wrong: str
) -> None:
    config = ComplianceConfig.objects.get(id=shadow.id)
    for name, value in changes.items():
        setattr(config, name, value)
    config.save(update_fields=list(changes))
    found = checks_of(person, shadow)
    assert (found["ready"], found[wrong]) == (False, False)


def test_a_logger_that_runs_ahead_or_behind_is_told(shadow: Any, telemetry: Telemetry) -> None:
    telemetry.set(shadow.point_id, "flow", 1.0, 1, at=NOW + timedelta(minutes=59))
    (ahead,) = [one for one in preflight(shadow, read=telemetry.read, now=NOW) if one.check == "clock"]
    assert (ahead.ok, ahead.says) == (False, "el registrador va adelantado 59 min")
    telemetry.rows.clear()
    (nothing,) = [one for one in preflight(shadow, read=telemetry.read, now=NOW) if one.check == "clock"]
    assert nothing.ok is False


def test_doubtful_data_and_a_missing_simulator_are_told(shadow: Any, telemetry: Telemetry, settings: Any) -> None:
    settings.DGA_REHEARSAL_URL = "http://unset.invalid"
    assert preflight(shadow, read=telemetry.read, now=NOW)[-1].ok is None
    telemetry.set(shadow.point_id, "total", 0.0, 4, "zero_glitch", at=SLOT + 2 * HOUR)
    telemetry.set(shadow.point_id, "total", 0.0, 4, "zero_glitch", at=SLOT + 3 * HOUR)
    last = preflight(shadow, read=telemetry.read, now=NOW)[-1]
    assert (last.check, last.ok, "zero_glitch" in last.says) == ("data", False, True)


def test_nobody_rehearses_with_the_regulator_itself(
    shadow: Any, telemetry: Telemetry, settings: Any, regulator: Regulator
) -> None:
    settings.DGA_REHEARSAL_URL = shadow.source.config["base_url"]
    last = preflight(shadow, read=telemetry.read, now=NOW)[-1]
    assert (last.check, last.ok) == ("rehearsal", False)


def test_going_live_explains_the_hours_before_and_sends_those_after(
    shadow: Any, person: Any, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    before = len(regulator.records())
    said = person.post(url(shadow, "go-live"), {}, format="json")
    assert (said.status_code, said.json()["explained"]) == (200, 4)
    duty = Obligation.objects.order_by("slot_at")[0]
    assert (duty.cause, duty.explained_by) == ("reported_by_another", "user:ops@example.cl")
    assert {one["check"] for one in duty.evidence["given"]} >= {"rehearsal", "clock"}
    telemetry.good(shadow.point_id, SLOT + 4 * HOUR, total=1004.0)
    sent = [run(NOW + minutes * timedelta(minutes=10)) for minutes in range(1, 13)]
    assert sum(sent) == 1
    assert len(regulator.records()) == before + 2  # the rehearsal's and the first of ours
    assert person.post(url(shadow, "go-live"), {}, format="json").status_code == 409


def test_what_fails_has_to_be_named_to_go_live_all_the_same(shadow: Any, person: Any, telemetry: Telemetry) -> None:
    for hour in (2, 3):
        telemetry.set(shadow.point_id, "total", 0.0, 4, "zero_glitch", at=SLOT + hour * HOUR)
    refused = person.post(url(shadow, "go-live"), {}, format="json")
    assert (refused.status_code, "data" in refused.json()["detail"]) == (409, True)
    assert ComplianceConfig.objects.get().is_shadow
    assert person.post(url(shadow, "go-live"), {"despite": ["data"]}, format="json").status_code == 200


def test_who_goes_live_has_just_shown_the_password(shadow: Any, person: Any) -> None:
    assert api_client(user_token()).post(url(shadow, "go-live"), {}, format="json").json()["code"] == "proof_needed"
    reader = api_client(user_token(scopes=["compliance:read"], proved_at=NOW))
    assert reader.post(url(shadow, "go-live"), {}, format="json").status_code == 403
    assert ComplianceData.objects.filter(status="PENDING").count() == 3
