"""The next version of the rules: from when, for which duties, by whom."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance_service.authorities.models import ComplianceSource, RulePack
from compliance_service.authorities.operations import put_in_force
from compliance_service.obligations.making import HORIZON, make_ahead
from compliance_service.obligations.models import Obligation
from compliance_service.obligations.works import pace_of
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import DAY, LOOK, SLOT

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/compliance/sources/DGA/rules/"


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("shared.clock.now", lambda: LOOK)
    return api_client(user_token(proved_at=LOOK))


def rules(**changes: Any) -> dict[str, Any]:
    said = deepcopy(RulePack.objects.get(source="DGA", version=1).rules)
    for path, value in changes.items():
        place = said
        *way, last = path.split("__")
        for name in way:
            place = place[name]
        place[last] = value
    return dict(said)


def post(client: Any, said: dict[str, Any], valid_from: datetime) -> Any:
    body = {"rules": said, "valid_from": valid_from.isoformat(), "note": "Res. Ex. 1.238, leída por una persona"}
    return client.post(URL, body, format="json")


def test_the_first_version_is_what_the_system_brings(operator: Any) -> None:
    said = operator.get(URL).json()
    assert (said["in_force"], [row["version"] for row in said["results"]]) == (1, [1])
    assert said["results"][0]["rules"]["standards"]["MAYOR"] == {"every": "hour", "lag_days": 7}


def test_another_lag_holds_for_the_duties_made_after_it_and_the_old_ones_keep_theirs(
    operator: Any, make_config: Make
) -> None:
    config = make_config(end_date=None)
    before = Obligation.objects.filter(config=config).count()
    begins = LOOK + HORIZON + timedelta(hours=5)
    assert post(operator, rules(standards__MAYOR__lag_days=3), begins).status_code == 201
    make_ahead(LOOK + 2 * DAY)
    old = Obligation.objects.filter(config=config, slot_at__lt=begins)
    new = Obligation.objects.filter(config=config, slot_at__gte=begins)
    assert old.count() > before
    assert {(duty.rules_version, duty.deadline_at - duty.slot_at) for duty in old} == {(1, 7 * DAY)}
    assert {(duty.rules_version, duty.deadline_at - duty.slot_at) for duty in new} == {(2, 3 * DAY)}


def test_another_rhythm_begins_at_its_instant(operator: Any, make_config: Make) -> None:
    config = make_config(end_date=None)
    begins = SLOT + 3 * DAY
    assert post(operator, rules(standards__MAYOR__every="day"), begins).status_code == 201
    make_ahead(LOOK + 3 * DAY)
    hours = Obligation.objects.filter(config=config).order_by("slot_at").values_list("slot_at", "rules_version")
    assert [version for slot, version in hours if slot < begins] == [1] * 72
    assert [slot.hour for slot, version in hours if version == 2] == [4, 4]


def test_what_makes_no_duties_may_begin_at_once(operator: Any, make_config: Make) -> None:
    config = make_config()
    assert post(operator, rules(pacing__backlog_gap_s=600), LOOK).status_code == 201
    assert put_in_force(LOOK) == 1
    assert put_in_force(LOOK) == 0
    config.refresh_from_db()
    assert pace_of(config).backlog_gap == timedelta(minutes=10)
    assert config.source.config["base_url"].startswith("https://")
    assert operator.get(URL).json()["in_force"] == 2


def test_a_version_waits_for_its_time(operator: Any) -> None:
    post(operator, rules(standards__MAYOR__lag_days=3), LOOK + 5 * DAY)
    assert put_in_force(LOOK) == 0
    assert put_in_force(LOOK + 5 * DAY) == 1
    assert ComplianceSource.objects.get(code="DGA").config["standards"]["MAYOR"]["lag_days"] == 3


def test_where_nothing_new_holds_one_question_is_all(operator: Any, django_assert_num_queries: Any) -> None:
    post(operator, rules(standards__MAYOR__lag_days=3), LOOK + 5 * DAY)
    ComplianceSource.objects.create(code="MANO", name="Entrada a mano")
    with django_assert_num_queries(1):
        assert put_in_force(LOOK) == 0


def test_of_two_versions_whose_time_has_come_the_last_holds(operator: Any) -> None:
    for days, lag in ((5, 3), (6, 4)):
        assert post(operator, rules(standards__MAYOR__lag_days=lag), LOOK + days * DAY).status_code == 201
    assert put_in_force(LOOK + 7 * DAY) == 1
    dga = ComplianceSource.objects.get(code="DGA")
    assert (dga.rules_version, dga.config["standards"]["MAYOR"]["lag_days"]) == (3, 4)


@pytest.mark.parametrize("hours", [-1, 0, 48])
def test_duties_that_are_made_keep_their_rules(operator: Any, hours: int) -> None:
    response = post(operator, rules(standards__MAYOR__lag_days=3), LOOK + timedelta(hours=hours))
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "valid_from")
    assert "desde 2024-05-15" in response.json()["errors"][0]["expected"]


def test_versions_follow_one_another(operator: Any) -> None:
    assert post(operator, rules(pacing__backlog_gap_s=600), LOOK + DAY).status_code == 201
    assert post(operator, rules(pacing__backlog_gap_s=700), LOOK + DAY).status_code == 400
    assert post(operator, rules(pacing__backlog_gap_s=700), LOOK).status_code == 400


def test_who_changes_rules_may_write_and_has_just_shown_the_password(operator: Any) -> None:
    said = rules()
    assert post(api_client(user_token()), said, LOOK).json()["code"] == "proof_needed"
    assert post(api_client(user_token(scopes=["compliance:read"], proved_at=LOOK)), said, LOOK).status_code == 403
    assert operator.get("/api/compliance/sources/DGX/rules/").status_code == 404
    wrong = operator.post(
        "/api/compliance/sources/DGX/rules/",
        {"rules": said, "valid_from": LOOK.isoformat(), "note": "x"},
        format="json",
    )
    assert wrong.status_code == 404


def test_a_wrong_rule_is_named(operator: Any) -> None:
    response = post(operator, rules(standards__MAYOR__every="second"), LOOK + 5 * DAY)
    assert [error["field"] for error in response.json()["errors"]] == ["rules.standards.MAYOR.every"]


def test_a_version_is_written_once() -> None:
    with pytest.raises(IntegrityError, match="rule_pack_stays"), transaction.atomic():
        RulePack.objects.update(note="x")
    with pytest.raises(IntegrityError, match="rule_pack_stays"), transaction.atomic():
        RulePack.objects.all().delete()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("rule_pack_version_once", {}),
        ("rule_pack_instant_once", {"version": 2}),
        ("rule_pack_version_counts_from_one", {"version": 0}),
        ("rule_pack_says_who_and_why", {"version": 2, "note": ""}),
    ],
)
def test_the_database_states_what_a_version_is(name: str, changes: dict[str, Any]) -> None:
    first = RulePack.objects.get(source="DGA")
    said = {"source_id": "DGA", "version": 1, "valid_from": first.valid_from, "rules": {}, "note": "x"}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        RulePack.objects.create(**(said | changes), created_at=LOOK, created_by="a")
